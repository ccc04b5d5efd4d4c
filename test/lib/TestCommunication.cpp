//===- TestCommunication.cpp - Show what calls agree on -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `--test-dag-communication` remarks on every collective of a plan and on every
// call of a program what its interface says of it.
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct TestCommunication
    : public PassWrapper<TestCommunication, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestCommunication)

  StringRef getArgument() const final { return "test-dag-communication"; }
  StringRef getDescription() const final {
    return "Remark what collectives and calls say of themselves";
  }

  void runOnOperation() final {
    markAllAnalysesPreserved();
    getOperation()->walk([](Operation *op) {
      if (auto call = dyn_cast<CommunicationOpInterface>(op))
        showCall(call);
      else if (auto collective = dyn_cast<CollectiveOpInterface>(op))
        showCollective(collective);
    });
  }

private:
  static void showDims(InFlightDiagnostic &remark, ArrayRef<int64_t> dims) {
    if (dims.empty())
      return;
    remark << " of dimension ";
    llvm::interleave(dims, remark, " to ");
  }

  static void showCall(CommunicationOpInterface call) {
    CollectiveKind kind = call.getCallKind();
    InFlightDiagnostic remark = call->emitRemark();
    remark << stringifyCollectiveKind(kind) << " on "
           << call.getCommunicatorAttr();
    showDims(remark, call.getCallDims());
    remark << ", " << call.getElementCount() << " x " << call.getElementType();
    if (call.hasUnevenParts())
      remark << ", uneven";
    if (std::optional<int64_t> root = call.getRootMember())
      remark << ", root " << *root;
    if (std::optional<int64_t> peer = call.getPeerMember())
      remark << ", peer " << *peer;
  }

  static void showCollective(CollectiveOpInterface op) {
    CollectiveKind kind = op.getCollectiveKind();
    InFlightDiagnostic remark = op->emitRemark();
    remark << stringifyCollectiveKind(kind);
    showDims(remark, op.getCollectiveDims());
    remark << (isCollective(kind) ? "" : ", local")
           << (reduces(kind) ? ", reduces" : "")
           << (gathers(kind) ? ", gathers" : "")
           << (scatters(kind) ? ", scatters" : "");
    // Role and kind say the same.
    Role role = cast<RoleOpInterface>(*op).getDeploymentRole();
    if (role != toRole(kind) || toCollectiveKind(role) != kind)
      remark << ", but its role is " << stringifyRole(role);
  }
};
} // namespace

namespace mlir::dag::test {
void registerTestCommunication() { PassRegistration<TestCommunication>(); }
} // namespace mlir::dag::test
