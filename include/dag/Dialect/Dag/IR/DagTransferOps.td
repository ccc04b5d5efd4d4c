//===- DagTransferOps.td - Transfers between stages -------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGTRANSFEROPS_TD
#define DAG_DIALECT_DAG_IR_DAGTRANSFEROPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

def Dag_CommBufferOp : Dag_RoleOp<"comm_buffer", "CommBuffer", [
    Dag_RankPhase, Symbol, ParentOneOf<["ModelOp", "ProgramOp"]>]> {
  let summary = "memory that a transfer goes through";
  let description = [{
    A buffer of `slots` tensors on both ends of a transfer. Two slots let one
    micro-batch be received while another is computed.

    (C1) `slots` is positive.
    (C2) no sum is pending on the type.

    Example:

    ```mlir
    dag.comm_buffer @buf0 : tensor<1x8x64xbf16>, slots = 2
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<Dag_Tensor>:$type,
    DefaultValuedAttr<Dag_Count, "1">:$slots
  );
  let assemblyFormat = [{
    $sym_name `:` $type (`,` `slots` `=` $slots^)? attr-dict
  }];
  let hasVerifier = 1;
}

class Dag_TransferOp<string mnemonic, string theRole>
    : Dag_TypedOp<mnemonic, theRole, [
        Dag_TransferOpInterface,
        DeclareOpInterfaceMethods<SymbolUserOpInterface>]>;

def Dag_SendOp : Dag_TransferOp<"send", "Send"> {
  let summary = "send a tensor to another stage";
  let description = [{
    Every rank sends its shard to the rank of the other stage with the same
    coordinates.

    (C1) no sum is pending on `value`.
    (C2) the stage is not negative, and not the one that holds the op.
    (C3) the buffer exists.
    (C4) the buffer has the type of `value`.

    Result: a `!dag.transfer` of the type of `value`.

    Example:

    ```mlir
    %0 = dag.send %x to 1 via @buf0
        : (tensor<1x8x64xbf16>) -> !dag.transfer<tensor<1x8x64xbf16>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$value, Dag_Index:$stage,
                       FlatSymbolRefAttr:$buffer);
  let results = (outs Dag_TransferType:$result);
  let assemblyFormat = [{
    $value `to` $stage `via` $buffer attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = [{
    bool isSend() { return true; }
    int64_t getPeerStage() { return getStage(); }
    ::mlir::FlatSymbolRefAttr getTransferBuffer() { return getBufferAttr(); }
    ::mlir::RankedTensorType getPayloadType();
  }];
}

def Dag_RecvOp : Dag_TransferOp<"recv", "Recv"> {
  let summary = "receive a tensor from another stage";
  let description = [{
    (C1) the stage is not negative, and not the one that holds the op.
    (C2) the buffer exists.
    (C3) the buffer has the type of the payload.

    Result: the payload of `transfer`.

    Example:

    ```mlir
    %1 = dag.recv %0 from 0 via @buf0
        : (!dag.transfer<tensor<1x8x64xbf16>>) -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_TransferType:$transfer, Dag_Index:$stage,
                       FlatSymbolRefAttr:$buffer);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $transfer `from` $stage `via` $buffer attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = [{
    bool isSend() { return false; }
    int64_t getPeerStage() { return getStage(); }
    ::mlir::FlatSymbolRefAttr getTransferBuffer() { return getBufferAttr(); }
    ::mlir::RankedTensorType getPayloadType();
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGTRANSFEROPS_TD
