//===- InputFile.cpp - What the tools read -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/InputFile.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "dag/Target/Schedule/ImportCsv.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace mlir::dag;

// Upstream's parser and verifier recurse once or more for each level, which
// takes less than 1 KiB of the 8 MiB that a thread has.
constexpr unsigned kMaxDepth = 4000;

std::optional<size_t> dag::findDeepNesting(llvm::MemoryBufferRef buffer) {
  if (isBytecode(buffer))
    return std::nullopt;
  StringRef text = buffer.getBuffer();
  unsigned depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
    case '(':
    case '[':
    case '{':
      ++depth;
      break;
    case '<':
      ++depth;
      break;
    case ')':
    case ']':
    case '}':
      depth -= depth > 0;
      break;
    case '>':
      if (i == 0 || text[i - 1] != '-')
        depth -= depth > 0;
      break;
    case '"':
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        i += text[i] == '\\';
      break;
    case '/':
      if (i + 1 < text.size() && text[i + 1] == '/')
        i = std::min(text.find('\n', i), text.size());
      break;
    default:
      break;
    }
    if (depth > kMaxDepth)
      return i;
  }
  return std::nullopt;
}

LogicalResult dag::checkNesting(llvm::MemoryBufferRef buffer) {
  std::optional<size_t> offset = findDeepNesting(buffer);
  if (!offset)
    return success();
  StringRef before = buffer.getBuffer().take_front(*offset);
  llvm::errs() << buffer.getBufferIdentifier() << ':' << before.count('\n') + 1
               << ':' << *offset - (before.rfind('\n') + 1) + 1
               << ": error: expected at most " << kMaxDepth
               << " levels of nesting, but got more\n";
  return failure();
}

InputKind dag::getInputKind(llvm::MemoryBufferRef buffer) {
  if (dot::isDot(buffer))
    return InputKind::Drawing;
  // A model's config.json, by its name or as an object of JSON.
  if (buffer.getBufferIdentifier().ends_with(".json"))
    return InputKind::Configuration;
  if (buffer.getBufferIdentifier().ends_with(".csv"))
    return InputKind::Schedule;
  StringRef text = buffer.getBuffer().ltrim();
  return text.consume_front("{") && text.ltrim().starts_with("\"")
             ? InputKind::Configuration
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
    return parseSourceFile<ModuleOp>(
        sourceMgr, ParserConfig(context, /*verifyAfterParse=*/verifies));
  }
  llvm_unreachable("unknown kind of input");
}
