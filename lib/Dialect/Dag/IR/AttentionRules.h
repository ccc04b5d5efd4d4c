//===- AttentionRules.h - Rules of the parts of attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rules as functions of types, so that a composite op can apply one after the
// other, to what its parts would give.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_IR_ATTENTIONRULES_H
#define DAG_LIB_DIALECT_DAG_IR_ATTENTIONRULES_H

#include "dag/Dialect/Dag/IR/Typing.h"

namespace mlir::dag {

/// The numbers of heads and their size.
struct HeadSizes {
  int64_t heads;
  int64_t kvHeads;
  int64_t headDim;
};

/// Queries, keys and values.
struct Qkv {
  TypedOperand q, k, v;
};

/// The figures of a rotation.
struct Rotation {
  std::optional<int64_t> rotaryDim;
  int64_t offset;
  double theta;
};

/// The sizes of the parts of a head of latent attention.
struct LatentHeads {
  int64_t heads, nopeDim, ropeDim, vDim;
};

/// Names an intermediate of a composite.
TypedOperand asOperand(const ShardedType &type, StringRef name);

/// The dimension of heads that the features of `weight` are seen as.
FailureOr<std::pair<int64_t, DimShardingAttr>>
inferHeads(const TypingRule &rule, StringRef constraint,
           const TypedOperand &weight, int64_t heads, int64_t headDim);

FailureOr<Qkv> inferQkv(const TypingRule &rule, Value x,
                        ArrayRef<Value> weights, ValueRange biases,
                        HeadSizes figures);
/// (C2) to (C5) of the projection from latents, whose operands are reduced
/// floats.
FailureOr<Qkv> inferLatentQkv(const TypingRule &rule,
                              const TypedOperand &qInput,
                              const TypedOperand &latent,
                              const TypedOperand &kRope, const TypedOperand &wq,
                              const TypedOperand &wkv,
                              const LatentHeads &figures);
/// The same in the basis of the latent vectors.
FailureOr<Qkv> inferAbsorbedQkv(const TypingRule &rule,
                                const TypedOperand &qInput,
                                const TypedOperand &latent,
                                const TypedOperand &kRope,
                                const TypedOperand &wq, const TypedOperand &wkv,
                                const LatentHeads &figures);
/// (C2) to (C4) of values of weighted sums of latents.
FailureOr<TypedOperand> inferAbsorbedValues(const TypingRule &rule,
                                            const TypedOperand &x,
                                            const TypedOperand &wkv,
                                            int64_t nopeDim, int64_t vDim);
LogicalResult checkQkNorm(const TypingRule &rule, const TypedOperand &x,
                          Value weight, double epsilon);
LogicalResult checkRotation(const TypingRule &rule, const TypedOperand &x,
                            const Rotation &rotation);
/// (C2) to (C4) and (C6) of an update; the result has the type of the cache.
LogicalResult checkCacheUpdate(const TypingRule &rule,
                               const TypedOperand &cache,
                               const TypedOperand &tokens, Value pages);
/// (C2) to (C4) of a gather of pages.
FailureOr<TypedOperand> inferGather(const TypingRule &rule,
                                    const TypedOperand &cache, Value pages);
FailureOr<TypedOperand> inferScores(const TypingRule &rule,
                                    const TypedOperand &q,
                                    const TypedOperand &k);
LogicalResult checkWeights(const TypingRule &rule, const TypedOperand &scores,
                           MaskKind mask, std::optional<uint64_t> window,
                           Value sinks, std::optional<APFloat> alibi);
FailureOr<TypedOperand> inferOutput(const TypingRule &rule,
                                    const TypedOperand &weights,
                                    const TypedOperand &v);
FailureOr<ShardedType> inferProjection(const TypingRule &rule,
                                       const TypedOperand &x, Value weight,
                                       Value bias);

/// Checks that the heads inside of a composite divide by their ranks on `mesh`:
/// its types only show rows. Success for every other op.
LogicalResult verifyHeadsOnMesh(Operation *op, const MeshShape &mesh);

/// The same of scales of an unknown number, where their weight tells it.
LogicalResult verifyBlocksOnMesh(Operation *op, const MeshShape &mesh);

/// Two reduced tensors of floats of one type and rank.
FailureOr<std::pair<TypedOperand, TypedOperand>>
getPair(const TypingRule &rule, Value first, StringRef firstName, Value second,
        StringRef secondName, int64_t rank = 4);

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_IR_ATTENTIONRULES_H
