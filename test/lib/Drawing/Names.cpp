//===- Names.cpp - What people call the parts of a deployment -------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingGenerator.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag::drawing;
using llvm::raw_ostream;
using llvm::StringRef;

// In the order of `Part`: role, block, snake, title, hf, terse, verbose, kind.
// A collective's kind follows its words.
static const PartInfo partInfos[] = {
    {"input", "", "input", "Input", "input_ids", "input", "Model Input", "end"},
    {"embedding", "", "embed", "Embedding", "model.embed_tokens", "embed",
     "Token Embedding", "compute"},
    {"", "embedding", "embed", "Embedding", "model.embed_tokens", "embed",
     "Token Embedding", "communication"},
    {"norm", "attention", "attn_norm", "Attention RMSNorm", "input_layernorm",
     "attn norm", "Input RMS Normalization", "compute"},
    {"", "attention", "attn", "Attention", "self_attn", "attn",
     "Self-Attention", "communication"},
    {"qkv_projection", "", "qkv", "QKV Projection", "self_attn.qkv_proj", "QKV",
     "Query/Key/Value Projection", "compute"},
    {"q_projection", "", "q_proj", "Q Projection", "self_attn.q_proj", "Q proj",
     "Query Projection", "compute"},
    {"k_projection", "", "k_proj", "K Projection", "self_attn.k_proj", "K proj",
     "Key Projection", "compute"},
    {"v_projection", "", "v_proj", "V Projection", "self_attn.v_proj", "V proj",
     "Value Projection", "compute"},
    {"rotary_embedding", "", "rope", "Rotary Embedding", "self_attn.rotary_emb",
     "RoPE", "Rotary Position Embedding", "compute"},
    {"", "attention", "kv", "K/V", "self_attn.kv", "K/V", "Keys and Values",
     "communication"},
    {"attention_scores", "", "attn_scores", "Attention Scores (QK^T)",
     "self_attn.scores", "QK^T", "Attention Scores (scaled Q K^T)", "compute"},
    {"attention_weights", "", "attn_weights", "Attention Weights (Softmax)",
     "self_attn.softmax", "softmax",
     "Attention Weights (Softmax over the keys)", "compute"},
    {"dropout", "attention", "attn_dropout", "Attention Dropout",
     "self_attn.attn_dropout", "attn dropout", "Attention Dropout (p=0.0)",
     "compute"},
    {"attention_output", "", "attn_output",
     "Attention Output (Weighted Sum of V)", "self_attn.attn_output",
     "attn x V", "Attention Output (weighted sum of values)", "compute"},
    {"concat", "attention", "concat_heads", "Concat Heads",
     "self_attn.concat_heads", "concat heads",
     "Concatenation of Attention Heads", "routing"},
    {"output_projection", "", "out_proj", "Output Projection",
     "self_attn.o_proj", "O proj", "Attention Output Projection", "compute"},
    {"", "attention", "attn", "Attention", "self_attn", "attn",
     "Self-Attention", "communication"},
    {"residual_add", "attention", "attn_residual", "Attention Residual Add",
     "self_attn.residual_add", "attn add", "Residual Add after Self-Attention",
     "routing"},
    {"norm", "ffn", "ffn_norm", "FFN RMSNorm", "post_attention_layernorm",
     "ffn norm", "Post-Attention RMS Normalization", "compute"},
    {"", "ffn", "ffn", "FFN", "mlp", "FFN", "Feed-Forward Network",
     "communication"},
    {"ffn", "", "ffn", "FFN", "mlp", "FFN", "Feed-Forward Network", "compute"},
    {"ffn_gate", "", "ffn_gate", "FFN Gate", "mlp.gate_proj", "FFN gate",
     "Feed-Forward Gate Projection", "compute"},
    {"ffn_up", "", "ffn_up", "FFN Up", "mlp.up_proj", "FFN up",
     "Feed-Forward Up Projection", "compute"},
    {"activation", "ffn", "ffn_act", "FFN Activation (SiLU)", "mlp.act_fn",
     "SiLU", "Feed-Forward SiLU Activation", "compute"},
    {"multiply", "ffn", "ffn_mul", "FFN Multiply", "mlp.mul", "FFN mul",
     "Feed-Forward Elementwise Multiply", "compute"},
    {"ffn_down", "", "ffn_down", "FFN Down", "mlp.down_proj", "FFN down",
     "Feed-Forward Down Projection", "compute"},
    {"linear", "ffn", "lora_a", "FFN Down LoRA A", "mlp.down_proj.lora_A",
     "LoRA A", "Feed-Forward Down LoRA A Projection", "compute"},
    {"linear", "ffn", "lora_b", "FFN Down LoRA B", "mlp.down_proj.lora_B",
     "LoRA B", "Feed-Forward Down LoRA B Projection", "compute"},
    {"residual_add", "ffn", "lora_add", "FFN LoRA Add", "mlp.lora_add",
     "LoRA add", "Feed-Forward LoRA Add", "routing"},
    {"residual_add", "ffn", "branch_add", "Attention + FFN Add", "parallel_add",
     "attn + ffn add", "Add of Attention and Feed-Forward", "routing"},
    {"", "ffn", "ffn", "FFN", "mlp", "FFN", "Feed-Forward Network",
     "communication"},
    {"residual_add", "ffn", "ffn_residual", "FFN Residual Add",
     "mlp.residual_add", "ffn add", "Residual Add after Feed-Forward Network",
     "routing"},
    {"router", "", "router", "MoE Router", "mlp.gate", "router",
     "Expert Router (top-k gate)", "routing"},
    {"dispatch", "", "dispatch", "MoE Dispatch", "mlp.dispatch", "dispatch",
     "Token Dispatch to Experts", "routing"},
    {"", "moe", "moe_dispatch", "MoE Dispatch", "mlp.dispatch", "dispatch",
     "Expert Dispatch", "communication"},
    {"expert", "", "experts", "Experts", "mlp.experts", "experts", "Experts",
     "compute"},
    {"", "moe", "moe_combine", "MoE Combine", "mlp.combine", "combine",
     "Expert Combine", "communication"},
    {"combine", "", "combine", "MoE Combine", "mlp.combine", "combine",
     "Combination of Expert Outputs", "routing"},
    {"expert", "", "shared_expert", "Shared Expert", "mlp.shared_expert",
     "shared expert", "Shared Expert", "compute"},
    {"residual_add", "moe", "shared_add", "Shared Expert Add", "mlp.shared_add",
     "shared add", "Add of the Shared Expert", "routing"},
    {"", "moe", "moe", "MoE", "mlp", "MoE", "Mixture of Experts",
     "communication"},
    {"layer", "", "layers", "Layers", "model.layers", "layers",
     "Transformer Layers", "compute"},
    {"final_norm", "", "final_norm", "Final RMSNorm", "model.norm",
     "final norm", "Final RMS Normalization", "compute"},
    {"", "final_norm", "final_norm", "Final Norm", "model.norm", "final norm",
     "Final Normalization", "communication"},
    {"head", "", "lm_head", "LM Head", "lm_head", "LM head",
     "Language Model Head", "compute"},
    {"", "head", "lm_head", "LM Head", "lm_head", "LM head",
     "Language Model Head", "communication"},
    {"output", "", "output", "Output", "logits", "output", "Model Output",
     "end"},
    {"send", "", "send", "Send", "send", "send", "Pipeline Send",
     "communication"},
    {"recv", "", "recv", "Recv", "recv", "recv", "Pipeline Receive",
     "communication"},
    {"transfer", "", "transfer", "Transfer", "transfer", "xfer",
     "Pipeline Transfer", "communication"},
    {"", "", "widget", "Frobnicator", "frob", "frob", "Something Else",
     "compute"},
};

const PartInfo &mlir::dag::drawing::getPartInfo(Part part) {
  static_assert(std::size(partInfos) == size_t(Part::Unknown) + 1);
  return partInfos[size_t(part)];
}

StringRef mlir::dag::drawing::getCollectiveRole(DrawnCollective kind) {
  switch (kind) {
  case DrawnCollective::None:
    return "";
  case DrawnCollective::AllReduce:
    return "all_reduce";
  case DrawnCollective::AllGather:
    return "all_gather";
  case DrawnCollective::ReduceScatter:
    return "reduce_scatter";
  case DrawnCollective::AllToAll:
    return "all_to_all";
  case DrawnCollective::Unstated:
    return "collective";
  }
  llvm_unreachable("all kinds are covered");
}

StringRef mlir::dag::drawing::getCollectiveSnake(DrawnCollective kind) {
  switch (kind) {
  case DrawnCollective::None:
    return "";
  case DrawnCollective::AllReduce:
    return "allreduce";
  case DrawnCollective::AllGather:
    return "allgather";
  case DrawnCollective::ReduceScatter:
    return "reducescatter";
  case DrawnCollective::AllToAll:
    return "alltoall";
  case DrawnCollective::Unstated:
    return "comm";
  }
  llvm_unreachable("all kinds are covered");
}

StringRef mlir::dag::drawing::getCollectiveTitle(DrawnCollective kind) {
  switch (kind) {
  case DrawnCollective::None:
    return "";
  case DrawnCollective::AllReduce:
    return "All-Reduce";
  case DrawnCollective::AllGather:
    return "All-Gather";
  case DrawnCollective::ReduceScatter:
    return "Reduce-Scatter";
  case DrawnCollective::AllToAll:
    return "All-to-All";
  case DrawnCollective::Unstated:
    return "TP Communication";
  }
  llvm_unreachable("all kinds are covered");
}

// In the order of `DimName`.
static const char *const seedDims[] = {
    "batch_size", "seq_len",  "seq_len", "hidden", "heads",
    "kv_heads",   "d_k",      "qkv",     "ffn",    "vocab",
    "experts",    "capacity", "r"};
static const char *const verboseDims[] = {
    "batch",       "sequence",    "key_sequence",
    "hidden_size", "num_heads",   "kv_heads",
    "head_dim",    "qkv_size",    "intermediate_size",
    "vocab_size",  "num_experts", "tokens_per_expert",
    "lora_rank"};
static const char *const moeDims[] = {
    "batch_size", "seq_len", "seq_len", "d_model", "heads",
    "kv_heads",   "d_k",     "qkv_dim", "ffn_dim", "vocab_size",
    "experts",    "tokens",  "lora_r"};
static const char *const camelDims[] = {
    "batchSize",  "seqLen",   "keyLen",  "hiddenSize", "numHeads",
    "numKvHeads", "headDim",  "qkvSize", "ffnSize",    "vocabSize",
    "numExperts", "capacity", "loraRank"};
static const char *const shortDims[] = {"B",   "S", "T", "H", "h", "kv", "d",
                                        "qkv", "F", "V", "E", "C", "r"};

StringRef mlir::dag::drawing::getDimName(Style style, DimName name) {
  switch (style) {
  case Style::Verbose:
    return verboseDims[unsigned(name)];
  case Style::MoE:
    return moeDims[unsigned(name)];
  case Style::Camel:
    return camelDims[unsigned(name)];
  case Style::Edges:
    return shortDims[unsigned(name)];
  default:
    return seedDims[unsigned(name)];
  }
}

/// Prints words in camelCase; the first one in lower case at the beginning.
static void printCamel(StringRef words, bool isFirst, raw_ostream &os) {
  bool startsWord = true;
  for (char c : words) {
    if (c == '(')
      return;
    if (!llvm::isAlnum(c)) {
      startsWord = true;
      continue;
    }
    os << (startsWord && !isFirst ? llvm::toUpper(c) : llvm::toLower(c));
    startsWord = isFirst = false;
  }
}

/// The expert, the head or the range of layers, where a node is one of many.
static void printNumbers(const Node &node, StringRef separator,
                         raw_ostream &os) {
  if (node.part == Part::Experts && node.numExperts == 1)
    os << separator << node.firstExpert;
  if (node.head >= 0)
    os << separator << "head" << node.head;
  if (node.part == Part::LayerRange)
    os << separator << node.firstLayer << separator << node.lastLayer;
}

static void printSeedName(const Node &node, raw_ostream &os) {
  const PartInfo &info = getPartInfo(node.part);
  if (node.part == Part::Transfer) {
    os << "stage" << node.fromStage << "_to_stage" << node.toStage
       << "_transfer";
  } else if (node.isTransfer()) {
    os << "stage" << node.stage << '_' << info.snake;
  } else {
    if (node.namedLayer >= 0)
      os << "layer" << node.namedLayer << '_';
    os << info.snake;
    printNumbers(node, "_", os);
  }
  if (node.namedCollective != DrawnCollective::None)
    os << '_' << getCollectiveSnake(node.namedCollective);
}

static void printName(const DrawingOptions &options, const Node &node,
                      raw_ostream &os) {
  const PartInfo &info = getPartInfo(node.part);
  int rank = node.rank;
  if (options.opaqueIds) {
    os << 'n' << node.id;
    return;
  }
  std::string axis = options.getAxisName().lower();
  if (node.replica >= 0 && options.style != Style::Attributes)
    os << "dp" << node.replica << '_';
  if (node.microBatch >= 0 && options.style != Style::Attributes)
    os << "mb" << node.microBatch << '_';
  switch (options.style) {
  case Style::Attributes:
    os << 'n' << node.id;
    break;
  case Style::Seed:
  case Style::Html:
  case Style::Edges:
  case Style::TwoLine:
  case Style::KeyValue:
    printSeedName(node, os);
    if (rank >= 0)
      os << '_' << axis << rank;
    break;
  case Style::Verbose:
    if (!node.isTransfer() && node.layer >= 0)
      os << "pp" << node.markedStage << '_';
    printSeedName(node, os);
    if (rank >= 0)
      os << '_' << axis << "_rank" << rank;
    break;
  case Style::Terse: {
    if (node.namedLayer >= 0)
      os << 'l' << node.namedLayer << '_';
    if (node.part == Part::Transfer)
      os << 's' << node.fromStage << "_to_s" << node.toStage << '_';
    else if (node.isTransfer())
      os << 's' << node.stage << '_';
    StringRef snake = info.snake;
    os << (snake.consume_front("attn_") ? snake : StringRef(info.snake));
    printNumbers(node, "_", os);
    if (node.namedCollective != DrawnCollective::None)
      os << '_' << getCollectiveSnake(node.namedCollective);
    if (rank >= 0)
      os << "_g" << node.firstDevice;
    break;
  }
  case Style::HF:
    if (node.isTransfer())
      os << "pp." << node.fromStage << "_to_" << node.toStage << '.';
    if (node.namedLayer >= 0)
      os << "model.layers." << node.namedLayer << '.';
    os << info.hf;
    printNumbers(node, ".", os);
    if (node.namedCollective != DrawnCollective::None)
      os << '.' << getCollectiveRole(node.namedCollective);
    if (rank >= 0)
      os << '.' << axis << rank;
    break;
  case Style::MoE:
    if (rank >= 0)
      os << "gpu" << node.firstDevice << '_';
    printSeedName(node, os);
    break;
  case Style::Camel:
    if (node.isTransfer())
      os << "stage" << node.fromStage << "ToStage" << node.toStage;
    if (node.namedLayer >= 0)
      os << "layer" << node.namedLayer;
    printCamel(info.title, node.namedLayer < 0 && !node.isTransfer(), os);
    printNumbers(node, "_", os);
    if (node.namedCollective != DrawnCollective::None)
      printCamel(getCollectiveTitle(node.namedCollective), false, os);
    if (rank >= 0)
      printCamel(axis, false, os), os << rank;
    break;
  }
  if (node.copy)
    os << "_copy";
}

std::string mlir::dag::drawing::getNodeName(const DrawingOptions &options,
                                            const Node &node) {
  std::string name;
  llvm::raw_string_ostream os(name);
  printName(options, node, os);
  return name;
}

void mlir::dag::drawing::printNodeName(const DrawingOptions &options,
                                       const Node &node, raw_ostream &os) {
  bool quotes = options.style == Style::HF || options.style == Style::Edges ||
                options.style == Style::MoE;
  if (quotes)
    os << '"';
  printName(options, node, os);
  if (quotes)
    os << '"';
}
