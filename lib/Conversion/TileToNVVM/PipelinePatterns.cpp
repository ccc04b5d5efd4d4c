//===- PipelinePatterns.cpp - Slots and their barriers -*- C++ -*-===//
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

//===----------------------------------------------------------------------===//
// Slots in shared memory: all tiles of a slot, those of the next one, ..., then
// the full barriers, then the empty ones.
//===----------------------------------------------------------------------===//

static Value getFullBarrier(Value base, Value slot, PipelineType type,
                            Emit &emit) {
  Value offset = emit.add(emit.mul(slot, kBarrierBytes),
                          type.getDepth() * type.getSlotBytes());
  return emit.advance(base, offset);
}

static Value getEmptyBarrier(Value base, Value slot, PipelineType type,
                             Emit &emit) {
  int64_t slots = type.getDepth();
  Value offset = emit.add(emit.mul(slot, kBarrierBytes),
                          slots * (type.getSlotBytes() + kBarrierBytes));
  return emit.advance(base, offset);
}

Value mlir::dag::tile::getTile(ValueRange slot, PipelineType type,
                               int64_t number, Emit &emit) {
  int64_t before = 0;
  for (BufferType tile : type.getBuffers().take_front(number))
    before += tile.getStride();
  Value offset = emit.add(emit.mul(slot[1], type.getSlotBytes()), before);
  return emit.advance(slot[0], offset);
}

Value mlir::dag::tile::getChunk(Value tile, Value row, Value chunk,
                                Emit &emit) {
  Value swizzled = emit.bitXor(chunk, emit.bitAnd(row, kRowChunks - 1));
  Value offset =
      emit.add(emit.mul(row, kRowBytes), emit.mul(swizzled, kChunkBytes));
  return emit.advance(tile, offset);
}

/// The state behind `state`: the next slot, and behind the last one the first,
/// in the next phase.
static SmallVector<Value> getNext(ValueRange state, PipelineType type,
                                  Emit &emit) {
  Value slot = emit.getNext(state[1], type.getDepth());
  Value wraps = emit.equals(slot, 0);
  Value flipped = emit.bitXor(state[2], emit.i32(1));
  return {state[0], slot, emit.select(wraps, flipped, state[2])};
}

namespace {

class LowerPipeline : public KernelPattern<PipelineOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(PipelineOp op, Adaptor, Emit &emit) const override {
    PipelineType type = op.getType();
    Value base = emit.advance(layout.getShared(), layout.getOffset(op));
    int64_t numReaders = getNumReaders(op);
    emit.createIf(emit.equals(layout.getThread(), 0), [&] {
      for (int64_t i : llvm::seq(type.getDepth())) {
        Value slot = emit.i32(i);
        emit.create<NVVM::MBarrierInitOp>(
            getFullBarrier(base, slot, type, emit), emit.i32(1), Value());
        emit.create<NVVM::MBarrierInitOp>(
            getEmptyBarrier(base, slot, type, emit), emit.i32(numReaders),
            Value());
      }
    });
    return {{base}};
  }
};

/// The first slot; a parity of 1 is over before the first phase ends.
class LowerProduce : public KernelPattern<ProduceOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(ProduceOp, Adaptor adaptor, Emit &emit) const override {
    return {{adaptor.getPipeline().front(), emit.i32(0), emit.i32(1)}};
  }
};

class LowerConsume : public KernelPattern<ConsumeOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(ConsumeOp, Adaptor adaptor, Emit &emit) const override {
    return {{adaptor.getPipeline().front(), emit.i32(0), emit.i32(0)}};
  }
};

class LowerAcquire : public KernelPattern<AcquireOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(AcquireOp op, Adaptor adaptor, Emit &emit) const override {
    PipelineType type = op.getState().getType().getPipeline();
    ValueRange state = adaptor.getState();
    emit.waitForBarrier(getEmptyBarrier(state[0], state[1], type, emit),
                        state[2]);
    int64_t bytes = 0;
    for (BufferType tile : type.getBuffers())
      bytes += tile.getBytes();
    emit.create<NVVM::MBarrierArriveExpectTxOp>(
        Type(), getFullBarrier(state[0], state[1], type, emit), emit.i32(bytes),
        NVVM::MemScopeKind::CTA, /*relaxed=*/false, Value());
    return {{state[0], state[1]}, getNext(state, type, emit)};
  }
};

class LowerLoad : public KernelPattern<LoadOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(LoadOp op, Adaptor adaptor, Emit &emit) const override {
    FillingType filling = op.getSlot().getType();
    PipelineType type = filling.getPipeline();
    ValueRange slot = adaptor.getSlot();
    Value tile = getTile(slot, type, filling.getFilled(), emit);
    Value row = adaptor.getRow().front();
    Value mask;
    if (op.getMulticast()) {
      // Each block has its part of the rows.
      ExtentsAttr box = op.getMap().getType().getExtents();
      BufferType whole = type.getBuffers()[filling.getFilled()];
      int64_t boxBytes = whole.getBytes() / layout.getCluster();
      Value block = emit.getBlockOfCluster();
      tile = emit.advance(tile, emit.mul(block, boxBytes));
      row = emit.add(row, emit.mul(block, box.getRows()));
      mask = emit.create<arith::ConstantOp>(emit.getBuilder().getI16IntegerAttr(
          static_cast<int16_t>((1 << layout.getCluster()) - 1)));
    }
    emit.create<NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp>(
        emit.toCluster(tile), adaptor.getMap().front(),
        ValueRange{adaptor.getColumn().front(), row},
        getFullBarrier(slot[0], slot[1], type, emit), ValueRange(), mask,
        Value(), NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false,
        NVVM::CTAGroupKindAttr(), Value());
    return {{slot[0], slot[1]}};
  }
};

class LowerWait : public KernelPattern<WaitOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(WaitOp op, Adaptor adaptor, Emit &emit) const override {
    PipelineType type = op.getState().getType().getPipeline();
    ValueRange state = adaptor.getState();
    emit.waitForBarrier(getFullBarrier(state[0], state[1], type, emit),
                        state[2]);
    return {{state[0], state[1]}, getNext(state, type, emit)};
  }
};

/// One arrival of the warpgroup at the empty barrier of each block whose copies
/// fill the slot. Of `.cta` scope, as nothing was written: a release of the
/// cluster would be a fence of the whole GPU.
class LowerRelease : public KernelPattern<ReleaseOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(ReleaseOp op, Adaptor adaptor, Emit &emit) const override {
    PipelineType type = op.getSlot().getType().getPipeline();
    ValueRange slot = adaptor.getSlot();
    int64_t blocks = type.getMulticast() ? layout.getCluster() : 1;
    Value thread = emit.getThreadOfWarpgroup();
    emit.createIf(emit.isLess(thread, blocks), [&] {
      Value barrier = getEmptyBarrier(slot[0], slot[1], type, emit);
      Type result;
      if (type.getMulticast())
        barrier = emit.create<NVVM::MapaOp>(
            LLVM::LLVMPointerType::get(op.getContext(), kClusterSpace), barrier,
            thread);
      else
        result = emit.getBuilder().getI64Type();
      emit.create<NVVM::MBarrierArriveOp>(result, barrier, Value());
    });
    return {};
  }
};

} // namespace

void mlir::dag::tile::populatePipelinePatterns(const TypeConverter &converter,
                                               const KernelLayout &layout,
                                               RewritePatternSet &patterns) {
  patterns.add<LowerToNothing<CommitOp>, LowerToNothing<EndOp>, LowerAcquire,
               LowerConsume, LowerLoad, LowerPipeline, LowerProduce,
               LowerRelease, LowerWait>(converter, layout);
}
