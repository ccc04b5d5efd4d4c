//===- Parser.cpp - Statements of PTX -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "Specials.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;

bool Parser::fail(const Twine &message) {
  if (error.message.empty()) {
    error.line = token.line;
    error.column = token.column;
    error.message = message.str();
  }
  return false;
}

bool Parser::expected(const Twine &what) {
  if (token.kind == Token::Kind::End)
    return fail("expected " + what + ", but the text ends");
  return fail("expected " + what + ", but got '" + token.text.take_front(60) +
              "'");
}

bool Parser::refuse(const Twine &what) {
  error.isMissing = error.message.empty();
  return fail(what + " are not supported");
}

bool Parser::consume(char c) {
  if (!token.is(c))
    return false;
  advance();
  return true;
}

bool Parser::expect(char c) {
  return consume(c) || expected("'" + Twine(c) + "'");
}

bool Parser::skipLine() {
  for (unsigned line = token.line;
       token.kind != Token::Kind::End && token.line == line;)
    advance();
  return true;
}

bool Parser::skipBraces() {
  unsigned depth = 0;
  do {
    if (token.kind == Token::Kind::End)
      return expected("'}'");
    depth += token.is('{');
    depth -= token.is('}');
    advance();
  } while (depth > 0);
  return true;
}

bool Parser::skipStatement() {
  while (!token.is(';')) {
    if (token.kind == Token::Kind::End)
      return expected("';'");
    advance();
  }
  advance();
  return true;
}

bool Parser::parseInteger(uint64_t &value) {
  if (token.kind != Token::Kind::Integer)
    return expected("an integer");
  value = token.value;
  advance();
  return true;
}

bool Parser::parsePositive(unsigned &value) {
  uint64_t read;
  if (!parseInteger(read))
    return false;
  if (read == 0 || read > 1u << 31)
    return fail("expected a positive number below 2^31, but got " +
                Twine(read));
  value = read;
  return true;
}

bool Parser::parseTriple(unsigned (&values)[3]) {
  for (unsigned &value : values)
    value = 1;
  for (unsigned &value : values) {
    if (!parsePositive(value))
      return false;
    if (!consume(','))
      break;
  }
  return true;
}

std::unique_ptr<Module> Parser::parse() {
  scopes.emplace_back();
  while (token.kind != Token::Kind::End)
    if (!parseTopLevel())
      return nullptr;
  if (module->target.empty() && !expected("'.target'"))
    return nullptr;
  return std::move(module);
}

/// `.version 9.0`, `.target sm_90a, debug`, `.address_size 64`.
bool Parser::parseHeader() {
  StringRef directive = token.text;
  unsigned line = token.line;
  advance();
  if (directive == ".version") {
    StringRef number = token.text;
    if (token.kind != Token::Kind::Float64 ||
        number.split('.').first.getAsInteger(10, module->versionMajor) ||
        number.split('.').second.getAsInteger(10, module->versionMinor))
      return expected("a version such as 9.0");
  } else if (directive == ".target") {
    module->target = token.text;
    StringRef digits = token.text;
    if (!digits.consume_front("sm_") ||
        digits.consumeInteger(10, module->architecture))
      return expected("a target such as sm_90a");
  } else {
    uint64_t size;
    if (!parseInteger(size))
      return false;
    if (size != 64)
      return fail("expected .address_size 64, but got " + Twine(size));
  }
  while (token.kind != Token::Kind::End && token.line == line)
    advance();
  return true;
}

bool Parser::parseFile() {
  advance();
  unsigned line = token.line;
  uint64_t number;
  if (!parseInteger(number))
    return false;
  if (token.kind != Token::Kind::String)
    return expected("the path of a file");
  module->files[std::to_string(number)] =
      token.text.drop_front().drop_back().str();
  while (token.kind != Token::Kind::End && token.line == line)
    advance();
  return true;
}

bool Parser::parseTopLevel() {
  if (consume(';'))
    return true;
  if (token.is('@') || token.is('}'))
    return expected("a directive");
  if (token.kind != Token::Kind::Directive)
    return expected("a directive");
  StringRef name = token.text;
  if (name == ".version" || name == ".target" || name == ".address_size")
    return parseHeader();
  if (name == ".file")
    return parseFile();
  if (name == ".loc")
    return parseLoc();
  if (name == ".section") {
    while (!token.is('{') && token.kind != Token::Kind::End)
      advance();
    return skipBraces();
  }
  if (name == ".pragma" || name == ".alias")
    return skipStatement();
  Variable variable;
  variable.space = Space::Generic;
  if (!parseVariableAttributes(variable))
    return false;
  if (token.isDirective(".entry") || token.isDirective(".func")) {
    bool isEntry = token.text == ".entry";
    advance();
    return parseFunction(isEntry);
  }
  if (variable.space == Space::Generic)
    return expected("a state space, .entry or .func");
  return parseVariables(std::move(variable), /*isParam=*/false, nullptr) &&
         expect(';');
}

bool Parser::parseParams(llvm::SmallVectorImpl<unsigned> &params) {
  if (!expect('('))
    return false;
  if (consume(')'))
    return true;
  do {
    Variable variable;
    variable.space = Space::Generic;
    if (!parseVariableAttributes(variable))
      return false;
    if (variable.space == Space::Generic)
      return fail("expected .param before the name of a parameter");
    if (!parseVariables(std::move(variable), /*isParam=*/true, &params))
      return false;
  } while (consume(','));
  return expect(')');
}

bool Parser::parseFunctionDirectives() {
  while (token.kind == Token::Kind::Directive) {
    StringRef name = token.text;
    advance();
    bool isRead = true;
    if (name == ".reqntid")
      isRead = parseTriple(function->reqThreads);
    else if (name == ".maxntid")
      isRead = parseTriple(function->maxThreads);
    else if (name == ".reqnctapercluster")
      isRead = parseTriple(function->reqCluster);
    else if (name == ".maxnreg")
      isRead = parsePositive(function->maxRegisters);
    else if (name == ".minnctapersm")
      isRead = parsePositive(function->minBlocks);
    else if (name == ".maxclusterrank")
      isRead = parsePositive(function->maxClusterRank);
    else if (name == ".blocksareclusters")
      isRead = refuse("grids that are counted in clusters");
    else if (name == ".pragma")
      isRead = skipStatement();
    else
      while (token.kind == Token::Kind::Integer || token.is(','))
        advance();
    if (!isRead)
      return false;
  }
  return true;
}

bool Parser::parseFunction(bool isEntry) {
  auto made = std::make_unique<Function>();
  function = made.get();
  function->isEntry = isEntry;
  open.assign(1, scopes.size());
  scopes.emplace_back();
  if (!isEntry && token.is('(') && !parseParams(function->results))
    return false;
  if (token.kind != Token::Kind::Name)
    return expected("the name of a function");
  function->name = token.text;
  function->line = token.line;
  advance();
  if (token.is('(') && !parseParams(function->params))
    return false;
  if (!parseFunctionDirectives())
    return false;
  if (token.is('{')) {
    function->isDefined = true;
    if (!parseBody() || !resolveLabels())
      return false;
  } else if (!expect(';')) {
    return false;
  }
  Function *&known = module->functionsByName[function->name];
  if (known && known->isDefined && function->isDefined)
    return fail("function '" + function->name + "' is defined twice");
  if (!known || function->isDefined)
    known = function;
  module->functions.push_back(std::move(made));
  function = nullptr;
  open.clear();
  return true;
}

bool Parser::parseBody() {
  sourceFile = sourceLine = callerLine = 0;
  size_t outer = open.size();
  do {
    if (token.kind == Token::Kind::End)
      return expected("'}'");
    if (token.is('{')) {
      if (open.size() > kMaxDepth)
        return fail("expected at most " + Twine(kMaxDepth) +
                    " blocks within each other");
      open.push_back(scopes.size());
      scopes.emplace_back();
      advance();
    } else if (token.is('}')) {
      open.pop_back();
      advance();
    } else if (!parseStatement()) {
      return false;
    }
  } while (open.size() > outer);
  return true;
}

bool Parser::parseLoc() {
  advance();
  uint64_t file, sourceLineNumber;
  if (!parseInteger(file) || !parseInteger(sourceLineNumber))
    return false;
  sourceFile = file;
  sourceLine = sourceLineNumber;
  callerLine = 0;
  auto skipInteger = [&] {
    if (token.kind == Token::Kind::Integer)
      advance();
  };
  skipInteger();
  // `, function_name LABEL + OFFSET, inlined_at FILE LINE COLUMN`. A statement
  // may follow on the same line.
  while (consume(',')) {
    bool isInlined = token.text == "inlined_at";
    advance();
    if (!isInlined) {
      advance();
      if (consume('+'))
        advance();
      continue;
    }
    skipInteger();
    if (token.kind == Token::Kind::Integer)
      callerLine = token.value;
    skipInteger();
    skipInteger();
  }
  return true;
}

/// `.reg .b32 %r<5>, %x;`
bool Parser::parseRegisters() {
  advance();
  Register reg;
  if (token.kind != Token::Kind::Directive)
    return expected("a type");
  std::optional<Type> type = parseType(token.text.drop_front());
  if (!type)
    return expected("a type");
  reg.type = *type;
  advance();
  Scope &scope = scopes[open.back()];
  do {
    if (token.kind != Token::Kind::Name)
      return expected("the name of a register");
    reg.name = token.text;
    advance();
    uint64_t count = 1;
    bool isRange = consume('<');
    if (isRange && (!parseInteger(count) || !expect('>')))
      return false;
    unsigned first = function->registers.size();
    if (count > kMaxRegisters || first + count > kMaxRegisters)
      return fail("expected at most " + Twine(kMaxRegisters) +
                  " registers in a function");
    if (isRange)
      scope.ranges[reg.name] = {first, unsigned(count)};
    else
      scope.registers[reg.name] = first;
    for (uint64_t i = 0; i < count; ++i) {
      reg.index = isRange ? int(i) : -1;
      function->registers.push_back(reg);
    }
  } while (consume(','));
  return expect(';');
}

bool Parser::parseStatement() {
  if (token.kind == Token::Kind::Directive) {
    StringRef name = token.text;
    if (name == ".loc")
      return parseLoc();
    if (name == ".reg")
      return parseRegisters();
    if (name == ".pragma" || name == ".alias")
      return skipStatement();
    Variable variable;
    variable.space = Space::Generic;
    if (!parseVariableAttributes(variable))
      return false;
    if (variable.space == Space::Generic)
      return expected("a statement");
    return parseVariables(std::move(variable), /*isParam=*/false, nullptr) &&
           expect(';');
  }
  if (consume(';'))
    return true;
  return parseInstruction();
}

/// What stands behind `name:`.
bool Parser::parseLabelled(Token name) {
  advance();
  if (token.isDirective(".branchtargets"))
    return parseBranchTargets(name.text);
  if (token.isDirective(".callprototype") || token.isDirective(".calltargets"))
    return skipStatement();
  Scope &scope = scopes[open.back()];
  if (!scope.labels.try_emplace(name.text, function->labels.size()).second)
    return fail("label '" + name.text + "' is defined twice");
  function->labels.push_back(function->body.size());
  function->labelNames.push_back(name.text);
  return true;
}

bool Parser::parseBranchTargets(StringRef name) {
  advance();
  std::vector<unsigned> &targets = function->branchTargets[name];
  StringRef key = function->branchTargets.find(name)->first();
  do {
    if (token.kind != Token::Kind::Name)
      return expected("a label");
    pending.push_back({token.text,
                       {open.rbegin(), open.rend()},
                       token.line,
                       token.column,
                       -1,
                       unsigned(targets.size()),
                       key});
    targets.push_back(0);
    advance();
  } while (consume(','));
  return expect(';');
}

bool Parser::parseInstruction() {
  Instruction instruction;
  instruction.line = token.line;
  if (consume('@')) {
    instruction.isGuardNegated = consume('!');
    if (token.kind != Token::Kind::Name)
      return expected("a predicate");
    instruction.guard = findRegister(token.text);
    if (instruction.guard < 0)
      return expected("a declared predicate");
    advance();
  }
  if (token.kind != Token::Kind::Name)
    return expected("an instruction");
  Token name = token;
  advance();
  if (instruction.guard < 0 && token.is(':'))
    return parseLabelled(name);
  const char *end = name.text.end();
  while (token.kind == Token::Kind::Directive && token.text.begin() == end) {
    end = token.text.end();
    advance();
  }
  instruction.name = StringRef(name.text.begin(), end - name.text.begin());
  instruction.sourceFile = sourceFile;
  instruction.sourceLine = sourceLine;
  instruction.callerLine = callerLine;
  bool isFirst = true;
  while (!token.is(';')) {
    if (!isFirst && !expect(','))
      return false;
    isFirst = false;
    Operand operand;
    if (!parseOperand(operand, 0))
      return false;
    if (operand.kind == Operand::Kind::Label)
      pending.push_back({operand.name,
                         {open.rbegin(), open.rend()},
                         name.line,
                         name.column,
                         int(function->body.size()),
                         unsigned(instruction.operands.size()),
                         {}});
    instruction.operands.push_back(std::move(operand));
  }
  advance();
  function->body.push_back(std::move(instruction));
  return true;
}

bool Parser::resolveLabels() {
  for (PendingLabel &label : pending) {
    const unsigned *found = nullptr;
    for (unsigned scope : label.scopes) {
      auto it = scopes[scope].labels.find(label.name);
      if (it == scopes[scope].labels.end())
        continue;
      found = &it->second;
      break;
    }
    Operand *operand =
        label.instruction < 0
            ? nullptr
            : &function->body[label.instruction].operands[label.operand];
    if (operand && !found) {
      // A function, or a list of targets.
      operand->kind = Operand::Kind::Name;
      if (!function->body[label.instruction].name.starts_with("call"))
        module->addressed.try_emplace(label.name, module->addressed.size());
    } else if (!found) {
      token.line = label.line;
      token.column = label.column;
      return fail("label '" + label.name + "' is not defined");
    } else if (operand) {
      operand->value = *found;
    } else {
      function->branchTargets[label.list][label.operand] = *found;
    }
  }
  pending.clear();
  return true;
}

std::unique_ptr<Module> mlir::dag::ptx::parseModule(StringRef text,
                                                    ParseError &error) {
  return Parser(text, error).parse();
}

StringRef Module::getFile(unsigned number) const {
  auto it = files.find(std::to_string(number));
  return it == files.end() ? StringRef() : StringRef(it->second);
}
