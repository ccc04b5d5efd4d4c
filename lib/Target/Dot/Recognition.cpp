//===- Recognition.cpp - What a drawing's node stands for -----------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/Dot/Recognition.h"
#include "DimensionText.h"
#include "Reader.h"
#include "SamplingText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

/// The kind that a shape implies where no role is known.
static NodeKind getKind(StringRef shape) {
  return llvm::StringSwitch<NodeKind>(shape)
      .CasesLower({"ellipse", "oval", "circle", "doublecircle"},
                  NodeKind::Communication)
      .CasesLower({"box", "rect", "rectangle", "square", "record", "mrecord"},
                  NodeKind::Compute)
      .CasesLower({"parallelogram", "diamond", "trapezium", "invtrapezium"},
                  NodeKind::Routing)
      .CasesLower({"hexagon", "house", "invhouse"}, NodeKind::Routing)
      .Default(NodeKind::Unknown);
}

/// Roles that say of which block they are.
static bool hasBlock(Role role) {
  switch (role) {
  case Role::Norm:
  case Role::ResidualAdd:
  case Role::Dropout:
  case Role::Linear:
  case Role::Slice:
  case Role::Concat:
    return true;
  default:
    return isCollective(role);
  }
}

/// Attributes that Graphviz gives a meaning, or that repeat the label.
static bool isDrawingAttribute(StringRef key) {
  static const llvm::StringSet<> keys = {
      "label",     "shape",     "style",       "fillcolor", "color",
      "fontsize",  "fontname",  "fontcolor",   "penwidth",  "width",
      "height",    "pos",       "peripheries", "margin",    "URL",
      "href",      "id",        "class",       "group",     "xlabel",
      "tooltip",   "comment",   "bgcolor",     "rankdir",   "ranksep",
      "nodesep",   "splines",   "compound",    "arrowhead", "arrowtail",
      "arrowsize", "dir",       "constraint",  "weight",    "minlen",
      "lhead",     "ltail",     "headport",    "tailport",  "labelloc",
      "labeljust", "fixedsize", "image",       "lp",        "bb",
      "headlabel", "taillabel", "sides",       "skew",      "orientation"};
  return keys.contains(key);
}

//===----------------------------------------------------------------------===//
// RuleTable
//===----------------------------------------------------------------------===//

struct RuleTable::Impl {
  RuleSet rules;
  Planner planner{rules};

  void readAttributes(const Drawn &drawn, Reader &reader) const;
};

RuleTable::RuleTable() : impl(std::make_unique<Impl>()) {
  // The rules speak of the words; those that are added last are tried first.
  if (llvm::Error error =
          impl->rules.addRules({getBuiltinWords(), getBuiltinComposites(),
                                getBuiltinRules(), getFusedRules()},
                               "built-in"))
    llvm::report_fatal_error(std::move(error));
}
RuleTable::~RuleTable() = default;
RuleTable::RuleTable(RuleTable &&) = default;

llvm::Error RuleTable::addRules(llvm::MemoryBufferRef buffer) {
  impl->planner.clear();
  StringRef text = buffer.getBuffer();
  // A byte order mark, as some editors write it.
  text.consume_front("\xef\xbb\xbf");
  return impl->rules.addRules(text, buffer.getBufferIdentifier());
}

void RuleTable::print(raw_ostream &os) const { impl->rules.print(os); }

void RuleTable::Impl::readAttributes(const Drawn &drawn, Reader &reader) const {
  for (const DrawnAttribute &attribute : drawn.attributes) {
    if (isDrawingAttribute(attribute.key))
      continue;
    SmallString<128> line(attribute.key);
    line += " = ";
    line += attribute.value;
    PlannedText text;
    planner.planLine(line, Source::Attribute, /*isName=*/false, text);
    reader.readFacts(text, Source::Attribute);
  }
}

/// A label, with what other attributes show beside it.
static StringRef getFullLabel(const Drawn &drawn, std::string &storage) {
  StringRef label = drawn.label;
  if (label == "\\N" || label == "\\E" || label == "\\G")
    label = "";
  for (const DrawnAttribute &attribute : drawn.attributes) {
    if (attribute.isHTML || drawn.labelIsHTML ||
        !llvm::is_contained(
            {"xlabel", "tooltip", "comment", "headlabel", "taillabel"},
            attribute.key))
      continue;
    storage = (label + "\\n" + attribute.value).str();
    label = storage;
  }
  return label;
}

/// True for the shapes of text that stands beside a drawing.
static bool isPlainText(StringRef shape) {
  return shape.equals_insensitive("plaintext") ||
         shape.equals_insensitive("plain") || shape.equals_insensitive("none");
}

/// True for what stands in or beside a drawing and is no part of it.
static bool isBesideDrawing(const Drawn &node, Role role,
                            ArrayRef<const ClusterRecognition *> clusters) {
  if (node.style.contains("invis") || node.shape.equals_insensitive("point") ||
      node.shape.equals_insensitive("note"))
    return true;
  if (llvm::any_of(clusters, [](const ClusterRecognition *cluster) {
        return cluster->isLegend;
      }))
    return true;
  // "... 12 more" is left out of the drawing.
  StringRef label = StringRef(node.label).ltrim();
  if (label.starts_with("...") || label.starts_with("\u2026"))
    return true;
  return isPlainText(node.shape) && !node.labelIsHTML && isFrame(role) &&
         role != Role::Layer;
}

/// Before what it gives, an embedding may state its table, as a shape or as a
/// word: `32128 x 4096`.
static std::optional<Shape> takeTable(Recognition &result, StringRef label,
                                      bool isHTML) {
  if (result.role != Role::Embedding || result.weight)
    return std::nullopt;
  MutableArrayRef<Shape> outputs = result.outputs;
  if (outputs.size() > 1 && outputs[0].size() == 2 && outputs[0][0].size &&
      outputs[0][1].size &&
      llvm::all_of(outputs.drop_front(),
                   [](const Shape &shape) { return shape.size() > 2; })) {
    Shape table = std::move(outputs[0]);
    result.outputs.erase(result.outputs.begin());
    return table;
  }
  for (StringRef line : getLabelLines(label, isHTML))
    if (std::optional<Shape> table = parseTable(line))
      return table;
  return std::nullopt;
}

/// Parts of a network in a cluster for the experts of a device are those of an
/// expert.
static bool isOfExperts(Role role,
                        ArrayRef<const ClusterRecognition *> clusters) {
  return isNetworkPart(role) &&
         llvm::any_of(clusters, [](const ClusterRecognition *cluster) {
           return cluster->block == Role::Moe && !cluster->devices.empty();
         });
}

Recognition
RuleTable::recognizeNode(const Drawn &node,
                         ArrayRef<const ClusterRecognition *> clusters,
                         bool explain) const {
  Recognition result;
  Reader reader(impl->rules, node, result, clusters, explain);
  std::string storage;
  StringRef label = getFullLabel(node, storage);

  PlannedText name, text;
  impl->planner.planLine(node.name, Source::Name, !node.name.contains(' '),
                         name);
  bool hasLabel = !label.empty();
  // Without a label, Graphviz shows the name.
  impl->planner.planLabel(hasLabel ? label : node.name,
                          hasLabel && node.labelIsHTML, Source::Label, text);
  // What is stated comes first; an identifier is a hint at the rest.
  impl->readAttributes(node, reader);
  // A name without blanks tells its facts as a name alone.
  if (hasLabel || node.name.contains(' '))
    reader.readFacts(text, Source::Label);
  reader.readFacts(name, Source::Name);

  // The block first, as roles may depend on it.
  StringRef source = reader.readBlocks(text, name);
  const Rule *nameRule = nullptr, *labelRule = nullptr;
  reader.takeStatement();
  Role nameRole = reader.readRole(name, Role::Unknown, nameRule);
  std::string nameStatement = reader.takeStatement();
  Role labelRole = reader.readRole(text, nameRole, labelRule);
  Role role = hasLabel
                  ? reader.combine(labelRole, "label", nameRole, "name")
                  : reader.combine(nameRole, "name", Role::Unknown, "label");
  if (role == Role::Unknown)
    role = labelRole; // the name read as the text that Graphviz shows
  bool isByLabel = hasLabel ? role == labelRole : role != nameRole;
  if (!isByLabel)
    reader.setStatement(std::move(nameStatement));
  // `op="Linear"` says of which kind an op is, and its path which one it is.
  if (reader.statedRole == Role::Linear &&
      impl->rules.isRefined(Role::Linear, role))
    reader.statedRole = Role::Unknown;
  if (reader.statedRole != Role::Unknown) {
    reader.takeStatement();
    reader.combine(reader.statedRole, "attribute", role,
                   isByLabel ? "label" : "name");
    role = reader.statedRole;
    reader.note(Fact::Role, "stated-role", "attribute");
  } else {
    if (role != Role::Unknown)
      reader.note(Fact::Role, isByLabel ? labelRule->name : nameRule->name,
                  isByLabel ? "label" : "name");
  }
  // "InternLM2 layers 0-15": a box for layers, of which no word says more.
  if (role == Role::Unknown && hasLabel && !labelRule &&
      result.layers.size() > 1) {
    role = Role::Layer;
    reader.note(Fact::Role, "layers-alone", "label");
  }
  result.role = role;

  if (isBesideDrawing(node, role, clusters))
    result.role = Role::Note;

  reader.takeStatement();
  reader.finishTransfer();
  reader.readClusters();
  reader.finishShapes();
  if (auto table = takeTable(result, label, node.labelIsHTML)) {
    result.weight = std::move(table);
    reader.note(Fact::Weight, "table", "label");
  }
  if (isOfExperts(result.role, clusters))
    result.block = Role::Moe;
  else if (!hasBlock(result.role)) {
    result.block = Role::Unknown;
    llvm::erase_if(result.provenance, [](const Provenance &provenance) {
      return provenance.fact == stringifyFact(Fact::Block);
    });
  }

  // An embedding called `input` is still where the drawing starts.
  result.kind = getNodeKind(result.role);
  bool isDrawn = result.kind == NodeKind::Unknown && !node.shape.empty();
  if (reader.statedKind)
    result.kind = *reader.statedKind;
  else if (result.role != Role::Note &&
           (nameRole == Role::Input || nameRole == Role::Output))
    result.kind = getNodeKind(nameRole);
  else if (result.role == Role::Unknown && labelRule && labelRule->kind)
    result.kind = *labelRule->kind;
  else if (result.role == Role::Unknown && nameRule && nameRule->kind)
    result.kind = *nameRule->kind;
  else if (isDrawn)
    result.kind = getKind(node.shape);
  // What else it is called, an end is an end.
  if (result.begins != result.ends && !reader.statedKind &&
      (result.role == Role::Unknown || result.role == Role::Parameter))
    result.kind = result.begins ? NodeKind::Input : NodeKind::Output;
  if (result.kind != NodeKind::Unknown)
    reader.note(Fact::Kind, isDrawn ? "shape" : "role",
                isDrawn ? "shape" : source);

  for (auto [begin, end] : text.getPlan().unused)
    result.unused.push_back(text.getPiece(begin, end).trim().str());
  result.isCut = text.getPlan().isCut;
  return result;
}

Recognition RuleTable::recognizeEdge(const Drawn &edge, bool explain) const {
  Recognition result;
  Reader reader(impl->rules, edge, result, {}, explain);
  std::string storage;
  StringRef label = getFullLabel(edge, storage);
  impl->readAttributes(edge, reader);
  result.role = reader.statedRole;
  if (!label.empty()) {
    PlannedText text;
    impl->planner.planLabel(label, edge.labelIsHTML, Source::Edge, text);
    reader.readFacts(text, Source::Edge);
    const Rule *rule = nullptr;
    if (result.block == Role::Unknown)
      result.block = reader.readBlock(text, rule);
    if (result.role == Role::Unknown)
      result.role = reader.readRole(text, Role::Unknown, rule);
    if (rule)
      reader.note(Fact::Role, rule->name, "edge");
    for (auto [begin, end] : text.getPlan().unused)
      result.unused.push_back(text.getPiece(begin, end).trim().str());
    result.isCut = text.getPlan().isCut;
  }
  // An edge has two ends, so one that sends is the whole transfer.
  if (isTransfer(result.role)) {
    result.role = Role::Transfer;
    result.sendsAndReceives = label.contains_insensitive("send") &&
                              (label.contains_insensitive("recv") ||
                               label.contains_insensitive("receive"));
  } else if (!isCollective(result.role))
    result.role = Role::Unknown;
  reader.finishTransfer();
  reader.finishShapes();
  if (!isCollective(result.role))
    result.block = Role::Unknown;
  result.kind = getNodeKind(result.role);
  return result;
}

/// True if a text names several models and numbers of layers that differ, which
/// are none of the whole: `draft (16 layers), target (80 layers)`.
static bool tellsModelsApart(const PlannedText &text) {
  StringRef model;
  std::optional<int64_t> number;
  bool areSeveral = false, differ = false;
  for (const FactMatch &match : text.getPlan().facts) {
    if (match.fact == Fact::Model) {
      areSeveral |= !model.empty() && model != match.rule->model;
      model = match.rule->model;
    } else if (match.fact == Fact::NumLayers ||
               match.fact == Fact::LayerCount) {
      std::optional<int64_t> value =
          parseNumber(text.getPiece(match.begin, match.end));
      differ |= number && number != value;
      number = value;
    }
  }
  return areSeveral && differ;
}

/// Takes over what a text of a cluster states, where it isn't known yet.
static void readCluster(const PlannedText &text, bool isName,
                        ClusterRecognition &result) {
  auto set = [](std::optional<int64_t> &slot, StringRef piece, int64_t least) {
    std::optional<int64_t> value = parseNumber(piece);
    if (!slot && value && *value >= least)
      slot = value;
  };
  auto setRanges = [&](RangeSet &slot, StringRef piece, RangeKind kind) {
    if (slot.empty())
      slot = parseRanges(piece, kind, isName).set;
  };
  for (const FactMatch &match : text.getPlan().facts) {
    StringRef piece = text.getPiece(match.begin, match.end);
    switch (match.fact) {
    case Fact::Stage:
      set(result.stage, piece, 0);
      break;
    case Fact::TpRank:
      set(result.tpRank, piece, 0);
      break;
    case Fact::DpRank:
      set(result.dpRank, piece, 0);
      break;
    case Fact::TpSize:
      set(result.tpSize, piece, 1);
      break;
    case Fact::PpSize:
      set(result.ppSize, piece, 1);
      break;
    case Fact::DpSize:
      set(result.dpSize, piece, 1);
      break;
    case Fact::EpSize:
      set(result.epSize, piece, 1);
      break;
    case Fact::SpSize:
      set(result.spSize, piece, 1);
      break;
    case Fact::NumLayers:
      set(result.numLayers, piece, 1);
      break;
    case Fact::NumSampled:
      set(result.numSampled, piece, 1);
      break;
    case Fact::ModelLayers:
      if (std::optional<int64_t> value = parseNumber(piece))
        result.modelLayers.push_back({match.rule->model, *value});
      break;
    case Fact::OthersAlike:
      result.othersAlike = true;
      break;
    case Fact::Replicated:
      result.isReplicated = true;
      break;
    case Fact::Model:
      if (result.model.empty())
        result.model = match.rule->model;
      break;
    case Fact::LayerCount:
      set(result.layerCount, piece, 1);
      break;
    case Fact::Layer:
    case Fact::Layers:
      setRanges(result.layers, piece, RangeKind::Layers);
      break;
    case Fact::SampledLayers:
      setRanges(result.sampledLayers, piece, RangeKind::Layers);
      break;
    case Fact::OmittedLayers:
      setRanges(result.omittedLayers, piece, RangeKind::Layers);
      break;
    case Fact::MeantLayers:
      setRanges(result.meantLayers, piece, RangeKind::Layers);
      break;
    case Fact::Devices:
      setRanges(result.devices, piece, RangeKind::Devices);
      break;
    default:
      break;
    }
  }
  if (tellsModelsApart(text)) {
    result.numLayers.reset();
    result.layerCount.reset();
  }
  for (const RoleMatch &match : text.getPlan().blocks)
    if (result.block == Role::Unknown && match.rule->conditions.empty())
      result.block = match.rule->block;
  for (const RoleMatch &match : text.getPlan().roles)
    result.isLegend |= match.rule->role == Role::Note;
}

/// Each sentence on a line of its own: what one says is none of the next.
static std::string splitSentences(StringRef text) {
  std::string lines;
  lines.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i)
    lines += text[i] == ' ' && i > 0 && text[i - 1] == '.' &&
                     i + 1 < text.size() && llvm::isUpper(text[i + 1])
                 ? '\n'
                 : text[i];
  return lines;
}

ClusterRecognition RuleTable::recognizeCluster(const Drawn &cluster) const {
  ClusterRecognition result;
  for (const DrawnAttribute &attribute : cluster.attributes) {
    if (isDrawingAttribute(attribute.key))
      continue;
    SmallString<128> line(attribute.key);
    line += " = ";
    line += attribute.value;
    PlannedText text;
    impl->planner.planLine(line, Source::Cluster, /*isName=*/false, text);
    readCluster(text, /*isName=*/false, result);
  }
  std::string storage;
  StringRef label = getFullLabel(cluster, storage);
  if (!label.empty()) {
    PlannedText text;
    std::string lines = splitSentences(label);
    impl->planner.planLabel(lines, cluster.labelIsHTML, Source::Cluster, text);
    readCluster(text, /*isName=*/false, result);
    SamplingText sampling = readSampling(
        llvm::join(getLabelLines(label, cluster.labelIsHTML), "\n"));
    result.omittedLayers.insert(sampling.omitted);
    result.omittedDevices.insert(sampling.omittedDevices);
    // `sampled: layer 0 (local) and layer 1 (global) are drawn`
    if (!result.sampledLayers.empty())
      result.sampledLayers.insert(sampling.shown);
    result.othersAlike |= sampling.othersAlike;
    // `block 0 drawn, blocks 1-23 identical` are no layers of a stage.
    if (sampling.othersAlike && sampling.omitted.contains(result.layers))
      result.layers = RangeSet();
    // `Layers 1-7 (layer 9 shown)` says of none of them what it is like, and
    // `Layers 1-7 (layer 1 shown, x6)` not of which ones.
    bool isOther =
        !result.layers.intersects(result.sampledLayers) ||
        (result.layerCount &&
         result.layers.size() != static_cast<uint64_t>(*result.layerCount));
    if (result.layers.size() > 1 && result.sampledLayers.size() == 1 &&
        isOther) {
      result.othersAlike = false;
      result.sampledLayers = RangeSet();
    }
    // `MoE layers 3-60 (layer 3 shown)` holds layer 3, and the others are like
    // it.
    if (result.layers.size() > 1 && result.sampledLayers.size() == 1 &&
        result.layers.contains(result.sampledLayers)) {
      result.omittedLayers.insert(result.layers.subtract(result.sampledLayers));
      result.layers = result.sampledLayers;
    }
  }
  StringRef name = cluster.name;
  name.consume_front("cluster");
  if (!name.empty()) {
    bool isName = !name.contains(' ');
    PlannedText text;
    impl->planner.planLine(name, Source::Cluster, isName, text);
    readCluster(text, isName, result);
  }
  // `Decode pool (GPU 2-5, DP=4)`: each device has all weights.
  if (result.dpSize && *result.dpSize > 1 && !result.tpSize &&
      result.devices.size() == static_cast<uint64_t>(*result.dpSize))
    result.isReplicated = true;
  // `Transformer (16 layers)`
  if (!result.numLayers && result.layers.empty())
    result.numLayers = result.layerCount;
  return result;
}
