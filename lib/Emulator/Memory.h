//===- Memory.h - Memory spaces of a launch -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_MEMORY_H
#define DAG_EMULATOR_MEMORY_H

#include "Program.h"
#include "Shadow.h"
#include "dag/Emulator/Launch.h"

#include <memory>

namespace mlir::dag::ptx {

/// A piece of memory at consecutive addresses.
struct Region {
  std::string name;
  uint64_t address = 0;
  std::vector<uint8_t> *bytes = nullptr;
  std::unique_ptr<Shadow> shadow;
  bool isReadOnly = false;
};

/// Global and constant memory, and the parameters of the entry.
class Memory {
public:
  /// `before` is the memory of the launch before, whose shadows go on.
  Memory(const Program &program, Launch &launch, Memory *before);

  /// The region that an address is in, whether or not within its bytes, or
  /// null.
  Region *find(uint64_t address) {
    uint64_t slot = address >> window::kSlotBits;
    if (slot == lastSlot)
      return last;
    return findSlot(slot);
  }

private:
  Region *findSlot(uint64_t slot);
  void add(std::string name, uint64_t address, std::vector<uint8_t> *bytes,
           bool isInitialised, bool isReadOnly, bool tracks);
  void addVariables(const Program &program, Launch &launch, Memory *before);
  /// Takes the shadow of a region of the launch before.
  void takeShadow(Memory &before, uint64_t address);

  std::vector<std::unique_ptr<Region>> regions;
  llvm::DenseMap<uint64_t, Region *> slots;
  std::vector<std::unique_ptr<std::vector<uint8_t>>> variables;
  std::vector<uint8_t> constants;
  /// Of a cooperative launch: the size of this, and a counter.
  std::vector<uint8_t> gridBarrier;
  uint64_t lastSlot = 0;
  Region *last = nullptr;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_MEMORY_H
