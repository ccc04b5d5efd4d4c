//===- Bytes.cpp - Numbers of bytes as people write them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Bytes.h"
#include "dag/Support/Saturating.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

std::optional<int64_t> dag::parseBytes(llvm::StringRef text) {
  text = text.trim();
  llvm::StringRef number =
      text.take_while([](char c) { return llvm::isDigit(c) || c == '.'; });
  int64_t unit =
      llvm::StringSwitch<int64_t>(text.drop_front(number.size()).ltrim())
          .CasesLower({"", "b"}, 1)
          .CasesLower({"kb"}, 1000)
          .CasesLower({"mb"}, 1000 * 1000)
          .CasesLower({"gb"}, 1000 * 1000 * 1000)
          .CasesLower({"tb"}, 1000ll * 1000 * 1000 * 1000)
          .CasesLower({"kib"}, 1ll << 10)
          .CasesLower({"mib"}, 1ll << 20)
          .CasesLower({"gib"}, 1ll << 30)
          .CasesLower({"tib"}, 1ll << 40)
          .Default(0);
  if (unit == 0)
    return std::nullopt;
  // Whole numbers are exact.
  int64_t whole, product;
  if (!number.getAsInteger(10, whole)) {
    if (llvm::MulOverflow(whole, unit, product))
      return std::nullopt;
    return product;
  }
  double value;
  if (number.getAsDouble(value) || !(value * unit < 9.2e18))
    return std::nullopt;
  return static_cast<int64_t>(value * unit);
}

std::string dag::formatBytes(int64_t bytes) {
  constexpr llvm::StringLiteral units[] = {"KiB", "MiB", "GiB",
                                           "TiB", "PiB", "EiB"};
  if (isSaturated(bytes))
    return "at least 8.00 EiB";
  if (bytes < 1024)
    return llvm::formatv("{0} bytes", bytes);
  // 1023.999 MiB is 1.00 GiB, not 1024.00 MiB.
  double value = bytes / 1024.0;
  unsigned unit = 0;
  while (value >= 1023.995 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return llvm::formatv("{0:f2} {1}", value, units[unit]);
}

std::string dag::formatLeastBytes(int64_t bytes) {
  if (bytes == 0)
    return "unknown";
  return (isSaturated(bytes) ? "" : "at least ") + formatBytes(bytes);
}
