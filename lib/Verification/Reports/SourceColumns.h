//===- SourceColumns.h - Columns as reports count them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_REPORTS_SOURCECOLUMNS_H
#define DAG_LIB_VERIFICATION_REPORTS_SOURCECOLUMNS_H

#include "dag/Diagnostics/SourcePlace.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <vector>

namespace mlir::dag {

/// Locations count bytes, SARIF counts UTF-16 code units (3.14.27). The
/// difference is in the text, which is read again where it was an input of this
/// run; a column in another file stays as it was stated.
class SourceColumns {
public:
  /// The column of a place, from 1; 0 where it has none.
  unsigned getUTF16Column(const SourcePlace &place);

private:
  struct File {
    std::unique_ptr<llvm::MemoryBuffer> text;
    /// Where lines begin; empty where all of the file is ASCII.
    std::vector<size_t> lines;
  };
  const File &open(StringRef path);

  llvm::StringMap<File> files;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_REPORTS_SOURCECOLUMNS_H
