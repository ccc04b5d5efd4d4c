//===- DagTypes.td - Types of the deployment dialect -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGTYPES_TD
#define DAG_DIALECT_DAG_IR_DAGTYPES_TD

include "dag/Dialect/Dag/IR/DagDialect.td"
include "mlir/IR/AttrTypeBase.td"

class Dag_Type<string name, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<Dag_Dialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def Dag_NodeType : Dag_Type<"Node", "node"> {
  let summary = "a node of a sketch, as an end of edges";
}

def Dag_TransferType : Dag_Type<"Transfer", "transfer"> {
  let summary = "data under way from one pipeline stage to another";
  let description = [{
    The result of `dag.send` and the operand of `dag.recv`. A value that leaves
    a stage for another one has this type; any other type there is data that
    changes the stage without a transfer.

    Example:

    ```mlir
    !dag.transfer<tensor<1x2048x8192xbf16>>
    ```
  }];
  let parameters = (ins "::mlir::RankedTensorType":$payload);
  let assemblyFormat = "`<` $payload `>`";
}

#endif // DAG_DIALECT_DAG_IR_DAGTYPES_TD
