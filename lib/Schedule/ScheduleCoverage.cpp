//===- ScheduleCoverage.cpp - Is a micro-batch left out? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Schedule/ScheduleCoverage.h"

#include "llvm/ADT/DenseSet.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

std::vector<LeftOut> dag::findLeftOut(const Schedule &schedule,
                                      const ScheduleExtent &extent,
                                      llvm::ArrayRef<StageEdge> edges) {
  // A whole backward is both of its parts.
  enum Part { Forward, Inputs, Weights };
  std::map<std::pair<int64_t, Part>, RangeSet> done;
  bool isAsked[] = {extent.hasForward, false, false};
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row) {
      if (!action.isCompute())
        continue;
      auto add = [&](Part part) {
        done[{action.stage, part}].insert(action.microbatch);
        isAsked[part] = true;
      };
      if (action.kind == ActionKind::Forward)
        add(Forward);
      if (action.kind == ActionKind::Backward ||
          action.kind == ActionKind::BackwardInput)
        add(Inputs);
      if (action.kind == ActionKind::Backward ||
          action.kind == ActionKind::BackwardWeight)
        add(Weights);
    }
  isAsked[Weights] |= isAsked[Inputs];
  llvm::DenseSet<int64_t> owing;
  for (const StageEdge &edge : edges)
    if (edge.hasGradient)
      owing.insert(edge.target);
  RangeSet all;
  if (int64_t count =
          std::max(extent.microbatches, schedule.getNumMicrobatches());
      count > 0)
    all.insert(0, count - 1);
  std::vector<LeftOut> result;
  static constexpr llvm::StringLiteral names[] = {
      "run the forward", "compute the gradient of the inputs",
      "compute the gradient of the weights"};
  int64_t numStages = std::max(extent.stages, schedule.getNumStages());
  for (int64_t stage = 0; stage < numStages; ++stage)
    for (Part part : {Forward, Inputs, Weights}) {
      auto it = done.find({stage, part});
      bool isNone = it == done.end();
      // A part of a schedule may be cut off before the backwards of some
      // stages.
      bool isCut = part != Forward && !extent.hasForward &&
                   !(part == Weights && done.count({stage, Inputs})) &&
                   !(extent.hasBackward && done.count({stage + 1, Inputs}));
      if (isNone &&
          (!isAsked[part] || isCut ||
           (part == Inputs && !owing.contains(stage)) ||
           (part == Weights && extent.withoutWeights.contains(stage))))
        continue;
      RangeSet rest = isNone ? all : all.subtract(it->second);
      if (!rest.empty())
        result.push_back({stage, names[part], std::move(rest)});
    }
  return result;
}
