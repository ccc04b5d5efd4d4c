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
#include "llvm/Support/JSON.h"
#include "llvm/Support/LSP/Transport.h"

#include <cstdio>
#include <optional>
#include <sys/types.h>

namespace mlir::dag {

/// Upstream's server in a process of its own: its classes are private, and its
/// main wants standard input and output.
class UpstreamServer {
public:
  /// Starts it. Nothing else may run in this process yet.
  explicit UpstreamServer(DialectRegistry &registry);
  ~UpstreamServer();

  void send(const llvm::json::Value &message);
  /// The next message; nothing if the server has ended.
  std::optional<llvm::json::Value> receive();

private:
  pid_t child = -1;
  std::FILE *toChild = nullptr;
  std::FILE *fromChild = nullptr;
  std::unique_ptr<llvm::lsp::JSONTransportInputOverFile> input;
};

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_UPSTREAMSERVER_H
