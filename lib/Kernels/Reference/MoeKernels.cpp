//===- MoeKernels.cpp - Routing and experts -*- C++ -*-===//
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

/// The `count` largest of `indices` by `value`, the largest first; of equals
/// the one with the lower index.
static SmallVector<int64_t> getTop(SmallVector<int64_t> indices, int64_t count,
                                   function_ref<double(int64_t)> value) {
  llvm::stable_sort(indices,
                    [&](int64_t a, int64_t b) { return value(a) > value(b); });
  indices.truncate(std::min<size_t>(count, indices.size()));
  return indices;
}

static SmallVector<int64_t> getRange(int64_t begin, int64_t size) {
  SmallVector<int64_t> indices(size);
  std::iota(indices.begin(), indices.end(), begin);
  return indices;
}

std::pair<Tensor, Tensor> kernels::route(const Tensor &x, const Tensor &weight,
                                         const Tensor *bias,
                                         const Tensor *correction,
                                         const Routing &routing) {
  Tensor logits = linear(x, weight, bias, weight.getDim(1));
  int64_t experts = weight.getDim(0);
  Tensor weights({x.getDim(0), x.getDim(1), routing.topK});
  Tensor indices(weights.getShape());
  for (int64_t row = 0, rows = logits.getOuterSize(2); row < rows; ++row) {
    double *scores = logits.getRow(row);
    if (routing.scoring == ScoringKind::Softmax) {
      double largest = *std::max_element(scores, scores + experts), sum = 0;
      for (int64_t e = 0; e < experts; ++e)
        sum += scores[e] = std::exp(scores[e] - largest);
      for (int64_t e = 0; e < experts; ++e)
        scores[e] /= sum;
    } else {
      for (int64_t e = 0; e < experts; ++e)
        scores[e] = activate(ActivationKind::Sigmoid, scores[e]);
    }
    auto choice = [&](int64_t e) {
      return scores[e] + (correction ? (*correction)[e] : 0);
    };
    SmallVector<int64_t> candidates = getRange(0, experts);
    if (routing.groups) {
      int64_t size = experts / *routing.groups;
      SmallVector<int64_t> groups = getTop(
          getRange(0, *routing.groups), routing.topGroups, [&](int64_t group) {
            double sum = 0;
            for (int64_t e :
                 getTop(getRange(group * size, size), routing.groupTop, choice))
              sum += choice(e);
            return sum;
          });
      llvm::sort(groups);
      candidates.clear();
      for (int64_t group : groups)
        llvm::append_range(candidates, getRange(group * size, size));
    }
    SmallVector<int64_t> chosen = getTop(candidates, routing.topK, choice);
    double sum = 0;
    for (int64_t e : chosen)
      sum += scores[e];
    for (auto [i, e] : llvm::enumerate(chosen)) {
      weights.getRow(row)[i] =
          scores[e] * routing.scale / (routing.normalize ? sum : 1);
      indices.getRow(row)[i] = e;
    }
  }
  return {std::move(weights), std::move(indices)};
}

/// Calls `callback(token, choice, expert, slot)` for every choice of an expert,
/// in the order in which slots are given. Indices may be anything: what is no
/// number of an expert is passed over.
static void
forEachSlot(const Tensor &indices,
            function_ref<void(int64_t, int64_t, int64_t, int64_t)> callback) {
  DenseMap<int64_t, int64_t> used;
  for (int64_t token = 0, tokens = indices.getOuterSize(2); token < tokens;
       ++token)
    for (int64_t choice = 0; choice < indices.getDim(2); ++choice) {
      // Padding chooses nobody.
      double index = indices.getRow(token)[choice];
      if (!(index >= 0 && index < std::numeric_limits<int32_t>::max()))
        continue;
      auto expert = static_cast<int64_t>(index);
      callback(token, choice, expert, used[expert]++);
    }
}

Tensor kernels::dispatch(const Tensor &x, const Tensor &indices,
                         int64_t experts, int64_t capacity) {
  int64_t hidden = x.getDim(2);
  Tensor result({experts, capacity, hidden});
  forEachSlot(indices,
              [&](int64_t token, int64_t, int64_t expert, int64_t slot) {
                if (slot < capacity && expert < experts)
                  std::copy_n(x.getRow(token), hidden,
                              result.getRow(expert * capacity + slot));
              });
  return result;
}

Tensor kernels::runExperts(const Tensor &x, const Tensor &gate,
                           const Tensor &up, const Tensor &down,
                           ArrayRef<const Tensor *> biases,
                           const ExpertSettings &figures, int64_t validInner) {
  int64_t experts = x.getDim(0), slots = x.getDim(1), hidden = x.getDim(2);
  int64_t inner = gate.getDim(1), outputs = down.getDim(1);
  Tensor result({experts, slots, outputs});
  std::vector<double> product(inner);
  auto dot = [](const double *a, const double *b, int64_t size) {
    return std::inner_product(a, a + size, b, 0.0);
  };
  for (int64_t e = 0; e < experts; ++e)
    for (int64_t slot = 0; slot < slots; ++slot) {
      const double *from = x.getRow(e * slots + slot);
      for (int64_t i = 0; i < validInner; ++i) {
        double g = dot(from, gate.getRow(e * inner + i), hidden);
        double u = dot(from, up.getRow(e * inner + i), hidden);
        if (!biases.empty()) {
          g += biases[0]->getRow(e)[i];
          u += biases[1]->getRow(e)[i];
        }
        if (figures.limit) {
          g = std::min(g, *figures.limit);
          u = std::clamp(u, -*figures.limit, *figures.limit);
        }
        g = figures.alpha ? g / (1 + std::exp(-*figures.alpha * g))
                          : activate(figures.activation, g);
        product[i] = g * (u + figures.upOffset);
      }
      double *to = result.getRow(e * slots + slot);
      for (int64_t o = 0; o < outputs; ++o)
        to[o] = dot(product.data(), down.getRow(e * outputs + o), validInner) +
                (biases.empty() ? 0 : biases[2]->getRow(e)[o]);
    }
  return result;
}

Tensor kernels::combine(const Tensor &y, const Tensor &weights,
                        const Tensor &indices, const ShardRange &experts) {
  int64_t hidden = y.getDim(2), slots = y.getDim(1);
  Tensor result({weights.getDim(0), weights.getDim(1), hidden});
  forEachSlot(indices,
              [&](int64_t token, int64_t choice, int64_t expert, int64_t slot) {
                // Experts of other ranks, and tokens beyond the capacity.
                int64_t local = expert - experts.offset;
                if (local < 0 || local >= experts.valid || slot >= slots)
                  return;
                double weight = weights.getRow(token)[choice];
                const double *from = y.getRow(local * slots + slot);
                double *to = result.getRow(token);
                for (int64_t h = 0; h < hidden; ++h)
                  to[h] += weight * from[h];
              });
  return result;
}
