//===- dag-run.cpp - Runs programs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Interpreter/CheckpointSource.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Files.h"
#include "dag/Support/Saturating.h"
#include "dag/Tools/CommandLine.h"
#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Tools/InputFile.h"
#include "dag/Tools/UntrustedBytecode.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

static cl::opt<std::string> inputFile(cl::Positional, cl::init("-"),
                                      cl::desc("<module>"));

namespace {
enum class Target { Interpreter };
} // namespace

static cl::opt<std::string>
    modelName("model",
              cl::desc("The model or the program of ranks to run, of several "
                       "in the module"),
              cl::value_desc("@name"));
static cl::opt<Target>
    target("target", cl::desc("What runs the program"),
           cl::values(clEnumValN(Target::Interpreter, "interpreter",
                                 "the reference interpreter")),
           cl::init(Target::Interpreter));
static cl::list<std::string>
    weightFiles("weights",
                cl::desc("Take weights from .safetensors files, or from those "
                         "of a .json index, in place of random ones"),
                cl::value_desc("file"));
static cl::list<std::string>
    inputFiles("inputs", cl::desc("Take inputs from .safetensors files"),
               cl::value_desc("file"));
static cl::list<std::string>
    expectedFiles("expect",
                  cl::desc("Outputs have to be those of .safetensors files"),
                  cl::value_desc("file"));
static cl::opt<std::string> reference(
    "reference",
    cl::desc("A program whose outputs have to be the same: a module's "
             "file, or @name of a model in the same module"),
    cl::value_desc("file|@model"));
static cl::opt<double>
    tolerance("tolerance",
              cl::desc("Largest difference of outputs, relative to the largest "
                       "element (1e-10 in f64, 1e-5 from --expect, otherwise "
                       "0.05)"));
static cl::opt<Precision> precision(
    "precision", cl::desc("How numbers are rounded"),
    cl::values(clEnumValN(Precision::F64, "f64", "not at all: all is f64"),
               clEnumValN(Precision::AsTyped, "as-typed",
                          "to the element type of each result")),
    cl::init(Precision::F64));
static cl::opt<uint64_t> seed("seed", cl::desc("Other random numbers"),
                              cl::init(0));
static cl::list<int64_t>
    positions("position",
              cl::desc("Tokens that the KV caches hold already, of all "
                       "sequences or of each"),
              cl::CommaSeparated);
static cl::list<int64_t>
    queryLens("query-lens",
              cl::desc("New tokens of each sequence in a step, where they are "
                       "fewer than the program takes"),
              cl::CommaSeparated);
static cl::opt<std::string>
    before("after",
           cl::desc("A program that runs first, from position 0, and leaves "
                    "its KV caches"),
           cl::value_desc("file"));
static cl::opt<int64_t>
    steps("steps",
          cl::desc("Times to run the program, each on the next tokens; outputs "
                   "are put together along the sequence"),
          cl::init(1));
static cl::opt<int64_t>
    vocabulary("vocabulary",
               cl::desc("Token ids are below this; the model's by default"),
               cl::init(0));
static cl::opt<int64_t> maxElements(
    "max-elements",
    cl::desc("Elements of all values that there may be at a time, on all "
             "ranks; 8 bytes each (134217728 by default)"),
    cl::init(RunLimits().elements));
static cl::opt<int64_t>
    maxWork("max-work",
            cl::desc("Multiplications, and elements that ops read and write, "
                     "of all runs and ranks (4294967296 by default)"),
            cl::init(RunLimits().work));
static cl::opt<unsigned> elements("elements",
                                  cl::desc("Elements to print of an output"),
                                  cl::init(4));

using Outputs = llvm::MapVector<StringAttr, Tensor>;

/// The tensors that files were given for.
struct Files {
  Checkpoint weights, inputs, expected;

  LogicalResult open() {
    for (auto [checkpoint, paths] :
         {std::pair(&weights, &weightFiles), std::pair(&inputs, &inputFiles),
          std::pair(&expected, &expectedFiles)})
      for (const std::string &path : *paths)
        if (llvm::Error error = checkpoint->add(path))
          return printError(std::move(error));
    return success();
  }
};

/// What is run: the models, and the modules around them.
struct Programs {
  OwningOpRef<ModuleOp> module, firstModule, otherModule;
  Operation *model = nullptr;
  /// Null if there is none.
  Operation *first = nullptr, *expected = nullptr;

  LogicalResult open(MLIRContext *context, llvm::SourceMgr &sourceMgr);
};

/// Checks what the parser of the command line cannot know.
static LogicalResult checkOptions() {
  // Positions are kept as doubles.
  constexpr int64_t kMaxPosition = int64_t(1) << 52, kMaxSteps = 1 << 20;
  if (steps < 1 || steps > kMaxSteps)
    return printError("expected --steps from 1 to " + Twine(kMaxSteps) +
                      ", but got " + Twine(steps));
  for (int64_t position : positions)
    if (position < 0 || position > kMaxPosition)
      return printError("expected --position from 0 to " + Twine(kMaxPosition) +
                        ", but got " + Twine(position));
  for (int64_t length : queryLens)
    if (length < 1 || length > kMaxPosition)
      return printError("expected --query-lens from 1 to " +
                        Twine(kMaxPosition) + ", but got " + Twine(length));
  for (const cl::opt<int64_t> *limit : {&maxElements, &maxWork})
    if (*limit < 1)
      return printError("expected --" + limit->ArgStr +
                        " of at least 1, but got " + Twine(limit->getValue()));
  if (vocabulary.getNumOccurrences() > 0 && vocabulary < 1)
    return printError("expected --vocabulary of at least 1, but got " +
                      Twine(vocabulary));
  if (!std::isfinite(tolerance) || tolerance < 0)
    return printError(
        Twine(llvm::formatv("expected --tolerance to be finite and not "
                            "negative, but got {0:e2}",
                            tolerance.getValue())));
  if (tolerance.getNumOccurrences() > 0 && expectedFiles.empty() &&
      reference.empty())
    return printError(
        "expected --expect or --reference with --tolerance, since "
        "nothing else is compared");
  if (reference == "@")
    return printError("expected a file or @ and the name of a model in "
                      "--reference, but got '@'");
  if (modelName == "@")
    return printError("expected @ and the name of a model in --model, but got "
                      "'@'");
  // Random tokens are those of a program's own steps.
  if (!before.empty() && (inputFiles.empty() || !reference.empty()))
    return printError("expected --inputs with --after, and no --reference");
  return success();
}

static LogicalResult read(StringRef path, llvm::SourceMgr &sourceMgr) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(path);
  if (!buffer)
    return printError(buffer.takeError());
  if (failed(replaceUntrusted(*buffer)) || failed(checkNesting(**buffer)))
    return failure();
  sourceMgr.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  return success();
}

static OwningOpRef<ModuleOp> parse(StringRef path, MLIRContext *context) {
  llvm::SourceMgr sourceMgr;
  if (failed(read(path, sourceMgr)))
    return {};
  return parseSourceFile<ModuleOp>(sourceMgr, context);
}

/// The model, or the program of ranks, of a name, or the only one that is not a
/// reference.
static Operation *findModel(ModuleOp module, StringRef name) {
  SmallVector<Operation *> models;
  for (Operation &op : module.getOps())
    if (isa<ModelOp, ProgramOp>(op))
      models.push_back(&op);
  size_t numModels = models.size();
  if (!name.empty()) {
    for (Operation *model : models)
      if (SymbolTable::getSymbolName(model) == name)
        return model;
    module.emitError() << "expected a model '" << name << "'";
    return nullptr;
  }
  // A plan stands beside the program that it was made from.
  if (numModels > 1)
    llvm::erase_if(models,
                   [](Operation *model) { return !model->hasAttr("mesh"); });
  if (models.size() == 1)
    return models.front();
  module.emitError() << "expected one model, or its name by --model, but got "
                     << numModels;
  return nullptr;
}

LogicalResult Programs::open(MLIRContext *context, llvm::SourceMgr &sourceMgr) {
  module = parseSourceFile<ModuleOp>(sourceMgr, context);
  StringRef chosen = modelName;
  chosen.consume_front("@");
  model = module ? findModel(*module, chosen) : nullptr;
  if (!model)
    return failure();
  if (!before.empty()) {
    firstModule = parse(before, context);
    first = firstModule ? findModel(*firstModule, "") : nullptr;
    if (!first)
      return failure();
  }
  StringRef name = reference;
  if (name.empty())
    return success();
  if (name.consume_front("@")) {
    expected = findModel(*module, name);
    return success(expected);
  }
  otherModule = parse(name, context);
  expected = otherModule ? findModel(*otherModule, "") : nullptr;
  return success(expected);
}

static RandomSource::Options getOptions(int64_t count) {
  RandomSource::Options options;
  options.seed = seed;
  if (positions.size() == 1)
    options.position = positions.front();
  else
    options.positions.assign(positions.begin(), positions.end());
  options.queryLens.assign(queryLens.begin(), queryLens.end());
  options.vocabulary = vocabulary;
  options.steps = count;
  return options;
}

/// Runs a model `count` times; the outputs of all steps are put together in
/// their second dimension, the sequence. Another one may have run `before`.
static FailureOr<Outputs> runModel(Operation *model, const Files &files,
                                   int64_t count, Operation *before = nullptr) {
  RandomSource::Options options = getOptions(count);
  CheckpointSource source(options, files.weights, files.inputs);
  Interpreter interpreter(source, precision, {maxElements, maxWork});
  auto run = [&](Operation *what, int64_t runs) {
    auto program = dyn_cast<ProgramOp>(what);
    return program ? interpreter.run(program, runs)
                   : interpreter.run(cast<ModelOp>(what), runs);
  };
  if (before) {
    source.setPosition(0);
    if (failed(checkCacheContinuity(before, model)) || failed(run(before, 1)))
      return failure();
    source.setOptions(options);
  }
  FailureOr<Outputs> outputs = run(model, count);
  if (failed(outputs))
    return failure();
  for (const auto &[name, tensor] : *outputs)
    if (multiplySaturating(tensor.getNumElements(), count) > maxElements)
      return model->emitError()
             << "expected an output of at most " << maxElements.getValue()
             << " elements, but got '" << name.getValue() << "' with "
             << tensor.getNumElements() << " in each of " << count << " steps";
  for (int64_t step = 1; step < count; ++step) {
    source.setStep(step);
    FailureOr<Outputs> next = run(model, count - step);
    if (failed(next))
      return failure();
    for (auto &[name, tensor] : *outputs)
      if (tensor.getRank() >= 2)
        tensor = Tensor::concat({&tensor, &(*next)[name]}, 1);
  }
  return outputs;
}

/// True if two programs take as many tokens in one run.
static bool takeAlike(Operation *a, Operation *b) {
  DenseMap<StringAttr, ArrayRef<int64_t>> shapes;
  a->walk([&](InputOp input) {
    if (auto type = dyn_cast<RankedTensorType>(input.getType()))
      shapes[input.getNameAttr()] = type.getShape();
  });
  return !b->walk([&](InputOp input) {
             auto it = shapes.find(input.getNameAttr());
             auto type = dyn_cast<RankedTensorType>(input.getType());
             bool differs =
                 it != shapes.end() && type && it->second != type.getShape();
             return differs ? WalkResult::interrupt() : WalkResult::advance();
           }).wasInterrupted();
}

static void print(const Outputs &outputs, raw_ostream &os) {
  for (const auto &[name, tensor] : outputs) {
    os << escapeHiddenCharacters(name.getValue()) << " [";
    llvm::interleaveComma(tensor.getShape(), os);
    os << "]:";
    for (int64_t i = 0; i < tensor.getNumElements() && i < elements; ++i)
      os << llvm::format(" %.9g", tensor[i]);
    os << (tensor.getNumElements() > elements ? " ...\n" : "\n");
  }
}

/// True if an element is of a row behind the new tokens of its sequence.
static bool isPadding(const Tensor &output, int64_t element) {
  if (queryLens.empty() || output.getRank() < 2 ||
      output.getDim(1) % steps.getValue() != 0)
    return false;
  int64_t tokens = output.getDim(1) / steps.getValue();
  int64_t row = element / output.getInnerSize(1);
  return row % output.getDim(1) % tokens >=
         RandomSource::getQueryLen(getOptions(steps), row / output.getDim(1),
                                   tokens);
}

/// Compares outputs of one name; every output of one has to be one of the
/// other.
static LogicalResult compare(Operation *model, const Outputs &outputs,
                             const Outputs &expected, double bound,
                             raw_ostream &os) {
  if (tolerance.getNumOccurrences() > 0)
    bound = tolerance;
  else if (precision == Precision::AsTyped)
    bound = 0.05;
  if (outputs.size() != expected.size())
    return model->emitError() << "expected " << expected.size()
                              << " outputs, but got " << outputs.size();
  if (outputs.empty())
    return model->emitError("expected outputs to compare, but there are none");
  for (const auto &[name, tensor] : outputs) {
    auto it = expected.find(name);
    if (it == expected.end() || it->second.getShape() != tensor.getShape())
      return model->emitError() << "expected output '" << name.getValue()
                                << "' in the reference, of the same shape";
    double largest = 0, difference = 0;
    int64_t where = 0;
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
      double wanted = it->second[i];
      // What is there depends on nothing that anybody states.
      if (std::isnan(wanted) && isPadding(tensor, i))
        continue;
      if (!std::isfinite(wanted))
        return model->emitError()
               << "expected numbers in the reference to compare with, but "
                  "element "
               << i << " of output '" << name.getValue() << "' is " << wanted;
      largest = std::max(largest, std::fabs(wanted));
      double d = std::fabs(tensor[i] - wanted);
      // Not a number differs from everything.
      if (!(d <= difference)) {
        difference = d;
        where = i;
        if (std::isnan(d))
          break;
      }
    }
    // Of what sums to nothing the rest is measured by what was added.
    double relative = difference / (largest < 1e-9 ? 1 : largest);
    if (!(relative <= bound))
      return model->emitError()
             << "expected output '" << name.getValue()
             << "' to be that of the reference within " << bound
             << ", but the difference is "
             << llvm::formatv("{0:e2}", relative).str() << ": element " << where
             << " is " << tensor[where] << " and not " << it->second[where];
    os << escapeHiddenCharacters(name.getValue()) << ": "
       << llvm::format("%.2g", relative) << " from the reference\n";
  }
  return success();
}

/// Fails if a file states what options say of a run.
static LogicalResult checkInputs(const Programs &programs, const Files &files) {
  for (Operation *model : {programs.first, programs.model, programs.expected}) {
    if (!model)
      continue;
    WalkResult result = model->walk([&](InputOp input) {
      if (!CheckpointSource::isOfRun(input) ||
          !files.inputs.lookup(input.getName()))
        return WalkResult::advance();
      (void)printError("expected '" + input.getName() +
                       "' of the program by --position or --query-lens, but "
                       "got it in --inputs");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return failure();
  }
  return success();
}

/// A figure that a model or the programs of its ranks state, or nothing.
static std::optional<int64_t> getFigure(Operation *model, StringRef name) {
  auto figures = model->getAttrOfType<DictionaryAttr>("figures");
  auto figure = figures ? figures.getAs<IntegerAttr>(name)
                        : model->getAttrOfType<IntegerAttr>(name);
  return figure ? std::optional(figure.getInt()) : std::nullopt;
}

/// Fails if weights were stored for other heads or another rotation than the
/// model has: their elements would be taken for others.
static LogicalResult checkWeights(Operation *model, const Checkpoint &weights) {
  bool isScaled = false;
  auto result = model->walk([&](Operation *op) {
    isScaled |= op->hasAttr("scaling");
    auto parameter = dyn_cast<ParameterOp>(op);
    const StoredTensor *tensor =
        parameter ? weights.lookup(parameter.getName()) : nullptr;
    if (!tensor || tensor->pairedHeads == 0)
      return WalkResult::advance();
    StringRef figure =
        parameter.getName().contains("q_proj") ? "num_heads" : "num_kv_heads";
    std::optional<int64_t> heads = getFigure(model, figure);
    if (!heads || *heads == tensor->pairedHeads)
      return WalkResult::advance();
    parameter.emitError("expected weights of ")
        << *heads << " heads, as the model states, but those of --weights are "
        << "of " << tensor->pairedHeads;
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  constexpr StringLiteral kFactors = "rope_freqs.weight";
  if (!llvm::is_contained(weights.getUnused(), kFactors))
    return success();
  if (!isScaled)
    return model->emitError("expected a rotation that is scaled as '")
           << kFactors << "' of --weights says, but the model has none";
  // The model has the figures that the factors were made of.
  (void)weights.lookup(kFactors);
  return success();
}

/// Says which tensors of the files for inputs and outputs nobody has read. One
/// file may have both.
static void warnOfUnused(Operation *model, const Files &files) {
  llvm::StringSet<> inputs, outputs;
  model->walk([&](Operation *op) {
    if (auto input = dyn_cast<InputOp>(op))
      inputs.insert(input.getName());
    else if (auto output = dyn_cast<OutputOp>(op))
      outputs.insert(output.getName());
  });
  for (StringRef name : files.inputs.getUnused())
    if (!outputs.contains(name) && !files.expected.isUsed(name))
      model->emitWarning() << "the model does not use '" << name
                           << "' of --inputs";
  for (StringRef name : files.expected.getUnused())
    if (!inputs.contains(name) && !outputs.contains(name) &&
        !files.inputs.isUsed(name))
      model->emitWarning() << "the model does not have the output '" << name
                           << "' of --expect";
}

static ExitStatus run(MLIRContext *context, raw_ostream &os) {
  llvm::SourceMgr sourceMgr;
  if (failed(checkOptions()) || failed(read(inputFile, sourceMgr)))
    return ExitStatus::BadInput;
  DiagnosticPrinter printer(sourceMgr, context);
  Programs programs;
  Files files;
  if (failed(programs.open(context, sourceMgr)) || failed(files.open()) ||
      failed(checkInputs(programs, files)))
    return ExitStatus::BadInput;
  Operation *model = programs.model;
  if (failed(checkWeights(model, files.weights)))
    return ExitStatus::BadInput;
  FailureOr<Outputs> outputs = runModel(model, files, steps, programs.first);
  if (failed(outputs))
    return ExitStatus::Failure;
  print(*outputs, os);
  if (SmallVector<StringRef> unused = files.weights.getUnused();
      !unused.empty())
    model->emitWarning() << "the model does not use " << unused.size()
                         << " of the stored weights, the first of which is '"
                         << unused.front() << "'";
  if (!files.expected.empty()) {
    FailureOr<Outputs> expected = CheckpointSource::getExpected(
        model, *outputs, files.expected, getOptions(steps));
    if (failed(expected) ||
        failed(compare(model, *outputs, *expected, /*bound=*/1e-5, os)))
      return ExitStatus::Failure;
  }
  warnOfUnused(model, files);
  if (!programs.expected)
    return ExitStatus::Success;
  // One run of all tokens, or as many steps as the program takes.
  FailureOr<Outputs> expected =
      runModel(programs.expected, files,
               takeAlike(model, programs.expected) ? steps.getValue() : 1);
  if (failed(expected) ||
      failed(compare(model, *outputs, *expected, /*bound=*/1e-10, os)))
    return ExitStatus::Failure;
  return ExitStatus::Success;
}

constexpr StringRef kOverview =
    "runs deployment programs\n\n"
    "  Exit status: 0 success, 1 a program that fails or gives other outputs, "
    "3 input or\n  options that could not be read, 4 output that could not be "
    "written.\n";

constexpr StringRef kShownOptions[] = {
    "after", "elements", "expect",    "inputs",     "max-elements", "max-work",
    "model", "position", "precision", "query-lens", "reference",    "seed",
    "steps", "target",   "tolerance", "vocabulary", "weights",
};

/// The files that the options name.
static std::vector<std::string> getInputs() {
  std::vector<std::string> files = {inputFile, before};
  if (!StringRef(reference).starts_with("@"))
    files.push_back(reference);
  for (const std::vector<std::string> *list :
       {&weightFiles, &inputFiles, &expectedFiles})
    files.insert(files.end(), list->begin(), list->end());
  return files;
}

int main(int argc, char **argv) {
  DialectRegistry registry;
  dag::registerAllDialects(registry);
  if (std::optional<int> status = readAsChild(argc, argv, registry))
    return *status;
  llvm::InitLLVM init(argc, argv);
  prepareTool();
  registerUntrustedOption();
  registerAsmPrinterCLOptions();
  registerDiagnosticOptions();
  if (!parseCommandLine(argc, argv, kOverview, kShownOptions))
    return static_cast<int>(ExitStatus::BadInput);
  MLIRContext context(registry);
  // A whole program would be printed below its error.
  context.printOpOnDiagnostic(false);
  for (const std::string &file : getInputs())
    noteInputFile(file);
  llvm::Expected<OutputFile> output = OutputFile::open("-");
  if (!output) {
    (void)printError(output.takeError());
    return static_cast<int>(ExitStatus::BadOutput);
  }
  ExitStatus status = run(&context, output->os());
  // What was found before a failure is printed as well.
  ExitStatus written = closeOutput(*output, ExitStatus::Success);
  return static_cast<int>(getWorse(status, written));
}
