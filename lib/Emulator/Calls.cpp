//===- Calls.cpp - What is put in place of calls -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"
#include "HostCalls.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;

/// What is passed is what the caller's variables of parameters hold.
bool Decoder::bind(Frame &frame, Frame &inner, const Instruction &from,
                   llvm::ArrayRef<unsigned> variables, const Operand *tuple) {
  size_t given = tuple ? tuple->elements.size() : 0;
  if (variables.size() != given)
    return fail(from, "expected " + Twine(variables.size()) +
                          " parameters of '" + inner.function->name +
                          "', but got " + Twine(given));
  for (unsigned i = 0; i < variables.size(); ++i) {
    const Operand &element = tuple->elements[i];
    if (element.kind != Operand::Kind::Variable)
      return fail(from, "expected variables of .param to be passed");
    if (!getVariable(frame, from, element.value, inner.variables[variables[i]]))
      return false;
  }
  return true;
}

bool Decoder::putInPlace(Frame &frame, const Instruction &from,
                         const Function &callee, const Operand *results,
                         const Operand *arguments, unsigned depth) {
  if (llvm::is_contained(callStack, &callee) || depth > kMaxDepth)
    return fail(from, "recursive calls are not supported: '" + callee.name +
                          "' calls itself");
  Frame inner;
  inner.function = &callee;
  return bind(frame, inner, from, callee.params, arguments) &&
         bind(frame, inner, from, callee.results, results) &&
         decodeFunction(inner, depth + 1);
}

/// A branch around a call that has a guard, whose target is set behind it: its
/// place, or `kNoTarget`.
unsigned Decoder::beginGuard(Frame &frame, const Instruction &from) {
  if (from.guard < 0)
    return kNoTarget;
  addBranch(from, frame, 0);
  Inst &branch = program->code.back();
  branch.isGuardNegated = !branch.isGuardNegated;
  branch.aux[3] = 1;
  return program->code.size() - 1;
}

/// Puts the callee in place of the call.
bool Decoder::decodeCall(Frame &frame, const Instruction &from,
                         unsigned depth) {
  using Kind = Operand::Kind;
  const Operand *results = nullptr, *arguments = nullptr, *target = nullptr;
  for (const Operand &operand : from.operands) {
    if (operand.kind == Kind::Tuple)
      (target ? arguments : results) = &operand;
    else if (!target)
      target = &operand;
  }
  bool isIndirect = target && target->kind == Kind::Register;
  if (!target || (!isIndirect && target->kind != Kind::Name))
    return fail(from, "expected a function, or a register with its address");
  unsigned skip = kNoTarget;
  if (isIndirect) {
    skip = beginGuard(frame, from);
    if (!decodeIndirectCall(frame, from, *target, results, arguments, depth))
      return false;
  } else {
    StringRef name = target->name;
    auto it = module.functionsByName.find(name);
    bool isDefined =
        it != module.functionsByName.end() && it->second->isDefined;
    if (it != module.functionsByName.end() && !isDefined && findHostCall(name))
      return decodeHostCall(frame, from, name, arguments);
    if (!isDefined)
      return fail(from, "function '" + name + "' has no body");
    skip = beginGuard(frame, from);
    if (!putInPlace(frame, from, *it->second, results, arguments, depth))
      return false;
  }
  if (skip != kNoTarget)
    program->code[skip].target = program->code.size();
  return true;
}

/// Whether variables of parameters may be passed for those of a function.
bool Decoder::fits(llvm::ArrayRef<unsigned> variables,
                   const Operand *tuple) const {
  if (variables.size() != (tuple ? tuple->elements.size() : 0))
    return false;
  for (unsigned i = 0; i < variables.size(); ++i) {
    const Operand &element = tuple->elements[i];
    if (element.kind != Operand::Kind::Variable ||
        module.variables[element.value].bytes !=
            module.variables[variables[i]].bytes)
      return false;
  }
  return true;
}

/// An instruction that is not in the text.
Inst &Decoder::addPlain(const Instruction &from, StringRef name,
                        llvm::ArrayRef<Op> ops) {
  const InstructionRow *row = findRow(name);
  Modifiers modifiers;
  StringRef unknown;
  parseModifiers(*row, name, modifiers, unknown);
  Inst inst;
  inst.source = &from;
  inst.type = modifiers.type(0);
  Op *stored = program->allocator.Allocate<Op>(std::max<size_t>(ops.size(), 1));
  std::uninitialized_copy(ops.begin(), ops.end(), stored);
  inst.ops = stored;
  inst.numOps = ops.size();
  inst.execute = row->select(modifiers, inst);
  program->code.push_back(inst);
  return program->code.back();
}

/// Each function whose address is taken, and that has parameters like these, in
/// turn; lanes go to the one whose address they have.
bool Decoder::decodeIndirectCall(Frame &frame, const Instruction &from,
                                 const Operand &target, const Operand *results,
                                 const Operand *arguments, unsigned depth) {
  Op address;
  if (!decodeValue(frame, from, target, Type::U64, address))
    return false;
  std::vector<size_t> ends;
  for (const auto &function : module.functions) {
    uint64_t own = getFunctionAddress(module, function->name);
    if (own == 0 || function->isEntry || !function->isDefined ||
        llvm::is_contained(callStack, function.get()) ||
        !fits(function->params, arguments) || !fits(function->results, results))
      continue;
    Op differs, number;
    differs.kind = number.kind = Op::Kind::Row;
    differs.row = program->numRegisters++;
    differs.bits = 1;
    number.row = addConstant(own);
    addPlain(from, "setp.ne.u64", {differs, address, number});
    size_t skip = program->code.size();
    Inst &branch = addPlain(from, "bra", {});
    branch.guard = differs.row;
    branch.aux[3] = 1;
    if (!putInPlace(frame, from, *function, results, arguments, depth))
      return false;
    ends.push_back(program->code.size());
    addPlain(from, "bra", {}).aux[3] = 1;
    program->code[skip].target = program->code.size();
  }
  if (ends.empty())
    return fail(from, "there is no function for this indirect call: none whose "
                      "address is taken has these parameters");
  Op *stored = program->allocator.Allocate<Op>(1);
  Inst stray;
  stray.source = &from;
  stray.ops = new (stored) Op(address);
  stray.numOps = 1;
  stray.execute = runStrayCall;
  program->code.push_back(stray);
  for (size_t end : ends)
    program->code[end].target = program->code.size();
  return true;
}

/// A call of the driver: its operands are where its arguments are.
bool Decoder::decodeHostCall(Frame &frame, const Instruction &from,
                             StringRef name, const Operand *arguments) {
  size_t count = name == "vprintf" ? 2 : 5;
  if (!arguments || arguments->elements.size() != count)
    return fail(from,
                "expected " + Twine(count) + " arguments of '" + name + "'");
  Op *ops = program->allocator.Allocate<Op>(count);
  for (size_t i = 0; i < count; ++i) {
    const Operand &element = arguments->elements[i];
    uint64_t address;
    if (element.kind != Operand::Kind::Variable)
      return fail(from, "expected variables of .param to be passed");
    if (!getVariable(frame, from, element.value, address))
      return false;
    new (ops + i) Op();
    ops[i].kind = Op::Kind::Row;
    ops[i].row = addConstant(address);
  }
  Inst inst;
  inst.source = &from;
  inst.execute = findHostCall(name);
  inst.ops = ops;
  inst.numOps = count;
  if (from.guard >= 0) {
    inst.guard = frame.firstRow + from.guard;
    program->noteRead(inst.guard);
    inst.isGuardNegated = from.isGuardNegated;
  }
  program->code.push_back(inst);
  return true;
}
