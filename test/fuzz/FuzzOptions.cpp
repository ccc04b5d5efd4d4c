//===- FuzzOptions.cpp - Options of passes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "Session.h"
#include "dag/Schedule/Schedule.h"
#include "dag/Verification/VerificationLog.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mlir::dag;

/// True for a schedule of millions of actions, which takes long as it was asked
/// for; more than that is refused.
static bool isLarge(StringRef pipeline) {
  constexpr uint64_t kMaxFew = 4096;
  for (StringRef option : {"microbatches=", "stages="})
    for (size_t at = pipeline.find(option); at != StringRef::npos;
         at = pipeline.find(option, at + 1)) {
      StringRef value = pipeline.drop_front(at + option.size());
      uint64_t number;
      if (!value.consumeInteger(10, number) && number > kMaxFew &&
          number <= kMaxActions)
        return true;
    }
  return false;
}

/// True for passes of this project that neither read nor write a file, nor
/// print.
static bool isHarmless(OpPassManager &pm) {
  for (Pass &pass : pm.getPasses())
    if (!pass.getArgument().starts_with("dag-") ||
        pass.getArgument().starts_with("dag-print-"))
      return false;
  std::string text;
  llvm::raw_string_ostream os(text);
  pm.printAsTextualPipeline(os);
  for (StringRef option :
       {"config=", "device-file=", "devices=", "output=", "report=", "test="})
    for (size_t at = text.find(option); at != std::string::npos;
         at = text.find(option, at + 1)) {
      StringRef value = StringRef(text).drop_front(at + option.size());
      if (!value.empty() && value.front() != ' ' && value.front() != '}')
        return false;
    }
  return !isLarge(text);
}

int fuzz::fuzzOptions(StringRef text) {
  Session &session = Session::begin();
  PassManager pm(session.getContext(), ModuleOp::getOperationName());
  if (failed(parsePassPipeline(text, pm, llvm::nulls())) || pm.empty())
    return 0;
  if (!isHarmless(pm))
    return 0;
  llvm::consumeError(deferChecks(pm));
  for (const OwningOpRef<ModuleOp> &module : session.getSmallModules()) {
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>((*module)->clone());
    (void)pm.run(*copy);
  }
  return 0;
}
