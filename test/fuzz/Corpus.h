//===- Corpus.h - What fuzzers start from -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_FUZZ_CORPUS_H
#define DAG_TEST_FUZZ_CORPUS_H

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace mlir::dag::fuzz {

/// The inputs that tests have: files, the parts of those that split-file and
/// `// -----` split, and the options of their command lines.
class Corpus {
public:
  /// Inputs of more than `maxSize` bytes are left out.
  explicit Corpus(size_t maxSize, MLIRContext *context)
      : maxSize(maxSize), context(context) {}

  /// Adds a file, or all files below a folder, in the order of their names.
  llvm::Error add(StringRef path);

  /// The inputs of a fuzzer, by its name, each once.
  ArrayRef<std::string> get(StringRef fuzzer) const;

private:
  llvm::Error addFile(StringRef path);
  /// Adds a file, or a part of one that has a name.
  void addPart(StringRef name, StringRef text);
  void addModules(StringRef text);
  /// Adds the options of passes in a line that runs a tool.
  void addOptions(StringRef line);
  void insert(StringRef fuzzer, StringRef text);
  /// A module in the generic form; empty where it can't be read.
  std::string getGenericForm(StringRef text);

  size_t maxSize;
  MLIRContext *context;
  std::map<std::string, std::vector<std::string>, std::less<>> inputs;
  llvm::StringSet<> seen;
};

} // namespace mlir::dag::fuzz

#endif // DAG_TEST_FUZZ_CORPUS_H
