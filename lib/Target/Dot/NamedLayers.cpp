//===- NamedLayers.cpp - What the names of a drawing count ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NamedLayers.h"
#include "Reader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

static RangesAttr getOneLayer(NodeOp op, int64_t layer) {
  return RangesAttr::get(op.getContext(), RangeSet(layer, layer));
}

/// The only layer that a node states, or none.
static std::optional<int64_t> getOnlyLayer(NodeOp op) {
  if (!op.getLayers() || op.getLayers()->getSet().size() != 1)
    return std::nullopt;
  return op.getLayers()->getSet().front();
}

/// Names often count from 0 where labels count from 1. Where all that state
/// both differ by the same, the layer that a name alone states is counted as
/// labels do.
void NamedLayers::alignWithLabels() {
  std::optional<int64_t> offset;
  RangeSet layers;
  for (auto &[op, layer, isAlone] : nodes) {
    std::optional<int64_t> stated = getOnlyLayer(op);
    if (!layer || isAlone || !stated)
      continue;
    if (offset.value_or(*stated - *layer) != *stated - *layer)
      return;
    offset = *stated - *layer;
    layers.insert(*stated);
  }
  if (layers.size() < 2 || (*offset != 1 && *offset != -1))
    return;
  for (auto &[op, layer, isAlone] : nodes)
    if (isAlone && *layer + *offset >= 0)
      op.setLayersAttr(getOneLayer(op, *layer + *offset));
}

/// In a drawing that is of one layer by its title, `attn.0.q` on device 0 and
/// `attn.1.q` on device 1 count ranks.
void NamedLayers::dropRanks(const RangeSet &ofTitle) {
  if (ofTitle.size() != 1)
    return;
  RangeSet counted;
  for (auto &[op, layer, isAlone] : nodes) {
    if (!isAlone)
      continue;
    counted.insert(*layer);
    if (!op.getDevices() ||
        op.getDevices()->getSet() != RangeSet(*layer, *layer))
      return;
  }
  if (counted.size() < 2)
    return;
  for (auto &[op, layer, isAlone] : nodes)
    if (isAlone)
      op.removeLayersAttr();
}

/// Splits `h0_scale` or `b12ln` into the letters in front and the number behind
/// them; the letters are empty for other names.
static std::pair<StringRef, int64_t> splitPrefix(StringRef name) {
  StringRef letters = name.take_while(llvm::isAlpha);
  StringRef digits = name.drop_front(letters.size()).take_while(llvm::isDigit);
  int64_t number;
  if (digits.empty() || digits.getAsInteger(10, number) ||
      name.size() == letters.size() + digits.size())
    return {};
  return {letters, number};
}

/// Where what states a layer has names that begin with a word and the number of
/// the layer, so do those that state none: `h0_ln_1` is of layer 0, and so is
/// `h0_scale`.
void NamedLayers::readPrefixes() {
  llvm::StringMap<RangeSet> counted;
  llvm::StringMap<bool> differs;
  for (Entry &entry : nodes) {
    auto [letters, number] = splitPrefix(entry.op.getName());
    if (letters.empty() || !entry.op.getLayers())
      continue;
    if (getOnlyLayer(entry.op) == number)
      counted[letters].insert(number);
    else
      differs[letters] = true;
  }
  for (Entry &entry : nodes) {
    NodeOp op = entry.op;
    auto [letters, number] = splitPrefix(op.getName());
    Role role = op.getRole().value_or(Role::Unknown);
    if (letters.empty() || op.getLayers() || isOutsideLayers(role) ||
        isTransfer(role) || op.getKind() == NodeKind::Note ||
        op.getKind() == NodeKind::Input || op.getKind() == NodeKind::Output)
      continue;
    auto found = counted.find(letters);
    if (found != counted.end() && found->second.size() > 1 &&
        found->second.contains(number) && !differs.contains(letters))
      op.setLayersAttr(getOneLayer(op, number));
  }
}

void NamedLayers::finish(const RangeSet &ofTitle) {
  alignWithLabels();
  dropRanks(ofTitle);
  readPrefixes();
}

StringRef dot::findUsualShape(const Graph &graph) {
  StringRef usual;
  size_t number = 0;
  for (StringRef shape : {"note", "plaintext", "plain", "none"}) {
    size_t count = llvm::count_if(graph.nodes, [&](const Node &node) {
      const Attribute *attribute = node.lookup("shape");
      return attribute && attribute->value.equals_insensitive(shape);
    });
    if (count > number) {
      number = count;
      usual = shape;
    }
  }
  return number * 2 > graph.nodes.size() ? usual : StringRef();
}
