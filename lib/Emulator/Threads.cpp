//===- Threads.cpp - Blocks on threads -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Threads.h"
#include "Machine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;

/// Instructions by which blocks may tell each other of something.
static bool tells(const Inst &inst) {
  if (!inst.source)
    return false;
  StringRef name = inst.source->name;
  bool isShared = name.contains(".shared");
  if (name.starts_with("atom") || name.starts_with("red.") ||
      name.starts_with("cp.reduce") || name.starts_with("multimem."))
    return !isShared || name.starts_with("cp.reduce");
  bool isAccess = name.starts_with("ld.") || name.starts_with("st.");
  return isAccess && !isShared && inst.order != Order::Weak;
}

bool mlir::dag::ptx::canUseThreads(const Program &program,
                                   const Launch &launch) {
  if (launch.tracks || launch.times || launch.threads < 2)
    return false;
  const Module &module = *program.module;
  return llvm::none_of(module.variables,
                       [](const Variable &variable) {
                         return variable.space == Space::Global;
                       }) &&
         llvm::none_of(program.code, tells);
}

static void add(Counters &to, const Counters &from) {
  to.warpInstructions += from.warpInstructions;
  to.laneInstructions += from.laneInstructions;
  to.matrixOperations += from.matrixOperations;
  to.macs += from.macs;
  to.bulkBytes += from.bulkBytes;
  to.barriers += from.barriers;
}

Result mlir::dag::ptx::runOnThreads(const Program &program, Launch &launch) {
  unsigned clusters = 1;
  for (unsigned i = 0; i < 3; ++i)
    clusters *= launch.grid[i] / launch.cluster[i];
  unsigned parts = std::min(launch.threads, clusters);
  std::vector<Result> results(parts);
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(parts));
  for (unsigned i = 0; i < parts; ++i)
    pool.async([&, i] {
      Machine machine(program, launch);
      machine.restrictTo(uint64_t(clusters) * i / parts,
                         uint64_t(clusters) * (i + 1) / parts);
      machine.run();
      results[i] = machine.takeResult();
    });
  pool.wait();
  Result result = std::move(results[0]);
  // What is found at one place by several is one finding.
  auto isSame = [](const Finding &a, const Finding &b) {
    auto getLine = [](const Finding &finding) {
      return finding.parties.empty() ? 0 : finding.parties[0].place.line;
    };
    return a.code == b.code && getLine(a) == getLine(b);
  };
  for (Result &one : llvm::drop_begin(results)) {
    add(result.counters, one.counters);
    result.output += one.output;
    result.isComplete &= one.isComplete;
    for (Finding &finding : one.findings) {
      auto same = llvm::find_if(result.findings, [&](const Finding &known) {
        return isSame(known, finding);
      });
      if (same != result.findings.end())
        same->count += finding.count;
      else
        result.findings.push_back(std::move(finding));
    }
  }
  dropConsequences(result.findings);
  return result;
}

Result mlir::dag::ptx::runLaunch(const Program &program, Launch &launch) {
  return std::move(runLaunches({{&program, &launch}})[0]);
}
