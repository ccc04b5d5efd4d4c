//===- Trial.cpp - Runs a plan beside its reference, on small sizes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Trial/Trial.h"
#include "Shrink.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Dialect/Dag/Transforms/Localize.h"
#include "dag/Interpreter/Interpreter.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

using Outputs = llvm::MapVector<StringAttr, Tensor>;

/// Difference to the largest element of an output up to which numbers are equal:
/// sums of f64 in another order, through all layers.
static constexpr double kBound = 1e-9;

//===----------------------------------------------------------------------===//
// How long it takes
//===----------------------------------------------------------------------===//

/// Elements of the largest shard.
static double countElements(Type type, const MeshShape &mesh) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  double elements = tensor ? 1 : 0;
  if (tensor)
    for (int64_t size : getLocalShape(tensor, mesh))
      elements *= static_cast<double>(size);
  return elements;
}

/// Seconds that a run is predicted to take: each rank runs each op of its
/// stage, which makes each element of its results out of a row of an operand.
static double predictSeconds(ModelOp model, bool countsElements = true) {
  // Measured on a core of a server, for a build with optimization.
  constexpr double kSecondsOfOp = 4e-6, kSecondsOfElement = 2e-9;
  MeshShape mesh;
  if (MeshOp op = model.lookupMesh())
    mesh = MeshShape(op);
  auto numRanks = static_cast<double>(mesh.getSize(mesh.getAxes()));
  double seconds = 0;
  model->walk([&](Operation *op) {
    double ranks = numRanks;
    auto stage = op->getParentOfType<StageOp>();
    if (stage && stage.getAxisAttr())
      ranks /= static_cast<double>(mesh.getSize(ArrayRef(stage.getAxisAttr())));
    double elements = 0, row = 1;
    for (Type type : op->getResultTypes())
      if (countsElements)
        elements += countElements(type, mesh);
    for (Type type : op->getOperandTypes())
      if (auto tensor = dyn_cast<RankedTensorType>(type);
          tensor && tensor.getRank() > 0)
        row = std::max(row, static_cast<double>(tensor.getShape().back()));
    seconds += ranks * (kSecondsOfOp + elements * row * kSecondsOfElement);
  });
  return seconds;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

namespace {
/// Takes the first error in the place of whoever prints them.
class ErrorCatcher {
public:
  explicit ErrorCatcher(MLIRContext *context)
      : handler(context, [this](Diagnostic &error) {
          if (error.getSeverity() == DiagnosticSeverity::Error && text.empty()) {
            text = error.str();
            loc = error.getLocation();
            for (Diagnostic &note : error.getNotes())
              text += "; " + note.str();
          }
          return success();
        }) {}

  std::string text;
  std::optional<Location> loc;

private:
  ScopedDiagnosticHandler handler;
};

/// Where two runs part.
struct Difference {
  double largest = 0;
  StringAttr output;
  std::string text;
};
} // namespace

/// The outputs of each run, in order. Emits errors.
template <typename ModelT>
static FailureOr<std::vector<Outputs>> run(ModelT model,
                                           const SmallModels &models,
                                           uint64_t seed) {
  RandomSource::Options options;
  options.seed = seed;
  options.position = models.position;
  options.steps = models.runs;
  options.vocabulary = models.vocabulary;
  RandomSource source(options);
  Interpreter interpreter(source, Precision::F64);
  std::vector<Outputs> all;
  for (int64_t step = 0; step < models.runs; ++step) {
    source.setStep(step);
    FailureOr<Outputs> outputs = interpreter.run(model);
    if (failed(outputs))
      return failure();
    all.push_back(std::move(*outputs));
  }
  return all;
}

/// Compares one output of one run; true if it is that of the reference.
static bool compare(StringAttr name, const Tensor &actual,
                    const Tensor &expected, Difference &difference) {
  difference.output = name;
  if (actual.getShape() != expected.getShape()) {
    llvm::raw_string_ostream os(difference.text);
    os << "expected shape [";
    llvm::interleaveComma(expected.getShape(), os);
    os << "], but got [";
    llvm::interleaveComma(actual.getShape(), os);
    os << "]";
    return false;
  }
  double largest = 0, most = 0;
  int64_t where = 0;
  for (int64_t i = 0, e = actual.getNumElements(); i < e; ++i) {
    largest = std::max(largest, std::fabs(expected[i]));
    double apart = std::fabs(actual[i] - expected[i]);
    // Not a number differs from everything.
    if (apart <= most)
      continue;
    most = apart;
    where = i;
    if (std::isnan(apart))
      break;
  }
  double relative = most == 0 ? 0 : most / largest;
  difference.largest = std::max(difference.largest, relative);
  if (relative <= kBound)
    return true;
  difference.text = llvm::formatv("expected {0:f6} as element {1}, but got {2:f6}",
                                  expected[where], where, actual[where]);
  return false;
}

/// Compares all runs; true if all outputs are those of the reference.
static bool compare(const std::vector<Outputs> &actual,
                    const std::vector<Outputs> &expected,
                    Difference &difference) {
  for (auto [step, outputs] : llvm::enumerate(expected)) {
    for (const auto &[name, tensor] : outputs) {
      const auto *it = actual[step].find(name);
      difference.output = name;
      if (it == actual[step].end()) {
        difference.text = "expected it to be handed out, but it is not";
        return false;
      }
      if (compare(name, it->second, tensor, difference))
        continue;
      if (step > 0)
        difference.text += " in the run behind the first one";
      return false;
    }
    for (const auto &[name, tensor] : actual[step])
      if (outputs.find(name) == outputs.end()) {
        difference.output = name;
        difference.text = "expected no output that the reference does not have";
        return false;
      }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// The trial
//===----------------------------------------------------------------------===//

static std::string describe(const SmallModels &models, uint64_t seed) {
  size_t numLayers = 0;

  ModelOp plan = models.plan;
  plan->walk([&](LayerOp) { ++numLayers; });
  MeshShape mesh(plan.lookupMesh());
  std::string text;
  llvm::raw_string_ostream os(text);
  if (numLayers > 0)
    os << "all " << numLayers << (numLayers == 1 ? " layer" : " layers");
  else
    os << "the whole program";
  os << " on " << mesh.getSize(mesh.getAxes()) << " ranks; " << models.sizes
     << "; " << models.runs << (models.runs == 1 ? " run" : " runs")
     << " from position " << models.position << "; seed " << seed;
  return text;
}

static std::optional<Location> findOutput(ModelOp plan, StringAttr name) {
  std::optional<Location> loc;
  plan->walk([&](OutputOp op) {
    if (op.getNameAttr() == name)
      loc = op.getLoc();
  });
  return loc;
}

static TrialResult notTried(const Twine &why) {
  TrialResult result;
  result.text = why.str();
  return result;
}

/// Runs both; the plan has programs from here on.
static TrialResult runBoth(const SmallModels &models, ProgramOp program,
                           ModelOp plan, uint64_t seed) {
  TrialResult result;
  result.coverage = describe(models, seed);
  ErrorCatcher ofReference(plan.getContext());
  FailureOr<std::vector<Outputs>> expected =
      run(models.reference, models, seed);
  if (failed(expected))
    return notTried("the reference does not run: " + ofReference.text);
  ErrorCatcher errors(plan.getContext());
  FailureOr<std::vector<Outputs>> actual = run(program, models, seed);
  if (failed(actual)) {
    result.status = TrialResult::Status::Differs;
    result.text = "expected each rank to reach its end, but: " + errors.text;
    result.loc = errors.loc;
    return result;
  }
  Difference difference;
  if (compare(*actual, *expected, difference)) {
    result.status = TrialResult::Status::Agrees;
    result.text = llvm::formatv(
        "largest difference {0:e1} of the largest element, {1:e0} allowed",
        difference.largest, kBound);
    return result;
  }
  result.status = TrialResult::Status::Differs;
  result.text = "expected output '" + difference.output.str() +
                "' to be that of the reference: " + difference.text;
  result.loc = findOutput(plan, difference.output);
  return result;
}

TrialResult dag::tryPlan(ModelOp reference, ModelOp plan,
                         const TrialOptions &options) {
  double limit = options.maxSeconds.value_or(HUGE_VAL);
  MeshOp mesh = plan.lookupMesh();
  if (!mesh)
    return notTried("'@" + plan.getSymName() + "' is on no mesh");
  // What has so many ops takes longer even without an element.
  if (double seconds = predictSeconds(plan, /*countsElements=*/false);
      seconds > limit)
    return notTried(
        llvm::formatv("it is predicted to take {0:f1} s or more", seconds)
            .str());
  std::string reason;
  FailureOr<SmallModels> models = shrink(reference, plan, reason);
  if (failed(models))
    return notTried(reason);
  double seconds =
      static_cast<double>(models->runs) *
      (predictSeconds(models->plan) + predictSeconds(models->reference));
  if (seconds > limit)
    return notTried(llvm::formatv("it is predicted to take {0:f1} s ({1})",
                                  seconds, models->sizes)
                        .str());
  ErrorCatcher errors(plan.getContext());
  FailureOr<ProgramOp> program = localizeModel(models->plan);
  if (failed(program))
    return notTried("its ranks have no programs: " + errors.text);
  return runBoth(*models, *program, plan, options.seed);
}
