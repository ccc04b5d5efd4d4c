//===- FatalErrors.cpp - Ends of a process that LLVM decides on -----------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/FatalErrors.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

using namespace mlir::dag;
using llvm::StringRef;

static FatalExits &getExits() {
  static FatalExits exits{"", 1, 1};
  return exits;
}

/// Streams may be what has failed, and nothing can be allocated: the message
/// goes out by itself, and new files are taken away.
[[noreturn]] static void end(StringRef message, StringRef reason, int status) {
  if (getExits().prepare)
    getExits().prepare();
  llvm::raw_fd_ostream os(/*fd=*/2, /*shouldClose=*/false, /*unbuffered=*/true);
  os << getExits().prefix << "error: " << message << reason << '\n';
  os.clear_error();
  llvm::sys::RunInterruptHandlers();
  llvm::sys::Process::Exit(status, /*NoCleanup=*/true);
}

/// Why what is guarded on this thread has ended.
static thread_local std::string *guardedReason = nullptr;

static void endWithoutOutput(void *, const char *text, bool) {
  StringRef reason = text;
  if (guardedReason) {
    *guardedReason = reason.split('\n').first.str();
    llvm::CrashRecoveryContext::GetCurrent()->HandleExit(/*RetCode=*/1);
  }
  if (reason.consume_front("IO failure on output stream: "))
    end("cannot write an output: ", reason, getExits().withoutOutput);
  // LLVM leaves that to the handler.
  llvm::raw_fd_ostream(/*fd=*/2, /*shouldClose=*/false, /*unbuffered=*/true)
      << "LLVM ERROR: " << reason << '\n';
}

static void endWithoutMemory(void *, const char *, bool) {
  end("there is not enough memory", "", getExits().withoutMemory);
}

/// Whether the process has our handler; another program has its own, or none.
static bool hasHandler = false;

/// Whether guarded code came to no end: LLVM has registries, such as those of
/// timers, that point into what is lost.
static std::atomic<bool> isAbandoned = false;

std::optional<std::string>
mlir::dag::runGuarded(llvm::function_ref<void()> body) {
  if (isAbandoned)
    return "it can't go on behind what has crashed it";
  llvm::CrashRecoveryContext::Enable();
  std::string reason;
  bool isOurs = hasHandler;
  if (!isOurs)
    llvm::install_fatal_error_handler(endWithoutOutput);
  std::string *outer = std::exchange(guardedReason, &reason);
  llvm::CrashRecoveryContext context;
  bool isWhole = context.RunSafely(body);
  guardedReason = outer;
  if (!isOurs)
    llvm::remove_fatal_error_handler();
  llvm::CrashRecoveryContext::Disable();
  if (isWhole)
    return std::nullopt;
  isAbandoned = true;
  return reason;
}

void mlir::dag::endIfAbandoned(int status) {
  if (!isAbandoned)
    return;
  llvm::outs().flush();
  llvm::errs().flush();
  llvm::sys::RunInterruptHandlers();
  llvm::sys::Process::Exit(status, /*NoCleanup=*/true);
}

struct ScopedTimeLimit::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool isDone = false;
  std::thread watch;
};

ScopedTimeLimit::ScopedTimeLimit(unsigned seconds, std::string message) {
  if (seconds == 0)
    return;
  state = std::make_unique<State>();
  state->watch =
      std::thread([state = state.get(), seconds, message = std::move(message)] {
        std::unique_lock<std::mutex> lock(state->mutex);
        if (state->changed.wait_for(lock, std::chrono::seconds(seconds),
                                    [&] { return state->isDone; }))
          return;
        llvm::errs().flush();
        end(message, "", getExits().withoutMemory);
      });
}

ScopedTimeLimit::~ScopedTimeLimit() {
  if (!state)
    return;
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->isDone = true;
  }
  state->changed.notify_one();
  state->watch.join();
}

void mlir::dag::handleFatalErrors(const FatalExits &exits) {
  getExits() = exits;
  hasHandler = true;
  llvm::install_fatal_error_handler(endWithoutOutput);
  llvm::install_bad_alloc_error_handler(endWithoutMemory);
}
