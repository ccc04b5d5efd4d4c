//===- LocalizeOpInterface.td - What an op is on a rank ---*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_LOCALIZEOPINTERFACE_TD
#define DAG_INTERFACES_LOCALIZEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Dag_LocalizeOpInterface : OpInterface<"LocalizeOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op of a plan that says what it is on a rank's shards. One without this
    interface is an error of `--dag-localize`.

    The interface is attached to the ops of the project by external models, one
    file for each family of ops; an op from elsewhere implements it itself or
    has a model attached. `SameOnShards` is that of an op that does to shards
    what it does to whole tensors.
  }];
  let methods = [
    InterfaceMethod<[{
        Makes what a rank does for the op, out of the shards of its operands
        that `localizer` knows, and defines the shards of its results. Emits an
        error where ranks can't do it.
      }], "::llvm::LogicalResult", "localize",
      (ins "::mlir::dag::Localizer &":$localizer)>
  ];
}

#endif // DAG_INTERFACES_LOCALIZEOPINTERFACE_TD
