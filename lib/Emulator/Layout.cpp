//===- Layout.cpp - Where variables lie -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "llvm/Support/MathExtras.h"

#include <set>

using namespace mlir::dag::ptx;

static void layOutParams(Program &program) {
  const Module &module = *program.module;
  uint64_t offset = 0;
  for (unsigned index : program.entry->params) {
    const Variable &param = module.variables[index];
    offset = llvm::alignTo(offset, param.align);
    program.paramOffsets.push_back(offset);
    program.addresses[index] = window::kParam + offset;
    offset += param.bytes;
  }
  program.paramBytes = offset;
}

uint64_t mlir::dag::ptx::getFunctionAddress(const Module &module,
                                            llvm::StringRef name) {
  auto it = module.addressed.find(name);
  return it == module.addressed.end()
             ? 0
             : window::kCode + 16 * (uint64_t(it->second) + 1);
}

/// Variables of shared memory that the entry or what it calls names.
static std::set<unsigned> findShared(const Program &program) {
  const Module &module = *program.module;
  std::set<unsigned> shared;
  std::set<const Function *> seen{program.entry};
  std::vector<const Function *> functions{program.entry};
  while (!functions.empty()) {
    const Function *function = functions.back();
    functions.pop_back();
    auto visit = [&](llvm::StringRef name) {
      auto it = module.functionsByName.find(name);
      if (it != module.functionsByName.end() && seen.insert(it->second).second)
        functions.push_back(it->second);
    };
    std::vector<const Operand *> operands;
    bool callsAddresses = false;
    for (const Instruction &instruction : function->body)
      for (const Operand &operand : instruction.operands) {
        operands.push_back(&operand);
        callsAddresses |= operand.kind == Operand::Kind::Register &&
                          instruction.name.starts_with("call");
      }
    if (callsAddresses)
      for (const auto &entry : module.addressed)
        visit(entry.first());
    while (!operands.empty()) {
      const Operand *operand = operands.back();
      operands.pop_back();
      for (const Operand &element : operand->elements)
        operands.push_back(&element);
      if (operand->kind == Operand::Kind::Variable &&
          module.variables[operand->value].space == Space::Shared)
        shared.insert(operand->value);
      if (operand->kind == Operand::Kind::Name)
        visit(operand->name);
    }
  }
  return shared;
}

/// Gives variables of shared memory their offsets: those of a known size, then
/// the dynamic ones, which share one place.
static bool layOutShared(Program &program, ParseError &error) {
  const Module &module = *program.module;
  std::set<unsigned> shared = findShared(program);
  uint64_t offset = window::kSharedStart, dynamicAlign = 16;
  for (unsigned i : shared) {
    const Variable &variable = module.variables[i];
    if (variable.isExtern) {
      dynamicAlign = std::max(dynamicAlign, variable.align);
      continue;
    }
    offset = llvm::alignTo(offset, variable.align);
    program.addresses[i] = offset;
    offset += variable.bytes;
  }
  program.staticShared = offset - window::kSharedStart;
  offset = llvm::alignTo(offset, dynamicAlign);
  program.dynamicShared = offset;
  if (offset > 1 << window::kRankShift) {
    error.message = "shared memory of " + std::to_string(offset) + " bytes";
    return false;
  }
  for (unsigned i : shared)
    if (module.variables[i].isExtern)
      program.addresses[i] = offset;
  return true;
}

static void layOutGlobals(Program &program) {
  const Module &module = *program.module;
  uint64_t slot = window::kFirstVariable, constOffset = 0;
  for (unsigned i = 0; i < module.variables.size(); ++i) {
    const Variable &variable = module.variables[i];
    if (variable.space == Space::Global)
      program.addresses[i] = window::kSlot * slot++;
    if (variable.space == Space::Const) {
      constOffset = llvm::alignTo(constOffset, variable.align);
      program.addresses[i] = window::kConst + constOffset;
      constOffset += variable.bytes;
    }
    if (slot == window::kFirstBuffer)
      break;
  }
  program.constBytes = constOffset;
}

bool mlir::dag::ptx::layOut(Program &program, ParseError &error) {
  layOutParams(program);
  layOutGlobals(program);
  return layOutShared(program, error);
}
