//===- Runnable.cpp - Do the shards of a mutant fit together? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

/// The interpreter takes programs that verify. A mutant breaks rules, and its
/// ranks still run if each finds shards of the shapes that it computes with.
/// Every value has shards as its type says, or there is a misfit.
namespace {
class Runnable {
public:
  explicit Runnable(ModelOp plan) {
    if (MeshOp op = plan.lookupMesh())
      mesh = MeshShape(op);
  }

  bool fits(Block &block);
  std::string reason;

private:
  using Shape = SmallVector<int64_t>;

  /// The shape of a shard, or nothing if there is none.
  std::optional<Shape> getLocal(Type type);
  bool fits(Operation *op);
  bool fitsRegion(Operation *op);
  bool fitsCollective(Operation *op);
  bool fitsBrokenRule(Operation *op);
  bool areSame(Type a, Type b) {
    std::optional<Shape> left = getLocal(a), right = getLocal(b);
    return left && right && *left == *right;
  }
  bool fail(Operation *op, StringRef why) {
    reason = describe(op) + ": " + why.str();
    return false;
  }

  MeshShape mesh;
};
} // namespace

std::optional<Runnable::Shape> Runnable::getLocal(Type type) {
  if (auto transfer = dyn_cast<TransferType>(type))
    type = transfer.getPayload();
  std::optional<ShardedType> sharded = ShardedType::get(type);
  if (!sharded)
    return std::nullopt;
  for (auto [size, dim] : llvm::zip(sharded->shape, sharded->dims)) {
    if (llvm::any_of(dim.getAxes(),
                     [&](StringAttr axis) { return !mesh.getSize(axis); }))
      return std::nullopt;
    if (!dim.getUneven() && size % mesh.getSize(dim.getAxes()) != 0)
      return std::nullopt;
  }
  return getLocalShape(sharded->toType(), mesh);
}

bool Runnable::fitsRegion(Operation *op) {
  Block &block = op->getRegion(0).front();
  auto stage = dyn_cast<StageOp>(op);
  for (auto [argument, operand] :
       llvm::zip_equal(block.getArguments(), op->getOperands())) {
    if (!areSame(argument.getType(), operand.getType()))
      return fail(op, "an argument of another shape");
    auto source = operand.getDefiningOp<StageOp>();
    if (stage && source && !isa<TransferType>(operand.getType()) &&
        stage.getCoordinate() != source.getCoordinate())
      return fail(op, "data of ranks of another stage");
  }
  if (!fits(block))
    return false;
  for (auto [result, yielded] :
       llvm::zip_equal(op->getResults(), block.back().getOperands()))
    if (!areSame(result.getType(), yielded.getType()))
      return fail(op, "a result of another shape");
  return true;
}

bool Runnable::fitsCollective(Operation *op) {
  auto collective = cast<CollectiveOpInterface>(op);
  Value x = collective.getCollectiveOperand();
  std::optional<Shape> shape = getLocal(x.getType());
  std::optional<Shape> wanted = getLocal(op->getResult(0).getType());
  if (!shape || !wanted || shape->size() != wanted->size() ||
      !isa<RankedTensorType>(x.getType()))
    return fail(op, "shards of another rank");
  SmallVector<StringAttr> axes = getAxesOf(op);
  for (StringAttr axis : axes)
    if (!mesh.getSize(axis))
      return fail(op, "an axis that is not there");
  int64_t count = mesh.getSize(axes);
  for (int64_t dim : collective.getCollectiveDims())
    if (dim < 0 || dim >= static_cast<int64_t>(shape->size()))
      return fail(op, "a dimension that is not there");
  for (auto [axis, root] : llvm::zip(axes, collective.getRootCoordinates()))
    if (root >= *mesh.getSize(axis))
      return fail(op, "a root that is not there");
  auto cut = [&](int64_t dim) {
    (*shape)[dim] = llvm::divideCeil((*shape)[dim], count);
  };
  auto join = [&](int64_t dim) {
    (*shape)[dim] *= count;
    // Padding ends there.
    if (ShardedType(cast<RankedTensorType>(x.getType())).dims[dim].isRagged())
      (*shape)[dim] = std::min((*shape)[dim], (*wanted)[dim]);
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case<AllGatherOp, GatherOp>([&](auto op) { join(op.getDim()); })
      .Case<ReduceScatterOp, SliceOp, ScatterOp>(
          [&](auto op) { cut(op.getDim()); })
      .Case([&](AllToAllOp op) {
        cut(op.getSplitDim());
        join(op.getConcatDim());
      });
  return *shape == *wanted || fail(op, "shards of another shape");
}

/// Ops that break a rule, but not that of their shapes on each rank.
bool Runnable::fitsBrokenRule(Operation *op) {
  auto get = [&](Value value) { return getLocal(value.getType()); };
  bool fits =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case<AddOp, MultiplyOp, ActivationOp, ScaleOp, SoftCapOp, DropoutOp,
                RmsNormOp, LayerNormOp, BiasAddOp, RotaryEmbeddingOp>(
              [&](Operation *op) {
                std::optional<Shape> result = get(op->getResult(0));
                if (!result || result->empty())
                  return false;
                return llvm::all_of(op->getOperands(), [&](Value operand) {
                  std::optional<Shape> shape = get(operand);
                  return shape && (*shape == *result || shape->empty() ||
                                   (shape->size() == 1 &&
                                    shape->front() == result->back()));
                });
              })
          .Case<LinearOp>([&](LinearOp op) {
            std::optional<Shape> x = get(op.getX()), w = get(op.getWeight()),
                                 result = get(op.getResult());
            if (!x || !w || !result || w->size() != 2 || x->empty() ||
                x->back() != w->back())
              return false;
            x->back() = w->front();
            return *x == *result &&
                   (!op.getBias() || *get(op.getBias()) == Shape{w->front()});
          })
          .Case([&](OutputProjectionOp op) {
            std::optional<Shape> x = get(op.getX()), w = get(op.getWeight()),
                                 result = get(op.getResult());
            return x && w && result && x->size() == 4 && w->size() == 2 &&
                   (*x)[2] * (*x)[3] == w->back() &&
                   *result == Shape{(*x)[0], (*x)[1], w->front()} &&
                   (!op.getBias() || *get(op.getBias()) == Shape{w->front()});
          })
          .Case<OutputOp>([](auto) { return true; })
          .Case<StageOp, LayerOp>([&](Operation *op) { return fitsRegion(op); })
          .Case<SendOp, RecvOp>([&](Operation *op) {
            return areSame(op->getOperand(0).getType(),
                           op->getResult(0).getType()) &&
                   isa<TransferType>(isa<SendOp>(op)
                                         ? op->getResult(0).getType()
                                         : op->getOperand(0).getType());
          })
          .Default(false);
  return fits || !reason.empty() || fail(op, "operands that do not fit");
}

bool Runnable::fits(Operation *op) {
  if (isa<CommBufferOp, ScheduleOp, YieldOp>(op))
    return true;
  for (Type type : op->getResultTypes())
    if (!getLocal(type))
      return fail(op, "shards that are not whole");
  if (isa<CollectiveOpInterface>(op))
    return fitsCollective(op);
  bool isBroken = false;
  {
    ScopedDiagnosticHandler silence(op->getContext(),
                                    [](Diagnostic &) { return success(); });
    isBroken = failed(op->getName().verifyInvariants(op));
  }
  if (isBroken)
    return fitsBrokenRule(op) && reason.empty();
  return !isa<StageOp, LayerOp>(op) || fitsRegion(op);
}

bool Runnable::fits(Block &block) {
  return llvm::all_of(block, [&](Operation &op) { return fits(&op); });
}

std::string mutation::findMisfit(ModelOp plan) {
  Runnable runnable(plan);
  runnable.fits(plan.getBody().front());
  return runnable.reason;
}
