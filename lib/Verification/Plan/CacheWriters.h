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
#include <string>
#include <utility>
#include <vector>

namespace mlir::dag {

/// Numbers what is written to the KV caches of several plans. The same number
/// is the same function, by the numbers of the proof, of weights by their names
/// and of what comes into the layer: the proof compares that within each plan.
/// Integers of the inputs (ids, positions, block tables) are those of each run.
class CacheWriters {
public:
  explicit CacheWriters(MLIRContext *context) : table(context) {}

  /// Of a cache of a plan that verifies.
  uint32_t getNumber(ModelOp plan, KvCacheOp cache);
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
  /// Of what comes from integers of the inputs alone.
  static constexpr uint32_t kNone = ~0u;

  uint32_t getNumber(ValueNumber value);
  uint32_t visitLeaf(ValueNumber value);
  uint32_t visitOp(ValueNumber value);
  uint32_t intern(Node node);

  ValueTable table;
  DenseMap<Operation *, std::unique_ptr<ValueNumbering>> plans;
  std::map<Node, uint32_t> numbers;
  std::vector<const Node *> nodes;
  DenseMap<ValueNumber, uint32_t> known;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_PLAN_CACHEWRITERS_H
