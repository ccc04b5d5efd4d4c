//===- Emit.cpp - Instructions by short names -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
#include "dag/Dialect/Tile/IR/Tile.h"

using namespace mlir;
using namespace mlir::dag::tile;

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

Value Emit::i32(int64_t value) {
  return create<arith::ConstantOp>(
      builder.getI32IntegerAttr(static_cast<int32_t>(value)));
}

Value Emit::i64(uint64_t value) {
  return create<arith::ConstantOp>(
      builder.getI64IntegerAttr(static_cast<int64_t>(value)));
}

Value Emit::add(Value lhs, Value rhs) {
  return create<arith::AddIOp>(lhs, rhs);
}

Value Emit::add(Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : add(lhs, i32(rhs));
}

Value Emit::sub(Value lhs, int64_t rhs) { return add(lhs, -rhs); }

Value Emit::mul(Value lhs, int64_t rhs) {
  return create<arith::MulIOp>(lhs, i32(rhs));
}

Value Emit::bitAnd(Value lhs, int64_t rhs) {
  return create<arith::AndIOp>(lhs, i32(rhs));
}

Value Emit::bitXor(Value lhs, Value rhs) {
  return create<arith::XOrIOp>(lhs, rhs);
}

Value Emit::shiftRight(Value lhs, int64_t rhs) {
  return create<arith::ShRUIOp>(lhs, i32(rhs));
}

Value Emit::equals(Value lhs, int64_t rhs) {
  return create<arith::CmpIOp>(arith::CmpIPredicate::eq, lhs, i32(rhs));
}

Value Emit::isLess(Value lhs, int64_t rhs) {
  return create<arith::CmpIOp>(arith::CmpIPredicate::ult, lhs, i32(rhs));
}

Value Emit::select(Value condition, Value ifTrue, Value ifFalse) {
  return create<arith::SelectOp>(condition, ifTrue, ifFalse);
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

Value Emit::getNext(Value number, int64_t count) {
  Value next = add(number, 1);
  return select(equals(next, count), i32(0), next);
}

Value Emit::getIndex(Value row, Value columns, Value column) {
  auto widen = [&](Value value) -> Value {
    return create<arith::ExtSIOp>(builder.getI64Type(), value);
  };
  Value before = create<arith::MulIOp>(widen(row), widen(columns));
  return create<arith::AddIOp>(before, widen(column));
}

Value Emit::advance(Value pointer, Value bytes) {
  return create<LLVM::GEPOp>(pointer.getType(), builder.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value Emit::advance(Value pointer, int64_t bytes) {
  return bytes == 0 ? pointer : advance(pointer, i32(bytes));
}

Value Emit::toCluster(Value pointer) {
  auto type = LLVM::LLVMPointerType::get(builder.getContext(), kClusterSpace);
  return create<LLVM::AddrSpaceCastOp>(type, pointer);
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

Value Emit::getThread() {
  return create<NVVM::ThreadIdXOp>(builder.getI32Type());
}

Value Emit::getThreadOfWarpgroup() {
  return bitAnd(getThread(), kWarpgroupSize - 1);
}

Value Emit::getLane() { return bitAnd(getThread(), 31); }

Value Emit::getFirstLane(Value value) {
  return create<NVVM::ShflOp>(value.getType(), i32(-1), value, i32(0), i32(31),
                              NVVM::ShflKind::idx, UnitAttr());
}

Value Emit::getBlockOfCluster() {
  return create<NVVM::ClusterId>(builder.getI32Type());
}

void Emit::createIf(Value condition, function_ref<void()> body) {
  auto op = create<scf::IfOp>(condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.thenBlock());
  body();
}

void Emit::waitForBarrier(Value barrier, Value parity) {
  // How long a thread may sleep before it asks again, in nanoseconds.
  constexpr int64_t kTicks = 10000000;
  create<NVVM::MBarrierTryWaitParityOp>(barrier, parity, i32(kTicks));
}

void Emit::meet(int64_t cluster) {
  if (cluster == 1) {
    create<NVVM::Barrier0Op>();
    return;
  }
  create<NVVM::ClusterArriveOp>(builder.getUnitAttr());
  create<NVVM::ClusterWaitOp>(builder.getUnitAttr());
}
