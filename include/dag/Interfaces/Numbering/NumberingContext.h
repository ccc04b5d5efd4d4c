//===- NumberingContext.h - What ops number values with -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_NUMBERING_NUMBERINGCONTEXT_H
#define DAG_INTERFACES_NUMBERING_NUMBERINGCONTEXT_H

#include "dag/Interfaces/Numbering/ValueTable.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::dag {

/// What the order of the slots of experts follows from.
struct SlotOrder {
  /// The axes by which the tokens are sharded; null if there are no slots.
  Attribute axes;
  /// The experts of each token, as they were counted.
  ValueNumber indices = 0;

  explicit operator bool() const { return static_cast<bool>(axes); }
  bool operator==(const SlotOrder &other) const {
    return axes == other.axes && indices == other.indices;
  }
  bool operator!=(const SlotOrder &other) const { return !(*this == other); }
};

/// What a value of absorbed latent attention stands for (docs/Rationale/
/// Equivalence.md).
struct AbsorbedValue {
  enum Kind { Query, Key, Value, Sum };
  Kind kind;
  /// The value that it stands for, where keys and values are expanded.
  ValueNumber expanded = 0;
  /// The weight that expands them, and its figures.
  ValueNumber weight = 0;
  int64_t nopeDim = 0, ropeDim = 0, vDim = 0, latentDim = 0;

  bool hasWeightOf(const AbsorbedValue &other) const {
    return weight == other.weight && nopeDim == other.nopeDim &&
           ropeDim == other.ropeDim && vDim == other.vDim;
  }
};

/// The numbers of the values of one model, and what an op does to give more of
/// them. All ops that are passed in may be parts of a composite: what is told
/// of them is told of the composite.
class NumberingContext {
public:
  /// Called for each value that is no sum, with the op that computes it; its
  /// result is the value's number from there on.
  using Callback = function_ref<ValueNumber(ValueNumber, Operation *)>;

  struct Use {
    ValueNumber number;
    Operation *op;
  };

  NumberingContext(ValueTable &table, Callback callback)
      : table(table), callback(callback) {}
  virtual ~NumberingContext() = default;

  ValueTable &getTable() { return table; }

  ValueNumber get(Value value) const { return numbers.lookup(value); }
  void define(Value value, ValueNumber number) { numbers[value] = number; }
  /// Gives `to` the number of `from`, and lets it be the same cache.
  void forward(Value from, Value to) {
    define(to, get(from));
    if (isCache(from))
      setCache(to);
  }
  /// True for a cache itself, written or not, and not for a copy of it that
  /// lies elsewhere.
  bool isCache(Value value) const { return caches.contains(value); }
  void setCache(Value value) {
    caches.insert(value);
    cacheNumbers.insert(table.getCacheRoot(get(value)));
  }
  /// True for what a cache holds, wherever it is.
  bool holdsCache(ValueNumber number) const {
    return cacheNumbers.contains(table.getCacheRoot(number));
  }
  /// Gives its number to the only result of `op`.
  LogicalResult defineResult(Operation *op, ValueNumber number) {
    define(op->getResult(0), number);
    return success();
  }

  //===--- values -------------------------------------------------------===//

  /// A value that the callback has seen.
  ValueNumber make(uint32_t opcode, ArrayRef<ValueNumber> operands,
                   Operation *op, uint32_t result = 0);
  /// The same with the opcode of the op as it stands.
  ValueNumber makeFunction(ArrayRef<ValueNumber> operands, Operation *op,
                           uint32_t result = 0) {
    return make(table.getOpcodeOf(op), operands, op, result);
  }
  ValueNumber makeSum(ArrayRef<ValueNumber> operands, Operation *op) {
    return table.getSum(operands, getWhole(op));
  }
  ValueNumber makeBiased(ValueNumber x, ValueNumber bias, Operation *op) {
    return table.getBiased(x, bias, getWhole(op));
  }
  /// `op` with one factor on `x`.
  ValueNumber makeScaled(ValueNumber x, Operation *op);
  /// The last tokens of a value. The callback does not see them: another
  /// program may take them elsewhere, and has all of what they are taken from.
  ValueNumber makeLastToken(uint32_t opcode, ArrayRef<ValueNumber> operands,
                            Operation *op) {
    return table.getValue(opcode, operands, getWhole(op));
  }
  /// What a cache, the first of `operands`, holds with new tokens in it; it is
  /// written then.
  ValueNumber makeUpdate(ArrayRef<ValueNumber> operands, Operation *op);
  void addOutput(StringAttr name, ValueNumber number, Operation *op) {
    outputs[name].push_back({number, getWhole(op)});
  }

  //===--- ops ----------------------------------------------------------===//

  /// All ops of a block, in order, whose arguments have numbers.
  LogicalResult number(Block &block);
  /// Each result is a function of all operands.
  LogicalResult numberAsFunction(Operation *op, ArrayRef<ValueNumber> operands);

  /// States that `op` has a number but need not compute what it says.
  void doubtAt(Operation *op, StringRef reason);

  //===--- latent attention ---------------------------------------------===//

  /// A value that is in no model but stands for one that may be: the callback
  /// does not see it.
  ValueNumber makeAside(ArrayRef<ValueNumber> operands, Operation *op,
                        uint32_t result, const AbsorbedValue &standsFor) {
    ValueNumber number =
        table.getValue(table.getOpcodeOf(op), operands, getWhole(op), result);
    absorbed[number] = standsFor;
    return number;
  }
  /// What a value stands for, or null.
  const AbsorbedValue *getAbsorbed(ValueNumber number) const {
    auto it = absorbed.find(number);
    return it == absorbed.end() ? nullptr : &it->second;
  }

  //===--- slots of experts ---------------------------------------------===//

  /// How the slots of a tensor are ordered; null if it has none.
  SlotOrder getSlots(ValueNumber number) const { return slots.lookup(number); }
  void setSlots(ValueNumber number, const SlotOrder &order) {
    slots[number] = order;
  }
  /// True if a token is known to name no expert twice in these indices.
  bool areDistinct(ValueNumber indices) const {
    return distinct.contains(indices);
  }
  void setDistinct(ValueNumber indices) { distinct.insert(indices); }

  /// Called when the arguments of a layer have the numbers of its operands.
  virtual void enterLayer(Block &body) {}

protected:
  /// True for what is not the model's.
  virtual bool isIgnored(Operation *op) { return false; }

  llvm::MapVector<StringAttr, SmallVector<Use, 1>> outputs;
  llvm::MapVector<ValueNumber, SmallVector<Use, 1>> writes;
  Operation *obstacle = nullptr;
  Operation *doubtful = nullptr;
  StringRef doubt;

private:
  LogicalResult number(Operation *op);
  LogicalResult numberForeign(Operation *op, ArrayRef<ValueNumber> operands);
  LogicalResult numberParts(CompositeOpInterface op,
                            ArrayRef<ValueNumber> operands);
  LogicalResult obstructAt(Operation *op);
  void checkSlots(Operation *op, ArrayRef<ValueNumber> operands);
  Operation *getWhole(Operation *op) const { return whole ? whole : op; }

  ValueTable &table;
  Callback callback;
  DenseMap<Value, ValueNumber> numbers;
  DenseSet<Value> caches;
  DenseSet<ValueNumber> cacheNumbers;
  DenseMap<ValueNumber, AbsorbedValue> absorbed;
  DenseMap<ValueNumber, SlotOrder> slots;
  DenseSet<ValueNumber> distinct;
  /// The composite whose parts are numbered, and how many composites that are
  /// parts themselves.
  Operation *whole = nullptr;
  unsigned depth = 0;
};

} // namespace mlir::dag

#endif // DAG_INTERFACES_NUMBERING_NUMBERINGCONTEXT_H
