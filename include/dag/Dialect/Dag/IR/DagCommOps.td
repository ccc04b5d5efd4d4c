//===- DagCommOps.td - What ranks say to each other -------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Communication of the rank phase: calls on communicators, with local shapes,
// by NCCL's rules. Whether calls of different ranks meet is not seen in one
// function; `--dag-verify-deadlock` follows all ranks. Tensors are local by
// their constraint; what a call says to others is in CommunicationOpInterface.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGCOMMOPS_TD
#define DAG_DIALECT_DAG_IR_DAGCOMMOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

/// A call on a communicator. It has effects, so that it is neither removed nor
/// moved over another one.
class Dag_CommOp<string mnemonic, string theKind, list<Trait> traits = []>
    : Dag_Op<"comm." # mnemonic, !listconcat(traits, [
        Dag_RankPhase, Dag_CommunicationOpInterface,
        DeclareOpInterfaceMethods<SymbolUserOpInterface>])> {
  code callDeclaration = [{
    ::mlir::dag::CollectiveKind getCallKind() {
      return ::mlir::dag::CollectiveKind::}] # theKind # [{;
    }
  }];
  code extraDeclaration = "";
  let extraClassDeclaration = callDeclaration # extraDeclaration;
}

/// A collective: (C1) the communicator exists, and (C2) the result has the
/// shape that its kind gives.
class Dag_CommCollectiveOp<string mnemonic, string theKind>
    : Dag_CommOp<mnemonic, theKind> {
  let results = (outs Dag_LocalTensor:$result);
  code dimDeclaration = [{
    ::llvm::SmallVector<int64_t, 2> getCallDims() {
      if (::mlir::IntegerAttr dim = getDimAttr())
        return {dim.getInt()};
      return {};
    }
    bool hasUnevenParts() { return getUneven(); }
  }];
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::verifySymbolUses(
        ::mlir::SymbolTableCollection &tables) {
      return ::mlir::dag::verifyCollectiveCall(*this, tables);
    }
  }];
  code rootDeclaration = [{
    ::std::optional<int64_t> getRootMember() {
      if (::mlir::IntegerAttr root = getRootAttr())
        return root.getInt();
      return ::std::nullopt;
    }
  }];
}

def Dag_CommAllReduceOp : Dag_CommCollectiveOp<"all_reduce", "AllReduce"> {
  let summary = "the sum of the members' tensors";
  let description = [{
    (C1) the communicator exists.
    (C2) the result has the type of `x`.

    Example:

    ```mlir
    %1 = dag.comm.all_reduce %0 on @tp
        : (tensor<1x8x64xf32>) -> tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$communicator);
  let assemblyFormat = [{
    $x `on` $communicator attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_CommAllGatherOp : Dag_CommCollectiveOp<"all_gather", "AllGather"> {
  let summary = "the members' tensors, one behind the other";
  let description = [{
    With `uneven`, tensors of the members differ in `dim`: the first ones have
    one element more.

    (C1) the communicator exists.
    (C2) `dim` is a dimension; the result has the sizes of all members in it,
    and is else like `x`.

    Example:

    ```mlir
    %1 = dag.comm.all_gather %0 dim 2 on @tp
        : (tensor<1x8x32xf32>) -> tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$communicator,
                       I64Attr:$dim, UnitAttr:$uneven);
  let assemblyFormat = [{
    $x `dim` $dim `on` $communicator (`uneven` $uneven^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = dimDeclaration;
}

def Dag_CommReduceScatterOp
    : Dag_CommCollectiveOp<"reduce_scatter", "ReduceScatter"> {
  let summary = "each member's part of the sum of the members' tensors";
  let description = [{
    With `uneven`, the first members get one element more.

    (C1) the communicator exists.
    (C2) `dim` is a dimension; the result has a member's part of it, and is else
    like `x`.

    Example:

    ```mlir
    %1 = dag.comm.reduce_scatter %0 dim 1 on @tp
        : (tensor<1x8x64xf32>) -> tensor<1x4x64xf32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$communicator,
                       I64Attr:$dim, UnitAttr:$uneven);
  let assemblyFormat = [{
    $x `dim` $dim `on` $communicator (`uneven` $uneven^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = dimDeclaration;
}

def Dag_CommAllToAllOp : Dag_CommCollectiveOp<"all_to_all", "AllToAll"> {
  let summary = "a part of each member's tensor, one behind the other";
  let description = [{
    (C1) the communicator exists.
    (C2) `split_dim` and `concat_dim` are different dimensions; the result is
    divided in the first and multiplied in the second, and is else like `x`.

    Example:

    ```mlir
    %1 = dag.comm.all_to_all %0 split 0 concat 1 on @ep
        : (tensor<8x8x64xf32>) -> tensor<4x16x64xf32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$communicator,
                       I64Attr:$split_dim, I64Attr:$concat_dim);
  let assemblyFormat = [{
    $x `split` $split_dim `concat` $concat_dim `on` $communicator attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = [{
    ::llvm::SmallVector<int64_t, 2> getCallDims() {
      ::mlir::IntegerAttr split = getSplitDimAttr(), concat = getConcatDimAttr();
      if (split && concat)
        return {split.getInt(), concat.getInt()};
      return {};
    }
  }];
}

def Dag_CommBroadcastOp : Dag_CommCollectiveOp<"broadcast", "Broadcast"> {
  let summary = "the tensor of the root";
  let description = [{
    What other members hold is not looked at.

    (C1) the communicator exists, and the root is a member.
    (C2) the result has the type of `x`.

    Example:

    ```mlir
    %1 = dag.comm.broadcast %0 root 0 on @tp
        : (tensor<1x8xi32>) -> tensor<1x8xi32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$communicator,
                       I64Attr:$root);
  let assemblyFormat = [{
    $x `root` $root `on` $communicator attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = rootDeclaration;
}

def Dag_CommScatterOp : Dag_CommCollectiveOp<"scatter", "Scatter"> {
  let summary = "each member's part of the tensor of the root";
  let description = [{
    What other members hold is not looked at.

    (C1) the communicator exists, and the root is a member.
    (C2) `dim` is a dimension; the result has a member's part of it, and is else
    like `x`.

    Example:

    ```mlir
    %1 = dag.comm.scatter %0 dim 0 root 0 on @dp
        : (tensor<8x16xi32>) -> tensor<4x16xi32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$communicator,
                       I64Attr:$dim, I64Attr:$root, UnitAttr:$uneven);
  let assemblyFormat = [{
    $x `dim` $dim `root` $root `on` $communicator (`uneven` $uneven^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraDeclaration = dimDeclaration # rootDeclaration;
}

def Dag_CommGatherOp : Dag_CommCollectiveOp<"gather", "Gather"> {
  let summary = "the members' tensors at the root";
  let description = [{
    Members but the root have no result.

    (C1) the communicator exists, and the root is a member.
    (C2) `dim` is a dimension; the result has the sizes of all members in it,
    and is else like `x`.

    Example:

    ```mlir
    %1 = dag.comm.gather %0 dim 0 root 0 on @dp
        : (tensor<4x16xi32>) -> tensor<8x16xi32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$communicator,
                       I64Attr:$dim, I64Attr:$root, UnitAttr:$uneven);
  let assemblyFormat = [{
    $x `dim` $dim `root` $root `on` $communicator (`uneven` $uneven^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraDeclaration = dimDeclaration # rootDeclaration;
}

/// One end of a transfer between two members.
class Dag_CommTransferOp<string mnemonic, string theKind>
    : Dag_CommOp<mnemonic, theKind> {
  let extraDeclaration = [{
    ::std::optional<int64_t> getPeerMember() {
      if (::mlir::IntegerAttr peer = getPeerAttr())
        return peer.getInt();
      return ::std::nullopt;
    }
  }];
}

def Dag_CommSendOp : Dag_CommTransferOp<"send", "Send"> {
  let summary = "send to a member";
  let description = [{
    Does not end before the peer has received.

    (C1) the communicator exists, and the peer is a member.
    (C2) the buffer exists and has the type of `x`.

    Example:

    ```mlir
    dag.comm.send %0 to 1 on @pp via @stage0_to_1 : tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, I64Attr:$peer,
                       FlatSymbolRefAttr:$communicator,
                       OptionalAttr<FlatSymbolRefAttr>:$buffer);
  let assemblyFormat = [{
    $x `to` $peer `on` $communicator (`via` $buffer^)? attr-dict `:` type($x)
  }];
}

def Dag_CommRecvOp : Dag_CommTransferOp<"recv", "Recv"> {
  let summary = "receive from a member";
  let description = [{
    (C1) the communicator exists, and the peer is a member.
    (C2) the buffer exists and has the type of the result.

    Example:

    ```mlir
    %0 = dag.comm.recv from 0 on @pp via @stage0_to_1 : tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins I64Attr:$peer, FlatSymbolRefAttr:$communicator,
                       OptionalAttr<FlatSymbolRefAttr>:$buffer);
  let results = (outs Dag_LocalTensor:$result);
  let assemblyFormat = [{
    `from` $peer `on` $communicator (`via` $buffer^)? attr-dict `:`
    type($result)
  }];
}

def Dag_CommGroupOp : Dag_Op<"comm.group", [Dag_RankPhase, SingleBlock]> {
  let summary = "calls that begin and end together";
  let description = [{
    What stands between `ncclGroupStart` and `ncclGroupEnd`. Sends and recvs that
    stand side by side are begun together. A collective is begun when what stands
    before it in the group has met: NCCL asks for one order of issue on all
    ranks, whatever the communicators. The group ends when all of its calls have.

    (C1) the block holds calls and a `dag.yield`, and no call uses the result of
    another one in it.
    (C2) the yield has one operand for each result, of the same type.

    Example:

    ```mlir
    %1 = dag.comm.group -> (tensor<8xf32>) {
      dag.comm.send %0 to 1 on @pp : tensor<8xf32>
      %2 = dag.comm.recv from 1 on @pp : tensor<8xf32>
      dag.yield %2 : tensor<8xf32>
    }
    ```
  }];
  let results = (outs Variadic<Dag_LocalTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`->` `(` type($results)^ `)`)? attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Transfers that stay on the rank
//===----------------------------------------------------------------------===//

class Dag_KeepOp<string mnemonic> : Dag_Op<mnemonic, [
    Dag_RankPhase, DeclareOpInterfaceMethods<SymbolUserOpInterface>]>;

def Dag_StashOp : Dag_KeepOp<"stash"> {
  let summary = "keep a tensor for another function of the rank";
  let description = [{
    What a transfer is whose stages are on one rank. A buffer hands out what was
    put into it in the same order.

    (C1) the buffer exists and has the type of `x`.

    Example:

    ```mlir
    dag.stash %0 in @stage1_to_2 : tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins Dag_LocalTensor:$x, FlatSymbolRefAttr:$buffer);
  let assemblyFormat = "$x `in` $buffer attr-dict `:` type($x)";
}

def Dag_UnstashOp : Dag_KeepOp<"unstash"> {
  let summary = "take what another function of the rank has kept";
  let description = [{
    (C1) the buffer exists and has the type of the result.
    (C2) at run time there is something in the buffer.

    Example:

    ```mlir
    %0 = dag.unstash @stage1_to_2 : tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$buffer);
  let results = (outs Dag_LocalTensor:$result);
  let assemblyFormat = "$buffer attr-dict `:` type($result)";
}

#endif // DAG_DIALECT_DAG_IR_DAGCOMMOPS_TD
