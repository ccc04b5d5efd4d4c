//===- TestDialect.td - A dialect beside dag --------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_TESTDIALECT_TD
#define DAG_TEST_LIB_TESTDIALECT_TD

include "dag/Dialect/Dag/IR/DagDialect.td"
include "dag/Dialect/Dag/IR/DagInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def TestDag_Dialect : Dialect {
  let name = "test_dag";
  let cppNamespace = "::mlir::dag::test";
  let summary = "Ops that take part in plans by interfaces alone";
}

def TestDag_DoubleOp : Op<TestDag_Dialect, "double", [
    Pure, Dag_PlanPhase, Dag_RankPhase, InferTypeOpAdaptor,
    DeclareOpInterfaceMethods<InferTypeOpInterface, ["refineReturnTypes"]>,
    DeclareOpInterfaceMethods<Dag_RoleOpInterface>]> {
  let summary = "twice a tensor";
  let description = [{
    Doubles every element. It is linear, so that a pending sum stays one.

    (C1) `x` is of floats.

    Result: the type of `x`.

    Example:

    ```mlir
    %0 = test_dag.double %x : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyType]>:$x);
  let results = (outs RankedTensorOf<[AnyType]>:$result);
  let assemblyFormat = [{
    $x attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // DAG_TEST_LIB_TESTDIALECT_TD
