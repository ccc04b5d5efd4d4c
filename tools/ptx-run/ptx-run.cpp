//===- ptx-run.cpp - Runs PTX, and finds hazards -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "Outputs.h"
#include "Steps.h"
#include "dag/Emulator/Fatbin.h"
#include "dag/Support/Escape.h"
#include "dag/Support/FatalErrors.h"
#include "dag/Support/Files.h"
#include "dag/Support/NearestName.h"
#include "dag/Support/OptionValues.h"
#include "dag/Support/Version.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Threading.h"

#include <cmath>

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
static cl::opt<uint64_t> seed("seed", cl::desc("The order of warps and blocks"),
                              cl::init(0), cl::cat(category));
static cl::opt<unsigned> schedules("schedules",
                                   cl::desc("Orders to try, from --seed on"),
                                   cl::init(1), cl::cat(category));
static cl::opt<bool>
    isStrict("strict",
             cl::desc("Ask for proxy fences after generic reads, and for "
                      "bar.warp.sync between lanes, too"),
             cl::cat(category));
static cl::opt<bool> isCooperative(
    "cooperative",
    cl::desc("Launch cooperatively: blocks may meet at a barrier of the grid"),
    cl::cat(category));
static cl::opt<bool> track("track", cl::desc("Look for hazards (default: yes)"),
                           cl::init(true), cl::cat(category));
static cl::opt<unsigned>
    threads("workers",
            cl::desc("Threads for the blocks with --track=0 (default: all)"),
            cl::init(0), cl::cat(category));
static cl::opt<uint64_t>
    maxInstructions("max-instructions",
                    cl::desc("Give up after so many warp instructions "
                             "(default: 2^28)"),
                    cl::init(kMaxInstructions), cl::cat(category));
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
              cl::desc("Largest difference, relative to the largest element; "
                       "where it is not given, integers have to be equal"),
              cl::init(1e-5), cl::cat(category));
static cl::opt<std::string> profile("profile",
                                    cl::desc("Print counters, as text or json"),
                                    cl::value_desc("text|json"),
                                    cl::ValueOptional, cl::cat(category));

/// Those of the other tools.
static cl::opt<std::string>
    ptxFile("ptx", cl::desc("Write the PTX that is run, of a fatbin"),
            cl::value_desc("file.ptx"), cl::cat(category));
static cl::list<std::string>
    thenTexts("then",
              cl::desc("Launch another kernel behind it, on the same buffers; "
                       "with --dependent, as one that starts early"),
              cl::value_desc("kernel --grid= --block= [--dependent] "
                             "[--cooperative] arguments"),
              cl::cat(category));
static cl::opt<std::string>
    timelineFile("timeline",
                 cl::desc("Write what warps and engines would do when, as "
                          "trace events that Perfetto reads"),
                 cl::value_desc("file.json"), cl::cat(category));

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
               << shortenMessage(escapeHiddenCharacters(message.str(),
                                                        /*keepsLines=*/true))
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
static const Function *findEntry(const Module &module, StringRef entryName) {
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
    printError("there is no kernel '" + Twine(entryName) + "' in " + inputFile +
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

/// Makes a step of a text; an exit status if that is not possible.
static int addStep(const Module &module, const StepText &text,
                   std::vector<Step> &steps) {
  Step step;
  step.entry = findEntry(module, text.entry);
  if (!step.entry)
    return kBadInput;
  ParseError error;
  step.program = prepare(module, *step.entry, error);
  if (!step.program)
    return printParseError(error, kUnverified);
  step.read = std::make_unique<Arguments>(module, *step.entry,
                                          getParamOffsets(*step.program),
                                          getParamBytes(*step.program));
  if (steps.empty()) {
    if (llvm::Error failure = readArguments(*step.read))
      return printError(std::move(failure));
  } else {
    step.read->takeBuffers(*steps.back().read);
    for (const std::string &argument : text.arguments)
      if (llvm::Error failure = step.read->add(argument, /*isParam=*/true))
        return printError(std::move(failure));
    if (llvm::Error failure = step.read->finish())
      return printError(std::move(failure));
  }
  Launch &launch = step.read->launch;
  if (llvm::Error failure = setShape(text, *step.entry, launch))
    return printError(std::move(failure));
  launch.tracks = track;
  launch.isStrict = isStrict;
  launch.times = profile.getNumOccurrences() > 0 || !timelineFile.empty();
  launch.profiles = launch.times;
  launch.threads = llvm::hardware_concurrency(threads).compute_thread_count();
  launch.maxInstructions = maxInstructions;
  if (std::string wrong = checkLaunch(*step.program, launch); !wrong.empty())
    return printError(wrong);
  steps.push_back(std::move(step));
  return kSuccess;
}

/// The kernel of the options, and those of --then.
static int readSteps(const Module &module, std::vector<Step> &steps) {
  StepText first;
  first.entry = entryName;
  first.grid = gridText;
  first.block = blockText;
  first.cluster = clusterText;
  first.shared = sharedBytes;
  first.isCooperative = isCooperative;
  if (int status = addStep(module, first, steps))
    return status;
  for (const std::string &text : thenTexts) {
    llvm::Expected<StepText> step = parseStep(text);
    if (!step)
      return printError(step.takeError());
    if (int status = addStep(module, *step, steps))
      return status;
  }
  return kSuccess;
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
static int finish(const Arguments &read, llvm::ArrayRef<Result> results,
                  StringRef entry) {
  int status = kSuccess;
  const Result &result = results[0];
  for (const Result &one : results)
    llvm::outs() << escapeHiddenCharacters(one.output, /*keepsLines=*/true);
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
    llvm::Expected<bool> isSame = compare(launch, read.types, path,
                                          tolerance.getNumOccurrences() > 0
                                              ? std::optional<double>(tolerance)
                                              : std::nullopt,
                                          llvm::outs());
    if (!isSame)
      return printError(isSame.takeError());
    if (!*isSame)
      status = kFailure;
  }
  if (!timelineFile.empty())
    if (llvm::Error error = writeOutputFile(
            timelineFile, [&](auto &os) { writeTimeline(result, os); }))
      return printError(std::move(error), kBadOutput);
  if (!outputFile.empty())
    if (llvm::Error error = writeOutputFile(outputFile, [&](auto &os) {
          writeSafetensors(launch, read.types, os);
        }))
      return printError(std::move(error), kBadOutput);
  return status;
}

/// Of the texts of a binary, that for the newest architecture that has the
/// kernel.
static llvm::Error extract(StringRef bytes, std::string &text) {
  llvm::Expected<std::vector<FatbinText>> texts = extractPtx(bytes);
  if (!texts)
    return texts.takeError();
  unsigned best = 0;
  for (FatbinText &one : *texts) {
    bool hasEntry = StringRef(one.text).contains(".entry " + entryName);
    if (hasEntry && one.architecture >= best) {
      best = one.architecture;
      text = std::move(one.text);
    }
  }
  if (!text.empty())
    return llvm::Error::success();
  return llvm::createStringError("there is no kernel '" + entryName +
                                 "' in its PTX");
}

/// The files that arguments may name: what stands behind a colon, up to the
/// name of a tensor.
static void noteArguments(StringRef text) {
  llvm::SmallVector<StringRef> words;
  llvm::SplitString(text, words);
  for (StringRef word : words) {
    StringRef path = word.split(':').second;
    noteInputFile(path);
    noteInputFile(path.split('#').first);
  }
}

/// An error where an output is an input or another output; asked before
/// anything is read.
static llvm::Error checkFiles() {
  noteInputFile(inputFile);
  if (!argumentFile.empty()) {
    noteInputFile(argumentFile);
    if (auto file = readInputFile(argumentFile))
      noteArguments((*file)->getBuffer());
    else // It is read again, and refused then.
      llvm::consumeError(file.takeError());
  }
  for (const std::string &file : expectedFiles)
    noteInputFile(file);
  for (const std::vector<std::string> *list :
       {&bufferTexts, &arguments, &thenTexts})
    for (const std::string &text : *list)
      noteArguments(text);
  std::vector<std::string> outputs = {reportFile};
  for (const cl::opt<std::string> *file :
       {&outputFile, &ptxFile, &timelineFile})
    if (!file->empty())
      outputs.push_back(*file);
  return checkOutputFiles(outputs);
}

/// An error where what programs read would stand among other things.
static llvm::Error checkSharedOutput() {
  std::vector<std::string> data, texts;
  for (const cl::opt<std::string> *file :
       {&outputFile, &ptxFile, &timelineFile})
    data.push_back(*file);
  (format == Format::Text ? texts : data).push_back(reportFile);
  // Findings follow a profile where nobody has said where they go.
  bool isReportPlaced =
      format != Format::Text || reportFile.getNumOccurrences() > 0;
  if (profile.getNumOccurrences() > 0)
    (profile == "json" && isReportPlaced ? data : texts).push_back("-");
  if (!printed.empty() || !expectedFiles.empty())
    texts.push_back("-");
  return mlir::dag::checkStandardOutput(data, texts);
}

/// An error where kernels are listed, and something else is asked for.
static llvm::Error checkList() {
  if (!arguments.empty())
    return llvm::createStringError("expected no arguments with --list, but got "
                                   "'" +
                                   arguments.front() + "'");
  for (auto &entry : cl::getRegisteredOptions()) {
    const cl::Option *option = entry.second;
    if (llvm::is_contained(option->Categories, &category) && option != &list &&
        option != &ptxFile && option->getNumOccurrences() > 0)
      return llvm::createStringError("expected no --" + option->ArgStr +
                                     " with --list, which runs nothing");
  }
  return llvm::Error::success();
}

/// What is wrong with options that are read as they are.
static llvm::Error checkOptions(llvm::ArrayRef<char *> arguments) {
  if (llvm::Error error = checkOptionValues(arguments))
    return error;
  if (list)
    return checkList();
  if (!llvm::is_contained({"", "text", "json"}, StringRef(profile)))
    return llvm::createStringError(
        "expected --profile to be text or json, but got '" + profile + "'");
  if (!std::isfinite(tolerance) || tolerance < 0)
    return llvm::createStringError(
        llvm::formatv("expected --tolerance to be finite and not negative, but "
                      "got {0:e2}",
                      tolerance.getValue()));
  if (isStrict && !track)
    return llvm::createStringError("expected hazards to be looked for with "
                                   "--strict, but got --track=0 as well");
  struct Need {
    const cl::Option &option;
    bool isMet;
    const char *what;
  };
  for (const Need &need : {Need{elements, !printed.empty(), "--print"},
                           Need{tolerance, !expectedFiles.empty(), "--expect"},
                           Need{threads, !track, "--track=0"}})
    if (need.option.getNumOccurrences() > 0 && !need.isMet)
      return llvm::createStringError(Twine("expected ") + need.what +
                                     " with --" + need.option.ArgStr);
  if (schedules == 0)
    return llvm::createStringError(
        "expected one order to try at least in --schedules");
  return checkSharedOutput();
}

int main(int argc, char **argv) {
  openStandardFiles();
  llvm::InitLLVM init(argc, argv);
  handleFatalErrors({"ptx-run: ", kBadOutput, kUnverified});
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter(
      [](llvm::raw_ostream &os) { os << "ptx-run " << getVersion() << '\n'; });
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Runs a kernel of a PTX file without a GPU, and finds races, missing "
          "waits and fences, deadlocks and wrong accesses.\n",
          &llvm::errs()))
    return kBadInput;
  if (llvm::Error error = checkOptions({argv, size_t(argc)}))
    return printError(std::move(error));
  if (llvm::Error error = checkFiles())
    return printError(std::move(error), kBadOutput);
  auto file = readInputFile(inputFile);
  if (!file)
    return printError(file.takeError());
  std::string extracted;
  StringRef text = (*file)->getBuffer();
  if (isBinary(text)) {
    if (llvm::Error failure = extract(text, extracted))
      return printError(Twine(inputFile) + ": " +
                        llvm::toString(std::move(failure)));
    text = extracted;
  }
  if (!ptxFile.empty())
    if (llvm::Error failure =
            writeOutputFile(ptxFile, [&](auto &os) { os << text; }))
      return printError(std::move(failure), kBadOutput);
  ParseError error;
  std::unique_ptr<Module> module = parseModule(text, error);
  if (!module)
    return printParseError(error, error.isMissing ? kUnverified : kBadInput);
  if (list) {
    printEntries(*module);
    return kSuccess;
  }
  std::vector<Step> steps;
  if (int status = readSteps(*module, steps))
    return status;
  std::vector<Result> results = runSchedules(steps, seed, schedules);
  // Buffers are those of the last launch that has been made.
  return finish(*steps[results.size() - 1].read, results, steps[0].entry->name);
}
