//===- Registration.cpp - Command line of the reader of drawings -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Support/Files.h"
#include "dag/Target/Dot/ExportDot.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Target/Dot/Recognition.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ManagedStatic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;

llvm::Error dot::addRulesFile(const ImportOptions &options, RuleTable &rules) {
  if (options.rulesFile.empty())
    return llvm::Error::success();
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> file =
      readInputFile(options.rulesFile);
  return file ? rules.addRules(**file) : file.takeError();
}

llvm::Error dot::checkRulesFile(const ImportOptions &options) {
  if (options.rulesFile.empty())
    return llvm::Error::success();
  RuleTable rules;
  return addRulesFile(options, rules);
}

namespace {
struct DotCLOptions {
  llvm::cl::opt<std::string> rulesFile{
      "dot-rules",
      llvm::cl::desc("File with rules for recognizing the nodes of a drawing; "
                     "they come before the built-in ones"),
      llvm::cl::value_desc("file")};
  llvm::cl::opt<bool> explain{
      "dot-explain",
      llvm::cl::desc(
          "Say in remarks which statement gave which fact, by which rule, and "
          "what the whole was read as; keep the rules with each node"),
      llvm::cl::init(false)};
};

struct ExportCLOptions {
  llvm::cl::opt<dot::DrawnRanks> ranks{
      "dot-ranks", llvm::cl::desc("Nodes for the ranks of a stage of a plan"),
      llvm::cl::values(
          clEnumValN(dot::DrawnRanks::All, "all", "one for each rank"),
          clEnumValN(dot::DrawnRanks::One, "one", "one for all of them")),
      llvm::cl::init(dot::DrawnRanks::All)};
  llvm::cl::list<int64_t> layers{
      "dot-layers", llvm::cl::CommaSeparated,
      llvm::cl::desc("Layers of a plan to draw, as a declared sample"),
      llvm::cl::value_desc("numbers")};
  llvm::cl::opt<bool> layerClusters{
      "dot-layer-clusters",
      llvm::cl::desc("Draw a cluster around each layer of a plan"),
      llvm::cl::init(false)};
  llvm::cl::opt<std::string> symbol{
      "dot-symbol",
      llvm::cl::desc("The sketch or model to draw, where there are several"),
      llvm::cl::value_desc("name")};
};
} // namespace

static llvm::ManagedStatic<DotCLOptions> clOptions;
static llvm::ManagedStatic<ExportCLOptions> exportCLOptions;

/// What could not be read is kept in the sketch, where only who looks for it
/// sees it.
static void warnOfSyntaxErrors(ModuleOp module) {
  constexpr unsigned kMaxWarnings = 10;
  unsigned count = 0;
  module.walk([&](SyntaxErrorOp op) {
    if (count++ < kMaxWarnings)
      emitWarning(op.getLoc()) << op.getMessage();
  });
  if (count > kMaxWarnings)
    emitWarning(module.getLoc())
        << "expected a drawing without syntax errors, but got " << count;
}

void dot::registerDotCLOptions() { *clOptions; }

dot::ImportOptions dot::getDotCLOptions() {
  ImportOptions options;
  if (clOptions.isConstructed()) {
    options.rulesFile = clOptions->rulesFile;
    options.explain = clOptions->explain;
  }
  return options;
}

void dot::registerDotTranslations() {
  registerDotCLOptions();
  // Not a TranslateToMLIRRegistration: that would drop the places of nodes and
  // edges, unless the user knows to ask for them.
  static TranslateRegistration translation(
      "dot-to-dag", "read a Graphviz drawing into a sketch",
      [](const std::shared_ptr<llvm::SourceMgr> &sourceMgr, raw_ostream &os,
         MLIRContext *context) {
        context->loadDialect<DagDialect>();
        const llvm::MemoryBuffer *buffer =
            sourceMgr->getMemoryBuffer(sourceMgr->getMainFileID());
        OwningOpRef<ModuleOp> module =
            importDot(buffer->getMemBufferRef(), context, getDotCLOptions());
        if (!module)
          return failure();
        warnOfSyntaxErrors(*module);
        module->print(os, OpPrintingFlags().enableDebugInfo());
        os << '\n';
        return success();
      });
  static TranslateRegistration printRules(
      "dot-print-rules", "print the rules for recognizing nodes of drawings",
      [](const std::shared_ptr<llvm::SourceMgr> &, raw_ostream &os,
         MLIRContext *) {
        RuleTable().print(os);
        return success();
      });
}

/// Reads a drawing, or MLIR that need not verify: what is wrong with a plan is
/// drawn as it is.
static OwningOpRef<ModuleOp> parseDrawn(const llvm::SourceMgr &sourceMgr,
                                        MLIRContext *context) {
  const llvm::MemoryBuffer *buffer =
      sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID());
  if (dot::isDot(*buffer)) {
    OwningOpRef<ModuleOp> module =
        dot::importDot(*buffer, context, dot::getDotCLOptions());
    if (module)
      warnOfSyntaxErrors(*module);
    return module;
  }
  OwningOpRef<ModuleOp> module = parseUnverified(sourceMgr, context);
  if (module)
    for (MalformedOp op : findMalformedBeside(*module))
      op.emitWarning() << op.getMessage();
  return module;
}

void dot::registerExportDotTranslation() {
  registerDotCLOptions();
  *exportCLOptions;
  static TranslateRegistration translation(
      "dag-to-dot", "draw a sketch or a plan as a Graphviz graph",
      [](const std::shared_ptr<llvm::SourceMgr> &sourceMgr, raw_ostream &os,
         MLIRContext *context) -> LogicalResult {
        context->loadDialect<DagDialect, check::CheckDialect,
                             arith::ArithDialect>();
        OwningOpRef<ModuleOp> module = parseDrawn(*sourceMgr, context);
        if (!module)
          return failure();
        RuleTable rules;
        if (llvm::Error error = addRulesFile(getDotCLOptions(), rules))
          return emitError(UnknownLoc::get(context))
                 << llvm::toString(std::move(error));
        ExportOptions options;
        options.ranks = exportCLOptions->ranks;
        options.layers.assign(exportCLOptions->layers.begin(),
                              exportCLOptions->layers.end());
        options.layerClusters = exportCLOptions->layerClusters;
        options.symbol = exportCLOptions->symbol;
        return exportDot(*module, os, rules, options);
      });
}
