//===- PlanRules.cpp - Typing rules of plans, asked of shapes ---*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanRules.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Sizes of symbols start here: larger than what a drawing states, and the
/// product of two is a size yet.
static constexpr int64_t kFirstSymbol = int64_t(1) << 30;

bool PlanRules::isNumber(int64_t size) { return size < kFirstSymbol; }

Sizes PlanRules::toSizes(DimsAttr dims) {
  Sizes sizes(dims.getSizes());
  for (unsigned i = 0, e = dims.getRank(); i < e; ++i) {
    if (dims.isStatic(i))
      continue;
    auto [it, isNew] = symbols.try_emplace(dims.getSymbols()[i],
                                           kFirstSymbol + symbols.size());
    if (isNew)
      symbolOf.push_back(it->first);
    sizes[i] = it->second;
  }
  return sizes;
}

DimsAttr PlanRules::toDims(ArrayRef<int64_t> sizes) const {
  auto empty = StringAttr::get(context);
  SmallVector<int64_t> numbers;
  SmallVector<StringAttr> names(sizes.size(), empty), texts;
  for (int64_t size : sizes) {
    bool isNumeral = isNumber(size);
    auto index = static_cast<uint64_t>(size - kFirstSymbol);
    numbers.push_back(isNumeral ? size : ShapedType::kDynamic);
    texts.push_back(isNumeral                 ? empty
                    : index < symbolOf.size() ? symbolOf[index]
                                              : StringAttr::get(context, "?"));
  }
  return DimsAttr::get(context, names, numbers, texts);
}

//===----------------------------------------------------------------------===//
// Asking
//===----------------------------------------------------------------------===//

RankedTensorType PlanRules::getFloats(ArrayRef<int64_t> sizes) const {
  return RankedTensorType::get(sizes, Float32Type::get(context));
}

RankedTensorType PlanRules::getIntegers(ArrayRef<int64_t> sizes) const {
  return RankedTensorType::get(sizes, IntegerType::get(context, 64));
}

NamedAttribute PlanRules::getNumber(StringRef name, double value) const {
  Builder builder(context);
  return builder.getNamedAttr(name, builder.getF64FloatAttr(value));
}

NamedAttribute PlanRules::getInteger(StringRef name, int64_t value) const {
  Builder builder(context);
  return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
}

std::optional<Sizes> PlanRules::ask(StringRef opName, ArrayRef<Type> operands,
                                    ArrayRef<NamedAttribute> attrs,
                                    unsigned index) {
  for (Type type : operands)
    for (int64_t size : cast<RankedTensorType>(type).getShape())
      if (size <= 0)
        return std::nullopt;
  auto loc = UnknownLoc::get(context);
  Block block;
  for (Type type : operands)
    block.addArgument(type, loc);
  OperationState state(loc, opName);
  state.addOperands(block.getArguments());
  state.addAttributes(attrs);
  // The results are asked for; those of an op may not be none.
  state.addTypes(operands.front());
  Operation *op = Operation::create(state);
  SmallVector<Type, 3> results;
  LogicalResult inferred = cast<InferTypeOpInterface>(op).inferReturnTypes(
      context, std::nullopt, op->getOperands(), op->getRawDictionaryAttrs(),
      op->getPropertiesStorage(), op->getRegions(), results);
  op->destroy();
  if (failed(inferred))
    return std::nullopt;
  return Sizes(cast<RankedTensorType>(results[index]).getShape());
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

std::optional<Sizes> PlanRules::inferScores(const Sizes &q, const Sizes &k) {
  return ask(AttentionScoresOp::getOperationName(),
             {getFloats(q), getFloats(k)}, getNumber("scale", 1));
}

std::optional<Sizes> PlanRules::inferWeightedSum(const Sizes &weights,
                                                 const Sizes &v) {
  return ask(AttentionOutputOp::getOperationName(),
             {getFloats(weights), getFloats(v)});
}

std::optional<Sizes> PlanRules::inferWeights(const Sizes &scores) {
  Builder builder(context);
  NamedAttribute attrs[] = {
      builder.getNamedAttr("mask", MaskKindAttr::get(context, MaskKind::None)),
      builder.getNamedAttr("operandSegmentSizes",
                           builder.getDenseI32ArrayAttr({1, 0, 0}))};
  return ask(AttentionWeightsOp::getOperationName(), {getFloats(scores)},
             attrs);
}

std::optional<Sizes> PlanRules::inferCache(const Sizes &cache,
                                           const Sizes &tokens) {
  return ask(KvCacheUpdateOp::getOperationName(),
             {getFloats(cache), getFloats(tokens), getIntegers({})});
}

std::optional<Sizes> PlanRules::inferValues(const Sizes &x, int64_t heads,
                                            int64_t kvHeads, int64_t headDim) {
  int64_t width = x.back(), q, kv;
  if (llvm::MulOverflow(heads, headDim, q) ||
      llvm::MulOverflow(kvHeads, headDim, kv))
    return std::nullopt;
  NamedAttribute attrs[] = {getInteger("num_heads", heads),
                            getInteger("num_kv_heads", kvHeads),
                            getInteger("head_dim", headDim)};
  return ask(QkvProjectionOp::getOperationName(),
             {getFloats(x), getFloats({q, width}), getFloats({kv, width}),
              getFloats({kv, width})},
             attrs, /*index=*/2);
}

//===----------------------------------------------------------------------===//
// Other ops
//===----------------------------------------------------------------------===//

std::optional<Sizes> PlanRules::inferActivation(const Sizes &x) {
  Builder builder(context);
  return ask(ActivationOp::getOperationName(), {getFloats(x)},
             builder.getNamedAttr("kind", ActivationKindAttr::get(
                                              context, ActivationKind::Relu)));
}

std::optional<Sizes> PlanRules::inferDropout(const Sizes &x) {
  return ask(DropoutOp::getOperationName(), {getFloats(x)}, getNumber("p", 0));
}

std::optional<Sizes> PlanRules::inferNorm(const Sizes &x) {
  if (x.empty())
    return std::nullopt;
  return ask(RmsNormOp::getOperationName(), {getFloats(x), getFloats(x.back())},
             getNumber("epsilon", 0));
}

std::optional<Sizes> PlanRules::inferRotation(const Sizes &x) {
  return ask(RotaryEmbeddingOp::getOperationName(), {getFloats(x)},
             {getNumber("theta", 1), getInteger("offset", 0)});
}

std::optional<Sizes> PlanRules::inferSum(const Sizes &lhs, const Sizes &rhs) {
  return ask(AddOp::getOperationName(), {getFloats(lhs), getFloats(rhs)});
}

std::optional<Sizes> PlanRules::inferProduct(const Sizes &lhs,
                                             const Sizes &rhs) {
  return ask(MultiplyOp::getOperationName(), {getFloats(lhs), getFloats(rhs)});
}

std::optional<Sizes> PlanRules::inferGated(const Sizes &x) {
  if (x.empty() || x.back() % 2 != 0)
    return std::nullopt;
  Builder builder(context);
  int64_t half = x.back() / 2;
  std::optional<Sizes> part =
      ask(SplitOp::getOperationName(), {getFloats(x)},
          builder.getNamedAttr("sizes",
                               builder.getDenseI64ArrayAttr({half, half})));
  return part ? inferProduct(*part, *part) : std::nullopt;
}

std::optional<Sizes> PlanRules::inferLinear(const Sizes &x, int64_t width) {
  if (x.empty())
    return std::nullopt;
  return ask(LinearOp::getOperationName(),
             {getFloats(x), getFloats({width, x.back()})});
}

std::optional<Sizes> PlanRules::inferEmbedding(const Sizes &ids,
                                               int64_t width) {
  return ask(EmbeddingOp::getOperationName(),
             {getIntegers(ids), getFloats({1, width})});
}
