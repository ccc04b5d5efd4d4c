//===- UpstreamServer.cpp - MLIR's language server beside ours -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UpstreamServer.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::dag;
namespace json = llvm::json;

UpstreamServer::UpstreamServer(DialectRegistry &registry) {
  int down[2], up[2];
  if (pipe(down) != 0)
    return;
  if (pipe(up) != 0) {
    close(down[0]);
    close(down[1]);
    return;
  }
  child = fork();
  if (child == 0) {
    dup2(down[0], STDIN_FILENO);
    dup2(up[1], STDOUT_FILENO);
    for (int end : {down[0], down[1], up[0], up[1]})
      close(end);
    char name[] = "dag-lsp-server";
    char *arguments[] = {name, nullptr};
    std::exit(failed(MlirLspServerMain(1, arguments, registry)));
  }
  close(down[0]);
  close(up[1]);
  toChild = fdopen(down[1], "w");
  fromChild = fdopen(up[0], "r");
  // A server that has ended is noticed where it is read from.
  std::signal(SIGPIPE, SIG_IGN);
  if (fromChild)
    input = std::make_unique<llvm::lsp::JSONTransportInputOverFile>(fromChild);
}

UpstreamServer::~UpstreamServer() {
  // It complains where its input ends without.
  send(json::Object{{"jsonrpc", "2.0"}, {"method", "exit"}});
  if (toChild)
    std::fclose(toChild);
  if (fromChild)
    std::fclose(fromChild);
  if (child > 0)
    waitpid(child, nullptr, 0);
}

void UpstreamServer::send(const json::Value &message) {
  if (!toChild)
    return;
  std::string text = llvm::formatv("{0}", message);
  std::fprintf(toChild, "Content-Length: %zu\r\n\r\n%s", text.size(),
               text.c_str());
  std::fflush(toChild);
}

std::optional<json::Value> UpstreamServer::receive() {
  std::string text;
  while (input && !input->isEndOfInput() && !input->hasError()) {
    if (failed(input->readMessage(text)))
      continue;
    if (llvm::Expected<json::Value> message = json::parse(text))
      return std::move(*message);
    else
      llvm::consumeError(message.takeError());
  }
  return std::nullopt;
}
