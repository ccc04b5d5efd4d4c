//===- Cases.h - Ops whose typing rules are tried -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_TYPINGRULES_CASES_H
#define DAG_TEST_LIB_TYPINGRULES_CASES_H

#include "dag/Dialect/Dag/IR/Sharding.h"

#include <string>
#include <vector>

namespace mlir::dag::typing {

/// A dimension of an operand: as many units as `symbol` says, and some more
/// elements. Dimensions with one symbol have to be equal on a rank for the op
/// to run there; a number has to be that number.
struct CaseDim {
  std::string symbol;
  /// Elements without padding.
  int64_t size = 0;
  /// Elements of a head, where features are seen as heads.
  int64_t unit = 1;
  int64_t more = 0;
};

/// What the elements of an operand are.
enum class Content { Number, Token, Choice, Position, Length, Page };

struct CaseOperand {
  std::string name;
  Content content;
  SmallVector<CaseDim, 4> dims;

  Type getElementType(MLIRContext *context) const;
};

/// One op with its attributes and the sizes of its operands.
struct Case {
  OperationName op;
  std::vector<CaseOperand> operands;
  DictionaryAttr attributes;
  /// Not an op on one device, so that no placement is right.
  bool misfits = false;
};

/// All cases. Those of collectives name the axes of `mesh`. Null if the table
/// is not well formed, which is said on stderr.
std::optional<std::vector<Case>> makeCases(MLIRContext *context,
                                           const MeshShape &mesh);

/// Names of the ops of the dialect that have a typing rule.
std::vector<OperationName> getOpsWithRule(MLIRContext *context);

} // namespace mlir::dag::typing

#endif // DAG_TEST_LIB_TYPINGRULES_CASES_H
