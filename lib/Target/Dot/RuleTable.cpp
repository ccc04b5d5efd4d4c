//===- RuleTable.cpp - The built-in rules of recognition ------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The notation is described in docs/DotRules.md.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

using namespace mlir;

static constexpr llvm::StringLiteral kRules = R"(
# Words that stand for each other.
word attn = attention | attn | mha | mqa | gqa | mla | sdpa | multihead
word ffn = ffn | mlp | feedforward | feed forward | ffw
word moe = moe | mixture of experts | mixture
word expert = expert | experts
word norm = norm | norms | layernorm | rmsnorm | layer norm | rms norm | ln | layer normalization | normalization | normalisation
word proj = proj | projection | projections | linear | lin | dense | gemm | matmul
word embed = embedding | embeddings | embed | embeds | embd | emb | wte | tok embd
word gpu = gpu | gpus | device | devices | npu | npus | tpu | tpus | xpu | cuda | accelerator
word tp = tp | tensor parallel | tensor parallelism | tensor
word all_reduce = all reduce | allreduce | all sum | allsum | all reduction
word all_gather = all gather | allgather
word reduce_scatter = reduce scatter | reducescatter
word all_to_all = all to all | alltoall | all2all | a2a
word send = send | sends | sending | sender | isend
word recv = recv | receive | receives | received | receiving | receiver | irecv | rcv
word move = send | recv | receive | transfer | comm | communication | p2p | xfer | sendrecv
word pipe = pp | pipe | pipeline
word stage = pipeline stage | pp stage | stage | stages | stg
word in = input | inputs | in | inp
word out = output | outputs | out
word tensor = dimension | dimensions | dim | dims | shape | shapes | tensor | tensors | size | qkv | kv | q | k | v | query | key | value
word is = : | =
word to = to | ->
word of = of | /
word add = add | addition | sum
word act = activation | act | silu | gelu | relu | swish | swiglu | geglu | nonlinearity | act fn
word part = qkv | q | k | v | query | key | value | scores | score | softmax | weights | probs | mask | dropout | out | output | proj | context | o | up | down | gate | act | activation | silu | gelu | mul | norm | ln | rmsnorm | layernorm | router | expert | allreduce | all reduce | residual | add | fc | rope
word aggregate = aggregate | aggregation | aggregator | aggregated | agg | merge | collect
word split = split | splits | slice | slicing | chunk | partition | shard
word shown = shown | drawn | displayed | sampled | included | represented
word elided = not shown | omitted | skipped | elided | abbreviated | repeated | similar | identical | same | follow | follows | collapsed

# Dimensions. A capture that holds no shape doesn't match.
input_output: ^ @in / @out @is <input_output>
input: ^ @in @tensor? <n>? @is? <input>
output: ^ @out @tensor? <n>? @is? <output>; @out @is <output>
tensor: ^ (q|k|v|qkv|kv|query|key|value|queries|keys|values) @is <input>
buffer: (buffer|buf) (size|shape)? @is <buffer>
data: ^ (data|tensor|tensors|activation|activations|hidden states|payload|message|shape|dims|dimensions|cache|kv cache) @is <shape>
shape: <shape>
dropout: (p|prob|probability|rate|dropout|dropout p) @is? <dropout>
stated_in: ^ @in : => ignore
stated_out: ^ @out : => ignore
stated_weights: ^ (weight|weights|param|params|parameters) @is => ignore
remark: ^ (same|similar|identical|complete|each|repeated|note) => ignore
property: ^ ... : <n> => ignore
bf16: bf16 | bfloat16 => type bf16
)";

StringRef mlir::dag::dot::getBuiltinRules() { return kRules; }
