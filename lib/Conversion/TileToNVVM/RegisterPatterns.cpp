//===- RegisterPatterns.cpp - Products on tensor cores -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::dag::tile;

using Values = SmallVector<SmallVector<Value>>;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

RegisterTypeConverter::RegisterTypeConverter() {
  addConversion([](Type type) { return type; });
  auto getShared = [](Type type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext(), kSharedSpace);
  };
  auto getI32 = [](Type type) -> Type {
    return IntegerType::get(type.getContext(), 32);
  };
  auto addPair = [=](Type type, SmallVectorImpl<Type> &results) {
    results.append({getShared(type), getI32(type)});
    return success();
  };
  auto addState = [=](Type type, SmallVectorImpl<Type> &results) {
    results.append({getShared(type), getI32(type), getI32(type)});
    return success();
  };
  addConversion([](TensorMapType type) -> Type {
    return LLVM::LLVMPointerType::get(type.getContext());
  });
  addConversion([=](PipelineType type) { return getShared(type); });
  addConversion(
      [=](Type type,
          SmallVectorImpl<Type> &results) -> std::optional<LogicalResult> {
        if (isa<FillingType, FullType, ReadType, StagingType>(type))
          return addPair(type, results);
        if (isa<ConsumerType, CopiesType, ProducerType>(type))
          return addState(type, results);
        return std::nullopt;
      });
  addConversion([=](MatrixType type, SmallVectorImpl<Type> &results) {
    results.append({LLVM::LLVMPointerType::get(type.getContext()), getI32(type),
                    getI32(type)});
    return success();
  });
  auto getStruct = [](FragmentType type) -> Type {
    Type element = type.getElementType();
    // Two elements of 16 bits share a register.
    if (!element.isF32())
      element = IntegerType::get(type.getContext(), 32);
    SmallVector<Type> registers(type.getNumRegisters(), element);
    return LLVM::LLVMStructType::getLiteral(type.getContext(), registers);
  };
  addConversion([=](FragmentType type) { return getStruct(type); });
  addConversion([=](ProductType type, SmallVectorImpl<Type> &results) {
    results.push_back(getStruct(type.getFragment()));
    for (PipelineType pipeline : type.getHolds())
      (void)addPair(pipeline, results);
    return success();
  });
  auto materialize = [](OpBuilder &builder, Type type, ValueRange inputs,
                        Location loc) -> Value {
    return UnrealizedConversionCastOp::create(builder, loc, type, inputs)
        .getResult(0);
  };
  addSourceMaterialization(materialize);
  addTargetMaterialization(materialize);
}

SmallVector<Value> mlir::dag::tile::getRegisters(Value fragment, Emit &emit) {
  SmallVector<Value> registers;
  auto type = cast<LLVM::LLVMStructType>(fragment.getType());
  for (int64_t i : llvm::seq<int64_t>(type.getBody().size()))
    registers.push_back(emit.create<LLVM::ExtractValueOp>(fragment, i));
  return registers;
}

Value mlir::dag::tile::getFragment(Type type, ArrayRef<Value> registers,
                                   Emit &emit) {
  Value fragment = emit.create<LLVM::PoisonOp>(type);
  for (auto [i, value] : llvm::enumerate(registers))
    fragment = emit.create<LLVM::InsertValueOp>(fragment, value,
                                                static_cast<int64_t>(i));
  return fragment;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// A matrix descriptor of `wgmma` without its address, for rows along the
/// contracted axis (PTX ISA, "Matrix descriptor format"): the stride from 8
/// rows to the next 8, and the swizzle.
static uint64_t getDescriptor(BufferType tile) {
  uint64_t swizzle = tile.getSwizzle();
  uint64_t mode = swizzle == 128 ? 1 : swizzle == 64 ? 2 : 3;
  uint64_t stride = 8 * swizzle;
  uint64_t unused = 1;
  return (mode << 62) | ((stride >> 4) << 32) | (unused << 16);
}

static Value addAddress(uint64_t descriptor, Value pointer, Emit &emit) {
  constexpr uint64_t kAddressMask = 0x3ffff;
  Type i64 = emit.getBuilder().getI64Type();
  Value address = emit.create<LLVM::PtrToIntOp>(i64, pointer);
  address = emit.create<arith::AndIOp>(address, emit.i64(kAddressMask));
  address = emit.create<arith::ShRUIOp>(address, emit.i64(4));
  return emit.create<arith::OrIOp>(address, emit.i64(descriptor));
}

static NVVM::WGMMATypes getInstructionType(Type element) {
  if (element.isBF16())
    return NVVM::WGMMATypes::bf16;
  if (element.isF16())
    return NVVM::WGMMATypes::f16;
  return isa<Float8E4M3FNType>(element) ? NVVM::WGMMATypes::e4m3
                                        : NVVM::WGMMATypes::e5m2;
}

namespace {

class LowerMultiply : public KernelPattern<MultiplyOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(MultiplyOp op, Adaptor adaptor, Emit &emit) const override {
    PipelineType pipeline = op.getSlot().getType().getPipeline();
    ValueRange slot = adaptor.getSlot();
    BufferType lhs = pipeline.getBuffers()[op.getLhs()];
    BufferType rhs = pipeline.getBuffers()[op.getRhs()];
    Value left = getTile(slot, pipeline, op.getLhs(), emit);
    // Each warpgroup has its rows.
    auto role = op->getParentOfType<RoleOp>();
    if (role.getWarpgroups() != 1) {
      Value which = getWarpgroupOfRole(role, layout, emit);
      left = emit.advance(left,
                          emit.mul(which, kWarpgroupRows * lhs.getSwizzle()));
    }
    Value right = getTile(slot, pipeline, op.getRhs(), emit);
    Value a = addAddress(getDescriptor(lhs), left, emit);
    Value b = addAddress(getDescriptor(rhs), right, emit);

    FragmentType fragment = op.getResult().getType().getFragment();
    Type type = getTypeConverter()->convertType(fragment);
    bool begins = adaptor.getSum().empty();
    Value sum = begins ? emit.create<LLVM::UndefOp>(type).getResult()
                       : adaptor.getSum().front();
    emit.create<NVVM::WgmmaFenceAlignedOp>();
    // An instruction contracts 32 bytes of each row, which are two units of an
    // address in a descriptor.
    constexpr int64_t kBytes = 32;
    for (int64_t i : llvm::seq(lhs.getSwizzle() / kBytes)) {
      Value step = emit.i64(i * (kBytes >> 4));
      sum = multiply(emit.create<arith::AddIOp>(a, step),
                     emit.create<arith::AddIOp>(b, step), sum,
                     lhs.getElementType(), fragment, begins && i == 0, emit);
    }
    emit.create<NVVM::WgmmaGroupSyncAlignedOp>();

    SmallVector<Value> product{sum};
    if (!begins)
      llvm::append_range(product, adaptor.getSum().drop_front());
    llvm::append_range(product, slot);
    return {product};
  }

private:
  static Value multiply(Value a, Value b, Value sum, Type element,
                        FragmentType fragment, bool begins, Emit &emit) {
    MLIRContext *context = element.getContext();
    int64_t k = element.getIntOrFloatBitWidth() == 16 ? 16 : 32;
    auto shape = NVVM::MMAShapeAttr::get(context, kWarpgroupRows,
                                         fragment.getExtents().getColumns(), k);
    NVVM::WGMMATypes type = getInstructionType(element);
    return emit.create<NVVM::WgmmaMmaAsyncOp>(
        sum.getType(), sum, a, b, shape, type, type, NVVM::WGMMATypes::f32,
        begins ? NVVM::WGMMAScaleOut::zero : NVVM::WGMMAScaleOut::one,
        NVVM::WGMMAScaleIn::one, NVVM::WGMMAScaleIn::one, NVVM::MMALayout::row,
        NVVM::MMALayout::col, NVVM::MMAIntOverflowAttr());
  }
};

class LowerRetire : public KernelPattern<RetireOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(RetireOp op, Adaptor adaptor, Emit &emit) const override {
    int64_t inFlight = op.getProduct().getType().getHolds().size();
    emit.create<NVVM::WgmmaWaitGroupSyncOp>(inFlight - 1);
    ValueRange product = adaptor.getProduct();
    SmallVector<Value> rest{product.front()};
    llvm::append_range(rest, product.drop_front(3));
    return {rest, {product[1], product[2]}};
  }
};

/// The wait takes the registers and gives them back, so that nothing reads them
/// before it.
class LowerFinish : public KernelPattern<FinishOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(FinishOp, Adaptor adaptor, Emit &emit) const override {
    ValueRange product = adaptor.getProduct();
    SmallVector<Value> registers = getRegisters(product.front(), emit);
    std::string constraints;
    llvm::raw_string_ostream os(constraints);
    for (size_t i = 0; i != registers.size(); ++i)
      os << "=f,";
    llvm::interleave(
        llvm::seq<size_t>(0, registers.size()), os, [&](size_t i) { os << i; },
        ",");
    Value sum = emit.create<LLVM::InlineAsmOp>(
                        product.front().getType(), registers,
                        "wgmma.wait_group.sync.aligned 0;", constraints,
                        /*has_side_effects=*/true, /*is_align_stack=*/false,
                        LLVM::tailcallkind::TailCallKind::None,
                        LLVM::AsmDialectAttr(), ArrayAttr())
                    .getResult(0);
    return {{sum}, {product[1], product[2]}};
  }
};

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

class LowerElementwise : public KernelPattern<ElementwiseOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(ElementwiseOp op, Adaptor adaptor, Emit &emit) const override {
    SmallVector<SmallVector<Value>> operands;
    for (ValueRange operand : adaptor.getOperands())
      operands.push_back(getRegisters(operand.front(), emit));
    Block &body = op.getBody().front();
    SmallVector<Value> results;
    for (int64_t i : llvm::seq(op.getType().getNumRegisters())) {
      IRMapping mapping;
      for (auto [argument, registers] :
           llvm::zip_equal(body.getArguments(), operands))
        mapping.map(argument, registers[i]);
      for (Operation &inner : body.without_terminator())
        emit.getBuilder().clone(inner, mapping);
      auto yield = cast<YieldOp>(body.getTerminator());
      results.push_back(mapping.lookupOrDefault(yield.getValue()));
    }
    Type type = getTypeConverter()->convertType(op.getType());
    return {{getFragment(type, results, emit)}};
  }
};

class LowerCast : public KernelPattern<CastOp> {
public:
  using KernelPattern::KernelPattern;

  Values lower(CastOp op, Adaptor adaptor, Emit &emit) const override {
    Builder &builder = emit.getBuilder();
    SmallVector<Value> registers =
        getRegisters(adaptor.getOperand().front(), emit);
    auto wide = VectorType::get(2, builder.getF32Type());
    auto narrow = VectorType::get(2, op.getType().getElementType());
    SmallVector<Value> results;
    for (size_t i = 0; i < registers.size(); i += 2) {
      Value pair = emit.create<LLVM::PoisonOp>(wide);
      for (int64_t j : {0, 1})
        pair = emit.create<LLVM::InsertElementOp>(pair, registers[i + j],
                                                  emit.i32(j));
      Value rounded = emit.create<LLVM::FPTruncOp>(narrow, pair);
      results.push_back(
          emit.create<LLVM::BitcastOp>(builder.getI32Type(), rounded));
    }
    Type type = getTypeConverter()->convertType(op.getType());
    return {{getFragment(type, results, emit)}};
  }
};

} // namespace

void mlir::dag::tile::populateRegisterPatterns(const TypeConverter &converter,
                                               const KernelLayout &layout,
                                               RewritePatternSet &patterns) {
  patterns.add<LowerCast, LowerElementwise, LowerFinish, LowerMultiply,
               LowerRetire>(converter, layout);
}
