//===- External.td - A dialect beside dag -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EXTERNAL_TD
#define EXTERNAL_TD

include "dag/Dialect/Dag/IR/DagInterfaces.td"
include "mlir/IR/OpBase.td"

def External_Dialect : Dialect {
  let name = "external";
  let cppNamespace = "::external";
  let dependentDialects = ["::mlir::dag::DagDialect"];
}

def External_FusedNormOp : Op<External_Dialect, "fused_norm", [
    DeclareOpInterfaceMethods<Dag_RoleOpInterface>]> {
  let summary = "a normalization that this project fuses with something";
  let assemblyFormat = "attr-dict";
}

#endif // EXTERNAL_TD
