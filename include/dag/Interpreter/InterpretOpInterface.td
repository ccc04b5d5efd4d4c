//===- InterpretOpInterface.td - What an op computes -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERPRETER_INTERPRETOPINTERFACE_TD
#define DAG_INTERPRETER_INTERPRETOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Dag_InterpretOpInterface : OpInterface<"InterpretOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op that a rank computes from what it holds, without the others. The
    interpreter attaches it to the ops of the dialect; ops from elsewhere may
    implement it themselves.
  }];
  let methods = [
    InterfaceMethod<[{
        Computes the shards of the results from the shards of the operands.
        Shapes are those that the types give this rank. What padding holds is
        not to be looked at. Emits an error where the op can't be computed.
      }], "::llvm::LogicalResult", "interpret",
      (ins "const ::mlir::dag::RankContext &":$rank,
           "::llvm::ArrayRef<const ::mlir::dag::Tensor *>":$operands,
           "::llvm::SmallVectorImpl<::mlir::dag::Tensor> &":$results)>,
    InterfaceMethod<[{
        The caches among the operands that the op writes. `interpret` gives
        what they hold then, behind the results.
      }], "::llvm::SmallVector<::mlir::Value, 2>", "getWrittenCaches", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return {}; }]>
  ];
}

def Dag_RankStateOpInterface : OpInterface<"RankStateOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op that a rank runs on what it keeps beside its values: what comes from
    outside, caches, buffers, outputs.
  }];
  let methods = [
    InterfaceMethod<[{
        Runs the op on one rank. Emits an error where that can't be done.
      }], "::llvm::LogicalResult", "runOnRank",
      (ins "::mlir::dag::RankMachine &":$machine, "size_t":$rank)>
  ];
}

#endif // DAG_INTERPRETER_INTERPRETOPINTERFACE_TD
