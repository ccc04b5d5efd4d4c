//===- Registration.cpp - Command line of the import -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/HuggingFace/CommandLine.h"
#include "dag/Target/HuggingFace/PhaseOption.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct CLOptions {
  llvm::cl::OptionCategory category{
      "Options of --hf-config-to-dag and --gguf-to-dag"};
  llvm::cl::opt<int64_t> batch{"batch",
                               llvm::cl::desc("Sequences that run together"),
                               llvm::cl::value_desc("number"),
                               llvm::cl::init(1), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> seqLen{
      "seq-len",
      llvm::cl::desc("Tokens that the KV cache of a sequence has room for; "
                     "2048 by default, or fewer if the model was made for "
                     "fewer"),
      llvm::cl::value_desc("number"), llvm::cl::init(0),
      llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> newTokens{
      "new-tokens",
      llvm::cl::desc("Tokens of each sequence that a run takes, such as the "
                     "chunk of a prompt; by default all in prefill and one in "
                     "decode"),
      llvm::cl::value_desc("number"), llvm::cl::init(0),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> ragged{
      "ragged",
      llvm::cl::desc("A position and a number of new tokens for each sequence, "
                     "not one for all"),
      llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> pageSize{
      "page-size",
      llvm::cl::desc("Tokens of a page of the KV caches, which block tables "
                     "lead to; caches of whole sequences by default"),
      llvm::cl::value_desc("number"), llvm::cl::init(0),
      llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> pages{
      "pages",
      llvm::cl::desc("Pages of the KV cache of a layer without a window; as "
                     "many as all sequences need by default"),
      llvm::cl::value_desc("number"), llvm::cl::init(0),
      llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> windowPages{
      "window-pages",
      llvm::cl::desc("Pages of the KV cache of a layer with a window; as many "
                     "as it reaches over by default"),
      llvm::cl::value_desc("number"), llvm::cl::init(0),
      llvm::cl::cat(category)};
  llvm::cl::opt<huggingface::Phase> phase{
      "phase", llvm::cl::desc("What the program does; prefill by default"),
      huggingface::getPhaseValues(),
      llvm::cl::init(huggingface::Phase::Prefill), llvm::cl::cat(category)};
  llvm::cl::opt<huggingface::Logits> logits{
      "logits",
      llvm::cl::desc("Whose logits the program gives; last by "
                     "default"),
      huggingface::getLogitsValues(), llvm::cl::init(huggingface::Logits::Last),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> dtype{
      "dtype",
      llvm::cl::desc("Element type of values, and of weights and caches of "
                     "which nothing else is said: bf16, f16, f32 or f64; that "
                     "of the configuration by default, else bf16"),
      llvm::cl::value_desc("type"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> weightsDtype{
      "weights-dtype",
      llvm::cl::desc("How weights are stored: bf16, f16, f32, f64, fp8 (a "
                     "scale for each matrix), fp8-block (for 128 x 128), int8 "
                     "(for each row), int4 (for 128 of a row) or mxfp4 (for "
                     "32); as the configuration says by default"),
      llvm::cl::value_desc("type"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> kvDtype{
      "kv-dtype",
      llvm::cl::desc("Element type of KV caches: bf16, f16, f32, f64, fp8 "
                     "(e4m3), fp8_e5m2, fp8_e4m3fnuz or fp8_e5m2fnuz; as the "
                     "configuration says by default"),
      llvm::cl::value_desc("type"), llvm::cl::cat(category)};
  llvm::cl::list<std::string> ignoredFields{
      "ignore-fields",
      llvm::cl::desc("Fields of the configuration that are not looked at, as "
                     "if they were not there"),
      llvm::cl::value_desc("names"), llvm::cl::CommaSeparated,
      llvm::cl::cat(category)};
};
} // namespace

static CLOptions &getOptions() {
  static CLOptions options;
  return options;
}

/// What the command line says of a model; emits an error at the file.
static FailureOr<huggingface::ImportOptions>
readCommandLine(StringRef file, MLIRContext *context) {
  const CLOptions &options = getOptions();
  // Zero stands for the default, which is not what was asked for.
  for (const llvm::cl::opt<int64_t> *option :
       {&options.seqLen, &options.newTokens, &options.pageSize, &options.pages,
        &options.windowPages})
    if (option->getNumOccurrences() > 0 && *option == 0) {
      emitError(FileLineColLoc::get(context, file, 1, 1))
          << "expected '" << option->ArgStr << "' to be at least 1, but got 0";
      return failure();
    }
  huggingface::ImportOptions result;
  result.batch = options.batch;
  result.seqLen = options.seqLen;
  result.decode = options.phase == huggingface::Phase::Decode;
  result.newTokens = options.newTokens;
  result.ragged = options.ragged;
  result.pageSize = options.pageSize;
  result.pages = options.pages;
  result.windowPages = options.windowPages;
  result.allLogits = options.logits == huggingface::Logits::All;
  result.dtype = options.dtype;
  result.weightsDtype = options.weightsDtype;
  result.kvDtype = options.kvDtype;
  result.ignoredFields.assign(options.ignoredFields.begin(),
                              options.ignoredFields.end());
  return result;
}

TranslateFunction huggingface::makeTranslation(ImportFunction import) {
  getOptions();
  return [import = std::move(import)](
             const std::shared_ptr<llvm::SourceMgr> &sourceMgr, raw_ostream &os,
             MLIRContext *context) -> LogicalResult {
    llvm::MemoryBufferRef buffer =
        sourceMgr->getMemoryBuffer(sourceMgr->getMainFileID())
            ->getMemBufferRef();
    FailureOr<ImportOptions> options =
        readCommandLine(buffer.getBufferIdentifier(), context);
    return failed(options) ? failure() : import(buffer, *options, os, context);
  };
}

TranslateFunction huggingface::makeProgramTranslation(OwningOpRef<ModuleOp> (
    *import)(llvm::MemoryBufferRef, MLIRContext *, const ImportOptions &)) {
  return makeTranslation([import](llvm::MemoryBufferRef buffer,
                                  const ImportOptions &options, raw_ostream &os,
                                  MLIRContext *context) -> LogicalResult {
    OwningOpRef<ModuleOp> module = import(buffer, context, options);
    if (!module)
      return failure();
    module->print(os);
    os << '\n';
    return success();
  });
}

void huggingface::registerTranslation() {
  static TranslateRegistration translation(
      "hf-config-to-dag",
      "make a logical program from a Hugging Face config.json",
      makeProgramTranslation(importConfig));
}
