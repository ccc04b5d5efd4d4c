//===- Reader.cpp - Reads what was broken -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reader.h"
#include "dag/Diagnostics/VerificationPass.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Target/Dot/ExportDot.h"
#include "dag/Target/Dot/Recognition.h"
#include "dag/Tools/CommandLine.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::malformed;

Reader::Reader(MLIRContext *context) : context(context) {
  for (const std::string &name : getPassNames()) {
    bool isOurs =
        StringRef(name).starts_with("dag-") || name == "verify-pipeline";
    // It prints on the output, of which there is no second one.
    if (!isOurs || name == "dag-report")
      continue;
    Entry entry;
    entry.name = name;
    entry.pm =
        std::make_unique<PassManager>(context, ModuleOp::getOperationName());
    if (failed(parsePassPipeline(name, *entry.pm, llvm::nulls())))
      continue;
    entry.isCheck = llvm::all_of(entry.pm->getPasses(), [](Pass &pass) {
      return isa<VerificationPass>(pass);
    });
    entry.takesInvalid =
        entry.isCheck || isa<LenientPass>(*entry.pm->getPasses().begin());
    entry.pm->enableVerifier(false);
    entries.push_back(std::move(entry));
  }
}

static OwningOpRef<ModuleOp> parse(StringRef text, MLIRContext *context) {
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(text, "broken.mlir"), SMLoc());
  return parseUnverified(sourceMgr, context);
}

LogicalResult Reader::read(StringRef text) {
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) {});
  ++texts;
  OwningOpRef<ModuleOp> module = parse(text, context);
  if (!module)
    return success();
  ++parsed;
  {
    llvm::PrettyStackTraceString trace("drawing");
    (void)dot::exportDot(*module, llvm::nulls(), rules, dot::ExportOptions());
  }
  bool verifies = succeeded(verify(*module));
  verified += verifies;
  LogicalResult result = success();
  for (Entry &entry : entries) {
    if (!verifies && !entry.takesInvalid)
      continue;
    llvm::PrettyStackTraceString trace(entry.name.c_str());
    OwningOpRef<ModuleOp> copy;
    if (!entry.isCheck)
      copy = cast<ModuleOp>((*module)->clone());
    ModuleOp used = copy ? *copy : *module;
    ++entry.runs;
    if (failed(entry.pm->run(used)))
      continue;
    ++entry.passes;
    // A check that is run alone judges its own line, and what the repair gives
    // is verified behind it.
    if ((entry.takesInvalid && entry.name != "verify-pipeline") ||
        succeeded(verify(used)))
      continue;
    llvm::errs() << entry.name << ": passes what does not verify\n";
    result = failure();
  }
  return result;
}

void Reader::printCounts(raw_ostream &os) const {
  os << texts << " modules, " << parsed << " parsed, " << verified
     << " verified\n";
  for (const Entry &entry : entries)
    os << llvm::formatv("  {0,-28} {1,8} runs, {2,8} succeeded\n", entry.name,
                        entry.runs, entry.passes);
}
