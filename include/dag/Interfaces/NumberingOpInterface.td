//===- NumberingOpInterface.td - What an op is as a value -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_NUMBERINGOPINTERFACE_TD
#define DAG_INTERFACES_NUMBERINGOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Dag_NumberingOpInterface : OpInterface<"NumberingOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op that says what its results are as global tensors: a function of its
    operands, one of them, their sum. Two results with one number are proved
    equal, so that a model that gives too few numbers makes the proof wrong, and
    one that gives too many makes it miss something
    (docs/Rationale/Equivalence.md).

    `registerNumberingExternalModels` attaches it to the ops of the dialect; ops
    from elsewhere may implement it themselves. An op without it is the value of
    its parts if it is a composite, and a function of its operands if it is of
    another dialect and has neither memory effects nor regions; what it is in is
    not verified where it acts on parts of a tensor otherwise than on the whole.
    Any other op has no number, and what it is in is not verified.
  }];
  let methods = [
    InterfaceMethod<[{
        Gives a number to each result: those of `operands` are known. Fails where
        there is none to give.
      }], "::llvm::LogicalResult", "number",
      (ins "::mlir::dag::NumberingContext &":$context,
           "::llvm::ArrayRef<::mlir::dag::ValueNumber>":$operands)>,
    InterfaceMethod<[{
        True if the op gives the same value in whatever order the slots of the
        experts stand in this operand, or tells the order on with its results.
      }], "bool", "followsSlots", (ins "unsigned":$operand),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return false; }]>,
    InterfaceMethod<[{
        False if this result is the same whatever this operand is: of several
        projections in one op, each takes its own weight.
      }], "bool", "dependsOn", (ins "unsigned":$result, "unsigned":$operand),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return true; }]>
  ];
}

#endif // DAG_INTERFACES_NUMBERINGOPINTERFACE_TD
