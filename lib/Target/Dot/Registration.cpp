//===- Registration.cpp - Command line of the reader of drawings -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Target/Dot/Recognition.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ManagedStatic.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct DotCLOptions {
  llvm::cl::opt<std::string> rulesFile{
      "dot-rules",
      llvm::cl::desc("File with rules for recognizing the nodes of a drawing; "
                     "they come before the built-in ones"),
      llvm::cl::value_desc("file")};
  llvm::cl::opt<bool> explain{
      "dot-explain",
      llvm::cl::desc("Keep with each node which rule recognized what"),
      llvm::cl::init(false)};
};
} // namespace

static llvm::ManagedStatic<DotCLOptions> clOptions;

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
