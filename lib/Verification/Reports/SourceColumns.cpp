//===- SourceColumns.cpp - Columns as reports count them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SourceColumns.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

const SourceColumns::File &SourceColumns::open(StringRef path) {
  auto [it, isNew] = files.try_emplace(path);
  File &file = it->second;
  if (!isNew)
    return file;
  file.text = reopenInputFile(path);
  if (!file.text || llvm::isASCII(file.text->getBuffer()))
    return file;
  file.lines.push_back(0);
  for (auto [at, c] : llvm::enumerate(file.text->getBuffer()))
    if (c == '\n')
      file.lines.push_back(at + 1);
  return file;
}

unsigned SourceColumns::getUTF16Column(const SourcePlace &place) {
  if (place.line == 0 || place.column == 0)
    return 0;
  const File &file = open(place.file);
  if (place.line > file.lines.size())
    return place.column;
  StringRef line =
      file.text->getBuffer().drop_front(file.lines[place.line - 1]);
  line = line.take_until([](char c) { return c == '\n'; });
  size_t before = place.column - 1;
  // Beyond its end it is stated as it is.
  size_t rest = before - std::min(before, line.size());
  return getUTF16Length(line.take_front(before)) + rest + 1;
}
