//===- FuzzOps.cpp - Ops with pieces missing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Breaker.h"
#include "Fuzzers.h"
#include "Session.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::malformed;

/// What the small models have nothing of.
static constexpr StringLiteral kMore = R"mlir(
dag.schedule "streams" microbatches = 1
    table ["INIT:x,0SEND_F0@2,RECORD:e@2,WAIT:e,SYNC", "SPLIT:world:x/1@1"]
dag.mesh @mesh2 <pp = 2, tp = 2>
dag.program @calls on @mesh2 {
  dag.communicator @tp over {tp}
  dag.comm_buffer @b : tensor<4x6xf32>
  dag.function @main ranks 0 to 3 {
    %x = dag.input "x" : tensor<4x6xf32>
    %0 = dag.comm.all_reduce %x on @tp : (tensor<4x6xf32>) -> tensor<4x6xf32>
  }
}
dag.sketch @drawn {
  %a = dag.node compute "a" role(qkv_projection) layers(0) tp(0) devices(0)
  %b = dag.node communication "b" role(send) to_stage(1)
  dag.edge %a -> %b
}
)mlir";

namespace {
struct Source {
  explicit Source(fuzz::Session &session) {
    for (const OwningOpRef<ModuleOp> &module : session.getSmallModules())
      seeds.push_back(cast<ModuleOp>((*module)->clone()));
    seeds.push_back(parseSourceString<ModuleOp>(kMore, session.getContext()));
    fuzz::demand(static_cast<bool>(seeds.back()), "the seeds to be read");
    breaker.emplace(session.getContext(), seeds);
  }

  std::vector<OwningOpRef<ModuleOp>> seeds;
  std::optional<Breaker> breaker;
};
} // namespace

int fuzz::fuzzOps(StringRef bytes) {
  Session &session = Session::begin();
  if (!session.kept)
    session.kept = std::make_shared<Source>(session);
  auto &source = *static_cast<Source *>(session.kept.get());
  std::string text;
  {
    OwningOpRef<ModuleOp> module =
        source.breaker->makeOf(llvm::arrayRefFromStringRef(bytes));
    llvm::raw_string_ostream os(text);
    module->print(os, OpPrintingFlags().printGenericOpForm().assumeVerified());
  }
  session.read(llvm::MemoryBufferRef(text, "built.mlir"));
  return 0;
}
