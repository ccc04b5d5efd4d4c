//===- Reasons.cpp - Why rules refuse what would be right -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reasons.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag;
using namespace mlir::dag::typing;
using llvm::StringRef;

static constexpr Reason kReasons[] = {
    {"", "", ""},
};

llvm::ArrayRef<Reason> mlir::dag::typing::getReasons() { return kReasons; }

const Reason *mlir::dag::typing::findReason(StringRef op, StringRef constraint,
                                 StringRef code) {
  for (const Reason &reason : kReasons) {
    if (reason.code != code)
      continue;
    for (StringRef item : llvm::split(reason.constraints, ", ")) {
      auto [name, constraints] = item.split(' ');
      if (name == op &&
          llvm::is_contained(llvm::split(constraints, ' '), constraint))
        return &reason;
    }
  }
  return nullptr;
}
