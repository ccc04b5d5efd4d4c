//===- Emit.h - Instructions by short names -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_CONVERSION_TILETONVVM_EMIT_H
#define DAG_LIB_CONVERSION_TILETONVVM_EMIT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

namespace mlir::dag::tile {

/// Address spaces of pointers (NVPTX).
constexpr unsigned kGlobalSpace = 1;
constexpr unsigned kSharedSpace = 3;
constexpr unsigned kClusterSpace = 7;

/// A builder at one place of a kernel, with the arithmetic of addresses. All
/// integers are of 32 bits unless a name says otherwise.
class Emit {
public:
  Emit(OpBuilder builder, Location loc) : builder(builder), loc(loc) {}

  OpBuilder &getBuilder() { return builder; }
  Location getLoc() const { return loc; }

  template <typename OpT, typename... Args>
  OpT create(Args &&...args) {
    return OpT::create(builder, loc, std::forward<Args>(args)...);
  }

  Value i32(int64_t value);
  Value i64(uint64_t value);
  Value add(Value lhs, Value rhs);
  Value add(Value lhs, int64_t rhs);
  Value sub(Value lhs, int64_t rhs);
  Value mul(Value lhs, int64_t rhs);
  Value bitAnd(Value lhs, int64_t rhs);
  Value bitXor(Value lhs, Value rhs);
  Value shiftRight(Value lhs, int64_t rhs);
  Value equals(Value lhs, int64_t rhs);
  Value isLess(Value lhs, int64_t rhs);
  Value select(Value condition, Value ifTrue, Value ifFalse);

  /// The number behind `number`, and behind the last of `count` the first.
  Value getNext(Value number, int64_t count);
  /// row * columns + column, of 64 bits.
  Value getIndex(Value row, Value columns, Value column);

  /// `pointer`, so many bytes further.
  Value advance(Value pointer, Value bytes);
  Value advance(Value pointer, int64_t bytes);
  /// `pointer` as one into the shared memory of the cluster.
  Value toCluster(Value pointer);

  /// The thread in its block, and in its warpgroup; the lane of its warp.
  Value getThread();
  Value getThreadOfWarpgroup();
  Value getLane();
  /// The value that the first lane of the warp has.
  Value getFirstLane(Value value);
  /// The block in its cluster.
  Value getBlockOfCluster();

  /// What `body` emits is done where `condition` holds.
  void createIf(Value condition, function_ref<void()> body);
  /// Waits until the phase of `parity` of a barrier is over.
  void waitForBarrier(Value barrier, Value parity);
  /// All threads of the block, or of a cluster of more than one, meet.
  void meet(int64_t cluster);

private:
  OpBuilder builder;
  Location loc;
};

} // namespace mlir::dag::tile

#endif // DAG_LIB_CONVERSION_TILETONVVM_EMIT_H
