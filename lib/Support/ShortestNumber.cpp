//===- ShortestNumber.cpp - Numbers with few digits -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/ShortestNumber.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstdlib>

using namespace mlir;
using namespace mlir::dag;

std::string dag::formatShortest(double value, NumberForm form) {
  bool isFixed = form == NumberForm::Fixed;
  int digits = 1;
  double magnitude = std::fabs(value);
  if (form == NumberForm::Whole && magnitude >= 1 && magnitude < 1e16)
    digits += static_cast<int>(std::log10(magnitude));
  llvm::SmallString<32> text;
  for (; digits <= 17; ++digits) {
    text.clear();
    llvm::raw_svector_ostream os(text);
    if (isFixed)
      os << llvm::format("%.*f", digits, value);
    else
      os << llvm::format("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value)
      break;
  }
  return text.str().str();
}
