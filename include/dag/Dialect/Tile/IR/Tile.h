//===- Tile.h - Kernels by what they wait for -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_TILE_IR_TILE_H
#define DAG_DIALECT_TILE_IR_TILE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dag/Dialect/Tile/IR/TileDialect.h.inc"

namespace mlir::dag::tile {

/// Infers before the op's verifier runs: upstream's interface does so behind it.
template <typename ConcreteType>
class InfersFirst : public OpTrait::TraitBase<ConcreteType, InfersFirst> {
public:
  static LogicalResult verifyTrait(Operation *op) {
    return mlir::detail::verifyInferredResultTypes(op);
  }
};

// Ops that those of other families name as their parents.
class ElementwiseOp;
class KernelOp;
class RoleOp;
class YieldOp;

/// Threads of a warpgroup, which `wgmma` and `setmaxnreg` are for.
constexpr int64_t kWarpgroupSize = 128;
/// Rows of a fragment that a warpgroup has: those of an instruction.
constexpr int64_t kWarpgroupRows = 64;
/// Bytes of a barrier in shared memory.
constexpr int64_t kBarrierBytes = 8;
/// Alignment of tiles in shared memory: the period of the widest swizzle.
constexpr int64_t kTileAlignment = 1024;
/// Shared memory that a block may have on sm_90, in bytes (CUDA C++ Programming
/// Guide, "Compute Capabilities").
constexpr int64_t kMaxSharedBytes = 227 * 1024;
/// 32-bit registers of a multiprocessor (the same table).
constexpr int64_t kNumRegisters = 65536;

} // namespace mlir::dag::tile

#include "dag/Dialect/Tile/IR/TileTypeInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dag/Dialect/Tile/IR/TileAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dag/Dialect/Tile/IR/TileTypes.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TileStructureOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TilePipelineOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TileRegisterOps.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TileThreadOps.h.inc"

namespace mlir::dag::tile {

/// Calls `visit` with each op of `kernel` that has shared memory, in the order
/// in which it lies there, and with its bytes, of which the next one begins
/// behind.
void forEachSharedOp(KernelOp kernel,
                     function_ref<void(Operation *, int64_t)> visit);

} // namespace mlir::dag::tile

#endif // DAG_DIALECT_TILE_IR_TILE_H
