//===- TileToBinary.td - The pipeline from kernels to binaries -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_TILETOBINARY_TD
#define DAG_PIPELINES_TILETOBINARY_TD

include "dag/Support/EnumOption.td"
include "dag/Support/Pipeline.td"

def TileToBinary : Dag_Pipeline<"tile-to-binary",
    "Compile the kernels of GPU modules, of the tile dialect or of LLVM's, and "
    "put what they become into gpu.binary ops"> {
  let options = [
    Dag_EnumOption<"chip", "chip", "Chip", "Sm90a", "GPU to compile for">,
    Dag_EnumOption<"format", "format", "BinaryFormat", "Ptx",
                   "Form of what comes out">,
    Option<"toolkit", "toolkit", "std::string", "",
           "Folder of the CUDA toolkit, where it is not on the path">
  ];
}

#endif // DAG_PIPELINES_TILETOBINARY_TD
