//===- BuildModel.cpp - From a description to a logical program -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first layer of a kind is built; the others of the kind are copies of it
// with another index in their names.
//
//===----------------------------------------------------------------------===//

#include "LayerBuilder.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

namespace {
class ModelBuilder {
public:
  ModelBuilder(const Description &description, Location loc)
      : d(description), row(*description.architecture),
        builder(loc, loc.getContext()) {}

  OwningOpRef<ModuleOp> build();

private:
  void setFigures(ModelOp model);
  Value addInput(ArrayRef<int64_t> shape, StringRef name);
  void addInputs();
  Value buildEmbedding();
  Value buildLayers(Value x);
  LayerOp buildLayer(int64_t index, Value x);
  Value buildHead(Value x);

  const Description &d;
  const Architecture &row;
  ImplicitLocOpBuilder builder;
  /// Inputs; null for those that there are not.
  Value tokens, position, lengths, pages, windowPages;
};
} // namespace

/// States the figures that hold for all of the model. Sizes that differ from
/// layer to layer are not the model's.
void ModelBuilder::setFigures(ModelOp model) {
  model.setNumLayers(d.layers);
  model.setHiddenSize(d.hidden);
  model.setVocabSize(d.vocab);
  model.setNumHeads(d.heads);
  if (!d.latent) {
    model.setNumKvHeads(d.kvHeads);
    model.setHeadDim(d.headDim);
  }
  bool hasDense = llvm::any_of(
      d.kinds, [](const LayerKind &kind) { return !kind.hasExperts; });
  bool hasExperts = llvm::any_of(
      d.kinds, [](const LayerKind &kind) { return kind.hasExperts; });
  if (!hasExperts) {
    model.setIntermediateSize(d.inner);
    return;
  }
  model.setNumExperts(d.experts->number);
  model.setTopK(d.experts->topK);
  if (!hasDense && d.experts->sharedInner == 0)
    model.setIntermediateSize(d.experts->inner);
}

Value ModelBuilder::addInput(ArrayRef<int64_t> shape, StringRef name) {
  return InputOp::create(
      builder, RankedTensorType::get(shape, builder.getI32Type()), name);
}

/// Tokens and their place: in the sequence, and in the caches.
void ModelBuilder::addInputs() {
  tokens = addInput({d.batch, d.tokens}, "tokens");
  if (d.ragged)
    position = addInput(d.batch, "position");
  else
    position = addInput({}, "position");
  if (d.ragged && d.lastLogits)
    lengths = addInput(d.batch, "query_lens");
  bool haveAllOwnPages = llvm::all_of(
      d.kinds, [&](const LayerKind &kind) { return d.hasOwnPages(kind); });
  if (d.pageSize != 0 && !haveAllOwnPages)
    pages = addInput({d.batch, d.blocks}, "block_table");
  if (d.hasWindowPages())
    windowPages = addInput({d.batch, d.blocks}, "sliding_window_block_table");
}

Value ModelBuilder::buildEmbedding() {
  BlockBuilder block(builder, d, d.namePrefix.str());
  Value table =
      block.parameter(row.names.embedding + ".weight", {d.vocab, d.hidden});
  Value x = EmbeddingOp::create(builder, tokens, table);
  if (d.embeddingScale)
    x = ScaleOp::create(builder, x, APFloat(*d.embeddingScale));
  if (d.positions) {
    Value positions =
        block.parameter(row.names.positions + ".weight",
                        {*d.positions + row.positionOffset, d.hidden});
    Value vectors = PositionEmbeddingOp::create(builder, tokens, positions,
                                                position, row.positionOffset);
    x = AddOp::create(builder, x, vectors, RoleAttr());
  }
  if (!row.names.embeddingNorm.empty())
    x = block.norm(x, row.names.embeddingNorm);
  return x;
}

LayerOp ModelBuilder::buildLayer(int64_t index, Value x) {
  const LayerKind &kind = d.kinds[d.layerKinds[index]];
  SmallVector<Value, 3> operands = {x, position};
  if (Value table = d.hasOwnPages(kind) ? windowPages : pages)
    operands.push_back(table);
  auto layer = LayerOp::create(builder, x.getType(), index, operands);
  Block &body = layer.getBody().emplaceBlock();
  for (Value operand : operands)
    body.addArgument(operand.getType(), builder.getLoc());
  auto inside = ImplicitLocOpBuilder::atBlockEnd(builder.getLoc(), &body);
  LayerBuilder parts(inside, d, getLayerPrefix(d, index), kind);
  YieldOp::create(inside, parts.build(body.getArguments()));
  return layer;
}

Value ModelBuilder::buildLayers(Value x) {
  // The first layer of each kind, with its index.
  SmallVector<std::pair<LayerOp, int64_t>, 2> models(d.kinds.size());
  for (int64_t index = 0; index < d.layers; ++index) {
    auto &[model, modelIndex] = models[d.layerKinds[index]];
    if (!model) {
      model = buildLayer(index, x);
      modelIndex = index;
      x = model.getResult(0);
      continue;
    }
    auto layer = cast<LayerOp>(builder.clone(*model));
    layer.setIndex(index);
    layer->setOperand(0, x);
    std::string prefix = getLayerPrefix(d, index);
    size_t oldLength = getLayerPrefix(d, modelIndex).size();
    auto rename = [&](StringRef name) {
      return builder.getStringAttr(prefix + name.drop_front(oldLength));
    };
    for (Operation &op : layer.getBody().front()) {
      if (auto parameter = dyn_cast<ParameterOp>(op))
        parameter.setNameAttr(rename(parameter.getName()));
      else if (auto cache = dyn_cast<KvCacheOp>(op))
        cache.setNameAttr(rename(cache.getName()));
    }
    x = layer.getResult(0);
  }
  return x;
}

Value ModelBuilder::buildHead(Value x) {
  BlockBuilder block(builder, d, d.namePrefix.str());
  if (d.lastLogits)
    x = LastTokenOp::create(builder, x, lengths);
  x = block.norm(x, row.names.finalNorm, Role::FinalNorm);
  Value weight =
      d.isHeadQuantized
          ? block.quantizedHead()
          : block.parameter((d.tied ? row.names.embedding : row.names.head) +
                                ".weight",
                            {d.vocab, d.hidden});
  x = LinearOp::create(builder, x, weight, /*bias=*/Value(),
                       block.role(Role::Head));
  if (d.logitScale)
    x = ScaleOp::create(builder, x, APFloat(*d.logitScale));
  if (d.finalSoftCap)
    x = SoftCapOp::create(builder, x, APFloat(*d.finalSoftCap));
  return x;
}

OwningOpRef<ModuleOp> ModelBuilder::build() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getLoc());
  builder.setInsertionPointToEnd(module->getBody());
  auto model = ModelOp::create(builder, row.modelType);
  setFigures(model);
  if (!d.unknownStorage.empty())
    model.setUnknownStorage(d.unknownStorage);
  if (!d.remarks.empty()) {
    SmallVector<StringRef> remarks(d.remarks.begin(), d.remarks.end());
    model.setRemarks(remarks);
  }
  builder.setInsertionPointToEnd(&model.getBody().front());
  addInputs();
  Value x = buildLayers(buildEmbedding());
  OutputOp::create(builder, buildHead(x), "logits");
  return module;
}

OwningOpRef<ModuleOp> huggingface::buildModel(const Description &description,
                                              Location loc) {
  return ModelBuilder(description, loc).build();
}
