//===- TileDialect.td - Kernels by what they wait for -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_TILE_IR_TILEDIALECT_TD
#define DAG_DIALECT_TILE_IR_TILEDIALECT_TD

include "mlir/IR/OpBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::mlir::dag::tile";
  let summary = "Kernels of a GPU whose types say what is pending";
  let description = [{
    A kernel as its author thinks of it: warps in roles, tiles of shared memory
    that go around between them, products of matrices on tensor cores. What is
    still under way is a type: a slot that is being filled cannot be multiplied,
    a product in flight cannot be read, and only a wait gives the type that can.
    Such values are used exactly once, so that nothing is waited for twice,
    forgotten, or used again too early.

    Extents of tiles have the names of their axes (`[m = 128, k = 64]`): what
    a product contracts and what it keeps follows from the names.
  }];
  // Pointers to matrices in global memory.
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Version of the textual and binary form; written to bytecode.
    static constexpr unsigned kVersion = 1;

    /// One function for each family of ops, in the family's file.
    void registerStructureOps();
    void registerPipelineOps();
    void registerRegisterOps();
    void registerThreadOps();
  }];
}

#endif // DAG_DIALECT_TILE_IR_TILEDIALECT_TD
