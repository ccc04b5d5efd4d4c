//===- Placements.cpp - All ways to lay tensors on a mesh -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Placements.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::typing;

//===----------------------------------------------------------------------===//
// One tensor
//===----------------------------------------------------------------------===//

/// What may be done about the remainder of a dimension over `ranks`.
static SmallVector<std::pair<int64_t, bool>, 4>
listRemainders(const CaseDim &dim, int64_t ranks, bool spare) {
  SmallVector<std::pair<int64_t, bool>, 4> remainders;
  auto addPad = [&](int64_t pad) {
    if (!llvm::is_contained(remainders, std::make_pair(pad, false)))
      remainders.push_back({pad, false});
  };
  if (dim.size % ranks == 0)
    addPad(0);
  else if (dim.size >= ranks)
    remainders.push_back({0, true});
  // The least padding, and the least of whole heads.
  int64_t heads = dim.size / dim.unit;
  int64_t least = (ranks - dim.size % ranks) % ranks;
  int64_t leastHeads = (ranks - heads % ranks) % ranks * dim.unit;
  if (least != 0)
    addPad(least);
  if (leastHeads != 0)
    addPad(leastHeads);
  if (spare) {
    addPad(leastHeads + ranks * dim.unit);
    // Twice that: queries of KV heads that are padded by one each.
    if (dim.unit > 1)
      addPad(leastHeads + 2 * ranks * dim.unit);
  }
  return remainders;
}

namespace {
/// Gives every axis something to do, one after the other.
class Lister {
public:
  Lister(ArrayRef<CaseDim> dims, Type elementType, const MeshShape &mesh,
         PlacementOptions options)
      : dims(dims), mesh(mesh), options(options), splits(dims.size()) {
    SmallVector<int64_t> shape;
    for (const CaseDim &dim : dims)
      shape.push_back(dim.size);
    type = ShardedType(shape, elementType);
  }

  std::vector<RankedTensorType> run() {
    placeAxis(0);
    return types.takeVector();
  }

private:
  void placeAxis(size_t position) {
    if (position == mesh.getAxes().size())
      return placeDim(0);
    StringAttr axis = mesh.getAxes()[position];
    placeAxis(position + 1);
    for (SmallVector<StringAttr, 2> &split : splits)
      // In every order: before or behind those that are there.
      for (size_t i = 0, e = split.size(); i <= e; ++i) {
        split.insert(split.begin() + i, axis);
        placeAxis(position + 1);
        split.erase(split.begin() + i);
      }
    type.partial.push_back(axis);
    placeAxis(position + 1);
    type.partial.pop_back();
    if (!options.roots)
      return;
    for (int64_t at = 0; at < mesh.getSizes()[position]; ++at) {
      type.roots.push_back({axis, at});
      placeAxis(position + 1);
      type.roots.pop_back();
    }
  }

  void placeDim(size_t dim) {
    if (dim == dims.size()) {
      types.insert(type.toType());
      return;
    }
    ArrayRef<StringAttr> axes = splits[dim];
    if (axes.empty()) {
      type.setDim(dim, dims[dim].size,
                  DimShardingAttr::get(type.getContext(), {}));
      return placeDim(dim + 1);
    }
    for (auto [pad, uneven] : listRemainders(dims[dim], mesh.getSize(axes),
                                             options.spareRemainders)) {
      type.setDim(dim, dims[dim].size + pad,
                  DimShardingAttr::get(type.getContext(), axes, pad, uneven));
      placeDim(dim + 1);
    }
  }

  ArrayRef<CaseDim> dims;
  const MeshShape &mesh;
  PlacementOptions options;
  SmallVector<SmallVector<StringAttr, 2>> splits;
  ShardedType type;
  llvm::SetVector<RankedTensorType, std::vector<RankedTensorType>> types;
};
} // namespace

std::vector<RankedTensorType> typing::listPlacements(ArrayRef<CaseDim> dims,
                                                     Type elementType,
                                                     const MeshShape &mesh,
                                                     PlacementOptions options) {
  return Lister(dims, elementType, mesh, options).run();
}

//===----------------------------------------------------------------------===//
// All operands of an op
//===----------------------------------------------------------------------===//

StringRef typing::stringifyExtent(Extent extent) {
  switch (extent) {
  case Extent::All:
    return "every combination";
  case Extent::NoSpare:
    return "every combination without roots and spare padding";
  case Extent::TwoDiffer:
    return "operands that agree; of what is accepted, any two in any other way";
  case Extent::OneDiffers:
    return "operands that agree; of what is accepted, any one in any other way";
  case Extent::OneDiffersNoSpare:
    return "operands that agree; of what is accepted, any one in any other way "
           "without roots and spare padding";
  }
  llvm_unreachable("unknown extent");
}

using Lists = std::vector<std::vector<RankedTensorType>>;
using Types = SmallVector<RankedTensorType>;

/// Calls back with every combination of one of each list.
static void forEachCombination(const Lists &lists, TryPlacement tryPlacement) {
  Types types(lists.size());
  auto place = [&](auto &place, size_t i) -> void {
    if (i == lists.size()) {
      tryPlacement(types);
      return;
    }
    for (RankedTensorType type : lists[i]) {
      types[i] = type;
      place(place, i + 1);
    }
  };
  place(place, 0);
}

static uint64_t countCombinations(const Lists &lists) {
  uint64_t count = 1;
  for (const auto &list : lists)
    count = llvm::SaturatingMultiply<uint64_t>(count, list.size());
  return count;
}

namespace {
/// Placements in which operands agree: an axis splits a set of symbols, in all
/// operands that have one of them, and remainders are treated alike.
class Agreement {
public:
  Agreement(const Case &theCase, const MeshShape &mesh)
      : theCase(theCase), mesh(mesh) {
    for (const CaseOperand &operand : theCase.operands)
      for (const CaseDim &dim : operand.dims)
        symbols.insert(dim.symbol);
    listSets(0, {});
  }

  void forEach(TryPlacement callback) {
    SmallVector<size_t> chosen(mesh.getAxes().size());
    auto place = [&](auto &place, size_t axis) -> void {
      if (axis < chosen.size()) {
        for (chosen[axis] = 0; chosen[axis] < sets.size(); ++chosen[axis])
          place(place, axis + 1);
        return;
      }
      for (bool reversed : {false, true})
        for (bool uneven : {false, true})
          if (makeTypes(chosen, reversed, uneven))
            callback(types);
    };
    place(place, 0);
  }

private:
  /// All sets of symbols of which no operand has two.
  void listSets(size_t next, SmallVector<StringRef> set) {
    if (next == symbols.size()) {
      sets.push_back(std::move(set));
      return;
    }
    listSets(next + 1, set);
    set.push_back(symbols[next]);
    bool twice =
        llvm::any_of(theCase.operands, [&](const CaseOperand &operand) {
          return llvm::count_if(operand.dims, [&](const CaseDim &dim) {
                   return llvm::is_contained(set, dim.symbol);
                 }) > 1;
        });
    if (!twice)
      listSets(next + 1, std::move(set));
  }

  bool makeTypes(ArrayRef<size_t> chosen, bool reversed, bool uneven) {
    types.clear();
    bool differs = !reversed;
    for (const CaseOperand &operand : theCase.operands) {
      ShardedType type(
          {}, operand.getElementType(mesh.getAxes().front().getContext()));
      for (const CaseDim &dim : operand.dims) {
        SmallVector<StringAttr, 2> axes;
        for (auto [axis, set] : llvm::zip_equal(mesh.getAxes(), chosen))
          if (llvm::is_contained(sets[set], dim.symbol))
            axes.push_back(axis);
        if (reversed && axes.size() > 1) {
          std::reverse(axes.begin(), axes.end());
          differs = true;
        }
        int64_t ranks = mesh.getSize(axes);
        int64_t rest = dim.size / dim.unit % ranks;
        bool isUneven = uneven && rest != 0 && dim.size >= ranks;
        int64_t pad = rest == 0 || isUneven ? 0 : (ranks - rest) * dim.unit;
        type.addDim(dim.size + pad,
                    DimShardingAttr::get(type.getContext(),
                                         ArrayRef<StringAttr>(axes), pad,
                                         isUneven));
      }
      types.push_back(type.toType());
    }
    return differs;
  }

  const Case &theCase;
  const MeshShape &mesh;
  llvm::SetVector<StringRef> symbols;
  std::vector<SmallVector<StringRef>> sets;
  SmallVector<RankedTensorType> types;
};
} // namespace

namespace {
/// Combinations that were not met before.
class Unseen {
public:
  bool insert(ArrayRef<RankedTensorType> types) {
    auto bytes = ArrayRef(reinterpret_cast<const uint8_t *>(types.data()),
                          types.size() * sizeof(RankedTensorType));
    return seen.insert(llvm::xxh3_64bits(bytes)).second;
  }

private:
  llvm::DenseSet<uint64_t> seen;
};
} // namespace

/// Combinations that differ from one of `bases` in so many operands. More than
/// `limit` of them are not all listed.
static std::vector<Types> listNear(ArrayRef<Types> bases, const Lists &lists,
                                   unsigned differing, uint64_t limit,
                                   Unseen unseen) {
  std::vector<Types> found;
  Types types;
  auto vary = [&](auto &vary, size_t first, unsigned left) -> void {
    if (found.size() > limit)
      return;
    if (left == 0) {
      if (unseen.insert(types))
        found.push_back(types);
      return;
    }
    for (size_t i = first; i < lists.size(); ++i) {
      RankedTensorType kept = types[i];
      for (RankedTensorType type : lists[i]) {
        types[i] = type;
        vary(vary, i + 1, left - 1);
      }
      types[i] = kept;
    }
  };
  for (const Types &base : bases) {
    types = base;
    vary(vary, 0, differing);
  }
  return found;
}

Extent typing::forEachPlacement(const Case &theCase, const MeshShape &mesh,
                                uint64_t limit, TryPlacement tryPlacement) {
  MLIRContext *context = mesh.getAxes().front().getContext();
  auto list = [&](bool roots, bool spare) {
    Lists lists;
    for (const CaseOperand &operand : theCase.operands)
      lists.push_back(listPlacements(
          operand.dims, operand.getElementType(context), mesh, {roots, spare}));
    return lists;
  };
  Lists all = list(/*roots=*/true, /*spare=*/true);
  if (countCombinations(all) <= limit) {
    forEachCombination(all, tryPlacement);
    return Extent::All;
  }
  Lists few = list(/*roots=*/false, /*spare=*/false);
  if (countCombinations(few) <= limit) {
    forEachCombination(few, tryPlacement);
    return Extent::NoSpare;
  }
  std::vector<Types> bases;
  Unseen unseen;
  Agreement(theCase, mesh).forEach([&](ArrayRef<RankedTensorType> types) {
    if (!unseen.insert(types) || !tryPlacement(types))
      return false;
    bases.emplace_back(types);
    return true;
  });
  Extent extent = Extent::TwoDiffer;
  std::vector<Types> near =
      listNear(bases, all, /*differing=*/2, limit, unseen);
  if (near.size() > limit) {
    extent = Extent::OneDiffers;
    near = listNear(bases, all, /*differing=*/1, limit, unseen);
  }
  if (near.size() > limit) {
    extent = Extent::OneDiffersNoSpare;
    near = listNear(bases, few, /*differing=*/1, ~uint64_t(0), unseen);
  }
  for (const Types &types : near)
    tryPlacement(types);
  return extent;
}
