//===- UpstreamServer.cpp - MLIR's language server beside ours -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UpstreamServer.h"
#include "ChildProcess.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::dag;
namespace json = llvm::json;

// A module of a million ops is read in less.
constexpr int kPatience = 60000; // ms

int UpstreamServer::main(char **argv, DialectRegistry &registry) {
  return failed(MlirLspServerMain(1, argv, registry));
}

/// Becomes upstream's server, in the process that was made for it.
[[noreturn]] static void execute(const char *program, int input, int output) {
  endWithParent();
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  // Its parser recurses.
  constexpr rlim_t kStackSize = 64 << 20;
  rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) == 0) {
    limit.rlim_cur = std::min(limit.rlim_max, kStackSize);
    setrlimit(RLIMIT_STACK, &limit);
  }
  execl(program, "dag-lsp-server", UpstreamServer::kArgument.data(),
        static_cast<char *>(nullptr));
  _exit(127);
}

bool UpstreamServer::start() {
  stop();
  int down[2], up[2];
  if (pipe2(down, O_CLOEXEC) != 0)
    return false;
  if (pipe2(up, O_CLOEXEC) != 0) {
    close(down[0]);
    close(down[1]);
    return false;
  }
  child = fork();
  if (child == 0)
    execute(program.c_str(), down[0], up[1]);
  close(down[0]);
  close(up[1]);
  toChild = down[1];
  fromChild = up[0];
  if (child < 0) {
    stop();
    return false;
  }
  fcntl(toChild, F_SETFL, O_NONBLOCK);
  // A server that has ended is noticed where it is written to.
  std::signal(SIGPIPE, SIG_IGN);
  return true;
}

bool UpstreamServer::isRunning() {
  if (child > 0 && waitpid(child, nullptr, WNOHANG) != 0) {
    child = -1;
    stop();
  }
  return child > 0;
}

void UpstreamServer::stop() {
  for (int *end : {&toChild, &fromChild}) {
    if (*end >= 0)
      close(*end);
    *end = -1;
  }
  // It keeps nothing that could be lost.
  if (child > 0) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  child = -1;
  received.clear();
}

bool UpstreamServer::readSome() {
  char buffer[1 << 14];
  ssize_t size = read(fromChild, buffer, sizeof(buffer));
  if (size > 0)
    received.append(buffer, size);
  return size > 0 || (size < 0 && errno == EINTR);
}

bool UpstreamServer::exchange(StringRef &text) {
  if (child < 0)
    return false;
  // Either end may wait for the other to read.
  pollfd ends[] = {{fromChild, POLLIN, 0}, {toChild, POLLOUT, 0}};
  int ready = poll(ends, text.empty() ? 1 : 2, kPatience);
  if (ready < 0 && errno == EINTR)
    return true;
  bool isThere = ready > 0;
  if (isThere && ends[0].revents != 0)
    isThere = readSome();
  if (isThere && !text.empty() && ends[1].revents != 0) {
    ssize_t size = write(toChild, text.data(), text.size());
    if (size > 0)
      text = text.drop_front(size);
    isThere = size > 0 || errno == EINTR || errno == EAGAIN;
  }
  if (!isThere)
    stop();
  return isThere;
}

bool UpstreamServer::send(const json::Value &message) {
  std::string body = llvm::formatv("{0}", message);
  std::string text =
      llvm::formatv("Content-Length: {0}\r\n\r\n{1}", body.size(), body);
  StringRef rest = text;
  while (!rest.empty())
    if (!exchange(rest))
      return false;
  return true;
}

std::optional<std::string> UpstreamServer::takeMessage() {
  auto [header, rest] = StringRef(received).split("\r\n\r\n");
  size_t begin = header.size() + 4, size = 0;
  if (begin > received.size())
    return std::nullopt;
  for (StringRef line : llvm::split(header, "\r\n"))
    if (line.consume_front("Content-Length:"))
      (void)line.trim().getAsInteger(10, size);
  if (rest.size() < size)
    return std::nullopt;
  std::string message = rest.take_front(size).str();
  received.erase(0, begin + size);
  return message;
}

std::optional<json::Value> UpstreamServer::receive() {
  StringRef nothing;
  while (true) {
    while (std::optional<std::string> text = takeMessage()) {
      llvm::Expected<json::Value> message = json::parse(*text);
      if (message)
        return std::move(*message);
      llvm::consumeError(message.takeError());
    }
    if (!exchange(nothing))
      return std::nullopt;
  }
}
