//===- PipelineEdges.h - What stages give each other --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_PIPELINEEDGES_H
#define DAG_LIB_COMMUNICATION_PIPELINEEDGES_H

#include "dag/Schedule/Schedule.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLExtras.h"

#include <map>
#include <utility>
#include <vector>

namespace mlir::dag {

/// What stages give each other, by its ends.
struct PipelineEdges {
  /// `edges` in the order in which stages send; `recvPlaces` has by its ends
  /// when an edge is received. A backward does the same in the opposite order.
  using RecvPlaces = std::map<std::pair<int64_t, int64_t>, uint32_t>;
  PipelineEdges(const Schedule &schedule, ArrayRef<StageEdge> edges,
                const RecvPlaces &recvPlaces)
      : rankOf(schedule.getRankOfStages()) {
    int64_t numStages = schedule.getNumStages();
    for (bool isGradient : {false, true}) {
      makers[isGradient].resize(numStages);
      takers[isGradient].resize(numStages);
    }
    for (const StageEdge &edge : edges) {
      byEnds[{edge.source, edge.target}] = &edge;
      if (edge.source >= numStages || edge.target >= numStages)
        continue;
      makers[false][edge.target].push_back(edge.source);
      takers[false][edge.source].push_back(edge.target);
    }
    for (int64_t stage = 0; stage < numStages; ++stage) {
      auto getPlace = [&, stage](int32_t source) {
        auto it = recvPlaces.find({source, stage});
        return it == recvPlaces.end() ? 0 : it->second;
      };
      llvm::stable_sort(makers[false][stage], [&](int32_t a, int32_t b) {
        return getPlace(a) < getPlace(b);
      });
      for (int32_t target : llvm::reverse(takers[false][stage]))
        if (lookup(stage, target)->hasGradient)
          makers[true][stage].push_back(target);
      for (int32_t source : llvm::reverse(makers[false][stage]))
        if (lookup(source, stage)->hasGradient)
          takers[true][stage].push_back(source);
    }
  }

  /// The edge, or null.
  const StageEdge *lookup(int32_t source, int32_t target) const {
    auto it = byEnds.find({source, target});
    return it == byEnds.end() ? nullptr : it->second;
  }
  /// Buffers at either end of an edge, for what goes from one stage to the
  /// other one, or back; 0 is as many as it takes.
  int64_t getSlots(bool isGradient, int32_t maker, int32_t taker) const {
    const StageEdge *edge =
        isGradient ? lookup(taker, maker) : lookup(maker, taker);
    if (!edge)
      return 0;
    return isGradient ? edge->gradientSlots : edge->slots;
  }

  std::vector<int32_t> rankOf;
  /// By whether they are gradients and by stage: those that make what it takes,
  /// and those that take what it makes.
  std::vector<SmallVector<int32_t, 1>> makers[2], takers[2];

private:
  std::map<std::pair<int32_t, int32_t>, const StageEdge *> byEnds;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_PIPELINEEDGES_H
