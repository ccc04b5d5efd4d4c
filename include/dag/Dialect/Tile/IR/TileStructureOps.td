//===- TileStructureOps.td - Kernels and roles -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_TILE_IR_TILESTRUCTUREOPS_TD
#define DAG_DIALECT_TILE_IR_TILESTRUCTUREOPS_TD

include "dag/Dialect/Tile/IR/TileTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_KernelOp : Tile_Op<"kernel", [
    FunctionOpInterface, IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "a kernel whose warpgroups have roles";
  let description = [{
    Pipelines and what all roles compute alike come first, then the roles, which
    run side by side: the first has the first warpgroups of the block, and so
    on. A block is one of a `cluster` of blocks that see each other's shared
    memory.

    (C1) arguments are tensor maps, pointers, integers and floats; there is no
    result.
    (C2) there is at least one role, and nothing behind the roles; what stands
    before them has no effect, pipelines aside.
    (C3) at most 1,024 threads, and a cluster of 1 to 8 blocks.
    (C4) the registers of the roles are not more than the block has: 65,536 by
    threads, rounded down to a multiple of 8 for each.
    (C5) shared memory of at most 227 KiB: pipelines, and stagings for each
    warpgroup.
    (C6) of each pipeline one role has the producer and at least one other the
    consumer, once each, in its own block.
    (C7) what is pending is used once, by an op of the block that has it.

    Example:

    ```mlir
    tile.kernel @linear(%a: !a_map, %b: !b_map, %d: !d_map, %steps: i32)
        cluster(2) {
      %ring = tile.pipeline : !ring
      tile.role @load elected registers(40) {
        ...
      }
      tile.role @multiply warpgroups(2) registers(232) {
        ...
      }
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<FunctionType>:$function_type,
    DefaultValuedAttr<I64Attr, "1">:$cluster,
    OptionalAttr<DictArrayAttr>:$arg_attrs,
    OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// Types of arguments and results, for FunctionOpInterface.
    ArrayRef<Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ArrayRef<Type> getResultTypes() { return getFunctionType().getResults(); }
    Region *getCallableRegion() { return &getBody(); }

    /// Threads of a block.
    int64_t getNumThreads();
    /// Registers of a thread before roles give back and take: what the
    /// hardware has for a block of as many threads.
    int64_t getLaunchRegisters();
  }];
}

def Tile_RoleOp : Tile_Op<"role", [
    HasParent<"KernelOp">, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "what some warpgroups of a block do";
  let description = [{
    `elected`: one thread of one warpgroup, which issues copies. Otherwise all
    threads of `warpgroups`, which multiply, compute and store. Before it
    begins, the role gives registers back or takes them, up to `registers` for
    each thread.

    (C1) 1 to 8 warpgroups, one if a thread is elected.
    (C2) `registers` is a multiple of 8 from 24 to 256.
    (C3) fragments that are alive at a time leave 24 registers of a thread for
    everything else.

    Example:

    ```mlir
    tile.role @load elected registers(40) {
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    UnitAttr:$elected,
    DefaultValuedAttr<I64Attr, "1">:$warpgroups,
    I64Attr:$registers);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name (`elected` $elected^)? (`warpgroups` `(` $warpgroups^ `)`)?
    `registers` `(` $registers `)` attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

#endif // DAG_DIALECT_TILE_IR_TILESTRUCTUREOPS_TD
