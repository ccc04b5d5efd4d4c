//===- dag-mutate.cpp - Breaks plans, and judges what is said about it -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Campaign.h"
#include "TwoJudges.h"
#include "dag/InitAll.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Files.h"
#include "dag/Target/HuggingFace/PhaseOption.h"
#include "dag/Tools/InputFile.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of dag-mutate");

static cl::list<std::string> inputs(cl::Positional,
                                    cl::desc("<plan.mlir | config.json ...>"),
                                    cl::cat(category));
static cl::opt<bool> lists("list", cl::desc("List the kinds of mutations"),
                           cl::cat(category));
static cl::list<std::string>
    kindNames("kind", cl::CommaSeparated, cl::value_desc("name"),
              cl::desc("What is broken; in a campaign all kinds by default"),
              cl::cat(category));
static cl::opt<uint64_t>
    seed("seed", cl::init(0), cl::cat(category),
         cl::desc("Selects the place, modulo their number"));
static cl::opt<std::string> explain("explain", cl::value_desc("file"),
                                    cl::desc("Write what was changed as JSON; "
                                             "else a line on stderr"),
                                    cl::cat(category));
static cl::opt<std::string> outputFile("o", cl::init("-"),
                                       cl::value_desc("file"),
                                       cl::desc("Output file"),
                                       cl::cat(category));
static cl::list<std::string>
    layouts("layout", cl::value_desc("options of --dag-plan"),
            cl::desc("The plan of a config.json; several in a campaign"),
            cl::cat(category));

static cl::list<huggingface::Phase>
    phases("phase", cl::CommaSeparated, cl::cat(category),
           cl::desc("What the model does; in a campaign both by default"),
           huggingface::getPhaseValues());
static cl::opt<int64_t> batch("batch", cl::init(1), cl::cat(category),
                              cl::desc("Sequences of the model"));
static cl::opt<int64_t> seqLen("seq-len", cl::init(8), cl::cat(category),
                               cl::desc("Tokens of a sequence"));
static cl::opt<int64_t> newTokens("new-tokens", cl::init(0), cl::cat(category),
                                  cl::desc("Tokens of a chunk"));
static cl::opt<bool> ragged("ragged", cl::cat(category),
                            cl::desc("Sequences in different places"));
static cl::opt<int64_t> pageSize("page-size", cl::init(0), cl::cat(category),
                                 cl::desc("Tokens of a page of the caches"));
static cl::opt<bool>
    campaign("campaign", cl::cat(category),
             cl::desc("Break plans of all models in many places, and compare "
                      "what is said with what the interpreter sees"));
static cl::opt<size_t>
    maxSites("max-sites", cl::init(2), cl::cat(category),
             cl::desc("Places of one kind in one plan of a campaign"));
static cl::opt<bool>
    listEqual("list-equal", cl::cat(category),
              cl::desc("List the mutants of a campaign that the interpreter "
                       "can't tell from the original"));

static cl::opt<bool> shares(
    "shares", cl::cat(category),
    cl::desc("Make the proof and the trial by themselves, too, and count "
             "which of the wrong mutants of a campaign each finds"));

static cl::opt<std::string>
    expected("expect", cl::value_desc("codes"), cl::cat(category),
             cl::desc("In a campaign, codes in the place of those that --list "
                      "names; it fails then"));

static cl::opt<uint64_t> numJudged(
    "second-judge", cl::init(0), cl::value_desc("N"), cl::cat(category),
    cl::desc("Make N mutants of the plans of all config.json and of drawings, "
             "and have what passes judged by the interpreter and by Graphviz"));
static cl::opt<uint64_t> first("first", cl::init(0), cl::cat(category),
                               cl::desc("The first mutant for two judges"));
static cl::opt<bool> printsFirst("print", cl::cat(category),
                                 cl::desc("Print it, and judge nothing"));
static cl::opt<bool>
    passesAll("pass-all", cl::cat(category),
              cl::desc("Ask the second judge of what does not pass, too; there "
                       "are complaints then"));

static LogicalResult fail(const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "dag-mutate")
      << escapeHiddenCharacters(message.str()) << '\n';
  return failure();
}

static PlanOptions getPlanOptions(StringRef config) {
  PlanOptions options;
  options.config = config.str();
  options.layout = layouts.empty() ? "" : layouts.front();
  options.decode =
      !phases.empty() && phases.front() == huggingface::Phase::Decode;
  options.batch = batch;
  options.seqLen = seqLen;
  options.newTokens = newTokens;
  options.ragged = ragged;
  options.pageSize = pageSize;
  return options;
}

static OwningOpRef<ModuleOp> readPlan(MLIRContext *context) {
  if (StringRef(inputs.front()).ends_with(".json"))
    return makePlan(getPlanOptions(inputs.front()), context);
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(inputs.front());
  if (!buffer) {
    (void)fail(llvm::toString(buffer.takeError()));
    return {};
  }
  if (failed(checkNesting(**buffer)))
    return {};
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  return parseSourceFile<ModuleOp>(sourceMgr, context);
}

static void explainAsJSON(raw_ostream &os, const Kind &kind, const Site &site,
                          size_t numSites) {
  llvm::json::OStream json(os, 2);
  json.object([&] {
    json.attribute("kind", kind.name);
    json.attribute("description", site.text);
    json.attribute("sites", static_cast<int64_t>(numSites));
    json.attributeArray("codes", [&] {
      SmallVector<StringRef> codes;
      site.expected.codes.split(codes, ' ', -1, /*KeepEmpty=*/false);
      for (StringRef code : codes)
        json.value(code);
    });
    json.attribute("why", site.expected.why);
  });
  os << '\n';
}

static LogicalResult mutateOne(ArrayRef<const Kind *> kinds,
                               MLIRContext *context) {
  if (kinds.size() != 1)
    return fail("expected one --kind, but got " + Twine(kinds.size()));
  if (inputs.size() != 1)
    return fail("expected one plan, but got " + Twine(inputs.size()));
  noteInputFile(inputs.front());
  std::vector<std::string> outputs = {outputFile};
  if (!explain.empty())
    outputs.push_back(explain);
  if (llvm::Error error = checkOutputFiles(outputs))
    return fail(llvm::toString(std::move(error)));
  OwningOpRef<ModuleOp> module = readPlan(context);
  if (!module)
    return failure();
  if (!findPlan(*module))
    return fail("expected a model on a mesh in '" + inputs.front() +
                "', but there is none");
  const Kind &kind = *kinds.front();
  std::vector<Site> sites = collectSites(kind, *module);
  if (sites.empty())
    return fail("expected a place for '" + kind.name + "' in '" +
                inputs.front() + "', but there is none");
  Site &site = sites[seed % sites.size()];
  site.apply();

  // What does not verify is printed in the generic form.
  if (llvm::Error error = writeOutputFile(
          outputFile, [&](raw_ostream &os) { module->print(os), os << '\n'; }))
    return fail(llvm::toString(std::move(error)));
  if (explain.empty()) {
    llvm::errs() << kind.name << ": " << site.text << '\n';
    return success();
  }
  if (llvm::Error error = writeOutputFile(explain, [&](raw_ostream &os) {
        explainAsJSON(os, kind, site, sites.size());
      }))
    return fail(llvm::toString(std::move(error)));
  return success();
}

/// Plans of all configurations, layouts and phases, and drawings.
static LogicalResult judgeTwice(MLIRContext *context) {
  JudgesOptions options;
  for (const std::string &input : inputs) {
    if (!StringRef(input).ends_with(".json")) {
      options.drawings.push_back(input);
      continue;
    }
    for (const std::string &layout : layouts)
      for (bool decode : {false, true}) {
        PlanOptions plan = getPlanOptions(input);
        plan.layout = layout;
        plan.decode = decode;
        options.plans.push_back(plan);
      }
  }
  if (options.plans.empty() && options.drawings.empty())
    return fail("expected config.json files with a --layout, or drawings, but "
                "got none");
  options.first = first;
  options.count = numJudged;
  options.prints = printsFirst;
  options.passesAll = passesAll;
  return compareJudges(options, context, llvm::outs());
}

static LogicalResult run(MLIRContext *context) {
  if (numJudged != 0)
    return judgeTwice(context);
  SmallVector<const Kind *> kinds;
  for (const std::string &name : kindNames) {
    const Kind *kind = lookupKind(name);
    if (!kind)
      return fail("expected a kind that --list names, but got '" + name + "'");
    kinds.push_back(kind);
  }
  if (!campaign)
    return mutateOne(kinds, context);
  CampaignOptions options;
  options.configs = inputs;
  if (options.configs.empty())
    return fail("expected config.json files for the campaign, but got none");
  options.layouts = layouts;
  options.kinds.assign(kinds.begin(), kinds.end());
  if (kinds.empty())
    for (const Kind &kind : getKinds())
      options.kinds.push_back(&kind);
  for (huggingface::Phase phase : phases)
    options.phases.push_back(phase == huggingface::Phase::Decode);
  if (phases.empty())
    options.phases = {false, true};
  options.maxSites = maxSites;
  options.batch = batch;
  options.seqLen = seqLen;
  options.newTokens = newTokens;
  options.ragged = ragged;
  options.pageSize = pageSize;
  options.listsEqual = listEqual;
  options.countsShares = shares;
  if (expected.getNumOccurrences() != 0)
    options.expected = expected;
  return runCampaign(options, context, llvm::outs());
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Breaks plans of deployments\n");
  if (lists) {
    for (const Kind &kind : getKinds())
      llvm::outs() << llvm::left_justify(kind.name, 26) << ' '
                   << llvm::left_justify(kind.expected.codes.empty()
                                             ? "nothing"
                                             : kind.expected.codes,
                                         32)
                   << ' ' << kind.description << '\n';
    return EXIT_SUCCESS;
  }
  DialectRegistry registry;
  dag::registerAllDialects(registry);
  registerInterpreterModels(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<DagDialect>();
  return failed(run(&context)) ? EXIT_FAILURE : EXIT_SUCCESS;
}
