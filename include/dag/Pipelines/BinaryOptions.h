//===- BinaryOptions.h - What kernels are compiled to -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_BINARYOPTIONS_H
#define DAG_PIPELINES_BINARYOPTIONS_H

#include "dag/Support/EnumOption.h"

namespace mlir::dag {

/// A GPU that kernels are compiled for.
enum class Chip { Sm80, Sm90a };

inline llvm::cl::ValuesClass getChipValues() {
  return llvm::cl::values(clEnumValN(Chip::Sm80, "sm_80", "A100: Ampere"),
                          clEnumValN(Chip::Sm90a, "sm_90a",
                                     "H100, H200, H800: Hopper, with wgmma"));
}

/// A form of compiled kernels.
enum class BinaryFormat { Ptx, Cubin, Fatbin };

inline llvm::cl::ValuesClass getBinaryFormatValues() {
  return llvm::cl::values(
      clEnumValN(BinaryFormat::Ptx, "ptx", "PTX, which needs no CUDA toolkit"),
      clEnumValN(BinaryFormat::Cubin, "cubin", "machine code, by ptxas"),
      clEnumValN(BinaryFormat::Fatbin, "fatbin",
                 "machine code and PTX, by ptxas and fatbinary"));
}

} // namespace mlir::dag

template <>
class llvm::cl::parser<mlir::dag::Chip>
    : public mlir::dag::EnumParser<mlir::dag::Chip> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::BinaryFormat>
    : public mlir::dag::EnumParser<mlir::dag::BinaryFormat> {
public:
  using EnumParser::EnumParser;
};

#endif // DAG_PIPELINES_BINARYOPTIONS_H
