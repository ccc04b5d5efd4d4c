//===- UntrustedBytecode.cpp - Bytecode that may be damaged -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/UntrustedBytecode.h"
#include "ChildProcess.h"
#include "dag/Tools/CommandLine.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Compiler.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

constexpr StringRef kChild = "--read-untrusted-bytecode";
constexpr unsigned kSeconds = 60;
// Sanitizers reserve more than anybody has.
constexpr unsigned kMegabytes =
    LLVM_ADDRESS_SANITIZER_BUILD || LLVM_THREAD_SANITIZER_BUILD ? 0 : 8192;

static cl::opt<bool> &getUntrustedOption() {
  static cl::opt<bool> option(
      "untrusted",
      cl::desc("Read bytecode in a process of its own, which may crash"),
      cl::cat(getToolCategory()));
  return option;
}

void dag::registerUntrustedOption() { (void)getUntrustedOption(); }

//===----------------------------------------------------------------------===//
// The child
//===----------------------------------------------------------------------===//

std::optional<int> dag::readAsChild(int argc, char **argv,
                                    const DialectRegistry &registry) {
  if (argc != 2 || argv[1] != kChild)
    return std::nullopt;
  endWithParent();
  limitSeconds(kSeconds);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.allowUnregisteredDialects();
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) {});
  auto buffer = llvm::MemoryBuffer::getSTDIN();
  if (!buffer)
    return EXIT_FAILURE;
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  // Who reads the text verifies it, or does not.
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(
      sourceMgr, ParserConfig(&context, /*verifyAfterParse=*/false));
  if (!module)
    return EXIT_FAILURE;
  module->print(llvm::outs(), OpPrintingFlags()
                                  .printGenericOpForm()
                                  .assumeVerified()
                                  .enableDebugInfo());
  llvm::outs() << '\n';
  llvm::outs().flush();
  return EXIT_SUCCESS;
}

//===----------------------------------------------------------------------===//
// The parent
//===----------------------------------------------------------------------===//

/// An empty file that nobody else has.
static LogicalResult makeFile(StringRef suffix, SmallVectorImpl<char> &path,
                              int &descriptor) {
  std::error_code error = llvm::sys::fs::createTemporaryFile(
      "dag-bytecode", suffix, descriptor, path);
  if (error)
    return printError("a temporary file: " + error.message());
  llvm::sys::RemoveFileOnSignal(StringRef(path.data(), path.size()));
  return success();
}

LogicalResult
dag::replaceUntrusted(std::unique_ptr<llvm::MemoryBuffer> &buffer) {
  if (!getUntrustedOption() || !isBytecode(*buffer))
    return success();
  SmallString<128> input, output;
  int in, out;
  if (failed(makeFile("mlirbc", input, in)))
    return failure();
  llvm::FileRemover removeInput(input);
  llvm::raw_fd_ostream os(in, /*shouldClose=*/true);
  os << buffer->getBuffer();
  os.close();
  if (failed(makeFile("mlir", output, out)))
    return failure();
  llvm::FileRemover removeOutput(output);
  llvm::raw_fd_ostream(out, /*shouldClose=*/true).close();

  static int anchor;
  std::string program = llvm::sys::fs::getMainExecutable("", &anchor);
  std::optional<StringRef> redirects[] = {input.str(), output.str(),
                                          StringRef()};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(program, {program, kChild},
                                         /*Env=*/std::nullopt, redirects,
                                         kSeconds, kMegabytes, &message);
  StringRef name = buffer->getBufferIdentifier();
  if (status != 0)
    return printError(name +
                      ": expected bytecode that MLIR can read, but its "
                      "reader " +
                      (status < 0 ? "crashed, or did not end" : "refused it"));
  auto text = llvm::MemoryBuffer::getFile(output, /*IsText=*/true);
  if (!text)
    return printError(name + ": " + text.getError().message());
  // The file goes.
  buffer = llvm::MemoryBuffer::getMemBufferCopy((*text)->getBuffer(), name);
  return success();
}
