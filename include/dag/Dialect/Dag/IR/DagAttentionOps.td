//===- DagAttentionOps.td - Attention and its parts -------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGATTENTIONOPS_TD
#define DAG_DIALECT_DAG_IR_DAGATTENTIONOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

class Dag_AttentionPartOp<string mnemonic, string theRole,
                          list<Trait> traits = [Pure]>
    : Dag_TypedOp<mnemonic, theRole, traits, "Attention">;

def Dag_AttentionOp : Dag_AttentionPartOp<"attention", "Attention",
                                          [Pure, AttrSizedOperandSegments]> {
  let summary = "self-attention in one op";
  let description = [{
    The whole attention block, from the hidden states to the sum before the
    residual. It types as its parts do, one after the other:
    `qkv_projection`, `rotary_embedding` on q and k where `theta` is given,
    `attention_scores`, `attention_weights`, `dropout`, `attention_output` and
    `output_projection`.

    (C1) the operands and figures fit `dag.qkv_projection`.
    (C2) q and k fit `dag.attention_scores`: heads, KV heads, axes.
    (C3) the scores fit `dag.attention_weights`: the sequence is not sharded.
    (C4) `wo` and its bias fit `dag.output_projection`.
    (C5) `dropout` lies in [0, 1).

    Result: `[batch, sequence, hidden]`, pending over the axes of the heads.

    Example:

    ```mlir
    %0 = dag.attention %x, %wq, %wk, %wv, %wo
        heads = 4 kv_heads = 2 head_dim = 16 scale = 0.25 mask causal
        theta = 10000.0 dropout = 0.0 : (tensor<1x8x64xbf16>,
        tensor<64x64xbf16, #dag.sharding<[{tp}, {} ]>>,
        tensor<32x64xbf16, #dag.sharding<[{tp}, {} ]>>,
        tensor<32x64xbf16, #dag.sharding<[{tp}, {} ]>>,
        tensor<64x64xbf16, #dag.sharding<[{}, {tp} ]>>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Dag_Tensor:$wq,
    Dag_Tensor:$wk,
    Dag_Tensor:$wv,
    Dag_Tensor:$wo,
    Variadic<Dag_Tensor>:$biases,
    Optional<Dag_Tensor>:$out_bias,
    I64Attr:$num_heads,
    I64Attr:$num_kv_heads,
    I64Attr:$head_dim,
    F64Attr:$scale,
    Dag_MaskKindAttr:$mask,
    OptionalAttr<I64Attr>:$window,
    OptionalAttr<F64Attr>:$theta,
    OptionalAttr<I64Attr>:$rotary_dim,
    OptionalAttr<DictionaryAttr>:$scaling,
    OptionalAttr<F64Attr>:$soft_cap,
    OptionalAttr<F64Attr>:$dropout
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $wq `,` $wk `,` $wv `,` $wo (`bias` `(` $biases^ `)`)?
    (`out_bias` $out_bias^)?
    `heads` `=` $num_heads `kv_heads` `=` $num_kv_heads `head_dim` `=` $head_dim
    `scale` `=` custom<Number>($scale) `mask` `` $mask (`window` `=` $window^)?
    (`theta` `=` custom<Number>($theta)^)? (`rotary_dim` `=` $rotary_dim^)?
    (`scaling` $scaling^)? (`soft_cap` `=` custom<Number>($soft_cap)^)?
    (`dropout` `=` custom<Number>($dropout)^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_QkvProjectionOp
    : Dag_AttentionPartOp<"qkv_projection", "QkvProjection"> {
  let summary = "queries, keys and values of a sequence";
  let description = [{
    Three linear layers whose features are seen as heads. The axes on the
    first dimension of a weight split whole heads.

    (C1) `x` is of rank 3, the weights of rank 2, all of floats of one type and
    reduced.
    (C2) the last dimension of `x` and the second of each weight are equal in
    size and sharding.
    (C3) figures are positive, and the first dimension of `wq`, without its
    padding, is `num_heads * head_dim`.
    (C4) the first dimensions of `wk` and `wv`, without padding, are
    `num_kv_heads * head_dim`, and `wk` and `wv` are sharded alike.
    (C5) padding is whole heads, and no first dimension is uneven.
    (C6) there are no biases or three, of rank 1, equal in size and sharding to
    the first dimension of their weight, of the same element type and reduced;
    and none if the result is a pending sum.
    (C7) no axis is used twice in a result.

    Result: `q[batch, sequence, head, head_dim]`, and `k` and `v` with
    `num_kv_heads`; pending over the axes of the last dimension of `x`.

    Example:

    ```mlir
    %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv
        heads = 4 kv_heads = 2 head_dim = 16 : (tensor<1x8x64xbf16>,
        tensor<64x64xbf16, #dag.sharding<[{tp}, {} ]>>,
        tensor<32x64xbf16, #dag.sharding<[{tp}, {} ]>>,
        tensor<32x64xbf16, #dag.sharding<[{tp}, {} ]>>)
        -> (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
            tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
            tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>)
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Dag_Tensor:$wq,
    Dag_Tensor:$wk,
    Dag_Tensor:$wv,
    Variadic<Dag_Tensor>:$biases,
    I64Attr:$num_heads,
    I64Attr:$num_kv_heads,
    I64Attr:$head_dim
  );
  let results = (outs Dag_Tensor:$q, Dag_Tensor:$k, Dag_Tensor:$v);
  let assemblyFormat = [{
    $x `,` $wq `,` $wk `,` $wv (`bias` `(` $biases^ `)`)?
    `heads` `=` $num_heads `kv_heads` `=` $num_kv_heads `head_dim` `=` $head_dim
    attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_AttentionScoresOp
    : Dag_AttentionPartOp<"attention_scores", "AttentionScores"> {
  let summary = "scaled products of queries and keys";
  let description = [{
    `result[b, h, i, j] = scale * sum_d q[b, i, h, d] * k[b, j, h / g, d]`,
    where `g` query heads share a KV head. Where a mesh has more ranks than
    there are KV heads, their axis is split in two: queries are sharded over
    both parts, keys over the first, and replicated over the second.

    (C1) `q` and `k` are of rank 4, of floats of one type and reduced.
    (C2) batches are equal in size and sharding, and so are head sizes.
    (C3) the heads are a multiple of the KV heads, with and without padding.
    (C4) the axes of the KV heads are the first axes of the heads.
    (C5) if heads are uneven, there are as many KV heads as heads, sharded
    alike.
    (C6) no axis is used twice in the result.

    Result: `[batch, head, query, key]`, pending over the axes of the head
    size.

    Example:

    ```mlir
    %0 = dag.attention_scores %q, %k scale = 0.25 : (
        tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
        tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>)
        -> tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$q, Dag_Tensor:$k, F64Attr:$scale);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $q `,` $k `scale` `=` custom<Number>($scale) attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_AttentionWeightsOp
    : Dag_AttentionPartOp<"attention_weights", "AttentionWeights"> {
  let summary = "mask and softmax";
  let description = [{
    Masks keys that a query must not see and applies softmax over the keys.
    `causal` lets query `i` see keys up to `i`, `sliding_window` the last
    `window` of them. With a cache, queries stand at `position` onwards.

    (C1) `scores` are of rank 4, of floats and reduced: softmax of a sum is not
    the sum of softmaxes.
    (C2) the last dimension is not sharded.
    (C3) `window` is given and positive for a sliding window, and not given
    otherwise.
    (C4) `position` is an integer tensor of rank 0, replicated and reduced.

    Result: the type of `scores`.

    Example:

    ```mlir
    %0 = dag.attention_weights %s mask sliding_window window = 4
        : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$scores, Optional<Dag_Tensor>:$position,
                       Dag_MaskKindAttr:$mask, OptionalAttr<I64Attr>:$window);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $scores (`at` $position^)? `mask` `` $mask (`window` `=` $window^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_DropoutOp : Dag_AttentionPartOp<"dropout", "Dropout"> {
  let summary = "drop elements at random";
  let description = [{
    Sets elements to zero with probability `p` and scales the others by
    `1 / (1 - p)`. Inference states `p = 0`: the identity, and the statement
    that nothing was forgotten, which is why it is not folded away.

    (C1) `x` is of floats and reduced.
    (C2) `p` lies in [0, 1).

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.dropout %x p = 0.0
        : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, F64Attr:$p);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `p` `=` custom<Number>($p) attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_AttentionOutputOp
    : Dag_AttentionPartOp<"attention_output", "AttentionOutput"> {
  let summary = "weighted sum of values";
  let description = [{
    `result[b, i, h, d] = sum_j weights[b, h, i, j] * v[b, j, h / g, d]`.

    (C1) `weights` and `v` are of rank 4, of floats of one type and reduced.
    (C2) batches are equal in size and sharding, and so are the keys of
    `weights` and the sequence of `v`.
    (C3) the heads are a multiple of the KV heads, with and without padding.
    (C4) the axes of the KV heads are the first axes of the heads.
    (C5) if heads are uneven, there are as many KV heads as heads, sharded
    alike.
    (C6) no axis is used twice in the result.

    Result: `[batch, query, head, head_dim]`, pending over the axes of the
    keys.

    Example:

    ```mlir
    %0 = dag.attention_output %w, %v : (
        tensor<1x4x8x8xbf16, #dag.sharding<[{}, {tp}, {}, {} ]>>,
        tensor<1x8x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>)
        -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$weights, Dag_Tensor:$v);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $weights `,` $v attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_OutputProjectionOp
    : Dag_AttentionPartOp<"output_projection", "OutputProjection"> {
  let summary = "from heads back to hidden states";
  let description = [{
    `result[b, s, o] = sum_(h, d) x[b, s, h, d] * weight[o, h * head_dim + d]
    + bias[o]`. Sharded heads make it row-parallel: the result is a pending
    sum.

    (C1) `x` is of rank 4, `weight` of rank 2, of floats of one type and
    reduced.
    (C2) the last dimension of `x` is not sharded.
    (C3) the second dimension of `weight` is heads times head size, padding
    included.
    (C4) the axes of the heads are the axes of the second dimension of
    `weight`, its padding is that of the heads, and neither is uneven.
    (C5) `bias` is of rank 1, with the element type of `x`, reduced, and equal
    in size and sharding to the first dimension of `weight`.
    (C6) there is no bias if the result is a pending sum: every rank would add
    it.
    (C7) no axis is used twice in the result.

    Result: `[batch, sequence, hidden]`, pending over the axes of the heads.

    Example:

    ```mlir
    %0 = dag.output_projection %x, %w : (
        tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
        tensor<64x64xbf16, #dag.sharding<[{}, {tp} ]>>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, Dag_Tensor:$weight,
                       Optional<Dag_Tensor>:$bias);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $weight (`,` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_KvCacheOp : Dag_RoleOp<"kv_cache", "KvCache", [], "Attention"> {
  let summary = "keys or values of the tokens so far";
  let description = [{
    State that outlives one run of the model: `[batch, tokens, head,
    head_dim]`, as it is before the run.

    (C1) the name is not empty.
    (C2) the type is of rank 4, of floats, and reduced.

    Example:

    ```mlir
    %0 = dag.kv_cache "layers.0.k"
        : tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Dag_KvCacheUpdateOp : Dag_AttentionPartOp<"kv_cache_update", "KvCache",
                                              []> {
  let summary = "write new keys or values into a cache";
  let description = [{
    Writes `new` at `position` of the tokens and returns the cache as it is
    then.

    (C1) `cache` and `new` are of rank 4, of floats of one type and reduced.
    (C2) they are equal in size and sharding but for the tokens.
    (C3) the dimension of tokens is not sharded.
    (C4) `new` has at most as many tokens as `cache`.
    (C5) `position` is an integer tensor of rank 0, replicated and reduced.

    Result: the type of `cache`.

    Example:

    ```mlir
    %0 = dag.kv_cache_update %cache, %new at %pos : (
        tensor<1x64x2x16xbf16>, tensor<1x1x2x16xbf16>, tensor<i32>)
        -> tensor<1x64x2x16xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$cache, Dag_Tensor:$new_tokens,
                       Dag_Tensor:$position);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $cache `,` $new_tokens `at` $position attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGATTENTIONOPS_TD
