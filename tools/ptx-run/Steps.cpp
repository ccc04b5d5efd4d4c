//===- Steps.cpp - Launches that ptx-run makes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Steps.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/StringSaver.h"

#include <set>

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;

static bool readTriple(StringRef text, std::array<unsigned, 3> &values) {
  llvm::SmallVector<StringRef> parts;
  text.split(parts, ',');
  if (parts.size() > 3)
    return false;
  for (size_t i = 0; i < parts.size(); ++i)
    if (parts[i].getAsInteger(10, values[i]) || values[i] == 0)
      return false;
  return true;
}

llvm::Expected<StepText> mlir::dag::ptx::parseStep(StringRef text) {
  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver(allocator);
  llvm::SmallVector<const char *> words;
  llvm::cl::TokenizeGNUCommandLine(text, saver, words);
  StepText step;
  llvm::StringSet<> seen;
  for (StringRef word : words) {
    if (!word.consume_front("--")) {
      if (step.entry.empty())
        step.entry = word.str();
      else
        step.arguments.push_back(word.str());
      continue;
    }
    auto [name, value] = word.split('=');
    if (!seen.insert(name).second)
      return llvm::createStringError("expected '--" + name +
                                     "' once in --then, but got it twice");
    if (name == "grid")
      step.grid = value.str();
    else if (name == "block")
      step.block = value.str();
    else if (name == "cluster")
      step.cluster = value.str();
    else if (name == "dependent" && value.empty())
      step.isDependent = true;
    else if (name == "cooperative" && value.empty())
      step.isCooperative = true;
    else if (name != "shared" || value.getAsInteger(10, step.shared))
      return llvm::createStringError(
          "expected --grid=, --block=, --cluster=, --shared=, --dependent or "
          "--cooperative in --then, but got '--" +
          word + "'");
  }
  if (step.entry.empty())
    return llvm::createStringError("expected the name of a kernel in --then");
  return step;
}

llvm::Error mlir::dag::ptx::setShape(const StepText &text,
                                     const Function &entry, Launch &launch) {
  // What is given is the whole shape: numbers that are left out are 1.
  for (unsigned i = 0; i < 3; ++i) {
    if (entry.reqThreads[0] != 0 && text.block.empty())
      launch.block[i] = entry.reqThreads[i];
    if (entry.reqCluster[0] != 0 && text.cluster.empty())
      launch.cluster[i] = entry.reqCluster[i];
  }
  bool isRead =
      readTriple(text.grid, launch.grid) &&
      (text.block.empty() || readTriple(text.block, launch.block)) &&
      (text.cluster.empty() || readTriple(text.cluster, launch.cluster));
  if (!isRead)
    return llvm::createStringError(
        "expected one to three positive numbers in --grid, --block and "
        "--cluster, such as 4,2,1");
  if (text.block.empty() && entry.reqThreads[0] == 0)
    return llvm::createStringError(
        "expected --block= with the threads of a block");
  launch.dynamicShared = text.shared;
  launch.isDependent = text.isDependent;
  launch.isCooperative = text.isCooperative;
  return llvm::Error::success();
}

std::vector<Result> mlir::dag::ptx::runSchedules(std::vector<Step> &steps,
                                                 uint64_t seed,
                                                 unsigned schedules) {
  std::vector<std::vector<Buffer>> buffers;
  for (size_t k = 0; schedules > 1 && k < steps.size(); ++k)
    buffers.push_back(steps[k].read->launch.buffers);
  std::vector<Result> first;
  std::vector<Finding> findings;
  std::set<std::pair<Code, unsigned>> known;
  bool isComplete = true;
  for (unsigned i = 0; i < schedules; ++i) {
    std::vector<Launch> again;
    for (size_t k = 0; k < steps.size(); ++k) {
      steps[k].read->launch.seed = seed + i;
      if (i == 0)
        continue;
      again.push_back(steps[k].read->launch);
      again.back().buffers = buffers[k];
    }
    std::vector<std::pair<const Program *, Launch *>> launches;
    for (size_t k = 0; k < steps.size(); ++k)
      launches.push_back({steps[k].program.get(),
                          i == 0 ? &steps[k].read->launch : &again[k]});
    std::vector<Result> results = runLaunches(launches);
    isComplete &= results.size() == steps.size();
    std::set<std::pair<Code, unsigned>> found;
    for (Result &result : results) {
      isComplete &= result.isComplete;
      for (Finding &finding : result.findings) {
        std::pair<Code, unsigned> key{
            finding.code,
            finding.parties.empty() ? 0 : finding.parties[0].place.line};
        found.insert(key);
        if (!known.count(key))
          findings.push_back(std::move(finding));
      }
    }
    known.insert(found.begin(), found.end());
    if (i == 0)
      first = std::move(results);
  }
  dropConsequences(findings);
  first[0].findings = std::move(findings);
  first[0].isComplete = isComplete;
  return first;
}
