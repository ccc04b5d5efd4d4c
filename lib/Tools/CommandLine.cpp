//===- CommandLine.cpp - What the tools' command lines have in common -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/CommandLine.h"
#include "HeldErrors.h"
#include "dag/Support/Escape.h"
#include "dag/Support/FatalErrors.h"
#include "dag/Support/Files.h"
#include "dag/Support/OptionValues.h"
#include "dag/Support/Version.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"

#ifdef LLVM_ON_UNIX
#include <dlfcn.h>
#endif

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

ExitStatus dag::getWorse(ExitStatus a, ExitStatus b) {
  auto getRank = [](ExitStatus status) {
    switch (status) {
    case ExitStatus::Success:
      return 0;
    case ExitStatus::Unverified:
      return 1;
    case ExitStatus::Failure:
      return 2;
    case ExitStatus::BadInput:
      return 3;
    case ExitStatus::BadOutput:
      return 4;
    }
    llvm_unreachable("unknown status");
  };
  return getRank(a) < getRank(b) ? b : a;
}

cl::OptionCategory &dag::getToolCategory() {
  static cl::OptionCategory category("Options");
  return category;
}

static bool isHelp(const cl::Option &option) {
  return option.ArgStr == "help" || option.ArgStr == "help-hidden" ||
         option.ArgStr == "version";
}

/// Takes those options away that are given and are variables of LLVM's library:
/// nothing in these tools does what the thousands of its code generators say.
/// To take all of them away would cost each run more than it does.
static void removeForeignOptions(ArrayRef<char *> arguments) {
#ifdef LLVM_ON_UNIX
  auto getLibrary = [](const void *address) -> void * {
    Dl_info info;
    return dladdr(address, &info) ? info.dli_fbase : nullptr;
  };
  const void *libLLVM =
      getLibrary(reinterpret_cast<const void *>(&cl::PrintHelpMessage));
  // What is linked into the tool cannot be told apart.
  if (!libLLVM ||
      libLLVM == getLibrary(reinterpret_cast<const void *>(&getWorse)))
    return;
  constexpr StringRef kRead[] = {"color",
                                 "debug",
                                 "debug-buffer-size",
                                 "debug-only",
                                 "info-output-file",
                                 "stats",
                                 "stats-json"};
  for (StringRef argument : arguments.drop_front()) {
    StringRef name = argument.ltrim('-').split('=').first;
    cl::Option *option = argument.starts_with("-")
                             ? cl::getRegisteredOptions().lookup(name)
                             : nullptr;
    if (option && getLibrary(option) == libLLVM && !isHelp(*option) &&
        !llvm::is_contained(kRead, name))
      option->removeArgument();
  }
#endif
}

void dag::prepareTool() {
  handleFatalErrors({/*prefix=*/"", static_cast<int>(ExitStatus::BadOutput),
                     static_cast<int>(ExitStatus::BadInput), [] {
                       llvm::errs().flush();
                       HeldErrors::drop();
                     }});
}

/// Every option but those that `isShown` takes is for `--help-hidden` alone.
static void hideOptions(function_ref<bool(cl::Option &)> isShown) {
  for (auto &entry : cl::getRegisteredOptions()) {
    cl::Option &option = *entry.second;
    if (!isShown(option) && option.getOptionHiddenFlag() == cl::NotHidden)
      option.setHiddenFlag(cl::Hidden);
  }
}

static void setVersionPrinter() {
  cl::SetVersionPrinter([](raw_ostream &os) {
    os << "dag " << getVersion() << "\nLLVM " << LLVM_VERSION_STRING << '\n';
  });
}

std::vector<std::string> dag::getOptionValues(ArrayRef<char *> arguments,
                                              ArrayRef<StringRef> names) {
  std::vector<std::string> values;
  for (auto [i, text] : llvm::enumerate(arguments)) {
    auto [name, value] = StringRef(text).ltrim('-').split('=');
    if (!StringRef(text).starts_with("-") || !llvm::is_contained(names, name))
      continue;
    if (StringRef(text).contains('='))
      values.push_back(value.str());
    else if (i + 1 < arguments.size())
      values.push_back(arguments[i + 1]);
  }
  return values;
}

/// Options of the readers; those of tools and passes are noted there.
static void noteFilesOfOptions(ArrayRef<char *> arguments) {
  for (const std::string &file :
       getOptionValues(arguments, {"dot-rules", "irdl-file"}))
    noteInputFile(file);
}

bool dag::parseCommandLine(int argc, char **argv, StringRef overview,
                           ArrayRef<StringRef> shown,
                           ArrayRef<cl::OptionCategory *> own,
                           StringRef details) {
  openStandardFiles();
  setVersionPrinter();
  hideOptions([&](cl::Option &option) {
    if (llvm::is_contained(shown, option.ArgStr)) {
      option.addCategory(getToolCategory());
      return true;
    }
    return isHelp(option) ||
           llvm::any_of(option.Categories, [&](cl::OptionCategory *category) {
             return category == &getToolCategory() ||
                    llvm::is_contained(own, category);
           });
  });
  noteFilesOfOptions(ArrayRef(argv, argc));
  // LLVM ends the process where it does not like the value, without a word.
  if (!getOptionValues(ArrayRef(argv, argc), {"debug-counter"}).empty())
    return succeeded(printError("expected no '--debug-counter=': there is "
                                "nothing that it counts"));
  std::string text = details.str();
  if (!text.empty())
    cl::extrahelp(StringRef(text));
  removeForeignOptions(ArrayRef(argv, argc));
  {
    HeldErrors held;
    if (!cl::ParseCommandLineOptions(argc, argv, overview, &llvm::errs()))
      return false;
    held.accept();
  }
  // Input that is not split has no marker, and neither has what comes of it.
  if (llvm::Error error = checkOptionValues(
          ArrayRef(argv, argc), {"split-input-file", "output-split-marker"}))
    return succeeded(printError(std::move(error)));
  for (const std::string &folder :
       getOptionValues(ArrayRef(argv, argc), {"source-root"}))
    if (!llvm::sys::fs::is_directory(folder))
      return succeeded(
          printError("expected a folder behind '--source-root=', but got '" +
                     folder + "'"));
  return true;
}

LogicalResult dag::printError(const Twine &message) {
  llvm::WithColor::error() << shortenMessage(
                                  escapeHiddenCharacters(message.str()))
                           << '\n';
  return failure();
}

LogicalResult dag::printError(llvm::Error error) {
  return printError(llvm::toString(std::move(error)));
}

ExitStatus dag::processFile(
    StringRef input, StringRef output,
    function_ref<ExitStatus(std::unique_ptr<llvm::MemoryBuffer>, raw_ostream &)>
        process) {
  noteInputFile(input);
  if (llvm::Error error = checkOutputFiles(output.str())) {
    (void)printError(std::move(error));
    return ExitStatus::BadOutput;
  }
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(input);
  if (!buffer) {
    (void)printError(buffer.takeError());
    return ExitStatus::BadInput;
  }
  llvm::Expected<OutputFile> file = OutputFile::open(output);
  if (!file) {
    (void)printError(file.takeError());
    return ExitStatus::BadOutput;
  }
  return closeOutput(*file, process(std::move(*buffer), file->os()));
}

ExitStatus dag::closeOutput(OutputFile &output, ExitStatus status) {
  if (status != ExitStatus::Success)
    return status;
  llvm::Error error = output.keep();
  if (!error)
    return status;
  (void)printError(std::move(error));
  return ExitStatus::BadOutput;
}
