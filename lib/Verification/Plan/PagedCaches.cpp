//===- PagedCaches.cpp - Pools of pages and what is written ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedRules.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

void dag::checkPools(const DeploymentGraph &graph, CheckLog &log) {
  for (auto [id, node] : llvm::enumerate(graph.getNodes())) {
    PagedUse use = getPagedUse(node.op);
    for (Value cache : use.caches) {
      auto pool = dyn_cast<RankedTensorType>(cache.getType());
      auto table = dyn_cast<RankedTensorType>(use.table.getType());
      if (!pool || pool.getRank() < 2 || !table || table.getRank() != 2 ||
          !pool.hasStaticShape() || table.isDynamicDim(0))
        continue;
      int64_t batch = table.getDimSize(0), pages = pool.getDimSize(0);
      int64_t least = use.getLeastPages(pool.getDimSize(1));
      if (llvm::SaturatingMultiply<uint64_t>(least, batch) <=
          static_cast<uint64_t>(pages))
        continue;
      log.report(Code::DAG708, graph.getPlace(id),
                 "expected a pool of " + Twine(least) +
                     (least == 1 ? " page" : " pages") + " for each of " +
                     Twine(batch) +
                     " sequences at least, for one run's new "
                     "tokens, but got " +
                     Twine(pages) + " of " + Twine(pool.getDimSize(1)) +
                     " tokens");
      break;
    }
  }
}
