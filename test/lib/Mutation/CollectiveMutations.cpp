//===- CollectiveMutations.cpp - Broken communication within stages -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

static bool isReduction(Operation *op) {
  return isa<AllReduceOp, ReduceScatterOp>(op);
}

static void dropCollective(Sites &sites) {
  sites.forEach<CollectiveOpInterface>([&](CollectiveOpInterface op) {
    sites.add(op, "dropped", [op]() mutable { replaceByOperand(op); },
              {isReduction(op) ? "DAG505 DAG508" : "DAG508 DAG505 DAG708", ""});
  });
}

static void doubleCollective(Sites &sites) {
  sites.forEach<CollectiveOpInterface>([&](CollectiveOpInterface op) {
    sites.add(op, "doubled", [op]() mutable { applyTwice(op); },
              {isReduction(op) ? "DAG506" : "DAG508 DAG509", ""});
  });
}

static void extraAllReduce(Sites &sites) {
  if (sites.getAxes().empty())
    return;
  StringAttr axis = sites.getAxes().back();
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<RmsNormOp, LayerNormOp, ActivationOp, MultiplyOp, AddOp,
             AttentionOutputOp, LinearOp>(op))
      return;
    std::optional<ShardedType> type =
        ShardedType::get(op->getResult(0).getType());
    if (type->hasPartial())
      return;
    sites.add(op, "its result is reduced over " + axis.getValue(), [op, axis] {
      OpBuilder builder(op->getContext());
      builder.setInsertionPointAfter(op);
      Value result = op->getResult(0);
      Operation *extra = createOp(
          builder, op->getLoc(), "dag.all_reduce", result, result.getType(),
          builder.getNamedAttr("axes", getAxesAttr(op->getContext(), axis)));
      result.replaceAllUsesExcept(extra->getResult(0), extra);
    });
  });
}

static void wrongAxis(Sites &sites) {
  sites.forEach<CollectiveOpInterface>([&](CollectiveOpInterface op) {
    SmallVector<StringAttr> axes = getAxesOf(op);
    // A token may visit experts of the same number on both ranks.
    auto dispatch = op->getOperand(0).getDefiningOp<DispatchOp>();
    StringRef why =
        dispatch && dispatch.getCapacity() == 1
            ? "the only token may be in the same slots on both ranks"
            : sites.getReasonForOtherTokens(op);
    auto add = [&](ArrayRef<StringAttr> others, StringRef codes) {
      sites.add(op, "over " + formatAxes(others),
                [op, others = SmallVector<StringAttr>(others)] {
                  op->setAttr("axes", getAxesAttr(op->getContext(), others));
                },
                {codes, why});
    };
    for (StringAttr axis : sites.getMesh().getAxes())
      if (!llvm::is_contained(axes, axis) && *sites.getMesh().getSize(axis) > 1)
        add(axis, isReduction(op)    ? "DAG505 DAG506 DAG509"
                  : isa<SliceOp>(op) ? "DAG508 DAG509"
                                     : "DAG509");
    // A part of the group leaves the rest of it pending, or in shards and with
    // their padding.
    if (axes.size() > 1)
      for (StringAttr axis : {axes.front(), axes.back()})
        add(axis, isReduction(op) ? "DAG505" : "DAG508 DAG509 DAG708");
  });
}

/// What stands in the place of a collective, with the types as they are.
static void wrongKind(Sites &sites) {
  sites.forEach<CollectiveOpInterface>([&](CollectiveOpInterface op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    int64_t dim = llvm::TypeSwitch<Operation *, int64_t>(op)
                      .Case<AllGatherOp, ReduceScatterOp, SliceOp>(
                          [](auto op) { return op.getDim(); })
                      .Case([](AllToAllOp op) { return op.getConcatDim(); })
                      .Default(type.getRank() - 1);
    for (StringRef name : {"dag.all_reduce", "dag.all_gather",
                           "dag.reduce_scatter", "dag.slice"}) {
      if (name == op->getName().getStringRef())
        continue;
      sites.add(op, "in its place " + name, [op, name, dim] {
        OpBuilder builder(op);
        SmallVector<NamedAttribute> attributes = {
            builder.getNamedAttr("axes", op->getAttr("axes"))};
        if (name != "dag.all_reduce")
          attributes.push_back(
              builder.getNamedAttr("dim", builder.getI64IntegerAttr(dim)));
        Operation *other =
            createOp(builder, op->getLoc(), name, op->getOperands(),
                     op->getResultTypes(), attributes);
        op->replaceAllUsesWith(other);
        op->erase();
      });
    }
  });
}

static void wrongDim(Sites &sites) {
  sites.forEach<CollectiveOpInterface>([&](CollectiveOpInterface op) {
    for (StringRef name : {"dim", "split_dim", "concat_dim"}) {
      auto dim = op->getAttrOfType<IntegerAttr>(name);
      if (!dim)
        continue;
      int64_t rank =
          cast<RankedTensorType>(op->getResult(0).getType()).getRank();
      int64_t other = (dim.getInt() + 1) % rank;
      sites.add(op, name + " = " + Twine(other), [op, name, dim, other] {
        op->setAttr(name, IntegerAttr::get(dim.getType(), other));
      });
    }
  });
}

/// A shard of another dimension, and a type that says so.
static void wrongSlice(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<ReduceScatterOp, SliceOp>(op))
      return;
    auto dim = op->getAttrOfType<IntegerAttr>("dim");
    Value x = op->getOperand(0);
    auto type = cast<RankedTensorType>(x.getType());
    int64_t other = (dim.getInt() + 1) % type.getRank();
    SmallVector<StringAttr> axes = getAxesOf(op);
    if (type.getDimSize(other) % sites.getMesh().getSize(axes) != 0 ||
        ShardedType(type).dims[other].isSharded())
      return;
    sites.add(op, "of dimension " + Twine(other), [=]() mutable {
      op->setAttr("dim", IntegerAttr::get(dim.getType(), other));
      Type result = x.getType();
      if (isReduction(op))
        result = withPartial(result, {});
      result = withDim(result, other, axes);
      op->getResult(0).setType(cast<RankedTensorType>(result));
    });
  });
}

/// The all-reduce goes behind what uses its result.
static void moveBehindUse(AllReduceOp reduce, Operation *use) {
  Value sum = reduce.getX();
  use->replaceUsesOfWith(reduce.getResult(), sum);
  Type reduced = use->getResult(0).getType();
  use->getResult(0).setType(withPartial(reduced, getAxesOf(reduce)));
  reduce->moveAfter(use);
  use->getResult(0).replaceAllUsesWith(reduce.getResult());
  reduce->setOperand(0, use->getResult(0));
  reduce.getResult().setType(cast<RankedTensorType>(reduced));
}

template <typename... UseOps>
static void useBeforeReduction(Sites &sites) {
  sites.forEach<AllReduceOp>([&](AllReduceOp reduce) {
    if (!reduce.getResult().hasOneUse())
      return;
    Operation *use = *reduce.getResult().getUsers().begin();
    if (isa<UseOps...>(use) && use->getNumResults() == 1)
      sites.add(use, "before its operand is reduced",
                [reduce, use]() mutable { moveBehindUse(reduce, use); });
  });
}

/// Each rank adds the bias to its part of the sum.
static void biasOnEachRank(Sites &sites) {
  sites.forEach<BiasAddOp>([&](BiasAddOp add) {
    auto reduce = add.getX().getDefiningOp<AllReduceOp>();
    if (!reduce)
      return;
    Operation *product = reduce.getX().getDefiningOp();
    if (isa_and_nonnull<LinearOp, OutputProjectionOp>(product) &&
        product->getNumOperands() == 2)
      sites.add(product, "with the bias that belongs behind the reduction",
                [add, product]() mutable {
                  Value bias = add.getBias();
                  bias.getDefiningOp()->moveBefore(product);
                  product->insertOperands(2, bias);
                  replaceByOperand(add);
                });
  });
}

static void claimReduced(Sites &sites) {
  sites.forEach<AllReduceOp>([&](AllReduceOp reduce) {
    Operation *op = reduce.getX().getDefiningOp();
    if (op && op->getNumResults() == 1)
      sites.add(op, "its type says that nothing is pending",
                [reduce]() mutable {
                  Value sum = reduce.getX();
                  sum.setType(withPartial(sum.getType(), {}));
                  replaceByOperand(reduce);
                });
  });
}

static void changeShape(Sites &sites) {
  sites.forEach<AllReduceOp>([&](AllReduceOp reduce) {
    auto type = cast<RankedTensorType>(reduce.getType());
    unsigned dim = type.getRank() - 1;
    sites.add(reduce, "its result is twice as wide", [=]() mutable {
      reduce.getResult().setType(cast<RankedTensorType>(
          withSize(type, dim, 2 * type.getDimSize(dim))));
    });
  });
}

/// In the place of an all-gather a gather, and a broadcast from elsewhere.
static void wrongRoot(Sites &sites) {
  sites.forEach<AllGatherOp>([&](AllGatherOp gather) {
    SmallVector<StringAttr> axes = getAxesOf(gather);
    if (axes.size() != 1)
      return;
    int64_t size = *sites.getMesh().getSize(axes.front());
    for (int64_t root : {int64_t(1), size})
      sites.add(gather,
                "gathered at 0 and broadcast from " + Twine(root) + " of " +
                    Twine(size),
                [=]() mutable {
                  OpBuilder builder(gather);
                  auto getRooted = [&](int64_t root) {
                    ShardedType type(cast<RankedTensorType>(gather.getType()));
                    type.roots = {{axes.front(), root}};
                    return type.toType();
                  };
                  NamedAttribute over =
                      builder.getNamedAttr("axes", gather.getAxesAttr());
                  Operation *at0 = createOp(
                      builder, gather.getLoc(), "dag.gather", gather.getX(),
                      getRooted(0),
                      {over, builder.getNamedAttr("dim", gather.getDimAttr()),
                       builder.getNamedAttr("root",
                                            builder.getDenseI64ArrayAttr(0))});
                  Operation *all = createOp(
                      builder, gather.getLoc(), "dag.broadcast",
                      at0->getResult(0), gather.getType(),
                      {over, builder.getNamedAttr(
                                 "root", builder.getDenseI64ArrayAttr(root))});
                  gather->replaceAllUsesWith(all);
                  gather->erase();
                });
  });
}

/// Keys and values over the other part of an axis that was split for them.
static void wrongReplication(Sites &sites) {
  sites.forEach<QkvProjectionOp>([&](QkvProjectionOp op) {
    auto getAxes = [](Value weight) {
      return ShardedType(cast<RankedTensorType>(weight.getType()))
          .dims[0]
          .getAxes();
    };
    ArrayRef<StringAttr> all = getAxes(op.getWq()), some = getAxes(op.getWk());
    if (all.size() == some.size() || all.empty())
      return;
    StringAttr other = all.back();
    int64_t size = *sites.getMesh().getSize(other);
    if (op.getNumKvHeads() % size != 0)
      return;
    sites.add(op, "KV heads over " + other.getValue(), [=]() mutable {
      for (Value weight : {op.getWk(), op.getWv()})
        weight.setType(
            cast<RankedTensorType>(withDim(weight.getType(), 0, other)));
      for (Value heads : {op.getK(), op.getV()})
        heads.setType(
            cast<RankedTensorType>(withDim(heads.getType(), 2, other)));
    });
  });
}

//===----------------------------------------------------------------------===//
// Changes that break nothing
//===----------------------------------------------------------------------===//

static void scatterAndGather(Sites &sites) {
  sites.forEach<AllReduceOp>([&](AllReduceOp reduce) {
    auto type = cast<RankedTensorType>(reduce.getType());
    SmallVector<StringAttr> axes = getAxesOf(reduce);
    if (type.getDimSize(1) % sites.getMesh().getSize(axes) != 0 ||
        ShardedType(type).dims[1].isSharded())
      return;
    sites.add(reduce, "a reduce-scatter and an all-gather", [=]() mutable {
      OpBuilder builder(reduce);
      NamedAttribute attributes[] = {
          builder.getNamedAttr("axes", reduce.getAxesAttr()),
          builder.getNamedAttr("dim", builder.getI64IntegerAttr(1))};
      Operation *scatter =
          createOp(builder, reduce.getLoc(), "dag.reduce_scatter",
                   reduce.getX(), withDim(type, 1, axes), attributes);
      Operation *gather = createOp(builder, reduce.getLoc(), "dag.all_gather",
                                   scatter->getResult(0), type, attributes);
      reduce->replaceAllUsesWith(gather);
      reduce->erase();
    });
  });
}

static void sliceAndGather(Sites &sites) {
  if (sites.getAxes().empty())
    return;
  StringAttr axis = sites.getAxes().back();
  sites.forEach<AddOp>([&](AddOp add) {
    auto type = cast<RankedTensorType>(add.getType());
    if (type.getEncoding() ||
        type.getDimSize(1) % *sites.getMesh().getSize(axis) != 0)
      return;
    sites.add(add, "cut over the sequence, and gathered again", [=]() mutable {
      OpBuilder builder(add.getContext());
      builder.setInsertionPointAfter(add);
      NamedAttribute attributes[] = {
          builder.getNamedAttr("axes", getAxesAttr(add.getContext(), axis)),
          builder.getNamedAttr("dim", builder.getI64IntegerAttr(1))};
      Operation *slice =
          createOp(builder, add.getLoc(), "dag.slice", add.getResult(),
                   withDim(type, 1, axis), attributes);
      Operation *gather = createOp(builder, add.getLoc(), "dag.all_gather",
                                   slice->getResult(0), type, attributes);
      add.getResult().replaceAllUsesExcept(gather->getResult(0), slice);
    });
  });
}

ArrayRef<Kind> mutation::getCollectiveKinds() {
  static const Kind kinds[] = {
      {"drop-collective",
       {"DAG505 DAG508", ""},
       "a collective is missing",
       dropCollective},
      {"double-collective",
       {"DAG506 DAG508 DAG509", ""},
       "a collective follows itself",
       doubleCollective},
      {"extra-all-reduce",
       {"DAG506", ""},
       "a sum is reduced that is not pending",
       extraAllReduce},
      {"wrong-axis",
       {"DAG505 DAG506 DAG508 DAG509", ""},
       "a collective over another group",
       wrongAxis},
      {"wrong-kind",
       {"DAG505 DAG506 DAG508 DAG509", ""},
       "another collective in its place",
       wrongKind},
      {"wrong-dim",
       {"DAG508 DAG509 DAG705", ""},
       "a collective along another dimension",
       wrongDim},
      {"wrong-slice",
       {"DAG508", ""},
       "each rank keeps a shard of another dimension, and the type says so",
       wrongSlice},
      {"residual-before-reduction",
       {"DAG505", ""},
       "the residual is added on each rank, before the all-reduce",
       useBeforeReduction<AddOp>},
      {"norm-before-reduction",
       {"DAG505", ""},
       "a non-linear op stands before the all-reduce",
       useBeforeReduction<RmsNormOp, LayerNormOp, ActivationOp>},
      {"bias-before-reduction",
       {"DAG505", ""},
       "a bias is added before the all-reduce",
       useBeforeReduction<BiasAddOp>},
      {"bias-on-each-rank",
       {"DAG505", ""},
       "a row-parallel product adds its bias once for each rank",
       biasOnEachRank},
      {"claim-reduced",
       {"DAG505", ""},
       "a sum is not reduced, and its type hides that",
       claimReduced},
      {"change-shape",
       {"DAG708", ""},
       "an all-reduce changes the shape",
       changeShape},
      {"wrong-root",
       {"DAG509", ""},
       "a broadcast from a rank that does not have it",
       wrongRoot},
      {"wrong-replication",
       {"DAG508", ""},
       "KV heads are copied to the wrong ranks",
       wrongReplication},
      {"scatter-and-gather",
       {"", ""},
       "an all-reduce in two steps: nothing is broken",
       scatterAndGather},
      {"slice-and-gather",
       {"", ""},
       "a tensor is cut and put together: nothing is broken",
       sliceAndGather},
  };
  return kinds;
}
