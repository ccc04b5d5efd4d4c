//===- Passes.td - From kernels to NVVM -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_CONVERSION_TILETONVVM_PASSES_TD
#define DAG_CONVERSION_TILETONVVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def TileToNVVM : Pass<"tile-to-nvvm", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lower kernels of the tile dialect to NVVM";
  let description = [{
    Each `tile.kernel` becomes an `llvm.func` that is a kernel: pipelines become
    slots and barriers of dynamic shared memory, states of them an index and a
    parity, copies those of the tensor memory accelerator, products `wgmma`
    (sm_90a); copies of threads become `cp.async`, their products `ldmatrix` and
    `mma` (sm_80 and later). The attribute `tile.shared_bytes` of the function says how much dynamic shared
    memory a launch needs. What is neither of the dialect nor has values of its
    types stays as it is.

    ```mlir
    gpu.module @kernels {
      tile.kernel @linear(%a: !a_map) cluster(2) { ... }
    }
    // becomes
    gpu.module @kernels {
      llvm.mlir.global external @tile_shared() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
      llvm.func @linear(%a: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>, ...})
          attributes {nvvm.kernel, nvvm.reqntid = array<i32: 384, 1, 1>, nvvm.cluster_dim = array<i32: 2, 1, 1>, ...}
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"
  ];
}

#endif // DAG_CONVERSION_TILETONVVM_PASSES_TD
