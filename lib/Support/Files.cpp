//===- Files.cpp - Files that a tool reads and writes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>

using namespace mlir::dag;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;

namespace {
/// The files of the process; passes on several threads use them.
struct Files {
  std::mutex mutex;
  std::set<fs::UniqueID> inputs;
  std::set<fs::UniqueID> outputs;
  /// What has come out of pipes, which give it once.
  std::map<std::string, std::unique_ptr<llvm::MemoryBuffer>> streams;
  std::atomic<bool> hasUnreadInput = false;
  std::atomic<bool> hasUnwrittenOutput = false;
};
} // namespace

static Files &getFiles() {
  static Files files;
  return files;
}

static std::optional<fs::UniqueID> getID(StringRef path) {
  fs::file_status status;
  if (path == "-" || fs::status(path, status) || !fs::is_regular_file(status))
    return std::nullopt;
  return status.getUniqueID();
}

static bool isAmong(StringRef path, std::set<fs::UniqueID> Files::*set) {
  std::optional<fs::UniqueID> id = getID(path);
  if (!id)
    return false;
  std::lock_guard<std::mutex> lock(getFiles().mutex);
  return (getFiles().*set).count(*id);
}

static void note(StringRef path, std::set<fs::UniqueID> Files::*set) {
  std::optional<fs::UniqueID> id = getID(path);
  if (!id)
    return;
  std::lock_guard<std::mutex> lock(getFiles().mutex);
  (getFiles().*set).insert(*id);
}

void mlir::dag::noteInputFile(StringRef path) { note(path, &Files::inputs); }

bool mlir::dag::isInputFile(StringRef path) {
  return isAmong(path, &Files::inputs);
}

bool mlir::dag::hasUnreadInput() { return getFiles().hasUnreadInput; }
bool mlir::dag::hasUnwrittenOutput() { return getFiles().hasUnwrittenOutput; }
void mlir::dag::noteUnreadInput() { getFiles().hasUnreadInput = true; }

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mlir::dag::readInputFile(StringRef path) {
  auto fail = [&](const Twine &reason) {
    noteUnreadInput();
    return llvm::createStringError("cannot open input file '" + path +
                                   "': " + reason);
  };
  // Some devices have no end. A pipe has one.
  fs::file_status status;
  if (path != "-" && path != "/dev/null" && path != "/dev/stdin" &&
      !fs::status(path, status) &&
      status.type() == fs::file_type::character_file)
    return fail("it is a device");
  // A checkpoint is a folder with the configuration of the model in it.
  llvm::SmallString<128> inFolder;
  if (path != "-" && fs::is_directory(path)) {
    llvm::sys::path::append(inFolder, path, "config.json");
    if (!fs::exists(inFolder))
      return fail("it is a folder without a config.json");
    path = inFolder;
  }
  bool isStream = path == "-" || path == "/dev/stdin" ||
                  status.type() == fs::file_type::fifo_file;
  Files &files = getFiles();
  std::unique_lock<std::mutex> lock(files.mutex, std::defer_lock);
  if (isStream) {
    lock.lock();
    if (auto it = files.streams.find(path.str()); it != files.streams.end())
      return llvm::MemoryBuffer::getMemBufferCopy(
          it->second->getBuffer(), it->second->getBufferIdentifier());
  }
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!buffer)
    return fail(buffer.getError().message());
  if (isStream)
    files.streams[path.str()] = llvm::MemoryBuffer::getMemBufferCopy(
        (*buffer)->getBuffer(), (*buffer)->getBufferIdentifier());
  else
    noteInputFile(path);
  return std::move(*buffer);
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

static llvm::Error makeError(StringRef path, const Twine &reason) {
  getFiles().hasUnwrittenOutput = true;
  return llvm::createStringError("cannot write '" + path + "': " + reason);
}

/// An error where the file must not be written onto.
static llvm::Error checkPlace(StringRef path) {
  if (isInputFile(path))
    return makeError(path, "it is an input of this run");
  if (isAmong(path, &Files::outputs))
    return makeError(path, "this run has written another output to it");
  return llvm::Error::success();
}

llvm::Expected<OutputFile> OutputFile::open(StringRef path) {
  OutputFile output(path);
  if (path == "-")
    return std::move(output);
  if (llvm::Error error = checkPlace(path)) {
    output.isOpen = false;
    return std::move(error);
  }
  fs::file_status status;
  bool exists = !fs::status(path, status) && fs::exists(status);
  std::error_code error;
  if (exists && !fs::is_regular_file(status)) {
    output.stream = std::make_unique<llvm::raw_fd_ostream>(path, error);
    if (!error)
      return std::move(output);
    output.stream.reset();
    output.isOpen = false;
    return makeError(path, error.message());
  }
  llvm::SmallString<128> real;
  if (exists && !fs::real_path(path, real))
    output.target = real.str().str();
  else
    output.target = path.str();
  // What may not be written is not replaced either.
  if (exists)
    error = fs::access(path, fs::AccessMode::Write);
  if (!error) {
    llvm::Expected<fs::TempFile> file = fs::TempFile::create(
        output.target + ".%%%%%%%%",
        exists ? status.permissions() : fs::all_read | fs::all_write);
    if (file) {
      output.file.emplace(std::move(*file));
      output.stream = std::make_unique<llvm::raw_fd_ostream>(
          output.file->FD, /*shouldClose=*/false);
      return std::move(output);
    }
    error = llvm::errorToErrorCode(file.takeError());
  }
  output.isOpen = false;
  return makeError(path, error.message());
}

OutputFile::OutputFile(OutputFile &&other)
    : target(std::move(other.target)), path(std::move(other.path)),
      stream(std::move(other.stream)), isOpen(other.isOpen) {
  if (other.file)
    file.emplace(std::move(*other.file));
  other.file.reset();
  other.isOpen = false;
}

llvm::raw_fd_ostream &OutputFile::os() {
  return stream ? *stream : llvm::outs();
}

/// Flushes `os` and takes over its error: an error left in a stream ends the
/// process when the stream is destroyed.
static std::error_code takeError(llvm::raw_fd_ostream &os) {
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return error;
}

llvm::Error OutputFile::keep() {
  if (std::error_code error = takeError(os()))
    return makeError(path, error.message());
  if (file) {
    // The input may have been read meanwhile.
    if (llvm::Error error = checkPlace(target))
      return error;
    stream.reset();
    llvm::Error error = file->keep(target);
    file.reset();
    if (error)
      return makeError(path, llvm::toString(std::move(error)));
    note(target, &Files::outputs);
  }
  isOpen = false;
  return llvm::Error::success();
}

OutputFile::~OutputFile() {
  if (!isOpen)
    return;
  (void)takeError(os());
  stream.reset();
  if (!file.has_value())
    return;
  llvm::consumeError(file->discard());
  // A result of an earlier run would be taken for one of this.
  if (!isInputFile(target) && !isAmong(target, &Files::outputs))
    (void)fs::remove(target);
}

llvm::Error mlir::dag::writeOutputFile(
    StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write) {
  llvm::Expected<OutputFile> output = OutputFile::open(path);
  if (!output)
    return output.takeError();
  write(output->os());
  return output->keep();
}
