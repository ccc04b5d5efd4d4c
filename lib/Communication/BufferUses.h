//===- BufferUses.h - What lies in buffers of a stage -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_BUFFERUSES_H
#define DAG_LIB_COMMUNICATION_BUFFERUSES_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "llvm/ADT/MapVector.h"

#include <set>

namespace mlir::dag {

/// Follows the buffers of transfers through the ops of a stage, or of a
/// function of a program, in the order in which they run, within layers and
/// groups too. What is received lies in its buffer as long as it, or what
/// shares its memory, is used; what is sent lies there while it is sent.
class BufferUses {
public:
  explicit BufferUses(Operation *root) : root(root) {}

  /// The next op that puts something into the buffer `name`: `received` lies in
  /// it from now on. How many tensors lie in the buffer then.
  int64_t receive(StringAttr name, Operation *op, Value received);
  /// The same for an op that sends `sent` through it.
  int64_t send(StringAttr name, Operation *op, Value sent);

private:
  struct Lives {
    /// The place of the last use of each tensor.
    std::multiset<uint32_t> ends;
    /// What lies in the buffer, by all of its names.
    DenseSet<Value> values;
  };

  uint32_t getPlace(Operation *op);
  /// Adds what has the memory of `value` to `values`; the last use of all.
  uint32_t follow(Value value, DenseSet<Value> &values);
  Lives &advance(StringAttr name, uint32_t place);

  Operation *root;
  DenseMap<Operation *, uint32_t> places;
  DenseMap<StringAttr, Lives> buffers;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_BUFFERUSES_H
