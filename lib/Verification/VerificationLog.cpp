//===- VerificationLog.cpp - Findings between the checks and the report -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/VerificationLog.h"
#include "ConfiguredPrograms.h"
#include "DeploymentFacts.h"
#include "dag/Diagnostics/SourcePlace.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Verification/Checks.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

VerificationLog::VerificationLog(Operation *module) : module(module) {}

void VerificationLog::add(CheckLog &&log) { logs.push_back(std::move(log)); }

Location dag::getDeploymentLoc(const DeploymentGraphs &graphs,
                               Operation *module) {
  if (!graphs.get().empty())
    return getPlainLoc(graphs.get().front()->getRoot()->getLoc());
  for (Operation &op : module->getRegion(0).front())
    if (isa<ProgramOp, ScheduleOp>(op))
      return getPlainLoc(op.getLoc());
  return getPlainLoc(module->getLoc());
}

/// A module without a deployment may hold orders of calls, which one check is
/// for. Nothing else of the checklist can be wrong with a schedule, but there
/// is nothing to compare with a model or a device that is named; what programs
/// compute is compared with nothing.
static void checkWithoutDeployment(Operation *module, bool isStated,
                                   CheckLog &log) {
  bool hasProgram = false, hasSchedule = false;
  for (Operation &op : module->getRegion(0).front()) {
    hasProgram |= isa<ProgramOp>(op);
    hasSchedule |= isa<ScheduleOp>(op);
  }
  bool isInput = log.getCheck().kind == CheckKind::Input;
  if (hasProgram && !isInput)
    log.setUnverified("programs of ranks stand alone, without their plan");
  else if (hasSchedule && isStated &&
           log.getCheck().kind == CheckKind::Checklist)
    log.setUnverified("a schedule stands alone, and is not compared with what "
                      "is stated beside it");
  else if (hasSchedule && !isInput &&
           llvm::is_contained(getChecklistLines(), &log.getCheck()))
    log.setNothingToCheck("a schedule stands alone");
  else if (hasSchedule && !isInput)
    log.setUnverified("a schedule stands alone, without a plan");
  else if (!hasProgram && !hasSchedule && isInput &&
           findMalformedBeside(module).empty())
    log.report(Code::DAG004, module->getLoc(), "",
               "expected a dag.sketch or a dag.model, but found neither");
  else if (!isInput)
    log.setUnverified("there is nothing to verify");
}

void dag::reportNested(Operation *module, bool hasInputCheck, CheckLog &log) {
  bool isInput = log.getCheck().kind == CheckKind::Input;
  // One finding makes all lines UNVERIFIED.
  if (hasInputCheck && !isInput)
    return;
  auto report = [&](Operation *op, const std::string &text) {
    if (isInput)
      log.report(Code::DAG004, op->getLoc(), op->getName().getStringRef(),
                 text);
    else
      log.setUnverified(text, op->getLoc());
  };
  for (Operation *op : findNested(module)) {
    std::string text = "expected what is to be verified in the module itself, "
                       "but " +
                       describeNested(op) + " is in a '" +
                       op->getParentOp()->getName().getStringRef().str() +
                       "' inside of it";
    report(op, text);
  }
  SmallVector<Operation *> stray = findStray(module);
  if (stray.empty())
    return;
  std::string others =
      stray.size() == 1
          ? std::string(" stands")
          : " and " + std::to_string(stray.size() - 1) + " more stand";
  report(stray.front(), "expected ops of a plan in a dag.model, but '" +
                            stray.front()->getName().getStringRef().str() +
                            "'" + others + " in none");
}

/// What is malformed beside the drawings and models might have been one, or a
/// part of one.
static void reportMalformedBeside(Operation *module, CheckLog &log) {
  bool isInput = log.getCheck().kind == CheckKind::Input;
  for (MalformedOp op : findMalformedBeside(module)) {
    if (isInput)
      log.report(Code::DAG005, op.getLoc(), op.getName(), op.getMessage());
    else
      log.setUnverified("an op is malformed: " + op.getMessage(), op.getLoc());
  }
}

/// Of two symbols of one name nobody knows which is meant.
static void reportRedefined(Operation *table, CheckLog &log) {
  bool isInput = log.getCheck().kind == CheckKind::Input;
  DenseMap<StringAttr, Operation *> known;
  for (Operation &op : table->getRegion(0).front()) {
    auto name = op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
    if (!name)
      continue;
    auto [it, isNew] = known.try_emplace(name, &op);
    if (isNew)
      continue;
    std::string text =
        "redefinition of symbol named '" + name.getValue().str() + "'";
    if (isInput)
      log.report(Code::DAG005, op.getLoc(), op.getName().getStringRef(), text)
          .note(it->second->getLoc(), "it is defined here");
    else
      log.setUnverified(text, op.getLoc());
  }
}

/// The same in modules inside of the module; models have symbols of their own.
static void reportAllRedefined(Operation *module, CheckLog &log) {
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<SketchOp, ModelOp>(op))
      return WalkResult::skip();
    if (op->hasTrait<OpTrait::SymbolTable>() && op->getNumRegions() > 0 &&
        !op->getRegion(0).empty())
      reportRedefined(op, log);
    return WalkResult::advance();
  });
}

CheckLog
dag::runCheck(const CheckInfo &check, const DeploymentGraphs &graphs,
              Operation *module, bool onlyDeployments,
              function_ref<void(const DeploymentGraph &, CheckLog &)> run) {
  CheckLog log(check);
  reportNested(module, onlyDeployments, log);
  reportMalformedBeside(module, log);
  reportAllRedefined(module, log);
  if (graphs.get().empty()) {
    checkWithoutDeployment(module, graphs.hasStated(), log);
    return log;
  }
  for (const auto &graph : graphs.get()) {
    // A reference is no deployment, but one that is broken says so.
    auto model = dyn_cast<ModelOp>(graph->getRoot());
    if (model && graph->getStatedBeside().isReference(model) &&
        graphs.get().size() > 1) {
      reportViolations(*graph, log);
      continue;
    }
    // What does not verify is reported whole, whatever it is.
    if (onlyDeployments && graph->isLogical() &&
        graph->getViolations().empty()) {
      if (check.kind != CheckKind::Input) {
        log.setUnverified("the model is a program for one device, not a plan");
        continue;
      }
      log.report(Code::DAG004, graph->getRoot()->getLoc(), "",
                 "expected a plan, but '@" +
                     cast<ModelOp>(graph->getRoot()).getSymName() +
                     "' has no mesh and no stages: it is a program for one "
                     "device")
          .hint("Make a plan of it with --dag-plan=\"tp=... pp=...\".");
    }
    if (graph->getNodes().empty() && check.kind != CheckKind::Input) {
      log.setUnverified("nothing is drawn");
      continue;
    }
    // The rules are those of a deployment: what they find elsewhere is none.
    auto sketch = dyn_cast<SketchOp>(graph->getRoot());
    if (sketch && !sketch.getOtherKind().empty() &&
        check.kind != CheckKind::Input) {
      log.setUnverified("the drawing is " + sketch.getOtherKind() +
                        ", no deployment of a language model");
      continue;
    }
    run(*graph, log);
  }
  return log;
}

const CheckLog *VerificationLog::find(CheckId check) const {
  auto it = llvm::find_if(logs, [&](const CheckLog &log) {
    return &log.getCheck() == &getCheckInfo(check);
  });
  return it == logs.end() ? nullptr : &*it;
}

void VerificationLog::addFacts(const DeploymentGraphs &graphs,
                               const ConfiguredPrograms &programs,
                               VerificationResult &result) const {
  const CheckLog *memory = find(CheckId::Memory);
  bool hasMemory = memory && !memory->getFacts().empty();
  for (const auto &graph : graphs.get()) {
    std::vector<SummaryFact> facts =
        getFacts(*graph, !hasMemory, programs.getNotes(graph->getRoot()));
    result.readAs +=
        (result.readAs.empty() ? "" : "; ") + describeReading(*graph, facts);
    llvm::append_range(result.facts, std::move(facts));
  }
  for (const CheckLog &log : logs)
    if (!hasMemory || &log != memory)
      llvm::append_range(result.facts, log.getFacts());
  // The memory stands in front of the figures of the graph.
  if (hasMemory) {
    auto at = llvm::find_if(result.facts, [](const SummaryFact &fact) {
      return fact.id == "nodes";
    });
    result.facts.insert(at, memory->getFacts().begin(),
                        memory->getFacts().end());
  }

  bool isSketch = llvm::any_of(
      graphs.get(), [](const auto &graph) { return graph->isSketch(); });
  auto addUnless = [&](StringRef id, CheckId check, StringRef reason) {
    const CheckLog *log = find(check);
    if (!log)
      result.notCompared.push_back({id.str(), reason.str()});
    else if (!log->getReason().empty())
      result.notCompared.push_back({id.str(), log->getReason().str()});
  };
  addUnless("reference", CheckId::Equivalence,
            isSketch ? "a drawing is no program that could be compared"
                     : "none is named; reference=@MODEL does");
  addUnless("device", CheckId::Memory,
            isSketch ? "a drawing does not tell what a rank holds"
                     : "none is named; device=NAME does");
  const CheckLog *comparison = find(CheckId::Equivalence);
  if (graphs.get().empty() && comparison && !comparison->getReason().empty())
    result.notCompared.push_back(
        {"configuration", comparison->getReason().str()});
  else if (llvm::none_of(graphs.get(), [](const auto &graph) {
             return graph->getStatedBeside().model.has_value();
           }))
    result.notCompared.push_back(
        {"configuration",
         isSketch ? "the model is what the drawing shows of it; config=FILE "
                    "names one"
                  : "the figures of the model are those that the plan states; "
                    "config=FILE names one"});
}

/// What is lost of a drawing with its syntax errors.
enum class Loss { None, Rest, Parts };

static Loss getLoss(Operation *module) {
  Loss loss = Loss::None;
  module->walk([&](SyntaxErrorOp error) {
    Loss one = error.isHarmless() ? Loss::None
               : error.isCutOff() ? Loss::Rest
                                  : Loss::Parts;
    loss = std::max(loss, one);
  });
  return loss;
}

/// True if a check that holds of what was read holds of it whatever the rest of
/// the file says: each layer, with its attention, each transfer and each stage
/// is there for itself.
static bool holdsOfPart(const CheckInfo &check) {
  return &check == &getCheckInfo(CheckId::Attention) ||
         &check == &getCheckInfo(CheckId::Layers) ||
         &check == &getCheckInfo(CheckId::Transfers) ||
         &check == &getCheckInfo(CheckId::Stages);
}

/// True for a finding that leaves open whether something is wrong with what it
/// counts for: all nodes have edges, but one has others than its peers, or has
/// one twice, or none is called an end; all layers are accounted for, but the
/// sampling that is stated is another one.
static bool isDoubt(const Finding &finding) {
  return llvm::any_of(ArrayRef<Code>{Code::DAG205, Code::DAG405, Code::DAG406,
                                     Code::DAG407, Code::DAG408, Code::DAG409,
                                     Code::DAG410, Code::DAG411},
                      [&](Code code) { return finding.is(code); });
}

/// A report tells the place of a reason in words.
static std::string getPlacedReason(const CheckLog &log) {
  std::string reason = log.getReason().str();
  if (log.getReasonLoc())
    if (unsigned line = getSourcePlace(*log.getReasonLoc()).line)
      reason += " (line " + std::to_string(line) + ")";
  return reason;
}

VerificationResult VerificationLog::finish(Severity failOn) {
  VerificationResult result;
  result.file = getSourcePlace(module->getLoc()).file.str();
  for (const CheckInfo *line : getChecklistLines())
    result.checks.push_back(
        {line, CheckStatus::Unverified, "the check did not run"});
  bool isUnread = false, hasNoDrawing = false, hasUnverified = false,
       hasFailure = false;
  for (CheckLog &log : logs) {
    bool fails = false, isUnverified = !log.getReason().empty();
    bool isWrong = false;
    std::string doubt;
    for (Finding &finding : log.getFindings()) {
      fails |= finding.severity >= failOn;
      if (finding.severity >= failOn && isDoubt(finding))
        doubt = doubt.empty() ? finding.message : doubt;
      else
        isWrong |= finding.severity >= failOn;
      isUnverified |= finding.severity == Severity::Unverified;
      // What was lost from the input may explain any other finding.
      hasNoDrawing |= finding.is(Code::DAG004);
      isUnread |= finding.is(Code::DAG001) || finding.is(Code::DAG004);
      result.findings.push_back(std::move(finding));
    }
    hasFailure |= fails;
    hasUnverified |= isUnverified;
    if (log.getCheck().kind == CheckKind::Input)
      continue;
    // A check beyond the checklist has a line where it was asked for.
    auto line = llvm::find_if(result.checks, [&](const CheckResult &check) {
      return check.check == &log.getCheck();
    });
    if (line == result.checks.end())
      line = result.checks.insert(
          line, {&log.getCheck(), CheckStatus::Unverified, /*reason=*/""});
    CheckResult &check = *line;
    check.status = isWrong                 ? CheckStatus::Fail
                   : isUnverified || fails ? CheckStatus::Unverified
                                           : CheckStatus::Pass;
    check.reason = getPlacedReason(log);
    if (check.reason.empty() && !isWrong)
      check.reason = doubt;
    if (check.status == CheckStatus::Pass && !log.getNothingToCheck().empty())
      check.reason = "nothing to check: " + log.getNothingToCheck().str();
  }
  Loss loss = isUnread ? getLoss(module) : Loss::None;
  for (CheckResult &check : result.checks) {
    bool isEmpty = StringRef(check.reason).starts_with("nothing to check");
    if (check.status != CheckStatus::Pass || !isUnread) {
      // Nothing was ticked, or all was read.
    } else if (loss == Loss::Rest && (isEmpty || holdsOfPart(*check.check))) {
      check.reason +=
          isEmpty ? ", as far as the file goes" : "as far as the file goes";
    } else if (loss != Loss::None || hasNoDrawing) {
      check.status = CheckStatus::Unverified;
      check.reason = "the input could not be read as a whole";
    }
    hasUnverified |= check.status == CheckStatus::Unverified;
  }
  result.verdict = isUnread        ? CheckStatus::Unverified
                   : hasFailure    ? CheckStatus::Fail
                   : hasUnverified ? CheckStatus::Unverified
                                   : CheckStatus::Pass;
  return result;
}

void dag::emitFindings(ArrayRef<Finding> findings, Severity failOn,
                       unsigned maxPerCode, MLIRContext *context) {
  llvm::MapVector<const CodeInfo *, unsigned> counts;
  constexpr size_t kMaxNotes = 8;
  for (const Finding &finding : findings) {
    if (unsigned count = ++counts[finding.info];
        maxPerCode != 0 && count > maxPerCode)
      continue;
    Location loc = getPlainLoc(finding.loc);
    InFlightDiagnostic diagnostic = finding.severity >= failOn ? emitError(loc)
                                    : finding.severity == Severity::Low
                                        ? emitRemark(loc)
                                        : emitWarning(loc);
    diagnostic << "[" << finding.getCode() << "] " << finding.message;
    for (const FindingNote &note :
         ArrayRef(finding.notes).take_front(kMaxNotes))
      diagnostic.attachNote(getPlainLoc(note.loc)) << note.message;
    if (finding.notes.size() > kMaxNotes)
      diagnostic.attachNote()
          << "and " << finding.notes.size() - kMaxNotes << " more";
    if (!finding.hint.empty())
      diagnostic.attachNote() << "hint: " << finding.hint;
  }
  if (maxPerCode == 0)
    return;
  auto byCode = counts.takeVector();
  llvm::sort(byCode, [](const auto &left, const auto &right) {
    return isBefore(*left.first, *right.first);
  });
  for (auto [info, count] : byCode)
    if (count > maxPerCode)
      emitRemark(UnknownLoc::get(context))
          << "[" << info->code << "] " << count - maxPerCode
          << " more; max-diagnostics=0 shows all, and so does the report";
}
