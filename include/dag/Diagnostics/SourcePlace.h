//===- SourcePlace.h - Where a location points to ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_SOURCEPLACE_H
#define DAG_DIAGNOSTICS_SOURCEPLACE_H

#include "mlir/IR/Location.h"

namespace mlir::dag {

/// Line, column and file of a location; the first that a fused, named or
/// call-site location holds. Zero and empty where there is none.
struct SourcePlace {
  StringRef file;
  unsigned line = 0;
  unsigned column = 0;
};
SourcePlace getSourcePlace(Location loc);
/// A location without a chain, which upstream would follow by recursion.
Location getPlainLoc(Location loc);

} // namespace mlir::dag

#endif // DAG_DIAGNOSTICS_SOURCEPLACE_H
