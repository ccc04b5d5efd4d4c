//===- dag-conformance.cpp - Asks an end of the runtime what all keep -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// dag-conformance [--end=NAME] [--case=NAME] [--list]   the cases that pass
//                 --refusals | --failures               texts of wrong uses
//                 --faults[=N]                          faults, N times each
//                 --random=N [--seed=N]                 random programs
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include <cstdio>
#include <cstdlib>

using namespace dag::conformance;

namespace {

struct Options {
  std::string end = "host";
  std::string one;
  bool list = false, refusals = false, failures = false;
  uint32_t faults = 0, random = 0, seed = 1;
};

bool parse(int argc, char **argv, Options &options) {
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    std::string value =
        equals == std::string::npos ? "" : text.substr(equals + 1);
    uint32_t number = std::strtoul(value.c_str(), nullptr, 10);
    if (name == "--end")
      options.end = value;
    else if (name == "--case")
      options.one = value;
    else if (name == "--list")
      options.list = true;
    else if (name == "--refusals")
      options.refusals = true;
    else if (name == "--failures")
      options.failures = true;
    else if (name == "--faults")
      options.faults = number ? number : 200;
    else if (name == "--random")
      options.random = number;
    else if (name == "--seed")
      options.seed = number;
    else
      return false;
  }
  return true;
}

/// Whether a case holds; prints its line.
bool runCase(const Case &one, const End &end) {
  RunOptions options;
  options.numRanks = one.numRanks;
  options.timeLimitMs = 60000;
  options.oneAtATime = one.oneAtATime;
  std::vector<Outcome> outcomes =
      end.run(options, [&](DagrtRank *rank) -> DagrtStatus {
        Device device(rank);
        one.body(device, end);
        return DAGRT_OK;
      });
  bool holds = true;
  for (const Outcome &outcome : outcomes)
    holds &= outcome.status == DAGRT_OK;
  std::printf("%s: %s on %u ranks%s\n", holds ? "PASS" : "FAIL", one.name,
              one.numRanks, one.oneAtATime ? ", one at a time" : "");
  for (const Outcome &outcome : outcomes)
    if (outcome.status != DAGRT_OK)
      std::printf("  %s\n", outcome.text.c_str());
  return holds;
}

bool runCases(const Options &options, const End &end) {
  std::vector<Case> cases;
  addOperationCases(cases);
  addCommunicatorCases(cases);
  addStreamCases(cases);
  uint32_t passed = 0, failed = 0;
  for (const Case &one : cases) {
    if (!options.one.empty() && options.one != one.name)
      continue;
    if (options.list)
      std::printf("%s on %u ranks\n", one.name, one.numRanks);
    else
      ++(runCase(one, end) ? passed : failed);
  }
  if (!options.list)
    std::printf("%u passed, %u failed\n", passed, failed);
  return failed == 0 && (passed || options.list);
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  const End *end = nullptr;
  bool isParsed = parse(argc, argv, options);
  for (const End &one : getEnds())
    if (options.end == one.name)
      end = &one;
  if (!isParsed || !end) {
    std::fprintf(stderr, "dag-conformance: unknown option or end\n");
    return 2;
  }
  if (options.refusals) {
    printRefusals(*end);
    return 0;
  }
  if (options.failures) {
    printFailures(*end);
    return 0;
  }
  if (options.faults)
    return runFaults(*end, options.faults) ? 0 : 1;
  if (options.random)
    return runRandomPrograms(*end, options.seed, options.random) ? 0 : 1;
  return runCases(options, *end) ? 0 : 1;
}
