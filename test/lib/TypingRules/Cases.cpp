//===- Cases.cpp - Ops whose typing rules are tried -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cases.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::typing;

namespace {
/// A row of the table. Operands are written `name[dim dim]`, a dimension as a
/// symbol or a number, as `symbol*size` for features that are seen as heads, or
/// as `symbol+more`. Every list of sizes is tried with every list of
/// attributes.
struct Row {
  StringRef op;
  StringRef operands;
  std::vector<StringRef> sizes;
  std::vector<StringRef> attributes = {""};
  /// Not an op on one device: to be refused in every placement, also where
  /// padding makes up for what does not fit.
  bool misfits = false;
};
} // namespace

// Sizes of 2 to 6, so that each of 2, 3, 4 and 6 ranks divides some of them.
static const Row kRows[] = {
    // Compute.
    {"embedding",
     "ids[b s], table[v k]",
     {"b=2 s=3 v=5 k=4", "b=3 s=2 v=6 k=3"}},
    {"position_embedding",
     "ids[b s], table[p k]",
     {"b=2 s=3 p=6 k=4"},
     {"", "offset = 2"}},
    {"position_embedding",
     "ids[b s], table[p k], position[]",
     {"b=2 s=3 p=6 k=4", "b=2 s=4 p=6 k=3"},
     {"offset = 1"}},
    {"position_embedding",
     "ids[b s], table[p k], position[b]",
     {"b=2 s=3 p=6 k=4"},
     {"offset = 1"}},
    {"rms_norm",
     "x[b s k], weight[k]",
     {"b=2 s=3 k=4", "b=3 s=2 k=3"},
     {"epsilon = 1.0e-05", "epsilon = 1.0e-05, unit_offset"}},
    {"layer_norm", "x[b s k], weight[k]", {"b=2 s=3 k=4"}, {"epsilon = 0.1"}},
    {"layer_norm",
     "x[b s k], weight[k], bias[k]",
     {"b=2 s=3 k=4"},
     {"epsilon = 1.0e-05"}},
    {"linear", "x[b s k], weight[o k]", {"b=2 s=3 k=4 o=5", "b=3 s=2 k=5 o=4"}},
    {"linear",
     "x[b s k], weight[o k], bias[o]",
     {"b=2 s=3 k=4 o=5", "b=3 s=2 k=5 o=4"}},
    {"rotary_embedding",
     "x[b s h 4]",
     {"b=2 s=3 h=2", "b=2 s=4 h=3"},
     {"theta = 100.0", "theta = 100.0, interleaved",
      "theta = 100.0, scaling = {rope_type = \"dynamic\", factor = 2.0, "
      "original_max_position_embeddings = 2}"}},
    {"rotary_embedding",
     "x[b s h 4]",
     {"b=2 s=3 h=3"},
     {"theta = 100.0, rotary_dim = 2, offset = 1"}},
    {"rotary_embedding",
     "x[b s h 4], position[]",
     {"b=2 s=3 h=2"},
     {"theta = 100.0"}},
    {"rotary_embedding",
     "x[b s h 4], position[b]",
     {"b=2 s=3 h=2", "b=4 s=2 h=3"},
     {"theta = 100.0", "theta = 100.0, scaling = {rope_type = \"dynamic\", "
                       "factor = 2.0, original_max_position_embeddings = 2}"}},
    {"rotary_embedding", "x[b s 4]", {"b=2 s=3"}, {"theta = 100.0"}},
    {"activation",
     "x[b s k]",
     {"b=2 s=3 k=4"},
     {"kind = #dag<activation relu>", "kind = #dag<activation gelu>",
      "kind = #dag<activation silu>", "kind = #dag<activation tanh>"}},
    {"multiply", "lhs[b s k], rhs[b s k]", {"b=2 s=3 k=4"}},
    {"add", "lhs[b s k], rhs[b s k]", {"b=2 s=3 k=4"}},
    {"bias_add", "x[b s k], bias[k]", {"b=2 s=3 k=4", "b=3 s=2 k=3"}},
    {"split", "x[b s k]", {"b=2 s=3 k=4"}, {"sizes = array<i64: 1, 3>"}},
    {"scale", "x[b s k]", {"b=2 s=3 k=4"}, {"factor = 3.0"}},
    {"soft_cap", "x[b s k]", {"b=2 s=3 k=4"}, {"cap = 0.5"}},
    {"last_token", "x[b s k]", {"b=2 s=3 k=4"}},
    {"last_token", "x[b s k], lengths[b]", {"b=2 s=3 k=4", "b=4 s=2 k=3"}},
    {"dequantize",
     "x[o k], scale[p l]",
     {"o=4 k=4 p=2 l=2", "o=4 k=3 p=2 l=2"},
     {"operandSegmentSizes = array<i32: 1, 1, 0>, block = array<i64: 2, 2>, "
      "to = f64"}},
    {"dequantize",
     "x[o k], scale[p l]",
     {"o=4 k=4 p=1 l=2", "o=3 k=4 p=1 l=2"},
     {"operandSegmentSizes = array<i32: 1, 1, 0>, block = array<i64: 4, 2>, "
      "to = f64"}},
    {"dequantize",
     "x[o k]",
     {"o=4 k=3"},
     {"operandSegmentSizes = array<i32: 1, 0, 0>, to = f64"}},

    // Attention.
    {"qkv_projection",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[u*2 k]",
     {"b=2 s=3 k=4 h=4 g=2 u=2"},
     {"num_heads = 4, num_kv_heads = 2, head_dim = 2"}},
    {"qkv_projection",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[u*2 k]",
     {"b=2 s=2 k=3 h=3 g=3 u=3"},
     {"num_heads = 3, num_kv_heads = 3, head_dim = 2"}},
    {"qkv_projection",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[u*2 k], bq[h*2], bk[g*2], bv[u*2]",
     {"b=2 s=3 k=4 h=4 g=2 u=2"},
     {"num_heads = 4, num_kv_heads = 2, head_dim = 2"}},
    {"latent_qkv_projection",
     "q_input[a s q], latent[b t c], k_rope[b t r], wq[h*4 q], wkv[g*4 c]",
     {"a=2 s=2 q=4 b=2 t=3 c=4 r=2 h=4 g=4"},
     {"num_heads = 4, nope_dim = 2, rope_dim = 2, v_dim = 2"}},
    {"latent_qkv_projection",
     "q_input[a s q], latent[b t c], k_rope[b t r], wq[h*4 q], wkv[g*5 c]",
     {"a=2 s=2 q=3 b=2 t=2 c=3 r=1 h=3 g=3"},
     {"num_heads = 3, nope_dim = 3, rope_dim = 1, v_dim = 2"}},
    {"absorbed_qkv_projection",
     "q_input[a s q], latent[b t c], k_rope[b t r], wq[h*4 q], wkv[h*4 c]",
     {"a=2 s=2 q=4 b=2 t=3 c=4 r=2 h=4"},
     {"num_heads = 4, nope_dim = 2, rope_dim = 2, v_dim = 2"}},
    {"absorbed_qkv_projection",
     "q_input[a s q], latent[b t c], k_rope[b t r], wq[h*4 q], wkv[h*5 c]",
     {"a=2 s=2 q=3 b=2 t=2 c=3 r=1 h=3"},
     {"num_heads = 3, nope_dim = 3, rope_dim = 1, v_dim = 2"}},
    {"absorbed_values",
     "x[b s h c], wkv[h*4 c]",
     {"b=2 s=2 h=4 c=4"},
     {"nope_dim = 2, v_dim = 2"}},
    {"absorbed_values",
     "x[b s h c], wkv[h*5 c]",
     {"b=2 s=2 h=3 c=3"},
     {"nope_dim = 3, v_dim = 2"}},
    {"qk_norm",
     "x[b s h d], weight[d]",
     {"b=2 s=2 h=4 d=2", "b=2 s=2 h=3 d=2"},
     {"epsilon = 1.0e-05", "epsilon = 1.0e-05, unit_offset"}},
    {"qk_norm",
     "x[b s h d], weight[h*2]",
     {"b=2 s=2 h=4 d=2", "b=2 s=2 h=3 d=2"},
     {"epsilon = 1.0e-05"}},
    {"attention_scores",
     "q[b s h d], k[b t g d]",
     {"b=2 s=2 t=3 h=4 g=2 d=2", "b=2 s=2 t=2 h=4 g=4 d=2",
      "b=2 s=2 t=2 h=6 g=3 d=2", "b=2 s=2 t=2 h=3 g=3 d=2",
      "b=2 s=2 t=2 h=3 g=1 d=2"},
     {"scale = 0.5"}},
    {"attention_weights",
     "scores[b h s t]",
     {"b=2 h=3 s=2 t=2", "b=2 h=2 s=3 t=4"},
     {"operandSegmentSizes = array<i32: 1, 0, 0>, mask = #dag<mask none>",
      "operandSegmentSizes = array<i32: 1, 0, 0>, mask = #dag<mask causal>",
      "operandSegmentSizes = array<i32: 1, 0, 0>, "
      "mask = #dag<mask sliding_window>, window = 2",
      "operandSegmentSizes = array<i32: 1, 0, 0>, mask = #dag<mask causal>, "
      "alibi = 8.0"}},
    {"attention_weights",
     "scores[b h s t], position[]",
     {"b=2 h=2 s=3 t=4"},
     {"operandSegmentSizes = array<i32: 1, 1, 0>, mask = #dag<mask causal>"}},
    {"attention_weights",
     "scores[b h s t], position[b]",
     {"b=2 h=2 s=3 t=4"},
     {"operandSegmentSizes = array<i32: 1, 1, 0>, mask = #dag<mask causal>, "
      "alibi = 8.0",
      "operandSegmentSizes = array<i32: 1, 1, 0>, "
      "mask = #dag<mask sliding_window>, window = 2"}},
    {"attention_weights",
     "scores[b h s t], position[], sinks[h]",
     {"b=2 h=3 s=2 t=3"},
     {"operandSegmentSizes = array<i32: 1, 1, 1>, "
      "mask = #dag<mask sliding_window>, window = 2, alibi = 8.0"}},
    {"dropout", "x[b h s t]", {"b=2 h=2 s=3 t=3"}, {"p = 0.0"}},
    {"attention_output",
     "weights[b h s t], v[b t g d]",
     {"b=2 s=2 t=3 h=4 g=2 d=2", "b=2 s=2 t=2 h=4 g=4 d=2",
      "b=2 s=2 t=2 h=6 g=3 d=2", "b=2 s=2 t=2 h=3 g=3 d=2",
      "b=2 s=2 t=2 h=3 g=1 d=2"}},
    {"output_projection",
     "x[b s h 2], weight[o h*2]",
     {"b=2 s=3 h=4 o=5", "b=2 s=2 h=3 o=4"}},
    {"output_projection",
     "x[b s h 2], weight[o h*2], bias[o]",
     {"b=2 s=3 h=4 o=4"}},
    {"kv_cache_update",
     "cache[b t g d], new_tokens[b s g d], position[]",
     {"b=2 t=4 s=2 g=2 d=2", "b=2 t=4 s=1 g=3 d=2"}},
    {"kv_cache_update",
     "cache[b t d], new_tokens[b s d], position[]",
     {"b=2 t=4 s=2 d=2"}},
    {"kv_cache_update",
     "cache[b t g d], new_tokens[b s g d], position[b]",
     {"b=2 t=4 s=2 g=2 d=2"}},
    {"kv_cache_update",
     "cache[p l g d], new_tokens[b s g d], position[b], pages[b n]",
     {"p=4 l=2 b=2 s=2 g=2 d=2 n=2"}},
    {"kv_cache_update",
     "cache[p l d], new_tokens[b s d], position[], pages[b n]",
     {"p=4 l=2 b=2 s=3 d=2 n=2"}},
    {"kv_cache_gather",
     "cache[p l g d], pages[b n]",
     {"p=4 l=2 b=2 g=2 d=2 n=2", "p=6 l=2 b=2 g=3 d=2 n=3"}},
    {"attention",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[g*2 k], wo[o h*2], cache_k[p l g 2], "
     "cache_v[p l g 2], position[b], pages[b n]",
     {"b=2 s=2 k=2 h=4 g=2 o=2 p=4 l=2 n=2"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 1, 1>, "
      "num_heads = 4, num_kv_heads = 2, head_dim = 2, scale = 0.5, "
      "mask = #dag<mask causal>, theta = 100.0"}},
    {"attention",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[g*2 k], wo[o h*2]",
     {"b=2 s=2 k=3 h=4 g=2 o=3", "b=2 s=2 k=3 h=4 g=4 o=3"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, "
      "num_heads = 4, num_kv_heads = $g, head_dim = 2, scale = 0.5, "
      "mask = #dag<mask causal>, theta = 100.0, dropout = 0.0"}},
    {"attention",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[g*2 k], wo[o h*2]",
     {"b=2 s=2 k=2 h=3 g=3 o=2", "b=2 s=2 k=2 h=3 g=1 o=2",
      "b=3 s=2 k=2 h=6 g=3 o=2"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0>, "
      "num_heads = $h, num_kv_heads = $g, head_dim = 2, scale = 0.5, "
      "mask = #dag<mask sliding_window>, window = 2, alibi = 8.0, "
      "soft_cap = 2.0"}},
    {"attention",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[g*2 k], wo[o h*2], norm_q[2], "
     "norm_k[2], cache_k[b t g 2], cache_v[b t g 2], position[]",
     {"b=2 s=2 k=2 h=4 g=2 o=2 t=4"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0, 2, 0, 2, 1, 0>, "
      "num_heads = 4, num_kv_heads = 2, head_dim = 2, scale = 0.5, "
      "mask = #dag<mask causal>, theta = 100.0, interleaved, "
      "norm_epsilon = 1.0e-05, unit_offset"}},
    {"attention",
     "x[b s k], wq[h*2 k], wk[g*2 k], wv[g*2 k], wo[o h*2], bq[h*2], bk[g*2], "
     "bv[g*2], bo[o], norm_q[h*2], norm_k[g*2], sinks[h]",
     {"b=2 s=2 k=2 h=4 g=2 o=2"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 3, 1, 2, 1, 0, 0, 0>, "
      "num_heads = 4, num_kv_heads = 2, head_dim = 2, scale = 0.5, "
      "mask = #dag<mask causal>, norm_epsilon = 1.0e-05"}},
    {"latent_attention",
     "x[b s k], w_q[h*4 k], w_kv_down[c+2 k], kv_norm[c], w_kv[h*4 c], wo[o "
     "h*2]",
     {"b=2 s=2 k=3 c=3 h=4 o=3", "b=2 s=2 k=2 c=2 h=3 o=2"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0>, "
      "num_heads = $h, nope_dim = 2, rope_dim = 2, v_dim = 2, "
      "epsilon = 1.0e-05, scale = 0.5, theta = 100.0, interleaved"}},
    {"latent_attention",
     "x[b s k], w_q[h*4 q], w_kv_down[c+2 k], kv_norm[c], w_kv[h*4 c], "
     "wo[o h*2], w_q_down[q k], q_norm[q], cache[b t c], cache_rope[b t 2], "
     "position[]",
     {"b=2 s=2 k=3 q=2 c=2 h=4 o=3 t=4"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0>, "
      "num_heads = 4, nope_dim = 2, rope_dim = 2, v_dim = 2, "
      "epsilon = 1.0e-05, scale = 0.5, theta = 100.0, dropout = 0.0"}},
    {"latent_attention",
     "x[b s k], w_q[h*4 k], w_kv_down[c+2 k], kv_norm[c], w_kv[h*4 c], "
     "wo[o h*2], cache[p l c], cache_rope[p l 2], position[b], pages[b n]",
     {"b=2 s=2 k=3 c=2 h=4 o=3 p=4 l=2 n=2"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0, 0, 2, 1, 1>, "
      "num_heads = 4, nope_dim = 2, rope_dim = 2, v_dim = 2, "
      "epsilon = 1.0e-05, scale = 0.5, theta = 100.0"}},

    // Mixture of experts.
    {"router",
     "x[b s k], weight[e k]",
     {"b=2 s=3 k=4 e=4", "b=3 s=2 k=3 e=6"},
     {"operandSegmentSizes = array<i32: 1, 1, 0, 0>, top_k = 2",
      "operandSegmentSizes = array<i32: 1, 1, 0, 0>, top_k = 2, normalize, "
      "scoring = #dag<scoring sigmoid>, scale = 2.0, groups = 2, "
      "top_groups = 1, group_top = 1"}},
    {"router",
     "x[b s k], weight[e k], bias[e], correction[e]",
     {"b=2 s=2 k=2 e=4"},
     {"operandSegmentSizes = array<i32: 1, 1, 1, 1>, top_k = 2"}},
    {"dispatch",
     "x[b s k], indices[b s t]",
     {"b=2 s=3 k=2 t=2", "b=4 s=2 k=3 t=2"},
     {"num_experts = 4, capacity = 12", "num_experts = 4, capacity = 2"}},
    {"expert",
     "x[e c k], w_gate[e i k], w_up[e i k], w_down[e o i]",
     {"e=2 c=3 k=2 i=4 o=3", "e=4 c=2 k=3 i=3 o=2"},
     {"activation = #dag<activation silu>"}},
    {"expert",
     "x[e c k], w_gate[e i k], w_up[e i k], w_down[e o i], b_gate[e i], "
     "b_up[e i], b_down[e o]",
     {"e=3 c=2 k=2 i=4 o=2"},
     {"activation = #dag<activation silu>, alpha = 1.702, limit = 0.5, "
      "up_offset = 1.0"}},
    {"combine",
     "y[e c k], weights[b s t], indices[b s t]",
     {"e=4 c=12 k=2 b=2 s=3 t=2", "e=3 c=12 k=2 b=4 s=2 t=2",
      "e=4 c=6 k=2 b=4 s=2 t=2"}},
    {"moe",
     "x[b s k], w_router[r k], w_gate[e i k], w_up[e i k], w_down[e o i]",
     {"b=2 s=3 k=2 r=4 e=4 i=3 o=2", "b=3 s=2 k=3 r=3 e=3 i=4 o=3"},
     {"top_k = 2, capacity = 6, activation = #dag<activation silu>",
      "top_k = 2, capacity = 2, activation = #dag<activation relu>, "
      "scoring = #dag<scoring sigmoid>, normalize"}},

    // Transfers; collectives are added for a mesh.
    {"send", "value[b s k]", {"b=2 s=3 k=4"}, {"stage = 1, buffer = @buf"}},
    {"recv", "transfer[b s k]", {"b=2 s=3 k=4"}, {"stage = 0, buffer = @buf"}},

    // Ops of programs of ranks.
    {"dynamic_slice",
     "x[b s k], position[]",
     {"b=2 s=4 k=2"},
     {"dim = 1, size = 2"}},
    {"pad", "x[b s]", {"b=2 s=4"}, {"dim = 1, amount = 2"}},
    {"vocab_parallel_embedding",
     "ids[b s], table[v k], position[]",
     {"b=2 s=2 v=4 k=2"},
     {""}},
    {"alibi",
     "scores[b h s t]",
     {"b=2 h=4 s=2 t=2"},
     {"heads = 4, base = 8.0, operandSegmentSizes = array<i32: 1, 0, 0>"}},
    {"expert_parallel_combine",
     "y[e c k], weights[b s t], indices[b s t], position[]",
     {"e=2 c=4 k=2 b=2 s=2 t=2"},
     {""}},

    // What does not fit on one device.
    {"linear", "x[b k], weight[o l]", {"b=2 k=3 o=2 l=4"}, {""}, true},
    {"qk_norm",
     "x[b s h d], weight[w]",
     {"b=2 s=2 h=3 d=2 w=8"},
     {"epsilon = 1.0e-05"},
     true},
    {"attention_scores",
     "q[b s h d], k[b t g d]",
     {"b=2 s=2 t=2 h=4 g=3 d=2"},
     {"scale = 0.5"},
     true},
    {"output_projection",
     "x[b s h d], weight[o w]",
     {"b=2 s=2 h=3 d=2 o=2 w=8"},
     {""},
     true},
    {"kv_cache_update",
     "cache[b t g d], new_tokens[b s g d], position[]",
     {"b=2 t=2 s=3 g=2 d=2"},
     {""},
     true},
    {"kv_cache_update",
     "cache[p l g d], new_tokens[b s g d], position[b], pages[b n]",
     {"p=4 l=2 b=2 s=3 g=2 d=2 n=1"},
     {""},
     true},
    {"moe",
     "x[b s k], w_router[r k], w_gate[e i k], w_up[e i k], w_down[e o i]",
     {"b=2 s=2 k=2 r=4 e=3 i=2 o=2"},
     {"top_k = 2, capacity = 4, activation = #dag<activation silu>"},
     true},
};

Type CaseOperand::getElementType(MLIRContext *context) const {
  if (content == Content::Number)
    return Float64Type::get(context);
  return IntegerType::get(context, 32);
}

std::vector<OperationName> typing::getOpsWithRule(MLIRContext *context) {
  std::vector<OperationName> ops;
  for (RegisteredOperationName op :
       context->getRegisteredOperationsByDialect("dag"))
    // What ranks alone have is tried, too: it takes nothing that has parts.
    if (op.hasInterface<InferTypeOpInterface>())
      ops.push_back(op);
  return ops;
}

//===----------------------------------------------------------------------===//
// Reading rows
//===----------------------------------------------------------------------===//

using Sizes = llvm::StringMap<int64_t>;

static Sizes parseSizes(StringRef text) {
  Sizes sizes;
  for (StringRef item : llvm::split(text, ' ')) {
    auto [symbol, size] = item.split('=');
    int64_t number = 0;
    (void)size.getAsInteger(10, number);
    sizes[symbol] = number;
  }
  return sizes;
}

static Content getContent(StringRef name) {
  return llvm::StringSwitch<Content>(name)
      .Case("ids", Content::Token)
      .Case("indices", Content::Choice)
      .Case("position", Content::Position)
      .Case("lengths", Content::Length)
      .Case("pages", Content::Page)
      .Default(Content::Number);
}

static std::vector<CaseOperand> parseOperands(StringRef text,
                                              const Sizes &sizes) {
  std::vector<CaseOperand> operands;
  while (!text.empty()) {
    auto [head, tail] = text.split(']');
    auto [name, dims] = head.split('[');
    CaseOperand &operand = operands.emplace_back();
    operand.name = name.str();
    operand.content = getContent(name);
    SmallVector<StringRef> items;
    dims.split(items, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    for (StringRef item : items) {
      auto [product, more] = item.split('+');
      auto [symbol, unit] = product.split('*');
      CaseDim &dim = operand.dims.emplace_back();
      dim.symbol = symbol.str();
      (void)unit.getAsInteger(10, dim.unit);
      (void)more.getAsInteger(10, dim.more);
      int64_t size = sizes.lookup(symbol);
      (void)symbol.getAsInteger(10, size);
      dim.size = size * dim.unit + dim.more;
    }
    text = tail.ltrim(", ");
  }
  return operands;
}

/// `$h` is the size of `h`.
static DictionaryAttr parseAttributes(MLIRContext *context, StringRef text,
                                      const Sizes &sizes) {
  std::string filled = "{";
  while (!text.empty()) {
    auto [before, after] = text.split('$');
    filled += before;
    if (after.empty())
      break;
    filled += std::to_string(sizes.lookup(after.take_front()));
    text = after.drop_front();
  }
  return dyn_cast_if_present<DictionaryAttr>(
      parseAttribute(filled + "}", context));
}

//===----------------------------------------------------------------------===//
// Collectives
//===----------------------------------------------------------------------===//

/// All lists of some of the axes, in every order.
static std::vector<SmallVector<unsigned>> listAxes(unsigned count) {
  std::vector<SmallVector<unsigned>> lists;
  std::vector<SmallVector<unsigned>> frontier = {{}};
  while (!frontier.empty()) {
    std::vector<SmallVector<unsigned>> longer;
    for (const SmallVector<unsigned> &list : frontier)
      for (unsigned axis = 0; axis < count; ++axis)
        if (!llvm::is_contained(list, axis)) {
          longer.push_back(list);
          longer.back().push_back(axis);
        }
    llvm::append_range(lists, longer);
    frontier = std::move(longer);
  }
  return lists;
}

/// `axes = ["a"]`, and with a root for each coordinate.
static std::vector<std::string> listAxesAttributes(const MeshShape &mesh,
                                                   bool rooted) {
  std::vector<std::string> texts;
  for (const SmallVector<unsigned> &axes : listAxes(mesh.getAxes().size())) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << "axes = [";
    llvm::interleaveComma(axes, os, [&](unsigned axis) {
      os << '"' << mesh.getAxes()[axis].getValue() << '"';
    });
    os << "]";
    if (!rooted) {
      texts.push_back(text);
      continue;
    }
    int64_t places = 1;
    for (unsigned axis : axes)
      places *= mesh.getSizes()[axis];
    for (int64_t place = 0; place < places; ++place) {
      int64_t rest = place;
      std::string root;
      llvm::raw_string_ostream rootOs(root);
      llvm::interleaveComma(axes, rootOs, [&](unsigned axis) {
        rootOs << rest % mesh.getSizes()[axis];
        rest /= mesh.getSizes()[axis];
      });
      texts.push_back(text + ", root = array<i64: " + root + ">");
    }
  }
  return texts;
}

/// Rows of a collective: each axis list, dimension and way with remainders.
static std::vector<std::string> listCollective(StringRef op,
                                               const MeshShape &mesh) {
  bool rooted = llvm::is_contained({"broadcast", "scatter", "gather"}, op);
  bool splits = llvm::is_contained({"reduce_scatter", "slice", "scatter"}, op);
  std::vector<std::string> dims;
  if (op == "all_reduce" || op == "broadcast") {
    dims = {""};
  } else if (op == "all_to_all") {
    for (StringRef split : {"0", "1"})
      for (StringRef concat : {"0", "1"})
        dims.push_back(
            (", split_dim = " + split + ", concat_dim = " + concat).str());
  } else {
    for (StringRef dim : {"0", "1"}) {
      dims.push_back((", dim = " + dim).str());
      if (!splits)
        continue;
      for (StringRef rest : {"pad = 1", "pad = 2", "pad = 3", "uneven"})
        dims.push_back((", dim = " + dim + ", " + rest).str());
    }
  }
  std::vector<std::string> texts;
  for (const std::string &axes : listAxesAttributes(mesh, rooted))
    for (const std::string &dim : dims)
      texts.push_back(axes + dim);
  return texts;
}

static constexpr StringRef kCollectives[] = {
    "all_reduce", "all_gather", "reduce_scatter", "slice",
    "all_to_all", "broadcast",  "scatter",        "gather"};

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

std::optional<std::vector<Case>> typing::makeCases(MLIRContext *context,
                                                   const MeshShape &mesh) {
  std::vector<Case> cases;
  bool isWellFormed = true;
  auto add = [&](const Row &row, StringRef sizesText, StringRef attributes) {
    Sizes sizes = parseSizes(sizesText);
    Case added{OperationName(("dag." + row.op).str(), context),
               parseOperands(row.operands, sizes),
               parseAttributes(context, attributes, sizes), row.misfits};
    if (!added.attributes || !added.op.isRegistered()) {
      llvm::errs() << "expected a case that is well formed, but got '" << row.op
                   << "' with " << attributes << "\n";
      isWellFormed = false;
      return;
    }
    cases.push_back(std::move(added));
  };
  for (const Row &row : kRows)
    for (StringRef sizes : row.sizes)
      for (StringRef attributes : row.attributes)
        add(row, sizes, attributes);
  for (StringRef op : kCollectives)
    for (const std::string &attributes : listCollective(op, mesh))
      for (StringRef sizes : {"m=4 n=3", "m=6 n=2"})
        add({op, "x[m n]", {}}, sizes, attributes);
  if (!isWellFormed)
    return std::nullopt;
  return cases;
}
