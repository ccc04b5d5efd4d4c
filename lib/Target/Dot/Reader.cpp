//===- Reader.cpp - Fills in the recognition of one thing -----------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reader.h"
#include "DimensionText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

/// Roles outside the layers, which take no layer from a cluster.
static bool isOutsideLayers(Role role) {
  switch (role) {
  case Role::Input:
  case Role::Output:
  case Role::Note:
  case Role::Embedding:
  case Role::PositionEmbedding:
  case Role::FinalNorm:
  case Role::Head:
  case Role::Sampling:
    return true;
  default:
    return false;
  }
}

/// Parts of a model that a collective may belong to.
static bool isModule(Role role) {
  switch (role) {
  case Role::Embedding:
  case Role::FinalNorm:
  case Role::Head:
  case Role::Attention:
  case Role::Ffn:
  case Role::Moe:
    return true;
  default:
    return false;
  }
}

void Reader::contradict(Fact fact, Source source, const Twine &first,
                        const Twine &second) {
  Source known = static_cast<Source>(sources[static_cast<unsigned>(fact)]);
  // A label may tell of other layers and devices than its first one.
  if (known == source)
    return;
  StringRef name = stringifyFact(fact);
  for (const Contradiction &contradiction : result.contradictions)
    if (contradiction.fact == name)
      return;
  std::string what = name.str();
  llvm::replace(what, '_', ' ');
  result.contradictions.push_back(
      {name, (Twine(stringifySource(known)) + " says " + what + " " + first +
              ", " + stringifySource(source) + " says " + what + " " + second)
                 .str()});
}

void Reader::setNumber(std::optional<int64_t> &slot, Fact fact, StringRef piece,
                       Source source, const Rule &rule) {
  std::optional<int64_t> value = parseNumber(piece);
  if (!value)
    return;
  if (!isFree(fact, source)) {
    if (slot && *slot != *value)
      contradict(fact, source, Twine(*slot), Twine(*value));
    return;
  }
  slot = value;
  sources[static_cast<unsigned>(fact)] = static_cast<uint8_t>(source);
  note(fact, rule.name, stringifySource(source));
}

void Reader::setRanges(RangeSet &slot, Fact fact, RangeSet set, Source source,
                       const Rule &rule) {
  if (set.empty())
    return;
  if (!isFree(fact, source)) {
    // A part of what is known, or a larger whole, is no contradiction.
    if (!slot.empty() && !slot.intersects(set))
      contradict(fact, source, slot.str(), set.str());
    return;
  }
  slot = std::move(set);
  sources[static_cast<unsigned>(fact)] = static_cast<uint8_t>(source);
  note(fact, rule.name, stringifySource(source));
}

void Reader::setName(std::string &slot, Fact fact, StringRef piece,
                     Source source, const Rule &rule) {
  if (!isFree(fact, source))
    return;
  slot = piece.trim().lower();
  sources[static_cast<unsigned>(fact)] = static_cast<uint8_t>(source);
  note(fact, rule.name, stringifySource(source));
}

void Reader::addShapes(const FactMatch &match, const PlannedText &text,
                       Source source) {
  StringRef piece = text.getPiece(match.begin, match.end);
  bool isBare = match.fact == Fact::Shape;
  ShapeText shapes =
      parseShapes(piece, isBare ? ShapeContext::Bare : ShapeContext::Stated);
  if (shapes.shapes.empty())
    return;
  if (result.elementType.empty() && !shapes.elementType.empty())
    result.elementType = shapes.elementType.str();
  note(match.fact, match.rule->name, stringifySource(source));
  // An attribute's shape isn't repeated by the label's.
  uint8_t &known = sources[static_cast<unsigned>(match.fact)];
  if (known != kNoSource && known != static_cast<uint8_t>(source))
    return;
  known = static_cast<uint8_t>(source);
  auto append = [&](SmallVectorImpl<dot::Shape> &side) {
    if (side.empty()) {
      side = std::move(shapes.shapes);
      return;
    }
    for (dot::Shape &shape : shapes.shapes)
      side.push_back(std::move(shape));
  };
  switch (match.fact) {
  case Fact::Input:
    return append(result.inputs);
  case Fact::Output:
    return append(result.outputs);
  case Fact::InputOutput:
    llvm::append_range(result.inputs, shapes.shapes);
    llvm::append_range(result.outputs, shapes.shapes);
    return;
  case Fact::Buffer:
    if (!result.buffer)
      result.buffer = std::move(shapes.shapes.front());
    return;
  default:
    break;
  }
  // `[a] -> [b]`, `[a] -> 16 experts`
  size_t length = 0;
  size_t arrow = findArrow(piece, length);
  if (arrow != StringRef::npos) {
    ShapeText before = parseShapes(piece.take_front(arrow), ShapeContext::Bare);
    ShapeText behind =
        parseShapes(piece.drop_front(arrow + length), ShapeContext::Bare);
    llvm::append_range(result.inputs, before.shapes);
    llvm::append_range(result.outputs, behind.shapes);
    return;
  }
  StringRef rest = text.getText().drop_front(text.getOffset(match.end));
  if (getArrowLength(rest.ltrim(" ")) > 0)
    llvm::append_range(result.inputs, shapes.shapes);
  else
    llvm::append_range(bareShapes, shapes.shapes);
}

void Reader::readFact(const FactMatch &match, const PlannedText &text,
                      Source source) {
  const Rule &rule = *match.rule;
  StringRef piece = text.getPiece(match.begin, match.end);
  bool isName = source == Source::Name;
  switch (match.fact) {
  case Fact::Layer:
    if (std::optional<int64_t> layer = parseNumber(piece))
      setRanges(result.layers, Fact::Layer, RangeSet(*layer, *layer), source,
                rule);
    return;
  case Fact::Layers:
    return setRanges(result.layers, Fact::Layer,
                     parseRanges(piece, RangeKind::Layers, isName).set, source,
                     rule);
  case Fact::TargetLayer:
    return setNumber(result.targetLayer, match.fact, piece, source, rule);
  case Fact::SourceLayer:
    return setNumber(result.sourceLayer, match.fact, piece, source, rule);
  case Fact::Stage:
    return setNumber(result.stage, match.fact, piece, source, rule);
  case Fact::TargetStage:
    return setNumber(result.targetStage, match.fact, piece, source, rule);
  case Fact::SourceStage:
    return setNumber(result.sourceStage, match.fact, piece, source, rule);
  case Fact::TpRank:
    return setNumber(result.tpRank, match.fact, piece, source, rule);
  case Fact::TpSize:
    // There is no group of size 0, so `TP=0` is a rank.
    if (parseNumber(piece) == 0)
      return setNumber(result.tpRank, Fact::TpRank, piece, source, rule);
    return setNumber(result.tpSize, match.fact, piece, source, rule);
  case Fact::Expert:
    return setNumber(result.expert, match.fact, piece, source, rule);
  case Fact::Microbatch:
    return setNumber(result.microbatch, match.fact, piece, source, rule);
  case Fact::DpRank:
    return setNumber(result.dpRank, match.fact, piece, source, rule);
  case Fact::Machine: {
    // Device numbers count on each machine anew, so only a name is certain.
    StringRef behind =
        piece.drop_while([](char c) { return llvm::isDigit(c); });
    StringRef device =
        behind.drop_while([](char c) { return !llvm::isDigit(c); });
    std::string name = ("node" + piece.take_while(llvm::isDigit) + ":gpu" +
                        device.take_while(llvm::isDigit))
                           .str();
    return setName(result.deviceName, Fact::DeviceName, name, source, rule);
  }
  case Fact::Devices:
    return setRanges(result.devices, match.fact,
                     parseRanges(piece, RangeKind::Devices, isName).set, source,
                     rule);
  case Fact::TargetDevices:
    return setRanges(result.targetDevices, match.fact,
                     parseRanges(piece, RangeKind::Devices, isName).set, source,
                     rule);
  case Fact::SourceDevices:
    return setRanges(result.sourceDevices, match.fact,
                     parseRanges(piece, RangeKind::Devices, isName).set, source,
                     rule);
  case Fact::DevicePairs: {
    DevicePairs pairs = parseDevicePairs(piece, isName);
    setRanges(result.sourceDevices, Fact::SourceDevices,
              std::move(pairs.sources), source, rule);
    return setRanges(result.targetDevices, Fact::TargetDevices,
                     std::move(pairs.targets), source, rule);
  }
  case Fact::DeviceName:
    if (result.devices.empty() && !result.allDevices)
      setName(result.deviceName, match.fact, piece, source, rule);
    return;
  case Fact::TargetDeviceName:
    return setName(result.targetDeviceName, match.fact, piece, source, rule);
  case Fact::AllDevices:
    if (result.devices.empty() && isFree(Fact::AllDevices, source)) {
      result.allDevices = true;
      sources[static_cast<unsigned>(Fact::AllDevices)] =
          static_cast<uint8_t>(source);
      note(match.fact, rule.name, stringifySource(source));
    }
    return;
  case Fact::Input:
  case Fact::Output:
  case Fact::InputOutput:
  case Fact::Buffer:
  case Fact::Shape:
    return addShapes(match, text, source);
  case Fact::ElementType:
    if (result.elementType.empty()) {
      result.elementType = rule.elementType;
      note(match.fact, rule.name, stringifySource(source));
    }
    return;
  case Fact::Dropout: {
    double value;
    if (!result.dropout && !piece.rtrim(".").getAsDouble(value) && value >= 0 &&
        value <= 1) {
      result.dropout = value;
      note(match.fact, rule.name, stringifySource(source));
    }
    return;
  }
  case Fact::Dim: {
    // The name stands in front, from the line's start.
    StringRef line = text.getText().take_front(text.getOffset(match.begin));
    size_t start = line.find_last_of("\n\\");
    if (start != StringRef::npos)
      line = line.drop_front(line[start] == '\\' ? start + 2 : start + 1);
    Dim dim;
    dim.name = line.take_front(line.find(':')).trim().str();
    dim.size = parseNumber(piece);
    if (dim.size && lineShape.empty())
      note(match.fact, rule.name, stringifySource(source));
    if (dim.size)
      lineShape.push_back(std::move(dim));
    return;
  }
  case Fact::Role:
    if (statedRole == Role::Unknown)
      statedRole = readStatedRole(piece);
    return;
  case Fact::Block:
    if (result.block == Role::Unknown)
      result.block = readStatedRole(piece);
    return;
  case Fact::Kind:
    if (!statedKind)
      statedKind = symbolizeNodeKind(piece.trim().lower());
    return;
  case Fact::Number:
  case Fact::PpSize:
  case Fact::NumLayers:
  case Fact::SampledLayers:
  case Fact::OmittedLayers:
    return;
  }
}

void Reader::readFacts(const PlannedText &text, Source source) {
  for (const FactMatch &match : text.getPlan().facts)
    if (match.rule->conditions.empty() || holds(*match.rule, Role::Unknown))
      readFact(match, text, source);
}

/// `qkv_projection`, `QKV-Projection`, `qkvProjection`.
Role Reader::readStatedRole(StringRef value) {
  std::string name;
  for (char c : value.trim(" \"'"))
    name += c == '-' || c == ' ' ? '_' : llvm::toLower(c);
  return symbolizeRole(name).value_or(Role::Unknown);
}

bool Reader::hasDimension(ArrayRef<dot::Shape> shapes,
                          ArrayRef<std::string> names) const {
  for (const dot::Shape &shape : shapes)
    for (const Dim &dim : shape)
      for (const std::string &name : names)
        if (StringRef(dim.name).equals_insensitive(name) ||
            (dim.name.empty() && dim.symbol == name))
          return true;
  return false;
}

bool Reader::holds(const Condition &condition, Role earlier) const {
  auto hasLayer = [&] {
    if (!result.layers.empty())
      return true;
    for (const ClusterRecognition *cluster : clusters)
      if (!cluster->layers.empty())
        return cluster->layers.size() == 1;
    return false;
  };
  auto getBlock = [&] {
    if (result.block != Role::Unknown)
      return result.block;
    for (const ClusterRecognition *cluster : clusters)
      if (cluster->block != Role::Unknown)
        return cluster->block;
    return Role::Unknown;
  };
  bool value = false;
  switch (condition.kind) {
  case Condition::Layer:
    value = hasLayer();
    break;
  case Condition::OwnLayer:
    value = currentLine.hasLayer;
    break;
  case Condition::OwnRange:
    value = currentLine.hasRange;
    break;
  case Condition::OwnStage:
    value = currentLine.hasStage;
    break;
  case Condition::Target:
    value = result.targetStage || result.targetLayer;
    break;
  case Condition::Devices:
    value = !result.devices.empty() || !result.targetDevices.empty();
    break;
  case Condition::Block: {
    Role block = getBlock();
    value = condition.roles.empty()
                ? block != Role::Unknown
                : llvm::is_contained(condition.roles, block);
    break;
  }
  case Condition::Role:
    value = condition.roles.empty()
                ? earlier != Role::Unknown
                : llvm::is_contained(condition.roles, earlier);
    break;
  case Condition::Shape:
    value = llvm::any_of(condition.words, [&](const std::string &word) {
      return drawn.shape.equals_insensitive(word);
    });
    break;
  case Condition::Input:
    value = hasDimension(result.inputs, condition.words);
    break;
  case Condition::Output:
    value = hasDimension(result.outputs, condition.words) ||
            hasDimension(bareShapes, condition.words);
    break;
  case Condition::Label:
    value = !drawn.label.empty();
    break;
  }
  return value != condition.isNegated;
}

Role Reader::readRole(const PlannedText &text, Role earlier,
                      const Rule *&rule) {
  const TextPlan &plan = text.getPlan();
  Role found = Role::Unknown;
  rule = nullptr;
  auto match = plan.roles.begin(), end = plan.roles.end();
  for (auto [index, line] : llvm::enumerate(plan.lines)) {
    currentLine = line;
    const Rule *lineRule = nullptr;
    for (; match != end && match->line == index; ++match)
      if (!lineRule && holds(*match->rule, earlier))
        lineRule = match->rule;
    Role role = lineRule ? lineRule->role : Role::Unknown;
    // `model.layers.0.mlp`, then `All-Reduce`: a module and its operation.
    if (index == 1 && isModule(found)) {
      if (isCollective(role) || isTransfer(role)) {
        rule = lineRule;
        found = role;
      }
      break;
    }
    // What a line behind a layer's or a device's says counts only if it says
    // more.
    if (lineRule && (!rule || (isFrame(found) && !isFrame(role)))) {
      rule = lineRule;
      found = role;
    }
    if (index == 0 && isModule(role))
      continue;
    if (!isFrame(role) ||
        (line.hasWords && role != Role::Layer && role != Role::Stage))
      break;
  }
  return found;
}

Role Reader::readBlock(const PlannedText &text, const Rule *&rule) {
  for (const RoleMatch &match : text.getPlan().blocks)
    if (holds(*match.rule, Role::Unknown)) {
      rule = match.rule;
      return match.rule->block;
    }
  return Role::Unknown;
}

Role Reader::combine(Role first, StringRef firstSource, Role second,
                     StringRef secondSource) {
  if (first == Role::Unknown || first == second)
    return second;
  if (second == Role::Unknown)
    return first;
  if (rules.isRefined(first, second))
    return second;
  if (!rules.isRefined(second, first) && first != Role::Note &&
      second != Role::Note)
    result.contradictions.push_back(
        {stringifyFact(Fact::Role),
         (firstSource + " says role " + stringifyRole(first) + ", " +
          secondSource + " says role " + stringifyRole(second))
             .str()});
  return first;
}

void Reader::readClusters() {
  bool isMove = isTransfer(result.role);
  // A transfer stands between two stages, wherever it is drawn.
  bool isBetween = result.role == Role::Transfer;
  bool hasLayers = !result.layers.empty() || isMove ||
                   isOutsideLayers(result.role) ||
                   isOutsideLayers(result.block);
  bool sawStage = false, sawLayers = false, sawDevices = false;
  for (const ClusterRecognition *cluster : clusters) {
    if (cluster->stage && !sawStage) {
      sawStage = true;
      if (!result.stage && !isBetween) {
        result.stage = cluster->stage;
        note(Fact::Stage, "cluster", "cluster");
      } else if (!isMove && result.stage && *result.stage != *cluster->stage) {
        sources[static_cast<unsigned>(Fact::Stage)] =
            static_cast<uint8_t>(Source::Name);
        contradict(Fact::Stage, Source::Cluster, Twine(*result.stage),
                   Twine(*cluster->stage));
      }
    }
    if (!cluster->layers.empty() && !sawLayers) {
      sawLayers = true;
      if (!hasLayers &&
          (cluster->layers.size() == 1 || result.role == Role::Stage)) {
        result.layers = cluster->layers;
        note(Fact::Layer, "cluster", "cluster");
      }
    }
    if (!cluster->devices.empty() && !sawDevices) {
      sawDevices = true;
      if (result.devices.empty() && !result.allDevices && !isBetween &&
          result.deviceName.empty()) {
        result.devices = cluster->devices;
        note(Fact::Devices, "cluster", "cluster");
      }
    }
    if (cluster->tpRank && !result.tpRank && !isCollective(result.role)) {
      result.tpRank = cluster->tpRank;
      note(Fact::TpRank, "cluster", "cluster");
    }
    if (cluster->tpSize && !result.tpSize) {
      result.tpSize = cluster->tpSize;
      note(Fact::TpSize, "cluster", "cluster");
    }
    if (cluster->block != Role::Unknown && result.block == Role::Unknown) {
      result.block = cluster->block;
      note(Fact::Block, "cluster", "cluster");
    }
  }
}

/// Puts both ends of a transfer where they belong.
void Reader::finishTransfer() {
  bool isRecv = result.role == Role::Recv;
  if (isRecv) {
    if (!result.stage)
      result.stage = result.targetStage;
    if (!result.targetDevices.empty())
      result.devices = result.targetDevices;
    if (result.targetLayer && result.layers.empty())
      result.layers.insert(*result.targetLayer);
    return;
  }
  if (result.sourceStage && !result.stage)
    result.stage = result.sourceStage;
  if (result.sourceLayer && result.layers.empty())
    result.layers.insert(*result.sourceLayer);
  if (!result.sourceDevices.empty() && result.devices.empty())
    result.devices = result.sourceDevices;
  result.sourceStage.reset();
  result.sourceLayer.reset();
  result.sourceDevices = RangeSet();
}

/// A shape of its own is what a node gives out; of a transfer, its buffer too.
void Reader::finishShapes() {
  if (bareShapes.empty() && lineShape.size() > 1)
    bareShapes.push_back(std::move(lineShape));
  if (bareShapes.empty())
    return;
  if (isTransfer(result.role) && !result.buffer)
    result.buffer = bareShapes.front();
  if (result.outputs.empty())
    result.outputs = std::move(bareShapes);
}
