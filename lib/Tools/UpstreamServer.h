//===- UpstreamServer.h - MLIR's language server beside ours -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_UPSTREAMSERVER_H
#define DAG_LIB_TOOLS_UPSTREAMSERVER_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Support/JSON.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace mlir::dag {

/// Upstream's server in a process of its own: its classes are private, its main
/// wants standard input and output, and a text that ends it must not end us.
class UpstreamServer {
public:
  /// What this tool is given, alone, to be upstream's server.
  static constexpr llvm::StringLiteral kArgument = "--upstream";
  /// What it does then. Nothing may be registered yet that upstream registers.
  static int main(char **argv, DialectRegistry &registry);

  /// `program` is the file of this tool.
  explicit UpstreamServer(std::string program) : program(std::move(program)) {}
  ~UpstreamServer() { stop(); }

  /// Starts it, anew if it runs. False if that is not possible.
  bool start();
  /// True if it has been started and has not ended since.
  bool isRunning();

  /// False if the server has ended.
  bool send(const llvm::json::Value &message);
  /// The next message; nothing if the server has ended. One that says nothing
  /// for a minute is ended.
  std::optional<llvm::json::Value> receive();

private:
  void stop();
  /// Reads what there is, and writes of `text` what can be, once one of them is
  /// possible. False, and the server is ended, if there is nobody any more.
  bool exchange(llvm::StringRef &text);
  bool readSome();
  /// The first message of `received`, if all of it is there.
  std::optional<std::string> takeMessage();

  std::string program;
  pid_t child = -1;
  int toChild = -1, fromChild = -1;
  std::string received;
};

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_UPSTREAMSERVER_H
