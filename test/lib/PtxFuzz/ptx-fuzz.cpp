//===- ptx-fuzz.cpp - Runs PTX that was broken -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parses, decodes and runs mutated PTX, with hazards looked for. What may be
// found is a crash, which a build with sanitizers tells of, or a file that
// takes long.
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"
#include "dag/Emulator/Launch.h"
#include "dag/Support/Files.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"

#include <cstring>
#include <ctime>

using namespace mlir::dag;
using namespace mlir::dag::ptx;
namespace cl = llvm::cl;

static cl::list<std::string> seeds(cl::Positional, cl::OneOrMore,
                                   cl::desc("<files to break>"));
static cl::opt<uint64_t> numFiles("files", cl::desc("How many files to run"),
                                  cl::init(1000));
static cl::opt<uint64_t> first("first", cl::desc("The number of the first one"),
                               cl::init(0));
static cl::opt<bool> print("print", cl::desc("Print the files, and do not run"),
                           cl::init(false));
static cl::opt<double>
    longest("longest", cl::desc("Seconds that a file may take"), cl::init(10));
static cl::opt<bool> verbose("verbose", cl::desc("Print each number"),
                             cl::init(false));

namespace {
struct Counts {
  unsigned parsed = 0, decoded = 0, ran = 0, found = 0;
};
} // namespace

/// Arguments that fit for the most part: pointers to buffers, of one GPU or of
/// two, tensor maps, small numbers.
static void fillParams(const Module &module, const Function &entry,
                       const Program &program, std::mt19937_64 &rng,
                       Launch &launch) {
  launch.params.assign(getParamBytes(program), 0);
  llvm::ArrayRef<uint64_t> offsets = getParamOffsets(program);
  auto put = [&](uint64_t at, const void *from, size_t bytes) {
    if (bytes > 0 && at <= launch.params.size() &&
        bytes <= launch.params.size() - at)
      std::memcpy(launch.params.data() + at, from, bytes);
  };
  std::array<uint8_t, 128> maps[2];
  for (unsigned i = 0; i < 2; ++i) {
    TensorMap map;
    launch.buffers.push_back({"t" + std::to_string(i), {}, true});
    launch.buffers.back().bytes.resize(16384);
    map.address = getBufferAddress(launch.buffers.size() - 1);
    map.dims = {64, 128};
    map.strides = {128};
    map.box = {64, 32u << i};
    map.elementStrides = {1, 1};
    map.swizzle = Swizzle(rng() % 4);
    if (rng() % 4 == 0) {
      map.dims = {16, 8, 8, 8};
      map.strides = {32, 256, 2048};
      map.box = {16, 8, 4, 1};
      map.elementStrides = {1, 1, 1u + unsigned(rng() % 3), 1};
      map.swizzle = Swizzle::B32;
      map.interleave = Interleave(rng() % 3);
      map.isIm2col = rng() % 2 == 0;
    }
    if (map.isIm2col) {
      map.box = {8u << i, 64};
      map.lowerCorner = {-1, -2};
      map.upperCorner = {int(rng() % 3) - 1, 0};
    }
    maps[i] = encodeTensorMap(map);
  }
  launch.multicasts = {{0, 1}};
  uint64_t multicast = getMulticastAddress(0);
  for (size_t i = 0; i < offsets.size(); ++i) {
    const Variable &param = module.variables[entry.params[i]];
    if (param.bytes == 128) {
      put(offsets[i], maps[i % 2].data(), 128);
    } else if (param.bytes == 8 && rng() % 8 == 0) {
      put(offsets[i], &multicast, 8);
    } else if (param.bytes == 8 && rng() % 16 != 0) {
      uint64_t address = getBufferAddress(launch.buffers.size());
      launch.buffers.push_back({"b" + std::to_string(i), {}, rng() % 2 == 0});
      launch.buffers.back().bytes.resize(1 + rng() % 32768, 1);
      put(offsets[i], &address, 8);
    } else {
      uint64_t value = rng() % 4 == 0 ? rng() : rng() % 257;
      put(offsets[i], &value, std::min<uint64_t>(8, param.bytes));
    }
  }
}

static void runEntry(const Module &module, const Function &entry,
                     std::mt19937_64 &rng, Counts &counts) {
  ParseError error;
  ProgramPtr program = prepare(module, entry, error);
  if (!program)
    return;
  ++counts.decoded;
  Launch launch;
  static const unsigned kBlocks[] = {1, 32, 64, 128, 160, 256};
  for (unsigned i = 0; i < 3; ++i) {
    launch.block[i] = entry.reqThreads[i] != 0 ? entry.reqThreads[i] : 1;
    launch.cluster[i] = entry.reqCluster[i] != 0 ? entry.reqCluster[i] : 1;
    launch.grid[i] = launch.cluster[i];
  }
  if (entry.reqThreads[0] == 0)
    launch.block[0] = kBlocks[rng() % std::size(kBlocks)];
  if (entry.reqCluster[0] == 0)
    launch.cluster[0] = 1 + rng() % 2;
  launch.grid[0] = launch.cluster[0] * (1 + rng() % 2);
  launch.dynamicShared = rng() % 2 ? 0 : 20480;
  launch.isStrict = rng() % 2;
  launch.profiles = rng() % 2;
  launch.seed = rng();
  launch.maxInstructions = 4000;
  fillParams(module, entry, *program, rng, launch);
  if (!checkLaunch(*program, launch).empty())
    return;
  ++counts.ran;
  counts.found += !runLaunch(*program, launch).findings.empty();
}

static void runText(llvm::StringRef text, uint64_t number, Counts &counts) {
  ParseError error;
  std::unique_ptr<Module> module = parseModule(text, error);
  if (!module)
    return;
  ++counts.parsed;
  std::mt19937_64 rng(number);
  unsigned entries = 0;
  for (const auto &function : module->functions)
    if (function->isEntry && function->isDefined && entries++ < 2)
      runEntry(*module, *function, rng, counts);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "Runs PTX that was broken.\n");
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers;
  std::vector<llvm::StringRef> texts;
  for (const std::string &path : seeds) {
    auto file = readInputFile(path);
    if (!file) {
      llvm::errs() << "ptx-fuzz: error: " << llvm::toString(file.takeError())
                   << '\n';
      return 3;
    }
    texts.push_back((*file)->getBuffer());
    buffers.push_back(std::move(*file));
  }
  Mutator mutator(texts);
  Counts counts;
  unsigned tooLong = 0;
  double most = 0;
  for (uint64_t i = first; i < first + numFiles; ++i) {
    std::string text = mutator.mutate(i);
    if (print) {
      llvm::outs() << text << '\n';
      continue;
    }
    if (verbose)
      llvm::errs() << i << '\n';
    // Time of the processor: others may be at work as well.
    std::clock_t start = std::clock();
    runText(text, i, counts);
    double taken = double(std::clock() - start) / CLOCKS_PER_SEC;
    most = std::max(most, taken);
    if (taken <= longest)
      continue;
    ++tooLong;
    llvm::outs() << "file " << i << " takes " << llvm::format("%.1f", taken)
                 << " s\n";
  }
  if (!print)
    llvm::outs() << numFiles << " files: " << counts.parsed << " parsed, "
                 << counts.decoded << " kernels decoded, " << counts.ran
                 << " run, " << counts.found << " with findings; the longest "
                 << llvm::format("%.1f", most) << " s\n";
  return tooLong > 0;
}
