//===- Violations.h - What of a deployment does not verify ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_VIOLATIONS_H
#define DAG_GRAPH_VIOLATIONS_H

#include "dag/Diagnostics/Codes.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/DenseSet.h"

#include <string>
#include <utility>
#include <vector>

namespace mlir::dag {

/// What a verifier says of an op.
struct Violation {
  Operation *op;
  Location loc;
  /// The code that the verifier's message carries, or `DAG005`.
  Code code;
  std::string message;
  std::vector<std::pair<Location, std::string>> notes;
};

/// True if nothing that a verifier would say of `root` is lost with it, nor of
/// the symbols that its ops use; says nothing.
bool verifiesAsWhole(Operation *root);

/// All that does not verify in a `dag.sketch` or a `dag.model`, in order: one
/// wrong op does not hide the next. Where there is none, the whole is verified
/// once; else each op by itself.
class Violations {
public:
  explicit Violations(Operation *root);

  ArrayRef<Violation> get() const { return violations; }
  bool empty() const { return violations.empty(); }

  /// True if an op is not well formed by itself, so that its accessors can't
  /// be used.
  bool isMalformed(Operation *op) const { return malformed.contains(op); }
  /// True if an op is, or something between ops.
  bool hasMalformed() const;

private:
  void verifyMesh(ModelOp model);
  void verifyEachOp();
  void verifyBetweenOps();
  void findDoubledLayers(ModelOp model);

  Operation *root;
  std::vector<Violation> violations;
  DenseSet<Operation *> malformed;
};

} // namespace mlir::dag

#endif // DAG_GRAPH_VIOLATIONS_H
