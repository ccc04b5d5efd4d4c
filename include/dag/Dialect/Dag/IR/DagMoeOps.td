//===- DagMoeOps.td - Mixture of experts and its parts ----*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGMOEOPS_TD
#define DAG_DIALECT_DAG_IR_DAGMOEOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

class Dag_MoePartOp<string mnemonic, string theRole,
                    list<Trait> traits = [Pure, Dag_RankPhase]>
    : Dag_TypedOp<mnemonic, theRole, traits, "Moe">;

def Dag_MoeOp
    : Dag_MoePartOp<"moe", "Moe",
                    [Pure,
                     DeclareOpInterfaceMethods<Dag_CompositeOpInterface>]> {
  let summary = "a mixture of experts in one op";
  let description = [{
    Router, dispatch, experts and combination. It types as its parts do when
    every rank sees all tokens and keeps those of its experts: `router`,
    `dispatch`, `slice` of the experts where they are sharded, `expert` and
    `combine`.

    (C1) `x` and `w_router` fit `dag.router`.
    (C2) the experts' weights fit `dag.expert`.
    (C3) the hidden sizes of `x` and the experts are equal.
    (C4) there are as many experts in `w_router` as in the experts' weights,
    padding aside, and `capacity` is positive.
    (C5) no axis is used twice in the result.
    (C6) batch and sequence are neither padded nor uneven, and where they are
    sharded, `capacity` is at least the number of all tokens: a rank would drop
    other tokens than one device does.

    Result: the type of `x`, pending over the axes of the experts and of their
    inner dimension.

    Example:

    ```mlir
    %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (
        tensor<1x8x64xbf16>, tensor<8x64xbf16>,
        tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {} ]>>,
        tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {} ]>>,
        tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {} ]>>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {ep}>>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Dag_Tensor:$w_router,
    Dag_Tensor:$w_gate,
    Dag_Tensor:$w_up,
    Dag_Tensor:$w_down,
    I64Attr:$top_k,
    I64Attr:$capacity,
    Dag_ActivationKindAttr:$activation,
    DefaultValuedAttr<Dag_ScoringKindAttr,
                      "::mlir::dag::ScoringKind::Softmax">:$scoring,
    UnitAttr:$normalize
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $w_router `,` $w_gate `,` $w_up `,` $w_down `top_k` `=` $top_k
    `capacity` `=` $capacity `activation` `` $activation
    (`scoring` `` $scoring^)? (`normalize` $normalize^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_RouterOp
    : Dag_MoePartOp<"router", "Router",
                    [Pure, Dag_RankPhase, AttrSizedOperandSegments]> {
  let summary = "choose experts for tokens";
  let description = [{
    Scores every expert for every token, `scoring(x w^T + bias)`, and gives the
    `top_k` best with their weights; `normalize` makes the weights of a token
    sum up to one, and `scale` multiplies them then.

    `correction` is added to the scores where experts are chosen, not where
    they are weighted. With `groups` (DeepSeek-V2 and V3), experts are chosen
    from the `top_groups` best of as many groups of neighbors; a group counts
    as much as the sum of its `group_top` best scores.

    (C1) `x` is of rank 3, `weight` of rank 2, of floats and reduced.
    (C2) the last dimension of `x` and the second of `weight` are equal in size
    and not sharded.
    (C3) the experts are not sharded: a rank compares all of them.
    (C4) `top_k` is positive and at most the number of experts.
    (C5) `bias` and `correction` are of rank 1, of floats, reduced, not
    sharded, and have an element for each expert.
    (C6) `groups`, `top_groups` and `group_top` are given together; `groups`
    divides the experts, `top_groups` is at most `groups`, `group_top` at most
    the experts of a group, and the chosen groups have `top_k` experts.

    Result: weights `[batch, sequence, top_k]` with the element type of `x`,
    and indices of the same shape as `i32`.

    Example:

    ```mlir
    %w, %i = dag.router %x, %r top_k = 2
        : (tensor<1x8x64xbf16>, tensor<8x64xbf16>)
        -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Dag_Tensor:$weight,
    Optional<Dag_Tensor>:$bias,
    Optional<Dag_Tensor>:$correction,
    I64Attr:$top_k,
    DefaultValuedAttr<Dag_ScoringKindAttr,
                      "::mlir::dag::ScoringKind::Softmax">:$scoring,
    UnitAttr:$normalize,
    OptionalAttr<F64Attr>:$scale,
    OptionalAttr<I64Attr>:$groups,
    OptionalAttr<I64Attr>:$top_groups,
    OptionalAttr<I64Attr>:$group_top
  );
  let results = (outs Dag_Tensor:$weights, Dag_Tensor:$indices);
  let assemblyFormat = [{
    $x `,` $weight (`bias` $bias^)? (`correction` $correction^)?
    `top_k` `=` $top_k (`scoring` `` $scoring^)? (`normalize` $normalize^)?
    (`scale` `=` custom<Number>($scale)^)? (`groups` `=` $groups^)?
    (`top_groups` `=` $top_groups^)? (`group_top` `=` $group_top^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Dag_DispatchOp : Dag_MoePartOp<"dispatch", "Dispatch"> {
  let summary = "group tokens by expert";
  let description = [{
    `result[e, c]` is the `c`-th token that was routed to expert `e`, in the
    order of the tokens; what is beyond `capacity` is dropped, what is not used
    is zero. Local: a rank groups the tokens that it holds, so that sharded
    tokens make a sharded capacity, each rank with its share of the slots. A
    token that names an expert twice has two slots of it.

    (C1) `x` is of rank 3, of floats, `indices` of rank 3, of integers, both
    reduced.
    (C2) batch and sequence are equal in size and sharding.
    (C3) batch and sequence are neither padded nor uneven.
    (C4) `num_experts` and `capacity` are positive.
    (C5) the last dimension of `indices` is not sharded: all choices of a token
    are made by every rank that has it.

    Result: `[expert, capacity, hidden]`; the capacity has the axes of the batch
    and then of the sequence.

    Example:

    ```mlir
    %0 = dag.dispatch %x, %i experts = 8 capacity = 16
        : (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {} ]>>,
           tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
        -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, Dag_Tensor:$indices, I64Attr:$num_experts,
                       I64Attr:$capacity);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $indices `experts` `=` $num_experts `capacity` `=` $capacity
    attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_ExpertOp : Dag_MoePartOp<"expert", "Expert"> {
  let summary = "the feed-forward networks of experts";
  let description = [{
    `result[e] = (f(g) * (u + up_offset)) w_down[e]^T`, with the gate
    `g = x[e] w_gate[e]^T` and `u = x[e] w_up[e]^T`; `f` is the activation, and
    with `alpha` it is `g * sigmoid(alpha g)`. `biases` (of gate, up and down)
    are added to the three products. `limit` bounds `g` from above and `u` on
    both sides (gpt-oss).

    (C1) all operands are of rank 3, of floats of one type and reduced.
    (C2) the first dimensions, the experts, are equal in size and sharding.
    (C3) the last dimensions of `x`, `w_gate` and `w_up` are equal in size and
    not sharded: their sum would be pending under the activation.
    (C4) `w_gate` and `w_up` are equal in their second dimension, and the last
    of `w_down` is as well, in size and sharding.
    (C5) no axis is used twice in the result.
    (C6) there are no biases or three, of rank 2, reduced, with the element
    type of `x`, equal in size and sharding to the first two dimensions of
    their weight; and none if the result is a pending sum.
    (C7) `alpha` is given for `silu` only, and `limit` is positive.

    Result: `[expert, capacity, hidden]`, with the second dimension of `w_down`;
    pending over the axes of its last.

    Example:

    ```mlir
    %0 = dag.expert silu %x, %g, %u, %d : (
        tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {} ]>>,
        tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {} ]>>,
        tensor<8x128x64xbf16, #dag.sharding<[{ep}, {tp}, {} ]>>,
        tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {tp} ]>>)
        -> tensor<8x16x64xbf16,
                  #dag.sharding<[{ep}, {}, {} ], partial = {tp}>>
    ```
  }];
  let arguments = (ins
    Dag_ActivationKindAttr:$activation,
    Dag_Tensor:$x,
    Dag_Tensor:$w_gate,
    Dag_Tensor:$w_up,
    Dag_Tensor:$w_down,
    Variadic<Dag_Tensor>:$biases,
    OptionalAttr<F64Attr>:$alpha,
    OptionalAttr<F64Attr>:$limit,
    OptionalAttr<F64Attr>:$up_offset
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    `` $activation $x `,` $w_gate `,` $w_up `,` $w_down
    (`bias` `(` $biases^ `)`)? (`alpha` `=` custom<Number>($alpha)^)?
    (`limit` `=` custom<Number>($limit)^)?
    (`up_offset` `=` custom<Number>($up_offset)^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_CombineOp : Dag_MoePartOp<"combine", "Combine"> {
  let summary = "weighted sum of the experts' results";
  let description = [{
    `result[b, s] = sum_k weights[b, s, k] * y[indices[b, s, k], slot]`, the
    inverse of `dag.dispatch` where `indices` are those of the dispatch. A rank that holds some of the experts adds up
    theirs; the sum over the ranks is pending. The op is linear in `y`, so that
    a pending sum of `y` stays one.

    (C1) `y` and `weights` are of rank 3, of floats of one type, `indices` of
    rank 3, of integers; `weights` and `indices` are reduced.
    (C2) `weights` and `indices` have one shape and sharding.
    (C3) the last dimension of `weights` is not sharded.
    (C4) the axes of the capacity are those of the batch and then of the
    sequence.
    (C5) no dimension but the experts and the hidden is padded or uneven.

    Result: `[batch, sequence, hidden]`, pending over the axes of the experts
    and over those of `y`.

    Example:

    ```mlir
    %0 = dag.combine %y, %w, %i : (
        tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {} ]>>,
        tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {ep}>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$y, Dag_Tensor:$weights, Dag_Tensor:$indices);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $y `,` $weights `,` $indices attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGMOEOPS_TD
