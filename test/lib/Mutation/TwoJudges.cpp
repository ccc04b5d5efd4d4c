//===- TwoJudges.cpp - What passes, judged again -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TwoJudges.h"
#include "TextMutator.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Support/Files.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Target/Dot/Recognition.h"
#include "dag/Tools/InputFile.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"

#include <map>
#include <random>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

namespace {
/// A plan in the forms that are broken.
struct PlanText {
  OwningOpRef<ModuleOp> module;
  std::string custom, generic;
};

class Judges {
public:
  Judges(const JudgesOptions &options, MLIRContext *context, raw_ostream &os)
      : options(options), context(context), os(os) {}

  LogicalResult run();

private:
  LogicalResult readSeeds();
  std::string makePlanText(std::mt19937_64 &random);
  std::string makeDrawing(std::mt19937_64 &random);
  void judgePlan(StringRef text, uint64_t number);
  void judgeDrawing(StringRef text, uint64_t number);
  /// What the interpreter makes of a plan that passes.
  void runPlan(ModuleOp module, uint64_t number);
  /// What Graphviz says of a drawing; empty where it reads it.
  std::string askGraphviz(StringRef text);
  void complain(uint64_t number, const Twine &text) {
    complaints.push_back("mutant " + std::to_string(number) + ": " +
                         text.str());
  }
  void count(StringRef what) { ++counts[what.str()]; }
  void print();

  const JudgesOptions &options;
  MLIRContext *context;
  raw_ostream &os;
  fuzz::TextMutator mutator;
  dot::RuleTable rules;
  std::vector<PlanText> plans;
  std::vector<std::string> drawings;
  std::optional<std::string> graphviz;
  std::map<std::string, unsigned> counts;
  std::vector<std::string> complaints;
};
} // namespace

static std::string getText(ModuleOp module, bool isGeneric) {
  std::string text;
  llvm::raw_string_ostream os(text);
  OpPrintingFlags flags;
  if (isGeneric)
    flags.printGenericOpForm();
  module->print(os, flags);
  return text;
}

LogicalResult Judges::readSeeds() {
  for (const PlanOptions &plan : options.plans) {
    PlanText text;
    text.module = makePlan(plan, context);
    if (!text.module)
      return failure();
    text.custom = getText(*text.module, /*isGeneric=*/false);
    text.generic = getText(*text.module, /*isGeneric=*/true);
    mutator.learn(text.custom);
    mutator.learn(text.generic);
    plans.push_back(std::move(text));
  }
  for (const std::string &path : options.drawings) {
    auto file = readInputFile(path);
    if (!file)
      return emitError(UnknownLoc::get(context))
             << llvm::toString(file.takeError());
    drawings.push_back((*file)->getBuffer().str());
    mutator.learn(drawings.back());
  }
  if (auto found = llvm::sys::findProgramByName("dot"))
    graphviz = *found;
  return success();
}

//===----------------------------------------------------------------------===//
// Mutants
//===----------------------------------------------------------------------===//

constexpr size_t kMaxSize = 1 << 20;

std::string Judges::makePlanText(std::mt19937_64 &random) {
  const PlanText &plan = plans[random() % plans.size()];
  std::string text;
  switch (random() % 3) {
  case 0: {
    OwningOpRef<ModuleOp> mutant = cast<ModuleOp>((*plan.module)->clone());
    ArrayRef<Kind> kinds = getKinds();
    std::vector<Site> sites =
        collectSites(kinds[random() % kinds.size()], *mutant);
    if (!sites.empty())
      sites[random() % sites.size()].apply();
    text = getText(*mutant, /*isGeneric=*/false);
    // Half of them as they are.
    if (random() % 2)
      return text;
    break;
  }
  case 1:
    text = plan.custom;
    break;
  case 2:
    text = plan.generic;
    break;
  }
  return mutator.mutate(fuzz::Form::Text, text, random(), kMaxSize);
}

std::string Judges::makeDrawing(std::mt19937_64 &random) {
  const std::string &text = drawings[random() % drawings.size()];
  const std::string &other = drawings[random() % drawings.size()];
  constexpr unsigned kOneCrossed = 16;
  if (random() % kOneCrossed == 0)
    return mutator.cross(text, other, random(), kMaxSize);
  return mutator.mutate(fuzz::Form::Text, text, random(), kMaxSize);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

/// True where running it takes long: the sizes of a small model were changed.
static bool isLarge(ModuleOp module) {
  constexpr int64_t kMaxElements = 1 << 16, kMaxRanks = 64;
  bool isLarge = false;
  auto look = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    int64_t elements = 1;
    for (int64_t size : tensor ? tensor.getShape() : ArrayRef<int64_t>())
      if (!ShapedType::isDynamic(size))
        elements =
            std::min(elements, kMaxElements) * std::min(size, kMaxElements + 1);
    isLarge |= elements > kMaxElements;
  };
  module.walk([&](Operation *op) {
    llvm::for_each(op->getResultTypes(), look);
    if (auto mesh = dyn_cast<MeshOp>(op)) {
      MeshShape shape(mesh);
      isLarge |= shape.getSize(shape.getAxes()) > kMaxRanks;
    }
  });
  return isLarge;
}

void Judges::runPlan(ModuleOp module, uint64_t number) {
  ModelOp plan = findPlan(module);
  auto reference = module.lookupSymbol<ModelOp>("logical");
  if (!plan || !reference || plan == reference)
    return count("plans without a reference");
  if (isLarge(module))
    return count("plans too large to run");
  FailureOr<Oracle> oracle = failure();
  {
    ScopedDiagnosticHandler quiet(context, [](Diagnostic &) {});
    oracle = Oracle::create(reference);
  }
  if (failed(oracle))
    return count("plans whose reference does not run");
  std::string reason;
  Effect effect = oracle->judge(plan, reason);
  if (effect == Effect::Equal)
    return count("plans with the numbers of the reference");
  StringRef words = effect == Effect::Changed ? "has other numbers"
                    : effect == Effect::Hangs ? "hangs"
                                              : "cannot run";
  complain(number, words + (reason.empty() ? "" : ": " + reason));
}

void Judges::judgePlan(StringRef text, uint64_t number) {
  count("plans");
  OwningOpRef<ModuleOp> module;
  {
    ScopedDiagnosticHandler quiet(context, [](Diagnostic &) {});
    llvm::MemoryBufferRef buffer(text, "mutant.mlir");
    if (findDeepNesting(buffer))
      return;
    llvm::SourceMgr sourceMgr;
    sourceMgr.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(buffer),
                                 SMLoc());
    module = parseUnverified(sourceMgr, context);
  }
  if (!module)
    return;
  count("plans that were read");
  if (!options.passesAll && !verifyModule(*module).passes)
    return;
  count("plans that pass");
  std::string message;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    message = message.empty() ? diagnostic.str() : message;
  });
  if (failed(verify(*module)))
    return complain(number, "does not verify: " + message);
  runPlan(*module, number);
}

//===----------------------------------------------------------------------===//
// Drawings
//===----------------------------------------------------------------------===//

std::string Judges::askGraphviz(StringRef text) {
  SmallString<128> input, messages;
  int descriptor;
  if (llvm::sys::fs::createTemporaryFile("mutant", "dot", descriptor, input) ||
      llvm::sys::fs::createTemporaryFile("mutant", "txt", messages))
    return "no temporary file";
  llvm::FileRemover removesInput(input), removesMessages(messages);
  {
    llvm::raw_fd_ostream file(descriptor, /*shouldClose=*/true);
    file << text;
  }
  constexpr unsigned kSeconds = 20;
  std::string error;
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(""),
                                          StringRef(messages)};
  int status = llvm::sys::ExecuteAndWait(
      *graphviz, {"dot", "-Tcanon", "-o/dev/null", input}, std::nullopt,
      redirects, kSeconds, /*MemoryLimit=*/0, &error);
  if (status == 0)
    return "";
  auto said = llvm::MemoryBuffer::getFile(messages);
  return said ? (*said)->getBuffer().split('\n').first.str() + error
              : "it ends with status " + std::to_string(status);
}

void Judges::judgeDrawing(StringRef text, uint64_t number) {
  count("drawings");
  OwningOpRef<ModuleOp> module;
  {
    ScopedDiagnosticHandler quiet(context, [](Diagnostic &) {});
    module = dot::importDot(llvm::MemoryBufferRef(text, "mutant.dot"), context,
                            rules, dot::ImportOptions());
  }
  if (!module || (!options.passesAll && !verifyModule(*module).passes))
    return;
  count("drawings that pass");
  if (failed(verify(*module)))
    return complain(number, "does not verify");
  if (!graphviz)
    return count("drawings that no Graphviz has read");
  std::string said = askGraphviz(text);
  if (!said.empty())
    return complain(number, "Graphviz: " + said);
  count("drawings that Graphviz reads");
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

LogicalResult Judges::run() {
  if (failed(readSeeds()))
    return failure();
  for (uint64_t number = options.first, end = options.first + options.count;
       number < end; ++number) {
    llvm::PrettyStackTraceFormat trace("mutant %llu",
                                       static_cast<unsigned long long>(number));
    std::mt19937_64 random(number);
    bool isPlan = drawings.empty() || (!plans.empty() && random() % 2);
    std::string text = isPlan ? makePlanText(random) : makeDrawing(random);
    if (options.prints) {
      os << text;
      return success();
    }
    if (isPlan)
      judgePlan(text, number);
    else
      judgeDrawing(text, number);
  }
  print();
  return success(complaints.empty());
}

void Judges::print() {
  for (const auto &[what, number] : counts)
    os << number << ' ' << what << '\n';
  os << complaints.size() << " complaints\n";
  for (const std::string &complaint : complaints)
    os << complaint << '\n';
}

LogicalResult mutation::compareJudges(const JudgesOptions &options,
                                      MLIRContext *context, raw_ostream &os) {
  return Judges(options, context, os).run();
}
