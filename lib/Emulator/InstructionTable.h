//===- InstructionTable.h - Instructions by name -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_INSTRUCTIONTABLE_H
#define DAG_EMULATOR_INSTRUCTIONTABLE_H

#include "Program.h"

#include "llvm/ADT/SmallVector.h"

namespace mlir::dag::ptx {

/// The modifiers of an instruction, sorted.
struct Modifiers {
  llvm::SmallVector<Type, 4> types;
  llvm::SmallVector<Space, 2> spaces;
  llvm::SmallVector<llvm::StringRef, 8> flags;
  Rounding rounding = Rounding::Nearest;
  bool hasRounding = false, isFtz = false, isSaturating = false;

  bool has(llvm::StringRef flag) const;
  /// The number of values of a vector, `v2`, `v4` or `v8`; else 1.
  unsigned getVectorSize() const {
    return has("v2") ? 2 : has("v4") ? 4 : has("v8") ? 8 : 1;
  }
  Type type(unsigned index = 0) const {
    return index < types.size() ? types[index] : Type::None;
  }
};

/// A row of the table. Operands are written in order, by what may stand there:
/// `d` a destination, `D` or a vector of them, `s` a source, `S` or a vector,
/// `m` an address, `l` a label, `n` a name; `x` a destination
/// or an address, `y` a source or an address; a `?` behind it: it may be
/// missing. Modifiers are the flags that are known; `*` ends a prefix. Types,
/// spaces, rounding, `ftz` and `sat` are sorted out before.
struct InstructionRow {
  llvm::StringRef name;
  llvm::StringRef operands;
  llvm::StringRef modifiers;
  /// Fills `inst`, and gives what executes it; null if this form is not known.
  Execute (*select)(const Modifiers &modifiers, Inst &inst);
  /// How many types it names at most.
  unsigned numTypes = 1;
};

/// The `.target` that an instruction needs and `target` is not, such as `sm_90
/// or higher`; empty if it has it.
llvm::StringRef getMissingTarget(llvm::StringRef name, llvm::StringRef target,
                                 unsigned architecture);

/// The rows of each family; InstructionTable.cpp puts them together.
llvm::ArrayRef<InstructionRow> getIntegerRows();
llvm::ArrayRef<InstructionRow> getBitRows();
llvm::ArrayRef<InstructionRow> getFloatRows();
llvm::ArrayRef<InstructionRow> getHalfRows();
llvm::ArrayRef<InstructionRow> getCompareRows();
llvm::ArrayRef<InstructionRow> getConvertRows();
llvm::ArrayRef<InstructionRow> getMemoryRows();
llvm::ArrayRef<InstructionRow> getAtomicRows();
llvm::ArrayRef<InstructionRow> getMultimemRows();
llvm::ArrayRef<InstructionRow> getWarpRows();
llvm::ArrayRef<InstructionRow> getControlRows();
llvm::ArrayRef<InstructionRow> getBarrierRows();
llvm::ArrayRef<InstructionRow> getMbarrierRows();
llvm::ArrayRef<InstructionRow> getCopyRows();
llvm::ArrayRef<InstructionRow> getBulkRows();
llvm::ArrayRef<InstructionRow> getTensorRows();
llvm::ArrayRef<InstructionRow> getTensorMapRows();
llvm::ArrayRef<InstructionRow> getRegisterRows();
llvm::ArrayRef<InstructionRow> getMatrixRows();
llvm::ArrayRef<InstructionRow> getWgmmaRows();
llvm::ArrayRef<InstructionRow> getWmmaRows();

/// The row with the longest name that `name` begins with, or null.
const InstructionRow *findRow(llvm::StringRef name);

/// Sorts the modifiers behind the name of `row`; false, with the one that is
/// not known.
bool parseModifiers(const InstructionRow &row, llvm::StringRef name,
                    Modifiers &modifiers, llvm::StringRef &unknown);

/// Instructions that have forms for integers, halves and other numbers are in
/// the rows of floating-point ones, which ask these.
Execute selectInteger(llvm::StringRef opcode, const Modifiers &modifiers,
                      Inst &inst);
Execute selectHalf(llvm::StringRef opcode, const Modifiers &modifiers,
                   Inst &inst);

/// The operation that modifiers name, for `reduce`, or -1.
int findOperation(const Modifiers &modifiers);
/// What an atomic operation or a reducing copy leaves.
uint64_t reduce(unsigned number, Type type, uint64_t old, uint64_t value);

/// Scope and order that flags say; `def` is the order if they say none.
Scope getScope(const Modifiers &modifiers);
Order getOrder(const Modifiers &modifiers, Order def);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_INSTRUCTIONTABLE_H
