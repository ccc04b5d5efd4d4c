//===- PlanComparison.h - Where two programs part -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EQUIVALENCE_PLANCOMPARISON_H
#define DAG_EQUIVALENCE_PLANCOMPARISON_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Equivalence/ValueNumbering.h"
#include "llvm/ADT/StringSet.h"

#include <set>

namespace mlir::dag {

/// Numbers a reference and then a plan in one table. A value of the plan that
/// the reference does not have is reported where it arises, takes the number
/// that it should have, and so is reported once.
class PlanComparison {
public:
  /// Messages call the reference by `name`, or else by its symbol.
  PlanComparison(ModelOp reference, ModelOp plan, CheckLog &log,
                 StringRef name = {});

  void run();

private:
  using Use = ValueNumbering::Use;
  using Uses = SmallVector<Use, 1>;

  /// True if the reference has the value.
  bool isKnown(ValueNumber number) const { return number < numKnown; }
  void indexReference();
  Operation *getModelLayer(Operation *op);
  ValueNumber see(ValueNumber number, Operation *op);
  ValueNumber seeLeaf(ValueNumber number, Operation *op);
  std::optional<ValueNumber> findMeant(ValueNumber number, Operation *op);

  void explainOp(ValueNumber number, ValueNumber meant, Operation *op);
  bool explainAttributes(ValueNumber number, ValueNumber meant, Operation *op);
  bool isOtherLeaf(ValueNumber actual, ValueNumber meant);
  /// Reports that `use` has the value `actual`, unless the same was said.
  void explainValue(ValueNumber actual, ValueNumber meant, const Twine &use,
                    Operation *op, Operation *meantOp);
  void compareUses(const Uses &actual, const Uses &meant, const Twine &what);
  /// What one run writes to a cache, the next one has to read: on the same
  /// ranks, as the same parts.
  void checkCaches(const ValueNumbering &actual);
  /// An op of the plan that takes a cache as it was before a write that stands
  /// in front of the op, and is into the same memory; or null.
  Operation *findLateRead();
  bool dependsOn(ValueNumber number, ValueNumber source);
  CheckLog::Handle report(Code code, Operation *op, const Twine &message);
  void noteMeant(CheckLog::Handle &finding, Operation *op);

  std::string describe(ValueNumber number);
  /// With what tells it apart from `other`, if both have one description: where
  /// it is read from, or what it is made of.
  std::string describeApart(ValueNumber number, ValueNumber other);
  std::string describe(ArrayRef<ValueNumber> numbers);

  ModelOp reference, plan;
  /// The reference in quotes.
  std::string name;
  CheckLog &log;
  ValueTable table;
  ValueNumber numKnown = 0;

  bool isIndexed = false;
  /// Values of the reference by the layer that computes them, or null.
  DenseMap<Operation *, std::vector<ValueNumber>> valuesOfLayer;
  /// By name of the op, and name of the parameter, input or cache.
  DenseMap<std::pair<Attribute, Attribute>, SmallVector<ValueNumber, 1>> leaves;
  DenseMap<int64_t, Operation *> layerOfIndex;
  /// Which layer of the reference a layer of the plan stands for.
  DenseMap<Operation *, Operation *> modelLayers;
  DenseSet<ValueNumber> matched;
  llvm::StringSet<> reported;
  /// What ops apply to what, and what they were to apply, once for all of their
  /// results.
  std::set<std::pair<Operation *, std::vector<uint32_t>>> explained;
  unsigned numFindings = 0;
  unsigned numSearches = 0;
  bool hasDifference = false;
};

/// What an equality that was proved of `plan` rests on, as one sentence: what
/// is compared, and which sizes, unknown until the run, it needs.
std::string describeAssumptions(ModelOp plan);

} // namespace mlir::dag

#endif // DAG_EQUIVALENCE_PLANCOMPARISON_H
