//===- TestPlans.cpp - Plans of any size for tests -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `--test-dag-build-plan="layers=80 tp=2 pp=4"` fills an empty module with the
// complete plan of a Llama-like model: what the verification must pass, what
// mutations start from, and what benchmarks measure.
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/Pass.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

namespace {
struct TestBuildPlan
    : public PassWrapper<TestBuildPlan, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestBuildPlan)

  TestBuildPlan() = default;
  TestBuildPlan(const TestBuildPlan &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "test-dag-build-plan"; }
  StringRef getDescription() const final {
    return "Fill an empty module with a plan of a Llama-like model";
  }
  void getDependentDialects(DialectRegistry &registry) const final {
    registry.insert<DagDialect>();
  }

  void runOnOperation() final;

  Option<int64_t> layers{*this, "layers", llvm::cl::init(4)};
  Option<int64_t> tp{*this, "tp", llvm::cl::init(2)};
  Option<int64_t> pp{*this, "pp", llvm::cl::init(2)};
  Option<int64_t> hidden{*this, "hidden", llvm::cl::init(64)};
  Option<int64_t> heads{*this, "heads", llvm::cl::init(4)};
  Option<int64_t> kvHeads{*this, "kv-heads", llvm::cl::init(2)};
  Option<int64_t> headDim{*this, "head-dim", llvm::cl::init(16)};
  Option<int64_t> ffn{*this, "ffn", llvm::cl::init(128)};
  Option<int64_t> vocab{*this, "vocab", llvm::cl::init(256)};
  Option<int64_t> batch{*this, "batch", llvm::cl::init(1)};
  Option<int64_t> seq{*this, "seq", llvm::cl::init(8)};
  Option<int64_t> slots{*this, "slots", llvm::cl::init(2)};

private:
  /// The axes over which heads, KV heads and everything else is split.
  struct Axes {
    SmallVector<StringAttr, 2> all;
    SmallVector<StringAttr, 2> kv;
  };

  LogicalResult checkOptions();
  RankedTensorType getHiddenType();
  Value makeParameter(ImplicitLocOpBuilder &builder, const Twine &name,
                      ArrayRef<int64_t> shape, ArrayRef<StringAttr> axes = {},
                      unsigned dim = 0);
  Value reduce(ImplicitLocOpBuilder &builder, Value value);
  Value makeAttention(ImplicitLocOpBuilder &builder, const Twine &prefix,
                      Value x);
  Value makeFfn(ImplicitLocOpBuilder &builder, const Twine &prefix, Value x);
  Value makeLayer(ImplicitLocOpBuilder &builder, int64_t index, Value x);
  Value makeStage(ImplicitLocOpBuilder &builder, int64_t index, int64_t first,
                  int64_t end, Value input);

  Axes axes;
};
} // namespace

LogicalResult TestBuildPlan::checkOptions() {
  const Option<int64_t> *positive[] = {&layers, &tp,      &pp,      &hidden,
                                       &heads,  &kvHeads, &headDim, &ffn,
                                       &vocab,  &batch,   &seq,     &slots};
  for (const Option<int64_t> *option : positive)
    if (option->getValue() <= 0)
      return emitError(getOperation().getLoc())
             << "expected '" << option->getArgStr()
             << "' to be positive, but got " << option->getValue();
  if (heads % tp != 0 || ffn % tp != 0 ||
      (kvHeads % tp != 0 && tp % kvHeads != 0))
    return emitError(getOperation().getLoc())
           << "expected 'heads' and 'ffn' to divide by 'tp', and 'kv-heads' to "
              "be a multiple or a divisor of it";
  return success();
}

RankedTensorType TestBuildPlan::getHiddenType() {
  return RankedTensorType::get({batch, seq, hidden},
                               BFloat16Type::get(&getContext()));
}

/// A parameter of `shape`, with dimension `dim` split over `axes` and padded
/// where it does not divide.
Value TestBuildPlan::makeParameter(ImplicitLocOpBuilder &builder,
                                   const Twine &name, ArrayRef<int64_t> shape,
                                   ArrayRef<StringAttr> split, unsigned dim) {
  ShardedType type(shape, builder.getBF16Type());
  if (!split.empty()) {
    int64_t ranks = split.size() == axes.all.size() ? tp : kvHeads;
    int64_t pad = (ranks - shape[dim] % ranks) % ranks;
    type.setDim(dim, shape[dim] + pad,
                DimShardingAttr::get(builder.getContext(), split, pad,
                                     /*uneven=*/false));
  }
  return ParameterOp::create(builder, type.toType(), name.str(),
                             CheckpointAttr());
}

Value TestBuildPlan::reduce(ImplicitLocOpBuilder &builder, Value value) {
  if (axes.all.empty())
    return value;
  return AllReduceOp::create(builder, value,
                             builder.getArrayAttr(SmallVector<Attribute>(
                                 axes.all.begin(), axes.all.end())));
}

Value TestBuildPlan::makeAttention(ImplicitLocOpBuilder &builder,
                                   const Twine &prefix, Value x) {
  int64_t q = heads * headDim, kv = kvHeads * headDim;
  Value wq = makeParameter(builder, prefix + "self_attn.q_proj.weight",
                           {q, hidden}, axes.all);
  Value wk = makeParameter(builder, prefix + "self_attn.k_proj.weight",
                           {kv, hidden}, axes.kv);
  Value wv = makeParameter(builder, prefix + "self_attn.v_proj.weight",
                           {kv, hidden}, axes.kv);
  Value wo = makeParameter(builder, prefix + "self_attn.o_proj.weight",
                           {hidden, q}, axes.all, /*dim=*/1);
  auto qkv = QkvProjectionOp::create(builder, x, wq, wk, wv, ValueRange(),
                                     heads, kvHeads, headDim);
  auto rotate = [&](Value value) -> Value {
    return RotaryEmbeddingOp::create(
        builder, value, /*position=*/Value(), builder.getF64FloatAttr(500000.0),
        /*rotary_dim=*/IntegerAttr(),
        /*scaling=*/DictionaryAttr(), builder.getI64IntegerAttr(0),
        /*interleaved=*/UnitAttr());
  };
  Value rotatedQ = rotate(qkv.getQ());
  Value rotatedK = rotate(qkv.getK());
  double scale = 1.0 / std::sqrt(static_cast<double>(headDim));
  Value scores = AttentionScoresOp::create(builder, rotatedQ, rotatedK,
                                           builder.getF64FloatAttr(scale));
  Value weights =
      AttentionWeightsOp::create(builder, scores, /*position=*/Value(),
                                 /*sinks=*/Value(), MaskKind::Causal,
                                 /*window=*/IntegerAttr(),
                                 /*alibi=*/FloatAttr());
  Value kept =
      DropoutOp::create(builder, weights, builder.getF64FloatAttr(0.0));
  Value sum = AttentionOutputOp::create(builder, kept, qkv.getV());
  return OutputProjectionOp::create(builder, sum, wo, /*bias=*/Value());
}

Value TestBuildPlan::makeFfn(ImplicitLocOpBuilder &builder, const Twine &prefix,
                             Value x) {
  auto role = [&](Role role) {
    return RoleAttr::get(builder.getContext(), role);
  };
  Value wGate = makeParameter(builder, prefix + "mlp.gate_proj.weight",
                              {ffn, hidden}, axes.all);
  Value wUp = makeParameter(builder, prefix + "mlp.up_proj.weight",
                            {ffn, hidden}, axes.all);
  Value wDown = makeParameter(builder, prefix + "mlp.down_proj.weight",
                              {hidden, ffn}, axes.all, /*dim=*/1);
  Value gate =
      LinearOp::create(builder, x, wGate, Value(), role(Role::FfnGate));
  Value up = LinearOp::create(builder, x, wUp, Value(), role(Role::FfnUp));
  Value active = ActivationOp::create(builder, ActivationKind::Silu, gate);
  Value product = MultiplyOp::create(builder, active, up);
  return LinearOp::create(builder, product, wDown, Value(),
                          role(Role::FfnDown));
}

Value TestBuildPlan::makeLayer(ImplicitLocOpBuilder &outer, int64_t index,
                               Value input) {
  auto layer = LayerOp::create(outer, input.getType(), index, input);
  Block &block = layer.getBody().emplaceBlock();
  Value x = block.addArgument(input.getType(), outer.getLoc());
  auto builder = ImplicitLocOpBuilder::atBlockEnd(outer.getLoc(), &block);
  std::string prefix = ("model.layers." + Twine(index) + ".").str();
  auto normalize = [&](StringRef name, Value value) -> Value {
    Value weight = makeParameter(builder, prefix + name + ".weight", {hidden});
    return RmsNormOp::create(builder, value, weight,
                             builder.getF64FloatAttr(1e-5),
                             /*unit_offset=*/UnitAttr(), /*role=*/RoleAttr());
  };
  Value attention =
      makeAttention(builder, prefix, normalize("input_layernorm", x));
  x = AddOp::create(builder, x, reduce(builder, attention), RoleAttr());
  Value ffnOut =
      makeFfn(builder, prefix, normalize("post_attention_layernorm", x));
  x = AddOp::create(builder, x, reduce(builder, ffnOut), RoleAttr());
  YieldOp::create(builder, x);
  return layer.getResult(0);
}

Value TestBuildPlan::makeStage(ImplicitLocOpBuilder &outer, int64_t index,
                               int64_t first, int64_t end, Value input) {
  bool isLast = index == pp - 1;
  RankedTensorType hiddenType = getHiddenType();
  Type resultType = TransferType::get(&getContext(), hiddenType);
  if (isLast)
    resultType =
        RankedTensorType::get({batch, seq, vocab}, outer.getBF16Type());
  SmallVector<int64_t> devices;
  for (int64_t rank = 0; rank < tp; ++rank)
    devices.push_back(index * tp + rank);
  auto stage = StageOp::create(
      outer, resultType, outer.getI64IntegerAttr(index),
      outer.getStringAttr("pp"), outer.getI64IntegerAttr(index),
      outer.getI64IntegerAttr(first), outer.getI64IntegerAttr(end),
      outer.getDenseI64ArrayAttr(devices), input);
  Block &block = stage.getBody().emplaceBlock();
  Value x = block.addArgument(input.getType(), outer.getLoc());
  auto builder = ImplicitLocOpBuilder::atBlockEnd(outer.getLoc(), &block);
  auto bufferName = [](int64_t from) {
    return ("stage" + Twine(from) + "_to_" + Twine(from + 1)).str();
  };
  if (index == 0) {
    Value table = makeParameter(builder, "model.embed_tokens.weight",
                                {vocab, hidden}, axes.all);
    x = reduce(builder, EmbeddingOp::create(builder, x, table));
  } else {
    x = RecvOp::create(builder, x, index - 1, bufferName(index - 1));
  }
  for (int64_t layer = first; layer < end; ++layer)
    x = makeLayer(builder, layer, x);
  if (isLast) {
    Value norm = makeParameter(builder, "model.norm.weight", {hidden});
    x = RmsNormOp::create(builder, x, norm, builder.getF64FloatAttr(1e-5),
                          /*unit_offset=*/UnitAttr(),
                          RoleAttr::get(&getContext(), Role::FinalNorm));
    Value head =
        makeParameter(builder, "lm_head.weight", {vocab, hidden}, axes.all);
    x = LinearOp::create(builder, x, head, Value(),
                         RoleAttr::get(&getContext(), Role::Head));
    if (!axes.all.empty())
      x = AllGatherOp::create(builder, x, /*dim=*/2,
                              builder.getArrayAttr(SmallVector<Attribute>(
                                  axes.all.begin(), axes.all.end())));
  } else {
    x = SendOp::create(builder, x, index + 1, bufferName(index));
  }
  YieldOp::create(builder, x);
  return stage.getResult(0);
}

void TestBuildPlan::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  ModuleOp module = getOperation();
  auto builder = ImplicitLocOpBuilder::atBlockEnd(
      FileLineColLoc::get(&getContext(), "plan", 1, 1), module.getBody());

  // With more ranks than KV heads, their axis is split in two.
  SmallVector<Attribute> names = {builder.getStringAttr("pp")};
  SmallVector<int64_t> sizes = {pp};
  axes = Axes();
  auto addAxis = [&](StringRef name, int64_t size) {
    names.push_back(builder.getStringAttr(name));
    sizes.push_back(size);
    axes.all.push_back(builder.getStringAttr(name));
  };
  if (tp > 1) {
    if (int64_t split = std::min<int64_t>(tp, kvHeads); split > 1) {
      addAxis("tp", split);
      axes.kv = axes.all;
    }
    if (tp > kvHeads)
      addAxis("rep", tp / kvHeads);
  }
  MeshOp::create(builder, "mesh", builder.getArrayAttr(names), sizes,
                 DenseI64ArrayAttr());

  auto model = ModelOp::create(builder, "model", "mesh");
  model.setNumLayers(layers);
  model.setHiddenSize(hidden);
  model.setNumHeads(heads);
  model.setNumKvHeads(kvHeads);
  model.setHeadDim(headDim);
  model.setIntermediateSize(ffn);
  model.setVocabSize(vocab);
  builder.setInsertionPointToEnd(&model.getBody().front());
  for (int64_t stage = 0; stage + 1 < pp; ++stage)
    CommBufferOp::create(
        builder, ("stage" + Twine(stage) + "_to_" + Twine(stage + 1)).str(),
        getHiddenType(), slots);
  Value x = InputOp::create(
      builder, RankedTensorType::get({batch, seq}, builder.getI32Type()),
      "tokens");
  int64_t first = 0;
  for (int64_t stage = 0; stage < pp; ++stage) {
    int64_t end = first + layers / pp + (stage < layers % pp);
    x = makeStage(builder, stage, first, end, x);
    first = end;
  }
  OutputOp::create(builder, x, "logits");
}

namespace mlir::dag::test {
void registerTestPlans() { PassRegistration<TestBuildPlan>(); }
} // namespace mlir::dag::test
