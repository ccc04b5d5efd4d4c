//===- Mutator.h - Breaks PTX -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mutations that know the structure of PTX: its statements, and the tokens and
// modifiers of them. What comes out is mostly still PTX, so that it gets past
// the parser.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_PTXFUZZ_MUTATOR_H
#define DAG_TEST_PTXFUZZ_MUTATOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <random>
#include <string>
#include <vector>

namespace mlir::dag::ptx {

class Mutator {
public:
  /// `texts` are the files to start from; they have to outlive the mutator.
  explicit Mutator(llvm::ArrayRef<llvm::StringRef> texts);

  /// A file with one to four mutations, always the same for the same number.
  std::string mutate(uint64_t number);

private:
  using Lines = std::vector<std::string>;

  void mutateOnce(Lines &lines);
  void mutateTokens(std::string &line);
  void replaceNumber(std::vector<std::string> &tokens);
  unsigned random(size_t below) { return unsigned(rng() % below); }
  const std::string &pick(const std::vector<std::string> &from) {
    return from[random(from.size())];
  }

  std::vector<Lines> files;
  /// Statements, tokens and modifiers of all files.
  std::vector<std::string> statements, tokens, modifiers;
  std::mt19937_64 rng;
};

} // namespace mlir::dag::ptx

#endif // DAG_TEST_PTXFUZZ_MUTATOR_H
