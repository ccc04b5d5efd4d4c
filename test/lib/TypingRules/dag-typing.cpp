//===- dag-typing.cpp - Tries all placements on typing rules -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "Placements.h"
#include "Reasons.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "dag/InitAll.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::typing;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of dag-typing");
static cl::list<std::string> meshes("mesh",
                                    cl::desc("Meshes to try, such as a=2,b=3"),
                                    cl::value_desc("axes"), cl::cat(category));
static cl::list<std::string> only("op", cl::desc("Ops to try; all by default"),
                                  cl::value_desc("name"), cl::cat(category));
static cl::opt<uint64_t>
    limit("limit", cl::desc("Placements to try of one case on one mesh"),
          cl::init(10000), cl::cat(category));
static cl::opt<bool> showExtents("extents",
                                 cl::desc("Say how much of each case is tried"),
                                 cl::cat(category));

namespace {
struct Counts {
  uint64_t tried = 0;
  std::array<uint64_t, 6> verdicts = {};
  uint64_t &operator[](Verdict verdict) {
    return verdicts[static_cast<size_t>(verdict)];
  }
};

/// What came out.
struct Result {
  /// By name, without the dialect.
  std::map<std::string, Counts> ops;
  /// Cases on meshes, and their placements.
  std::map<Extent, std::pair<uint64_t, uint64_t>> extents;
  /// Conservative refusals by reason.
  std::map<const Reason *, uint64_t> reasons;
  /// Those without a reason, and what is unsound, with an example each.
  std::map<std::string, std::pair<uint64_t, std::string>> failures;
};
} // namespace

/// Null for what is no mesh.
static std::optional<MeshShape> makeMesh(MLIRContext *context, StringRef text) {
  SmallVector<Attribute> axes;
  SmallVector<int64_t> sizes;
  for (StringRef item : llvm::split(text, ',')) {
    auto [axis, size] = item.split('=');
    axes.push_back(StringAttr::get(context, axis));
    if (size.getAsInteger(10, sizes.emplace_back()) || sizes.back() <= 0 ||
        sizes.back() > 8 || sizes.size() > 3)
      return std::nullopt;
  }
  OpBuilder builder(context);
  OwningOpRef<MeshOp> mesh =
      MeshOp::create(builder, builder.getUnknownLoc(), "mesh",
                     builder.getArrayAttr(axes), sizes, DenseI64ArrayAttr());
  // An axis twice, for example.
  if (failed(verify(*mesh)))
    return std::nullopt;
  return MeshShape(*mesh);
}

static void tryCase(MLIRContext *context, const Case &theCase,
                    const RankSet &ranks, StringRef meshText, Result &result) {
  Judge judge(context, theCase, ranks);
  StringRef name = theCase.op.stripDialect();
  auto fail = [&](const Twine &what, ArrayRef<RankedTensorType> types) {
    auto &[count, example] = result.failures[(name + ": " + what).str()];
    if (count++ != 0)
      return;
    llvm::raw_string_ostream os(example);
    os << "<" << meshText << "> " << theCase.attributes;
    for (auto [type, operand] : llvm::zip(types, theCase.operands))
      os << "\n    " << operand.name << ": " << type;
    os << "\n    " << getLastError().message;
  };
  if (!judge.prepare())
    return fail("the case cannot be tried", {});
  Counts &counts = result.ops[name.str()];
  auto tryTypes = [&](ArrayRef<RankedTensorType> types) {
    std::string why;
    Verdict verdict = judge.judge(types, why);
    ++counts.tried;
    ++counts[verdict];
    if (verdict == Verdict::Unsound)
      fail("accepted, but " + why, types);
    if (verdict != Verdict::Conservative)
      return llvm::is_contained(
          {Verdict::Right, Verdict::Assumed, Verdict::Unsound}, verdict);
    auto [constraint, code] = StringRef(why).rsplit(' ');
    if (const Reason *reason = findReason(name, constraint, code))
      ++result.reasons[reason];
    else
      fail("refused without a known reason, " + why, types);
    return false;
  };
  uint64_t before = counts.tried;
  Extent extent = forEachPlacement(theCase, ranks.getMesh(), limit, tryTypes);
  auto &[cases, placements] = result.extents[extent];
  ++cases;
  placements += counts.tried - before;
  if (showExtents)
    llvm::outs() << name << " <" << meshText << ">: " << stringifyExtent(extent)
                 << ", " << counts.tried - before << "\n";
}

static void printTable(Result &result) {
  llvm::outs() << "| op | placements tried | accepted, all right | accepted, "
                  "assumed | refused, wrong | refused, cannot run | "
                  "refused, conservative |\n|---|--:|--:|--:|--:|--:|--:|\n";
  Counts all;
  auto print = [](StringRef name, Counts &counts) {
    llvm::outs() << "| " << name << " | " << counts.tried;
    for (Verdict verdict :
         {Verdict::Right, Verdict::Assumed, Verdict::RefusedWrong,
          Verdict::CannotRun, Verdict::Conservative})
      llvm::outs() << " | " << counts[verdict];
    llvm::outs() << " |\n";
  };
  for (auto &[name, counts] : result.ops) {
    print(("`" + name + "`"), counts);
    all.tried += counts.tried;
    for (auto [sum, count] : llvm::zip_equal(all.verdicts, counts.verdicts))
      sum += count;
  }
  print("all", all);
}

static void printReasons(Result &result) {
  llvm::outs() << "\n| refused, and would be right | where | placements |\n"
                  "|---|---|--:|\n";
  for (const Reason &reason : getReasons())
    llvm::outs() << "| " << reason.why << " | " << reason.where << " | "
                 << result.reasons[&reason] << " |\n";
  llvm::outs() << "\n";
}

static void printExtents(Result &result) {
  llvm::outs() << "\n| tried of a case on a mesh | cases | placements |\n"
                  "|---|--:|--:|\n";
  for (auto &[extent, numbers] : result.extents)
    llvm::outs() << "| " << stringifyExtent(extent) << " | " << numbers.first
                 << " | " << numbers.second << " |\n";
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Tries typing rules on all ways to lay operands on small meshes\n");
  DialectRegistry registry;
  registerAllDialects(registry);
  registerInterpreterModels(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    std::optional<Code> code = getTypingCode(diagnostic);
    getLastError() = {diagnostic.str(),
                      code ? getCodeInfo(*code).code.str() : ""};
    return success();
  });
  if (meshes.empty())
    for (StringRef mesh : {"tp=2", "tp=3", "a=2,b=2", "a=2,b=3"})
      meshes.push_back(mesh.str());
  for (StringRef name : only)
    if (llvm::none_of(getOpsWithRule(&context), [&](OperationName op) {
          return op.stripDialect() == name;
        })) {
      llvm::errs() << "expected an op with a typing rule, but got '" << name
                   << "'\n";
      return 1;
    }
  Result result;
  for (StringRef meshText : meshes) {
    std::optional<MeshShape> mesh = makeMesh(&context, meshText);
    if (!mesh) {
      llvm::errs()
          << "expected a mesh such as a=2,b=3, of at most 3 axes of at "
             "most 8 ranks, but got '"
          << meshText << "'\n";
      return 1;
    }
    RankSet ranks(*mesh);
    std::optional<std::vector<Case>> cases =
        makeCases(&context, ranks.getMesh());
    if (!cases)
      return 1;
    for (const Case &theCase : *cases)
      if (only.empty() || llvm::is_contained(only, theCase.op.stripDialect()))
        tryCase(&context, theCase, ranks, meshText, result);
  }
  for (const Reason &reason : getReasons())
    if (only.empty() && meshes.getNumOccurrences() == 0 &&
        result.reasons[&reason] == 0)
      result.failures[("no refusal for this reason: " + reason.why).str()];
  for (OperationName op : getOpsWithRule(&context))
    if (StringRef name = op.stripDialect();
        only.empty() && result.ops[name.str()].tried == 0)
      result.failures[(name + ": the op has a typing rule and no case").str()];
  printTable(result);
  printExtents(result);
  printReasons(result);
  for (auto &[what, failure] : result.failures)
    llvm::errs() << what << ", " << failure.first << " times\n  "
                 << failure.second << "\n";
  return result.failures.empty() ? 0 : 1;
}
