//===- Shrink.cpp - A plan and its reference on small sizes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shrink.h"
#include "SizeSolver.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Dialect/Dag/IR/WholeType.h"
#include "dag/Dialect/Dag/Transforms/Patterns.h"
#include "dag/Support/Saturating.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

void dag::eraseAsserts(Operation *root) {
  llvm::DenseSet<Operation *> checked = check::findChecked(root);
  SmallVector<Operation *> useless;
  root->walk([&](Operation *op) {
    if (check::isCheck(op) || checked.contains(op))
      useless.push_back(op);
  });
  // What they look at comes before them.
  for (Operation *op : llvm::reverse(useless))
    if (op->use_empty())
      op->erase();
}

/// Both, and the meshes that they are on.
static SmallModels copyModels(ModelOp reference, ModelOp plan) {
  SmallModels models;
  models.module = ModuleOp::create(plan.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(models.module->getBody());
  for (Operation &op : *plan->getBlock())
    if (isa<MeshOp>(op))
      builder.clone(op);
  models.plan = cast<ModelOp>(builder.clone(*plan));
  models.reference = reference.clone();
  // The model of a configuration may have the name of the plan.
  mlir::SymbolTable(*models.module).insert(models.reference);
  for (ModelOp model : {models.reference, models.plan})
    roundFigures(model);
  eraseAsserts(models.reference);
  eraseAsserts(models.plan);
  return models;
}

/// What is made of parts has the sizes of its parts.
static LogicalResult takeApart(ModelOp model) {
  SmallVector<CompositeOpInterface> composites;
  model->walk([&](CompositeOpInterface op) { composites.push_back(op); });
  IRRewriter rewriter(model.getContext());
  for (CompositeOpInterface op : composites)
    if (failed(decomposeComposite(rewriter, op)))
      return failure();
  return success();
}

/// Where in a checkpoint a parameter lies has sizes of its own, and is part of
/// its name from here on.
static void nameParameters(ModelOp model) {
  model->walk([](ParameterOp op) {
    Attribute checkpoint = getOrigin(op);
    if (!checkpoint)
      return;
    std::string name = op.getName().str();
    llvm::raw_string_ostream(name) << " of " << checkpoint;
    llvm::erase_if(name, [](char c) { return c == '{' || c == '}'; });
    op.setName(name);
    op.removeCheckpointAttr();
  });
}

/// The tokens of each sequence that all pools have pages for where attention
/// sees all of them: what a window has left gives its pages back.
static int64_t getRoomOfPools(ModelOp model) {
  int64_t least = std::numeric_limits<int64_t>::max();
  model->walk([&](Operation *op) {
    PagedUse use = getPagedUse(op);
    if (use.caches.empty() || looksAtWindow(op))
      return;
    auto table = cast<RankedTensorType>(getWholeType(use.table.getType()));
    for (Value cache : use.caches) {
      auto pool = cast<RankedTensorType>(getWholeType(cache.getType()));
      if (table.hasStaticShape() && pool.hasStaticShape() &&
          table.getDimSize(0) > 0)
        least = std::min(
            least, multiplySaturating(pool.getDimSize(0) / table.getDimSize(0),
                                      pool.getDimSize(1)));
    }
  });
  return least;
}

/// How the runs lie in the caches and the tables of positions.
static Runs placeRuns(SizeRelations &sizes, ModelOp model,
                      function_ref<int64_t(Size)> pick) {
  Runs runs;
  for (Size rows : sizes.getIndexBounds()) {
    int64_t count = pick(rows);
    runs.vocabulary =
        runs.vocabulary == 0 ? count : std::min(runs.vocabulary, count);
  }
  if (sizes.getPositionBounds().empty())
    return runs;
  int64_t room = std::numeric_limits<int64_t>::max(), tokens = 1;
  for (const SizeRelations::PositionBound &bound : sizes.getPositionBounds()) {
    room = std::min(room, pick(bound.rows) - bound.offset);
    tokens = std::max(tokens, pick(bound.tokens));
  }
  room = std::min(room, getRoomOfPools(model));
  // What a run writes into a cache shows in the next.
  bool hasCaches =
      model->walk([](KvCacheOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (hasCaches && room / 2 >= tokens)
    runs.count = 2;
  // Windows and what was in the caches before show behind other tokens.
  runs.position = std::max<int64_t>(room - runs.count * tokens, 0);
  return runs;
}

/// Which sizes have become which.
static std::string describeSizes(SizeRelations &sizes, SizeSolver &solver) {
  constexpr size_t kShown = 12;
  std::map<int64_t, std::set<int64_t>> changes;
  for (Size size = 0, end = sizes.size(); size < end; ++size)
    if (int64_t original = sizes.getOriginal(size);
        original != solver.get(size) && sizes.getRoot(size) == size &&
        !sizes.getClass(size).isPadded && !sizes.getClass(size).isMade)
      changes[ShapedType::isDynamic(original)
                  ? std::numeric_limits<int64_t>::max()
                  : original]
          .insert(solver.get(size));
  if (changes.empty())
    return "sizes as they are";
  std::string text = "sizes ";
  size_t shown = 0;
  for (const auto &[original, small] : changes) {
    if (shown++ == kShown) {
      text += ", and " + std::to_string(changes.size() - kShown) + " more";
      break;
    }
    if (shown > 1)
      text += ", ";
    text += original == std::numeric_limits<int64_t>::max()
                ? "?"
                : std::to_string(original);
    text += " -> ";
    llvm::raw_string_ostream os(text);
    llvm::interleave(small, os, " or ");
  }
  return text;
}

FailureOr<Runs> dag::planRuns(ModelOp model, std::string &reason) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(model.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  auto copy = cast<ModelOp>(builder.clone(*model));
  if (failed(takeApart(copy))) {
    reason = "it has an op without parts";
    return failure();
  }
  SizeRelations sizes;
  sizes.addModel(copy);
  for (Size size = 0, end = sizes.size(); size < end; ++size)
    if (ShapedType::isDynamic(sizes.getOriginal(size))) {
      reason = "a size is unknown";
      return failure();
    }
  return placeRuns(sizes, copy,
                   [&](Size size) { return sizes.getOriginal(size); });
}

FailureOr<SmallModels> dag::shrink(ModelOp reference, ModelOp plan,
                                   std::string &reason) {
  SmallModels models = copyModels(reference, plan);
  // The first error is the reason.
  ScopedDiagnosticHandler handler(plan.getContext(), [&](Diagnostic &error) {
    if (reason.empty() && error.getSeverity() == DiagnosticSeverity::Error)
      reason = error.str();
    return success();
  });
  if (failed(takeApart(models.reference)) || failed(takeApart(models.plan)))
    return failure();
  SizeRelations sizes;
  for (ModelOp model : {models.reference, models.plan}) {
    MeshOp mesh = model.lookupMesh();
    sizes.setMesh(mesh ? MeshShape(mesh) : MeshShape());
    sizes.addModel(model);
  }
  SizeSolver solver(sizes);
  if (failed(solver.solve())) {
    reason = solver.getReason();
    return failure();
  }
  sizes.apply([&](Size size) { return solver.get(size); });
  for (ModelOp model : {models.reference, models.plan})
    nameParameters(model);
  models.runs = placeRuns(sizes, models.plan,
                          [&](Size size) { return solver.get(size); });
  models.sizes = describeSizes(sizes, solver);
  if (failed(verify(*models.module))) {
    reason = "with small sizes it breaks rules: " + reason;
    return failure();
  }
  return models;
}
