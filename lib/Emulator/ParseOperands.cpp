//===- ParseOperands.cpp - Operands and variables of PTX -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "Specials.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;

int Parser::findRegister(StringRef name) const {
  StringRef prefix = name.rtrim("0123456789");
  unsigned index = 0;
  bool hasIndex = prefix.size() < name.size() &&
                  !name.drop_front(prefix.size()).getAsInteger(10, index);
  for (size_t i = open.size(); i > 0; --i) {
    const Scope &scope = scopes[open[i - 1]];
    if (auto it = scope.registers.find(name); it != scope.registers.end())
      return it->second;
    if (!hasIndex)
      continue;
    auto it = scope.ranges.find(prefix);
    if (it != scope.ranges.end() && index < it->second.second)
      return it->second.first + index;
  }
  return -1;
}

const unsigned *Parser::findVariable(StringRef name) const {
  for (size_t i = open.size(); i > 0; --i) {
    const Scope &scope = scopes[open[i - 1]];
    if (auto it = scope.variables.find(name); it != scope.variables.end())
      return &it->second;
  }
  auto it = globals.find(name);
  return it == globals.end() ? nullptr : &it->second;
}

/// Linkage, space, alignment and type, in any order.
bool Parser::parseVariableAttributes(Variable &variable) {
  bool hasType = false;
  unsigned parts = 1;
  while (token.kind == Token::Kind::Directive) {
    StringRef name = token.text.drop_front();
    auto space = llvm::StringSwitch<std::optional<Space>>(name)
                     .Case("global", Space::Global)
                     .Cases({"shared", "shared::cta"}, Space::Shared)
                     .Case("const", Space::Const)
                     .Case("param", Space::Param)
                     // A parameter of a function may be a register.
                     .Case("reg", Space::Param)
                     .Case("local", Space::Local)
                     .Default(std::nullopt);
    if (name == "entry" || name == "func")
      return true;
    std::optional<Type> type = parseType(name);
    advance();
    if (space) {
      // `.ptr .global` is a property of a parameter.
      if (!variable.isPointer)
        variable.space = *space;
    } else if (type) {
      variable.type = *type;
      hasType = true;
    } else if (name == "align") {
      uint64_t align;
      if (!parseInteger(align))
        return false;
      if (!llvm::isPowerOf2_64(align) || align > 1 << 16)
        return fail("expected an alignment that is a power of two up to "
                    "65536, but got " +
                    Twine(align));
      if (!variable.isPointer)
        variable.align = align;
    } else if (name == "v2" || name == "v4") {
      parts = name == "v2" ? 2 : 4;
    } else if (name == "ptr") {
      variable.isPointer = true;
    } else if (name == "extern") {
      variable.isExtern = true;
    } else if (name == "attribute") {
      while (!token.is(')') && token.kind != Token::Kind::End)
        advance();
      if (!expect(')'))
        return false;
    } else if (name != "visible" && name != "weak" && name != "common" &&
               name != "unified") {
      return fail("directive '." + name + "' is not known");
    }
  }
  if (hasType) {
    uint64_t size = getBits(variable.type) / 8 * parts;
    variable.bytes = size == 0 ? 1 : size;
    variable.align = std::max<uint64_t>(variable.align, variable.bytes);
    if (variable.align > 16)
      variable.align = llvm::PowerOf2Ceil(variable.align);
  }
  return true;
}

bool Parser::parseDimensions(Variable &variable) {
  while (consume('[')) {
    if (consume(']')) {
      // The size is that of the initializer, or of the launch.
      variable.bytes = 0;
      continue;
    }
    uint64_t count;
    if (!parseInteger(count) || !expect(']'))
      return false;
    if (count > kMaxBytes || variable.bytes * count > kMaxBytes)
      return fail("expected a variable of at most " + Twine(kMaxBytes) +
                  " bytes");
    variable.bytes *= count;
  }
  return true;
}

bool Parser::addVariable(Variable &variable) {
  unsigned index = module->variables.size();
  if (open.empty()) {
    auto [it, isNew] = globals.try_emplace(variable.name, index);
    if (!isNew) {
      Variable &known = module->variables[it->second];
      if (known.isExtern && !variable.isExtern)
        known = std::move(variable);
      return true;
    }
  } else {
    scopes[open.back()].variables[variable.name] = index;
  }
  module->variables.push_back(std::move(variable));
  return true;
}

bool Parser::parseVariables(Variable variable, bool isParam,
                            llvm::SmallVectorImpl<unsigned> *added) {
  do {
    Variable one = variable;
    if (token.kind != Token::Kind::Name)
      return expected("the name of a variable");
    one.name = token.text;
    advance();
    uint64_t range = 0;
    if (consume('<')) {
      // `.param .b32 p<4>` is not used by any compiler.
      if (!parseInteger(range))
        return false;
      return refuse("ranges of variables");
    }
    if (!parseDimensions(one) || (consume('=') && !parseInitializer(one)))
      return false;
    if (one.space == Space::Shared && one.bytes == 0)
      one.isExtern = true;
    numBytes += one.bytes;
    if (numBytes > 4 * kMaxBytes)
      return fail("expected variables of at most " + Twine(4 * kMaxBytes) +
                  " bytes together");
    if (added)
      added->push_back(module->variables.size());
    if (!addVariable(one))
      return false;
  } while (!isParam && consume(','));
  return true;
}

/// `{1, {2, name}, 0xff(name)}`, or one value.
bool Parser::parseInitializer(Variable &variable) {
  uint64_t offset = 0, size = std::max(1u, getBits(variable.type) / 8);
  variable.init.assign(variable.bytes, 0);
  bool isOpen = variable.bytes == 0;
  unsigned depth = 0;
  do {
    if (consume('{')) {
      if (++depth > kMaxDepth)
        return fail("initializer is nested too deep");
      continue;
    }
    if (consume('}')) {
      --depth;
      (void)consume(',');
      continue;
    }
    if (isOpen) {
      if (offset + size > kMaxBytes)
        return fail("initializer is too long");
      variable.init.resize(offset + size);
    }
    if (offset + size > variable.init.size())
      return fail("expected an initializer of at most " +
                  Twine(variable.init.size()) + " bytes");
    if (!parseInitialValue(variable, offset))
      return false;
    if (depth > 0 && !token.is('}') && !expect(','))
      return false;
  } while (depth > 0);
  if (isOpen)
    variable.bytes = variable.init.size();
  return true;
}

bool Parser::parseInitialValue(Variable &variable, uint64_t &offset) {
  uint64_t size = std::max(1u, getBits(variable.type) / 8);
  uint64_t place = offset;
  offset += size;
  if (token.kind == Token::Kind::Name) {
    Relocation relocation;
    relocation.offset = place;
    relocation.bytes = size;
    StringRef name = token.text;
    advance();
    if (name == "generic" || name == "mask") {
      relocation.isGeneric = true;
      if (!expect('('))
        return false;
      name = token.text;
      advance();
      if (!expect(')'))
        return false;
    }
    if (const unsigned *found = findVariable(name)) {
      relocation.variable = *found;
    } else if (module->functionsByName.contains(name)) {
      relocation.function = name;
      module->addressed.try_emplace(name, module->addressed.size());
    } else {
      return fail("expected a variable or a function in an initializer, but "
                  "got '" +
                  name + "'");
    }
    Operand addend;
    if ((token.is('+') || token.is('-')) &&
        (consume('+'), !parseNumber(addend)))
      return false;
    relocation.addend = addend.value;
    variable.relocations.push_back(relocation);
    return true;
  }
  Operand number;
  if (!parseNumber(number))
    return false;
  uint64_t bits = number.value;
  if (number.kind == Operand::Kind::Float64 && variable.type == Type::F32)
    bits = llvm::bit_cast<uint32_t>(float(llvm::bit_cast<double>(bits)));
  for (uint64_t i = 0; i < size && i < 8; ++i)
    variable.init[place + i] = bits >> (8 * i);
  return true;
}

bool Parser::parseNumber(Operand &operand) {
  bool isNegative = false;
  while (token.is('-') || token.is('+')) {
    isNegative ^= token.is('-');
    advance();
  }
  if (token.is('(') || token.is('~') || token.is('!'))
    return refuse("operands that are expressions");
  switch (token.kind) {
  case Token::Kind::Integer:
    operand.kind = Operand::Kind::Integer;
    operand.value = isNegative ? -token.value : token.value;
    break;
  case Token::Kind::Float32:
    operand.kind = Operand::Kind::Float32;
    operand.value = token.value ^ (isNegative ? uint64_t(1) << 31 : 0);
    break;
  case Token::Kind::Float64:
    operand.kind = Operand::Kind::Float64;
    operand.value = token.value ^ (isNegative ? uint64_t(1) << 63 : 0);
    break;
  default:
    return expected("a number");
  }
  advance();
  bool isExpression = token.kind == Token::Kind::Punctuation &&
                      StringRef("+-*/%<>=&|^?").contains(token.text);
  return !isExpression || refuse("operands that are expressions");
}

bool Parser::parseNamed(Operand &operand) {
  StringRef name = operand.name = token.text;
  advance();
  if (name == "_") {
    operand.kind = Operand::Kind::Sink;
    return true;
  }
  if (name == "WARP_SZ") {
    operand.kind = Operand::Kind::Integer;
    operand.value = 32;
    return true;
  }
  if (int found = findRegister(name); found >= 0) {
    operand.kind = Operand::Kind::Register;
    operand.value = found;
    return token.kind != Token::Kind::Directive ||
           refuse("parts of registers such as '" + token.text + "'");
  }
  if (const unsigned *found = findVariable(name)) {
    operand.kind = Operand::Kind::Variable;
    operand.value = *found;
    return !token.is('[') || refuse("operands that are elements of arrays");
  }
  if (!name.starts_with("%")) {
    operand.kind = Operand::Kind::Label;
    return true;
  }
  StringRef component;
  if (token.kind == Token::Kind::Directive && token.text.size() == 2) {
    component = token.text;
    advance();
  }
  std::optional<unsigned> special = findSpecial(name, component);
  if (!special)
    return fail("register '" + name + component + "' is not declared");
  operand.kind = Operand::Kind::Special;
  operand.value = *special;
  return true;
}

bool Parser::parseList(Operand &operand, char close, unsigned depth) {
  if (consume(close))
    return true;
  do {
    operand.elements.emplace_back();
    if (!parseOperand(operand.elements.back(), depth + 1))
      return false;
  } while (consume(','));
  return expect(close);
}

/// `[base+offset, parts...]`
bool Parser::parseAddress(Operand &operand, unsigned depth) {
  operand.kind = Operand::Kind::Address;
  if (!parseList(operand, ']', depth))
    return false;
  if (operand.elements.empty())
    return fail("expected an address between the brackets");
  return true;
}

bool Parser::parseOperand(Operand &operand, unsigned depth) {
  if (depth > 4)
    return fail("operands are nested too deep");
  if (consume('{')) {
    operand.kind = Operand::Kind::Vector;
    return parseList(operand, '}', depth);
  }
  if (consume('(')) {
    operand.kind = Operand::Kind::Tuple;
    return parseList(operand, ')', depth);
  }
  if (consume('['))
    return parseAddress(operand, depth);
  if (consume('!'))
    operand.isNegated = true;
  if (token.kind != Token::Kind::Name) {
    bool isMinus = token.is('-');
    if (isMinus) {
      advance();
      if (token.kind == Token::Kind::Name) {
        operand.isNegated = true;
        return parseNamed(operand);
      }
      Operand number;
      if (!parseNumber(number))
        return false;
      operand = number;
      operand.value = number.kind == Operand::Kind::Integer ? -number.value
                      : number.kind == Operand::Kind::Float32
                          ? number.value ^ 1ull << 31
                          : number.value ^ 1ull << 63;
      return true;
    }
    return parseNumber(operand);
  }
  if (!parseNamed(operand))
    return false;
  if (token.is('|')) {
    advance();
    operand.elements.emplace_back();
    return parseOperand(operand.elements.back(), depth + 1);
  }
  if (token.is('+') || token.is('-')) {
    // An offset: of an address, or `variable+4`.
    Operand offset;
    if (!parseNumber(offset))
      return false;
    operand.offset = offset.value;
  }
  return true;
}
