//===- ParameterMutations.cpp - Wrong weights, caches, inputs, types -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

/// The name without its numbers.
static std::string getPattern(StringRef name) {
  std::string pattern;
  for (char c : name)
    if (!isdigit(c))
      pattern += c;
  return pattern;
}

/// Pairs of ops of one type: the same of two layers, or two of one layer.
template <typename OpT>
static void forEachPair(Sites &sites,
                        function_ref<void(OpT, OpT, bool)> callback) {
  std::vector<OpT> ops;
  sites.forEach<OpT>([&](OpT op) { ops.push_back(op); });
  for (size_t i = 0; i < ops.size(); ++i) {
    bool hasInner = false, hasOuter = false;
    for (size_t step = 1; step < ops.size(); ++step) {
      OpT a = ops[i], b = ops[(i + step) % ops.size()];
      if (a.getType() != b.getType() || a.getName() == b.getName())
        continue;
      bool isInner = a->getBlock() == b->getBlock();
      bool &has = isInner ? hasInner : hasOuter;
      if (has ||
          (!isInner && getPattern(a.getName()) != getPattern(b.getName())))
        continue;
      has = true;
      callback(a, b, isInner);
    }
  }
}

/// A bias of keys adds the same to all scores of a query, which a softmax does
/// not see, unless keys are rotated or normalized.
static Expected getExpected(ParameterOp op, StringRef codes) {
  for (Operation *user : op->getUsers())
    if (auto projection = dyn_cast<QkvProjectionOp>(user))
      if (projection.getBiases().size() == 3 &&
          projection.getBiases()[1] == op.getResult())
        return {codes, "a softmax does not see a bias of all keys"};
  return {codes, ""};
}

static void wrongParameter(Sites &sites) {
  forEachPair<ParameterOp>(sites, [&](ParameterOp a, ParameterOp b, bool) {
    sites.add(
        a, "it is '" + b.getName() + "'",
        [=]() mutable {
          a.setName(b.getName());
          if (b.getCheckpointAttr())
            a.setCheckpointAttr(b.getCheckpointAttr());
          else
            a.removeCheckpointAttr();
        },
        getExpected(a, "DAG791"));
  });
}

static void swapParameters(Sites &sites) {
  forEachPair<ParameterOp>(
      sites, [&](ParameterOp a, ParameterOp b, bool isInner) {
        // To exchange the weights of two ops on one value is to exchange what
        // uses their results.
        sites.add(
            a, "it changes places with '" + b.getName() + "'",
            [=]() mutable {
              NamedAttrList ofA(a->getAttrDictionary());
              a->setAttrs(b->getAttrDictionary());
              b->setAttrs(ofA.getDictionary(b.getContext()));
            },
            getExpected(a, isInner ? "DAG791 DAG792" : "DAG791"));
      });
}

static void wrongPart(Sites &sites) {
  sites.forEach<ParameterOp>([&](ParameterOp op) {
    MLIRContext *context = op.getContext();
    auto type = cast<RankedTensorType>(op.getType());
    CheckpointAttr from = op.getCheckpointAttr();
    auto add = [&](StringRef text, CheckpointAttr other) {
      sites.add(
          op, text,
          [=]() mutable {
            if (other)
              op.setCheckpointAttr(other);
            else
              op.removeCheckpointAttr();
          },
          getExpected(op, "DAG791"));
    };
    if (!from) {
      if (type.getRank() == 2 && type.getDimSize(0) == type.getDimSize(1))
        add("transposed", CheckpointAttr::get(context, false, true));
      return;
    }
    // The names of stacked tensors have a place for a number.
    if (!from.getStacked())
      add("as it is stored", {});
    // An attribute says something.
    bool saysMore = from.getPacking() != Packing::None || from.getStacked() ||
                    !from.getView().empty();
    if (from.getTransposed())
      add("not transposed",
          saysMore ? CheckpointAttr::get(
                         context, from.getPacking(), from.getStacked(), false,
                         from.getView(), from.getOffsets(), from.getSizes())
                   : CheckpointAttr());
    for (size_t dim = 0; dim < from.getView().size(); ++dim) {
      SmallVector<int64_t> offsets(from.getOffsets());
      int64_t size = from.getSizes()[dim];
      if (offsets[dim] + 2 * size <= from.getView()[dim])
        offsets[dim] += size;
      else if (offsets[dim] >= size)
        offsets[dim] -= size;
      else
        continue;
      add("the neighboring part",
          CheckpointAttr::get(context, from.getPacking(), from.getStacked(),
                              from.getTransposed(), from.getView(), offsets,
                              from.getSizes()));
    }
  });
}

static void wrongCache(Sites &sites) {
  forEachPair<KvCacheOp>(sites, [&](KvCacheOp a, KvCacheOp b, bool) {
    sites.add(a, "it is '" + b.getName() + "'",
              [=]() mutable { a.setName(b.getName()); });
  });
}

static void swapCaches(Sites &sites) {
  forEachPair<KvCacheOp>(sites, [&](KvCacheOp a, KvCacheOp b, bool) {
    sites.add(a, "it changes places with '" + b.getName() + "'", [=]() mutable {
      StringAttr name = a.getNameAttr();
      a.setName(b.getName());
      b.setName(name);
    });
  });
}

static void wrongEnd(Sites &sites) {
  sites.forEach<InputOp>([&](InputOp op) {
    sites.add(op, "another name", [=]() mutable { op.setName("other"); },
              {"DAG791", "a position has the same value"});
  });
  sites.forEach<OutputOp>([&](OutputOp op) {
    sites.add(op, "another name", [=]() mutable { op.setName("other"); },
              {"DAG793 DAG794", ""});
  });
}

static void wrongSize(Sites &sites) {
  sites.forEach<ParameterOp>([&](ParameterOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    unsigned dim = type.getRank() - 1;
    int64_t size = 2 * type.getDimSize(dim);
    sites.add(op, "size " + Twine(size), [=]() mutable {
      op.getResult().setType(cast<RankedTensorType>(withSize(type, dim, size)));
    });
  });
}

static void wrongSharding(Sites &sites) {
  if (sites.getAxes().empty())
    return;
  StringAttr axis = sites.getAxes().back();
  sites.forEach<ParameterOp>([&](ParameterOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    ShardedType sharded(type);
    int64_t size = *sites.getMesh().getSize(axis);
    for (unsigned dim = 0; dim < sharded.getRank(); ++dim) {
      bool isSharded = sharded.dims[dim].isSharded();
      ShardedType other = sharded;
      if (isSharded) {
        other.dims[dim] = DimShardingAttr::get(op.getContext());
        // Padding goes with the axes.
        if (sharded.dims[dim].isRagged())
          continue;
      } else if (sharded.isReplicated() && sharded.shape[dim] % size == 0) {
        other.dims[dim] = DimShardingAttr::get(op.getContext(), axis);
      } else {
        continue;
      }
      sites.add(op,
                isSharded ? "all of it on each rank"
                          : "dimension " + Twine(dim) + " in shards",
                [=]() mutable { op.getResult().setType(other.toType()); });
    }
  });
}

static Type getOtherFloat(Type type) {
  return isa<Float16Type>(type) ? Type(BFloat16Type::get(type.getContext()))
                                : Type(Float16Type::get(type.getContext()));
}

static void wrongElementType(Sites &sites) {
  sites.forEach<ParameterOp>([&](ParameterOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    sites.add(op, "another element type", [=]() mutable {
      op.getResult().setType(cast<RankedTensorType>(
          withElement(type, getOtherFloat(type.getElementType()))));
    });
  });
}

/// The type with other floats, inside of a transfer as well.
static Type withOtherFloats(Type type) {
  if (auto transfer = dyn_cast<TransferType>(type))
    return TransferType::get(
        type.getContext(),
        cast<RankedTensorType>(withOtherFloats(transfer.getPayload())));
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isa<FloatType>(tensor.getElementType()))
    return type;
  return withElement(tensor, getOtherFloat(tensor.getElementType()));
}

static void wrongPrecision(Sites &sites) {
  ModelOp plan = sites.getPlan();
  sites.add(plan, "all of it in another element type", [plan]() mutable {
    plan.walk([](Operation *op) {
      for (Value result : op->getResults())
        result.setType(withOtherFloats(result.getType()));
      for (Region &region : op->getRegions())
        for (BlockArgument argument : region.getArguments())
          argument.setType(withOtherFloats(argument.getType()));
      if (auto buffer = dyn_cast<CommBufferOp>(op))
        buffer.setTypeAttr(TypeAttr::get(withOtherFloats(buffer.getType())));
    });
  });
}

ArrayRef<Kind> mutation::getParameterKinds() {
  static const Kind kinds[] = {
      {"wrong-parameter",
       {"DAG791", ""},
       "the weight of another op",
       wrongParameter},
      {"swap-parameters",
       {"DAG791", ""},
       "two weights change places",
       swapParameters},
      {"wrong-part",
       {"DAG791", ""},
       "another part of the checkpoint's tensor, or a transposed one",
       wrongPart},
      {"wrong-cache",
       {"DAG791", kHiddenWrite},
       "the KV cache of another op",
       wrongCache},
      {"swap-caches",
       {"DAG791", kHiddenWrite},
       "two KV caches change places",
       swapCaches},
      {"wrong-end",
       {"DAG791", ""},
       "an input or output of another name",
       wrongEnd},
      {"wrong-size",
       {"DAG708 DAG704 DAG795 DAG005", ""},
       "a weight of another size",
       wrongSize},
      {"wrong-sharding",
       {"DAG508 DAG505 DAG705 DAG704", ""},
       "a weight in other shards than its op takes",
       wrongSharding},
      {"wrong-element-type",
       {"DAG707 DAG795", "the interpreter does not round"},
       "a weight of another element type",
       wrongElementType},
      {"wrong-precision",
       {"DAG795", "the interpreter does not round"},
       "a plan in another element type than the model's",
       wrongPrecision},
  };
  return kinds;
}
