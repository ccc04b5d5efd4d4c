//===- DagMalformedOp.td - What stands for a malformed op -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGMALFORMEDOP_TD
#define DAG_DIALECT_DAG_IR_DAGMALFORMEDOP_TD

include "dag/Dialect/Dag/IR/DagDialect.td"

def Dag_MalformedOp : Dag_Op<"malformed"> {
  let summary = "an op that is not well formed by itself";
  let description = [{
    Stands where a file had an op `name` that lacks what its accessors need:
    operands, results, regions, attributes or a terminator. It has the operands
    and the results that were there, and none of the regions; `message` is what
    the op's verifier said. It never verifies, so that what is malformed never
    passes, not even after it was stored.

    Example:

    ```mlir
    dag.malformed "dag.comm.send" "'dag.comm.send' op requires one operand"
    ```
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$message,
                       Variadic<AnyType>:$operands);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = [{
    $name $message (`(` $operands^ `:` type($operands) `)`)?
    (`->` type($results)^)? attr-dict
  }];
  let hasVerifier = 1;
}

#endif // DAG_DIALECT_DAG_IR_DAGMALFORMEDOP_TD
