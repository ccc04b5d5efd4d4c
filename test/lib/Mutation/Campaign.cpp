//===- Campaign.cpp - Breaks many plans in many places -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Campaign.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

OwningOpRef<ModuleOp> mutation::makePlan(const PlanOptions &options,
                                         MLIRContext *context) {
  auto fail = [&](const Twine &message) -> OwningOpRef<ModuleOp> {
    emitError(UnknownLoc::get(context)) << message;
    return {};
  };
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> buffer =
      openInputFile(options.config, &message);
  if (!buffer)
    return fail(message);
  huggingface::ImportOptions import;
  import.batch = options.batch;
  import.seqLen = options.seqLen;
  import.decode = options.decode;
  import.newTokens = options.newTokens;
  import.ragged = options.ragged;
  import.pageSize = options.pageSize;
  OwningOpRef<ModuleOp> module =
      huggingface::importConfig(*buffer, context, import);
  if (!module)
    return {};
  PlanPipelineOptions plan;
  std::string errors;
  llvm::raw_string_ostream os(errors);
  if (failed(plan.parseFromString(options.layout, os)))
    return fail("expected a layout as --dag-plan takes it, but got '" +
                options.layout + "': " + StringRef(errors).rtrim());
  plan.keepReference = true;
  PassManager pm(context, ModuleOp::getOperationName());
  buildPlanPipeline(pm, plan);
  if (failed(pm.run(*module)))
    return {};
  return module;
}

namespace {
/// How many mutants ended how.
struct Counts {
  unsigned mutants = 0;
  unsigned changed = 0, hangs = 0, cannotRun = 0;
  unsigned right = 0, other = 0, missed = 0;
  unsigned equalBlamed = 0, equal = 0;
  /// Of changes that break nothing.
  unsigned good = 0, goodBlamed = 0;
  /// Of wrong ones: found by the proof, by the trial, by both, by neither; and
  /// of those that the interpreter sees nothing of.
  unsigned proof = 0, trial = 0, both = 0, neither = 0;
  unsigned equalProof = 0, equalTrial = 0;

  void add(const Counts &o) {
    mutants += o.mutants;
    changed += o.changed;
    hangs += o.hangs;
    cannotRun += o.cannotRun;
    right += o.right;
    other += o.other;
    missed += o.missed;
    equalBlamed += o.equalBlamed;
    equal += o.equal;
    good += o.good;
    goodBlamed += o.goodBlamed;
    proof += o.proof;
    trial += o.trial;
    both += o.both;
    neither += o.neither;
    equalProof += o.equalProof;
    equalTrial += o.equalTrial;
  }
};

class Campaign {
public:
  Campaign(const CampaignOptions &options, MLIRContext *context,
           raw_ostream &os)
      : options(options), context(context), os(os) {
    counts.resize(getKinds().size());
  }

  LogicalResult run();

private:
  LogicalResult runModel(const PlanOptions &plan, Counts &total);
  void runMutant(const Kind &kind, size_t index, size_t seed, ModuleOp module,
                 const PlanOptions &plan, const Oracle &oracle, Counts &total);
  /// Asks the proof and the trial, each by itself.
  void addShares(ModuleOp mutant, Effect effect, const Findings &findings,
                 const Twine &example, Counts &one);
  void printTables();
  void printShares();
  void complain(const Twine &text) { complaints.push_back(text.str()); }

  const CampaignOptions &options;
  MLIRContext *context;
  raw_ostream &os;
  std::vector<Counts> counts;
  std::vector<std::pair<std::string, Counts>> models;
  std::vector<std::string> complaints;
  /// By kind and reason: how many, and one of them.
  std::map<std::pair<std::string, std::string>,
           std::pair<unsigned, std::string>>
      equalOnes;
  /// Of wrong ones that not both find: by what the proof and the trial say and
  /// the first code of all checks, how many, and one of them.
  std::map<std::tuple<std::string, std::string, std::string>,
           std::pair<unsigned, std::string>>
      silent;
  unsigned numPlans = 0;
};
} // namespace

static std::string getName(const PlanOptions &plan) {
  return llvm::sys::path::stem(plan.config).str() + ", " +
         (plan.decode ? "decode" : "prefill") + ", " + plan.layout;
}

/// What an opinion says, without the particulars of one mutant.
static std::string summarize(const Opinion &opinion, StringRef silence) {
  if (opinion.finds)
    return "found";
  StringRef reason = opinion.reason;
  if (reason.empty())
    return silence.str();
  reason.consume_front("not tried: ");
  std::string text;
  for (char c : reason.split(": ").first.split(", but got").first)
    if (!llvm::isDigit(c))
      text += c;
    else if (text.empty() || text.back() != 'N')
      text += 'N';
  return text;
}

void Campaign::addShares(ModuleOp mutant, Effect effect,
                         const Findings &findings, const Twine &example,
                         Counts &one) {
  Opinion proof = proveAlone(mutant), trial = tryAlone(mutant);
  if (effect == Effect::Equal) {
    one.equalProof = proof.finds;
    one.equalTrial = trial.finds;
    return;
  }
  one.proof = proof.finds;
  one.trial = trial.finds;
  one.both = proof.finds && trial.finds;
  one.neither = !proof.finds && !trial.finds;
  if (one.both)
    return;
  std::string code = findings.codes.empty() ? "" : findings.codes.front();
  auto &[count, text] = silent[{summarize(proof, "proved to be equal"),
                                summarize(trial, "the same numbers"), code}];
  if (count++ == 0)
    text = example.str();
}

/// How to get a mutant again.
static std::string getCommand(const Kind &kind, size_t seed,
                              const PlanOptions &plan) {
  return "dag-mutate " + plan.config + " --layout=\"" + plan.layout + "\"" +
         (plan.decode ? " --phase=decode" : "") + " --kind=" + kind.name.str() +
         " --seed=" + std::to_string(seed);
}

void Campaign::runMutant(const Kind &kind, size_t index, size_t seed,
                         ModuleOp module, const PlanOptions &plan,
                         const Oracle &oracle, Counts &total) {
  OwningOpRef<ModuleOp> mutant = module.clone();
  std::vector<Site> sites = collectSites(kind, *mutant);
  Site &site = sites[seed];
  if (options.expected)
    site.expected = {*options.expected, ""};
  site.apply();
  Findings findings = verifyModule(*mutant);
  std::string reason;
  Effect effect = oracle.judge(findPlan(*mutant), reason);

  Counts one;
  std::string where = site.text + "; " + getCommand(kind, seed, plan);
  std::string said = llvm::join(findings.codes, " ");
  if (site.expected.codes.empty()) {
    one.good = 1;
    if (effect != Effect::Equal)
      complain("breaks something: " + where + ": " + reason);
    if (!findings.passes) {
      one.goodBlamed = 1;
      complain("blamed without a reason: " + where + ": " + findings.message);
    }
  } else {
    one.mutants = 1;
    if (options.countsShares)
      addShares(*mutant, effect, findings, where, one);
    one.changed = effect == Effect::Changed;
    one.hangs = effect == Effect::Hangs;
    one.cannotRun = effect == Effect::CannotRun;
    bool isRight = findings.hasOneOf(site.expected.codes);
    if (effect == Effect::Equal) {
      (findings.passes ? one.equal : one.equalBlamed) = 1;
      std::string why = site.expected.why.str();
      if (!findings.passes && why.empty()) {
        why = "?";
        complain("blamed (" + said + "), and the interpreter sees nothing: " +
                 where + ": " + findings.message);
      }
      std::string text = (findings.passes ? "not blamed; " : said + "; ") + why;
      auto &[count, example] = equalOnes[{kind.name.str(), text}];
      if (count++ == 0)
        example = site.text + " (" + getName(plan) + ")";
    } else if (findings.passes) {
      one.missed = 1;
      complain("missed: " + where + (reason.empty() ? "" : ": " + reason));
    } else {
      (isRight ? one.right : one.other) = 1;
    }
    if (!findings.passes && !isRight)
      complain("expected " + site.expected.codes + ", but got " + said + ": " +
               where + ": " + findings.message);
  }
  counts[index].add(one);
  total.add(one);
}

LogicalResult Campaign::runModel(const PlanOptions &plan, Counts &total) {
  OwningOpRef<ModuleOp> module = makePlan(plan, context);
  if (!module)
    return failure();
  ++numPlans;
  Counts original;
  original.good = 1;
  Findings findings = verifyModule(*module);
  auto reference = module->lookupSymbol<ModelOp>("logical");
  FailureOr<Oracle> oracle = Oracle::create(reference);
  if (failed(oracle))
    return failure();
  std::string reason;
  if (oracle->judge(findPlan(*module), reason) != Effect::Equal)
    complain("a plan that does not compute its model: " + getName(plan) + ": " +
             reason);
  if (!findings.passes) {
    original.goodBlamed = 1;
    complain("blamed without a reason: " + getName(plan) + ": " +
             findings.message);
  }
  total.add(original);
  for (const Kind *kind : options.kinds) {
    size_t numSites = collectSites(*kind, *module).size();
    size_t number = std::min(numSites, options.maxSites);
    for (size_t i = 0; i < number; ++i)
      runMutant(*kind, kind - getKinds().data(), i * numSites / number, *module,
                plan, *oracle, total);
  }
  return success();
}

/// Layouts with what is different about them: KV heads that are copied,
/// sequences and experts in shards, several stages.
static std::vector<std::string> getLayouts(ModuleOp model) {
  std::vector<std::string> layouts = {"tp=2 pp=2", "tp=4 sequence-parallel",
                                      "tp=8 pp=3"};
  bool hasExperts = false;
  model.walk([&](ExpertOp) { hasExperts = true; });
  if (hasExperts)
    layouts = {"tp=2 pp=2", "tp=2 ep=2 pp=2", "tp=4 sequence-parallel",
               "tp=2 ep=4"};
  return layouts;
}

LogicalResult Campaign::run() {
  for (const std::string &config : options.configs) {
    Counts total;
    std::string error;
    for (bool decode : options.phases) {
      PlanOptions plan;
      plan.config = config;
      plan.decode = decode;
      plan.batch = options.batch;
      plan.seqLen = options.seqLen;
      plan.newTokens = options.newTokens;
      plan.ragged = options.ragged;
      plan.pageSize = options.pageSize;
      std::vector<std::string> layouts = options.layouts;
      if (layouts.empty()) {
        plan.layout = "tp=1";
        OwningOpRef<ModuleOp> whole = makePlan(plan, context);
        if (!whole)
          return failure();
        layouts = getLayouts(*whole);
      }
      for (const std::string &layout : layouts) {
        plan.layout = layout;
        if (failed(runModel(plan, total)))
          return failure();
      }
    }
    models.push_back({llvm::sys::path::stem(config).str(), total});
  }
  printTables();
  return success(complaints.empty());
}

void Campaign::printTables() {
  auto printHead = [&](StringRef first) {
    os << "| " << first
       << " | mutants | change the result | hang | cannot run | right code | "
          "other code | missed | equal, blamed | equal, not blamed | good | "
          "good, blamed |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  };
  auto printRow = [&](const Twine &name, const Counts &c) {
    os << "| " << name;
    for (unsigned n :
         {c.mutants, c.changed, c.hangs, c.cannotRun, c.right, c.other,
          c.missed, c.equalBlamed, c.equal, c.good, c.goodBlamed})
      os << " | " << n;
    os << " |\n";
  };
  Counts all;
  for (const auto &[name, count] : models)
    all.add(count);
  os << numPlans << " plans of " << models.size() << " models, "
     << options.kinds.size() << " kinds, " << all.mutants << " mutants\n\n";
  printHead("kind");
  for (const Kind *kind : options.kinds)
    printRow("`" + kind->name + "`", counts[kind - getKinds().data()]);
  printRow("all", all);
  os << '\n';
  printHead("model");
  for (const auto &[name, count] : models)
    printRow(name, count);
  printRow("all", all);
  if (options.countsShares)
    printShares();
  if (options.listsEqual) {
    os << "\n| kind | said; why the interpreter sees nothing | mutants | one "
          "of them |\n|---|---|---|---|\n";
    for (const auto &[key, value] : equalOnes)
      os << "| `" << key.first << "` | " << key.second << " | " << value.first
         << " | " << value.second << " |\n";
  }
  if (!complaints.empty())
    os << '\n';
  for (const std::string &complaint : complaints)
    os << complaint << '\n';
}

void Campaign::printShares() {
  os << "\n| what is broken | wrong | proof | trial | both | neither | equal, "
        "proof | equal, trial |\n|---|---|---|---|---|---|---|---|\n";
  auto printRow = [&](const Twine &name, const Counts &c) {
    os << "| " << name;
    for (unsigned n : {c.changed + c.hangs + c.cannotRun, c.proof, c.trial,
                       c.both, c.neither, c.equalProof, c.equalTrial})
      os << " | " << n;
    os << " |\n";
  };
  auto getCounts = [&](const Kind &kind) {
    return counts[lookupKind(kind.name) - getKinds().data()];
  };
  Counts all;
  for (const Kind *kind : options.kinds)
    printRow("`" + kind->name + "`", getCounts(*kind));
  for (const Family &family : getFamilies()) {
    Counts sum;
    for (const Kind &kind : family.kinds)
      sum.add(getCounts(kind));
    printRow(family.name, sum);
    all.add(sum);
  }
  printRow("all", all);
  os << "\n| the proof | the trial | first code of all | mutants | one of "
        "them |\n|---|---|---|---|---|\n";
  for (const auto &[key, value] : silent)
    os << "| " << std::get<0>(key) << " | " << std::get<1>(key) << " | "
       << std::get<2>(key) << " | " << value.first << " | " << value.second
       << " |\n";
}

LogicalResult mutation::runCampaign(const CampaignOptions &options,
                                    MLIRContext *context, raw_ostream &os) {
  return Campaign(options, context, os).run();
}
