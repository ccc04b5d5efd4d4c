//===- CacheWriters.cpp - What is written to KV caches ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CacheWriters.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// What a layer computes of what comes into it.
class LayerNumbering : public ValueNumbering {
public:
  using ValueNumbering::ValueNumbering;

  void enterLayer(Block &body) override;

private:
  uint32_t getOpcode(LayerOp layer, unsigned operand);
};
} // namespace

uint32_t LayerNumbering::getOpcode(LayerOp layer, unsigned operand) {
  Builder builder(layer.getContext());
  NamedAttribute attributes[] = {
      builder.getNamedAttr("layer", layer.getIndexAttr()),
      builder.getNamedAttr("operand", builder.getI64IntegerAttr(operand))};
  return getTable().getOpcode(ValueOpcode::Leaf, "hidden states", attributes);
}

void LayerNumbering::enterLayer(Block &body) {
  auto layer = cast<LayerOp>(body.getParentOp());
  // Positions and the like stand anywhere among them.
  unsigned numStates = 0;
  for (BlockArgument argument : body.getArguments())
    if (!isCache(argument) && !getTable().isLeaf(get(argument)) &&
        isa<FloatType>(getElementTypeOrSelf(argument)))
      define(argument,
             getTable().getValue(getOpcode(layer, numStates++), {}, layer));
}

/// Shapes differ with the number of tokens.
static void printFigure(Attribute value, raw_ostream &os) {
  if (auto type = dyn_cast<TypeAttr>(value))
    os << getElementTypeOrSelf(type.getValue());
  else if (auto elements = dyn_cast<DenseElementsAttr>(value);
           elements && elements.isSplat())
    elements.getSplatValue<Attribute>().print(os, /*elideType=*/true);
  else
    value.print(os, /*elideType=*/true);
}

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
    printFigure(attribute.getValue(), os);
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
  if (auto input = dyn_cast<InputOp>(op))
    return intern({"input '" + input.getName().str() + "'", 0, {}});
  if (auto weight = dyn_cast<ParameterOp>(op))
    return intern({"'" + weight.getName().str() + "' of " +
                       debugString(getElementTypeOrSelf(weight.getType())),
                   value,
                   {}});
  return intern({describe(table.getOpcode(value), 0), value, {}});
}

uint32_t CacheWriters::visitOp(ValueNumber value) {
  const ValueTable::Node &node = table.getNode(value);
  SmallVector<uint32_t, 2> children;
  for (ValueNumber operand : node.operands)
    children.push_back(known.lookup(operand));
  // Their operands are in the order of numbers.
  if (table.isSum(value) || isa<AddOp, MultiplyOp>(node.op) ||
      node.op->hasTrait<OpTrait::IsCommutative>())
    llvm::sort(children);
  if (table.isSum(value))
    return intern({"a sum", 0, std::move(children)});
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

CacheWriters::Plan &CacheWriters::getPlan(ModelOp model) {
  auto [it, isNew] = plans.try_emplace(model);
  Plan &plan = it->second;
  if (!isNew)
    return plan;
  plan.numbering = std::make_unique<LayerNumbering>(table);
  if (failed(plan.numbering->run(model))) {
    plan.numbering.reset();
    return plan;
  }
  model->walk([&](KvCacheGatherOp gather) {
    ValueNumber cache = plan.numbering->get(gather.getCache());
    plan.gathers[table.getCacheRoot(cache)].push_back(
        plan.numbering->get(gather.getPages()));
  });
  return plan;
}

std::optional<uint32_t>
CacheWriters::internSet(SmallVector<uint32_t, 2> members) {
  llvm::SmallDenseSet<uint32_t> seen;
  llvm::erase_if(members,
                 [&](uint32_t member) { return !seen.insert(member).second; });
  if (members.size() > 1)
    return intern({"several ops", 0, std::move(members)});
  return members.empty() ? std::nullopt
                         : std::optional<uint32_t>(members.front());
}

CacheWriters::Access CacheWriters::getAccess(ModelOp model, KvCacheOp cache) {
  Plan &plan = getPlan(model);
  // What has no number is another value than all others.
  if (!plan.numbering)
    return {
        intern({"what has no number", static_cast<uint32_t>(plans.size()), {}}),
        std::nullopt};
  ValueNumber root = plan.numbering->get(cache);
  SmallVector<uint32_t, 2> writes, tables;
  auto known = plan.numbering->getWrites().find(root);
  if (known != plan.numbering->getWrites().end())
    for (const NumberingContext::Use &use : known->second) {
      // The cache as it is, new tokens, their place, and the block table.
      ArrayRef<ValueNumber> operands = table.getNode(use.number).operands;
      writes.push_back(
          intern({"dag.kv_cache_update",
                  0,
                  {getNumber(operands[1]), getNumber(operands[2])}}));
      if (operands.size() > 3)
        tables.push_back(getNumber(operands[3]));
    }
  for (ValueNumber pages : plan.gathers.lookup(root))
    tables.push_back(getNumber(pages));
  return {internSet(std::move(writes)), internSet(std::move(tables))};
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
    size_t count = nodes[node]->children.size();
    return nodes[node]->label +
           (count == 0 ? " of another shape"
                       : " of " + std::to_string(count) + " operands");
  };
  return {describeCount(first), describeCount(second)};
}
