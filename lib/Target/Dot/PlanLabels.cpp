//===- PlanLabels.cpp - Names and labels of the ops of a plan -------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanLabels.h"
#include "dag/Graph/DeploymentGraph.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

//===----------------------------------------------------------------------===//
// Labels
//===----------------------------------------------------------------------===//

namespace {
struct Words {
  StringRef name;
  StringRef title;
};
} // namespace

/// The words for a block, in front of others.
static Words getBlockWords(Role block) {
  switch (block) {
  case Role::Attention:
    return {"attention_", "Attention "};
  case Role::Ffn:
    return {"ffn_", "FFN "};
  case Role::Moe:
    return {"moe_", "MoE "};
  case Role::Embedding:
    return {"embedding_", "Embedding "};
  case Role::Head:
    return {"lm_head_", "LM Head "};
  default:
    return {"", ""};
  }
}

/// The words for a role that says enough by itself.
static Words getRoleWords(Role role) {
  switch (role) {
  case Role::Embedding:
    return {"embedding", "Token Embedding"};
  case Role::PositionEmbedding:
    return {"position_embedding", "Position Embedding"};
  case Role::Head:
    return {"lm_head", "LM Head"};
  case Role::Sampling:
    return {"sampling", "Sampling"};
  case Role::Attention:
    return {"attention", "Attention"};
  case Role::Ffn:
    return {"ffn", "FFN"};
  case Role::Moe:
    return {"moe", "Mixture of Experts"};
  case Role::QkvProjection:
    return {"qkv_projection", "QKV Projection"};
  case Role::QProjection:
    return {"q_projection", "Q Projection"};
  case Role::KProjection:
    return {"k_projection", "K Projection"};
  case Role::VProjection:
    return {"v_projection", "V Projection"};
  case Role::AttentionScores:
    return {"attention_scores", "Attention Scores (QK^T)"};
  case Role::AttentionMask:
    return {"attention_mask", "Attention Mask"};
  case Role::AttentionWeights:
    return {"attention_weights", "Attention Weights (Softmax)"};
  case Role::AttentionOutput:
    return {"attention_output", "Attention Output (Weighted Sum of V)"};
  case Role::OutputProjection:
    return {"output_projection", "Attention Output Projection"};
  case Role::Router:
    return {"router", "Router"};
  case Role::Dispatch:
    return {"dispatch", "Token Dispatch"};
  case Role::Expert:
    return {"experts", "Experts"};
  case Role::Combine:
    return {"combine", "Expert Combine"};
  default:
    return {"", ""};
  }
}

/// Of a collective whose kind is not stated if there is none.
static Words getCollectiveWords(std::optional<CollectiveKind> kind) {
  if (!kind)
    return {"collective", "Collective"};
  switch (*kind) {
  case CollectiveKind::AllReduce:
    return {"all_reduce", "All-Reduce"};
  case CollectiveKind::AllGather:
    return {"all_gather", "All-Gather"};
  case CollectiveKind::ReduceScatter:
    return {"reduce_scatter", "Reduce-Scatter"};
  case CollectiveKind::AllToAll:
    return {"all_to_all", "All-to-All"};
  case CollectiveKind::Broadcast:
    return {"broadcast", "Broadcast"};
  case CollectiveKind::Scatter:
    return {"scatter", "Scatter"};
  case CollectiveKind::Gather:
    return {"gather", "Gather"};
  case CollectiveKind::Reduce:
    return {"reduce", "Reduce"};
  case CollectiveKind::Slice:
    return {"slice", "Slice"};
  case CollectiveKind::Send:
    return {"send", "Send"};
  case CollectiveKind::Recv:
    return {"recv", "Recv"};
  }
  llvm_unreachable("unknown kind");
}

static StringRef getActivationTitle(ActivationKind kind) {
  switch (kind) {
  case ActivationKind::Relu:
    return "ReLU";
  case ActivationKind::Gelu:
    return "GELU";
  case ActivationKind::GeluTanh:
    return "GELU (tanh)";
  case ActivationKind::Silu:
    return "SiLU";
  case ActivationKind::Sigmoid:
    return "Sigmoid";
  case ActivationKind::Tanh:
    return "Tanh";
  case ActivationKind::QuickGelu:
    return "Quick GELU";
  }
  return "Activation";
}

/// The parts of the network; in a layer with experts they are a shared expert.
static void setFfnWords(Operation *op, const OpPlace &place, OpLabel &label) {
  StringRef name, title;
  switch (label.role) {
  case Role::FfnGate:
    name = "gate";
    title = "Gate Projection";
    break;
  case Role::FfnUp:
    name = "up";
    title = "Up Projection";
    break;
  case Role::FfnDown:
    name = "down";
    title = "Down Projection";
    break;
  case Role::Multiply:
    name = "multiply";
    title = "Multiply";
    break;
  default:
    name = "activation";
    title = "Activation";
    break;
  }
  bool isShared = place.isMoe && place.block != Role::Attention;
  bool isFfn = label.role != Role::Multiply && label.role != Role::Activation;
  if (isa<ScaleOp>(op)) {
    name = "multiply_scale";
    title = "Scale Multiply";
  } else if (isa<SoftCapOp>(op)) {
    name = "soft_cap_activation";
    title = "Soft Cap Activation";
  }
  std::string words = title.str();
  if (auto activation = dyn_cast<ActivationOp>(op))
    words = (getActivationTitle(activation.getKind()) + " Activation").str();
  label.name = ((isShared ? "shared_ffn_" : isFfn ? "ffn_" : "") + name).str();
  label.title = (isShared ? "Shared FFN " : isFfn ? "FFN " : "") + words;
}

/// The last part of a name such as `model.layers.0.self_attn.k_cache`.
static StringRef getLastPart(StringRef name) {
  return name.drop_front(
      name.rfind('.') == StringRef::npos ? 0 : name.rfind('.') + 1);
}

/// A cache is drawn where it is written; before that it is no node, and not
/// known to be well formed.
static void setCacheWords(Operation *op, OpLabel &label) {
  StringRef which;
  if (op->getNumOperands() > 0)
    if (auto cache = op->getOperand(0).getDefiningOp<KvCacheOp>())
      if (auto name = cache->getAttrOfType<StringAttr>("name"))
        which = getLastPart(name.getValue());
  label.name = "kv_cache";
  label.title = "KV Cache";
  for (auto [text, name, title] :
       {std::tuple("k_cache", "k_cache", "K Cache"),
        std::tuple("v_cache", "v_cache", "V Cache"),
        std::tuple("latent_cache", "kv_cache_latent", "KV Cache (latent)"),
        std::tuple("rope_cache", "kv_cache_shared", "KV Cache (shared keys)")})
    if (which == text) {
      label.name = name;
      label.title = title;
    }
}

/// What is done to the heads of queries or keys.
static void setHeadWords(Role role, const OpPlace &place, OpLabel &label) {
  bool isNorm = role == Role::QkNorm;
  StringRef stream = place.stream;
  label.name =
      (stream + (stream.empty() ? "" : "_") +
       (isNorm ? (stream.empty() ? "qk_norm" : "norm") : "rotary_embedding"))
          .str();
  label.title = stream.upper() + (stream.empty() ? "" : " ") +
                (isNorm ? (stream.empty() ? "QK RMSNorm" : "RMSNorm")
                        : "Rotary Embedding");
}

static void setDropoutWords(Operation *op, OpLabel &label) {
  label.name = "attention_dropout";
  label.title = "Attention Dropout";
  label.block = Role::Attention;
  if (auto dropout = dyn_cast<DropoutOp>(op))
    llvm::raw_string_ostream(label.title)
        << " (p=" << llvm::format("%g", dropout.getP().convertToDouble())
        << ')';
}

static Words getPointwiseWords(Operation *op, Role role) {
  if (isa<AddOp>(op))
    return {"add", "Add"};
  if (isa<SoftCapOp>(op))
    return {"soft_cap", "Soft Cap"};
  if (isa<ScaleOp>(op))
    return {"scale", "Scale"};
  if (isa<BiasAddOp>(op))
    return {"bias_add", "Bias Add"};
  return {stringifyRole(role), stringifyRole(role)};
}

OpLabel dot::getOpLabel(Operation *op, Role role, const OpPlace &place) {
  OpLabel label;
  label.role = role;
  // Behind its reduction a bias is no part of a sum any more.
  if (isa<BiasAddOp>(op) && role != Role::Head)
    label.role = Role::Linear;
  Role block = place.block;
  if (place.isOutside && role != Role::FinalNorm)
    block = place.isBehindLayers ? Role::Head : Role::Embedding;
  Words before = getBlockWords(block);
  auto set = [&](const Twine &name, const Twine &title) {
    label.name = name.str();
    label.title = title.str();
  };
  auto setBehindBlock = [&](const Twine &name, const Twine &title) {
    set(before.name + name, before.title + title);
    label.block = block;
  };

  if (auto input = dyn_cast<InputOp>(op)) {
    set(place.isOnlyEnd ? "input" : "input_" + input.getName(), "Input");
  } else if (auto output = dyn_cast<OutputOp>(op)) {
    set(place.isOnlyEnd ? "output" : "output_" + output.getName(), "Output");
  } else if (auto transfer = dyn_cast<TransferOpInterface>(op)) {
    std::string peer = std::to_string(transfer.getPeerStage());
    if (transfer.isSend())
      set("send_to_stage" + peer, "Send to Stage " + peer);
    else
      set("recv_from_stage" + peer, "Recv from Stage " + peer);
  } else if (isCollective(role)) {
    Words words = getCollectiveWords(toCollectiveKind(role));
    setBehindBlock(words.name, words.title);
  } else if (role == Role::Slice) {
    setBehindBlock(isa<SplitOp>(op) ? "split" : "slice",
                   isa<SplitOp>(op) ? "Split" : "Slice");
  } else if (role == Role::KvCache) {
    setCacheWords(op, label);
  } else if (role == Role::RotaryEmbedding || role == Role::QkNorm) {
    setHeadWords(role, place, label);
  } else if (role == Role::Dropout) {
    setDropoutWords(op, label);
  } else if (isa<RmsNormOp, LayerNormOp>(op)) {
    StringRef title = isa<RmsNormOp>(op) ? "RMSNorm" : "LayerNorm";
    if (role == Role::FinalNorm)
      set("final_norm", "Final " + title);
    else
      setBehindBlock("norm", title);
  } else if (place.isOutside && isLayerRole(role) && !isa<LinearOp>(op)) {
    // Pointwise work on embeddings and logits.
    Words words = getPointwiseWords(op, role);
    setBehindBlock(words.name, words.title);
    label.role = block;
    label.block = Role::Unknown;
  } else if (label.role == Role::Linear) {
    bool isBias = isa<BiasAddOp>(op);
    setBehindBlock(isBias ? "bias_add" : "linear",
                   isBias ? "Bias Add" : "Linear");
  } else if (role == Role::ResidualAdd) {
    setBehindBlock("residual_add", "Residual Add");
  } else if (role == Role::FfnGate || role == Role::FfnUp ||
             role == Role::FfnDown || role == Role::Activation ||
             role == Role::Multiply) {
    setFfnWords(op, place, label);
  } else if (Words words = getRoleWords(role); !words.name.empty()) {
    set(words.name, words.title);
  } else {
    set(stringifyRole(role), stringifyRole(role));
  }
  // An op of a plan does something, whatever that is.
  label.kind =
      label.role == Role::Unknown ? NodeKind::Compute : getNodeKind(label.role);
  return label;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

StringRef dot::stringifyDimName(DimName name) {
  switch (name) {
  case DimName::None:
    return "";
  case DimName::Batch:
    return "batch_size";
  case DimName::Seq:
    return "seq_len";
  case DimName::KeySeq:
    return "key_len";
  case DimName::Hidden:
    return "hidden";
  case DimName::Heads:
    return "heads";
  case DimName::KvHeads:
    return "kv_heads";
  case DimName::HeadDim:
    return "d_k";
  case DimName::Ffn:
    return "ffn";
  case DimName::Vocab:
    return "vocab";
  case DimName::Experts:
    return "experts";
  case DimName::Capacity:
    return "capacity";
  case DimName::TopK:
    return "top_k";
  case DimName::Features:
    return "features";
  case DimName::Latent:
    return "latent";
  }
  return "";
}

DimNames dot::getDimNames(Operation *op, Role role, unsigned result,
                          unsigned rank, ArrayRef<DimNames> operands) {
  using D = DimName;
  const DimNames hidden = {D::Batch, D::Seq, D::Hidden, D::None};
  const DimNames heads = {D::Batch, D::Seq, D::Heads, D::HeadDim};
  const DimNames kvHeads = {D::Batch, D::Seq, D::KvHeads, D::HeadDim};
  if (rank > 4 || rank == 0)
    return {};
  switch (role) {
  case Role::Input:
    if (rank == 4)
      return heads;
    break;
  case Role::QkvProjection:
    return result == 0 || isa<LatentQkvProjectionOp>(op) ? heads : kvHeads;
  case Role::AttentionScores:
    return {D::Batch, D::Heads, D::Seq, D::KeySeq};
  case Role::AttentionOutput:
    return heads;
  case Role::KvCache:
    if (isa<KvCacheOp>(op)) {
      if (rank == 4)
        return kvHeads;
      return {D::Batch, D::Seq, D::Latent, D::None};
    }
    break;
  case Role::Embedding:
  case Role::PositionEmbedding:
  case Role::OutputProjection:
  case Role::Attention:
  case Role::Moe:
  case Role::Combine:
    if (isa<LinearOp>(op))
      break;
    return hidden;
  case Role::Router:
    if (isa<LinearOp>(op))
      break;
    return {D::Batch, D::Seq, D::TopK, D::None};
  case Role::Dispatch:
    return {D::Experts, D::Capacity, D::Hidden, D::None};
  default:
    break;
  }
  DimNames names = operands.empty() ? hidden : operands.front();
  if (isa<LinearOp>(op)) {
    DimName last = D::Features;
    if (role == Role::FfnGate || role == Role::FfnUp)
      last = D::Ffn;
    else if (role == Role::FfnDown || role == Role::OutputProjection)
      last = D::Hidden;
    else if (role == Role::Head)
      last = D::Vocab;
    names[rank - 1] = last;
  }
  if (isa<SplitOp>(op))
    names[rank - 1] = D::Features;
  return names;
}
