//===- Trial.cpp - Runs a plan beside its reference -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Trial/Trial.h"
#include "Shrink.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Dialect/Dag/Transforms/Localize.h"
#include "dag/Dialect/Dag/Transforms/Patterns.h"
#include "dag/Interpreter/Interpreter.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

using Outputs = llvm::MapVector<StringAttr, Tensor>;

/// Difference to the largest element of an output up to which numbers are
/// equal: sums of f64 in another order, through all layers.
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
/// How many products an element of a result is the sum of, at most: operands of
/// different shapes are multiplied along their rows.
static double countProducts(Operation *op) {
  double row = 1;
  bool differ = false;
  RankedTensorType first;
  for (Type type : op->getOperandTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.getRank() == 0)
      continue;
    differ |= first && first.getShape() != tensor.getShape();
    first = tensor;
    row = std::max(row, static_cast<double>(tensor.getShape().back()));
  }
  return differ ? row : 1;
}

namespace {
/// What a run is predicted to take.
struct Prediction {
  double seconds = 0;
  /// Of all values of all ranks, however long they live.
  double elements = 0;

  void add(Operation *op, double ranks, const MeshShape &mesh, bool isSized);
};
} // namespace

void Prediction::add(Operation *op, double ranks, const MeshShape &mesh,
                     bool isSized) {
  // Measured on a core of a server, for a build with optimization: an op, an
  // element that is made, and a product in the sum for one.
  constexpr double kOp = 4e-6, kElement = 1e-8, kProduct = 2e-9;
  seconds += ranks * kOp;
  if (!isSized)
    return;
  double made = 0;
  for (Type type : op->getResultTypes())
    made += countElements(type, mesh);
  elements += ranks * made;
  seconds += ranks * made * (kElement + countProducts(op) * kProduct);
}

/// Each rank runs each op of its stage. Unknown sizes count for nothing, and
/// none does if the model is not `isSized`.
static Prediction predict(ModelOp model, bool isSized) {
  MeshShape mesh;
  if (MeshOp op = model.lookupMesh())
    mesh = MeshShape(op);
  auto numRanks = static_cast<double>(mesh.getSize(mesh.getAxes()));
  Prediction prediction;
  model->walk([&](Operation *op) {
    double ranks = numRanks;
    auto stage = op->getParentOfType<StageOp>();
    if (stage && stage.getAxisAttr())
      ranks /= static_cast<double>(mesh.getSize(ArrayRef(stage.getAxisAttr())));
    prediction.add(op, ranks, mesh, isSized);
  });
  return prediction;
}

static Prediction predict(ProgramOp program) {
  Prediction prediction;
  for (auto function : program.getBody().getOps<FunctionOp>()) {
    double ranks = 0;
    RangeSet set = function.getRanks().getSet();
    for (RangeSet::Range range : set.getRanges())
      ranks += static_cast<double>(range.last - range.first) + 1;
    function->walk([&](Operation *op) {
      prediction.add(op, ranks, MeshShape(), /*isSized=*/true);
    });
  }
  return prediction;
}

/// Why it is not run, or an empty string.
static std::string findObstacle(const Prediction &prediction,
                                const MeshShape &mesh, double limit) {
  int64_t ranks = mesh.getSize(mesh.getAxes());
  if (ranks > kMaxRanks)
    return "it has " + std::to_string(ranks) + " ranks, more than " +
           std::to_string(kMaxRanks);
  if (prediction.elements > static_cast<double>(RunLimits().elements))
    return llvm::formatv("its ranks keep {0:e1} elements", prediction.elements);
  if (prediction.seconds > limit)
    return llvm::formatv("it is predicted to take {0:f1} s",
                         prediction.seconds);
  return "";
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
          if (error.getSeverity() == DiagnosticSeverity::Error &&
              text.empty()) {
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
static FailureOr<std::vector<Outputs>> run(ModelT model, const Runs &runs,
                                           uint64_t seed) {
  RandomSource::Options options;
  options.seed = seed;
  options.position = runs.position;
  options.steps = runs.count;
  options.vocabulary = runs.vocabulary;
  RandomSource source(options);
  // How long it takes was predicted.
  RunLimits limits;
  limits.work = std::numeric_limits<int64_t>::max();
  Interpreter interpreter(source, Precision::F64, limits);
  std::vector<Outputs> all;
  for (int64_t step = 0; step < runs.count; ++step) {
    source.setStep(step);
    FailureOr<Outputs> outputs = interpreter.run(model);
    if (failed(outputs))
      return failure();
    all.push_back(std::move(*outputs));
  }
  return all;
}

/// Why nothing is shown by outputs that are equal to these, or an empty string.
static std::string findUnusable(const std::vector<Outputs> &expected) {
  for (const Outputs &outputs : expected)
    for (const auto &[name, tensor] : outputs)
      for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
        if (!std::isfinite(tensor[i]))
          return llvm::formatv(
              "the reference gives {0} as element {1} of '{2}'", tensor[i], i,
              name.getValue());
  return "";
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
  // Of what sums to nothing the rest is measured by what was added.
  double relative = most / (largest < kBound ? 1 : largest);
  difference.largest = std::max(difference.largest, relative);
  if (relative <= kBound)
    return true;
  difference.text =
      llvm::formatv("expected {0:f6} as element {1}, but got {2:f6}",
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

static std::string describe(const Runs &runs, uint64_t seed) {
  return llvm::formatv("{0} {1} from position {2}; seed {3}", runs.count,
                       runs.count == 1 ? "run" : "runs", runs.position, seed);
}

static std::string describe(const SmallModels &models, uint64_t seed) {
  size_t numLayers = 0;
  ModelOp plan = models.plan;
  plan->walk([&](LayerOp) { ++numLayers; });
  MeshShape mesh(plan.lookupMesh());
  std::string layers = "the whole program";
  if (numLayers > 0)
    layers = llvm::formatv("all {0} {1}", numLayers,
                           numLayers == 1 ? "layer" : "layers");
  return llvm::formatv("{0} on {1} ranks; {2}; {3}", layers,
                       mesh.getSize(mesh.getAxes()), models.sizes,
                       describe(models.runs, seed));
}

static std::optional<Location> findOutput(Operation *root, StringAttr name) {
  std::optional<Location> loc;
  root->walk([&](OutputOp op) {
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

/// Says of all runs what they show; outputs are those of `root`.
static TrialResult judge(FailureOr<std::vector<Outputs>> actual,
                         const std::vector<Outputs> &expected, Operation *root,
                         const ErrorCatcher &errors) {
  TrialResult result;
  result.status = TrialResult::Status::Differs;
  if (failed(actual)) {
    result.text = "expected each rank to reach its end, but: " + errors.text;
    result.loc = errors.loc;
    return result;
  }
  Difference difference;
  if (!compare(*actual, expected, difference)) {
    result.text = "expected output '" + difference.output.str() +
                  "' to be that of the reference: " + difference.text;
    result.loc = findOutput(root, difference.output);
    return result;
  }
  result.status = TrialResult::Status::Agrees;
  result.text = llvm::formatv(
      "largest difference {0:e1} of the largest element, {1:e0} allowed",
      difference.largest, kBound);
  return result;
}

/// Runs both. What has no programs of ranks runs in step; `inStep` says why it
/// has none.
static TrialResult runBoth(const SmallModels &models,
                           FailureOr<ProgramOp> program, ModelOp plan,
                           const std::string &inStep, uint64_t seed) {
  ErrorCatcher ofReference(plan.getContext());
  FailureOr<std::vector<Outputs>> expected =
      run(models.reference, models.runs, seed);
  if (failed(expected))
    return notTried("the reference does not run: " + ofReference.text);
  if (std::string unusable = findUnusable(*expected); !unusable.empty())
    return notTried(unusable);
  ErrorCatcher errors(plan.getContext());
  FailureOr<std::vector<Outputs>> actual =
      succeeded(program) ? run(*program, models.runs, seed)
                         : run(models.plan, models.runs, seed);
  if (failed(actual) && failed(program))
    return notTried(inStep);
  TrialResult result = judge(std::move(actual), *expected, plan, errors);
  result.coverage = describe(models, seed);
  if (failed(program))
    result.coverage += "; in step (" + inStep + ")";
  return result;
}

/// An input of the plan that the reference has not, or null: both would run on
/// other data.
static InputOp findOtherInput(ModelOp reference, ModelOp plan) {
  DenseSet<StringAttr> names;
  reference->walk([&](InputOp input) { names.insert(input.getNameAttr()); });
  InputOp other;
  plan->walk([&](InputOp input) {
    if (names.contains(input.getNameAttr()))
      return WalkResult::advance();
    other = input;
    return WalkResult::interrupt();
  });
  return other;
}

TrialResult dag::tryPlan(ModelOp reference, ModelOp plan,
                         const TrialOptions &options) {
  if (InputOp input = findOtherInput(reference, plan))
    return notTried("the reference has no input '" + input.getName().str() +
                    "'");
  double limit = options.maxSeconds.value_or(HUGE_VAL);
  MeshOp meshOp = plan.lookupMesh();
  if (!meshOp)
    return notTried("'@" + plan.getSymName() + "' is on no mesh");
  MeshShape mesh(meshOp);
  // What has so many ops takes longer even without an element.
  std::string obstacle =
      findObstacle(predict(plan, /*isSized=*/false), mesh, limit);
  if (!obstacle.empty())
    return notTried(obstacle);
  std::string reason;
  FailureOr<SmallModels> models = shrink(reference, plan, reason);
  if (failed(models))
    return notTried(reason);
  Prediction prediction = predict(models->plan, /*isSized=*/true),
             ofReference = predict(models->reference, /*isSized=*/true);
  prediction.seconds = static_cast<double>(models->runs.count) *
                       (prediction.seconds + ofReference.seconds);
  obstacle = findObstacle(prediction, mesh, limit);
  if (!obstacle.empty())
    return notTried(obstacle + ", with " + models->sizes);
  ErrorCatcher errors(plan.getContext());
  FailureOr<ProgramOp> program = localizeModel(models->plan);
  return runBoth(*models, program, plan, errors.text, options.seed);
}

//===----------------------------------------------------------------------===//
// Programs beside a plan
//===----------------------------------------------------------------------===//

bool dag::isProgramOf(ProgramOp program, ModelOp plan) {
  if (program.getMeshAttr() != plan.getMeshAttr())
    return false;
  ErrorCatcher errors(plan.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(plan.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  builder.clone(*plan.lookupMesh());
  auto copy = cast<ModelOp>(builder.clone(*plan));
  RewritePatternSet patterns(plan.getContext());
  populateDecomposeAttentionPatterns(patterns);
  walkAndApplyPatterns(copy, std::move(patterns));
  FailureOr<ProgramOp> made = localizeModel(copy);
  if (failed(made) || made->getFiguresAttr() != program.getFiguresAttr())
    return false;
  // What a program computes does not depend on a schedule.
  auto stated = cast<ProgramOp>(builder.clone(*program));
  for (ProgramOp each : {*made, stated})
    for (auto schedule :
         llvm::make_early_inc_range(each.getBody().getOps<ScheduleOp>()))
      schedule.erase();
  return OperationEquivalence::isRegionEquivalentTo(
      &made->getBody(), &stated.getBody(),
      OperationEquivalence::IgnoreLocations);
}

TrialResult dag::tryProgram(ModelOp original, ProgramOp stated,
                            const TrialOptions &options) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(stated.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  if (MeshOp mesh = stated.lookupMesh())
    builder.clone(*mesh);
  auto reference = cast<ModelOp>(builder.clone(*original));
  auto program = cast<ProgramOp>(builder.clone(*stated));
  roundFigures(reference);
  roundFigures(program);
  eraseAsserts(reference);
  eraseAsserts(program);
  std::string reason;
  FailureOr<Runs> runs = planRuns(reference, reason);
  if (failed(runs))
    return notTried(reason);
  Prediction prediction = predict(program),
             ofReference = predict(reference, /*isSized=*/true);
  prediction.seconds = static_cast<double>(runs->count) *
                       (prediction.seconds + ofReference.seconds);
  prediction.elements = std::max(prediction.elements, ofReference.elements);
  std::string obstacle =
      findObstacle(prediction, MeshShape(program.lookupMesh()),
                   options.maxSeconds.value_or(HUGE_VAL));
  if (!obstacle.empty())
    return notTried(obstacle);
  ErrorCatcher ofModel(program.getContext());
  FailureOr<std::vector<Outputs>> expected =
      run(reference, *runs, options.seed);
  if (failed(expected))
    return notTried("the reference does not run: " + ofModel.text);
  if (std::string unusable = findUnusable(*expected); !unusable.empty())
    return notTried(unusable);
  ErrorCatcher errors(program.getContext());
  TrialResult result =
      judge(run(program, *runs, options.seed), *expected, program, errors);
  result.coverage =
      "all ranks in the sizes that they have; " + describe(*runs, options.seed);
  return result;
}
