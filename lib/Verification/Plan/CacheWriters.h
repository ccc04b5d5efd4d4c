//===- CacheWriters.h - What is written to KV caches -------------*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_PLAN_CACHEWRITERS_H
#define DAG_LIB_VERIFICATION_PLAN_CACHEWRITERS_H

#include "dag/Equivalence/ValueNumbering.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlir::dag {

/// Numbers what is written to the KV caches of several plans. The same number
/// is the same function, by the numbers of the proof, of weights and inputs by
/// their names and of what comes into the layer, written to the same places:
/// the proof compares what comes into a layer within each plan.
class CacheWriters {
public:
  explicit CacheWriters(MLIRContext *context) : table(context) {}

  /// What is written to a cache and where, and the block tables that lead into
  /// it; nothing for what a plan does not have: who only reads agrees with any
  /// writer.
  struct Access {
    std::optional<uint32_t> writes, tables;
  };
  /// Of a cache of a plan that verifies.
  Access getAccess(ModelOp plan, KvCacheOp cache);
  /// The first op, or weight, of two different ones that is another one.
  std::pair<std::string, std::string> describeDifference(uint32_t first,
                                                         uint32_t second) const;

private:
  struct Node {
    std::string label;
    /// Tells parameters of one name apart.
    uint32_t key;
    SmallVector<uint32_t, 2> children;
    bool operator<(const Node &other) const {
      return std::tie(label, key, children) <
             std::tie(other.label, other.key, other.children);
    }
  };
  uint32_t getNumber(ValueNumber value);
  uint32_t visitLeaf(ValueNumber value);
  uint32_t visitOp(ValueNumber value);
  uint32_t intern(Node node);
  /// The number of several ones; nothing for none.
  std::optional<uint32_t> internSet(SmallVector<uint32_t, 2> members);

  ValueTable table;
  struct Plan {
    /// Null if the plan has no numbers.
    std::unique_ptr<ValueNumbering> numbering;
    /// Block tables that caches are read by.
    DenseMap<ValueNumber, SmallVector<ValueNumber, 1>> gathers;
  };
  Plan &getPlan(ModelOp model);

  DenseMap<Operation *, Plan> plans;
  std::map<Node, uint32_t> numbers;
  std::vector<const Node *> nodes;
  DenseMap<ValueNumber, uint32_t> known;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_PLAN_CACHEWRITERS_H
