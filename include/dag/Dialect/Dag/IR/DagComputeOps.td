//===- DagComputeOps.td - Norms, linears, pointwise ops ---*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGCOMPUTEOPS_TD
#define DAG_DIALECT_DAG_IR_DAGCOMPUTEOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

/// An op whose role the plan may state more exactly: `as ffn_gate`.
class Dag_NamedRoleOp<string mnemonic, string defaultRole,
                      list<Trait> traits = []>
    : Dag_TypedOp<mnemonic, defaultRole, traits> {
  let roleDeclaration = [{
    ::mlir::dag::Role getDeploymentRole() {
      return getRole().value_or(::mlir::dag::Role::}] # defaultRole # [{);
    }
  }];
}

def Dag_EmbeddingOp
    : Dag_TypedOp<"embedding", "Embedding", [Pure, Dag_RankPhase]> {
  let summary = "look up the vectors of tokens";
  let description = [{
    `result[i..., h] = table[ids[i...], h]`. A table whose rows are sharded
    (vocabulary-parallel) gives zero for the rows that a rank does not hold, so
    that the sum over the ranks is the result: it is pending.

    (C1) `ids` are integers and reduced; `table` is of rank 2, of floats and
    reduced.
    (C2) no axis is used twice in the result.

    Result: dimensions of `ids`, then the second of `table`; pending over the
    axes of the first dimension of `table`.

    Example:

    ```mlir
    %0 = dag.embedding %ids, %table : (tensor<1x8xi32>,
        tensor<128x64xbf16, #dag.sharding<[{tp}, {} ]>>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$ids, Dag_Tensor:$table);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $ids `,` $table attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_PositionEmbeddingOp
    : Dag_TypedOp<"position_embedding", "PositionEmbedding",
                  [Pure, Dag_RankPhase]> {
  let summary = "look up the vectors of learned positions";
  let description = [{
    `result[b, s, h] = table[position + s + offset, h]`, one vector for each
    token of `ids`; `position` counts as zero where it is not given. With a
    position for each sequence, a token behind the table is padding, and gets
    zeros.

    (C1) `ids` are integers of rank 2 and reduced; `table` is of rank 2, of
    floats and reduced.
    (C2) the first dimension of `table` is not sharded: positions are few.
    (C3) `offset` is not negative, and the table has a row for each token from
    there, for padding as well.
    (C4) `position` is of integers and reduced: of rank 0, or of rank 1 and equal
    in size and sharding to the batch of `ids`.
    (C5) no axis is used twice in the result.

    Result: dimensions of `ids`, then the second of `table`.

    Example:

    ```mlir
    %0 = dag.position_embedding %ids, %table at %pos offset = 2
        : (tensor<1x8xi32>, tensor<130x64xbf16>, tensor<i32>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$ids, Dag_Tensor:$table,
                       Optional<Dag_Tensor>:$position,
                       DefaultValuedAttr<I64Attr, "0">:$offset);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $ids `,` $table (`at` $position^)? (`offset` `=` $offset^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_RmsNormOp : Dag_NamedRoleOp<"rms_norm", "Norm", [Pure, Dag_RankPhase]> {
  let summary = "root mean square normalization";
  let description = [{
    `result = x / sqrt(mean(x^2) + epsilon) * weight` over the last dimension;
    `weight` counts from one (`1 + weight`) where `unit_offset` is set.

    (C1) `x` is of floats, with at least one dimension, and reduced.
    (C2) the last dimension of `x` is not sharded.
    (C3) `weight` is reduced, of rank 1, as long as the last dimension of `x`,
    not sharded, and of the same element type.
    (C4) `epsilon` is not negative, and positive where more than tokens is padded:
    what is padding is divided by its root, and multiplied with zeros.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.rms_norm %x, %w epsilon = 1.0e-05
        : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Dag_Tensor:$weight,
    F64Attr:$epsilon,
    UnitAttr:$unit_offset,
    OptionalAttr<Dag_RoleAttr>:$role
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $weight `epsilon` `=` custom<Number>($epsilon)
    (`unit_offset` $unit_offset^)? (`as` `` $role^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_LayerNormOp
    : Dag_NamedRoleOp<"layer_norm", "Norm", [Pure, Dag_RankPhase]> {
  let summary = "layer normalization";
  let description = [{
    `result = (x - mean(x)) / sqrt(var(x) + epsilon) * weight + bias` over the
    last dimension.

    (C1) `x` is of floats, with at least one dimension, and reduced.
    (C2) the last dimension of `x` is not sharded.
    (C3) `weight` and `bias` are reduced, of rank 1, as long as the last
    dimension of `x`, not sharded, and of the same element type.
    (C4) `epsilon` is not negative, and positive where more than tokens is padded:
    what is padding is divided by its root, and multiplied with zeros.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.layer_norm %x, %w, %b epsilon = 1.0e-05
        : (tensor<1x8x64xbf16>, tensor<64xbf16>, tensor<64xbf16>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Dag_Tensor:$weight,
    Optional<Dag_Tensor>:$bias,
    F64Attr:$epsilon,
    OptionalAttr<Dag_RoleAttr>:$role
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $weight (`,` $bias^)? `epsilon` `=` custom<Number>($epsilon)
    (`as` `` $role^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_LinearOp : Dag_NamedRoleOp<"linear", "Linear", [Pure, Dag_RankPhase]> {
  let summary = "a linear layer, y = x w^T + b";
  let description = [{
    `result[i..., o] = sum_k x[i..., k] * weight[o, k] + bias[o]`. With a
    weight that is sharded in its first dimension (column-parallel) the result
    has sharded features; sharded in its second (row-parallel) the result is a
    pending sum.

    (C1) `x` has at least one dimension, `weight` is of rank 2, both are of
    floats of one type.
    (C2) the last dimension of `x` and the second of `weight` have one size.
    (C3) the last dimension of `x` and the second of `weight` are sharded
    alike.
    (C4) no sum is pending on `weight` or `bias`, nor on the result if there
    is a bias: every rank would add it. A sum that is pending on `x` stays
    pending, as the op is linear in it, over axes that do not split `weight`:
    the low-rank part of a row-parallel layer is reduced with the rest of it.
    (C5) `bias` is of rank 1, with the element type of `x`, and equal in size
    and sharding to the first dimension of `weight`.
    (C6) no axis is used twice in the result.

    Result: `x` with the last dimension replaced by the first of `weight`;
    pending over the axes of the second dimension of `weight`, too.

    Example:

    ```mlir
    %0 = dag.linear %x, %w as ffn_down : (
        tensor<1x8x256xbf16, #dag.sharding<[{}, {}, {tp} ]>>,
        tensor<64x256xbf16, #dag.sharding<[{}, {tp} ]>>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Dag_Tensor:$weight,
    Optional<Dag_Tensor>:$bias,
    OptionalAttr<Dag_RoleAttr>:$role
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $weight (`,` $bias^)? (`as` `` $role^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = [{
    /// The block that the stated role belongs to.
    ::mlir::dag::Role getDeploymentBlock();
  }];
}

def Dag_RotaryEmbeddingOp
    : Dag_TypedOp<"rotary_embedding", "RotaryEmbedding", [Pure, Dag_RankPhase],
                  "Attention"> {
  let summary = "rotate heads by position";
  let description = [{
    Rotates pairs of the last dimension of `x[batch, sequence, head, d]`, or of
    `x[batch, sequence, d]` that all heads share, by angles
    `position * theta^(-2i/r)`. The position is the index in the sequence, plus
    `position` where it is given (decoding with a cache), which may be one for
    each sequence. Of the last dimension
    `rotary_dim` elements (`r`) from `offset` on are rotated, all by default.
    Element `i` is paired with `i + r/2`, or, `interleaved`, `2i` with
    `2i + 1`. `scaling` keeps the parameters of a scaled variant as the model
    states them.

    (C1) `x` is of rank 3 or 4, of floats and reduced.
    (C2) the last dimension of `x` is not sharded.
    (C3) `rotary_dim` is even and positive, `offset` is not negative, and
    together they are not larger than the last dimension of `x`.
    (C4) `theta` is positive.
    (C5) `position` is of integers and reduced: of rank 0, or of rank 1 and equal
    in size and sharding to the batch of `x`.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.rotary_embedding %q theta = 500000.0
        : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>)
        -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {} ]>>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Optional<Dag_Tensor>:$position,
    F64Attr:$theta,
    OptionalAttr<I64Attr>:$rotary_dim,
    OptionalAttr<DictionaryAttr>:$scaling,
    DefaultValuedAttr<I64Attr, "0">:$offset,
    UnitAttr:$interleaved
  );
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x (`at` $position^)? `theta` `=` custom<Number>($theta)
    (`rotary_dim` `=` $rotary_dim^)? (`offset` `=` $offset^)?
    (`interleaved` $interleaved^)? (`scaling` $scaling^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_ActivationOp
    : Dag_TypedOp<"activation", "Activation", [Pure, Dag_RankPhase]> {
  let summary = "a pointwise non-linear function";
  let description = [{
    Applies `kind` to every element. `gelu` is exact (erf), `gelu_tanh` its
    approximation, `quick_gelu` is `x * sigmoid(1.702 x)`.

    (C1) `x` is of floats and reduced: `f(a + b)` is not `f(a) + f(b)`.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.activation silu %x : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_ActivationKindAttr:$kind, Dag_Tensor:$x);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    `` $kind $x attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_MultiplyOp : Dag_TypedOp<"multiply", "Multiply", [Pure, Dag_RankPhase]> {
  let summary = "pointwise product";
  let description = [{
    (C1) both operands are reduced.
    (C2) both operands have one shape and element type.
    (C3) both operands are sharded alike.

    Result: the type of the operands.

    Example:

    ```mlir
    %0 = dag.multiply %g, %u : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$lhs, Dag_Tensor:$rhs);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_AddOp : Dag_NamedRoleOp<"add", "ResidualAdd", [Pure, Dag_RankPhase]> {
  let summary = "pointwise sum";
  let description = [{
    A sum of two pending sums over the same axes is a pending sum over them; a
    pending sum and a reduced tensor cannot be added, since every rank would
    add the latter.

    (C1) both operands have one shape and element type.
    (C2) the same sums are pending on both operands.
    (C3) both operands are sharded alike.

    Result: the type of the operands.

    Example:

    ```mlir
    %0 = dag.add %x, %y : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$lhs, Dag_Tensor:$rhs,
                       OptionalAttr<Dag_RoleAttr>:$role);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`as` `` $role^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_BiasAddOp : Dag_NamedRoleOp<"bias_add", "Linear", [Pure, Dag_RankPhase]> {
  let summary = "add a vector to the last dimension";
  let description = [{
    `result[i..., o] = x[i..., o] + bias[o]`: the bias of a row-parallel layer,
    behind its reduction.

    (C1) `x` is of floats, with at least one dimension, and reduced: every rank
    would add the bias.
    (C2) `bias` is of rank 1, reduced, with the element type of `x`, and equal
    in size and sharding to its last dimension.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.bias_add %x, %b as ffn_down
        : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, Dag_Tensor:$bias,
                       OptionalAttr<Dag_RoleAttr>:$role);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `,` $bias (`as` `` $role^)? attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_SplitOp : Dag_TypedOp<"split", "Slice", [Pure, Dag_RankPhase]> {
  let summary = "cut the last dimension into parts";
  let description = [{
    Gives the parts of the last dimension of `x`, in order. Local and linear: a
    pending sum stays one.

    (C1) `x` has at least one dimension.
    (C2) the last dimension of `x` is not sharded.
    (C3) `sizes` are positive and add up to the last dimension.

    Result: a tensor like `x` for each of `sizes`.

    Example:

    ```mlir
    %0:2 = dag.split %x sizes [48, 16] : (tensor<1x8x64xbf16>)
        -> (tensor<1x8x48xbf16>, tensor<1x8x16xbf16>)
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, DenseI64ArrayAttr:$sizes);
  let results = (outs Variadic<Dag_Tensor>:$parts);
  let assemblyFormat = [{
    $x `sizes` $sizes attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_LastTokenOp : Dag_TypedOp<"last_token", "Slice", [Pure, Dag_RankPhase]> {
  let summary = "the last token of each sequence";
  let description = [{
    `result[b, 0, h] = x[b, s - 1, h]`: what the next token follows from. Of
    sequences with different numbers of tokens, `s` is that of `lengths`. Local
    and linear: a pending sum stays one.

    (C1) `x` is of rank 3.
    (C2) the tokens, its second dimension, are not sharded.
    (C3) `lengths` are of integers, of rank 1 and reduced, and equal in size and
    sharding to the batch of `x`.

    Result: `x` with one token.

    Example:

    ```mlir
    %0 = dag.last_token %x : (tensor<2x8x64xbf16>) -> tensor<2x1x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, Optional<Dag_Tensor>:$lengths);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x (`of` $lengths^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_ScaleOp : Dag_TypedOp<"scale", "Multiply", [Pure, Dag_RankPhase]> {
  let summary = "multiply by a constant";
  let description = [{
    Multiplies every element by `factor`. It is linear, so that a pending sum
    stays one.

    (C1) `x` is of floats.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.scale %x by 8.0 : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, F64Attr:$factor);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `by` custom<Number>($factor) attr-dict `:`
    functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def Dag_DequantizeOp
    : Dag_TypedOp<"dequantize", "Multiply",
                  [Pure, Dag_RankPhase, AttrSizedOperandSegments]> {
  let summary = "values of another type, from what is stored";
  let description = [{
    `result[i...] = (x[i...] - zero[j...]) * scale[j...]` as numbers of the type
    `to`, where `j = i / block`: as many neighbors of each dimension as `block`
    says share a scale, and a zero if there is one. A dimension in which the
    scales have one element shares it as a whole. Without a scale the numbers
    stay what they are, as far as the type has them.

    Kernels do that where they load what is stored: no result is in memory.

    (C1) `x` is of floats or integers and reduced.
    (C2) `scale` and `zero` are reduced and have the rank of `x`; `scale` is of
    floats, `zero` of integers like `x`.
    (C3) there is a `block` if and only if there is a `scale`, with a positive
    size for each dimension, and a `zero` only with a `scale`.
    (C4) a dimension of `scale` and `zero` has one element for each block, the
    last of which may be short; or one, not sharded, where that is one block.
    (C5) a sharded dimension is sharded alike where it has several blocks, and
    no rank has a part of a block.
    (C6) `to` is a type of floats.

    Result: `x`, with `to` as the element type.

    Example:

    ```mlir
    %0 = dag.dequantize %w, %s block = [128, 128] to bf16 : (
        tensor<256x512xf8E4M3FN, #dag.sharding<[{tp}, {} ]>>,
        tensor<2x4xf32, #dag.sharding<[{tp}, {} ]>>)
        -> tensor<256x512xbf16, #dag.sharding<[{tp}, {} ]>>
    ```
  }];
  let arguments = (ins
    Dag_Tensor:$x,
    Optional<Dag_Tensor>:$scale,
    Optional<Dag_Tensor>:$zero,
    OptionalAttr<DenseI64ArrayAttr>:$block,
    TypeAttr:$to
  );
  let results = (outs Dag_Tensor:$result);
  let roleDeclaration = [{
    /// A parameter in another type is one.
    ::mlir::dag::Role getDeploymentRole();
  }];
  let assemblyFormat = [{
    $x (`,` $scale^)? (`zero` $zero^)? (`block` `=` $block^)? `to` $to attr-dict
    `:` functional-type(operands, results)
  }];
}

def Dag_SoftCapOp : Dag_TypedOp<"soft_cap", "Activation", [Pure, Dag_RankPhase]> {
  let summary = "bound logits smoothly";
  let description = [{
    `result = cap * tanh(x / cap)`.

    (C1) `x` is of floats and reduced.
    (C2) `cap` is positive.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = dag.soft_cap %x cap = 30.0
        : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, F64Attr:$cap);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `cap` `=` custom<Number>($cap) attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGCOMPUTEOPS_TD
