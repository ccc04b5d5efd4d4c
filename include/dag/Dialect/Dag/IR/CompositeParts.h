//===- CompositeParts.h - Parts of composites, built aside -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_COMPOSITEPARTS_H
#define DAG_DIALECT_DAG_IR_COMPOSITEPARTS_H

#include "dag/Dialect/Dag/IR/Dag.h"

#include <memory>

namespace mlir::dag {

/// The parts of composites for those who look and change nothing. They are
/// built in a block of their own, once for all composites that are alike in
/// name, attributes and types: the layers of a model share them. What is asked
/// of the parts of a composite may be remembered by the address of its `Parts`.
class CompositeParts {
public:
  class Parts {
  public:
    Parts();
    ~Parts();

    /// In the order in which they are computed. No op has a parent: symbols are
    /// to be looked up from the composite, and so is what a message names.
    Block &getBlock() const { return *block; }
    /// What stands for each operand of the composite.
    ArrayRef<BlockArgument> getOperands() const {
      return block->getArguments();
    }
    /// What stands for each result.
    ArrayRef<Value> getResults() const { return results; }

  private:
    friend class CompositeParts;
    std::unique_ptr<Block> block;
    /// The composite on these operands; in no block.
    Operation *composite = nullptr;
    SmallVector<Value> results;
  };

  /// The parts of `op`; they live as long as this object. Fails, and says why
  /// at `op`, where it has none.
  FailureOr<const Parts *> get(CompositeOpInterface op);

private:
  DenseMap<size_t, SmallVector<std::unique_ptr<Parts>, 1>> known;
};

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_COMPOSITEPARTS_H
