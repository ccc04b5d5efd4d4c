//===- Files.h - Files that a tool reads and writes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_FILES_H
#define DAG_SUPPORT_FILES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>
#include <system_error>

namespace mlir::dag {

/// Notes that this process reads the file, so that no output is written onto
/// it: `-` is what the standard input is, a folder the `config.json` in it.
/// Devices are no files.
void noteInputFile(llvm::StringRef path);

/// True if the process has read the file, by this name or another one.
bool isInputFile(llvm::StringRef path);

/// Gives standard input, output and error their numbers where the process began
/// without them, so that no file gets these. What is written to an output that
/// was closed fails; messages are lost, as they were meant to be. To be called
/// before anything is opened.
void openStandardFiles();

/// True if two outputs would be one file: by a link, a hard link, another name
/// of the folder, or what the standard output is.
bool isSameFile(llvm::StringRef a, llvm::StringRef b);

/// An error if one of the files to write is an input that has been noted, has
/// been written, or is another one of them. A tool asks before it reads
/// anything.
llvm::Error checkOutputFiles(llvm::ArrayRef<std::string> paths);

/// An error if the standard output is to have one of `data`, which programs
/// read, and anything else: `-` and the names that it has as a file. Of `texts`
/// it takes one after the other.
llvm::Error checkStandardOutput(llvm::ArrayRef<std::string> data,
                                llvm::ArrayRef<std::string> texts);

/// What has gone wrong with the files of this process so far, which is told by
/// its exit status.
bool hasUnreadInput();
bool hasUnwrittenOutput();
/// Notes that what a file holds could not be read, after a message.
void noteUnreadInput();

/// Reads a whole file that the command line names, `-` for standard input, and
/// notes it. A folder stands for the `config.json` in it. What a pipe gave, at
/// most 1 GiB, is there for the next one to ask. The error names the file.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readInputFile(llvm::StringRef path);

/// The same for what another file names, or stands beside one: a regular file,
/// since a pipe may have no writer.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readNamedFile(llvm::StringRef path);

/// The text of a file that this process has read, once more, to show or to
/// count in a line of it; null for other files, and for what is no regular file
/// of at most 64 MiB.
std::unique_ptr<llvm::MemoryBuffer> reopenInputFile(llvm::StringRef path);

/// Maps a regular file of bytes, such as of tensors, and notes it. The error
/// names the file.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mapInputFile(llvm::StringRef path);

/// A file that is written beside its place, and put there as a whole when it is
/// kept, with the mode and behind the links of the file that it replaces. What
/// is given up leaves no file there, what cannot be written leaves the old one.
/// `-` is standard output; descriptors (`/dev/stdout`), devices and pipes are
/// written to as they are. It is an error to write onto what the process reads,
/// or twice to one place.
class OutputFile {
public:
  static llvm::Expected<OutputFile> open(llvm::StringRef path);

  OutputFile(OutputFile &&other);
  ~OutputFile();

  llvm::raw_fd_ostream &os();
  llvm::StringRef getPath() const { return path; }

  /// Ends the output. An error, such as a full disk, names the file.
  llvm::Error keep();

private:
  explicit OutputFile(llvm::StringRef path) : path(path) {}

  void openStream(int descriptor);
  std::error_code openTarget();
  void discard();

  /// Where a link leads to.
  std::string target;
  std::string path;
  /// The name of the new file until it is kept; empty where there is none.
  std::string beside;
  /// None for standard output.
  std::unique_ptr<llvm::raw_fd_ostream> stream;
  bool isOpen = true;
};

/// Opens `path`, lets `write` write it, and keeps it.
llvm::Error
writeOutputFile(llvm::StringRef path,
                llvm::function_ref<void(llvm::raw_ostream &)> write);

} // namespace mlir::dag

#endif // DAG_SUPPORT_FILES_H
