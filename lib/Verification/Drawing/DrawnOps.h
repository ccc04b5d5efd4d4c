//===- DrawnOps.h - Shapes that follow from operands ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_DRAWNOPS_H
#define DAG_LIB_VERIFICATION_DRAWING_DRAWNOPS_H

#include "DrawnReadings.h"
#include "DrawnTypes.h"

namespace mlir::dag {

/// What each node of a drawing gives: what it states, or what follows by the
/// typing rule of the plan's op that its role means, from what its operands
/// give. What it states and cannot follow is a finding.
///
/// A drawn shape has several readings: heads before or behind the sequence, or
/// joined; the batch left out. A node is blamed where no reading of its
/// operands gives what it states, nor the share of a rank of that.
class DrawnOps {
public:
  using NodeId = DeploymentGraph::NodeId;

  DrawnOps(const DeploymentGraph &graph, const UsualDimensions &peers,
           const DrawnTypes &types);

  /// Goes along the data; reports each cause once, and adds its nodes to
  /// `reported`.
  void check(CheckLog &log, DenseSet<NodeId> &reported);

  /// What a node gives, stated or inferred.
  ArrayRef<Attribute> getGiven(NodeId id) const;

  /// True if the rule of a node held for what an operand gives it; for what it
  /// states itself to take, where the operand is the node.
  bool isHeld(NodeId id, NodeId operand) const {
    return held.contains({id, operand});
  }

private:
  /// A shape that reaches a node, and from where: itself, if it states it.
  struct Operand {
    NodeId node;
    DimsAttr dims;
    /// Queries, keys and values in one width.
    bool isFused = false;
  };
  struct Cause {
    Code code;
    std::string message;
    /// Each with the operand that contradicts it.
    SmallVector<std::pair<NodeId, NodeId>, 2> nodes;
  };
  using Op = DrawnReadings::Op;
  /// Of nodes that feed one, so many are looked at where one has to fit.
  static constexpr unsigned kMaxOperands = 16;

  bool isShare(NodeId id, NodeId operand, DimsAttr one, DimsAttr other) const;
  bool fits(NodeId id, NodeId operand, Op op, DimsAttr stated, DimsAttr first);
  bool fitsPair(NodeId id, Op op, DimsAttr stated, const Operand &first,
                const Operand &second);
  bool fitsOwnInputs(NodeId id, Op op, DimsAttr stated, const Operand &first,
                     const Operand &second);
  bool keepsWidth(NodeId id) const;
  void visit(NodeId id);
  void checkUnary(NodeId id, Op op);
  void checkElementwise(NodeId id, Op op);
  void checkPair(NodeId id, Op op, uint8_t firstValue, uint8_t secondValue);
  bool checkOwnPair(NodeId id, Op op);
  SmallVector<std::pair<DimsAttr, DimsAttr>, 2> getOwnPairs(NodeId id) const;
  void blamePair(NodeId id, Op op, DimsAttr stated, const Operand &first,
                 const Operand &second);
  bool blameHeadsOfScores(NodeId id);
  void checkCache(NodeId id);
  void checkExchange(NodeId id);
  void checkReduced(NodeId id);
  void checkArrivals(NodeId id);
  void checkComposite(NodeId id);
  void checkResult(NodeId id);
  bool isOperand(const DeploymentGraph::Edge &edge, Op op) const;
  SmallVector<Operand, 4> getOperands(NodeId id, Op op) const;
  SmallVector<Operand, 4> getArguments(NodeId id, uint8_t value,
                                       bool &isKnown) const;
  bool isOneOfSeveral(NodeId id, ArrayRef<Operand> operands) const;
  bool isConfirmed(NodeId id, DimsAttr stated, DimsAttr result) const;
  bool isMeant(NodeId id, const Operand &operand) const;
  void infer(NodeId id, DimsAttr dims);
  void blame(NodeId id, NodeId operand, Code code, const Twine &message);

  const DeploymentGraph &graph;
  const UsualDimensions &peers;
  const DrawnTypes &types;
  DrawnReadings readings;
  /// Shapes that are not stated, or that are instead of wrong ones.
  DenseMap<NodeId, Attribute> inferred;
  DenseSet<NodeId> *reported = nullptr;
  /// A node whose neighbors confirm that it does something else than its role.
  NodeId doubtful = DeploymentGraph::kNoNode;
  std::string doubt;
  llvm::MapVector<std::pair<uint32_t, unsigned>, Cause> causes;
  DenseSet<std::pair<NodeId, NodeId>> held;
};

class OpenOperands;

/// Stated sizes of which nothing says how they follow from those beside them:
/// leaves the check open.
void checkUnbound(const DeploymentGraph &graph, const DrawnTypes &types,
                  const DrawnOps &ops, const OpenOperands &openOperands,
                  CheckLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_DRAWNOPS_H
