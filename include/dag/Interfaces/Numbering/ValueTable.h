//===- ValueTable.h - Hash-consed values -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_NUMBERING_VALUETABLE_H
#define DAG_INTERFACES_NUMBERING_VALUETABLE_H

#include "dag/Dialect/Dag/IR/CompositeParts.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
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
    /// The first op that computes it; the composite of a part.
    Operation *op;
  };

  explicit ValueTable(MLIRContext *context);

  size_t size() const { return nodes.size(); }
  const Node &getNode(ValueNumber number) const { return nodes[number]; }
  const ValueOpcode &getOpcode(ValueNumber number) const {
    return opcodes[nodes[number].opcode];
  }
  /// What tells an opcode from others of its name.
  ArrayRef<NamedAttribute> getAttributes(uint32_t opcode) const {
    return opcodes[opcode].attributes.getValue();
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
  /// True if attributes of the op have elements that the file does not have.
  bool hasLeftOut(Operation *op) {
    return !leftOut.empty() && leftOut.contains(getOpcodeOf(op));
  }
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

  /// The parts of composites, which live as long as the table.
  CompositeParts &getCompositeParts() { return compositeParts; }

private:
  uint32_t intern(ValueOpcode opcode);

  MLIRContext *context;
  CompositeParts compositeParts;
  std::vector<ValueOpcode> opcodes;
  DenseMap<std::pair<Attribute, Attribute>, uint32_t> opcodeIds;
  /// The first op of an opcode, and whether that has element types.
  struct KnownOp {
    Operation *op;
    uint32_t opcode;
    bool hasTypes;
  };
  /// Opcodes of ops by name and properties as they are.
  DenseMap<std::pair<const void *, size_t>, SmallVector<KnownOp, 1>> knownOps;
  DenseMap<Type, Type> globalTypes;

  /// Opcodes with handles of elements that are left out of the file.
  DenseSet<uint32_t> leftOut;

  std::vector<Node> nodes;
  /// `[opcode, result, operands...]`.
  DenseMap<ArrayRef<uint32_t>, ValueNumber> numbers;
  llvm::BumpPtrAllocator allocator;
  DenseMap<ValueNumber, ValueNumber> cacheRoots;
  uint32_t sumOpcode, broadcastOpcode;
};

} // namespace mlir::dag

#endif // DAG_INTERFACES_NUMBERING_VALUETABLE_H
