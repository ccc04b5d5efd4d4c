//===- TilePipelineOps.td - Slots that go around -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_TILE_IR_TILEPIPELINEOPS_TD
#define DAG_DIALECT_TILE_IR_TILEPIPELINEOPS_TD

include "dag/Dialect/Tile/IR/TileTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_PipelineOp : Tile_Op<"pipeline", [HasParent<"KernelOp">]> {
  let summary = "slots of shared memory, all of them empty";
  let description = [{
    Its barriers are initialised before any role begins.

    (C1) with `multicast` the cluster has more than one block.

    Example:

    ```mlir
    %ring = tile.pipeline : !ring
    ```
  }];
  let results = (outs Tile_PipelineType:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

class Tile_StartOp<string mnemonic, Type state>
    : Tile_Op<mnemonic, [
        HasParent<"RoleOp">,
        TypesMatchWith<"the state is one of the pipeline", "result", "pipeline",
          "::llvm::cast<" # state.cppType # ">($_self).getPipeline()">]> {
  let arguments = (ins Tile_PipelineType:$pipeline);
  let results = (outs state:$result);
  let assemblyFormat = "$pipeline attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_ProduceOp : Tile_StartOp<"produce", Tile_ProducerType> {
  let summary = "the role fills the slots of a pipeline";
  let description = [{
    The state before the first slot.

    (C1) the role has an elected thread.
    (C2) the pipeline comes from `tile.pipeline`.

    Example:

    ```mlir
    %state = tile.produce %ring : !tile.producer<!ring>
    ```
  }];
}

def Tile_ConsumeOp : Tile_StartOp<"consume", Tile_ConsumerType> {
  let summary = "the role reads the slots of a pipeline";
  let description = [{
    The state before the first slot. Each of its warpgroups counts as a reader.

    (C1) the role has no elected thread.
    (C2) the pipeline comes from `tile.pipeline`.

    Example:

    ```mlir
    %state = tile.consume %ring : !tile.consumer<!ring>
    ```
  }];
}

def Tile_EndOp : Tile_RoleBodyOp<"end"> {
  let summary = "the state behind the last slot";
  let description = [{
    No slot is filled or read any more.

    Example:

    ```mlir
    tile.end %state : !tile.producer<!ring>
    ```
  }];
  let arguments = (ins AnyTypeOf<[Tile_ProducerType, Tile_ConsumerType]>:$state);
  let assemblyFormat = "$state attr-dict `:` qualified(type($state))";
}

def Tile_AcquireOp : Tile_RoleBodyOp<"acquire", [
    TypesMatchWith<"the next state is one of the pipeline", "state", "next",
      "$_self">,
    TypesMatchWith<"the slot is an empty one of the pipeline", "state", "slot",
      "FillingType::get($_ctxt, "
      "::llvm::cast<ProducerType>($_self).getPipeline(), 0)">]> {
  let summary = "wait until the next slot is empty";
  let description = [{
    Tells the barrier of the slot how many bytes will arrive: those of all its
    tiles.

    Example:

    ```mlir
    %slot, %next = tile.acquire %state : !tile.producer<!ring>
    ```
  }];
  let arguments = (ins Tile_ProducerType:$state);
  let results = (outs Tile_FillingType:$slot, Tile_ProducerType:$next);
  let assemblyFormat = "$state attr-dict `:` qualified(type($state))";
}

def Tile_LoadOp : Tile_RoleBodyOp<"load", [
    InferTypeOpAdaptor, Tile_InfersFirst]> {
  let summary = "issue the copy of a slot's next tile";
  let description = [{
    `coordinates` are of the first element, along the axes of the map. With
    `multicast`, each block of the cluster copies its part of the rows and sends
    it to all; the coordinates are of the whole tile.

    (C1) a tile of the slot has no copy yet, and has the axes, elements and
    swizzle of the map.
    (C2) the box of the map is the tile; with `multicast`, its rows by the
    blocks of the cluster.
    (C3) `multicast` is for a pipeline with `multicast`.

    Example:

    ```mlir
    %1 = tile.load %b[%n, %k] to %0 multicast
        : !b_map, !tile.filling<!ring, 1>
    ```
  }];
  let arguments = (ins Tile_TensorMapType:$map, I32:$row, I32:$column,
                       Tile_FillingType:$slot, UnitAttr:$multicast);
  let results = (outs Tile_FillingType:$result);
  let assemblyFormat = [{
    $map `[` $row `,` $column `]` `to` $slot (`multicast` $multicast^)?
    attr-dict `:` qualified(type($map)) `,` qualified(type($slot))
  }];
  let hasVerifier = 1;
}

def Tile_CommitOp : Tile_RoleBodyOp<"commit"> {
  let summary = "all copies of a slot are issued";
  let description = [{
    The copies tell the consumers by themselves when they arrive.

    (C1) each tile of the slot has its copy.

    Example:

    ```mlir
    tile.commit %2 : !tile.filling<!ring, 2>
    ```
  }];
  let arguments = (ins Tile_FillingType:$slot);
  let assemblyFormat = "$slot attr-dict `:` qualified(type($slot))";
  let hasVerifier = 1;
}

def Tile_WaitOp : Tile_RoleBodyOp<"wait", [
    TypesMatchWith<"the next state is one of the pipeline", "state", "next",
      "$_self">,
    TypesMatchWith<"the slot is a full one of the pipeline", "state", "slot",
      "FullType::get($_ctxt, "
      "::llvm::cast<ConsumerType>($_self).getPipeline())">]> {
  let summary = "wait until the next slot is full";
  let description = [{
    Example:

    ```mlir
    %slot, %next = tile.wait %state : !tile.consumer<!ring>
    ```
  }];
  let arguments = (ins Tile_ConsumerType:$state);
  let results = (outs Tile_FullType:$slot, Tile_ConsumerType:$next);
  let assemblyFormat = "$state attr-dict `:` qualified(type($state))";
}

def Tile_ReleaseOp : Tile_RoleBodyOp<"release"> {
  let summary = "the slot may be filled again";
  let description = [{
    Tells the producer, and those of the other blocks where they send to it.

    Example:

    ```mlir
    tile.release %slot : !tile.read<!ring>
    ```
  }];
  let arguments = (ins Tile_ReadType:$slot);
  let assemblyFormat = "$slot attr-dict `:` qualified(type($slot))";
}

#endif // DAG_DIALECT_TILE_IR_TILEPIPELINEOPS_TD
