//===- TensorMaps.h - Tensor maps in memory -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_TENSORMAPS_H
#define DAG_EMULATOR_TENSORMAPS_H

#include "Machine.h"

namespace mlir::dag::ptx {

/// The tensor map that bytes are, if they are one.
std::optional<TensorMap> decodeTensorMap(const uint8_t *bytes);

/// The tensor map at an address, for a copy of that rank and kind, or none
/// after a finding.
std::optional<TensorMap> findTensorMap(Warp &warp, uint64_t address,
                                       unsigned rank, bool isIm2col,
                                       unsigned lane);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_TENSORMAPS_H
