//===- DagEnums.td - Vocabulary of the deployment dialect --*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGENUMS_TD
#define DAG_DIALECT_DAG_IR_DAGENUMS_TD

include "dag/Dialect/Dag/IR/DagDialect.td"
include "mlir/IR/EnumAttr.td"

class Dag_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::dag";
  let genSpecializedAttr = 0;
}

//===----------------------------------------------------------------------===//
// NodeKind: what a node of a drawing is drawn as
//===----------------------------------------------------------------------===//

def Dag_NodeKind : Dag_Enum<"NodeKind", "what a node of a sketch is", [
  I32EnumAttrCase<"Unknown", 0, "unknown">,
  I32EnumAttrCase<"Compute", 1, "compute">,
  I32EnumAttrCase<"Communication", 2, "communication">,
  I32EnumAttrCase<"Routing", 3, "routing">,
  I32EnumAttrCase<"Input", 4, "input">,
  I32EnumAttrCase<"Output", 5, "output">,
  I32EnumAttrCase<"Note", 6, "note">
]>;
def Dag_NodeKindAttr : EnumAttr<Dag_Dialect, Dag_NodeKind, "kind">;

//===----------------------------------------------------------------------===//
// Role: what a node does in the model. Sketch nodes and plan ops share it.
//===----------------------------------------------------------------------===//

def Dag_Role : Dag_Enum<"Role", "what a node does in the model", [
  I32EnumAttrCase<"Unknown", 0, "unknown">,
  // Ends and helpers of a drawing.
  I32EnumAttrCase<"Input", 1, "input">,
  I32EnumAttrCase<"Output", 2, "output">,
  I32EnumAttrCase<"Parameter", 3, "parameter">,
  I32EnumAttrCase<"Note", 4, "note">,
  // Around the layers.
  I32EnumAttrCase<"Embedding", 10, "embedding">,
  I32EnumAttrCase<"PositionEmbedding", 11, "position_embedding">,
  I32EnumAttrCase<"Norm", 12, "norm">,
  I32EnumAttrCase<"FinalNorm", 13, "final_norm">,
  I32EnumAttrCase<"Head", 14, "head">,
  I32EnumAttrCase<"Sampling", 15, "sampling">,
  I32EnumAttrCase<"ResidualAdd", 16, "residual_add">,
  // Composites: a part of the model drawn as one box.
  I32EnumAttrCase<"Stage", 20, "stage">,
  I32EnumAttrCase<"Layer", 21, "layer">,
  I32EnumAttrCase<"Attention", 22, "attention">,
  I32EnumAttrCase<"Ffn", 23, "ffn">,
  I32EnumAttrCase<"Moe", 24, "moe">,
  // Attention.
  I32EnumAttrCase<"QkvProjection", 30, "qkv_projection">,
  I32EnumAttrCase<"QProjection", 31, "q_projection">,
  I32EnumAttrCase<"KProjection", 32, "k_projection">,
  I32EnumAttrCase<"VProjection", 33, "v_projection">,
  I32EnumAttrCase<"QkNorm", 34, "qk_norm">,
  I32EnumAttrCase<"RotaryEmbedding", 35, "rotary_embedding">,
  I32EnumAttrCase<"KvCache", 36, "kv_cache">,
  I32EnumAttrCase<"AttentionScores", 37, "attention_scores">,
  I32EnumAttrCase<"AttentionMask", 38, "attention_mask">,
  I32EnumAttrCase<"AttentionWeights", 39, "attention_weights">,
  I32EnumAttrCase<"Dropout", 40, "dropout">,
  I32EnumAttrCase<"AttentionOutput", 41, "attention_output">,
  I32EnumAttrCase<"OutputProjection", 42, "output_projection">,
  // Feed-forward network.
  I32EnumAttrCase<"FfnGate", 50, "ffn_gate">,
  I32EnumAttrCase<"FfnUp", 51, "ffn_up">,
  I32EnumAttrCase<"Activation", 52, "activation">,
  I32EnumAttrCase<"Multiply", 53, "multiply">,
  I32EnumAttrCase<"FfnDown", 54, "ffn_down">,
  I32EnumAttrCase<"Linear", 55, "linear">,
  // Mixture of experts.
  I32EnumAttrCase<"Router", 60, "router">,
  I32EnumAttrCase<"Dispatch", 61, "dispatch">,
  I32EnumAttrCase<"Expert", 62, "expert">,
  I32EnumAttrCase<"Combine", 63, "combine">,
  // Collectives and local reshaping between shards.
  I32EnumAttrCase<"AllReduce", 70, "all_reduce">,
  I32EnumAttrCase<"AllGather", 71, "all_gather">,
  I32EnumAttrCase<"ReduceScatter", 72, "reduce_scatter">,
  I32EnumAttrCase<"AllToAll", 73, "all_to_all">,
  I32EnumAttrCase<"Broadcast", 74, "broadcast">,
  I32EnumAttrCase<"Scatter", 75, "scatter">,
  I32EnumAttrCase<"Gather", 76, "gather">,
  I32EnumAttrCase<"Reduce", 77, "reduce">,
  I32EnumAttrCase<"Slice", 78, "slice">,
  I32EnumAttrCase<"Concat", 79, "concat">,
  I32EnumAttrCase<"Collective", 80, "collective">, // a collective of unstated kind
  // Point to point.
  I32EnumAttrCase<"Send", 90, "send">,
  I32EnumAttrCase<"Recv", 91, "recv">,
  I32EnumAttrCase<"Transfer", 92, "transfer">, // one node that names both ends
  I32EnumAttrCase<"CommBuffer", 93, "comm_buffer">
]>;
def Dag_RoleAttr : EnumAttr<Dag_Dialect, Dag_Role, "role">;

//===----------------------------------------------------------------------===//
// CollectiveKind: what the ranks of a group do together. Ops of plans, calls of
// rank programs and boxes of drawings share it; Roles.h maps roles to kinds.
//===----------------------------------------------------------------------===//

def Dag_CollectiveKind : Dag_Enum<"CollectiveKind",
                                  "what the ranks of a group do together", [
  I32EnumAttrCase<"AllReduce", 0, "all_reduce">,
  I32EnumAttrCase<"AllGather", 1, "all_gather">,
  I32EnumAttrCase<"ReduceScatter", 2, "reduce_scatter">,
  I32EnumAttrCase<"AllToAll", 3, "all_to_all">,
  I32EnumAttrCase<"Broadcast", 4, "broadcast">,
  I32EnumAttrCase<"Scatter", 5, "scatter">,
  I32EnumAttrCase<"Gather", 6, "gather">,
  I32EnumAttrCase<"Reduce", 7, "reduce">, // in drawings only
  // Of a plan: each rank keeps its part of what all have, without a message.
  I32EnumAttrCase<"Slice", 8, "slice">,
  // Of programs and drawings: the ends of a transfer.
  I32EnumAttrCase<"Send", 9, "send">,
  I32EnumAttrCase<"Recv", 10, "recv">
]>;

//===----------------------------------------------------------------------===//
// Kinds of single ops of a plan
//===----------------------------------------------------------------------===//

def Dag_ActivationKind : Dag_Enum<"ActivationKind", "a pointwise function", [
  I32EnumAttrCase<"Relu", 0, "relu">,
  I32EnumAttrCase<"Gelu", 1, "gelu">,
  I32EnumAttrCase<"GeluTanh", 2, "gelu_tanh">,
  I32EnumAttrCase<"Silu", 3, "silu">,
  I32EnumAttrCase<"Sigmoid", 4, "sigmoid">,
  I32EnumAttrCase<"Tanh", 5, "tanh">,
  I32EnumAttrCase<"QuickGelu", 6, "quick_gelu">
]>;
def Dag_ActivationKindAttr
    : EnumAttr<Dag_Dialect, Dag_ActivationKind, "activation">;

def Dag_Packing : Dag_Enum<"Packing", "how a checkpoint packs 4-bit values", [
  I32EnumAttrCase<"None", 0, "none">,
  // Two in a byte of the last dimension, the lower bits first.
  I32EnumAttrCase<"Bytes", 1, "bytes">,
  // Eight in a word of the last dimension, the lowest bits first, less 8.
  I32EnumAttrCase<"Words", 2, "words">,
  // Eight in a word of the first dimension, the lowest bits first.
  I32EnumAttrCase<"Gptq", 3, "gptq">,
  // Eight in a word of the last dimension, the lowest bits first, plus 1.
  I32EnumAttrCase<"GptqZeros", 4, "gptq_zeros">,
  // Eight in a word of the last dimension: 0, 2, 4, 6, 1, 3, 5, 7.
  I32EnumAttrCase<"Awq", 5, "awq">
]>;

def Dag_MaskKind : Dag_Enum<"MaskKind", "which keys a query sees", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"Causal", 1, "causal">,
  I32EnumAttrCase<"SlidingWindow", 2, "sliding_window">
]>;
def Dag_MaskKindAttr : EnumAttr<Dag_Dialect, Dag_MaskKind, "mask">;

def Dag_ScoringKind : Dag_Enum<"ScoringKind", "how a router scores experts", [
  I32EnumAttrCase<"Softmax", 0, "softmax">,
  I32EnumAttrCase<"Sigmoid", 1, "sigmoid">
]>;
def Dag_ScoringKindAttr : EnumAttr<Dag_Dialect, Dag_ScoringKind, "scoring">;

#endif // DAG_DIALECT_DAG_IR_DAGENUMS_TD
