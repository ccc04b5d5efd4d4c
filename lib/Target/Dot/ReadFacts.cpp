//===- ReadFacts.cpp - What the facts of a text say -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimensionText.h"
#include "Reader.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

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
  if (fact == Fact::Layer && source == Source::Name && set.size() == 1) {
    result.nameLayer = set.front();
    result.isLayerOfName = isFree(fact, source);
  }
  if (!isFree(fact, source)) {
    // A part of what is known, or a larger whole, is no contradiction; the
    // names of boxes for several layers count boxes.
    bool countsBoxes = fact == Fact::Layer && source == Source::Name &&
                       slot.size() > 1 && set.size() == 1;
    // Cells for one device each: `GPU 1`, `heads 0-9`, `GPU 2`, `heads 10-19`.
    if (fact == Fact::Devices && source == Source::Label && drawn.labelIsHTML &&
        sources[static_cast<unsigned>(fact)] == static_cast<uint8_t>(source) &&
        !slot.empty() && set.size() == 1 && set.front() == slot.back() + 1) {
      slot.insert(set);
      return;
    }
    if (!slot.empty() && !slot.intersects(set) && !countsBoxes)
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

/// True if a text ends with a line that is nothing but an arrow.
static bool followsArrow(StringRef text) {
  text = text.rtrim(" ");
  if (!text.consume_back("->") && !text.consume_back("=>") &&
      !text.consume_back("\u2192"))
    return false;
  text = text.rtrim(" ");
  return text.ends_with("\n") || text.ends_with("\\n") ||
         text.ends_with("\\l") || text.ends_with("\\r");
}

/// Makes `[tokens, width] x [width, columns]`, the input and the weight of a
/// product, the input and the result. True if `text` states such a product.
static bool readProduct(StringRef text, SmallVectorImpl<dot::Shape> &shapes) {
  if (shapes.size() != 2 || shapes[0].size() < 2 || shapes[1].size() != 2)
    return false;
  StringRef between = text.split(']').second.split('[').first.trim();
  if (between != "\u00d7" && between != "x" && between != "*" && between != "@")
    return false;
  const Dim &width = shapes[0].back(), &rows = shapes[1].front();
  if (width.size != rows.size || width.symbol != rows.symbol)
    return false;
  Dim columns = shapes[1].back();
  shapes[1] = shapes[0];
  shapes[1].back() = std::move(columns);
  return true;
}

/// What stands behind the last arrow of `[b] -> [c]`, the rest of a chain from
/// the first shape to the last; of `[b], k: [c] -> [d]` everything.
static StringRef dropInnerSteps(StringRef text) {
  size_t length = 0;
  for (size_t arrow = findArrow(text, length); arrow != StringRef::npos;
       arrow = findArrow(text, length)) {
    if (parseShapes(text.take_front(arrow), ShapeContext::Bare).shapes.size() !=
        1)
      return text;
    text = text.drop_front(arrow + length);
  }
  return text;
}

/// True if a line of a label that is not its first one begins with the name of
/// a collective, before the text at `begin`.
static bool isOfLaterCollective(const PlannedText &text, unsigned begin) {
  StringRef before = text.getText().take_front(text.getOffset(begin));
  size_t start = before.find_last_of("\n\\");
  if (start == StringRef::npos)
    return false;
  StringRef line =
      before.drop_front(before[start] == '\\' ? start + 2 : start + 1).ltrim();
  return llvm::any_of(
      ArrayRef<StringRef>{"all-gather", "all gather", "allgather", "all-reduce",
                          "all reduce", "allreduce"},
      [&](StringRef name) { return line.starts_with_insensitive(name); });
}

void Reader::addShapes(const FactMatch &match, const PlannedText &text,
                       Source source) {
  // Two patterns may state one piece.
  for (const FactMatch &other : text.getPlan().facts) {
    if (&other == &match)
      break;
    if (other.fact == match.fact && other.begin < match.end &&
        match.begin < other.end)
      return;
  }
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
    ShapeText behind = parseShapes(
        dropInnerSteps(piece.drop_front(arrow + length)), ShapeContext::Bare);
    // What a collective in a later line of a box takes, the box has made.
    if (!isOfLaterCollective(text, match.begin))
      llvm::append_range(result.inputs, before.shapes);
    llvm::append_range(result.outputs, behind.shapes);
    return;
  }
  if (readProduct(piece, shapes.shapes)) {
    result.inputs.push_back(std::move(shapes.shapes[0]));
    result.outputs.push_back(std::move(shapes.shapes[1]));
    return;
  }
  // A line that begins with an arrow goes on with the one before it.
  if (!bareShapes.empty() &&
      followsArrow(text.getText().take_front(text.getOffset(match.begin)))) {
    llvm::append_range(result.inputs, bareShapes);
    bareShapes.clear();
    llvm::append_range(result.outputs, shapes.shapes);
    return;
  }
  StringRef rest = text.getText().drop_front(text.getOffset(match.end));
  if (getArrowLength(rest.ltrim(" ")) > 0)
    llvm::append_range(result.inputs, shapes.shapes);
  else {
    lastBare = bareShapes.size();
    llvm::append_range(bareShapes, shapes.shapes);
  }
}

/// Where a fact goes that is one number; null if it is another fact.
std::optional<int64_t> *Reader::getNumberSlot(Fact fact) {
  switch (fact) {
  case Fact::TargetLayer:
    return &result.targetLayer;
  case Fact::SourceLayer:
    return &result.sourceLayer;
  case Fact::Stage:
    return &result.stage;
  case Fact::TargetStage:
    return &result.targetStage;
  case Fact::SourceStage:
    return &result.sourceStage;
  case Fact::TpRank:
    return &result.tpRank;
  case Fact::TpSize:
    return &result.tpSize;
  case Fact::Expert:
    return &result.expert;
  case Fact::NumLayers:
    return &result.numLayers;
  case Fact::LayerCount:
    return &result.layerCount;
  case Fact::LikeLayer:
    return &result.likeLayer;
  case Fact::Microbatch:
    return &result.microbatch;
  case Fact::DpRank:
    return &result.dpRank;
  default:
    return nullptr;
  }
}

/// Where a fact goes that is a set of devices; null if it is another fact.
RangeSet *Reader::getDevicesSlot(Fact fact) {
  switch (fact) {
  case Fact::Devices:
    return &result.devices;
  case Fact::TargetDevices:
    return &result.targetDevices;
  case Fact::SourceDevices:
    return &result.sourceDevices;
  default:
    return nullptr;
  }
}

/// Devices that are not just listed.
void Reader::readDeviceFact(const FactMatch &match, StringRef piece,
                            Source source, bool isName) {
  const Rule &rule = *match.rule;
  switch (match.fact) {
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
  default: // AllDevices
    if (result.devices.empty() && isFree(Fact::AllDevices, source)) {
      result.allDevices = true;
      sources[static_cast<unsigned>(Fact::AllDevices)] =
          static_cast<uint8_t>(source);
      note(match.fact, rule.name, stringifySource(source));
    }
    return;
  }
}

/// A dimension on a line of its own; its name stands in front, from the line's
/// start.
static Dim readDim(const FactMatch &match, const PlannedText &text) {
  StringRef line = text.getText().take_front(text.getOffset(match.begin));
  size_t start = line.find_last_of("\n\\");
  if (start != StringRef::npos)
    line = line.drop_front(line[start] == '\\' ? start + 2 : start + 1);
  Dim dim;
  dim.name = line.take_front(line.find(':')).trim().str();
  dim.size = parseNumber(text.getPiece(match.begin, match.end));
  return dim;
}

/// What is neither a coordinate nor a device.
void Reader::readOtherFact(const FactMatch &match, const PlannedText &text,
                           Source source) {
  StringRef piece = text.getPiece(match.begin, match.end);
  auto noteFact = [&] {
    note(match.fact, match.rule->name, stringifySource(source));
  };
  switch (match.fact) {
  case Fact::Input:
  case Fact::Output:
  case Fact::InputOutput:
  case Fact::Buffer:
  case Fact::Shape:
    return addShapes(match, text, source);
  case Fact::Widths: {
    // Others may stand behind it in the line.
    size_t begin = text.getOffset(match.begin);
    StringRef line = text.getText().drop_front(begin);
    line = line.take_front(line.find_first_of("\n\\"));
    llvm::append_range(widths, parseWidthMaps(line));
    return noteFact();
  }
  case Fact::Weight: { // what a node holds, and neither takes nor gives
    ShapeText shapes = parseShapes(piece, ShapeContext::Stated);
    // Of several, nobody knows which one is which.
    if (shapes.shapes.size() == 1 && !result.weight)
      result.weight = std::move(shapes.shapes.front());
    return noteFact();
  }
  case Fact::ElementType:
    if (result.elementType.empty()) {
      result.elementType = match.rule->elementType;
      noteFact();
    }
    return;
  case Fact::Dropout: {
    double value;
    if (!result.dropout && !piece.rtrim(".").getAsDouble(value) && value >= 0 &&
        value <= 1) {
      result.dropout = value;
      noteFact();
    }
    return;
  }
  case Fact::Dim: {
    Dim dim = readDim(match, text);
    if (!dim.size)
      return;
    if (lineShape.empty())
      noteFact();
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
  case Fact::Model:
    if (result.model.empty()) {
      result.model = match.rule->model;
      noteFact();
    }
    return;
  case Fact::Replicated:
    result.isReplicated = true;
    return noteFact();
  case Fact::Split:
    result.isSplit = true;
    return noteFact();
  case Fact::OtherMixer:
    result.isOtherMixer = true;
    return noteFact();
  case Fact::Begins:
    result.begins = true;
    return;
  case Fact::Ends:
    result.ends = true;
    return;
  default: // of the drawing as a whole
    return;
  }
}

void Reader::readFact(const FactMatch &match, const PlannedText &text,
                      Source source) {
  const Rule &rule = *match.rule;
  StringRef piece = text.getPiece(match.begin, match.end);
  bool isName = source == Source::Name;
  // There is no group of size 0, so `TP=0` is a rank.
  if (match.fact == Fact::TpSize && parseNumber(piece) == 0)
    return setNumber(result.tpRank, Fact::TpRank, piece, source, rule);
  // `Layer9to15` names no way where the label states the range.
  if (isName && result.layers.size() > 1 &&
      (match.fact == Fact::SourceLayer || match.fact == Fact::TargetLayer))
    return;
  if (std::optional<int64_t> *slot = getNumberSlot(match.fact))
    return setNumber(*slot, match.fact, piece, source, rule);
  if (RangeSet *slot = getDevicesSlot(match.fact))
    return setRanges(*slot, match.fact,
                     parseRanges(piece, RangeKind::Devices, isName).set, source,
                     rule);
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
  case Fact::Machine:
  case Fact::DevicePairs:
  case Fact::DeviceName:
  case Fact::TargetDeviceName:
  case Fact::AllDevices:
    return readDeviceFact(match, piece, source, isName);
  default:
    return readOtherFact(match, text, source);
  }
}

void Reader::readFacts(const PlannedText &text, Source source) {
  for (const FactMatch &match : text.getPlan().facts)
    if (match.rule->conditions.empty() || holds(*match.rule, Role::Unknown)) {
      setStatement(text, text.getOffset(match.begin));
      readFact(match, text, source);
    }
}
