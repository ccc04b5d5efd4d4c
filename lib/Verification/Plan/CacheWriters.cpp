//===- CacheWriters.cpp - What is written to KV caches ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CacheWriters.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Interfaces/NumberingOpInterface.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// The parameter that an operand is, as it is stored or dequantized; or null.
static ParameterOp findWeight(Value value) {
  Value source = lookThroughRegions(value);
  if (auto dequantize = dyn_cast_if_present<DequantizeOp>(
          source ? source.getDefiningOp() : nullptr))
    source = lookThroughRegions(dequantize.getX());
  return dyn_cast_if_present<ParameterOp>(source ? source.getDefiningOp()
                                                 : nullptr);
}

static bool isMatrix(ParameterOp weight) {
  auto type = dyn_cast<ShapedType>(weight.getResult().getType());
  return type && type.hasRank() && type.getRank() > 1;
}

/// The name and the figures of an op. Which of its optional operands are there
/// is seen by them.
static std::string describe(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op->getName();
  for (NamedAttribute attribute : op->getAttrDictionary()) {
    if (attribute.getName().strref().ends_with("SegmentSizes"))
      continue;
    os << " " << attribute.getName().strref();
    if (isa<UnitAttr>(attribute.getValue()))
      continue;
    os << " = ";
    attribute.getValue().print(os, /*elideType=*/true);
  }
  return text;
}

uint32_t CacheWriters::intern(std::string label,
                              SmallVector<uint32_t, 2> children) {
  auto [it, isNew] = numbers.try_emplace(
      Node{std::move(label), std::move(children)}, nodes.size());
  if (isNew)
    nodes.push_back(&it->first);
  return it->second;
}

bool CacheWriters::visit(Value value, SmallVectorImpl<Value> &open) {
  Value source = lookThroughRegions(value);
  Operation *op = source ? source.getDefiningOp() : nullptr;
  if (!op || isa<KvCacheOp>(op)) {
    known[value] = kNone;
    return true;
  }
  if (auto weight = dyn_cast<ParameterOp>(op)) {
    known[value] = intern("'" + weight.getName().str() + "'", {});
    return true;
  }
  // What is given from outside is another value by another name; positions and
  // block tables are of each run.
  if (auto input = dyn_cast<InputOp>(op);
      input && isa<FloatType>(getElementTypeOrSelf(source))) {
    known[value] = intern("input '" + input.getName().str() + "'", {});
    return true;
  }
  unsigned index = cast<OpResult>(source).getResultNumber();
  auto numbering = dyn_cast<NumberingOpInterface>(op);
  bool isProjection = llvm::any_of(op->getOperands(), [](Value operand) {
    ParameterOp weight = findWeight(operand);
    return weight && isMatrix(weight);
  });
  SmallVector<uint32_t, 2> children;
  size_t numOpen = open.size();
  // What comes round in a circle is of nothing.
  known.try_emplace(value, kNone);
  for (OpOperand &operand : op->getOpOperands()) {
    if ((isProjection && !findWeight(operand.get())) ||
        (numbering && !numbering.dependsOn(index, operand.getOperandNumber())))
      continue;
    auto it = known.find(operand.get());
    if (it == known.end())
      open.push_back(operand.get());
    else if (it->second != kNone)
      children.push_back(it->second);
  }
  if (open.size() != numOpen)
    return false;
  if (children.empty()) {
    known[value] = kNone;
  } else if (isa<CollectiveOpInterface>(op)) {
    known[value] = children.front();
  } else {
    std::string label = describe(op);
    if (op->getNumResults() > 1)
      label = "result " + std::to_string(index) + " of " + label;
    known[value] = intern(std::move(label), std::move(children));
  }
  return true;
}

uint32_t CacheWriters::getNumber(Value value) {
  SmallVector<Value> open;
  if (!known.contains(value))
    open.push_back(value);
  while (!open.empty())
    if (visit(Value(open.back()), open))
      open.pop_back();
  return known.lookup(value);
}

uint32_t CacheWriters::getNumber(KvCacheOp cache) {
  SmallVector<uint32_t, 2> writers;
  for (OpOperand &use : cache->getUses()) {
    Operation *user = use.getOwner();
    if (auto update = dyn_cast<KvCacheUpdateOp>(user)) {
      writers.push_back(getNumber(update.getNewTokens()));
    } else if (isa<CompositeOpInterface>(user)) {
      SmallVector<uint32_t, 2> weights;
      for (Value operand : user->getOperands())
        if (findWeight(operand))
          weights.push_back(getNumber(operand));
      writers.push_back(intern("operand " +
                                   std::to_string(use.getOperandNumber()) +
                                   " of " + describe(user),
                               std::move(weights)));
    }
  }
  llvm::sort(writers);
  writers.erase(llvm::unique(writers), writers.end());
  if (writers.size() == 1 && writers.front() != kNone)
    return writers.front();
  llvm::erase(writers, kNone);
  return intern(writers.empty() ? "no weight" : "several ops", writers);
}

std::pair<std::string, std::string>
CacheWriters::describeDifference(uint32_t first, uint32_t second) const {
  while (true) {
    const Node &one = *nodes[first], &other = *nodes[second];
    if (one.label != other.label)
      return {one.label, other.label};
    auto differing =
        llvm::find_if(llvm::zip(one.children, other.children), [](auto pair) {
          return std::get<0>(pair) != std::get<1>(pair);
        });
    if (one.children.size() != other.children.size() ||
        differing == llvm::zip(one.children, other.children).end())
      break;
    std::tie(first, second) = *differing;
  }
  auto describeCount = [&](uint32_t node) {
    return nodes[node]->label + " of " +
           std::to_string(nodes[node]->children.size()) + " operands";
  };
  return {describeCount(first), describeCount(second)};
}
