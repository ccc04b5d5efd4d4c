//===- Reader.h - Reads what was broken -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_MALFORMED_READER_H
#define DAG_TEST_MALFORMED_READER_H

#include "dag/Target/Dot/Recognition.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include <map>

namespace mlir::dag::malformed {

/// Runs everything over texts of MLIR that need not verify.
class Reader {
public:
  explicit Reader(MLIRContext *context);

  /// Reads a text, runs the passes that take what does not verify, and the
  /// other ones where it verifies. Fails where a pass leaves what does not.
  LogicalResult read(StringRef text);
  /// What was read, and what passed each of the passes.
  void printCounts(raw_ostream &os) const;

private:
  struct Entry {
    std::string name;
    bool takesInvalid = false, isCheck = false;
    std::unique_ptr<PassManager> pm;
    size_t runs = 0, passes = 0;
  };

  MLIRContext *context;
  dot::RuleTable rules;
  std::vector<Entry> entries;
  size_t texts = 0, parsed = 0, verified = 0;
};

} // namespace mlir::dag::malformed

#endif // DAG_TEST_MALFORMED_READER_H
