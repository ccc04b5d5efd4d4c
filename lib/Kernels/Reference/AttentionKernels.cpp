//===- AttentionKernels.cpp - Scores, weights, values -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Kernels/Reference/Kernels.h"

#include <cmath>
#include <limits>

#include <numeric>

using namespace mlir;
using namespace mlir::dag;

/// What heads of padding hold, and tokens without a page: whoever looks at it
/// spoils the result.
static constexpr double kPadding = std::numeric_limits<double>::quiet_NaN();

Tensor kernels::attentionScores(const Tensor &q, const Tensor &k, double scale,
                                const HeadMap &map, int64_t validSize) {
  int64_t batches = q.getDim(0), queries = q.getDim(1), heads = q.getDim(2);
  int64_t keys = k.getDim(1), kvHeads = k.getDim(2);
  Tensor result({batches, heads, queries, keys});
  double *to = result.getData();
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t i = 0; i < queries; ++i)
        for (int64_t j = 0; j < keys; ++j, ++to) {
          if (h >= map.heads.valid) {
            *to = kPadding;
            continue;
          }
          const double *query = q.getRow((b * queries + i) * heads + h);
          const double *key =
              k.getRow((b * keys + j) * kvHeads + map.getKvHead(h));
          double sum = 0;
          for (int64_t d = 0; d < validSize; ++d)
            sum += query[d] * key[d];
          *to = sum * scale;
        }
  return result;
}

/// The slope of a head: powers of `2^(-alibi / n)`; for heads beyond a power of
/// two, those between them.
static double getSlope(double alibi, int64_t head, int64_t heads) {
  int64_t power = 1;
  while (power * 2 <= heads)
    power *= 2;
  if (head < power)
    return std::exp2(-alibi * (head + 1) / power);
  return std::exp2(-alibi * (2 * (head - power) + 1) / (2 * power));
}

Tensor kernels::addAlibi(const Tensor &scores, double base, int64_t heads,
                         int64_t firstHead, const Positions &positions) {
  Tensor result = scores;
  int64_t keys = scores.getDim(3), queries = scores.getDim(2);
  for (int64_t row = 0, rows = scores.getOuterSize(3); row < rows; ++row) {
    int64_t head = firstHead + row / queries % scores.getDim(1);
    int64_t query =
        positions.get(row / queries / scores.getDim(1)) + row % queries;
    double slope = getSlope(base, head, heads);
    for (int64_t j = 0; j < keys; ++j)
      result.getRow(row)[j] += slope * static_cast<double>(j - query);
  }
  return result;
}

Tensor kernels::attentionWeights(const Tensor &scores, const Tensor *sinks,
                                 const Masking &masking,
                                 const ShardRange &headRange) {
  Tensor result = scores;
  int64_t heads = scores.getDim(1), queries = scores.getDim(2),
          keys = scores.getDim(3);
  for (int64_t row = 0, rows = scores.getOuterSize(3); row < rows; ++row) {
    int64_t head = row / queries % heads;
    int64_t query =
        masking.positions.get(row / queries / heads) + row % queries;
    if (head >= headRange.valid)
      continue;
    double *weights = result.getRow(row);
    int64_t first = 0, end = keys;
    if (masking.mask != MaskKind::None)
      end = std::min(keys, query + 1);
    if (masking.mask == MaskKind::SlidingWindow)
      first = std::max<int64_t>(0, query + 1 - *masking.window);
    double largest =
        sinks ? (*sinks)[head] : -std::numeric_limits<double>::infinity();
    for (int64_t j = first; j < end; ++j) {
      if (masking.alibi)
        weights[j] +=
            getSlope(*masking.alibi, headRange.offset + head, headRange.total) *
            static_cast<double>(j - query);
      largest = std::max(largest, weights[j]);
    }
    double sum = sinks ? std::exp((*sinks)[head] - largest) : 0;
    for (int64_t j = 0; j < keys; ++j) {
      weights[j] = j >= first && j < end ? std::exp(weights[j] - largest) : 0.0;
      sum += weights[j];
    }
    for (int64_t j = 0; j < keys; ++j)
      weights[j] = sum == 0 ? 0 : weights[j] / sum;
  }
  return result;
}

Tensor kernels::attentionOutput(const Tensor &weights, const Tensor &v,
                                const HeadMap &map, int64_t validKeys) {
  int64_t batches = weights.getDim(0), heads = weights.getDim(1),
          queries = weights.getDim(2);
  int64_t keys = v.getDim(1), kvHeads = v.getDim(2), size = v.getDim(3);
  Tensor result({batches, queries, heads, size});
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t i = 0; i < queries; ++i)
      for (int64_t h = 0; h < heads; ++h) {
        double *to = result.getRow((b * queries + i) * heads + h);
        if (h >= map.heads.valid) {
          std::fill(to, to + size, kPadding);
          continue;
        }
        const double *weight = weights.getRow((b * heads + h) * queries + i);
        for (int64_t j = 0; j < validKeys; ++j) {
          // What is masked is not looked at.
          if (weight[j] == 0)
            continue;
          const double *value =
              v.getRow((b * keys + j) * kvHeads + map.getKvHead(h));
          for (int64_t d = 0; d < size; ++d)
            to[d] += weight[j] * value[d];
        }
      }
  return result;
}

/// The same elements in another shape.
static Tensor reshape(const Tensor &x, ArrayRef<int64_t> shape) {
  Tensor result(shape);
  std::copy(x.getData(), x.getData() + x.getNumElements(), result.getData());
  return result;
}

Tensor kernels::joinHeads(const Tensor &x) {
  return reshape(x, {x.getDim(0), x.getDim(1), x.getDim(2) * x.getDim(3)});
}

Tensor kernels::splitHeads(const Tensor &x, int64_t headDim) {
  return reshape(x, {x.getDim(0), x.getDim(1), x.getDim(2) / headDim, headDim});
}

kernels::Positions::Positions(const Tensor &tensor) {
  isEach = tensor.getRank() != 0;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    values.push_back(std::isnan(tensor[i]) ? 0
                                           : static_cast<int64_t>(tensor[i]));
}

Tensor kernels::updateCache(const Tensor &cache, const Tensor &tokens,
                            const Positions &positions, const Pages *pages) {
  Tensor result = cache;
  int64_t batches = tokens.getDim(0), room = cache.getDim(1),
          count = tokens.getDim(1), inner = cache.getInnerSize(1);
  int64_t blocks = pages ? pages->getNumBlocks() : 1;
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t i = 0; i < count; ++i) {
      int64_t place = positions.get(b) + i, block = place / room;
      if (place < 0 || block >= blocks)
        continue;
      int64_t row = pages ? pages->get(b, block) : b;
      if (row >= 0)
        std::copy_n(tokens.getData() + (b * count + i) * inner, inner,
                    result.getData() + (row * room + place % room) * inner);
    }
  return result;
}

Tensor kernels::gatherCache(const Tensor &cache, const Pages &pages,
                            int64_t batches) {
  SmallVector<int64_t, 4> shape(cache.getShape());
  int64_t blocks = pages.getNumBlocks();
  shape[0] = batches;
  shape[1] *= blocks;
  Tensor result(shape);
  int64_t size = cache.getInnerSize(0);
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t block = 0; block < blocks; ++block) {
      double *to = result.getData() + (b * blocks + block) * size;
      if (int64_t page = pages.get(b, block); page >= 0)
        std::copy_n(cache.getData() + page * size, size, to);
      else
        std::fill_n(to, size, kPadding);
    }
  return result;
}

void kernels::latentKeysAndValues(const Tensor &latent, const Tensor &kRope,
                                  const Tensor &wkv, int64_t nopeDim,
                                  int64_t vDim, Tensor &k, Tensor &v) {
  Tensor both = splitHeads(linear(latent, wkv, /*bias=*/nullptr, wkv.getDim(1)),
                           nopeDim + vDim);
  int64_t heads = both.getDim(2), ropeDim = kRope.getDim(2);
  SmallVector<int64_t, 4> shape(both.getShape());
  shape[3] = nopeDim + ropeDim;
  k = Tensor(shape);
  shape[3] = vDim;
  v = Tensor(shape);
  for (int64_t row = 0, rows = both.getOuterSize(3); row < rows; ++row) {
    const double *from = both.getRow(row);
    std::copy_n(from, nopeDim, k.getRow(row));
    std::copy_n(kRope.getRow(row / heads), ropeDim, k.getRow(row) + nopeDim);
    std::copy_n(from + nopeDim, vDim, v.getRow(row));
  }
}

Tensor kernels::absorbQueries(const Tensor &q, const Tensor &wkv,
                              int64_t nopeDim, int64_t vDim) {
  int64_t heads = q.getDim(2), rank = wkv.getDim(1);
  int64_t ropeDim = q.getDim(3) - nopeDim;
  SmallVector<int64_t, 4> shape(q.getShape());
  shape[3] = rank + ropeDim;
  Tensor result(shape);
  for (int64_t row = 0, rows = q.getOuterSize(3); row < rows; ++row) {
    const double *from = q.getRow(row);
    double *to = result.getRow(row);
    for (int64_t d = 0; d < nopeDim; ++d) {
      const double *weight = wkv.getRow(row % heads * (nopeDim + vDim) + d);
      for (int64_t c = 0; c < rank; ++c)
        to[c] += from[d] * weight[c];
    }
    std::copy_n(from + nopeDim, ropeDim, to + rank);
  }
  return result;
}

Tensor kernels::joinAsOneHead(const Tensor &latent, const Tensor *kRope) {
  int64_t rank = latent.getDim(2), ropeDim = kRope ? kRope->getDim(2) : 0;
  Tensor result({latent.getDim(0), latent.getDim(1), 1, rank + ropeDim});
  for (int64_t row = 0, rows = latent.getOuterSize(2); row < rows; ++row) {
    std::copy_n(latent.getRow(row), rank, result.getRow(row));
    if (kRope)
      std::copy_n(kRope->getRow(row), ropeDim, result.getRow(row) + rank);
  }
  return result;
}

Tensor kernels::absorbedValues(const Tensor &x, const Tensor &wkv,
                               int64_t nopeDim, int64_t vDim) {
  int64_t heads = x.getDim(2), rank = x.getDim(3);
  SmallVector<int64_t, 4> shape(x.getShape());
  shape[3] = vDim;
  Tensor result(shape);
  for (int64_t row = 0, rows = x.getOuterSize(3); row < rows; ++row)
    for (int64_t d = 0; d < vDim; ++d) {
      const double *weight =
          wkv.getRow(row % heads * (nopeDim + vDim) + nopeDim + d);
      result.getRow(row)[d] =
          std::inner_product(weight, weight + rank, x.getRow(row), 0.0);
    }
  return result;
}
