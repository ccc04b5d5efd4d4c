//===- CacheWriters.cpp - What is written to KV caches ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CacheWriters.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

static constexpr StringLiteral kHiddenStates = "hidden states";

namespace {
/// What a layer computes of what comes into it.
class LayerNumbering : public ValueNumbering {
public:
  using ValueNumbering::ValueNumbering;

  void enterLayer(Block &body) override {
    for (BlockArgument argument : body.getArguments()) {
      if (isCache(argument) || getTable().isLeaf(get(argument)) ||
          !isa<FloatType>(getElementTypeOrSelf(argument)))
        continue;
      auto index = IntegerAttr::get(IntegerType::get(argument.getContext(), 32),
                                    argument.getArgNumber());
      uint32_t opcode = getTable().getOpcode(
          ValueOpcode::Leaf, kHiddenStates,
          NamedAttribute(StringAttr::get(argument.getContext(), "operand"),
                         index));
      define(argument, getTable().getValue(opcode, {}, body.getParentOp()));
    }
  }
};
} // namespace

/// The name and the figures of an op. Which of its optional operands are there
/// is seen by them.
static std::string describe(const ValueOpcode &opcode, uint32_t result) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (result != 0)
    os << "result " << result << " of ";
  os << opcode.name.getValue();
  for (NamedAttribute attribute : opcode.attributes.getValue()) {
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

uint32_t CacheWriters::intern(Node node) {
  auto [it, isNew] = numbers.try_emplace(std::move(node), nodes.size());
  if (isNew)
    nodes.push_back(&it->first);
  return it->second;
}

uint32_t CacheWriters::visitLeaf(ValueNumber value) {
  Operation *op = table.getNode(value).op;
  if (auto input = dyn_cast<InputOp>(op)) {
    bool isFloat = isa<FloatType>(getElementTypeOrSelf(input.getType()));
    return isFloat ? intern({"input '" + input.getName().str() + "'", 0, {}})
                   : kNone;
  }
  if (auto weight = dyn_cast<ParameterOp>(op))
    return intern({"'" + weight.getName().str() + "'", value, {}});
  return intern({describe(table.getOpcode(value), 0), value, {}});
}

uint32_t CacheWriters::visitOp(ValueNumber value) {
  const ValueTable::Node &node = table.getNode(value);
  SmallVector<uint32_t, 2> children;
  for (ValueNumber operand : node.operands)
    if (uint32_t child = known.lookup(operand); child != kNone)
      children.push_back(child);
  if (children.empty() && !node.operands.empty())
    return kNone;
  if (table.isSum(value)) {
    llvm::sort(children);
    return intern({"a sum", 0, std::move(children)});
  }
  return intern(
      {describe(table.getOpcode(value), node.result), 0, std::move(children)});
}

uint32_t CacheWriters::getNumber(ValueNumber value) {
  // What a value is computed from has smaller numbers.
  std::vector<ValueNumber> open{value};
  llvm::DenseSet<ValueNumber> seen{value};
  for (size_t i = 0; i < open.size(); ++i)
    if (!known.contains(open[i]))
      for (ValueNumber operand : table.getNode(open[i]).operands)
        if (seen.insert(operand).second)
          open.push_back(operand);
  llvm::sort(open);
  for (ValueNumber next : open)
    if (!known.contains(next))
      known[next] = table.isLeaf(next) ? visitLeaf(next) : visitOp(next);
  return known.lookup(value);
}

uint32_t CacheWriters::getNumber(ModelOp plan, KvCacheOp cache) {
  auto [it, isNew] = plans.try_emplace(plan);
  if (isNew) {
    it->second = std::make_unique<LayerNumbering>(table);
    // What has no number is another value than all others.
    if (failed(it->second->run(plan)))
      it->second.reset();
  }
  if (!it->second)
    return intern(
        {"what has no number", static_cast<uint32_t>(plans.size()), {}});
  SmallVector<uint32_t, 2> writers;
  auto writes = it->second->getWrites().find(it->second->get(cache));
  if (writes != it->second->getWrites().end())
    // The cache as it is, and what is written.
    for (const NumberingContext::Use &use : writes->second)
      writers.push_back(getNumber(table.getNode(use.number).operands[1]));
  llvm::sort(writers);
  writers.erase(llvm::unique(writers), writers.end());
  llvm::erase(writers, kNone);
  if (writers.size() == 1)
    return writers.front();
  return intern(
      {writers.empty() ? "nothing" : "several ops", 0, std::move(writers)});
}

std::pair<std::string, std::string>
CacheWriters::describeDifference(uint32_t first, uint32_t second) const {
  while (true) {
    const Node &one = *nodes[first], &other = *nodes[second];
    if (one.label != other.label)
      return {one.label, other.label};
    auto children = llvm::zip(one.children, other.children);
    auto differing = llvm::find_if(children, [](auto pair) {
      return std::get<0>(pair) != std::get<1>(pair);
    });
    if (one.children.size() != other.children.size() ||
        differing == children.end())
      break;
    std::tie(first, second) = *differing;
  }
  auto describeCount = [&](uint32_t node) {
    return nodes[node]->label + " of " +
           std::to_string(nodes[node]->children.size()) + " operands";
  };
  return {describeCount(first), describeCount(second)};
}
