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

#include "dag/Dialect/Dag/IR/Dag.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mlir::dag {

/// Numbers what is written to the KV caches of several plans: the same number
/// is the same function of weights by their names, of hidden states and of
/// positions. It begins with the projection: what that is of, the proof
/// compares within each plan. Collectives give back what they take.
class CacheWriters {
public:
  uint32_t getNumber(KvCacheOp cache);
  /// The first op, or weight, of two different ones that is another one.
  std::pair<std::string, std::string> describeDifference(uint32_t first,
                                                         uint32_t second) const;

private:
  struct Node {
    std::string label;
    SmallVector<uint32_t, 2> children;
    bool operator<(const Node &other) const {
      return std::tie(label, children) < std::tie(other.label, other.children);
    }
  };
  /// Of what no weight goes into, and no input of floats: positions, block
  /// tables.
  static constexpr uint32_t kNone = ~0u;

  uint32_t getNumber(Value value);
  /// Gives the number of a value, or adds those to `open` that it waits for.
  bool visit(Value value, SmallVectorImpl<Value> &open);
  uint32_t intern(std::string label, SmallVector<uint32_t, 2> children);

  std::map<Node, uint32_t> numbers;
  std::vector<const Node *> nodes;
  DenseMap<Value, uint32_t> known;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_PLAN_CACHEWRITERS_H
