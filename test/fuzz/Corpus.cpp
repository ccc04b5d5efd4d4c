//===- Corpus.cpp - What fuzzers start from -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Corpus.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Support/Files.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Tools/InputFile.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"

#include <random>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::fuzz;

ArrayRef<std::string> Corpus::get(StringRef fuzzer) const {
  auto it = inputs.find(fuzzer);
  if (it == inputs.end())
    return {};
  return it->second;
}

void Corpus::insert(StringRef fuzzer, StringRef text) {
  if (!text.empty() && text.size() <= maxSize &&
      seen.insert((fuzzer + "\n" + text).str()).second)
    inputs[fuzzer.str()].push_back(text.str());
}

std::string Corpus::getGenericForm(StringRef text) {
  // What upstream's parser does not take: tools refuse it in front.
  if (findDeepNesting(llvm::MemoryBufferRef(text, "")))
    return "";
  ScopedDiagnosticHandler quiet(context, [](Diagnostic &) {});
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text),
                               SMLoc());
  OwningOpRef<ModuleOp> module = parseUnverified(sourceMgr, context);
  std::string generic;
  llvm::raw_string_ostream os(generic);
  if (module)
    module->print(os, OpPrintingFlags().printGenericOpForm().assumeVerified());
  return generic;
}

void Corpus::addModules(StringRef text) {
  SmallVector<StringRef> chunks;
  text.split(chunks, "// -----");
  for (StringRef chunk : chunks) {
    if (chunk.size() > maxSize)
      continue;
    insert("modules", chunk);
    insert("modules", getGenericForm(chunk));
  }
}

void Corpus::addPart(StringRef name, StringRef text) {
  if (isBytecode(llvm::MemoryBufferRef(text, name)))
    return;
  if (name.ends_with(".mlir"))
    addModules(text);
  else if (name.ends_with(".csv"))
    insert("tables", text);
  else if (name.ends_with(".rules"))
    insert("rules", text);
  else if (name.ends_with(".safetensors"))
    insert("safetensors", text);
  else if (name.ends_with(".gguf"))
    insert("gguf", text);
  else if (name.ends_with(".json"))
    insert(text.contains("\"devices\"") ? "devices" : "configs", text);
  else if (name.ends_with(".dot") ||
           dot::isDot(llvm::MemoryBufferRef(text, name)))
    insert("drawings", text);
}

void Corpus::addOptions(StringRef line) {
  static const llvm::Regex pass(
      "--?(verify-pipeline|dag-[a-z-]+)(=(\"([^\"]*)\"|[^ \"]+))?");
  static const llvm::Regex pipeline("-pipeline=\"builtin.module\\(([^\"]*)\\)");
  SmallVector<StringRef> groups;
  if (pipeline.match(line, &groups))
    insert("options", groups[1]);
  for (; pass.match(line, &groups);
       line = line.drop_front(groups[0].end() - line.begin())) {
    StringRef options = groups[4].empty() ? groups[3] : groups[4];
    insert("options", options.empty()
                          ? groups[1].str()
                          : (groups[1] + "{" + options + "}").str());
  }
}

llvm::Error Corpus::addFile(StringRef path) {
  auto file = readInputFile(path);
  if (!file)
    return file.takeError();
  StringRef text = (*file)->getBuffer();
  StringRef name = llvm::sys::path::filename(path);
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    StringRef line = text.slice(at, end).rtrim();
    if (line.contains("RUN:"))
      addOptions(line);
    if (line.consume_front("#--- ") || line.consume_front("//--- ")) {
      addPart(name, text.slice(begin, at));
      name = line;
      begin = end;
    }
    at = end;
  }
  addPart(name, text.substr(begin));
  return llvm::Error::success();
}

llvm::Error Corpus::add(StringRef path) {
  namespace fs = llvm::sys::fs;
  std::vector<std::string> paths;
  if (fs::is_directory(path)) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(path, error), end;
         it != end && !error; it.increment(error))
      if (fs::is_regular_file(it->path()))
        paths.push_back(it->path());
    if (error)
      return llvm::createStringError(error, path + ": " + error.message());
    llvm::sort(paths);
  } else {
    paths.push_back(path.str());
  }
  for (const std::string &file : paths)
    if (llvm::Error error = addFile(file))
      return error;
  // Bytes say nothing by themselves, so that any will do.
  constexpr unsigned kNumBytes = 64;
  for (unsigned i = 0; i < kNumBytes; ++i) {
    std::mt19937 random(i);
    std::string bytes(8 + i, '\0');
    for (char &c : bytes)
      c = static_cast<char>(random());
    insert("ops", bytes);
  }
  return llvm::Error::success();
}
