//===- Decoder.cpp - From a function to a program -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "Specials.h"

#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;

bool Decoder::fail(const Instruction &at, const Twine &message) {
  error.line = at.line;
  error.column = 1;
  error.message = message.str();
  return false;
}

unsigned Decoder::addConstant(uint64_t value) {
  auto [it, isNew] = constants.try_emplace(value, constants.size());
  if (isNew)
    program->constants.push_back(value);
  return it->second | kConstantBit;
}

unsigned Decoder::addExtra(const Op &op) {
  program->extra.push_back(op);
  return program->extra.size() - 1;
}

unsigned Decoder::getSpecialRow(unsigned number) {
  auto [it, isNew] = specialRows.try_emplace(number, program->numRegisters);
  if (isNew)
    program->specials.push_back({program->numRegisters++, number});
  return it->second;
}

std::unique_ptr<Program> Decoder::decode() {
  if (!layOut(*program, error))
    return nullptr;
  Frame frame;
  frame.function = program->entry;
  if (!decodeFunction(frame, 0))
    return nullptr;
  // Falling off the end is an exit.
  Inst end;
  Modifiers none;
  end.execute = findRow("exit")->select(none, end);
  end.source =
      program->entry->body.empty() ? nullptr : &program->entry->body.back();
  program->code.push_back(end);
  unsigned registers = program->numRegisters;
  auto place = [&](unsigned &row) {
    if (row != kNoRow && (row & kConstantBit))
      row = registers + (row & ~kConstantBit);
  };
  for (unsigned &row : program->lists)
    place(row);
  for (Op &op : program->extra)
    if (op.kind != Op::Kind::List)
      place(op.row);
  for (Inst &inst : program->code)
    for (unsigned i = 0; i < inst.numOps; ++i)
      if (inst.ops[i].kind != Op::Kind::List)
        place(const_cast<Op &>(inst.ops[i]).row);
  findReconvergence(*program);
  return std::move(program);
}

void Decoder::addBranch(const Instruction &from, Frame &frame,
                        unsigned target) {
  Inst inst;
  Modifiers none;
  inst.execute = findRow("bra")->select(none, inst);
  inst.source = &from;
  inst.target = target;
  if (from.guard >= 0) {
    inst.guard = frame.firstRow + from.guard;
    program->noteRead(inst.guard);
    inst.isGuardNegated = from.isGuardNegated;
  }
  program->code.push_back(inst);
}

bool Decoder::decodeFunction(Frame &frame, unsigned depth) {
  const Function &function = *frame.function;
  frame.firstRow = program->numRegisters;
  program->numRegisters += function.registers.size();
  if (program->numRegisters > kMaxRows || program->code.size() > kMaxCode) {
    error.line = function.line;
    error.message = ("expected at most " + Twine(kMaxRows) +
                     " registers in a kernel with what it calls")
                        .str();
    return false;
  }
  callStack.push_back(&function);
  size_t first = program->code.size();
  std::vector<unsigned> places;
  for (const Instruction &from : function.body) {
    places.push_back(program->code.size());
    StringRef opcode = from.name.split('.').first;
    bool isDecoded = true;
    if (opcode == "call")
      isDecoded = decodeCall(frame, from, depth);
    else if (opcode == "ret" && depth > 0)
      addBranch(from, frame, kNoTarget - 1);
    else
      isDecoded = decodeInstruction(frame, from);
    if (!isDecoded)
      return false;
  }
  unsigned end = program->code.size();
  places.push_back(end);
  // Labels of this function were numbers, and a return was one below none.
  auto resolve = [&](unsigned label) { return places[function.labels[label]]; };
  for (size_t i = first; i < end; ++i) {
    Inst &inst = program->code[i];
    if (inst.target == kNoTarget - 1) {
      inst.target = end;
    } else if (inst.target != kNoTarget && inst.aux[3] == 0) {
      inst.target = resolve(inst.target);
      if (inst.targets != kNoTarget)
        for (unsigned &target : program->branchTargets[inst.targets])
          target = resolve(target);
    }
    inst.aux[3] |= inst.target != kNoTarget;
  }
  callStack.pop_back();
  return true;
}

bool Decoder::decodeInstruction(Frame &frame, const Instruction &from) {
  const InstructionRow *row = findRow(from.name);
  if (!row)
    return fail(from, "instruction '" + from.name + "' is not known");
  if (StringRef needed =
          getMissingTarget(from.name, module.target, module.architecture);
      !needed.empty())
    return fail(from, "expected .target " + needed + " for '" + from.name +
                          "', but got " + module.target);
  Modifiers modifiers;
  StringRef unknown;
  if (!parseModifiers(*row, from.name, modifiers, unknown))
    return fail(from, "modifier '." + unknown + "' of instruction '" +
                          row->name + "' is not known");
  Inst inst;
  inst.source = &from;
  inst.type = modifiers.type(0);
  inst.fromType = modifiers.type(1);
  if (!modifiers.spaces.empty())
    inst.space = modifiers.spaces[0];
  if (from.guard >= 0) {
    inst.guard = frame.firstRow + from.guard;
    program->noteRead(inst.guard);
    inst.isGuardNegated = from.isGuardNegated;
  }
  Type immediate = row->name == "cvt" ? inst.fromType : inst.type;
  if (row->name == "slct" || row->name == "set")
    immediate = inst.type;
  if (!decodeOperands(frame, from, *row, inst, immediate))
    return false;
  if (modifiers.types.size() <= row->numTypes)
    inst.execute = row->select(modifiers, inst);
  if (!inst.execute)
    return fail(from, "this form of instruction '" + row->name +
                          "' is not known: '" + from.name + "'");
  program->usesWgmma |= row->name.starts_with("wgmma");
  program->code.push_back(inst);
  return true;
}

bool Decoder::decodeOperands(Frame &frame, const Instruction &from,
                             const InstructionRow &row, Inst &inst,
                             Type immediate) {
  llvm::SmallVector<Op, 10> ops;
  StringRef kinds = row.operands;
  unsigned required = 0, known = 0;
  for (StringRef rest = kinds; !rest.empty(); ++known) {
    rest = rest.drop_front();
    if (!rest.consume_front("?"))
      required = known + 1;
  }
  if (from.operands.size() < required || from.operands.size() > known)
    return fail(from, "expected " + Twine(required) + " operands of '" +
                          from.name + "', but got " +
                          Twine(from.operands.size()));
  for (const Operand &operand : from.operands) {
    char kind = kinds.front();
    kinds = kinds.drop_front();
    (void)kinds.consume_front("?");
    if (kind == 'l') {
      if (operand.kind != Operand::Kind::Label)
        return fail(from, "expected a label");
      inst.target = operand.value;
      continue;
    }
    if (kind == 'n') {
      auto it = frame.function->branchTargets.find(operand.name);
      if (it == frame.function->branchTargets.end())
        return fail(from, "expected a list of branch targets");
      if (it->second.empty())
        return fail(from, "expected branch targets");
      inst.targets = program->branchTargets.size();
      inst.target = it->second[0];
      program->branchTargets.push_back(it->second);
      continue;
    }
    Op op;
    if (!decodeOperand(frame, from, operand, kind, immediate, op))
      return false;
    ops.push_back(op);
  }
  Op *stored = program->allocator.Allocate<Op>(std::max<size_t>(ops.size(), 1));
  std::uninitialized_copy(ops.begin(), ops.end(), stored);
  inst.ops = stored;
  inst.numOps = ops.size();
  return true;
}

bool Decoder::decodeOperand(Frame &frame, const Instruction &from,
                            const Operand &operand, char kind, Type immediate,
                            Op &op) {
  using Kind = Operand::Kind;
  bool isAddress = operand.kind == Kind::Address;
  if (kind == 'x')
    kind = isAddress ? 'm' : 'd';
  if (kind == 'y')
    kind = isAddress ? 'm' : 's';
  bool isDestination = kind == 'd' || kind == 'D';
  if (kind == 'm') {
    if (operand.kind != Kind::Address)
      return fail(from, "expected an address in brackets");
    return decodeAddress(frame, from, operand, op);
  }
  if (operand.kind == Kind::Vector) {
    if (kind != 'D' && kind != 'S')
      return fail(from, "did not expect a vector");
    return decodeVector(frame, from, operand, isDestination, immediate, op);
  }
  if (isDestination) {
    if (operand.kind != Kind::Register && operand.kind != Kind::Sink)
      return fail(from, "expected a register as a destination");
    if (operand.isNegated)
      return fail(from, "did not expect a negated destination");
    op.kind = Op::Kind::Sink;
    if (operand.kind == Kind::Register) {
      op.kind = Op::Kind::Row;
      op.row = frame.firstRow + operand.value;
      op.bits = getBits(frame.function->registers[operand.value].type);
    }
    if (!operand.elements.empty()) {
      Op second;
      if (!decodeOperand(frame, from, operand.elements[0], 'd', immediate,
                         second))
        return false;
      op.second = addExtra(second);
    }
    return true;
  }
  return decodeValue(frame, from, operand, immediate, op);
}

/// A source: a register, a number, or an address of a variable.
bool Decoder::decodeValue(Frame &frame, const Instruction &from,
                          const Operand &operand, Type immediate, Op &op) {
  using Kind = Operand::Kind;
  op.kind = Op::Kind::Row;
  switch (operand.kind) {
  case Kind::Register: {
    Type type = frame.function->registers[operand.value].type;
    op.row = frame.firstRow + operand.value;
    program->noteRead(op.row);
    op.bits = getBits(type);
    if (op.bits > 64)
      return fail(from, "registers of 128 bits are not supported");
    if (operand.isNegated && type != Type::Pred)
      return fail(from, "expected a predicate to be negated");
    op.isNegated = operand.isNegated;
    op.offset = operand.offset;
    break;
  }
  case Kind::Special:
    if (changes(getSpecial(operand.value)) && !from.name.starts_with("mov."))
      return fail(from,
                  "expected " + operand.name + " to be read by mov alone");
    op.row = getSpecialRow(operand.value);
    op.second = operand.value;
    break;
  case Kind::Variable: {
    uint64_t address = 0;
    if (!getVariable(frame, from, operand.value, address))
      return false;
    op.row = addConstant(address + operand.offset);
    break;
  }
  case Kind::Integer:
    op.row = addConstant(operand.value);
    op.offset = operand.offset;
    break;
  case Kind::Float32:
    op.row = addConstant(operand.value);
    break;
  case Kind::Float64: {
    double number = llvm::bit_cast<double>(operand.value);
    op.row = addConstant(immediate == Type::F32
                             ? llvm::bit_cast<uint32_t>(float(number))
                             : operand.value);
    break;
  }
  case Kind::Sink:
    return fail(from, "expected a value, but got '_'");
  case Kind::Name:
    // An address of a function.
    if (!module.functionsByName.contains(operand.name))
      return fail(from, "'" + operand.name + "' is not defined");
    op.row = addConstant(getFunctionAddress(module, operand.name));
    break;
  default:
    return fail(from, "'" + operand.name + "' is not defined");
  }
  return true;
}

bool Decoder::decodeVector(Frame &frame, const Instruction &from,
                           const Operand &operand, bool isDestination,
                           Type immediate, Op &op) {
  op.kind = Op::Kind::List;
  op.count = operand.elements.size();
  llvm::SmallVector<unsigned, 8> rows;
  for (const Operand &element : operand.elements) {
    Op part;
    if (!decodeOperand(frame, from, element, isDestination ? 'd' : 's',
                       immediate, part))
      return false;
    rows.push_back(part.kind == Op::Kind::Sink ? kNoRow : part.row);
    if (part.kind == Op::Kind::Row)
      op.bits = part.bits;
  }
  op.row = program->lists.size();
  program->lists.insert(program->lists.end(), rows.begin(), rows.end());
  return true;
}

bool Decoder::decodeAddress(Frame &frame, const Instruction &from,
                            const Operand &operand, Op &op) {
  const Operand &base = operand.elements[0];
  if (!decodeValue(frame, from, base, Type::None, op))
    return false;
  if (op.kind != Op::Kind::Row)
    return fail(from, "expected an address between the brackets");
  if (base.kind == Operand::Kind::Variable)
    op.offset = 0;
  if (operand.elements.size() > 2)
    return fail(from, "expected an address and one list of coordinates");
  if (operand.elements.size() == 2) {
    Op part;
    if (!decodeOperand(frame, from, operand.elements[1], 'S', Type::None, part))
      return false;
    op.second = addExtra(part);
  }
  return true;
}

bool Decoder::getVariable(Frame &frame, const Instruction &from, unsigned index,
                          uint64_t &address) {
  if (auto it = frame.variables.find(index); it != frame.variables.end()) {
    address = it->second;
    return true;
  }
  if (auto it = program->addresses.find(index);
      it != program->addresses.end()) {
    address = it->second;
    return true;
  }
  const Variable &variable = module.variables[index];
  if (variable.space != Space::Local && variable.space != Space::Param)
    return fail(from, "variable '" + variable.name + "' has no address");
  uint64_t offset = llvm::alignTo(program->localBytes, variable.align);
  program->localBytes = offset + variable.bytes;
  if (program->localBytes > 1 << 20)
    return fail(from, "expected at most 1 MiB of local memory");
  address = window::kLocal + offset;
  frame.variables[index] = address;
  return true;
}

std::unique_ptr<Program> mlir::dag::ptx::decode(const Module &module,
                                                const Function &entry,
                                                ParseError &error) {
  return Decoder(module, entry, error).decode();
}
