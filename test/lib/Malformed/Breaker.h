//===- Breaker.h - Takes ops apart -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_MALFORMED_BREAKER_H
#define DAG_TEST_MALFORMED_BREAKER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>
#include <random>

namespace mlir::dag::malformed {

/// Breaks modules so that they still can be printed in the generic form and
/// parsed, but need not verify.
class Breaker {
public:
  /// Ops, attributes and types are taken from `seeds`, and names of ops from
  /// the dialects that are registered.
  Breaker(MLIRContext *context, ArrayRef<OwningOpRef<ModuleOp>> seeds);

  /// The cases of every op of `dag` and `check`, with pieces missing, in every
  /// kind of block that the seeds have.
  size_t getNumBare() const;
  OwningOpRef<ModuleOp> makeBare(size_t index);

  /// A seed that was changed in one to four places.
  OwningOpRef<ModuleOp> makeRandom(uint64_t number);

  /// An empty module or a seed, to which ops are added and in which they are
  /// changed, one by one, as the bytes say: each choice takes one or two.
  OwningOpRef<ModuleOp> makeOf(ArrayRef<uint8_t> bytes);

private:
  /// How many parts of an op without its attributes there are.
  struct Shape {
    unsigned operands, results, regions, blocks;
    bool hasAttributes;
  };
  static ArrayRef<Shape> getShapes();

  /// A number below `end`, at random or of the bytes.
  size_t draw(size_t end);
  void change(ModuleOp module);
  void insertAnywhere(ModuleOp module);
  void changeOperands(Operation *op);
  void changeResults(Operation *op);
  void changeAttribute(Operation *op);
  void changeRegion(Operation *op);
  void move(Operation *op, ModuleOp module);
  Attribute makeExtreme(Attribute attribute);
  Type drawType() { return types[draw(types.size())]; }
  /// Makes an op of a shape at the front or the back of a block.
  void insert(OperationName name, Shape shape, Block *block, bool isAtFront,
              ArrayRef<Value> values);

  MLIRContext *context;
  ArrayRef<OwningOpRef<ModuleOp>> seeds;
  std::vector<OperationName> names;
  /// The first block below each kind of op: a seed, and the block's place in
  /// the order of a walk.
  std::vector<std::pair<size_t, size_t>> places;
  std::vector<Type> types;
  std::vector<NamedAttribute> attributes;
  std::mt19937_64 random;
  /// What is left of the bytes; none where choices are random.
  std::optional<ArrayRef<uint8_t>> choices;
};

} // namespace mlir::dag::malformed

#endif // DAG_TEST_MALFORMED_BREAKER_H
