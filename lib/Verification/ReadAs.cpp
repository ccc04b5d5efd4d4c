//===- ReadAs.cpp - What the whole was read as --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeploymentFacts.h"
#include "dag/Graph/Reading.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// `8 devices`, `1 device`.
static std::string formatNumber(int64_t number, StringRef unit) {
  if (number == 1)
    unit.consume_back("s");
  return std::to_string(number) + " " + unit.str();
}

static const SummaryFact *findFact(ArrayRef<SummaryFact> facts, StringRef id) {
  auto it = llvm::find_if(
      facts, [&](const SummaryFact &fact) { return fact.id == id; });
  return it == facts.end() ? nullptr : &*it;
}

/// A plan says what it is.
static std::string describePlan(ArrayRef<SummaryFact> facts) {
  SmallVector<std::string> parts;
  if (const SummaryFact *model = findFact(facts, "model"))
    parts.push_back(model->value);
  if (const SummaryFact *layers = findFact(facts, "layers")) {
    int64_t all =
        layers->parts.empty() ? *layers->number : layers->parts.front().second;
    parts.push_back(*layers->number == all
                        ? formatNumber(all, "layers")
                        : std::to_string(*layers->number) + " of " +
                              formatNumber(all, "layers"));
  }
  if (const SummaryFact *mesh = findFact(facts, "mesh"))
    for (const auto &[axis, size] : mesh->parts)
      parts.push_back(axis + " " + std::to_string(size));
  else if (const SummaryFact *stages = findFact(facts, "stages"))
    parts.push_back("pp " + std::to_string(*stages->number));
  for (StringRef id : {"devices", "batch", "tokens"})
    if (const SummaryFact *fact = findFact(facts, id))
      if (fact->number)
        parts.push_back(formatNumber(*fact->number, fact->unit));
  return llvm::join(parts, ", ");
}

std::string dag::describeReading(const DeploymentGraph &graph,
                                 ArrayRef<SummaryFact> facts) {
  return graph.isSketch() ? describeDrawing(graph) : describePlan(facts);
}
