//===- TwoJudges.h - What passes, judged again -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_MUTATION_TWOJUDGES_H
#define DAG_TEST_LIB_MUTATION_TWOJUDGES_H

#include "Campaign.h"

namespace mlir::dag::mutation {

struct JudgesOptions {
  /// Plans with their references beside them, and drawings that pass.
  std::vector<PlanOptions> plans;
  std::vector<std::string> drawings;
  /// The numbers of the mutants; each is always the same.
  uint64_t first = 0, count = 0;
  /// Print the first one, and judge nothing.
  bool prints = false;
  /// Believe everything, to see the second judge speak.
  bool passesAll = false;
};

/// Makes mutants by the kinds, and of tokens and lines of plans and of
/// drawings. Of those that `--verify-pipeline` passes it demands that they
/// verify, that the interpreter has the numbers of the reference and all ranks
/// reach their end, and that Graphviz reads the drawing. Prints counts, and
/// fails where one of them does not.
LogicalResult compareJudges(const JudgesOptions &options, MLIRContext *context,
                            raw_ostream &os);

} // namespace mlir::dag::mutation

#endif // DAG_TEST_LIB_MUTATION_TWOJUDGES_H
