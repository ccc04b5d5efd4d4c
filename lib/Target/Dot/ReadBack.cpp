//===- ReadBack.cpp - What a drawing says once it is read again -----------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReadBack.h"
#include "dag/Support/ShortestNumber.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

const DrawnAttribute *AttributeText::lookup(StringRef key) const {
  const auto *found =
      llvm::find_if(attributes, [&](const DrawnAttribute &attribute) {
        return attribute.key == key;
      });
  return found == attributes.end() ? nullptr : found;
}

//===----------------------------------------------------------------------===//
// Values as attributes state them
//===----------------------------------------------------------------------===//

dot::Shape dot::getShape(DimsAttr dims) {
  Shape shape;
  for (unsigned i = 0, e = dims.getRank(); i < e; ++i) {
    Dim &dim = shape.emplace_back();
    dim.name = dims.getDimName(i).str();
    if (dims.isStatic(i))
      dim.size = dims.getSizes()[i];
    else
      dim.symbol = dims.getSymbols()[i].str();
  }
  return shape;
}

static void printShape(raw_ostream &os, const dot::Shape &shape) {
  os << '[';
  llvm::interleaveComma(shape, os, [&](const Dim &dim) {
    if (!dim.name.empty())
      os << dim.name << '=';
    if (dim.size)
      os << *dim.size;
    else
      os << dim.symbol;
  });
  os << ']';
}

static std::string printShapes(ArrayRef<dot::Shape> shapes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(
      shapes, os, [&](const dot::Shape &shape) { printShape(os, shape); });
  return text;
}

static std::string print(const RangeSet &set) {
  std::string text;
  llvm::raw_string_ostream os(text);
  set.print(os);
  return text;
}

/// The element type as the rules spell it.
static StringRef getTypeText(StringRef type) {
  return llvm::StringSwitch<StringRef>(type)
      .Case("f8E4M3FN", "fp8")
      .Case("i8", "int8")
      .Case("i32", "int32")
      .Case("i64", "int64")
      .Default(type);
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static bool isSame(const dot::Shape &lhs, const dot::Shape &rhs) {
  return llvm::equal(lhs, rhs, [](const Dim &left, const Dim &right) {
    auto isNumber = [](const Dim &dim) { return dim.size && *dim.size >= 0; };
    auto getSymbol = [](const Dim &dim) {
      return dim.symbol.empty() ? StringRef("?") : StringRef(dim.symbol);
    };
    if (left.name != right.name || isNumber(left) != isNumber(right))
      return false;
    return isNumber(left) ? *left.size == *right.size
                          : getSymbol(left) == getSymbol(right);
  });
}

static bool isSame(ArrayRef<dot::Shape> lhs, ArrayRef<dot::Shape> rhs) {
  return llvm::equal(lhs, rhs,
                     [](const dot::Shape &left, const dot::Shape &right) {
                       return isSame(left, right);
                     });
}

/// Numbers that a sketch does not keep are none.
static std::optional<int64_t> getIndex(std::optional<int64_t> value) {
  return value && *value >= 0 ? value : std::nullopt;
}
static std::optional<int64_t> getSize(std::optional<int64_t> value) {
  return value && *value >= 1 ? value : std::nullopt;
}

/// The far end of a transfer is where it goes to, or where a recv takes from.
static std::optional<int64_t> getFarStage(const Recognition &node) {
  return getIndex(node.role == Role::Recv ? node.sourceStage
                                          : node.targetStage);
}
static std::optional<int64_t> getFarLayer(const Recognition &node) {
  return getIndex(node.role == Role::Recv ? node.sourceLayer
                                          : node.targetLayer);
}
static const RangeSet &getFarDevices(const Recognition &node) {
  return node.role == Role::Recv ? node.sourceDevices : node.targetDevices;
}

FactNames ReadBack::compare(const Recognition &wanted,
                            const Recognition &found) const {
  FactNames names;
  auto check = [&](StringRef name, bool isStated, bool isEqual) {
    if ((isStated || isExact) && !isEqual)
      names.push_back(name);
  };
  auto checkNumber = [&](StringRef name, std::optional<int64_t> value,
                         std::optional<int64_t> read) {
    check(name, value.has_value(), value == read);
  };
  check("kind", wanted.kind != NodeKind::Unknown, wanted.kind == found.kind);
  check("role", wanted.role != Role::Unknown, wanted.role == found.role);
  check("block", wanted.block != Role::Unknown, wanted.block == found.block);
  check("layers", !wanted.layers.empty(), wanted.layers == found.layers);
  checkNumber("target_layer", getFarLayer(wanted), getFarLayer(found));
  checkNumber("tp_rank", wanted.tpRank, getIndex(found.tpRank));
  checkNumber("tp_size", wanted.tpSize, getSize(found.tpSize));
  checkNumber("stage", wanted.stage, getIndex(found.stage));
  checkNumber("target_stage", getFarStage(wanted), getFarStage(found));
  checkNumber("expert", wanted.expert, getIndex(found.expert));
  checkNumber("microbatch", wanted.microbatch, getIndex(found.microbatch));
  checkNumber("dp_rank", wanted.dpRank, getIndex(found.dpRank));
  check("devices", !wanted.devices.empty() || wanted.allDevices,
        wanted.devices == found.devices &&
            wanted.allDevices == found.allDevices);
  check("target_devices", !getFarDevices(wanted).empty(),
        getFarDevices(wanted) == getFarDevices(found));
  check("device_name", !wanted.deviceName.empty(),
        wanted.deviceName == found.deviceName);
  check("inputs", !wanted.inputs.empty(), isSame(wanted.inputs, found.inputs));
  check("outputs", !wanted.outputs.empty(),
        isSame(wanted.outputs, found.outputs));
  check("buffer", wanted.buffer.has_value(),
        wanted.buffer.has_value() == found.buffer.has_value() &&
            (!wanted.buffer || isSame(*wanted.buffer, *found.buffer)));
  check("element_type", !wanted.elementType.empty(),
        wanted.elementType == found.elementType);
  check("dropout", wanted.dropout.has_value(), wanted.dropout == found.dropout);
  if (wanted.contradictions.size() != found.contradictions.size())
    names.push_back("contradictions");
  return names;
}

/// States a fact by an attribute, if there is one that states it and the
/// thing does not have it yet.
static void state(StringRef fact, const Recognition &wanted,
                  AttributeText &text) {
  auto add = [&](StringRef key, std::string value) {
    if (!value.empty() && !text.lookup(key))
      text.addOwned(key, std::move(value));
  };
  auto addNumber = [&](StringRef key, std::optional<int64_t> value) {
    if (value)
      add(key, std::to_string(*value));
  };
  bool isRecv = wanted.role == Role::Recv;
  const RangeSet &farDevices = getFarDevices(wanted);
  if (fact == "kind" && wanted.kind != NodeKind::Unknown)
    add("kind", stringifyNodeKind(wanted.kind).str());
  else if (fact == "role" && wanted.role != Role::Unknown)
    add("role", stringifyRole(wanted.role).str());
  else if (fact == "block" && wanted.block != Role::Unknown)
    add("block", stringifyRole(wanted.block).str());
  else if (fact == "layers")
    add("layer", print(wanted.layers));
  else if (fact == "tp_rank")
    addNumber("tp_rank", wanted.tpRank);
  else if (fact == "tp_size")
    addNumber("tp_size", wanted.tpSize);
  else if (fact == "stage")
    addNumber("stage", wanted.stage);
  else if (fact == "target_stage")
    addNumber(isRecv ? "source_stage" : "target_stage", getFarStage(wanted));
  else if (fact == "expert")
    addNumber("expert", wanted.expert);
  else if (fact == "microbatch")
    addNumber("microbatch", wanted.microbatch);
  else if (fact == "dp_rank")
    addNumber("dp_rank", wanted.dpRank);
  else if (fact == "devices" && wanted.allDevices)
    add("gpu", "all");
  else if (fact == "devices" && farDevices.empty())
    add("gpu", print(wanted.devices));
  else if ((fact == "devices" || fact == "target_devices") &&
           !wanted.devices.empty())
    add("gpu", isRecv ? print(farDevices) + " -> " + print(wanted.devices)
                      : print(wanted.devices) + " -> " + print(farDevices));
  else if (fact == "device_name")
    add("gpu", wanted.deviceName);
  else if (fact == "inputs")
    add("input", printShapes(wanted.inputs));
  else if (fact == "outputs")
    add("output", printShapes(wanted.outputs));
  else if (fact == "buffer" && wanted.buffer)
    add("buffer", printShapes(*wanted.buffer));
  else if (fact == "element_type")
    add("dtype", getTypeText(wanted.elementType).str());
  else if (fact == "dropout" && wanted.dropout)
    add("dropout", formatShortest(*wanted.dropout, NumberForm::Fixed));
}

//===----------------------------------------------------------------------===//
// Nodes and edges
//===----------------------------------------------------------------------===//

static Drawn getDrawn(StringRef name, const AttributeText &text) {
  Drawn drawn;
  drawn.name = name;
  drawn.attributes = text.get();
  if (const DrawnAttribute *label = text.lookup("label")) {
    drawn.label = label->value;
    drawn.labelIsHTML = label->isHTML;
  }
  if (const DrawnAttribute *shape = text.lookup("shape"))
    drawn.shape = shape->value;
  if (const DrawnAttribute *style = text.lookup("style"))
    drawn.style = style->value;
  return drawn;
}

Recognition ReadBack::readNode(StringRef name,
                               ArrayRef<const ClusterRecognition *> clusters,
                               const AttributeText &text) const {
  return rules.recognizeNode(getDrawn(name, text), clusters);
}

Recognition ReadBack::readEdge(const AttributeText &text) const {
  return rules.recognizeEdge(getDrawn("", text));
}

FactNames ReadBack::completeNode(StringRef name,
                                 ArrayRef<const ClusterRecognition *> clusters,
                                 const Recognition &wanted,
                                 AttributeText &text) const {
  FactNames names = compare(wanted, readNode(name, clusters, text));
  // What one attribute states may decide what is read from others.
  for (unsigned round = 0; round < 2 && !names.empty(); ++round) {
    size_t before = text.get().size();
    for (StringRef fact : names)
      state(fact, wanted, text);
    if (text.get().size() == before)
      break;
    names = compare(wanted, readNode(name, clusters, text));
  }
  return names;
}

FactNames ReadBack::completeEdge(const Recognition &wanted,
                                 AttributeText &text) const {
  // Of these, an edge keeps what it states of a collective or a transfer.
  auto keep = [](Recognition found) {
    Recognition edge;
    edge.role = found.role;
    edge.stage = getIndex(found.stage);
    edge.targetStage = getIndex(found.targetStage);
    edge.devices = found.devices;
    edge.targetDevices = found.targetDevices;
    edge.buffer = found.buffer;
    return edge;
  };
  FactNames names = compare(wanted, keep(readEdge(text)));
  if (names.empty())
    return names;
  for (StringRef fact : names)
    state(fact, wanted, text);
  return compare(wanted, keep(readEdge(text)));
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

ClusterRecognition ReadBack::readCluster(StringRef name,
                                         const AttributeText &text) const {
  Drawn drawn = getDrawn(name, text);
  drawn.shape = drawn.style = "";
  return rules.recognizeCluster(drawn);
}

ClusterRecognition ReadBack::completeCluster(StringRef name,
                                             const ClusterRecognition &wanted,
                                             AttributeText &text) const {
  ClusterRecognition found = readCluster(name, text);
  size_t before = text.get().size();
  auto addNumber = [&](StringRef key, std::optional<int64_t> value,
                       std::optional<int64_t> read) {
    if (value && value != read)
      text.addOwned(key, std::to_string(*value));
  };
  auto addRanges = [&](StringRef key, const RangeSet &set,
                       const RangeSet &read) {
    if (!set.empty() && set != read)
      text.addOwned(key, print(set));
  };
  addNumber("stage", wanted.stage, found.stage);
  addNumber("tp_size", wanted.tpSize, found.tpSize);
  addNumber("pp_size", wanted.ppSize, found.ppSize);
  addNumber("num_layers", wanted.numLayers, found.numLayers);
  addRanges(wanted.layers.size() == 1 ? "layer" : "layers", wanted.layers,
            found.layers);
  addRanges("gpu", wanted.devices, found.devices);
  addRanges("sampled_layers", wanted.sampledLayers, found.sampledLayers);
  return text.get().size() == before ? found : readCluster(name, text);
}
