//===- Kernels.h - What the ops compute, on plain tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The models of single ops and of composites share these. They are written to
// be read: loops over the formula of the op's description, in f64.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_KERNELS_REFERENCE_KERNELS_H
#define DAG_KERNELS_REFERENCE_KERNELS_H

#include "dag/Dialect/Dag/IR/DagEnums.h"
#include "dag/Kernels/Reference/ShardRange.h"
#include "dag/Kernels/Reference/Tensor.h"

namespace mlir::dag::kernels {

/// `x w^T + bias`, over the first `validK` elements of the sum.
Tensor linear(const Tensor &x, const Tensor &weight, const Tensor *bias,
              int64_t validK);

/// Rows of `table` for `ids - offset`; zero where it is not one of the first
/// `validRows`. The vector of padding is padding.
Tensor embedding(const Tensor &ids, const Tensor &table, int64_t offset,
                 int64_t validRows);

/// Normalizations over the last dimension.
Tensor rmsNorm(const Tensor &x, const Tensor &weight, double epsilon,
               bool unitOffset);
Tensor layerNorm(const Tensor &x, const Tensor &weight, const Tensor *bias,
                 double epsilon);
/// Of each head, or of all heads of a token if `weight` is that long.
Tensor qkNorm(const Tensor &x, const Tensor &weight, double epsilon,
              bool unitOffset);

/// Where the first token of a sequence stands: one place for all, or one for
/// each.
class Positions {
public:
  Positions(int64_t all = 0) : values(1, all) {}
  /// Integers of rank 0 or 1. Those of padding are any.
  explicit Positions(const Tensor &tensor);

  int64_t get(int64_t sequence) const {
    return values.size() == 1 ? values[0] : values[sequence];
  }
  bool areEach() const { return isEach; }
  /// True if there is one for each of so many sequences.
  bool fit(int64_t sequences) const {
    return values.size() == 1 ||
           static_cast<int64_t>(values.size()) == sequences;
  }
  Positions operator+(int64_t offset) const {
    Positions result = *this;
    for (int64_t &value : result.values)
      value += offset;
    return result;
  }

private:
  SmallVector<int64_t, 4> values;
  bool isEach = false;
};

double activate(ActivationKind kind, double x);

/// Angles of a rotation: one frequency for each pair, and what the rotated
/// elements are multiplied by.
struct RotaryTable {
  SmallVector<double> frequencies;
  double factor = 1;
};
/// The table of `dim` rotated elements. `tokens` is the length of the sequence
/// that a scaling may depend on. Emits an error for an unknown scaling.
FailureOr<RotaryTable> getRotaryTable(Location loc, double theta, int64_t dim,
                                      DictionaryAttr scaling, int64_t tokens);
/// Rotates elements from `offset` on. There is one table, or one for each
/// sequence.
Tensor rotate(const Tensor &x, ArrayRef<RotaryTable> tables, int64_t offset,
              bool interleaved, const Positions &positions);

/// Which KV head a head uses, on one rank.
struct HeadMap {
  ShardRange heads;
  ShardRange kvHeads;
  int64_t getKvHead(int64_t head) const {
    return (heads.offset + head) / (heads.total / kvHeads.total) -
           kvHeads.offset;
  }
};

/// `[batch, head, query, key]` from `[batch, token, head, size]`.
Tensor attentionScores(const Tensor &q, const Tensor &k, double scale,
                       const HeadMap &map, int64_t validSize);
/// Mask and softmax; queries begin at `positions`.
struct Masking {
  MaskKind mask;
  std::optional<int64_t> window;
  std::optional<double> alibi;
  Positions positions;
};
Tensor attentionWeights(const Tensor &scores, const Tensor *sinks,
                        const Masking &masking, const ShardRange &heads);
/// `slope(firstHead + h) * (j - i)` added, with the slopes of `heads` heads;
/// queries begin at `positions`.
Tensor addAlibi(const Tensor &scores, double base, int64_t heads,
                int64_t firstHead, const Positions &positions);
/// `[batch, query, head, size]`; the sum is over the first `validKeys`.
Tensor attentionOutput(const Tensor &weights, const Tensor &v,
                       const HeadMap &map, int64_t validKeys);
/// `x[batch, token, head, size]` as `[batch, token, features]`, and back.
Tensor joinHeads(const Tensor &x);
Tensor splitHeads(const Tensor &x, int64_t headDim);
/// A block table. A page of padding, and a negative one, is none.
class Pages {
public:
  explicit Pages(const Tensor &table) : table(table) {}

  int64_t getNumBlocks() const { return table.getDim(1); }
  /// Negative for none.
  int64_t get(int64_t sequence, int64_t block) const {
    double page = table.getRow(sequence)[block];
    return page >= 0 ? static_cast<int64_t>(page) : -1;
  }

private:
  const Tensor &table;
};

/// Writes tokens at positions; `pages` are null for a cache without. What has
/// no place is not written.
Tensor updateCache(const Tensor &cache, const Tensor &tokens,
                   const Positions &positions, const Pages *pages);
/// `[batch, tokens of all blocks, ...]`; zeros where there is no page.
Tensor gatherCache(const Tensor &cache, const Pages &pages, int64_t batches);
/// What heads share is put behind each head's own keys.
void latentKeysAndValues(const Tensor &latent, const Tensor &kRope,
                         const Tensor &wkv, int64_t nopeDim, int64_t vDim,
                         Tensor &k, Tensor &v);

/// The first `nopeDim` elements of each head of `q`, times its rows of `wkv`,
/// with the others behind them.
Tensor absorbQueries(const Tensor &q, const Tensor &wkv, int64_t nopeDim,
                     int64_t vDim);
/// The last dimensions of both, one behind the other, as one head for all.
Tensor joinAsOneHead(const Tensor &latent, const Tensor *kRope);
/// `x[batch, token, head, latent]` by the rows of `wkv` that make values.
Tensor absorbedValues(const Tensor &x, const Tensor &wkv, int64_t nopeDim,
                      int64_t vDim);

/// How a router chooses.
struct Routing {
  int64_t topK;
  ScoringKind scoring;
  bool normalize;
  double scale = 1;
  std::optional<int64_t> groups;
  int64_t topGroups = 0;
  int64_t groupTop = 0;
};
/// Weights and indices, `[batch, token, choice]`.
std::pair<Tensor, Tensor> route(const Tensor &x, const Tensor &weight,
                                const Tensor *bias, const Tensor *correction,
                                const Routing &routing);
/// `[expert, slot, hidden]`.
Tensor dispatch(const Tensor &x, const Tensor &indices, int64_t experts,
                int64_t capacity);
struct ExpertSettings {
  ActivationKind activation;
  std::optional<double> alpha;
  std::optional<double> limit;
  double upOffset = 0;
};
Tensor runExperts(const Tensor &x, const Tensor &gate, const Tensor &up,
                  const Tensor &down, ArrayRef<const Tensor *> biases,
                  const ExpertSettings &figures, int64_t validInner);
Tensor combine(const Tensor &y, const Tensor &weights, const Tensor &indices,
               const ShardRange &experts);

} // namespace mlir::dag::kernels

#endif // DAG_KERNELS_REFERENCE_KERNELS_H
