//===- PrintCost.cpp - Print what a plan costs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/Cost.h"
#include "dag/Cost/Memory.h"
#include "dag/Cost/Passes.h"
#include "dag/Support/Markdown.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGPRINTCOST
#include "dag/Cost/Passes.h.inc"
} // namespace mlir::dag

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

namespace {
/// One rank's cost of a part of the model.
struct Part {
  std::string title;
  Cost cost;
};
} // namespace

/// A parameter on a rank. Tied ones are one where they are sharded alike.
using ParameterKey = std::tuple<StringAttr, Attribute, Type>;

/// Adds the rows of a block: its layers, in runs of equal ones, what is
/// outside of them, and all of it together, which is returned.
static Cost addParts(Block &block, StringRef name, CostModel &model,
                     std::vector<Part> &parts) {
  std::string prefix = name == "model" ? "" : (name + ": ").str();
  Cost total, outside;
  // The run of layers that the last row is for.
  std::optional<int64_t> first, last;
  auto finishRun = [&] {
    if (!first)
      return;
    std::string &title = parts.back().title;
    title = prefix + (first == last ? "layer " : "layers ") +
            std::to_string(*first);
    if (first != last)
      title += "-" + std::to_string(*last) + ", each";
    first.reset();
  };
  for (Operation &op : block) {
    if (isa<StageOp>(op))
      continue;
    Cost cost = model.getTotalCost(&op);
    total += cost;
    auto layer = dyn_cast<LayerOp>(op);
    if (!layer) {
      outside += cost;
      continue;
    }
    auto index = static_cast<int64_t>(layer.getIndex());
    if (!first || index != *last + 1 || cost != parts.back().cost) {
      finishRun();
      parts.push_back({"", cost});
      first = index;
    }
    last = index;
  }
  finishRun();

  // A tied parameter is there once.
  total.parameters = total.parameterBytes = 0;
  DenseSet<ParameterKey> seen;
  auto addParameter = [&](ParameterOp op) {
    if (!seen.insert({op.getNameAttr(), op.getCheckpointAttr(), op.getType()})
             .second)
      return;
    Cost cost = model.getCost(op);
    total.parameters = addSaturating(total.parameters, cost.parameters);
    total.parameterBytes =
        addSaturating(total.parameterBytes, cost.parameterBytes);
  };
  for (Operation &op : block)
    if (!isa<StageOp>(op))
      op.walk(addParameter);
  if (outside != Cost())
    parts.push_back({prefix + "other", outside});
  parts.push_back({name.str(), total});
  return total;
}

/// Elements of all parameters of a model, without padding, tied ones once.
static int64_t countParameters(ModelOp model) {
  DenseSet<std::pair<StringAttr, Attribute>> seen;
  int64_t count = 0;
  model->walk([&](ParameterOp op) {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type || !type.hasStaticShape() ||
        !seen.insert({op.getNameAttr(), op.getCheckpointAttr()}).second)
      return;
    ShardedType sharded(type);
    int64_t elements = 1;
    for (auto [size, dim] : llvm::zip_equal(sharded.shape, sharded.dims))
      elements = multiplySaturating(elements, size - dim.getPad());
    count = addSaturating(count, elements);
  });
  return count;
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

static void printFacts(ModelOp model, const MeshShape &mesh, raw_ostream &os) {
  MarkdownTable table =
      MarkdownTable::ofNumbers(ArrayRef<StringRef>({"figure", "value"}));
  table.addRow("ranks", mesh.getSize(mesh.getAxes()));
  table.addRow("parameters of the model, tied ones once",
               countParameters(model));
  int64_t perToken = 0, fullest = 0, tokens = 0;
  for (const RankMemory &memory : getMemory(model)) {
    perToken = addSaturating(
        perToken, multiplySaturating(memory.cachePerToken, memory.cacheCopies));
    fullest = std::max(fullest, memory.cachePerToken);
    tokens = std::max(tokens, memory.tokens);
  }
  if (tokens != 0) {
    table.addRow("KV cache: tokens", tokens);
    table.addRow("KV cache: bytes for a token, all ranks", perToken);
    table.addRow("KV cache: bytes for a token, fullest rank", fullest);
  }
  table.print(os, MarkdownTable::Style::Padded);
  os << '\n';
}

static void printParts(ArrayRef<Part> parts, raw_ostream &os) {
  MarkdownTable table = MarkdownTable::ofNumbers(ArrayRef<StringRef>(
      {"part", "parameters", "bytes", "KV cache bytes", "FLOPs", "collectives",
       "bytes sent", "sends", "bytes sent"}));
  for (const auto &[title, cost] : parts)
    table.addRow(title, {cost.parameters, cost.parameterBytes, cost.cacheBytes,
                         cost.flops, cost.collectives, cost.collectiveBytes,
                         cost.sends, cost.sendBytes});
  table.print(os, MarkdownTable::Style::Padded);
  os << '\n';
}

/// The collectives by kind; kinds that do not occur have no column.
static void printTraffic(ArrayRef<Part> parts, const Cost &total,
                         raw_ostream &os) {
  if (total.collectives == 0)
    return;
  SmallVector<std::string> titles = {"part"};
  SmallVector<unsigned> kinds;
  for (auto [kind, role] : llvm::enumerate(kTrafficRoles)) {
    if (total.traffic[kind].count == 0)
      continue;
    kinds.push_back(kind);
    titles.push_back(stringifyRole(role).str());
    titles.push_back("bytes sent");
  }
  MarkdownTable table =
      MarkdownTable::ofNumbers(llvm::to_vector_of<StringRef>(titles));
  for (const auto &[title, cost] : parts) {
    SmallVector<int64_t> numbers;
    for (unsigned kind : kinds) {
      numbers.push_back(cost.traffic[kind].count);
      numbers.push_back(cost.traffic[kind].bytes);
    }
    table.addRow(title, numbers);
  }
  os << "## Collectives of a rank\n\n";
  table.print(os, MarkdownTable::Style::Padded);
  os << '\n';
}

void dag::printCost(ModelOp model, raw_ostream &os) {
  CostModel costs(getMeshShape(model));
  os << "# Cost of @" << model.getSymName() << "\n\n";
  printFacts(model, costs.getMesh(), os);

  std::vector<Part> parts;
  Cost total;
  bool hasStages = false;
  if (!model.getBody().empty()) {
    Block &body = model.getBody().front();
    for (auto stage : body.getOps<StageOp>()) {
      if (stage.getBody().empty())
        continue;
      hasStages = true;
      total +=
          addParts(stage.getBody().front(),
                   "stage " + std::to_string(stage.getIndex()), costs, parts);
    }
    std::vector<Part> rest;
    Cost outside = addParts(body, "model", costs, rest);
    if (!hasStages || outside != Cost())
      parts.insert(parts.end(), rest.begin(), rest.end());
    total += outside;
    if (hasStages)
      parts.push_back({"all stages", total});
  }
  os << (hasStages ? "## One rank of each stage\n\n" : "## One rank\n\n");
  printParts(parts, os);
  printTraffic(parts, total, os);
  if (!total.isComplete)
    os << "What has a size that is not known counts as nothing.\n\n";
}

namespace {
struct PrintCost : dag::impl::DagPrintCostBase<PrintCost> {
  using DagPrintCostBase::DagPrintCostBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    std::string message;
    std::unique_ptr<llvm::ToolOutputFile> file =
        openOutputFile(output, &message);
    if (!file) {
      emitError(UnknownLoc::get(&getContext())) << message;
      return signalPassFailure();
    }
    auto models = getOperation().getOps<ModelOp>();
    if (models.empty())
      getOperation().emitRemark("found no dag.model to print the cost of");
    for (ModelOp model : models)
      printCost(model, file->os());
    file->keep();
  }
};
} // namespace
