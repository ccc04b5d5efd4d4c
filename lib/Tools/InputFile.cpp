//===- InputFile.cpp - What the tools read -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/InputFile.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "dag/Target/Schedule/ImportCsv.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// True for text that nothing but MLIR begins with.
static bool looksLikeModule(StringRef text) {
  while (true) {
    text = text.ltrim();
    if (!text.starts_with("//"))
      break;
    text = text.drop_front(std::min(text.find('\n'), text.size()));
  }
  return text.starts_with("dag.") || text.starts_with("module") ||
         text.starts_with("\"builtin.module\"");
}

InputKind dag::getInputKind(llvm::MemoryBufferRef buffer) {
  StringRef name = buffer.getBufferIdentifier(), text = buffer.getBuffer();
  // What it holds says more than its name does.
  if (isBytecode(buffer) || looksLikeModule(text))
    return InputKind::Module;
  if (dot::isDot(buffer))
    return InputKind::Drawing;
  if (name.ends_with_insensitive(".json"))
    return InputKind::Configuration;
  if (name.ends_with_insensitive(".csv"))
    return InputKind::Schedule;
  text.consume_front("\xEF\xBB\xBF");
  text = text.ltrim();
  if (text.consume_front("{") && text.ltrim().starts_with("\""))
    return InputKind::Configuration;
  // No MLIR begins with a number; an action of a table does.
  return !text.empty() && llvm::isDigit(text.front()) ? InputKind::Schedule
                                                      : InputKind::Module;
}

OwningOpRef<ModuleOp> dag::readInput(const llvm::SourceMgr &sourceMgr,
                                     MLIRContext *context, bool verifies) {
  llvm::MemoryBufferRef buffer =
      sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID())->getMemBufferRef();
  switch (getInputKind(buffer)) {
  case InputKind::Drawing:
    context->loadDialect<DagDialect>();
    return dot::importDot(buffer, context, dot::getDotCLOptions());
  case InputKind::Configuration:
    context->loadDialect<DagDialect>();
    return huggingface::importConfig(buffer, context,
                                     huggingface::ImportOptions());
  case InputKind::Schedule:
    return schedule::importCsv(buffer, context);
  case InputKind::Module:
    return verifies ? parseSourceFile<ModuleOp>(sourceMgr, context)
                    : parseUnverified(sourceMgr, context);
  }
  llvm_unreachable("unknown kind of input");
}
