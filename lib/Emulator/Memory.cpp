//===- Memory.cpp - Memory spaces of a launch -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include "llvm/ADT/StringMap.h"

#include <cstring>

using namespace mlir::dag::ptx;

void Memory::add(std::string name, uint64_t address,
                 std::vector<uint8_t> *bytes, bool isInitialised,
                 bool isReadOnly, bool tracks) {
  auto region = std::make_unique<Region>();
  region->name = std::move(name);
  region->address = address;
  region->bytes = bytes;
  region->isReadOnly = isReadOnly;
  if (tracks && !isReadOnly)
    region->shadow = std::make_unique<Shadow>(bytes->size(), isInitialised,
                                              /*isGlobal=*/true);
  slots[address >> window::kSlotBits] = region.get();
  regions.push_back(std::move(region));
}

Region *Memory::findSlot(uint64_t slot) {
  auto it = slots.find(slot);
  if (it == slots.end())
    return nullptr;
  lastSlot = slot;
  return last = it->second;
}

void Memory::takeShadow(Memory &before, uint64_t address) {
  Region *from = before.find(address), *to = find(address);
  if (from && to && from->shadow && to->shadow)
    to->shadow = std::move(from->shadow);
}

void Memory::addVariables(const Program &program, Launch &launch,
                          Memory *before) {
  const Module &module = *program.module;
  llvm::StringMap<Buffer *> given;
  for (Buffer &buffer : launch.buffers)
    if (buffer.isVariable)
      given[buffer.name] = &buffer;
  constants.resize(program.constBytes);
  for (auto [index, address] : program.addresses) {
    const Variable &variable = module.variables[index];
    if (variable.space != Space::Global && variable.space != Space::Const)
      continue;
    std::vector<uint8_t> *bytes = &constants;
    uint64_t start = address - window::kConst;
    if (Buffer *buffer = given.lookup(variable.name)) {
      if (variable.space == Space::Const) {
        llvm::copy(buffer->bytes, constants.begin() + start);
        continue;
      }
      add(buffer->name, address, &buffer->bytes, buffer->isInitialised, false,
          launch.tracks);
      if (before)
        takeShadow(*before, address);
      continue;
    }
    if (variable.space == Space::Global) {
      variables.push_back(
          std::make_unique<std::vector<uint8_t>>(variable.bytes));
      bytes = variables.back().get();
      start = 0;
      add(variable.name.str(), address, bytes, true, false, launch.tracks);
      if (Region *old = before ? before->find(address) : nullptr) {
        bytes->swap(*old->bytes);
        takeShadow(*before, address);
        continue;
      }
    }
    std::copy(variable.init.begin(), variable.init.end(),
              bytes->begin() + start);
    for (const Relocation &relocation : variable.relocations) {
      uint64_t value = relocation.addend +
                       (relocation.function.empty()
                            ? program.addresses.lookup(relocation.variable)
                            : getFunctionAddress(module, relocation.function));
      for (unsigned i = 0; i < relocation.bytes && i < 8; ++i)
        (*bytes)[start + relocation.offset + i] = value >> (8 * i);
    }
  }
}

Memory::Memory(const Program &program, Launch &launch, Memory *before) {
  addVariables(program, launch, before);
  add("constant memory", window::kConst, &constants, true, true, false);
  add("parameters", window::kParam, &launch.params, true, true, false);
  if (launch.isCooperative) {
    gridBarrier = {8, 0, 0, 0, 0, 0, 0, 0};
    add("the barrier of the grid", window::kGridBarrier, &gridBarrier, true,
        false, launch.tracks);
  }
  for (size_t i = 0; i < launch.buffers.size(); ++i) {
    Buffer &buffer = launch.buffers[i];
    if (buffer.isVariable)
      continue;
    add(buffer.name, getBufferAddress(i), &buffer.bytes, buffer.isInitialised,
        false, launch.tracks);
    if (before)
      takeShadow(*before, getBufferAddress(i));
  }
}

uint64_t mlir::dag::ptx::getBufferAddress(unsigned index) {
  return window::kSlot * (window::kFirstBuffer + index);
}

uint64_t mlir::dag::ptx::getMulticastAddress(unsigned index) {
  return window::kSlot * (window::kFirstMulticast + index);
}
