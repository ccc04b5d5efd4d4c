//===- ThreadPatterns.cpp - Copies and products of all threads -*- C++ -*-===//
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

/// The piece of a sum that an instruction makes.
constexpr int64_t kPieceRows = 16, kPieceColumns = 8;

/// True where a matrix has a row and a column.
static Value isInside(ValueRange matrix, Value row, Value column, Emit &emit) {
  auto isBelow = [&](Value value, Value end) -> Value {
    return emit.create<arith::CmpIOp>(arith::CmpIPredicate::slt, value, end);
  };
  return emit.create<arith::AndIOp>(isBelow(row, matrix[1]),
                                    isBelow(column, matrix[2]));
}

/// The address of an element of a matrix.
static Value getElement(ValueRange matrix, Value row, Value column,
                        Type element, Emit &emit) {
  return emit.create<LLVM::GEPOp>(
      matrix[0].getType(), element, matrix[0],
      ArrayRef<LLVM::GEPArg>{emit.getIndex(row, matrix[2], column)});
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

namespace {

class LowerMatrix : public KernelPattern<MatrixOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(MatrixOp, Adaptor adaptor, Emit &) const override {
    return {{adaptor.getPointer().front(), adaptor.getRows().front(),
             adaptor.getColumns().front()}};
  }
};

class LowerOpen : public KernelPattern<OpenOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(OpenOp op, Adaptor, Emit &emit) const override {
    Value base = emit.advance(layout.getShared(), layout.getOffset(op));
    return {{base, emit.i32(0), emit.i32(0)}};
  }
};

/// Each thread copies chunks of each tile, one of a row and of those that lie
/// as many rows below as the threads have copied by then.
class LowerFetch : public KernelPattern<FetchOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(FetchOp op, Adaptor adaptor, Emit &emit) const override {
    PipelineType type = op.getCopies().getType().getPipeline();
    ValueRange copies = adaptor.getCopies();
    int64_t threads = op->getParentOfType<KernelOp>().getNumThreads();
    for (auto [i, tile] : llvm::enumerate(type.getBuffers())) {
      Value to = getTile({copies[0], copies[1]}, type, i, emit);
      copy(adaptor.getMatrices()[i], adaptor.getRows()[i].front(),
           adaptor.getColumns()[i].front(), to, tile, threads, emit);
    }
    emit.create<NVVM::CpAsyncCommitGroupOp>();
    return {{copies[0], emit.getNext(copies[1], type.getDepth()), copies[2]}};
  }

private:
  static void copy(ValueRange matrix, Value firstRow, Value firstColumn,
                   Value to, BufferType tile, int64_t threads, Emit &emit) {
    int64_t rowsAtOnce = threads / kRowChunks;
    int64_t perChunk =
        kChunkBytes * 8 / tile.getElementType().getIntOrFloatBitWidth();
    Value thread = emit.getThread();
    Value chunk = emit.bitAnd(thread, kRowChunks - 1);
    Value column = emit.add(firstColumn, emit.mul(chunk, perChunk));
    int64_t rows = tile.getExtents().getRows();
    for (int64_t done = 0; done < rows; done += rowsAtOnce) {
      Value row = emit.add(emit.shiftRight(thread, 3), done);
      auto copyRow = [&] {
        copyChunk(matrix, emit.add(firstRow, row), column,
                  getChunk(to, row, chunk, emit), tile.getElementType(), emit);
      };
      if (rows - done >= rowsAtOnce)
        copyRow();
      else
        emit.createIf(emit.isLess(row, rows), copyRow);
    }
  }

  /// Zeros where the matrix has no such element: a copy of no bytes, from an
  /// address that there is.
  static void copyChunk(ValueRange matrix, Value row, Value column, Value to,
                        Type element, Emit &emit) {
    Value isThere = isInside(matrix, row, column, emit);
    Value from = getElement(matrix, row, column, element, emit);
    from = emit.select(isThere, from, matrix[0]);
    Value bytes = emit.select(isThere, emit.i32(kChunkBytes), emit.i32(0));
    auto global =
        LLVM::LLVMPointerType::get(element.getContext(), kGlobalSpace);
    emit.create<NVVM::CpAsyncOp>(
        to, emit.create<LLVM::AddrSpaceCastOp>(global, from),
        static_cast<uint32_t>(kChunkBytes), NVVM::LoadCacheModifierKind::CG,
        bytes);
  }
};

class LowerArrive : public KernelPattern<ArriveOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(ArriveOp op, Adaptor adaptor, Emit &emit) const override {
    CopiesType type = op.getCopies().getType();
    ValueRange copies = adaptor.getCopies();
    emit.create<NVVM::CpAsyncWaitGroupOp>(
        static_cast<uint32_t>(type.getInFlight() - 1));
    emit.create<NVVM::Barrier0Op>();
    return {{copies[0], copies[2]},
            {copies[0], copies[1],
             emit.getNext(copies[2], type.getPipeline().getDepth())}};
  }
};

class LowerClose : public KernelPattern<CloseOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(CloseOp, Adaptor, Emit &emit) const override {
    emit.create<NVVM::CpAsyncWaitGroupOp>(0u);
    return {};
  }
};

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

class LowerZero : public KernelPattern<ZeroOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(ZeroOp op, Adaptor, Emit &emit) const override {
    Value zero =
        emit.create<arith::ConstantOp>(emit.getBuilder().getF32FloatAttr(0));
    SmallVector<Value> registers(op.getType().getNumRegisters(), zero);
    Type type = getTypeConverter()->convertType(op.getType());
    return {{getFragment(type, registers, emit)}};
  }
};

/// The part of a tile that a warp of a grid has.
struct WarpPart {
  WarpPart(FragmentType type, Emit &emit)
      : rows(type.getExtents().getRows() / type.getWarps()[0]),
        columns(type.getExtents().getColumns() / type.getWarps()[1]) {
    Value warp = emit.getFirstLane(emit.shiftRight(emit.getThread(), 5));
    Value across = emit.i32(type.getWarps()[1]);
    firstRow = emit.mul(emit.create<arith::DivUIOp>(warp, across), rows);
    firstColumn = emit.mul(emit.create<arith::RemUIOp>(warp, across), columns);
  }

  int64_t rows, columns;
  Value firstRow, firstColumn;
};

class LowerAccumulate : public KernelPattern<AccumulateOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(AccumulateOp op, Adaptor adaptor, Emit &emit) const override {
    PipelineType pipeline = op.getSlot().getType().getPipeline();
    ValueRange slot = adaptor.getSlot();
    Value lhs = getTile(slot, pipeline, op.getLhs(), emit);
    Value rhs = getTile(slot, pipeline, op.getRhs(), emit);
    Type element = pipeline.getBuffers()[op.getLhs()].getElementType();
    WarpPart part(op.getSum().getType(), emit);
    SmallVector<Value> sums = getRegisters(adaptor.getSum().front(), emit);
    // An instruction contracts two chunks of a row.
    for (int64_t chunk = 0; chunk < kRowChunks; chunk += 2) {
      SmallVector<Value> a, b;
      for (int64_t row = 0; row < part.rows; row += kPieceRows)
        llvm::append_range(a, load(lhs, emit.add(part.firstRow, row), chunk,
                                   /*isLhs=*/true, emit));
      for (int64_t row = 0; row < part.columns; row += 2 * kPieceColumns)
        llvm::append_range(b, load(rhs, emit.add(part.firstColumn, row), chunk,
                                   /*isLhs=*/false, emit));
      addProducts(a, b, sums, element, emit);
    }
    Type type = getTypeConverter()->convertType(op.getSum().getType());
    return {{getFragment(type, sums, emit)}, {slot[0], slot[1]}};
  }

private:
  /// Four matrices of 8 rows and one chunk: 16 rows by two chunks. Those of the
  /// first operand come rows first, those of the second chunks first, so that
  /// two registers of the latter are those of 8 of its rows.
  static SmallVector<Value> load(Value tile, Value firstRow, int64_t firstChunk,
                                 bool isLhs, Emit &emit) {
    MLIRContext *context = emit.getBuilder().getContext();
    Value lane = emit.getLane();
    Value bit3 = emit.bitAnd(emit.shiftRight(lane, 3), 1);
    Value bit4 = emit.shiftRight(lane, 4);
    Value lower = isLhs ? bit3 : bit4;
    Value row =
        emit.add(emit.add(firstRow, emit.bitAnd(lane, 7)), emit.mul(lower, 8));
    Value chunk = emit.add(isLhs ? bit4 : bit3, firstChunk);
    Type i32 = emit.getBuilder().getI32Type();
    auto type = LLVM::LLVMStructType::getLiteral(context, {i32, i32, i32, i32});
    Value loaded = emit.create<NVVM::LdMatrixOp>(
        type, getChunk(tile, row, chunk, emit), 4u, NVVM::MMALayout::row,
        NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
        NVVM::LdStMatrixEltType::B16);
    return getRegisters(loaded, emit);
  }

  /// Adds the products of all pieces of rows and columns.
  static void addProducts(ArrayRef<Value> a, ArrayRef<Value> b,
                          MutableArrayRef<Value> sums, Type element,
                          Emit &emit) {
    constexpr size_t kPerLhs = 4, kPerRhs = 2, kPerSum = 4;
    for (size_t i = 0; i < a.size(); i += kPerLhs)
      for (size_t j = 0; j < b.size(); j += kPerRhs) {
        size_t at =
            (i / kPerLhs * (b.size() / kPerRhs) + j / kPerRhs) * kPerSum;
        multiply(a.slice(i, kPerLhs), b.slice(j, kPerRhs),
                 sums.slice(at, kPerSum), element, emit);
      }
  }

  static void multiply(ArrayRef<Value> a, ArrayRef<Value> b,
                       MutableArrayRef<Value> sum, Type element, Emit &emit) {
    MLIRContext *context = element.getContext();
    Type f32 = emit.getBuilder().getF32Type();
    auto type = LLVM::LLVMStructType::getLiteral(context, {f32, f32, f32, f32});
    SmallVector<Value> left(a), right(b);
    // Halves come as pairs, other types of 16 bits as integers.
    if (element.isF16()) {
      auto pair = VectorType::get(2, element);
      for (SmallVector<Value> *operands : {&left, &right})
        for (Value &value : *operands)
          value = emit.create<LLVM::BitcastOp>(pair, value);
    }
    NVVM::MMATypes kind =
        element.isF16() ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
    Value result = emit.create<NVVM::MmaOp>(
        type, left, right, SmallVector<Value>(sum),
        ArrayRef<int64_t>{kPieceRows, kPieceColumns, 16}, std::nullopt,
        std::nullopt, std::array<NVVM::MMATypes, 2>{kind, kind},
        std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                       NVVM::MMALayout::col});
    llvm::copy(getRegisters(result, emit), sum.begin());
  }
};

/// A register has two elements of a row: lanes of a group of four have eight.
class LowerWrite : public KernelPattern<WriteOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(WriteOp op, Adaptor adaptor, Emit &emit) const override {
    FragmentType type = op.getValue().getType();
    ValueRange matrix = adaptor.getMatrix();
    SmallVector<Value> registers =
        getRegisters(adaptor.getValue().front(), emit);
    WarpPart part(type, emit);
    Value lane = emit.getLane();
    Value row = emit.add(emit.add(adaptor.getRow().front(), part.firstRow),
                         emit.shiftRight(lane, 2));
    Value column =
        emit.add(emit.add(adaptor.getColumn().front(), part.firstColumn),
                 emit.mul(emit.bitAnd(lane, 3), 2));
    auto next = registers.begin();
    for (int64_t i = 0; i < part.rows; i += kPieceRows)
      for (int64_t j = 0; j < part.columns; j += kPieceColumns)
        for (int64_t below : {0, 8})
          writePair(*next++, matrix, emit.add(row, i + below),
                    emit.add(column, j), type.getElementType(), emit);
    return {};
  }

private:
  static void writePair(Value pair, ValueRange matrix, Value row, Value column,
                        Type element, Emit &emit) {
    emit.createIf(isInside(matrix, row, column, emit), [&] {
      Value to = getElement(matrix, row, column, element, emit);
      emit.create<LLVM::StoreOp>(pair, to, /*alignment=*/4u);
    });
  }
};

} // namespace

void mlir::dag::tile::populateThreadPatterns(const TypeConverter &converter,
                                             const KernelLayout &layout,
                                             RewritePatternSet &patterns) {
  patterns
      .add<LowerAccumulate, LowerArrive, LowerClose, LowerToNothing<DiscardOp>,
           LowerFetch, LowerMatrix, LowerOpen, LowerWrite, LowerZero>(converter,
                                                                      layout);
}
