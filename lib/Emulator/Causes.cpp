//===- Causes.cpp - One finding for one cause -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Emulator/Finding.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <optional>
#include <set>
#include <tuple>

using namespace mlir::dag::ptx;

/// Of the findings about two accesses, the one that says most stays: a copy or
/// product that is not waited for over a race of threads, and that over a race
/// of the lanes of one warp.
static unsigned getRank(Code code) {
  switch (code) {
  case Code::NotWaited:
    return 4;
  case Code::SourceReused:
    return 3;
  case Code::SharedRace:
  case Code::ClusterRace:
  case Code::GlobalRace:
    return 2;
  case Code::WarpRace:
    return 1;
  default:
    return 0;
  }
}

/// Which of two accesses comes first depends on the order of warps: they are
/// one pair.
static void mergePairs(std::vector<Finding> &findings) {
  llvm::DenseMap<std::pair<unsigned, unsigned>, size_t> best;
  std::vector<bool> isDropped(findings.size(), false);
  for (size_t i = 0; i < findings.size(); ++i) {
    const Finding &finding = findings[i];
    unsigned rank = getRank(finding.code);
    if (rank == 0 || finding.parties.size() != 2)
      continue;
    unsigned a = finding.parties[0].place.line;
    unsigned b = finding.parties[1].place.line;
    auto [it, isNew] = best.try_emplace(std::minmax(a, b), i);
    if (isNew)
      continue;
    bool isBetter = rank > getRank(findings[it->second].code);
    isDropped[isBetter ? it->second : i] = true;
    if (isBetter)
      it->second = i;
  }
  size_t kept = 0;
  for (size_t i = 0; i < findings.size(); ++i)
    if (!isDropped[i]) {
      if (kept != i)
        findings[kept] = std::move(findings[i]);
      ++kept;
    }
  findings.resize(kept);
}

/// The two instructions of a finding as the program has them that PTX was made
/// of, where they may have been unrolled.
using SourcePlace = std::tuple<std::string, unsigned, std::string>;
static std::optional<std::pair<SourcePlace, SourcePlace>>
getSources(const Finding &finding) {
  if (finding.parties.size() != 2)
    return std::nullopt;
  const Place &a = finding.parties[0].place, &b = finding.parties[1].place;
  if (a.sourceLine == 0 || b.sourceLine == 0)
    return std::nullopt;
  return std::minmax(SourcePlace(a.sourceFile, a.sourceLine, a.text),
                     SourcePlace(b.sourceFile, b.sourceLine, b.text));
}

/// Where warps are in conflict, the lanes of one are as well: of what is one
/// pair in the source, races of lanes are not told of.
static void dropLanes(std::vector<Finding> &findings) {
  std::set<std::pair<SourcePlace, SourcePlace>> pairs;
  for (const Finding &finding : findings)
    if (getRank(finding.code) > getRank(Code::WarpRace))
      if (auto sources = getSources(finding))
        pairs.insert(*sources);
  llvm::erase_if(findings, [&](const Finding &finding) {
    if (finding.code != Code::WarpRace)
      return false;
    auto sources = getSources(finding);
    return sources && pairs.count(*sources) > 0;
  });
}

void mlir::dag::ptx::dropConsequences(std::vector<Finding> &findings) {
  mergePairs(findings);
  dropLanes(findings);
  auto isInShared = [](const Finding &finding) {
    return llvm::StringRef(finding.address).starts_with("shared");
  };
  // A block ends while what was not waited for is still there.
  llvm::SmallDenseSet<unsigned> lines;
  for (const Finding &finding : findings)
    if (finding.code <= Code::ProxyFence || finding.code == Code::Transactions)
      for (const Party &party : finding.parties)
        lines.insert(party.place.line);
  llvm::erase_if(findings, [&](const Finding &finding) {
    return finding.code == Code::EarlyExit && !finding.parties.empty() &&
           lines.contains(finding.parties[0].place.line);
  });
  // Nor may the barriers be there of a block that has not begun.
  bool lacksBarrier = llvm::any_of(findings, [](const Finding &finding) {
    return finding.code == Code::NotABarrier;
  });
  if (lacksBarrier)
    llvm::erase_if(findings, [](const Finding &finding) {
      return finding.code == Code::NotBegun;
    });
  // What is read too early may not have been written at all.
  bool hasRace = llvm::any_of(findings, [&](const Finding &finding) {
    return finding.code <= Code::SourceReused && isInShared(finding);
  });
  if (hasRace)
    llvm::erase_if(findings, [&](const Finding &finding) {
      return finding.code == Code::Uninitialised && isInShared(finding);
    });
}
