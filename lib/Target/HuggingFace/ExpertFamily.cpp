//===- ExpertFamily.cpp - Rows of models with experts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Architecture.h"

using namespace mlir::dag;
using namespace mlir::dag::huggingface;

/// Llama with attention without biases and experts in place of the FFN.
static Architecture getSparseLlama() {
  Architecture row = getLlama();
  row.qkvBias = row.outBias = row.ffnBias = {"", false};
  row.experts.emplace();
  row.names.router = "mlp.gate";
  row.names.expertGate = "mlp.experts.{}.gate_proj";
  row.names.expertUp = "mlp.experts.{}.up_proj";
  row.names.expertDown = "mlp.experts.{}.down_proj";
  return row;
}

static Architecture getMixtral() {
  Architecture row = getSparseLlama();
  row.modelType = "mixtral";
  row.classes = {"MixtralForCausalLM"};
  row.kvHeads.fallback = 8;
  row.inner.fallback = 14336;
  row.maxPositions.fallback = 131072;
  row.epsilon.fallback = 1e-5;
  row.rotary->theta.fallback = 1000000.0;
  addWindows(row, std::nullopt);
  row.experts->number = {"num_local_experts", 8};
  row.experts->topK = {"num_experts_per_tok", 2};
  row.experts->inner = row.inner;
  row.experts->normalize = {"", true};
  row.names.router = "block_sparse_moe.gate";
  row.names.expertGate = "block_sparse_moe.experts.{}.w1";
  row.names.expertUp = "block_sparse_moe.experts.{}.w3";
  row.names.expertDown = "block_sparse_moe.experts.{}.w2";
  return row;
}

static Architecture getQwen3Moe() {
  Architecture row = getSparseLlama();
  row.modelType = "qwen3_moe";
  row.classes = {"Qwen3MoeForCausalLM"};
  row.layers.fallback = 24;
  row.hidden.fallback = 2048;
  row.kvHeads.fallback = 4;
  row.inner.fallback = 6144;
  row.vocab.fallback = 151936;
  row.maxPositions.fallback = 32768;
  row.qkvBias = row.outBias = {"attention_bias", false};
  addQkNorm(row, QkNorm::Head);
  addWindows(row, 4096);
  row.windows->isUsed = {"use_sliding_window", false};
  row.experts->number = {"num_experts|num_local_experts", 128};
  row.experts->topK = {"num_experts_per_tok", 8};
  row.experts->inner = {"moe_intermediate_size", 768};
  row.experts->normalize = {"norm_topk_prob", false};
  row.experts->step = {"decoder_sparse_step", 1};
  row.experts->stepOffset = 1;
  row.experts->denseLayers = "mlp_only_layers";
  row.expected = {{"shared_expert_intermediate_size", {"0", "null"}},
                  {"use_qk_norm", {"true"}}};
  // Windows are for all layers here.
  row.ignored = {"max_window_layers"};
  return row;
}

static Architecture getDeepseek() {
  Architecture row = getSparseLlama();
  row.latent.emplace();
  row.latent->kvRank = {"kv_lora_rank", 512};
  row.latent->nopeDim = {"qk_nope_head_dim", 128};
  row.latent->ropeDim = {"qk_rope_head_dim", 64};
  row.latent->vDim = {"v_head_dim", 128};
  row.headDim = {"", std::nullopt};
  row.rotary->interleaved = {"", true};
  row.experts->inner = {"moe_intermediate_size", 2048};
  row.experts->topK = {"num_experts_per_tok", 8};
  row.experts->firstLayer = {"first_k_dense_replace", 0};

  Names &names = row.names;
  names.qDown = "self_attn.q_a_proj";
  names.qDownNorm = "self_attn.q_a_layernorm";
  names.qUp = "self_attn.q_b_proj";
  names.kvDown = "self_attn.kv_a_proj_with_mqa";
  names.kvNorm = "self_attn.kv_a_layernorm";
  names.kvUp = "self_attn.kv_b_proj";
  names.sharedGate = "mlp.shared_experts.gate_proj";
  names.sharedUp = "mlp.shared_experts.up_proj";
  names.sharedDown = "mlp.shared_experts.down_proj";
  row.expected = {{"attention_bias", {"false"}},
                  {"mlp_bias", {"false"}},
                  {"moe_layer_freq", {"1"}}};
  // The size of a head is that of its parts.
  row.ignored = {"head_dim", "qk_head_dim"};
  return row;
}

static Architecture getDeepseekV2() {
  Architecture row = getDeepseek();
  row.modelType = "deepseek_v2";
  row.classes = {"DeepseekV2ForCausalLM"};
  // The Lite model has none, and its configuration loses the `null` when it is
  // written again; transformers would take 1536.
  row.latent->qRank = {"q_lora_rank", std::nullopt};
  row.vocab.fallback = 102400;
  row.experts->number = {"n_routed_experts", 64};
  row.experts->inner.fallback = 1407;
  row.experts->normalize = {"", false};
  row.experts->scale = {"routed_scaling_factor", 1.0};
  row.experts->shared = {"n_shared_experts", 2};
  row.experts->groups = RouterGroups{{"n_group", std::nullopt},
                                     {"topk_group", std::nullopt},
                                     /*groupTop=*/1,
                                     "topk_method",
                                     "group_limited_greedy"};
  row.expected.push_back({"rope_interleave", {"true"}});
  row.expected.push_back({"norm_topk_prob", {"false"}});
  row.expected.push_back({"scoring_func", {"\"softmax\""}});
  row.expected.push_back(
      {"topk_method", {"\"greedy\"", "\"group_limited_greedy\""}});
  return row;
}

static Architecture getDeepseekV3() {
  Architecture row = getDeepseek();
  row.modelType = "deepseek_v3";
  row.classes = {"DeepseekV3ForCausalLM"};
  row.aliases = {"kimi_k2"};
  row.layers.fallback = 61;
  row.hidden.fallback = 7168;
  row.heads.fallback = 128;
  row.inner.fallback = 18432;
  row.vocab.fallback = 129280;
  row.maxPositions.fallback = 4096;
  row.latent->qRank = {"q_lora_rank", 1536, /*takesNull=*/true};
  row.rotary->interleaved = {"rope_interleave", true, /*takesNull=*/true};
  row.experts->number = {"n_routed_experts", 256};
  row.experts->firstLayer.fallback = 3;
  row.experts->scoring = ScoringKind::Sigmoid;
  row.experts->normalize = {"norm_topk_prob", true, /*takesNull=*/true};
  row.experts->scale = {"routed_scaling_factor", 2.5};
  row.experts->shared = {"n_shared_experts", 1};
  row.experts->groups = RouterGroups{{"n_group", 8, /*takesNull=*/true},
                                     {"topk_group", 4, /*takesNull=*/true},
                                     /*groupTop=*/2,
                                     "",
                                     ""};
  row.names.correction = "mlp.gate.e_score_correction_bias";
  row.expected.push_back({"scoring_func", {"\"sigmoid\""}});
  row.expected.push_back({"topk_method", {"\"noaux_tc\""}});
  return row;
}

static Architecture getGptOss() {
  Architecture row = getSparseLlama();
  row.modelType = "gpt_oss";
  row.classes = {"GptOssForCausalLM"};
  row.layers.fallback = 36;
  row.hidden.fallback = 2880;
  row.heads.fallback = 64;
  row.kvHeads.fallback = 8;
  row.headDim.fallback = 64;
  row.inner.fallback = 2880;
  row.vocab.fallback = 201088;
  row.maxPositions.fallback = 131072;
  row.epsilon.fallback = 1e-5;
  row.qkvBias = row.outBias = {"", true};
  row.rotary->theta.fallback = 150000.0;
  row.rotary->defaultScaling =
      YarnScaling{/*factor=*/32, /*betaFast=*/32, /*betaSlow=*/1,
                  /*original=*/4096, /*truncates=*/false};
  addWindows(row, 128);
  row.windows->layerTypes = "layer_types";
  row.windows->period = {"", 2};
  row.names.sinks = "self_attn.sinks";
  row.experts->number = {"num_local_experts|num_experts", 128};
  row.experts->topK = {"num_experts_per_tok|=experts_per_token", 4};
  row.experts->inner = row.inner;
  // Softmax over those chosen is softmax over all, normalized.
  row.experts->normalize = {"", true};
  row.experts->routerBias = row.experts->biases = true;
  row.experts->layout = ExpertLayout::Interleaved;
  row.experts->alpha = {"swiglu_alpha", 1.702};
  row.experts->limit = {"swiglu_limit", 7.0};
  row.experts->upOffset = {"", 1.0};
  row.names.router = "mlp.router";
  row.names.expertGate = row.names.expertUp = "";
  row.names.expertGateUp = "mlp.experts.gate_up_proj";
  row.names.expertDown = "mlp.experts.down_proj";
  row.expected = {{"attention_bias", {"true"}}, {"hidden_act", {"\"silu\""}}};
  row.ignored = {"initial_context_length"};
  return row;
}

void huggingface::addExpertFamily(llvm::SmallVectorImpl<Architecture> &rows) {
  rows.push_back(getMixtral());
  rows.push_back(getQwen3Moe());
  rows.push_back(getDeepseekV2());
  rows.push_back(getDeepseekV3());
  rows.push_back(getGptOss());
}
