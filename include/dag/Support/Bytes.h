//===- Bytes.h - Numbers of bytes as people write them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_BYTES_H
#define DAG_SUPPORT_BYTES_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::dag {

/// Reads `3.5GiB`, `80 GB`, `512MiB` or `4096`: a number that is not negative,
/// and a unit of powers of 1000 (kB, MB, GB, TB) or of 1024 (KiB, MiB, GiB,
/// TiB); bytes without one. Nothing for any other text, or a number that does
/// not fit.
std::optional<int64_t> parseBytes(llvm::StringRef text);

/// Prints `3.50 GiB`: the largest unit of 1024 in which the number is at least
/// one, with two digits; bytes as they are. A number that has saturated is
/// `at least 8.00 EiB`.
std::string formatBytes(int64_t bytes);
/// The same of a figure without what has a size that is not known: `at least
/// 3.50 GiB`, or `unknown` where nothing is known.
std::string formatLeastBytes(int64_t bytes);

} // namespace mlir::dag

#endif // DAG_SUPPORT_BYTES_H
