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

/// Splits `h0_scale`, `b12ln` or `layers_3_where` into what stands in front of
/// the first number and the number; nothing in front for other names.
static std::pair<StringRef, int64_t> splitPrefix(StringRef name) {
  StringRef front = name.take_while([](char c) { return !llvm::isDigit(c); });
  StringRef digits = name.drop_front(front.size()).take_while(llvm::isDigit);
  int64_t number;
  if (digits.empty() || digits.getAsInteger(10, number) ||
      name.size() == front.size() + digits.size() ||
      llvm::any_of(front, [](char c) {
        return !llvm::isAlpha(c) && c != '_' && c != '.';
      }))
    return {};
  return {front, number};
}

/// Where what states a layer has names that begin with a word and the number of
/// the layer, so do those that state none: `h0_ln_1` is of layer 0, and so is
/// `h0_scale`.
void NamedLayers::readPrefixes() {
  llvm::StringMap<RangeSet> counted;
  llvm::StringMap<bool> differs;
  for (Entry &entry : nodes) {
    auto [front, number] = splitPrefix(entry.op.getName());
    if (front.empty() || !entry.op.getLayers())
      continue;
    if (getOnlyLayer(entry.op) == number)
      counted[front].insert(number);
    else
      differs[front] = true;
  }
  for (Entry &entry : nodes) {
    NodeOp op = entry.op;
    auto [front, number] = splitPrefix(op.getName());
    Role role = op.getRole().value_or(Role::Unknown);
    if (front.empty() || op.getLayers() || isOutsideLayers(role) ||
        isTransfer(role) || op.getKind() == NodeKind::Note ||
        op.getKind() == NodeKind::Input || op.getKind() == NodeKind::Output)
      continue;
    auto found = counted.find(front);
    if (found != counted.end() && found->second.size() > 1 &&
        found->second.contains(number) && !differs.contains(front))
      op.setLayersAttr(getOneLayer(op, number));
  }
}

void NamedLayers::finish(const RangeSet &ofTitle) {
  alignWithLabels();
  dropRanks(ofTitle);
  readPrefixes();
}

void dot::markAlikeLayers(SketchOp sketch,
                          ArrayRef<ClusterRecognition> clusters,
                          RangeSet alike) {
  for (const ClusterRecognition &cluster : clusters.drop_front()) {
    alike.insert(cluster.omittedLayers);
    if (cluster.othersAlike && cluster.layers.size() > 1)
      alike.insert(cluster.layers);
  }
  if (alike.empty())
    return;
  for (NodeOp op : sketch.getBody()->getOps<NodeOp>())
    if (op.getRole() == Role::Layer && op.getLayers() &&
        op.getLayers()->getSet().size() > 1 &&
        alike.contains(op.getLayers()->getSet()))
      op->setAttr("dag.alike", UnitAttr::get(op.getContext()));
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

void dot::findSampling(SketchOp sketch, ClusterRecognition &whole) {
  MLIRContext *context = sketch.getContext();
  if (!whole.omittedDevices.empty())
    sketch->setAttr("dag.omitted_devices",
                    RangesAttr::get(context, whole.omittedDevices));
  if (!whole.sampledLayers.empty() && whole.omittedLayers.empty())
    return;
  bool countsDrawn = whole.numSampled && whole.numLayers &&
                     *whole.numSampled < *whole.numLayers;
  bool isExcerpt = whole.layers.size() == 1;
  if (whole.omittedLayers.empty() && !countsDrawn && !whole.othersAlike &&
      !isExcerpt)
    return;
  RangeSet drawn;
  for (NodeOp op : sketch.getBody()->getOps<NodeOp>()) {
    if (!op.getLayers() || op.getKind() == NodeKind::Note || op.getUndeclared())
      continue;
    RangeSet layers = op.getLayers()->getSet();
    drawn.insert(layers);
    // What is drawn in parts is not left out, though others are like it.
    if (layers.size() == 1 && op.getRole() != Role::Layer &&
        !whole.omittedLayers.empty())
      whole.omittedLayers = whole.omittedLayers.subtract(layers);
  }
  if (whole.omittedLayers.empty() && !countsDrawn && !whole.othersAlike) {
    // A drawing that is called `layer_17` says which one it shows.
    if (isExcerpt && drawn == whole.layers)
      whole.sampledLayers = drawn;
    return;
  }
  // What is drawn may stand for all, without a number.
  if (drawn.empty())
    sketch->setAttr("dag.layers_alike", UnitAttr::get(context));
  if (!drawn.empty() && !whole.omittedLayers.subtract(drawn).empty()) {
    whole.sampledLayers.insert(drawn.subtract(whole.omittedLayers));
    sketch->setAttr("dag.omitted_layers",
                    RangesAttr::get(context, whole.omittedLayers));
  } else if (whole.omittedLayers.empty() &&
             (!countsDrawn ||
              drawn.size() == static_cast<uint64_t>(*whole.numSampled))) {
    whole.sampledLayers = drawn;
  }
}
