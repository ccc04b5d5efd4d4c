//===- PlanTransfers.h - Sends of a plan with their recvs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_PLANTRANSFERS_H
#define DAG_LIB_COMMUNICATION_PLANTRANSFERS_H

#include "ModelGradients.h"
#include "dag/Communication/CommunicationOrder.h"

namespace mlir::dag {

/// A send and the recv of the same data; one of them may be missing.
struct PlanTransfer {
  TransferOpInterface send;
  TransferOpInterface recv;
  int64_t source;
  int64_t target;
  int64_t slots = 1;
  /// How many tensors of one micro-batch go over the edge through the buffer.
  /// Under a schedule they come together, and need a slot each.
  int64_t numOnEdge = 1;
  /// Those of them that have a gradient, which comes back.
  int64_t numGradients = 1;

  /// False for what depends on no parameter, where no gradient comes back.
  bool isTrained = true;

  /// Integers have none.
  bool hasGradient() const {
    TransferOpInterface end = send ? send : recv;
    return isTrained && mayHaveGradient(end.getPayloadType());
  }
  StringAttr getBuffer() const {
    TransferOpInterface end = send ? send : recv;
    return end.getTransferBuffer().getAttr();
  }
};

/// The stages of a model and the transfers between, sends in order.
struct PlanTransfers {
  explicit PlanTransfers(ModelOp model);
  /// Says which transfers have a gradient under the rows of a schedule: those
  /// of what depends on a parameter. Over an edge that has none of these, the
  /// rows send one back or do not.
  void setGradients(const ModelGradients &gradients, const Schedule &schedule);
  /// An edge within a rank for which the rows have sends and recvs goes through
  /// its buffer twice, and shares it with itself.
  llvm::Expected<PipelineLayout>
  getLayout(const Schedule *schedule = nullptr) const;

  SmallVector<StageOp> stages;
  std::vector<PlanTransfer> transfers;
  /// Indices of the transfers with a recv, as recvs stand.
  std::vector<uint32_t> recvOrder;

private:
  void countOnEdges();
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_PLANTRANSFERS_H
