//===- TestSharding.cpp - Show the shards of types -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `--test-dag-local-shapes` remarks on every input of a model what each device
// of the mesh holds of it.
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct TestLocalShapes
    : public PassWrapper<TestLocalShapes, OperationPass<ModelOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestLocalShapes)

  StringRef getArgument() const final { return "test-dag-local-shapes"; }
  StringRef getDescription() const final {
    return "Remark what each device holds of the inputs of a model";
  }

  void runOnOperation() final {
    MeshOp meshOp = getOperation().lookupMesh();
    if (!meshOp)
      return;
    MeshShape mesh(meshOp);
    for (InputOp input : getOperation().getBody().getOps<InputOp>())
      showShards(input, mesh, meshOp.getNumDevices());
  }

private:
  static void printShape(Diagnostic &diagnostic, ArrayRef<int64_t> shape) {
    diagnostic << "[";
    llvm::interleaveComma(shape, diagnostic);
    diagnostic << "]";
  }

  static void showShards(InputOp input, const MeshShape &mesh,
                         int64_t numDevices) {
    auto type = cast<RankedTensorType>(input.getType());
    InFlightDiagnostic remark = input.emitRemark("largest ");
    printShape(*remark.getUnderlyingDiagnostic(), getLocalShape(type, mesh));
    if (std::optional<int64_t> bytes = getLocalBytes(type, mesh))
      remark << ", " << *bytes << " of " << *getGlobalBytes(type) << " bytes";
    for (int64_t device = 0; device < numDevices; ++device) {
      SmallVector<int64_t> coordinates(mesh.getSizes().size());
      int64_t rest = device;
      for (size_t i = coordinates.size(); i-- > 0;) {
        coordinates[i] = rest % mesh.getSizes()[i];
        rest /= mesh.getSizes()[i];
      }
      remark << (device == 0 ? "; " : ", ");
      printShape(*remark.getUnderlyingDiagnostic(),
                 getLocalShape(type, mesh, coordinates));
    }
  }
};
} // namespace

namespace mlir::dag::test {
void registerTestSharding() { PassRegistration<TestLocalShapes>(); }
} // namespace mlir::dag::test
