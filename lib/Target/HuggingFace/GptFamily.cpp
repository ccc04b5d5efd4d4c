//===- GptFamily.cpp - Rows of GPT-2, successors and cousins -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Architecture.h"

using namespace mlir::dag;
using namespace mlir::dag::huggingface;

/// Layer norms with biases, and an FFN of two matrices.
static Architecture getGptLike() {
  Architecture row;
  row.norm = NormKind::Layer;
  row.normBias = true;
  row.epsilon = {"layer_norm_epsilon", 1e-5};
  row.gated = false;
  row.names.head = "lm_head";
  return row;
}

/// The matrices of the FFN as they are named in GPT-NeoX and after it.
static void nameDense(Names &names) {
  names.up = "mlp.dense_h_to_4h";
  names.down = "mlp.dense_4h_to_h";
}

static Architecture getGpt2() {
  Architecture row = getGptLike();
  row.modelType = "gpt2";
  row.classes = {"GPT2LMHeadModel"};
  row.layers = {"n_layer|num_hidden_layers", 12};
  row.hidden = {"n_embd|hidden_size", 768};
  row.heads = {"n_head|num_attention_heads", 12};
  row.inner = {"n_inner", std::nullopt};
  row.vocab = {"vocab_size", 50257};
  row.positions = {"n_positions|max_position_embeddings", 1024};
  row.maxPositions = row.positions;
  row.qkvBias = row.outBias = row.ffnBias = {"", true};
  row.activation = {"activation_function", "gelu_new"};
  row.qkvLayout = QkvLayout::Stacked;
  row.transposed = true;
  row.isScaled = {"scale_attn_weights", true};

  Names &names = row.names;
  names.embedding = "transformer.wte";
  names.positions = "transformer.wpe";
  names.finalNorm = "transformer.ln_f";
  names.layer = "transformer.h.#.";
  names.attentionNorm = "ln_1";
  names.ffnNorm = "ln_2";
  names.qkv = "attn.c_attn";
  names.o = "attn.c_proj";
  names.up = "mlp.c_fc";
  names.down = "mlp.c_proj";
  row.expected = {{"scale_attn_by_inverse_layer_idx", {"false"}},
                  {"add_cross_attention", {"false"}}};
  return row;
}

/// One KV head, and linear layers as usual.
static Architecture getGptBigCode() {
  Architecture row = getGpt2();
  row.modelType = "gpt_bigcode";
  row.classes = {"GPTBigCodeForCausalLM"};
  row.conditions = {{"multi_query", "true", "true"}};
  row.multiQuery = {"multi_query", true};
  row.activation.fallback = "gelu_pytorch_tanh";
  row.transposed = false;
  row.expected = {{"add_cross_attention", {"false"}}};
  // What it is follows from `multi_query`.
  // A runtime of its own, as old files have it, and what transformers does not
  // read.
  row.ignored = {"inference_runner",     "max_batch_size",
                 "max_sequence_length",  "num_key_value_heads",
                 "pad_key_length",       "pre_allocate_kv_cache",
                 "validate_runner_input"};
  return row;
}

static Architecture getGptBigCodeMultiHead() {
  Architecture row = getGptBigCode();
  row.conditions[0].value = "false";
  row.qkvLayout = QkvLayout::Grouped;
  return row;
}

static Architecture getGptNeoX() {
  Architecture row = getGptLike();
  row.modelType = "gpt_neox";
  row.classes = {"GPTNeoXForCausalLM"};
  row.layers = {"num_hidden_layers", 44};
  row.hidden = {"hidden_size", 6144};
  row.heads = {"num_attention_heads", 64};
  row.inner = {"intermediate_size", 24576};
  row.vocab = {"vocab_size", 50432};
  row.maxPositions = {"max_position_embeddings", 2048};
  row.epsilon = {"layer_norm_eps", 1e-5};
  row.parallel = {"use_parallel_residual", true};
  row.qkvBias = row.outBias = {"attention_bias", true};
  row.ffnBias = {"", true};
  row.activation = {"hidden_act", "gelu"};
  row.rotary.emplace();
  row.rotary->theta = {"rotary_emb_base|rope_parameters.rope_theta|=rope_theta",
                       10000.0};
  row.rotary->share = {"rotary_pct|rope_parameters.partial_rotary_factor|"
                       "=partial_rotary_factor",
                       0.25};
  row.tied.fallback = false;
  row.qkvLayout = QkvLayout::Grouped;

  Names &names = row.names;
  names.embedding = "gpt_neox.embed_in";
  names.finalNorm = "gpt_neox.final_layer_norm";
  names.head = "embed_out";
  names.layer = "gpt_neox.layers.#.";
  names.attentionNorm = "input_layernorm";
  names.ffnNorm = "post_attention_layernorm";
  names.qkv = "attention.query_key_value";
  names.o = "attention.dense";
  nameDense(names);
  return row;
}

static Architecture getOpt() {
  Architecture row = getGptLike();
  row.modelType = "opt";
  row.classes = {"OPTForCausalLM"};
  row.layers = {"num_hidden_layers", 12};
  row.hidden = {"hidden_size", 768};
  row.heads = {"num_attention_heads", 12};
  row.inner = {"ffn_dim", 3072};
  row.vocab = {"vocab_size", 50272};
  row.embeddingSize = {"word_embed_proj_dim", std::nullopt};
  row.positions = {"max_position_embeddings", 2048};
  row.positionOffset = 2;
  row.maxPositions = row.positions;
  row.epsilon = {"", 1e-5};
  row.qkvBias = row.outBias = row.ffnBias = {"enable_bias", true};
  row.activation = {"activation_function", "relu"};

  Names &names = row.names;
  names.embedding = "model.decoder.embed_tokens";
  names.positions = "model.decoder.embed_positions";
  names.finalNorm = "model.decoder.final_layer_norm";
  names.layer = "model.decoder.layers.#.";
  names.attentionNorm = "self_attn_layer_norm";
  names.ffnNorm = "final_layer_norm";
  names.q = "self_attn.q_proj";
  names.k = "self_attn.k_proj";
  names.v = "self_attn.v_proj";
  names.o = "self_attn.out_proj";
  names.up = "fc1";
  names.down = "fc2";
  row.expected = {{"do_layer_norm_before", {"true"}},
                  {"_remove_final_layer_norm", {"false"}},
                  {"layer_norm_elementwise_affine", {"true"}}};
  return row;
}

/// Attention and FFN side by side, with a norm each.
static Architecture getFalcon() {
  Architecture row = getGptLike();
  row.modelType = "falcon";
  row.classes = {"FalconForCausalLM"};
  row.conditions = {{"new_decoder_architecture", "false", "true"},
                    {"num_ln_in_parallel_attn", "2", "2"}};
  row.layers = {"num_hidden_layers|=n_layer", 32};
  row.hidden = {"hidden_size|n_embed", 4544};
  row.heads = {"num_attention_heads|=n_head", 71};
  row.kvHeads = {"num_kv_heads|=n_head_kv", std::nullopt};
  row.inner = {"ffn_hidden_size", std::nullopt};
  row.vocab = {"vocab_size", 65024};
  row.maxPositions = {"max_position_embeddings", 2048};
  row.parallel = {"", true};
  row.qkvBias = row.outBias = row.ffnBias = {"bias", false};
  row.activation = {"activation", "gelu"};
  row.rotary.emplace();
  row.rotary->theta = {"rope_theta|rope_parameters.rope_theta", 10000.0};
  row.qkvLayout = QkvLayout::Grouped;

  Names &names = row.names;
  names.embedding = "transformer.word_embeddings";
  names.finalNorm = "transformer.ln_f";
  names.layer = "transformer.h.#.";
  names.attentionNorm = "ln_attn";
  names.ffnNorm = "ln_mlp";
  names.qkv = "self_attention.query_key_value";
  names.o = "self_attention.dense";
  nameDense(names);
  row.expected = {{"alibi", {"false"}},
                  {"parallel_attn", {"true"}},
                  {"apply_residual_connection_post_layernorm", {"false"}}};
  // The new architecture has KV heads instead.
  row.ignored = {"multi_query"};
  return row;
}

/// The new architecture with one norm for both.
static Architecture getFalconSharedNorm() {
  Architecture row = getFalcon();
  row.conditions[1].value = "1";
  row.names.attentionNorm = "input_layernorm";
  row.names.ffnNorm = "";
  return row;
}

/// The first architecture: one KV head or as many as heads.
static Architecture getFalconOld() {
  Architecture row = getFalconSharedNorm();
  row.conditions = {{"new_decoder_architecture", "false", "false"},
                    {"parallel_attn", "true", "true"}};
  row.kvHeads = {"", std::nullopt};
  row.multiQuery = {"multi_query", true, /*takesNull=*/true};
  row.expected.erase(row.expected.begin() + 1); // parallel_attn
  row.ignored = {"num_kv_heads", "n_head_kv", "num_ln_in_parallel_attn"};
  return row;
}

static Architecture getFalconSequential() {
  Architecture row = getFalconOld();
  row.conditions[1].value = "false";
  row.parallel = {"", false};
  row.names.ffnNorm = "post_attention_layernorm";
  return row;
}

static Architecture getBloom() {
  Architecture row = getGptLike();
  row.modelType = "bloom";
  row.classes = {"BloomForCausalLM"};
  row.layers = {"n_layer|num_hidden_layers", 2};
  row.hidden = {"hidden_size|n_embed|=n_embd", 64};
  row.heads = {"n_head|num_attention_heads", 8};
  row.vocab = {"vocab_size", 250880};
  row.qkvBias = row.outBias = row.ffnBias = {"", true};
  row.activation = {"", "gelu_pytorch_tanh"};
  row.alibi = {"", 8.0};
  row.qkvLayout = QkvLayout::Grouped;

  Names &names = row.names;
  names.embedding = "transformer.word_embeddings";
  names.embeddingNorm = "transformer.word_embeddings_layernorm";
  names.finalNorm = "transformer.ln_f";
  names.layer = "transformer.h.#.";
  names.attentionNorm = "input_layernorm";
  names.ffnNorm = "post_attention_layernorm";
  names.qkv = "self_attention.query_key_value";
  names.o = "self_attention.dense";
  nameDense(names);
  row.expected = {{"apply_residual_connection_post_layernorm", {"false"}},
                  {"n_inner", {"null"}}};
  // How it was trained and how it adds up, not what.
  row.ignored = {"offset_alibi",       "slow_but_exact",
                 "skip_bias_add",      "skip_bias_add_qkv",
                 "seq_length",         "masked_softmax_fusion",
                 "bias_dropout_fusion"};
  return row;
}

static Architecture getMpt() {
  Architecture row = getGptLike();
  row.modelType = "mpt";
  row.classes = {"MptForCausalLM", "MPTForCausalLM"};
  row.layers = {"n_layers|num_hidden_layers", 24};
  row.hidden = {"d_model|hidden_size", 2048};
  row.heads = {"n_heads|num_attention_heads", 16};
  row.innerFactor = {"expansion_ratio", 4};
  row.vocab = {"vocab_size", 50368};
  row.maxPositions = {"max_seq_len", 2048};
  row.normBias = false;
  row.activation = {"", "gelu"};
  row.scale = {"attn_config.softmax_scale", std::nullopt};
  row.alibi = {"attn_config.alibi_bias_max", 8.0};
  row.logitScale = {"logit_scale", std::nullopt};
  row.qkvLayout = QkvLayout::Stacked;

  Names &names = row.names;
  names.embedding = "transformer.wte";
  names.finalNorm = "transformer.norm_f";
  names.layer = "transformer.blocks.#.";
  names.attentionNorm = "norm_1";
  names.ffnNorm = "norm_2";
  names.qkv = "attn.Wqkv";
  names.o = "attn.out_proj";
  names.up = "ffn.up_proj";
  names.down = "ffn.down_proj";
  row.expected = {
      {"no_bias", {"true"}},
      {"norm_type", {"\"low_precision_layernorm\"", "\"layernorm\""}},
      {"attn_config.alibi", {"true"}},
      {"attn_config.attn_type", {"\"multihead_attention\""}},
      {"attn_config.attn_uses_sequence_id", {"false"}},
      {"attn_config.clip_qkv", {"null"}},
      {"attn_config.prefix_lm", {"false"}},
      {"attn_config.qk_ln", {"false"}}};
  // ALiBi takes the place of learned positions; the fraction is of gradients.
  row.ignored = {"attn_config.attn_impl",
                 "attn_config.attn_pdrop",
                 "attn_config.tie_word_embeddings",
                 "learned_pos_emb",
                 "embedding_fraction",
                 "init_config",
                 "init_device"};
  return row;
}

void huggingface::addGptFamily(llvm::SmallVectorImpl<Architecture> &rows) {
  rows.push_back(getGpt2());
  rows.push_back(getGptBigCode());
  rows.push_back(getGptBigCodeMultiHead());
  rows.push_back(getGptNeoX());
  rows.push_back(getOpt());
  rows.push_back(getFalcon());
  rows.push_back(getFalconSharedNorm());
  rows.push_back(getFalconOld());
  rows.push_back(getFalconSequential());
  rows.push_back(getBloom());
  rows.push_back(getMpt());
}
