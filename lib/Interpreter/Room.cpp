//===- Room.cpp - How much a run keeps at a time -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Room.h"
#include "Shards.h"
#include "dag/Dialect/Dag/IR/CompositeParts.h"
#include "dag/Support/Saturating.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// Elements of a tensor of static sizes that may be made.
static int64_t countElements(ArrayRef<int64_t> shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements =
        ShapedType::isDynamic(size) ? 0 : multiplySaturating(elements, size);
  return elements <= kMaxElements ? elements : 0;
}

namespace {
/// Counts for a number of ranks that do the same.
class Counter {
public:
  Counter(const MeshShape &mesh, bool keepsSources)
      : mesh(mesh), keepsSources(keepsSources) {}

  /// The most that `numRanks` ranks keep in a block at a time.
  int64_t countBlock(Block &block, int64_t numRanks);
  /// What is kept once for all ranks.
  int64_t getShared() const { return shared; }

private:
  int64_t countOnRank(Type type) const;
  int64_t countWhole(Type type) const;
  /// What an op keeps beside its results.
  int64_t countState(Operation *op);
  /// What there is while an op runs: the values of a composite's parts.
  int64_t countParts(Operation *op);

  const MeshShape &mesh;
  /// What comes from outside stays, whole, until the run ends.
  bool keepsSources;
  int64_t shared = 0;
  CompositeParts composites;
};
} // namespace

int64_t Counter::countWhole(Type type) const {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? countElements(tensor.getShape()) : 0;
}

int64_t Counter::countOnRank(Type type) const {
  if (auto transfer = dyn_cast<TransferType>(type))
    type = transfer.getPayload();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || countElements(tensor.getShape()) == 0)
    return 0;
  SmallVector<int64_t> shape(tensor.getShape());
  if (auto sharding = dyn_cast_if_present<ShardingAttr>(tensor.getEncoding()))
    for (auto [size, dim] : llvm::zip_equal(shape, sharding.getDims()))
      size = llvm::divideCeil(size, mesh.getSize(dim.getAxes()));
  return countElements(shape);
}

int64_t Counter::countState(Operation *op) {
  if (isa<ParameterOp, InputOp>(op) && keepsSources)
    shared = addSaturating(shared, countWhole(op->getResult(0).getType()));
  // The cache itself; the buffer's part; what is handed out.
  if (isa<KvCacheOp>(op))
    return countOnRank(op->getResult(0).getType());
  if (isa<StashOp>(op))
    return countOnRank(op->getOperand(0).getType());
  if (auto output = dyn_cast<OutputOp>(op)) {
    shared = addSaturating(shared, countWhole(output.getValue().getType()));
    return countOnRank(output.getValue().getType());
  }
  return 0;
}

int64_t Counter::countParts(Operation *op) {
  auto composite = dyn_cast<CompositeOpInterface>(op);
  if (!composite)
    return 0;
  FailureOr<const CompositeParts::Parts *> parts = composites.get(composite);
  int64_t elements = 0;
  if (succeeded(parts))
    for (Operation &part : (*parts)->getBlock())
      for (Type type : part.getResultTypes())
        elements = addSaturating(elements, countOnRank(type));
  return elements;
}

int64_t dag::getNumRanksInside(Operation *op, int64_t numRanks,
                               const MeshShape &mesh) {
  auto stage = dyn_cast<StageOp>(op);
  return stage && stage.getAxisAttr()
             ? numRanks / mesh.getSize(ArrayRef(stage.getAxisAttr()))
             : numRanks;
}

int64_t Counter::countBlock(Block &block, int64_t numRanks) {
  int64_t sum = 0, most = 0;
  auto add = [&](int64_t elements) {
    sum = addSaturating(sum, multiplySaturating(elements, numRanks));
  };
  for (BlockArgument argument : block.getArguments())
    add(countOnRank(argument.getType()));
  for (Operation &op : block) {
    for (Type type : op.getResultTypes())
      add(countOnRank(type));
    add(countState(&op));
    // One rank after the other.
    most = std::max(most, addSaturating(sum, countParts(&op)));
    int64_t numInside = getNumRanksInside(&op, numRanks, mesh);
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        most = std::max(most, addSaturating(sum, countBlock(inner, numInside)));
    // Whole until all ranks have their part.
    if (isa<ParameterOp, InputOp>(op) && !keepsSources)
      most = std::max(
          most, addSaturating(sum, countWhole(op.getResult(0).getType())));
  }
  return std::max(most, sum);
}

/// A rank runs its functions one after the other, and forgets each.
static int64_t countProgram(ProgramOp program, const MeshShape &mesh) {
  Counter counter(mesh, /*keepsSources=*/true);
  std::vector<int64_t> ranks(mesh.getSize(mesh.getAxes()));
  for (auto function : program.getBody().getOps<FunctionOp>()) {
    int64_t elements =
        counter.countBlock(function.getBody().front(), /*numRanks=*/1);
    RangeSet set = function.getRanks().getSet();
    for (RangeSet::Range range : set.getRanges())
      for (int64_t rank = range.first; rank <= range.last; ++rank)
        ranks[rank] = std::max(ranks[rank], elements);
  }
  int64_t sum = counter.getShared();
  for (int64_t elements : ranks)
    sum = addSaturating(sum, elements);
  return sum;
}

LogicalResult dag::checkRoom(Operation *op, const MeshShape &mesh,
                             int64_t limit) {
  int64_t numRanks = mesh.getSize(mesh.getAxes()), sum;
  if (auto program = dyn_cast<ProgramOp>(op)) {
    sum = countProgram(program, mesh);
  } else {
    Counter counter(mesh, /*keepsSources=*/false);
    int64_t most =
        counter.countBlock(cast<ModelOp>(op).getBody().front(), numRanks);
    sum = addSaturating(most, counter.getShared());
  }
  if (sum <= limit)
    return success();
  return op->emitError() << "expected at most " << limit
                         << " elements at a time, in the values of all ranks, "
                            "but got "
                         << sum << " on " << numRanks
                         << (numRanks == 1 ? " rank" : " ranks");
}
