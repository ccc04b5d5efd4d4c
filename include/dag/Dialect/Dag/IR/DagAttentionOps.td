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

def Dag_AttentionOp : Dag_AttentionPartOp<"attention", "Attention",
    [AttrSizedOperandSegments,
     DeclareOpInterfaceMethods<Dag_CompositeOpInterface>]> {
  let summary = "self-attention in one op";
  let description = [{
    The whole attention block, from the hidden states to the sum before the
    residual. It types as its parts do, one after the other:
    `qkv_projection`; `qk_norm` where there are `norms` (of q and k);
    `rotary_embedding` on q and k where `theta` is given; `kv_cache_update`
    where there is a `cache` (of keys and values), and `kv_cache_gather` where
    it is in `pages`; `attention_scores`, `soft_cap`, `attention_weights`,
    `dropout`, `attention_output` and `output_projection`.

    (C1) the operands and figures fit `dag.qkv_projection`.
    (C2) q and k fit `dag.attention_scores`: heads, KV heads, axes.
    (C3) the scores fit `dag.attention_weights`: the sequence is not sharded.
    (C4) `wo` and its bias fit `dag.output_projection`.
    (C5) `dropout` lies in [0, 1).
    (C6) there are no `norms`, or two that fit `dag.qk_norm`, with an epsilon.
    (C7) there is no `cache`, or two that fit `dag.kv_cache_update`, with a
    position; `pages` are those of a cache, and fit `dag.kv_cache_gather`.
    (C8) `theta`, `rotary_dim` and `position` fit `dag.rotary_embedding`;
    `soft_cap` is positive.

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
    Dag_Tensor:$x, Dag_Tensor:$wq, Dag_Tensor:$wk, Dag_Tensor:$wv,
    Dag_Tensor:$wo, Variadic<Dag_Tensor>:$biases,
    Optional<Dag_Tensor>:$out_bias, Variadic<Dag_Tensor>:$norms,
    Optional<Dag_Tensor>:$sinks,
    Variadic<Dag_Tensor>:$cache,
    Optional<Dag_Tensor>:$position,
    Optional<Dag_Tensor>:$pages,
    I64Attr:$num_heads,
    I64Attr:$num_kv_heads,
    I64Attr:$head_dim,
    F64Attr:$scale,
    Dag_MaskKindAttr:$mask,
    OptionalAttr<I64Attr>:$window,
    OptionalAttr<F64Attr>:$theta,
    OptionalAttr<I64Attr>:$rotary_dim,
    OptionalAttr<DictionaryAttr>:$scaling,
    UnitAttr:$interleaved,
    OptionalAttr<F64Attr>:$norm_epsilon,
    UnitAttr:$unit_offset,
    OptionalAttr<F64Attr>:$soft_cap,
    OptionalAttr<F64Attr>:$alibi,
    OptionalAttr<F64Attr>:$dropout
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $wq `,` $wk `,` $wv `,` $wo (`bias` `(` $biases^ `)`)?
    (`out_bias` $out_bias^)? (`norms` `(` $norms^ `)`)? (`sinks` $sinks^)?
    (`cache` `(` $cache^ `)`)? (`at` $position^)? (`pages` $pages^)?
    `heads` `=` $num_heads `kv_heads` `=` $num_kv_heads `head_dim` `=` $head_dim
    `scale` `=` custom<Number>($scale) `mask` `` $mask (`window` `=` $window^)?
    (`theta` `=` custom<Number>($theta)^)? (`rotary_dim` `=` $rotary_dim^)?
    (`interleaved` $interleaved^)? (`scaling` $scaling^)?
    (`norm_epsilon` `=` custom<Number>($norm_epsilon)^)?
    (`unit_offset` $unit_offset^)?
    (`soft_cap` `=` custom<Number>($soft_cap)^)?
    (`alibi` `=` custom<Number>($alibi)^)?
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
    Dag_Tensor:$x, Dag_Tensor:$wq, Dag_Tensor:$wk, Dag_Tensor:$wv,
    Variadic<Dag_Tensor>:$biases, I64Attr:$num_heads, I64Attr:$num_kv_heads,
    I64Attr:$head_dim
  );
  let results = (outs Dag_Tensor:$q, Dag_Tensor:$k, Dag_Tensor:$v);
  let assemblyFormat = [{
    $x `,` $wq `,` $wk `,` $wv (`bias` `(` $biases^ `)`)?
    `heads` `=` $num_heads `kv_heads` `=` $num_kv_heads `head_dim` `=` $head_dim
    attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_QkNormOp : Dag_AttentionPartOp<"qk_norm", "QkNorm"> {
  let summary = "root mean square normalization of queries or keys";
  let description = [{
    Normalizes each head of `x[batch, sequence, head, d]` with a `weight` of `d`
    elements (Qwen3, Gemma 3), or all heads of a token together with a `weight`
    of heads times `d` elements (OLMo 2). `unit_offset` as in `dag.rms_norm`.

    (C1) `x` is of rank 4, of floats and reduced; its last dimension is not
    sharded.
    (C2) `weight` is of rank 1, reduced, not sharded, with the element type of
    `x`, and has `d` elements or heads times `d`.
    (C3) with a weight for all heads, heads are not sharded: the mean is over
    all of them.
    (C4) `epsilon` is not negative.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.qk_norm %q, %w epsilon = 1.0e-06
        : (tensor<1x8x4x16xbf16>, tensor<16xbf16>) -> tensor<1x8x4x16xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, Dag_Tensor:$weight, F64Attr:$epsilon,
                       UnitAttr:$unit_offset);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $weight `epsilon` `=` custom<Number>($epsilon)
    (`unit_offset` $unit_offset^)? attr-dict `:`
    functional-type(operands, results)
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
    : Dag_AttentionPartOp<"attention_weights", "AttentionWeights",
                          [Pure, Dag_RankPhase, AttrSizedOperandSegments]> {
  let summary = "mask and softmax";
  let description = [{
    Masks keys that a query must not see and applies softmax over the keys.
    `causal` lets query `i` see keys up to `i`, `sliding_window` the last
    `window` of them. With a cache, queries stand at `position` onwards: one for
    all sequences, or one for each.
    `alibi` (arXiv 2108.12409) adds `slope(h) * (j - i)` first, with slopes
    `2^(-alibi (h + 1) / n)` for `n` heads; where `n` is no power of two, those
    of the next power, every second one first. A head's `sinks` element is the
    logit of a key that takes weight and has no value.

    (C1) `scores` are of rank 4, of floats and reduced: softmax of a sum is not
    the sum of softmaxes.
    (C2) the last dimension is not sharded.
    (C3) `window` is given and positive for a sliding window, and not given
    otherwise.
    (C4) `position` is of integers and reduced: of rank 0, or of rank 1 and equal
    in size and sharding to the batch of `scores`.
    (C5) `sinks` are of rank 1, reduced, with the element type of `scores`, and
    equal in size and sharding to the heads.
    (C6) `alibi` is positive.

    Result: the type of `scores`.

    Example:

    ```mlir
    %0 = dag.attention_weights %s mask sliding_window window = 4
        : (tensor<1x4x8x8xbf16>) -> tensor<1x4x8x8xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$scores, Optional<Dag_Tensor>:$position,
                       Optional<Dag_Tensor>:$sinks, Dag_MaskKindAttr:$mask,
                       OptionalAttr<I64Attr>:$window,
                       OptionalAttr<F64Attr>:$alibi);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $scores (`at` $position^)? (`sinks` $sinks^)? `mask` `` $mask
    (`window` `=` $window^)? (`alibi` `=` custom<Number>($alibi)^)? attr-dict `:` functional-type(operands, results)
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

def Dag_KvCacheOp
    : Dag_RoleOp<"kv_cache", "KvCache", [Dag_RankPhase], "Attention"> {
  let summary = "keys or values of the tokens so far";
  let description = [{
    State that outlives one run of the model: `[batch, tokens, head,
    head_dim]`, or `[batch, tokens, d]` of what all heads share, as it is
    before the run: an update is in the result of `dag.kv_cache_update`, and
    in the state after the run. A paged cache is `[pages, tokens of a page,
    ...]`, and block tables say whose page is which.

    (C1) the name is not empty.
    (C2) the type is of rank 3 or 4, of floats, and reduced.

    Example:

    ```mlir
    %0 = dag.kv_cache "layers.0.k"
        : tensor<1x64x2x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Name:$name);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Dag_KvCacheUpdateOp : Dag_AttentionPartOp<"kv_cache_update", "KvCache",
                                              [Dag_RankPhase]> {
  let summary = "write new keys or values into a cache";
  let description = [{
    Writes `new` at `position` of the tokens and returns the cache as it is
    then; to update that again writes into the same cache. With a position for
    each sequence, those behind the last place are padding, and are dropped.

    With `pages`, a block table `[batch, blocks]`, the cache is a pool of pages:
    token `t` of sequence `b` is token `t mod L` of page `pages[b, t / L]`, where
    a page has `L` tokens. What belongs to a negative page is dropped.

    (C1) `cache` and `new` are of one rank, 3 or 4, of floats and reduced. Those
    of the cache may be of another type, to which the new ones are rounded.
    (C2) they are equal in size and sharding but for the tokens, and, with
    `pages`, for the batch.
    (C3) the dimension of tokens is not sharded; with `pages`, the pages of the
    cache are split as the batch is, evenly: a sequence has pages of its ranks.
    (C4) `new` has at most as many tokens as there is room for in `cache`, or in
    the blocks of a sequence.
    (C5) `position` is of integers and reduced: of rank 0, or of rank 1 and equal
    in size and sharding to the batch of `new`.
    (C6) `pages` are of integers, of rank 2 and reduced, with a row for each
    sequence, where that is; their second dimension is not sharded.

    Result: the type of `cache`.

    Example:

    ```mlir
    %0 = dag.kv_cache_update %cache, %new at %pos : (
        tensor<1x64x2x16xbf16>, tensor<1x1x2x16xbf16>, tensor<i32>)
        -> tensor<1x64x2x16xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$cache, Dag_Tensor:$new_tokens,
                       Dag_Tensor:$position, Optional<Dag_Tensor>:$pages);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $cache `,` $new_tokens `at` $position (`pages` $pages^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_KvCacheGatherOp : Dag_AttentionPartOp<"kv_cache_gather", "KvCache"> {
  let summary = "the tokens of each sequence, from pages";
  let description = [{
    `result[b, t, ...] = cache[pages[b, t / L], t mod L, ...]`, where a page of
    `cache` has `L` tokens, and no number where the page is negative: nobody has
    written there, and nobody looks there. Kernels do that where they load keys and values: no result is
    in memory.

    (C1) `cache` is of rank 3 or 4, of floats and reduced.
    (C2) the tokens of a page, its second dimension, are not sharded; pages are
    not, or as the sequences are, evenly: a sequence has pages of its ranks.
    (C3) `pages` are of integers, of rank 2 and reduced; their second dimension
    is not sharded.
    (C4) no axis is used twice in the result, whose size has 64 bits.

    Result: `[batch, tokens of all blocks, ...]`.

    Example:

    ```mlir
    %0 = dag.kv_cache_gather %cache pages %table
        : (tensor<8x16x2x16xbf16>, tensor<2x4xi32>) -> tensor<2x64x2x16xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$cache, Dag_Tensor:$pages);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $cache `pages` $pages attr-dict `:` functional-type(operands, results)
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGATTENTIONOPS_TD
