//===- CostOpInterface.td - What an op costs on a rank -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_COSTOPINTERFACE_TD
#define DAG_INTERFACES_COSTOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Dag_CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op that says what it costs on a rank: time by `getCost`, and memory by
    the other two. Memory is part of the same interface, since both are asked of
    the same ops in the same context, an op that does not say the one can't be
    counted on for the other, and few ops differ from what is the rule: a buffer
    of its own for each result, and no workspace.

    Ops of the dialect have external models (`lib/Interfaces/Cost`); ops from
    elsewhere may implement the interface themselves. An op without it is an
    error where it is asked, so that an op of which nothing is counted has it
    too and says so.
  }];
  let methods = [
    InterfaceMethod<[{
        What one run costs on the rank with the largest shards, without the ops
        in the regions. Dimensions that are not known count as zero and make the
        cost incomplete.
      }], "::mlir::dag::OpCost", "getCost",
      (ins "::mlir::dag::CostContext &":$context)>,
    InterfaceMethod<[{
        Bytes that live while the op runs, beside operands and results.
      }], "int64_t", "getWorkspaceBytes",
      (ins "const ::mlir::dag::LivenessContext &":$context),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return 0; }]>,
    InterfaceMethod<[{
        Where a result lies.
      }], "::mlir::dag::ResultPlace", "getResultPlace",
      (ins "::mlir::OpResult":$result,
           "const ::mlir::dag::LivenessContext &":$context),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        return ::mlir::dag::ResultPlace::own();
      }]>
  ];
}

#endif // DAG_INTERFACES_COSTOPINTERFACE_TD
