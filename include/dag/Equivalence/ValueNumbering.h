//===- ValueNumbering.h - What a model computes, by numbers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Numbers the values of models so that two values with one number are equal as
// tensors of global shape, whatever the weights, the inputs and the contents of
// the KV caches are. Shardings, padding, collectives, stages, layers and
// transfers are erased, composites are taken apart, and sums have a normal
// form; docs/Rationale/Equivalence.md says why that is sound. All models that
// are numbered in one table can be compared.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EQUIVALENCE_VALUENUMBERING_H
#define DAG_EQUIVALENCE_VALUENUMBERING_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Allocator.h"

#include <vector>

namespace mlir::dag {

using ValueNumber = uint32_t;

/// What computes a value, operands aside.
struct ValueOpcode {
  enum Kind : uint8_t {
    /// A parameter, an input or a KV cache: equal where the names are.
    Leaf,
    /// An op.
    Op,
    /// A multiset of summands, sorted.
    Sum,
    /// A vector that is added to the last dimension of other summands.
    Broadcast
  };
  Kind kind = Op;
  /// `dag.linear`.
  StringAttr name;
  /// What distinguishes ops of one name.
  DictionaryAttr attributes;
};

/// Hash-consed values. A number is smaller than those of all values that are
/// computed from it.
class ValueTable {
public:
  struct Node {
    uint32_t opcode;
    uint32_t result;
    ArrayRef<ValueNumber> operands;
    /// The first op that computes it.
    Operation *op;
  };

  explicit ValueTable(MLIRContext *context);

  size_t size() const { return nodes.size(); }
  const Node &getNode(ValueNumber number) const { return nodes[number]; }
  const ValueOpcode &getOpcode(ValueNumber number) const {
    return opcodes[nodes[number].opcode];
  }
  bool isSum(ValueNumber number) const {
    return getOpcode(number).kind == ValueOpcode::Sum;
  }
  bool isLeaf(ValueNumber number) const {
    return getOpcode(number).kind == ValueOpcode::Leaf;
  }
  /// The summands of a sum, or the value alone.
  ArrayRef<ValueNumber> getSummands(const ValueNumber &number) const {
    return isSum(number) ? getNode(number).operands : ArrayRef(number);
  }

  /// The opcode of an op as it stands, the role that it states aside.
  uint32_t getOpcodeOf(Operation *op);
  uint32_t getOpcode(ValueOpcode::Kind kind, StringRef name,
                     ArrayRef<NamedAttribute> attributes = {});

  ValueNumber getValue(uint32_t opcode, ArrayRef<ValueNumber> operands,
                       Operation *op, uint32_t result = 0);
  /// The normal form of a sum, of operands that may be sums.
  ValueNumber getSum(ArrayRef<ValueNumber> operands, Operation *op);
  /// `x` with `bias` added to its last dimension.
  ValueNumber getBiased(ValueNumber x, ValueNumber bias, Operation *op);
  /// `factor * x`, as a sum of products where `x` is a sum.
  ValueNumber getScaled(uint32_t opcode, ValueNumber x, Operation *op);

  /// The cache before all writes that `number` is the last of.
  ValueNumber getCacheRoot(ValueNumber number) const {
    auto it = cacheRoots.find(number);
    return it == cacheRoots.end() ? number : it->second;
  }
  void setCacheRoot(ValueNumber update, ValueNumber root) {
    cacheRoots[update] = root;
  }

  /// The type with its global shape, without padding and sharding.
  Type getGlobalType(Type type);

private:
  uint32_t intern(ValueOpcode opcode);

  MLIRContext *context;
  std::vector<ValueOpcode> opcodes;
  DenseMap<std::pair<Attribute, Attribute>, uint32_t> opcodeIds;
  /// Opcodes of ops by name and properties as they are.
  DenseMap<std::pair<const void *, size_t>,
           SmallVector<std::pair<Operation *, uint32_t>, 1>>
      knownOps;
  DenseMap<Type, Type> globalTypes;

  std::vector<Node> nodes;
  /// `[opcode, result, operands...]`.
  DenseMap<ArrayRef<uint32_t>, ValueNumber> numbers;
  llvm::BumpPtrAllocator allocator;
  DenseMap<ValueNumber, ValueNumber> cacheRoots;
  uint32_t sumOpcode, broadcastOpcode;
};

/// The numbers of one model.
class ValueNumbering {
public:
  /// Called for each value that is no sum, with the op that computes it; its
  /// result is the value's number from there on.
  using Callback = function_ref<ValueNumber(ValueNumber, Operation *)>;

  explicit ValueNumbering(ValueTable &table, Callback callback = nullptr)
      : table(table), callback(callback) {}

  /// Numbers a model that verifies. Fails at an op that has no number, which
  /// `getObstacle` tells then.
  LogicalResult run(ModelOp model);

  struct Use {
    ValueNumber number;
    Operation *op;
  };
  /// What goes out, by name.
  const llvm::MapVector<StringAttr, SmallVector<Use, 1>> &getOutputs() const {
    return outputs;
  }
  /// What is written, by the number of the cache before the run.
  const llvm::MapVector<ValueNumber, SmallVector<Use, 1>> &getWrites() const {
    return writes;
  }
  ValueNumber getNumber(Value value) const { return numbers.lookup(value); }
  /// What has no number.
  Operation *getObstacle() const { return obstacle; }
  /// The first op that has a number but need not compute what it says, and why.
  Operation *getDoubtful() const { return doubtful; }
  StringRef getDoubt() const { return doubt; }

private:
  LogicalResult number(Block &block);
  LogicalResult number(Operation *op);
  ValueNumber numberAttention(AttentionOp op);
  ValueNumber numberLatentAttention(LatentAttentionOp op);
  struct AttentionCore;
  ValueNumber numberCore(Operation *op, ValueNumber q, ValueNumber k,
                         ValueNumber v, const AttentionCore &core);

  ValueNumber get(Value value) const { return numbers.lookup(value); }
  void define(Value value, ValueNumber number) { numbers[value] = number; }
  /// A value that the callback has seen.
  ValueNumber make(uint32_t opcode, ArrayRef<ValueNumber> operands,
                   Operation *op, uint32_t result = 0);
  ValueNumber makeUpdate(ValueNumber cache, ValueNumber tokens,
                         ValueNumber position, Operation *op);
  void doubtAt(Operation *op, StringRef reason);
  /// Sees to it that the order of slots in dispatched tensors is not seen.
  void numberSlots(Operation *op, ArrayRef<ValueNumber> operands);
  ValueNumber makeDropout(ValueNumber x, FloatAttr p, Operation *op);

  ValueTable &table;
  Callback callback;
  DenseMap<Value, ValueNumber> numbers;
  llvm::MapVector<StringAttr, SmallVector<Use, 1>> outputs;
  llvm::MapVector<ValueNumber, SmallVector<Use, 1>> writes;
  Operation *obstacle = nullptr;
  Operation *doubtful = nullptr;
  StringRef doubt;
  /// What asserts alone look at.
  llvm::DenseSet<Operation *> checked;
  /// Axes of the tokens by which the slots of a tensor are ordered.
  DenseMap<ValueNumber, Attribute> slots;
};

} // namespace mlir::dag

#endif // DAG_EQUIVALENCE_VALUENUMBERING_H
