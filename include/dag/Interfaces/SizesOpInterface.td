//===- SizesOpInterface.td - Sizes that hang together -----*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SIZESOPINTERFACE_TD
#define DAG_INTERFACES_SIZESOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Dag_SizesOpInterface : OpInterface<"SizesOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op that says which of the sizes of its operands, its results and its
    attributes are equal, a product, a sum or in an order, so that a model can
    be made smaller without becoming another one (docs/Rationale/Trial.md).

    A model that relates too little makes a program that does not verify, and
    one that relates too much keeps sizes larger than they need to be. An op
    without the interface keeps the sizes that it has.

    `registerSizesExternalModels` attaches it to the ops of the dialect; ops
    from elsewhere may implement it themselves. Composites need none: their
    parts are asked.
  }];
  let methods = [
    InterfaceMethod<[{
        Says how the sizes of the op hang together.
      }], "void", "relateSizes",
      (ins "::mlir::dag::SizeRelations &":$sizes)>
  ];
}

#endif // DAG_INTERFACES_SIZESOPINTERFACE_TD
