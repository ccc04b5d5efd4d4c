//===- ReferenceLayers.h - What the layers of a reference have -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_PLAN_REFERENCELAYERS_H
#define DAG_LIB_VERIFICATION_PLAN_REFERENCELAYERS_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Roles.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::dag {

/// What stands in the layers of the references beside a plan, as far as they
/// are of its model (`isReferenceOf`). A model may have layers that are unlike
/// what models usually have: its references say so, all of them.
class ReferenceLayers {
public:
  /// Beside anything but a plan there is none.
  explicit ReferenceLayers(Operation *root);

  /// True if references have the layer, without attention.
  bool isWithoutAttention(int64_t layer) const;
  /// True if references have the layer with attention, but nothing of a part of
  /// it, by the position of that.
  bool isWithoutPart(int64_t layer, unsigned position) const;
  /// How many ops of a role each reference has in the layer. A composite has
  /// each part once.
  unsigned getCount(int64_t layer, Role role) const;

private:
  /// Ops by role.
  using Layer = llvm::SmallDenseMap<Role, unsigned>;
  /// The layers of this index, one of each reference that has it.
  ArrayRef<Layer> getLayers(int64_t index) const;

  llvm::DenseMap<int64_t, SmallVector<Layer, 1>> layers;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_PLAN_REFERENCELAYERS_H
