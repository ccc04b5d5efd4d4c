//===- Patterns.h - Patterns for families of ops -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_CONVERSION_TILETONVVM_PATTERNS_H
#define DAG_LIB_CONVERSION_TILETONVVM_PATTERNS_H

#include "Emit.h"
#include "KernelLayout.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::dag::tile {

/// What values become:
///
/// * a state of a pipeline: its address, the number of the slot, the parity
///   of the phase that is waited for,
/// * copies of threads: the address, the slot that is filled next, the one that
///   arrives next,
/// * a matrix: its address, rows and columns,
/// * a slot, or a staging: the address and the number of the slot or tile,
/// * a fragment: a struct of registers,
/// * a product: the struct, and each slot that it holds.
class RegisterTypeConverter : public TypeConverter {
public:
  RegisterTypeConverter();
};

/// A pattern with the layout of the kernel that has the op.
template <typename OpT>
class KernelPattern : public OpConversionPattern<OpT> {
public:
  using Adaptor = typename OpConversionPattern<OpT>::OneToNOpAdaptor;

  KernelPattern(const TypeConverter &converter, const KernelLayout &layout)
      : OpConversionPattern<OpT>(converter, layout.getShared().getContext()),
        layout(layout) {}

  LogicalResult
  matchAndRewrite(OpT op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    Emit emit(rewriter, op.getLoc());
    SmallVector<SmallVector<Value>> results = lower(op, adaptor, emit);
    rewriter.replaceOpWithMultiple(op, std::move(results));
    return success();
  }

protected:
  /// Emits what `op` does. What its results become.
  virtual SmallVector<SmallVector<Value>> lower(OpT op, Adaptor adaptor,
                                                Emit &emit) const = 0;

  const KernelLayout &layout;
};

/// What an op says is a matter of types alone.
template <typename OpT>
class LowerToNothing : public KernelPattern<OpT> {
public:
  using KernelPattern<OpT>::KernelPattern;

  SmallVector<SmallVector<Value>>
  lower(OpT, typename KernelPattern<OpT>::Adaptor, Emit &) const override {
    return {};
  }
};

void populatePipelinePatterns(const TypeConverter &converter,
                              const KernelLayout &layout,
                              RewritePatternSet &patterns);
void populateRegisterPatterns(const TypeConverter &converter,
                              const KernelLayout &layout,
                              RewritePatternSet &patterns);
void populateStorePatterns(const TypeConverter &converter,
                           const KernelLayout &layout,
                           RewritePatternSet &patterns);
void populateThreadPatterns(const TypeConverter &converter,
                            const KernelLayout &layout,
                            RewritePatternSet &patterns);

/// The warpgroup, counted in its role.
Value getWarpgroupOfRole(RoleOp role, const KernelLayout &layout, Emit &emit);

/// The address of a tile of a slot, which is an address and a number.
Value getTile(ValueRange slot, PipelineType type, int64_t number, Emit &emit);

/// A row of a tile with the widest swizzle, and a chunk of it, which is what
/// the swizzle exchanges, in bytes.
constexpr int64_t kRowBytes = 128, kChunkBytes = 16;
constexpr int64_t kRowChunks = kRowBytes / kChunkBytes;

/// The address of a chunk of a row in such a tile.
Value getChunk(Value tile, Value row, Value chunk, Emit &emit);

/// Registers of a fragment, one after the other, and back.
SmallVector<Value> getRegisters(Value fragment, Emit &emit);
Value getFragment(Type type, ArrayRef<Value> registers, Emit &emit);

} // namespace mlir::dag::tile

#endif // DAG_LIB_CONVERSION_TILETONVVM_PATTERNS_H
