//===- ReadBack.h - What a drawing says once it is read again ---*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is drawn has to be read as what it stands for. Names and labels say it
// for people; where the rules read something else from them, or nothing,
// attributes say it as well.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_READBACK_H
#define DAG_LIB_TARGET_DOT_READBACK_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/Recognition.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <deque>
#include <string>

namespace mlir::dag::dot {

/// The attributes of one thing to be written, with the text that is made for
/// them.
class AttributeText {
public:
  void clear() {
    attributes.clear();
    storage.clear();
  }
  /// `value` must live as long as the list.
  void add(StringRef key, StringRef value, bool isHTML = false) {
    attributes.push_back({key, value, isHTML});
  }
  void addOwned(StringRef key, std::string value) {
    storage.push_back(std::move(value));
    add(key, storage.back());
  }
  void pop() { attributes.pop_back(); }
  const DrawnAttribute *lookup(StringRef key) const;
  ArrayRef<DrawnAttribute> get() const { return attributes; }

private:
  SmallVector<DrawnAttribute, 8> attributes;
  std::deque<std::string> storage;
};

/// Facts that are not as they should be, for a message: `role, layer`.
using FactNames = SmallVector<StringRef, 4>;

/// Completes what is about to be written, so that it is read as it should be.
class ReadBack {
public:
  /// With `isExact`, facts that should not be stated count as well as those
  /// that should.
  ReadBack(const RuleTable &rules, bool isExact)
      : rules(rules), isExact(isExact) {}

  /// Adds attributes to a node until it is read as `wanted`, whose
  /// contradictions are the number of those that are to be found. Returns what
  /// cannot be stated.
  FactNames completeNode(StringRef name,
                         ArrayRef<const ClusterRecognition *> clusters,
                         const Recognition &wanted, AttributeText &text) const;
  /// Says how a node is read otherwise than as `wanted`.
  FactNames checkNode(StringRef name,
                      ArrayRef<const ClusterRecognition *> clusters,
                      const Recognition &wanted,
                      const AttributeText &text) const {
    return compare(wanted, readNode(name, clusters, text));
  }
  /// The same for an edge.
  FactNames completeEdge(const Recognition &wanted, AttributeText &text) const;
  /// The same for a cluster or the whole drawing; returns what is read.
  ClusterRecognition completeCluster(StringRef name,
                                     const ClusterRecognition &wanted,
                                     AttributeText &text) const;

private:
  Recognition readNode(StringRef name,
                       ArrayRef<const ClusterRecognition *> clusters,
                       const AttributeText &text) const;
  Recognition readEdge(const AttributeText &text) const;
  ClusterRecognition readCluster(StringRef name,
                                 const AttributeText &text) const;
  FactNames compare(const Recognition &wanted, const Recognition &found) const;

  const RuleTable &rules;
  bool isExact;
};

/// The dimensions of a sketch in the form of the recognition.
Shape getShape(DimsAttr dims);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_READBACK_H
