//===- Files.cpp - Files that a tool reads and writes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#ifdef LLVM_ON_UNIX
#include <fcntl.h>
#include <unistd.h>
#endif

using namespace mlir::dag;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;

void mlir::dag::openStandardFiles() {
#ifdef LLVM_ON_UNIX
  // The least free number is given first.
  const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
  for (int number = 0; number < 3; ++number)
    if (fcntl(number, F_GETFD) == -1 && errno == EBADF &&
        open("/dev/null", modes[number]) != number)
      std::_Exit(EXIT_FAILURE);
#endif
}

namespace {
/// The files of the process, by what getKey calls them; passes on several
/// threads use them.
struct Files {
  std::mutex mutex;
  std::set<std::string> inputs;
  std::set<std::string> outputs;
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

//===----------------------------------------------------------------------===//
// What a path leads to
//===----------------------------------------------------------------------===//

/// The descriptor that a path names, such as /dev/stdout. The file behind it is
/// written to where the shell stands in it, and is not replaced.
static std::optional<int> getDescriptor(StringRef path) {
  int descriptor = -1;
  if (path == "/dev/stdin")
    return 0;
  if (path == "/dev/stdout")
    return 1;
  if (path == "/dev/stderr")
    return 2;
  if ((path.consume_front("/dev/fd/") ||
       path.consume_front("/proc/self/fd/")) &&
      !path.getAsInteger(10, descriptor) && descriptor >= 0)
    return descriptor;
  return std::nullopt;
}

/// Where the links of a path lead to, whether or not there is a file: the last
/// name is followed, those of folders are left to the system.
static std::string followLinks(StringRef path) {
  std::string followed = path.str();
  // As many as the system follows.
  for (int i = 0; i < 40 && !getDescriptor(followed); ++i) {
    std::error_code error;
    if (!fs::is_symlink_file(followed))
      break;
    std::string target =
        std::filesystem::read_symlink(followed, error).string();
    if (error)
      break;
    if (!llvm::sys::path::is_absolute(target)) {
      llvm::SmallString<128> inFolder = llvm::sys::path::parent_path(followed);
      llvm::sys::path::append(inFolder, target);
      target = inFolder.str().str();
    }
    followed = std::move(target);
  }
  return followed;
}

/// What all names of the standard input share; LLVM has one of its own.
static std::string getStreamKey(StringRef path) {
  bool isStandard = path == "<stdin>" || getDescriptor(path) == 0;
  return isStandard ? "-" : path.str();
}

static std::string toKey(const fs::file_status &status) {
  fs::UniqueID id = status.getUniqueID();
  return std::to_string(id.getDevice()) + ":" + std::to_string(id.getFile());
}

/// A name that all paths to one file share, or none for what is no file: `-` if
/// `standard` is no regular file, and devices, which may be read and written at
/// once. What does not exist has its folder's name and its own.
static std::optional<std::string> getKey(StringRef path, int standard) {
  fs::file_status status;
  if (path == "-") {
    if (fs::status(standard, status) || !fs::is_regular_file(status))
      return std::nullopt;
    return toKey(status);
  }
  if (!fs::status(path, status) && fs::exists(status)) {
    if (status.type() == fs::file_type::character_file)
      return std::nullopt;
    return toKey(status);
  }
  std::string target = followLinks(path);
  StringRef folder = llvm::sys::path::parent_path(target);
  if (fs::status(folder.empty() ? "." : folder, status) || !fs::exists(status))
    return std::nullopt;
  return toKey(status) + "/" + llvm::sys::path::filename(target).str();
}

static std::optional<std::string> getInputKey(StringRef path) {
  return getKey(path, /*standard=*/0);
}
static std::optional<std::string> getOutputKey(StringRef path) {
  return getKey(path, /*standard=*/1);
}

static bool isAmong(const std::optional<std::string> &key,
                    std::set<std::string> Files::*set) {
  if (!key)
    return false;
  std::lock_guard<std::mutex> lock(getFiles().mutex);
  return (getFiles().*set).count(*key);
}

static void note(std::optional<std::string> key,
                 std::set<std::string> Files::*set) {
  if (!key)
    return;
  std::lock_guard<std::mutex> lock(getFiles().mutex);
  (getFiles().*set).insert(std::move(*key));
}

/// The file of a folder that stands for it: a checkpoint is a folder with the
/// configuration of the model in it.
static std::string getFileOfFolder(StringRef folder) {
  llvm::SmallString<128> path = folder;
  llvm::sys::path::append(path, "config.json");
  return path.str().str();
}

void mlir::dag::noteInputFile(StringRef path) {
  if (path != "-" && fs::is_directory(path))
    return note(getInputKey(getFileOfFolder(path)), &Files::inputs);
  note(getInputKey(path), &Files::inputs);
}

bool mlir::dag::isInputFile(StringRef path) {
  return path != "-" && isAmong(getInputKey(path), &Files::inputs);
}

bool mlir::dag::isSameFile(StringRef a, StringRef b) {
  if (a == b)
    return true;
  std::optional<std::string> key = getOutputKey(a);
  return key && key == getOutputKey(b);
}

bool mlir::dag::hasUnreadInput() { return getFiles().hasUnreadInput; }
bool mlir::dag::hasUnwrittenOutput() { return getFiles().hasUnwrittenOutput; }
void mlir::dag::noteUnreadInput() { getFiles().hasUnreadInput = true; }

namespace {
/// What a path leads to.
enum class Source { File, Folder, Stream, Device };
} // namespace

/// Some devices have no end. A pipe may have one, and a terminal has. What is
/// not there is taken for a file, which opening it says more about.
static Source getSource(StringRef path) {
  fs::file_status status, null;
  if (path == "-" ? fs::status(0, status) : fs::status(path, status))
    return Source::File;
  switch (status.type()) {
  case fs::file_type::directory_file:
    return Source::Folder;
  case fs::file_type::block_file:
    return Source::Device;
  case fs::file_type::character_file: {
    bool isNull =
        !fs::status("/dev/null", null) && fs::equivalent(status, null);
    std::optional<int> number = path == "-" ? 0 : getDescriptor(path);
    bool isTerminal =
        number && llvm::sys::Process::FileDescriptorIsDisplayed(*number);
    return isNull || isTerminal ? Source::Stream : Source::Device;
  }
  case fs::file_type::fifo_file:
  case fs::file_type::socket_file:
    return Source::Stream;
  default:
    return path == "-" ? Source::Stream : Source::File;
  }
}

/// Why a path cannot be read as a file, or nothing.
static StringRef getReason(Source source) {
  switch (source) {
  case Source::File:
    return "";
  case Source::Folder:
    return "it is a folder";
  case Source::Stream:
    return "it is no regular file";
  case Source::Device:
    return "it is a device";
  }
  llvm_unreachable("unknown source");
}

/// Reads what says only at its end how much it is.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readStream(StringRef path) {
  constexpr size_t kChunk = 1 << 16, kMaxSize = 1 << 30;
  bool isStandard = path == "-" || getDescriptor(path) == 0;
  fs::file_t file = fs::getStdinHandle();
  if (!isStandard) {
    llvm::Expected<fs::file_t> opened = fs::openNativeFileForRead(path);
    if (!opened)
      return opened.takeError();
    file = *opened;
  }
  auto close = llvm::make_scope_exit([&] {
    if (!isStandard)
      (void)fs::closeFile(file);
  });
  llvm::SmallVector<char, 0> text;
  while (true) {
    size_t size = text.size();
    if (size > kMaxSize)
      return llvm::createStringError("expected at most 1 GiB of what is no "
                                     "regular file, but got more");
    text.resize_for_overwrite(size + kChunk);
    llvm::Expected<size_t> count =
        fs::readNativeFile(file, llvm::MutableArrayRef(text).drop_front(size));
    if (!count)
      return count.takeError();
    text.truncate(size + *count);
    if (*count == 0)
      break;
  }
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(text), path == "-" ? "<stdin>" : path);
}

/// The text of a stream, which gives it once.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readStreamOnce(StringRef path) {
  Files &files = getFiles();
  std::lock_guard<std::mutex> lock(files.mutex);
  std::unique_ptr<llvm::MemoryBuffer> &text = files.streams[getStreamKey(path)];
  if (!text) {
    auto read = readStream(path);
    if (!read)
      return read.takeError();
    text = std::move(*read);
  }
  return llvm::MemoryBuffer::getMemBuffer(text->getMemBufferRef());
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mlir::dag::mapInputFile(StringRef path) {
  if (StringRef reason = getReason(getSource(path)); !reason.empty())
    return llvm::createStringError(path + ": " + reason);
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  noteInputFile(path);
  return std::move(*buffer);
}

static llvm::Error makeReadError(StringRef path, const Twine &reason) {
  noteUnreadInput();
  return llvm::createStringError("cannot open input file '" + path +
                                 "': " + reason);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mlir::dag::readNamedFile(StringRef path) {
  if (StringRef reason = getReason(getSource(path)); !reason.empty())
    return makeReadError(path, reason);
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return makeReadError(path, buffer.getError().message());
  noteInputFile(path);
  return std::move(*buffer);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mlir::dag::readInputFile(StringRef path) {
  switch (getSource(path)) {
  case Source::File:
  case Source::Device:
    return readNamedFile(path);
  case Source::Folder: {
    std::string file = getFileOfFolder(path);
    if (!fs::exists(file))
      return makeReadError(path, "it is a folder without a config.json");
    return readNamedFile(file);
  }
  case Source::Stream: {
    auto buffer = readStreamOnce(path);
    if (!buffer)
      return makeReadError(path, llvm::toString(buffer.takeError()));
    return buffer;
  }
  }
  llvm_unreachable("unknown source");
}

std::unique_ptr<llvm::MemoryBuffer> mlir::dag::reopenInputFile(StringRef path) {
  Files &files = getFiles();
  {
    std::lock_guard<std::mutex> lock(files.mutex);
    auto it = files.streams.find(getStreamKey(path));
    if (it != files.streams.end() && it->second)
      return llvm::MemoryBuffer::getMemBuffer(it->second->getMemBufferRef());
  }
  constexpr uint64_t kMaxSize = 64 << 20;
  fs::file_status status;
  if (!isInputFile(path) || fs::status(path, status) ||
      !fs::is_regular_file(status) || status.getSize() > kMaxSize)
    return nullptr;
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? std::move(*buffer) : nullptr;
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
  std::optional<std::string> key = getOutputKey(path);
  if (getDescriptor(followLinks(path)) == 0)
    return makeError(path, "it is the standard input");
  if (isAmong(key, &Files::inputs))
    return makeError(path, "it is an input of this run");
  if (path != "-" && isAmong(key, &Files::outputs))
    return makeError(path, "this run has written another output to it");
  return llvm::Error::success();
}

llvm::Error mlir::dag::checkOutputFiles(ArrayRef<std::string> paths) {
  std::map<std::string, StringRef> seen;
  for (StringRef path : paths) {
    if (llvm::Error error = checkPlace(path))
      return error;
    std::optional<std::string> key = getOutputKey(path);
    if (!key)
      continue;
    auto [it, isNew] = seen.try_emplace(*key, path);
    // The standard output takes one after the other.
    bool isStream = getDescriptor(path) || path == "-";
    if (!isNew &&
        !(isStream && (getDescriptor(it->second) || it->second == "-")))
      return makeError(path, "another output of this run, '" + it->second +
                                 "', is written to it");
  }
  return llvm::Error::success();
}

llvm::Error mlir::dag::checkStandardOutput(ArrayRef<std::string> data,
                                           ArrayRef<std::string> texts) {
  auto isIt = [](StringRef path) {
    return path == "-" || getDescriptor(followLinks(path)) == 1;
  };
  auto numData = llvm::count_if(data, isIt);
  if (numData == 0 || numData + llvm::count_if(texts, isIt) == 1)
    return llvm::Error::success();
  return llvm::createStringError(
      "expected one output alone on the standard output, but got '" +
      *llvm::find_if(data, isIt) + "' and another one");
}

/// Makes a file of a new name beside `target`. fs::TempFile would take percent
/// signs in the names of folders for its own.
static std::error_code createBeside(StringRef target, std::string &name,
                                    int &descriptor) {
  // A name has up to 255 bytes.
  constexpr size_t kMaxName = 240;
  llvm::SmallString<128> stem = target;
  StringRef last = llvm::sys::path::filename(target);
  if (last.size() > kMaxName) {
    llvm::sys::path::remove_filename(stem);
    llvm::sys::path::append(stem, last.take_front(kMaxName));
  }
  std::error_code error = std::make_error_code(std::errc::file_exists);
  for (int i = 0; i < 128 && error == std::errc::file_exists; ++i) {
    name = (stem + "." +
            llvm::utohexstr(llvm::sys::Process::GetRandomNumber(),
                            /*LowerCase=*/true, /*Width=*/8))
               .str();
    llvm::sys::RemoveFileOnSignal(name);
    error = fs::openFileForWrite(name, descriptor, fs::CD_CreateNew);
    if (error)
      llvm::sys::DontRemoveFileOnSignal(name);
  }
  return error;
}

/// Gives a new file the owner and the mode of the old one, which the mask of
/// the process would narrow. Not everyone may give files away.
static std::error_code takeOver(int descriptor, const fs::file_status &old) {
  fs::file_status made;
  if (!fs::status(descriptor, made) &&
      (made.getUser() != old.getUser() || made.getGroup() != old.getGroup()))
    (void)fs::changeFileOwnership(descriptor, old.getUser(), old.getGroup());
  return fs::setPermissions(descriptor, old.permissions());
}

void OutputFile::openStream(int descriptor) {
  if (descriptor != 1)
    stream = std::make_unique<llvm::raw_fd_ostream>(
        descriptor, /*shouldClose=*/false, /*unbuffered=*/descriptor == 2);
}

std::error_code OutputFile::openTarget() {
  fs::file_status status;
  bool exists = !fs::status(target, status) && fs::exists(status);
  std::error_code error;
  if (exists && !fs::is_regular_file(status)) {
    stream = std::make_unique<llvm::raw_fd_ostream>(target, error);
    if (error)
      stream.reset();
    return error;
  }
  // What may not be written is not replaced either.
  if (exists)
    if ((error = fs::access(target, fs::AccessMode::Write)))
      return error;
  int made;
  if ((error = createBeside(target, beside, made))) {
    beside.clear();
    return error;
  }
#ifdef SIGXFSZ
  // A limit on the size of files is an error of the write, and no crash, which
  // LLVM's handlers, now there, take it for.
  std::signal(SIGXFSZ, SIG_IGN);
#endif
  stream = std::make_unique<llvm::raw_fd_ostream>(made, /*shouldClose=*/true);
  if (exists && (error = takeOver(made, status)))
    discard();
  return error;
}

llvm::Expected<OutputFile> OutputFile::open(StringRef path) {
  OutputFile output(path);
  if (llvm::Error error = checkPlace(path)) {
    output.isOpen = false;
    return std::move(error);
  }
  if (path == "-")
    return std::move(output);
  output.target = followLinks(path);
  std::error_code error;
  if (std::optional<int> descriptor = getDescriptor(output.target))
    output.openStream(*descriptor);
  else
    error = output.openTarget();
  if (!error)
    return std::move(output);
  output.isOpen = false;
  return makeError(path, error.message());
}

OutputFile::OutputFile(OutputFile &&other)
    : target(std::move(other.target)), path(std::move(other.path)),
      beside(std::move(other.beside)), stream(std::move(other.stream)),
      isOpen(other.isOpen) {
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

/// Takes the new file away; what was at its place stays.
void OutputFile::discard() {
  isOpen = false;
  stream.reset();
  if (beside.empty())
    return;
  (void)fs::remove(beside);
  llvm::sys::DontRemoveFileOnSignal(beside);
}

llvm::Error OutputFile::keep() {
  std::error_code writeError = takeError(os());
  if (stream && !beside.empty()) {
    // Some file systems say only then that there is no space.
    stream->close();
    if (!writeError)
      writeError = stream->error();
    stream->clear_error();
  }
  // The input may have been read meanwhile.
  llvm::Error error = writeError       ? makeError(path, writeError.message())
                      : beside.empty() ? llvm::Error::success()
                                       : checkPlace(target);
  if (error || beside.empty()) {
    discard();
    return error;
  }
  if (std::error_code renameError = fs::rename(beside, target)) {
    discard();
    return makeError(path, renameError.message());
  }
  isOpen = false;
  llvm::sys::DontRemoveFileOnSignal(beside);
  note(getOutputKey(target), &Files::outputs);
  return llvm::Error::success();
}

OutputFile::~OutputFile() {
  if (!isOpen)
    return;
  std::error_code writeError = takeError(os());
  discard();
  // A result of an earlier run would be taken for one of this. Where this run
  // could not write, it has no say in what is there.
  std::optional<std::string> key = getOutputKey(target);
  if (!beside.empty() && !writeError && !isAmong(key, &Files::inputs) &&
      !isAmong(key, &Files::outputs))
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
