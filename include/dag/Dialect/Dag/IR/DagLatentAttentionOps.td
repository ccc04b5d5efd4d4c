//===- DagLatentAttentionOps.td - Latent attention ---------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGLATENTATTENTIONOPS_TD
#define DAG_DIALECT_DAG_IR_DAGLATENTATTENTIONOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

def Dag_LatentAttentionOp
    : Dag_AttentionPartOp<"latent_attention", "Attention",
                          [AttrSizedOperandSegments,
                           DeclareOpInterfaceMethods<
                               Dag_CompositeOpInterface>]> {
  let summary = "multi-head latent attention in one op";
  let description = [{
    The attention block of DeepSeek-V2 and V3 (arXiv 2405.04434). Keys and
    values come from one latent vector for each token, and from a rotated part
    that all heads share; these two are what is cached. Its parts:

    * queries: `x`, or, with `q_down`, `rms_norm(x q_down^T) * q_norm`;
    * `x w_kv_down^T`, split into the latent, normalized with `kv_norm`, and
      the shared part of the keys, rotated;
    * `kv_cache_update` of both where there is a `cache`, and
      `kv_cache_gather` where it is in `pages`;
    * `latent_qkv_projection`, and the rotation of the last `rope_dim` elements
      of each head of the queries;
    * from `attention_scores` on as in `dag.attention`.

    If it is `absorbed`, keys and values stay latent vectors:
    `absorbed_qkv_projection` is in the place of `latent_qkv_projection`, the
    queries are rotated behind the latent's elements, and `absorbed_values`
    stands behind the weighted sum. The result is the same; what is cheaper
    depends on the numbers of new tokens and of tokens that they look back at.

    (C1) `x` is of rank 3, the weights are of rank 2, the norms of rank 1, all
    of floats of one type and reduced; only `w_q`, `w_kv` and `wo` are sharded.
    (C2) sizes fit from each part to the next.
    (C3) the parts fit `dag.latent_qkv_projection`.
    (C4) `wo` fits `dag.output_projection`.
    (C5) `dropout` lies in [0, 1), `epsilon` is not negative, `theta` is
    positive.
    (C6) there is no `cache`, or two that fit `dag.kv_cache_update`, with a
    position; `pages` are those of a cache, and fit `dag.kv_cache_gather`.

    Result: `[batch, sequence, hidden]`, pending over the axes of the heads.

    Example:

    ```mlir
    %0 = dag.latent_attention %x, %wq, %wkv_down, %kv_norm, %wkv, %wo
        heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-06
        scale = 0.2 theta = 10000.0 interleaved dropout = 0.0 : (
        tensor<1x8x64xbf16>, tensor<96x64xbf16>, tensor<40x64xbf16>,
        tensor<32xbf16>, tensor<128x32xbf16>, tensor<64x64xbf16>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x, Dag_Tensor:$w_q, Dag_Tensor:$w_kv_down,
    Dag_Tensor:$kv_norm, Dag_Tensor:$w_kv, Dag_Tensor:$wo,
    Optional<Dag_Tensor>:$w_q_down, Optional<Dag_Tensor>:$q_norm,
    Variadic<Dag_Tensor>:$cache,
    Optional<Dag_Tensor>:$position,
    Optional<Dag_Tensor>:$pages,
    I64Attr:$num_heads,
    I64Attr:$nope_dim,
    I64Attr:$rope_dim,
    I64Attr:$v_dim,
    F64Attr:$epsilon,
    F64Attr:$scale,
    F64Attr:$theta,
    UnitAttr:$interleaved,
    OptionalAttr<DictionaryAttr>:$scaling,
    OptionalAttr<F64Attr>:$dropout,
    UnitAttr:$absorbed
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $w_q `,` $w_kv_down `,` $kv_norm `,` $w_kv `,` $wo
    (`q_down` $w_q_down^ `,` $q_norm)? (`cache` `(` $cache^ `)`)?
    (`at` $position^)? (`pages` $pages^)?
    `heads` `=` $num_heads `nope_dim` `=` $nope_dim
    `rope_dim` `=` $rope_dim `v_dim` `=` $v_dim
    `epsilon` `=` custom<Number>($epsilon) `scale` `=` custom<Number>($scale)
    `theta` `=` custom<Number>($theta) (`interleaved` $interleaved^)?
    (`scaling` $scaling^)? (`dropout` `=` custom<Number>($dropout)^)?
    (`absorbed` $absorbed^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_LatentQkvProjectionOp
    : Dag_AttentionPartOp<"latent_qkv_projection", "QkvProjection"> {
  let summary = "queries, keys and values from latent vectors";
  let description = [{
    `q` is `q_input wq^T` seen as heads of `nope_dim + rope_dim` elements.
    `latent wkv^T` is seen as heads of `nope_dim + v_dim` elements: the first
    are the first of `k`, the others are `v`. The last `rope_dim` elements of
    each head of `k` are those of `k_rope`, which all heads share.

    (C1) `q_input`, `latent` and `k_rope` are of rank 3, the weights of rank 2,
    all of floats of one type and reduced.
    (C2) the last dimension of `q_input` and the second of `wq` are equal in
    size, those of `latent` and `wkv` as well, and none of them is sharded.
    (C3) figures are positive; the first dimensions of the weights, without
    padding, are `num_heads` times `nope_dim + rope_dim` and
    `nope_dim + v_dim`; padding is whole heads, and neither is uneven.
    (C4) the heads of both weights are sharded and padded alike.
    (C5) `k_rope` has `rope_dim` elements, not sharded, and is equal to
    `latent` in batch and tokens, in size and sharding.
    (C6) no axis is used twice in a result.

    Result: `q[batch, sequence, head, nope_dim + rope_dim]`,
    `k[batch, tokens, head, nope_dim + rope_dim]`,
    `v[batch, tokens, head, v_dim]`.

    Example:

    ```mlir
    %q, %k, %v = dag.latent_qkv_projection %x, %c, %r, %wq, %wkv
        heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : (
        tensor<1x8x64xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
        tensor<96x64xbf16, #dag.sharding<[{tp}, {} ]>>,
        tensor<128x32xbf16, #dag.sharding<[{tp}, {} ]>>)
        -> (tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
            tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
            tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>)
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$q_input,
    Dag_Tensor:$latent,
    Dag_Tensor:$k_rope,
    Dag_Tensor:$wq,
    Dag_Tensor:$wkv,
    I64Attr:$num_heads,
    I64Attr:$nope_dim,
    I64Attr:$rope_dim,
    I64Attr:$v_dim
  );
  let results = (outs Dag_Tensor:$q, Dag_Tensor:$k, Dag_Tensor:$v);
  let assemblyFormat = [{
    $q_input `,` $latent `,` $k_rope `,` $wq `,` $wkv `heads` `=` $num_heads
    `nope_dim` `=` $nope_dim `rope_dim` `=` $rope_dim `v_dim` `=` $v_dim
    attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_AbsorbedQkvProjectionOp
    : Dag_AttentionPartOp<"absorbed_qkv_projection", "QkvProjection"> {
  let summary = "queries for keys that stay latent vectors";
  let description = [{
    What `dag.latent_qkv_projection` computes, in the basis of the latent
    vectors (arXiv 2405.04434, 2.1.2: the up-projection of keys is absorbed
    into that of queries). Of each head, the first `nope_dim` elements of the
    query, times the rows of `wkv` that would make its keys, are the first of
    `q`; the last `rope_dim` elements stay. One head of keys and values is for
    all: `latent` with `k_rope` behind it, and `latent`. Scores are the same,
    `(q W) . c = q . (W c)`; a weighted sum of these values becomes one of
    values by `dag.absorbed_values`.

    (C1) to (C5) are those of `dag.latent_qkv_projection`.
    (C6) no axis is used twice in a result.

    Result: `q[batch, sequence, head, latent + rope_dim]`,
    `k[batch, tokens, 1, latent + rope_dim]`, `v[batch, tokens, 1, latent]`.

    Example:

    ```mlir
    %q, %k, %v = dag.absorbed_qkv_projection %x, %c, %r, %wq, %wkv
        heads = 4 nope_dim = 16 rope_dim = 8 v_dim = 16 : (
        tensor<1x1x64xbf16>, tensor<1x8x32xbf16>, tensor<1x8x8xbf16>,
        tensor<96x64xbf16, #dag.sharding<[{tp}, {} ]>>,
        tensor<128x32xbf16, #dag.sharding<[{tp}, {} ]>>)
        -> (tensor<1x1x4x40xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
            tensor<1x8x1x40xbf16>, tensor<1x8x1x32xbf16>)
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$q_input,
    Dag_Tensor:$latent,
    Dag_Tensor:$k_rope,
    Dag_Tensor:$wq,
    Dag_Tensor:$wkv,
    I64Attr:$num_heads,
    I64Attr:$nope_dim,
    I64Attr:$rope_dim,
    I64Attr:$v_dim
  );
  let results = (outs Dag_Tensor:$q, Dag_Tensor:$k, Dag_Tensor:$v);
  let assemblyFormat = [{
    $q_input `,` $latent `,` $k_rope `,` $wq `,` $wkv `heads` `=` $num_heads
    `nope_dim` `=` $nope_dim `rope_dim` `=` $rope_dim `v_dim` `=` $v_dim
    attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_AbsorbedValuesOp
    : Dag_AttentionPartOp<"absorbed_values", "Multiply"> {
  let summary = "values of weighted sums of latent vectors";
  let description = [{
    `result[b, s, h, d] = sum_c x[b, s, h, c] * wkv[h * (nope_dim + v_dim) +
    nope_dim + d, c]`: what `dag.latent_qkv_projection` does to each token
    before they are summed up, done to their sum.

    (C1) `x` is of rank 4, `wkv` of rank 2, of floats of one type and reduced.
    (C2) the last dimension of `x` and the second of `wkv` are equal in size,
    and neither is sharded.
    (C3) figures are positive; the first dimension of `wkv`, without padding,
    is the heads of `x` times `nope_dim + v_dim`; padding is whole heads, and
    not uneven.
    (C4) the heads of both are sharded and padded alike.
    (C5) no axis is used twice in the result.

    Result: `[batch, sequence, head, v_dim]`.

    Example:

    ```mlir
    %0 = dag.absorbed_values %x, %wkv nope_dim = 16 v_dim = 16 : (
        tensor<1x1x4x32xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>,
        tensor<128x32xbf16, #dag.sharding<[{tp}, {} ]>>)
        -> tensor<1x1x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, Dag_Tensor:$wkv, I64Attr:$nope_dim,
                       I64Attr:$v_dim);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $wkv `nope_dim` `=` $nope_dim `v_dim` `=` $v_dim attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGLATENTATTENTIONOPS_TD
