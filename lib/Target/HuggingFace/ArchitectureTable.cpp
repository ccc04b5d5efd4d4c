//===- ArchitectureTable.cpp - All rows, and what they share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Architecture.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::dag;
using namespace mlir::dag::huggingface;

using llvm::StringRef;

llvm::ArrayRef<Architecture> huggingface::getArchitectures() {
  static const llvm::SmallVector<Architecture, 0> rows = [] {
    llvm::SmallVector<Architecture, 0> rows;
    addLlamaFamily(rows);
    addGptFamily(rows);
    addExpertFamily(rows);
    return rows;
  }();
  return rows;
}

/// Token ids, training, sampling, files, and how a runtime goes about it.
static constexpr StringRef kNeutralFields[] = {
    "_attn_implementation",
    "_attn_implementation_autoset",
    "_attn_implementation_internal",
    "_commit_hash",
    "_flash_attn_2_enabled",
    "_from_model_config",
    "_name_or_path",
    "activation_dropout",
    "architectures",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "attention_softmax_in_fp32",
    "attn_implementation",
    "attn_pdrop",
    "auto_map",
    "aux_loss_alpha",
    "bad_words_ids",
    "begin_suppress_tokens",
    "bos_token_id",
    "cache_implementation",
    "chunk_size_feed_forward",
    "classifier_dropout",
    "context_window_size",
    "decoder_start_token_id",
    "diversity_penalty",
    "do_sample",
    "dropout",
    "dtype",
    "early_stopping",
    "emb_pdrop",
    "embd_pdrop",
    "embedding_dropout",
    "encoder_no_repeat_ngram_size",
    "eos_token_id",
    "ep_size",
    "exponential_decay_length_penalty",
    "finetuning_task",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "gradient_checkpointing",
    "hidden_dropout",
    "hidden_dropout_prob",
    "id2label",
    "init_std",
    "initializer_range",
    "internal_version",
    "is_composition",
    "is_decoder",
    "is_llama_config",
    "label2id",
    "layerdrop",
    "length_penalty",
    "loss_type",
    "max_length",
    "max_position_embeddings",
    "min_length",
    "model_type",
    "n_ctx",
    "neftune_noise_alpha",
    "no_repeat_ngram_size",
    "num_beam_groups",
    "num_beams",
    "num_return_sequences",
    "output_attentions",
    "output_hidden_states",
    "output_past",
    "output_router_logits",
    "output_scores",
    "pad_token_id",
    "pixel_shuffle_factor",
    "prefill_chunk_size",
    "prefix",
    "pretraining_tp",
    "problem_type",
    "remove_invalid_values",
    "reorder_and_upcast_attn",
    "repetition_penalty",
    "resid_pdrop",
    "residual_dropout",
    "return_dict",
    "return_dict_in_generate",
    "router_aux_loss_coef",
    "router_jitter_noise",
    "runner_max_sequence_length",
    "scale_attention_softmax_in_fp32",
    "sep_token_id",
    "seq_aux",
    "summary_activation",
    "summary_first_dropout",
    "summary_proj_to_labels",
    "summary_type",
    "summary_use_proj",
    "suppress_tokens",
    "task_specific_params",
    "temperature",
    "tensor_parallel_shards",
    "tf_legacy_loss",
    "tie_encoder_decoder",
    "tokenizer_class",
    "tokenizer_name",
    "top_k",
    "top_p",
    "torch_dtype",
    "torchscript",
    "transformers.js_config",
    "transformers_version",
    "typical_p",
    "unk_token_id",
    "unsloth_fixed",
    "unsloth_version",
    "use_bfloat16",
    "use_cache",
    "verbose",
};

bool huggingface::isSwitchedOff(StringRef key, StringRef value) {
  static constexpr std::pair<StringRef, StringRef> kSwitches[] = {
      {"add_cross_attention", "false"},
      {"alibi", "false"},
      {"attention_bias", "false"},
      {"attention_chunk_size", "null"},
      {"attn_config", "null"},
      {"attn_logit_softcapping", "null"},
      {"cross_attention_hidden_size", "null"},
      {"final_logit_softcapping", "null"},
      {"full_attn_mod", "1"},
      {"head_dim", "null"},
      {"interpolate_factor", "1"},
      {"is_causal", "true"},
      {"is_encoder_decoder", "false"},
      {"is_encoder_decoder", "null"},
      {"layer_types", "null"},
      {"lm_head_bias", "false"},
      {"mlp_bias", "false"},
      {"num_nextn_predict_layers", "null"},
      {"pruned_heads", "{}"},
      {"qk_layer_norms", "false"},
      {"qk_layernorm", "false"},
      {"qkv_bias", "false"},
      {"rope_parameters", "null"},
      {"rope_scaling", "null"},
      {"sliding_window", "null"},
      {"use_bidirectional_attention", "false"},
      {"use_bidirectional_attention", "null"},
      {"use_qk_norm", "false"},
      {"use_resampler", "false"},
      {"use_sliding_window", "false"},
      {"use_sliding_window", "null"},
  };
  return llvm::is_contained(kSwitches, std::make_pair(key, value));
}

bool huggingface::isFieldOfWrapper(StringRef key) {
  static constexpr StringRef kFields[] = {
      "audio_config",
      "audio_token_id",
      "audio_token_index",
      "boi_token_index",
      "downsample_ratio",
      "dtype",
      "eoi_token_index",
      "ignore_index",
      "image_grid_pinpoints",
      "image_seq_length",
      "image_token_id",
      "image_token_index",
      "media_placeholder_token_id",
      "mm_tokens_per_image",
      "multimodal_projector_bias",
      "projector_hidden_act",
      "quantization_config",
      "scale_factor",
      "spatial_merge_size",
      "text_config",
      "tie_word_embeddings",
      "use_image_newline_parameter",
      "video_token_id",
      "video_token_index",
      "vision_aspect_ratio",
      "vision_config",
      "vision_feature_layer",
      "vision_feature_select_strategy",
  };
  return llvm::is_contained(kFields, key);
}

std::optional<bool> huggingface::isHeadOfWholeTied(StringRef modelType) {
  return llvm::StringSwitch<std::optional<bool>>(modelType)
      .Cases({"gemma3", "internvl", "mistral3"}, true)
      .Cases({"idefics3", "llava", "llava_next", "llava_onevision", "smolvlm"},
             false)
      .Default(std::nullopt);
}

bool huggingface::isNeutralField(StringRef key) {
  return llvm::is_contained(kNeutralFields, key);
}

StringRef huggingface::getLeftOutReason(StringRef key) {
  static constexpr std::pair<StringRef, StringRef> kReasons[] = {
      {"attention_sink_size",
       "a runtime keeps the first tokens of a window; the plan does not"},
      {"num_mtp_layers",
       "layers that predict more than the next token are left out"},
      {"num_nextn_predict_layers",
       "layers that predict more than the next token are left out"},
  };
  for (auto [field, reason] : kReasons)
    if (field == key)
      return reason;
  return {};
}
