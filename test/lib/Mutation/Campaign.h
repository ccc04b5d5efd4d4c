//===- Campaign.h - Breaks many plans in many places -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_MUTATION_CAMPAIGN_H
#define DAG_TEST_LIB_MUTATION_CAMPAIGN_H

#include "Judge.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::dag::mutation {

struct PlanOptions {
  std::string config;
  std::string layout;
  bool decode = false;
  int64_t batch = 1;
  int64_t seqLen = 8;
  int64_t newTokens = 0;
  bool ragged = false;
  int64_t pageSize = 0;
};

/// The plan of a model, beside the model as `@logical`. Emits errors.
OwningOpRef<ModuleOp> makePlan(const PlanOptions &options,
                               MLIRContext *context);

struct CampaignOptions {
  std::vector<std::string> configs;
  /// Empty for those that fit: all models get some, mixtures of experts more.
  std::vector<std::string> layouts;
  /// Empty for all.
  std::vector<const Kind *> kinds;
  std::vector<bool> phases; // true: decode
  /// Places of one kind in one plan; spread evenly if there are more.
  size_t maxSites = 2;
  int64_t batch = 1;
  int64_t seqLen = 8;
  int64_t newTokens = 0;
  bool ragged = false;
  int64_t pageSize = 0;
  /// Codes in the place of those of the table, to see a campaign fail.
  std::optional<std::string> expected;
  /// List what the interpreter can't tell from the original.
  bool listsEqual = false;
  /// Make the trial, too, and count what it finds and what the proof does.
  bool countsShares = false;
};

/// Writes tables to `os`, and what went wrong. Fails if a mutant was missed,
/// was caught by another code than expected, or a good plan was blamed.
LogicalResult runCampaign(const CampaignOptions &options, MLIRContext *context,
                          raw_ostream &os);

} // namespace mlir::dag::mutation

#endif // DAG_TEST_LIB_MUTATION_CAMPAIGN_H
