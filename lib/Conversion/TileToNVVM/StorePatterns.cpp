//===- StorePatterns.cpp - From registers to global memory -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

using namespace mlir;
using namespace mlir::dag::tile;

using Values = SmallVector<SmallVector<Value>>;

/// All threads of the warpgroup meet, at a barrier of their own: 0 is that of
/// the block.
static void meetInWarpgroup(const KernelLayout &layout, Emit &emit) {
  emit.create<NVVM::BarrierOp>(Type(), emit.add(layout.getWarpgroup(), 1),
                               emit.i32(kWarpgroupSize),
                               NVVM::BarrierReductionAttr(), Value());
}

/// Waits, in the thread that issues them, until all but `pending` stores have
/// read their tiles, or are done.
static void waitForStores(int64_t pending, bool areRead, Emit &emit) {
  Value isFirst = emit.equals(emit.getThreadOfWarpgroup(), 0);
  emit.createIf(isFirst, [&] {
    emit.create<NVVM::CpAsyncBulkWaitGroupOp>(
        static_cast<uint32_t>(pending),
        areRead ? emit.getBuilder().getUnitAttr() : UnitAttr());
  });
}

namespace {

class LowerStaging : public KernelPattern<StagingOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(StagingOp op, Adaptor, Emit &emit) const override {
    auto role = cast<RoleOp>(op->getParentOp());
    Value base = emit.advance(layout.getShared(), layout.getOffset(op));
    Value which = getWarpgroupOfRole(role, layout, emit);
    int64_t bytes = op.getBytes() / role.getWarpgroups();
    return {{emit.advance(base, emit.mul(which, bytes)), emit.i32(0)}};
  }
};

class LowerStore : public KernelPattern<StoreOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(StoreOp op, Adaptor adaptor, Emit &emit) const override {
    StagingType type = op.getStaging().getType();
    BufferType box = type.getBuffer();
    int64_t columns = box.getExtents().getColumns();
    int64_t boxes = op.getValue().getType().getExtents().getColumns() / columns;
    SmallVector<Value> registers =
        getRegisters(adaptor.getValue().front(), emit);
    ArrayRef<Value> rest = registers;
    size_t perBox = registers.size() / boxes;

    Value which =
        getWarpgroupOfRole(op->getParentOfType<RoleOp>(), layout, emit);
    Value row =
        emit.add(adaptor.getRow().front(), emit.mul(which, kWarpgroupRows));
    Value base = adaptor.getStaging()[0], number = adaptor.getStaging()[1];
    for (int64_t i : llvm::seq(boxes)) {
      Value tile = emit.advance(base, emit.mul(number, box.getStride()));
      waitForStores(type.getDepth() - 1, /*areRead=*/true, emit);
      meetInWarpgroup(layout, emit);
      write(rest.take_front(perBox), tile, emit);
      rest = rest.drop_front(perBox);
      emit.create<NVVM::FenceProxyOp>(
          NVVM::ProxyKind::async_shared,
          NVVM::SharedSpaceAttr::get(op.getContext(),
                                     NVVM::SharedSpace::shared_cta));
      meetInWarpgroup(layout, emit);
      Value column = emit.add(adaptor.getColumn().front(), i * columns);
      emit.createIf(emit.equals(emit.getThreadOfWarpgroup(), 0), [&] {
        emit.create<NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp>(
            adaptor.getMap().front(), tile, ValueRange{column, row}, Value(),
            NVVM::TMAStoreMode::TILE, Value());
        emit.create<NVVM::CpAsyncBulkCommitGroupOp>();
      });
      number = emit.getNext(number, type.getDepth());
    }
    return {{base, number}};
  }

private:
  /// Writes the registers of a box of 64 rows of 128 bytes. An instruction
  /// takes four matrices of 8 x 8: 16 rows, those of the warp, by 16 columns;
  /// a lane has the address of a row of one of them.
  static void write(ArrayRef<Value> registers, Value tile, Emit &emit) {
    MLIRContext *context = emit.getBuilder().getContext();
    Value lane = emit.getLane();
    Value warp = emit.shiftRight(emit.getThreadOfWarpgroup(), 5);
    Value row = emit.add(emit.bitAnd(lane, 15), emit.mul(warp, 16));
    Value half = emit.shiftRight(lane, 4);
    auto shape = NVVM::LdStMatrixShapeAttr::get(context, 8, 8);
    for (int64_t i = 0; registers.size() >= 4; ++i) {
      emit.create<NVVM::StMatrixOp>(
          getChunk(tile, row, emit.add(half, 2 * i), emit),
          registers.take_front(4), NVVM::MMALayout::row, shape,
          NVVM::LdStMatrixEltType::B16);
      registers = registers.drop_front(4);
    }
  }
};

class LowerDrain : public KernelPattern<DrainOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(DrainOp, Adaptor, Emit &emit) const override {
    waitForStores(0, /*areRead=*/false, emit);
    return {};
  }
};

} // namespace

void mlir::dag::tile::populateStorePatterns(const TypeConverter &converter,
                                            const KernelLayout &layout,
                                            RewritePatternSet &patterns) {
  patterns.add<LowerDrain, LowerStaging, LowerStore>(converter, layout);
}
