//===- SourcePlace.cpp - Where a location points to -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/SourcePlace.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

SourcePlace dag::getSourcePlace(Location loc) {
  // Depth first, in order. Locations share their parts, so that a small one
  // can be exponentially large as a tree: each part is visited once.
  SmallVector<LocationAttr, 8> worklist{LocationAttr(loc)};
  llvm::SmallPtrSet<const void *, 8> visited;
  while (!worklist.empty()) {
    LocationAttr current = worklist.pop_back_val();
    if (auto range = dyn_cast<FileLineColRange>(current))
      return {range.getFilename().getValue(), range.getStartLine(),
              range.getStartColumn()};
    if (!visited.insert(current.getAsOpaquePointer()).second)
      continue;
    llvm::TypeSwitch<LocationAttr>(current)
        .Case([&](NameLoc name) { worklist.push_back(name.getChildLoc()); })
        .Case([&](FusedLoc fused) {
          for (Location part : llvm::reverse(fused.getLocations()))
            worklist.push_back(part);
        })
        .Case([&](CallSiteLoc call) {
          worklist.push_back(call.getCaller());
          worklist.push_back(call.getCallee());
        })
        .Case([&](OpaqueLoc opaque) {
          worklist.push_back(opaque.getFallbackLocation());
        });
  }
  return {};
}

Location dag::getPlainLoc(Location loc) {
  if (isa<FileLineColLoc, UnknownLoc>(loc))
    return loc;
  SourcePlace place = getSourcePlace(loc);
  if (place.file.empty())
    return UnknownLoc::get(loc.getContext());
  return FileLineColLoc::get(loc.getContext(), place.file, place.line,
                             place.column);
}
