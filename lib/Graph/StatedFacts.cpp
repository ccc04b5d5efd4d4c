//===- StatedFacts.cpp - What is stated beside the file -------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/StatedFacts.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/IR/Roles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::dag;

bool StatedFacts::isReference(ModelOp model) const {
  return dag::isReference(model) ||
         (!reference.empty() && model.getSymName() == reference &&
          !model->hasAttr("mesh"));
}

//===----------------------------------------------------------------------===//
// What a dimension is
//===----------------------------------------------------------------------===//

Figure dag::getFigure(StringRef name) {
  return llvm::StringSwitch<Figure>(name.lower())
      .Cases({"b", "batch", "batch_size", "bs", "batchsize"}, Figure::Batch)
      .Cases({"s", "seq", "seq_len", "seqlen", "sequence", "sequence_length",
              "seq_length", "tokens"},
             Figure::Sequence)
      .Cases({"hidden", "hidden_size", "hidden_dim", "d_model", "dmodel",
              "embed_dim", "model_dim"},
             Figure::Hidden)
      .Cases({"heads", "num_heads", "n_heads", "nheads", "q_heads",
              "num_attention_heads"},
             Figure::Heads)
      .Cases({"kv_heads", "num_kv_heads", "n_kv_heads", "num_key_value_heads"},
             Figure::KVHeads)
      .Cases({"d_k", "dk", "d_v", "dv", "d_head", "head_dim", "head_size"},
             Figure::HeadDim)
      .Cases({"ffn", "ffn_hidden", "ffn_dim", "ffn_hidden_size", "d_ff",
              "intermediate", "intermediate_size", "mlp_hidden"},
             Figure::Ffn)
      .Cases({"vocab", "vocab_size", "vocabulary"}, Figure::Vocabulary)
      .Cases({"experts", "num_experts", "n_experts", "num_local_experts"},
             Figure::Experts)
      .Cases({"top_k", "topk", "experts_per_token", "num_experts_per_tok"},
             Figure::TopK)
      .Default(Figure::None);
}

StringRef dag::getFigureName(Figure figure) {
  switch (figure) {
  case Figure::Hidden:
    return "the hidden size";
  case Figure::Heads:
    return "the number of heads";
  case Figure::KVHeads:
    return "the number of KV heads";
  case Figure::HeadDim:
    return "the head size";
  case Figure::Ffn:
    return "the FFN size";
  case Figure::Vocabulary:
    return "the vocabulary";
  case Figure::Experts:
    return "the number of experts";
  case Figure::TopK:
    return "the number of experts of a token";
  default:
    return "a size";
  }
}

Figure dag::getLastFigure(Role role, Role block, bool isOutput) {
  switch (role) {
  case Role::FfnGate:
  case Role::FfnUp:
    return isOutput ? Figure::Ffn : Figure::Hidden;
  case Role::Activation:
  case Role::Multiply:
    return Figure::Ffn;
  case Role::FfnDown:
    return isOutput ? Figure::Hidden : Figure::Ffn;
  case Role::Head:
    return isOutput ? Figure::Vocabulary : Figure::Hidden;
  case Role::Sampling:
    return isOutput ? Figure::None : Figure::Vocabulary;
  case Role::Embedding:
    return isOutput ? Figure::Hidden : Figure::None;
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
    return isOutput ? Figure::None : Figure::Hidden;
  case Role::OutputProjection:
    return isOutput ? Figure::Hidden : Figure::None;
  case Role::Norm:
  case Role::FinalNorm:
  case Role::ResidualAdd:
  case Role::Send:
  case Role::Recv:
  case Role::Attention:
  case Role::Ffn:
  case Role::Layer:
    return Figure::Hidden;
  case Role::AllReduce:
    return block == Role::Head ? Figure::Vocabulary : Figure::Hidden;
  default:
    return Figure::None;
  }
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

/// Whether the head multiplies with the weight of the embedding.
static std::optional<bool> findTied(ModelOp model) {
  auto getWeight = [](Operation &op) {
    auto parameter = op.getOperand(1).getDefiningOp<ParameterOp>();
    return parameter ? parameter.getNameAttr() : StringAttr();
  };
  StringAttr embedding, head;
  for (Operation &op : model.getBody().getOps()) {
    auto role = dyn_cast<RoleOpInterface>(op);
    if (!role || op.getNumOperands() < 2)
      continue;
    if (role.getDeploymentRole() == Role::Embedding && !embedding)
      embedding = getWeight(op);
    else if (role.getDeploymentRole() == Role::Head)
      head = getWeight(op);
  }
  if (!embedding || !head)
    return std::nullopt;
  return embedding == head;
}

ModelFigures::ModelFigures(ModelOp model) : loc(model.getLoc()) {
  auto get = [](std::optional<uint64_t> value) {
    return value ? static_cast<int64_t>(*value) : 0;
  };
  layers = get(model.getNumLayers());
  if (layers == 0)
    layers = llvm::range_size(model.getBody().getOps<LayerOp>());
  hidden = get(model.getHiddenSize());
  heads = get(model.getNumHeads());
  kvHeads = get(model.getNumKvHeads());
  headDim = get(model.getHeadDim());
  ffn = get(model.getIntermediateSize());
  vocabulary = get(model.getVocabSize());
  experts = get(model.getNumExperts());
  topK = get(model.getTopK());
  isTied = findTied(model);
}

int64_t ModelFigures::get(Figure figure) const {
  switch (figure) {
  case Figure::Hidden:
    return hidden;
  case Figure::Heads:
    return heads;
  case Figure::KVHeads:
    return kvHeads;
  case Figure::HeadDim:
    return headDim;
  case Figure::Ffn:
    return ffn;
  case Figure::Vocabulary:
    return vocabulary;
  case Figure::Experts:
    return experts;
  case Figure::TopK:
    return topK;
  default:
    return 0;
  }
}

bool ModelFigures::isSplit(Figure figure, int64_t tp) {
  return figure != Figure::Hidden && figure != Figure::HeadDim &&
         figure != Figure::TopK && tp > 1;
}

bool ModelFigures::fits(Figure figure, int64_t size, int64_t tp) const {
  tp = std::max<int64_t>(tp, 1);
  auto isShare = [&](int64_t whole) {
    return whole != 0 && (size == whole || size == whole / tp ||
                          size == (whole - 1) / tp + 1);
  };
  switch (figure) {
  case Figure::Heads:
    return isShare(heads) || isShare(kvHeads);
  case Figure::Ffn:
    // Gate and up projection may be one.
    return isShare(ffn) || size == 2 * ffn || isShare(2 * ffn);
  case Figure::HeadDim:
    return size == headDim;
  case Figure::TopK:
    return size == topK;
  case Figure::Experts:
    return experts != 0 && size > 0 && experts % size == 0;
  default:
    return isShare(get(figure));
  }
}

StringRef dag::getNameInLayer(Operation *op) {
  if (!isa_and_present<LayerOp>(op->getParentOp()))
    return "";
  if (auto parameter = dyn_cast<ParameterOp>(op))
    return parameter.getName();
  if (auto cache = dyn_cast<KvCacheOp>(op))
    return cache.getName();
  return "";
}

void dag::addLayersOfNames(ModelOp model, LayersOfNames &layers) {
  model->walk([&](Operation *op) {
    if (StringRef name = getNameInLayer(op); !name.empty())
      layers[name].insert(
          static_cast<int64_t>(cast<LayerOp>(op->getParentOp()).getIndex()));
  });
}

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

/// The figure that a symbol stands for. Single letters are what they are by
/// their place: `[B, S, H]` ends in the hidden size, `[B, S, H, D]` has heads.
static Figure getSymbolFigure(DimsAttr shape, unsigned dim, StringRef symbol) {
  Figure figure = getFigure(shape.getDimName(dim));
  if (figure == Figure::None)
    figure = getFigure(symbol);
  if (figure != Figure::None)
    return figure;
  unsigned rank = shape.getRank();
  bool isLast = dim + 1 == rank;
  if (symbol.equals_insensitive("h") && rank >= 3)
    return isLast ? Figure::Hidden : rank == 4 ? Figure::Heads : Figure::None;
  if (symbol == "V" && isLast)
    return Figure::Vocabulary;
  return Figure::None;
}

/// The number that a symbol is by the model: `hidden`, `H/8`, `4*H`, `4H`.
static int64_t getBound(DimsAttr shape, unsigned dim,
                        const ModelFigures &model) {
  StringRef text = shape.getSymbols()[dim].getValue().trim();
  int64_t factor = 1, divisor = 1;
  auto [symbol, behind] = text.split('/');
  behind.consume_front("/");
  if (text.contains('/') &&
      (behind.trim().getAsInteger(10, divisor) || divisor < 1))
    return 0;
  symbol = symbol.trim();
  StringRef digits = symbol.take_while(llvm::isDigit);
  if (!digits.empty()) {
    if (digits.getAsInteger(10, factor) || factor < 1 || factor > 1024)
      return 0;
    symbol = symbol.drop_front(digits.size()).ltrim(" *");
  }
  int64_t whole = model.get(getSymbolFigure(shape, dim, symbol));
  if (whole == 0 || whole > std::numeric_limits<int32_t>::max())
    return 0;
  whole *= factor;
  return whole % divisor == 0 ? whole / divisor : 0;
}

void BoundShapes::bind(ArrayAttr shapes, const ModelFigures &model) {
  if (!shapes || bound.count(shapes))
    return;
  SmallVector<Attribute> result;
  bool hasChanged = false;
  for (Attribute attr : shapes) {
    auto shape = cast<DimsAttr>(attr);
    SmallVector<int64_t> sizes(shape.getSizes());
    SmallVector<StringAttr> names(shape.getNames());
    SmallVector<StringAttr> symbols(shape.getSymbols());
    bool isBound = false;
    for (unsigned dim = 0, rank = shape.getRank(); dim < rank; ++dim) {
      if (shape.isStatic(dim))
        continue;
      int64_t size = getBound(shape, dim, model);
      if (size == 0)
        continue;
      isBound = true;
      sizes[dim] = size;
      // What is drawn stays visible in messages: `H=4096`.
      if (names[dim].empty())
        names[dim] = symbols[dim];
      symbols[dim] = StringAttr::get(shape.getContext(), "");
    }
    hasChanged |= isBound;
    result.push_back(
        isBound ? DimsAttr::get(shape.getContext(), names, sizes, symbols)
                : shape);
  }
  if (hasChanged)
    bound[shapes] = ArrayAttr::get(shapes.getContext(), result);
}
