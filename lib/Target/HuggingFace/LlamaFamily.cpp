//===- LlamaFamily.cpp - Rows of dense models like Llama -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Architecture.h"

using namespace mlir::dag;
using namespace mlir::dag::huggingface;

Architecture huggingface::getLlama() {
  Architecture row;
  row.modelType = "llama";
  row.classes = {"LlamaForCausalLM"};
  row.layers = {"num_hidden_layers", 32};
  row.hidden = {"hidden_size", 4096};
  row.heads = {"num_attention_heads", 32};
  row.kvHeads = {"num_key_value_heads", std::nullopt};
  row.headDim = {"head_dim", std::nullopt};
  row.inner = {"intermediate_size", 11008};
  row.vocab = {"vocab_size", 32000};
  row.maxPositions = {"max_position_embeddings|=max_sequence_length", 2048};
  row.epsilon = {"rms_norm_eps", 1e-6};
  row.qkvBias = {"attention_bias", false};
  row.outBias = {"attention_bias", false};
  row.ffnBias = {"mlp_bias", false};
  row.activation = {"hidden_act", "silu"};
  row.rotary.emplace();
  row.rotary->theta = {"rope_theta|rope_parameters.rope_theta", 10000.0};
  row.tied.fallback = false;

  Names &names = row.names;
  names.embedding = "model.embed_tokens";
  names.finalNorm = "model.norm";
  names.head = "lm_head";
  names.layer = "model.layers.#.";
  names.attentionNorm = "input_layernorm";
  names.ffnNorm = "post_attention_layernorm";
  names.q = "self_attn.q_proj";
  names.k = "self_attn.k_proj";
  names.v = "self_attn.v_proj";
  names.o = "self_attn.o_proj";
  names.gate = "mlp.gate_proj";
  names.up = "mlp.up_proj";
  names.down = "mlp.down_proj";
  return row;
}

void huggingface::addWindows(Architecture &row, std::optional<int64_t> size) {
  row.windows.emplace();
  row.windows->size = {"sliding_window|=sliding_window_size", size,
                       /*takesNull=*/true};
}

void huggingface::addQkNorm(Architecture &row, QkNorm kind) {
  row.qkNorm = kind;
  row.names.qNorm = "self_attn.q_norm";
  row.names.kNorm = "self_attn.k_norm";
}

static Architecture getMistral() {
  Architecture row = getLlama();
  row.modelType = "mistral";
  row.classes = {"MistralForCausalLM"};
  row.kvHeads.fallback = 8;
  row.inner.fallback = 14336;
  row.maxPositions.fallback = 131072;
  row.qkvBias = row.outBias = row.ffnBias = {"", false};
  addWindows(row, 4096);
  return row;
}

static Architecture getQwen2() {
  Architecture row = getLlama();
  row.modelType = "qwen2";
  row.classes = {"Qwen2ForCausalLM"};
  row.kvHeads = {"num_key_value_heads", 32, /*takesNull=*/true};
  row.inner.fallback = 22016;
  row.vocab.fallback = 151936;
  row.maxPositions.fallback = 32768;
  row.qkvBias = {"", true};
  row.outBias = row.ffnBias = {"", false};
  addWindows(row, 4096);
  row.windows->isUsed = {"use_sliding_window", false};
  row.windows->layerTypes = "layer_types";
  row.windows->firstLayer = {"max_window_layers", 28};
  return row;
}

static Architecture getQwen3() {
  Architecture row = getQwen2();
  row.modelType = "qwen3";
  row.classes = {"Qwen3ForCausalLM"};
  row.headDim.fallback = 128;
  row.qkvBias = row.outBias = {"attention_bias", false};
  addQkNorm(row, QkNorm::Head);
  return row;
}

static Architecture getGemma2() {
  Architecture row = getLlama();
  row.modelType = "gemma2";
  row.classes = {"Gemma2ForCausalLM"};
  row.layers.fallback = 26;
  row.hidden.fallback = 2304;
  row.heads.fallback = 8;
  row.kvHeads.fallback = 4;
  row.headDim.fallback = 256;
  row.inner.fallback = 9216;
  row.vocab.fallback = 256000;
  row.maxPositions.fallback = 8192;
  row.unitOffset = true;
  row.ffnBias = {"", false};
  row.activation = {"hidden_activation", "gelu_pytorch_tanh"};
  row.scaleBase = {"query_pre_attn_scalar", 256.0};
  row.softCap = {"attn_logit_softcapping", 50.0, /*takesNull=*/true};
  row.finalSoftCap = {"final_logit_softcapping", 30.0, /*takesNull=*/true};
  row.scaleEmbedding = true;
  row.tied.fallback = true;
  addWindows(row, 4096);
  row.windows->layerTypes = "layer_types";
  row.windows->period = {"", 2};
  row.names.ffnNorm = "pre_feedforward_layernorm";
  row.names.attentionPostNorm = "post_attention_layernorm";
  row.names.ffnPostNorm = "post_feedforward_layernorm";
  // Superseded by `hidden_activation`.
  row.ignored = {"hidden_act"};
  return row;
}

static Architecture getGemma3() {
  Architecture row = getGemma2();
  row.modelType = "gemma3_text";
  row.classes = {"Gemma3ForCausalLM"};
  row.vocab.fallback = 262208;
  row.maxPositions.fallback = 131072;
  // Newer files keep the rotation of each kind of layer by itself.
  row.rotary->theta = {"rope_theta|rope_parameters.full_attention.rope_theta",
                       1000000.0};
  row.rotary->scaling = "rope_scaling|rope_parameters.full_attention";
  row.softCap.fallback = std::nullopt;
  row.finalSoftCap.fallback = std::nullopt;
  addQkNorm(row, QkNorm::Head);
  row.windows->period = {"sliding_window_pattern|=_sliding_window_pattern", 6};
  row.windows->theta = {"rope_local_base_freq|"
                        "rope_parameters.sliding_attention.rope_theta",
                        10000.0};
  row.expected = {
      {"use_bidirectional_attention", {"false"}},
      // It is put over a default that has a `rope_type`.
      {"rope_scaling.type", {"\"default\""}},
      {"rope_parameters.sliding_attention.rope_type", {"\"default\""}}};
  return row;
}

static Architecture getPhi3() {
  Architecture row = getLlama();
  row.modelType = "phi3";
  row.classes = {"Phi3ForCausalLM"};
  row.hidden.fallback = 3072;
  row.inner.fallback = 8192;
  row.vocab.fallback = 32064;
  row.maxPositions = {"max_position_embeddings", 4096};
  row.epsilon.fallback = 1e-5;
  row.qkvBias = row.outBias = row.ffnBias = {"", false};
  row.rotary->share = {
      "partial_rotary_factor|rope_parameters.partial_rotary_factor", 1.0};
  row.rotary->variants = {{"su", "longrope"}, {"yarn", "longrope"}};
  row.rotary->original = {"original_max_position_embeddings", 4096};
  addWindows(row, std::nullopt);
  row.qkvLayout = QkvLayout::Stacked;
  row.names.qkv = "self_attn.qkv_proj";
  row.names.gateUp = "mlp.gate_up_proj";
  // Read with a scaled rotation only.
  row.ignored = {"original_max_position_embeddings"};
  // Of another model of the family, where they mean a share of the layers.
  row.expected = {{"full_attn_mod", {"1"}}, {"interpolate_factor", {"1"}}};
  return row;
}

static Architecture getOlmo2() {
  Architecture row = getLlama();
  row.modelType = "olmo2";
  row.classes = {"Olmo2ForCausalLM"};
  row.vocab.fallback = 50304;
  row.epsilon.fallback = 1e-5;
  row.ffnBias = {"", false};
  addQkNorm(row, QkNorm::AllHeads);
  row.names.attentionNorm = "";
  row.names.ffnNorm = "";
  row.names.attentionPostNorm = "post_attention_layernorm";
  row.names.ffnPostNorm = "post_feedforward_layernorm";
  return row;
}

static Architecture getStarcoder2() {
  Architecture row = getLlama();
  row.modelType = "starcoder2";
  row.classes = {"Starcoder2ForCausalLM"};
  row.layers.fallback = 30;
  row.hidden.fallback = 3072;
  row.heads.fallback = 24;
  row.kvHeads.fallback = 2;
  row.inner.fallback = 12288;
  row.vocab.fallback = 49152;
  row.maxPositions.fallback = 4096;
  row.norm = NormKind::Layer;
  row.normBias = true;
  row.epsilon = {"norm_epsilon", 1e-5};
  row.qkvBias = row.outBias = row.ffnBias = {"use_bias", true};
  row.activation.fallback = "gelu_pytorch_tanh";
  row.gated = false;
  row.tied.fallback = true;
  addWindows(row, std::nullopt);
  row.names.gate = "";
  row.names.up = "mlp.c_fc";
  row.names.down = "mlp.c_proj";
  row.expected = {{"norm_type", {"\"layer_norm\""}},
                  {"mlp_type", {"\"default\""}},
                  {"scale_attn_weights", {"true"}}};
  // Left from a predecessor; `hidden_act` and `norm_epsilon` are read.
  row.ignored = {"activation_function", "layer_norm_epsilon"};
  return row;
}

void huggingface::addLlamaFamily(llvm::SmallVectorImpl<Architecture> &rows) {
  rows.push_back(getLlama());
  rows.push_back(getMistral());
  rows.push_back(getQwen2());
  rows.push_back(getQwen3());
  rows.push_back(getGemma2());
  rows.push_back(getGemma3());
  rows.push_back(getPhi3());
  rows.push_back(getOlmo2());
  rows.push_back(getStarcoder2());
}
