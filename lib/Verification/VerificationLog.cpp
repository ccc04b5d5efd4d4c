//===- VerificationLog.cpp - Findings between the checks and the report -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/VerificationLog.h"
#include "dag/Diagnostics/SourcePlace.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

VerificationLog::VerificationLog(Operation *module) : module(module) {}

void VerificationLog::add(CheckLog &&log) { logs.push_back(std::move(log)); }

Location dag::getDeploymentLoc(const DeploymentGraphs &graphs,
                               Operation *module) {
  return getPlainLoc(graphs.get().empty()
                         ? module->getLoc()
                         : graphs.get().front()->getRoot()->getLoc());
}

CheckLog
dag::runCheck(const CheckInfo &check, const DeploymentGraphs &graphs,
              Operation *module, bool onlyDeployments,
              function_ref<void(const DeploymentGraph &, CheckLog &)> run) {
  CheckLog log(check);
  if (graphs.get().empty()) {
    if (check.kind == CheckKind::Input)
      log.report(Code::DAG004, module->getLoc(), "",
                 "expected a dag.sketch or a dag.model, but found neither");
    else
      log.setUnverified("there is nothing to verify");
    return log;
  }
  for (const auto &graph : graphs.get()) {
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
    run(*graph, log);
  }
  return log;
}

/// The figures that a reviewer looks at first.
static void addFacts(const DeploymentGraph &graph,
                     std::vector<SummaryFact> &facts) {
  auto add = [&](StringRef title, const Twine &value) {
    facts.push_back({title.str(), value.str()});
  };
  size_t sources = 0, sinks = 0;
  RangeSet devices;
  DenseSet<Attribute> seen;
  for (size_t id = 0, e = graph.getNodes().size(); id < e; ++id) {
    sources += graph.getInDegree(id) == 0;
    sinks += graph.getOutDegree(id) == 0;
    if (RangesAttr attr = graph.getDevicesAttr(id))
      if (seen.insert(attr).second)
        devices.insert(attr.getSet());
  }
  add("Input", graph.isSketch() ? "a drawing" : "a plan");
  add("Nodes", Twine(graph.getNodes().size()));
  add("Edges", Twine(graph.getEdges().size()));
  add("Nodes without a predecessor", Twine(sources));
  add("Nodes without a successor", Twine(sinks));
  if (!graph.getDrawnLayers().empty())
    add("Layers", graph.getDrawnLayers().str());
  if (!graph.getStages().empty())
    add("Pipeline stages",
        Twine(graph.getStages().size()) +
            (graph.hasInferredStages() ? " (guessed from the devices)" : ""));
  if (graph.getStatedTpSize() != DeploymentGraph::kNone)
    add("Tensor-parallel size", Twine(graph.getStatedTpSize()) + " (stated)");
  if (!devices.empty())
    add("Devices", devices.str());
}

VerificationResult VerificationLog::finish(const DeploymentGraphs &graphs,
                                           Severity failOn) {
  VerificationResult result;
  result.file = getSourcePlace(module->getLoc()).file.str();
  for (const auto &graph : graphs.get())
    addFacts(*graph, result.facts);

  for (const CheckInfo *line : getChecklistLines())
    result.checks.push_back(
        {line, CheckStatus::Unverified, "the check did not run"});
  bool isUnread = false, hasUnverified = false, hasFailure = false;
  for (CheckLog &log : logs) {
    bool fails = false, isUnverified = !log.getReason().empty();
    for (Finding &finding : log.getFindings()) {
      fails |= finding.severity >= failOn;
      isUnverified |= finding.severity == Severity::Unverified;
      // What was lost from the input may explain any other finding.
      isUnread |= finding.is(Code::DAG001) || finding.is(Code::DAG004);
      result.findings.push_back(std::move(finding));
    }
    hasFailure |= fails;
    hasUnverified |= isUnverified;
    llvm::append_range(result.facts, log.getFacts());
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
    check.status = fails          ? CheckStatus::Fail
                   : isUnverified ? CheckStatus::Unverified
                                  : CheckStatus::Pass;
    check.reason = log.getReason().str();
  }
  for (CheckResult &check : result.checks) {
    if (isUnread && check.status == CheckStatus::Pass) {
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
