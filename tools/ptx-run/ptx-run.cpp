//===- ptx-run.cpp - Runs PTX, and finds hazards -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "Outputs.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Files.h"
#include "dag/Support/NearestName.h"
#include "dag/Support/Version.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

#include <map>

using namespace mlir::dag;
using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;
namespace cl = llvm::cl;

static cl::OptionCategory category("ptx-run options");
static cl::opt<std::string> inputFile(cl::Positional, cl::init("-"),
                                      cl::desc("<file.ptx>"),
                                      cl::cat(category));
static cl::list<std::string> arguments(cl::Positional, cl::ZeroOrMore,
                                       cl::desc("<arguments>"),
                                       cl::cat(category));
static cl::opt<std::string> entryName("entry", cl::desc("The kernel to run"),
                                      cl::cat(category));
static cl::opt<std::string> gridText("grid", cl::desc("Blocks of the grid"),
                                     cl::value_desc("x,y,z"), cl::init("1"),
                                     cl::cat(category));
static cl::opt<std::string> blockText("block", cl::desc("Threads of a block"),
                                      cl::value_desc("x,y,z"),
                                      cl::cat(category));
static cl::opt<std::string> clusterText("cluster",
                                        cl::desc("Blocks of a cluster"),
                                        cl::value_desc("x,y,z"),
                                        cl::cat(category));
static cl::opt<unsigned> sharedBytes("shared",
                                     cl::desc("Bytes of dynamic shared memory"),
                                     cl::init(0), cl::cat(category));
static cl::list<std::string>
    bufferTexts("buffer", cl::desc("A buffer that is no argument itself"),
                cl::value_desc("name=type[shape]:values"), cl::cat(category));
static cl::opt<std::string>
    argumentFile("args", cl::desc("Read arguments from a file, one a line"),
                 cl::value_desc("file"), cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::desc("The order of warps"),
                              cl::init(0), cl::cat(category));
static cl::opt<unsigned> schedules("schedules",
                                   cl::desc("Orders to try, from --seed on"),
                                   cl::init(1), cl::cat(category));
static cl::opt<bool>
    isStrict("strict",
             cl::desc("Ask for proxy fences after generic reads, too"),
             cl::cat(category));
static cl::opt<bool> track("track", cl::desc("Look for hazards (default: yes)"),
                           cl::init(true), cl::cat(category));
static cl::opt<uint64_t>
    maxInstructions("max-instructions",
                    cl::desc("Give up after so many warp instructions"),
                    cl::init(uint64_t(1) << 34), cl::cat(category));
static cl::opt<bool> list("list",
                          cl::desc("Print the kernels and their parameters"),
                          cl::cat(category));

namespace {
enum class Format { Text, Json, Sarif };
} // namespace
static cl::opt<Format> format(
    "format", cl::desc("How findings are written"),
    cl::values(clEnumValN(Format::Text, "text", "for people"),
               clEnumValN(Format::Json, "json", "for programs"),
               clEnumValN(Format::Sarif, "sarif", "for code hosts, SARIF 2.1")),
    cl::init(Format::Text), cl::cat(category));
static cl::opt<std::string> reportFile("report",
                                       cl::desc("Where findings are written"),
                                       cl::value_desc("file"), cl::init("-"),
                                       cl::cat(category));
static cl::list<std::string>
    printed("print", cl::desc("Print elements of a buffer after the run"),
            cl::value_desc("buffer"), cl::cat(category));
static cl::opt<uint64_t> elements("elements",
                                  cl::desc("Elements that --print prints"),
                                  cl::init(16), cl::cat(category));
static cl::opt<std::string>
    outputFile("o", cl::desc("Write the buffers to a .safetensors file"),
               cl::value_desc("file"), cl::cat(category));
static cl::list<std::string>
    expectedFiles("expect",
                  cl::desc("Buffers have to be the tensors of the same name"),
                  cl::value_desc("file.safetensors"), cl::cat(category));
static cl::opt<double>
    tolerance("tolerance",
              cl::desc("Largest difference, relative to the largest element"),
              cl::init(1e-5), cl::cat(category));
static cl::opt<std::string> profile("profile",
                                    cl::desc("Print counters, as text or json"),
                                    cl::value_desc("text|json"),
                                    cl::ValueOptional, cl::cat(category));

/// Those of the other tools.
namespace {
enum ExitStatus : int {
  kSuccess = 0,
  /// There is an error among the findings, or a buffer is not as expected.
  kFailure = 1,
  /// Not all of the run could be judged: an instruction is not known, or the
  /// run was given up.
  kUnverified = 2,
  kBadInput = 3,
  kBadOutput = 4
};
} // namespace

static int printError(const Twine &message, int status = kBadInput) {
  llvm::errs() << "ptx-run: error: "
               << escapeHiddenCharacters(message.str(), /*keepsLines=*/true)
               << '\n';
  return status;
}

static int printError(llvm::Error error, int status = kBadInput) {
  return printError(llvm::toString(std::move(error)), status);
}

static int printParseError(const ParseError &error, int status) {
  llvm::errs() << escapeHiddenCharacters(inputFile) << ':' << error.line << ':'
               << error.column
               << ": error: " << escapeHiddenCharacters(error.message) << '\n';
  return status;
}

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

static void printEntries(const Module &module) {
  for (const auto &function : module.functions) {
    if (!function->isEntry)
      continue;
    llvm::outs() << escapeHiddenCharacters(function->name) << '\n';
    for (unsigned index : function->params) {
      const Variable &param = module.variables[index];
      llvm::outs() << "  ." << stringify(param.type) << ' '
                   << escapeHiddenCharacters(param.name);
      if (param.bytes * 8 != getBits(param.type))
        llvm::outs() << '[' << param.bytes / (getBits(param.type) / 8) << ']';
      llvm::outs() << '\n';
    }
  }
}

/// The entry that is asked for, or the only one.
static const Function *findEntry(const Module &module) {
  std::vector<std::string> names;
  const Function *only = nullptr;
  for (const auto &function : module.functions) {
    if (!function->isEntry || !function->isDefined)
      continue;
    names.push_back(function->name.str());
    only = function.get();
    if (function->name == entryName)
      return only;
  }
  if (!entryName.empty()) {
    printError("there is no kernel '" + entryName + "' in " + inputFile +
               askNearestName(entryName, names));
    return nullptr;
  }
  if (names.size() == 1)
    return only;
  printError("expected --entry= with one of " + Twine(names.size()) +
             " kernels in " + inputFile + "; --list prints them");
  return nullptr;
}

static llvm::Error readArguments(Arguments &read) {
  for (const std::string &text : bufferTexts)
    if (llvm::Error error = read.add(text, /*isParam=*/false))
      return error;
  if (!argumentFile.empty()) {
    auto file = readInputFile(argumentFile);
    if (!file)
      return file.takeError();
    llvm::SmallVector<StringRef> lines;
    (*file)->getBuffer().split(lines, '\n');
    for (StringRef line : lines) {
      line = line.trim();
      if (line.empty() || line.starts_with("#"))
        continue;
      bool isBuffer = line.consume_front("buffer ");
      if (llvm::Error error = read.add(line.trim(), !isBuffer))
        return error;
    }
  }
  for (const std::string &text : arguments)
    if (llvm::Error error = read.add(text, /*isParam=*/true))
      return error;
  return read.finish();
}

static bool fillLaunch(const Function &entry, Launch &launch) {
  for (unsigned i = 0; i < 3; ++i) {
    if (entry.reqThreads[0] != 0)
      launch.block[i] = entry.reqThreads[i];
    if (entry.reqCluster[0] != 0)
      launch.cluster[i] = entry.reqCluster[i];
  }
  bool isRead =
      readTriple(gridText, launch.grid) &&
      (blockText.empty() || readTriple(blockText, launch.block)) &&
      (clusterText.empty() || readTriple(clusterText, launch.cluster));
  if (!isRead) {
    printError("expected one to three positive numbers in --grid, --block and "
               "--cluster, such as 4,2,1");
    return false;
  }
  if (blockText.empty() && entry.reqThreads[0] == 0) {
    printError("expected --block= with the threads of a block");
    return false;
  }
  launch.dynamicShared = sharedBytes;
  launch.tracks = track;
  launch.isStrict = isStrict;
  launch.profiles = profile.getNumOccurrences() > 0;
  launch.maxInstructions = maxInstructions;
  return true;
}

/// Runs the orders; what several of them find is one finding. The launch keeps
/// the buffers of the first one.
static Result runSchedules(const Program &program, Launch &launch) {
  const std::vector<Buffer> buffers = launch.buffers;
  launch.seed = seed;
  Result first = runLaunch(program, launch);
  std::map<std::pair<Code, unsigned>, bool> known;
  for (const Finding &finding : first.findings)
    known[{finding.code,
           finding.parties.empty() ? 0 : finding.parties[0].place.line}] = true;
  for (unsigned i = 1; i < schedules; ++i) {
    Launch again = launch;
    again.buffers = buffers;
    again.seed = seed + i;
    Result result = runLaunch(program, again);
    first.isComplete &= result.isComplete;
    for (Finding &finding : result.findings)
      if (!std::exchange(
              known[{finding.code, finding.parties.empty()
                                       ? 0
                                       : finding.parties[0].place.line}],
              true))
        first.findings.push_back(std::move(finding));
  }
  dropConsequences(first.findings);
  return first;
}

static void writeFindings(llvm::ArrayRef<Finding> findings, StringRef entry,
                          llvm::raw_ostream &os) {
  switch (format) {
  case Format::Text:
    return writeText(findings, inputFile, os);
  case Format::Json:
    return writeJson(findings, inputFile, entry, os);
  case Format::Sarif:
    return writeSarif(findings, inputFile, getVersion(), os);
  }
}

/// Prints and writes what was asked for; the status of the tool.
static int finish(const Arguments &read, const Result &result,
                  StringRef entry) {
  int status = kSuccess;
  llvm::outs() << escapeHiddenCharacters(result.output, /*keepsLines=*/true);
  for (const Finding &finding : result.findings) {
    if (finding.code == Code::Limit)
      status = std::max<int>(status, kUnverified);
    else if (!finding.isWarning)
      status = kFailure;
  }
  if (llvm::Error error = writeOutputFile(reportFile, [&](auto &os) {
        writeFindings(result.findings, entry, os);
      }))
    return printError(std::move(error), kBadOutput);
  const Launch &launch = read.launch;
  for (const std::string &name : printed) {
    bool isFound = false;
    for (size_t i = 0; i < launch.buffers.size(); ++i)
      if (launch.buffers[i].name == name) {
        printBuffer(launch.buffers[i], read.types[i], elements, llvm::outs());
        isFound = true;
      }
    if (!isFound)
      return printError("there is no buffer '" + name + "' to print");
  }
  if (profile.getNumOccurrences() > 0)
    writeProfile(result, profile == "json", llvm::outs());
  for (const std::string &path : expectedFiles) {
    llvm::Expected<bool> isSame =
        compare(launch, read.types, path, tolerance, llvm::outs());
    if (!isSame)
      return printError(isSame.takeError());
    if (!*isSame)
      status = kFailure;
  }
  if (!outputFile.empty())
    if (llvm::Error error = writeOutputFile(outputFile, [&](auto &os) {
          writeSafetensors(launch, read.types, os);
        }))
      return printError(std::move(error), kBadOutput);
  return status;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter(
      [](llvm::raw_ostream &os) { os << "ptx-run " << getVersion() << '\n'; });
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Runs a kernel of a PTX file without a GPU, and finds races, missing "
          "waits and fences, deadlocks and wrong accesses.\n",
          &llvm::errs()))
    return kBadInput;
  auto file = readInputFile(inputFile);
  if (!file)
    return printError(file.takeError());
  ParseError error;
  std::unique_ptr<Module> module = parseModule((*file)->getBuffer(), error);
  if (!module)
    return printParseError(error, kBadInput);
  if (list) {
    printEntries(*module);
    return kSuccess;
  }
  const Function *entry = findEntry(*module);
  if (!entry)
    return kBadInput;
  ProgramPtr program = prepare(*module, *entry, error);
  if (!program)
    return printParseError(error, kUnverified);
  Arguments read(*module, *entry, getParamOffsets(*program),
                 getParamBytes(*program));
  if (llvm::Error failure = readArguments(read))
    return printError(std::move(failure));
  if (!fillLaunch(*entry, read.launch))
    return kBadInput;
  if (std::string wrong = checkLaunch(*program, read.launch); !wrong.empty())
    return printError(wrong);
  Result result = runSchedules(*program, read.launch);
  return finish(read, result, entry->name);
}
