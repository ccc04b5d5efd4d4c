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
bool dot::isOutsideLayers(Role role) {
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
  case Condition::Range:
    value = result.layers.size() > 1;
    break;
  case Condition::Target:
    value = result.targetStage || result.targetLayer ||
            !result.targetDevices.empty();
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

void Reader::setStatement(const PlannedText &text, size_t offset) {
  if (!explain)
    return;
  StringRef all = text.getText();
  size_t begin = std::min(offset, all.size());
  auto isBreak = [&](size_t at) {
    return all[at] == '\n' ||
           (all[at] == '\\' && at + 1 < all.size() &&
            (all[at + 1] == 'n' || all[at + 1] == 'l' || all[at + 1] == 'r'));
  };
  size_t end = begin;
  while (begin > 0 && !isBreak(begin - 1) &&
         !(begin > 1 && isBreak(begin - 2) && all[begin - 2] == '\\'))
    --begin;
  while (end < all.size() && !isBreak(end))
    ++end;
  statement = all.slice(begin, end).trim().str();
}

void Reader::setStatementLine(const PlannedText &text, unsigned line) {
  if (!explain)
    return;
  StringRef all = text.getText();
  size_t offset = 0;
  while (offset < all.size()) {
    setStatement(text, offset);
    size_t next = all.substr(offset).find_first_of("\n\\");
    if (!statement.empty() && line-- == 0)
      return;
    if (next == StringRef::npos)
      return;
    offset += next + (all[offset + next] == '\n' ? 1 : 2);
  }
}

/// The line of a text that has so many other ones before it.
static StringRef getTextLine(StringRef text, unsigned index) {
  while (!text.empty()) {
    size_t end = 0;
    while (end < text.size() && text[end] != '\n' &&
           !(text[end] == '\\' && end + 1 < text.size() &&
             StringRef("nlr").contains(text[end + 1])))
      ++end;
    StringRef line = text.take_front(end).trim();
    if (!line.empty() && index-- == 0)
      return line;
    text = text.drop_front(std::min(
        text.size(), end + (text.substr(end).starts_with("\\") ? 2 : 1)));
  }
  return text;
}

/// True if a line names what moves in brackets alone: `GPU 0-3 (vocab parallel,
/// all-gather)` says how a module works.
static bool isRemark(StringRef line) {
  auto [outside, inside] = line.split('(');
  auto moves = [](StringRef words) {
    return llvm::any_of(
        ArrayRef<StringRef>{"reduce", "gather", "scatter", "all-to-all",
                            "all to all", "alltoall", "broadcast"},
        [&](StringRef word) { return words.contains_insensitive(word); });
  };
  return moves(inside) && !moves(outside);
}

/// True for a box of three projections: `Wq`, `Wk` and `Wv`, line by line.
static bool hasKeysBehind(const TextPlan &plan) {
  auto gives = [&](Role role, unsigned line) {
    return llvm::any_of(plan.roles, [&](const RoleMatch &match) {
      return match.line == line && match.rule->role == role;
    });
  };
  for (unsigned line = 0; line + 2 < plan.lines.size() && line < 2; ++line)
    if (gives(Role::QProjection, line) && gives(Role::KProjection, line + 1) &&
        gives(Role::VProjection, line + 2))
      return true;
  return false;
}

/// A title that states layers, above lines for parts of attention and of the
/// network: `Layers 0-19`, `RMSNorm`, `GQA attention`, `SwiGLU`. The rule of
/// the first part, or null.
const Rule *Reader::findPartsOfLayer(const TextPlan &plan, Role earlier) {
  const Rule *first = nullptr;
  bool hasTitle = false, hasAttention = false, hasNetwork = false;
  auto match = plan.roles.begin(), end = plan.roles.end();
  for (auto [index, line] : llvm::enumerate(plan.lines)) {
    currentLine = line;
    const Rule *rule = nullptr;
    for (; match != end && match->line == index; ++match)
      if (!rule && holds(*match->rule, earlier))
        rule = match->rule;
    Role role = rule ? rule->role : Role::Unknown;
    if (!hasTitle) {
      if (!isFrame(role))
        return nullptr;
      hasTitle = line.hasLayer || line.hasRange;
      continue;
    }
    bool isAttention =
        role == Role::Attention || getAttentionPosition(role) > 0;
    bool isNetwork =
        role == Role::Ffn || role == Role::Moe || isNetworkPart(role);
    if (!first && (isAttention || isNetwork))
      first = rule;
    hasAttention |= isAttention && role != Role::Dropout;
    hasNetwork |= isNetwork;
  }
  return hasAttention && hasNetwork ? first : nullptr;
}

Role Reader::readRole(const PlannedText &text, Role earlier,
                      const Rule *&rule) {
  const TextPlan &plan = text.getPlan();
  Role found = Role::Unknown;
  rule = nullptr;
  // `op_code=get_attr` says more than the name in the line before it.
  for (const RoleMatch &match : plan.roles)
    if (StringRef(match.rule->name).starts_with("op-of-")) {
      rule = match.rule;
      setStatementLine(text, match.line);
      return rule->role;
    }
  if (const Rule *part = findPartsOfLayer(plan, earlier)) {
    rule = part;
    setStatementLine(text, 0);
    return Role::Layer;
  }
  bool isWhole = false;
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
      if ((isCollective(role) || isTransfer(role)) &&
          !isRemark(getTextLine(text.getText(), index))) {
        rule = lineRule;
        found = role;
        setStatementLine(text, index);
      }
      break;
    }
    // What a line behind a layer's or a device's says counts only if it says
    // more.
    bool saysMore = isFrame(found) && !isFrame(role);
    // A box for several layers may hold an end of the model besides.
    if (result.layers.size() > 1 && isOutsideLayers(role))
      saysMore = false;
    // The collectives of a box for whole layers are parts of it.
    if ((isWhole || (result.likeLayer && result.layers.size() > 1)) &&
        isCollective(role))
      saysMore = false;
    // `matmul`, then what it multiplies.
    saysMore |= found == Role::Linear && (role == Role::AttentionScores ||
                                          role == Role::AttentionOutput);
    // `Linear_5`, then `layers.0.q_proj`.
    saysMore |=
        found == Role::Linear && line.hasLayer && rules.isRefined(found, role);
    // `Sliding window mask`, then `softmax`.
    saysMore |= found == Role::AttentionMask && role == Role::AttentionWeights;
    // `Ring step 1`, then `scores Q0 K1^T`.
    saysMore |= found == Role::Collective && isLayerRole(role);
    // `GPU 0`, then `Attention + MLP`.
    saysMore |= found == Role::Stage && role == Role::Layer && line.hasWords &&
                !result.stage;
    isWhole |= role == Role::Layer && line.hasWords && result.layers.size() > 1;
    if (lineRule && (!rule || saysMore)) {
      rule = lineRule;
      found = role;
      setStatementLine(text, index);
    }
    if ((index == 0 && (isModule(role) || role == Role::Linear ||
                        role == Role::AttentionMask)) ||
        role == Role::Collective)
      continue;
    if (!isFrame(role) ||
        (line.hasWords && role != Role::Layer && role != Role::Stage))
      break;
  }
  return found == Role::QProjection && hasKeysBehind(plan) ? Role::QkvProjection
                                                           : found;
}

Role Reader::readBlock(const PlannedText &text, const Rule *&rule) {
  for (const RoleMatch &match : text.getPlan().blocks)
    if (holds(*match.rule, Role::Unknown)) {
      rule = match.rule;
      setStatementLine(text, match.line);
      return match.rule->block;
    }
  return Role::Unknown;
}

StringRef Reader::readBlocks(const PlannedText &label,
                             const PlannedText &name) {
  const Rule *rule = nullptr;
  StringRef source = "label";
  Role block = readBlock(label, rule);
  if (block == Role::Unknown) {
    source = "name";
    block = readBlock(name, rule);
  }
  if (result.block == Role::Unknown && block != Role::Unknown) {
    result.block = block;
    note(Fact::Block, rule->name, source);
  }
  return source;
}

/// True for `av`, `pv3` and `l0_rs`: no word in it is longer than three
/// letters.
static bool isShortName(StringRef name) {
  size_t length = 0;
  for (char c : name) {
    length = llvm::isAlpha(c) || static_cast<unsigned char>(c) >= 0x80
                 ? length + 1
                 : 0;
    if (length > 3)
      return false;
  }
  return true;
}

Role Reader::combine(Role first, StringRef firstSource, Role second,
                     StringRef secondSource) {
  if (first == Role::Unknown || first == second)
    return second;
  if (second == Role::Unknown)
    return first;
  // Words for devices alone are no better than those for a layer.
  if (first == Role::Layer && second == Role::Stage)
    return first;
  // A name of a few letters claims nothing, and no name says more of what
  // moves than the label that states it.
  bool isHint = secondSource == "name" && isShortName(drawn.name);
  if (isHint && first == Role::QkvProjection)
    return first; // `wq0` says less than what the label says of all three
  bool isStatedMove = secondSource == "name" && isCollective(first) &&
                      first != Role::Collective;
  if (rules.isRefined(first, second) && !isStatedMove)
    return second;
  if (isHint || (isStatedMove && rules.isRefined(first, second)))
    return first;
  if (!rules.isRefined(second, first) && first != Role::Note &&
      second != Role::Note)
    result.contradictions.push_back(
        {stringifyFact(Fact::Role),
         (firstSource + " says role " + stringifyRole(first) + ", " +
          secondSource + " says role " + stringifyRole(second))
             .str()});
  return first;
}

/// True if a box says that it holds as many layers as the cluster around it.
bool Reader::holdsAll(const ClusterRecognition &cluster) const {
  return result.layerCount && *result.layerCount > 1 &&
         static_cast<uint64_t>(*result.layerCount) == cluster.layers.size();
}

void Reader::readClusters() {
  bool isMove = isTransfer(result.role);
  // A transfer stands between two stages, wherever it is drawn.
  bool isBetween = result.role == Role::Transfer;
  bool hasLayers = !result.layers.empty() || isMove ||
                   isOutsideLayers(result.role) ||
                   isOutsideLayers(result.block);
  bool sawStage = false, sawLayers = false, sawDevices = false;
  auto &other =
      result.role == Role::Recv ? result.sourceStage : result.targetStage;
  statement.clear();
  for (auto [index, cluster] : llvm::enumerate(clusters)) {
    clusterIndex = index;
    if (cluster->stage && !sawStage) {
      sawStage = true;
      if (!result.stage && !isBetween) {
        result.stage = cluster->stage;
        note(Fact::Stage, "cluster", "cluster");
      } else if (isMove && !isBetween && result.stage &&
                 *result.stage != *cluster->stage &&
                 ((!result.sourceStage && !result.targetStage) ||
                  other == result.stage)) {
        // Where the cluster says where it is, its words name the other end.
        other = std::exchange(result.stage, cluster->stage);
        note(Fact::Stage, "cluster", "cluster");
      } else if (!isMove && result.stage && *result.stage != *cluster->stage) {
        uint8_t &source = sources[static_cast<unsigned>(Fact::Stage)];
        if (source == kNoSource)
          source = static_cast<uint8_t>(Source::Name);
        contradict(Fact::Stage, Source::Cluster, Twine(*result.stage),
                   Twine(*cluster->stage));
        // A name is but a hint.
        if (source == static_cast<uint8_t>(Source::Name)) {
          result.stage = cluster->stage;
          note(Fact::Stage, "cluster", "cluster");
        }
      }
    }
    if (!cluster->layers.empty() && !sawLayers) {
      sawLayers = true;
      if (!hasLayers && (cluster->layers.size() == 1 ||
                         result.role == Role::Stage || holdsAll(*cluster))) {
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
      } else if (isMove && !isBetween && result.targetDevices.empty() &&
                 result.sourceDevices.empty() && !result.devices.empty() &&
                 !result.devices.intersects(cluster->devices)) {
        // `Send to stage 1 (GPU 1)` on GPU 0.
        (result.role == Role::Recv ? result.sourceDevices
                                   : result.targetDevices) =
            std::exchange(result.devices, cluster->devices);
        note(Fact::Devices, "cluster", "cluster");
      }
    }
    if (cluster->tpRank && !result.tpRank && !isCollective(result.role)) {
      result.tpRank = cluster->tpRank;
      note(Fact::TpRank, "cluster", "cluster");
    }
    if (cluster->dpRank && !result.dpRank && !isMove &&
        !isCollective(result.role)) {
      result.dpRank = cluster->dpRank;
      note(Fact::DpRank, "cluster", "cluster");
    }
    if (!cluster->model.empty() && result.model.empty()) {
      result.model = cluster->model;
      note(Fact::Model, "cluster", "cluster");
    }
    result.isReplicated |= cluster->isReplicated;
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
  // `pp0` is the first transfer, wherever it stands.
  if (result.role == Role::Transfer && result.stage && !result.targetStage &&
      sources[static_cast<unsigned>(Fact::Stage)] ==
          static_cast<uint8_t>(Source::Name))
    result.stage.reset();
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
  // Of one node for both ends, what a later line names is the far end again.
  if (!result.sourceDevices.empty() &&
      (result.devices.empty() || (result.role == Role::Transfer &&
                                  result.devices == result.targetDevices)))
    result.devices = result.sourceDevices;
  // `all-gather, GPU 0 <-> GPU 1` is a group.
  if (isCollective(result.role) && !result.sourceDevices.empty() &&
      result.devices == result.sourceDevices)
    result.devices.insert(result.targetDevices);
  result.sourceStage.reset();
  result.sourceLayer.reset();
  result.sourceDevices = RangeSet();
}

/// True for the name of what a token has, and not of what there are tokens of.
static bool isWidthName(StringRef name) {
  return name.equals_insensitive("dim") || name.equals_insensitive("d model") ||
         name.starts_with_insensitive("hidden");
}

/// A shape of its own is what a node gives out; of a transfer, its buffer too.
void Reader::finishShapes() {
  // `Dim: 3072` alone is a width.
  if (bareShapes.empty() &&
      (lineShape.size() > 1 ||
       (lineShape.size() == 1 && isWidthName(lineShape.front().name))))
    bareShapes.push_back(std::move(lineShape));
  if (bareShapes.empty())
    return finishWidths();
  if (isTransfer(result.role) && !result.buffer)
    result.buffer = bareShapes.front();
  // Fields of a record say what goes in before what comes out.
  bool isRecord = drawn.shape.equals_insensitive("record") ||
                  drawn.shape.equals_insensitive("mrecord");
  // Q, K and V in fields of their own come out.
  bool areOutputs = result.role == Role::QkvProjection &&
                    bareShapes.size() == 3 &&
                    bareShapes[0].size() == bareShapes[1].size() &&
                    bareShapes[1].size() == bareShapes[2].size();
  if (isRecord && !areOutputs && lastBare > 0 && result.inputs.empty() &&
      result.outputs.empty()) {
    auto last = bareShapes.begin() + lastBare;
    result.inputs.append(bareShapes.begin(), last);
    bareShapes.erase(bareShapes.begin(), last);
  }
  if (result.outputs.empty())
    result.outputs = std::move(bareShapes);
  finishWidths();
}

/// Maps that are stated by their widths: one shape for each side, of the
/// features of a token. Beside a shape of what comes out, the input's width.
void Reader::finishWidths() {
  std::optional<WidthStatement> stated = joinWidthMaps(widths);
  if (!stated || isTransfer(result.role) || result.role == Role::CommBuffer ||
      result.role == Role::KvCache || result.role == Role::Note)
    return;
  // Of an embedding, the rows of its table.
  bool isTable =
      result.role == Role::Embedding || result.role == Role::PositionEmbedding;
  // Pieces of a width, where heads are none.
  bool hasPieces = result.role == Role::FfnUp || result.role == Role::FfnGate ||
                   result.role == Role::QkvProjection;
  takePieces(stated->input, /*mayBeHeads=*/true);
  for (dot::Shape &output : stated->outputs) {
    int64_t number = takePieces(output, /*mayBeHeads=*/!hasPieces);
    // Q, K and V of one width, gate and up.
    bool isWhole = result.role == Role::QkvProjection
                       ? number == 3
                       : hasPieces && number == 2;
    if (isWhole && stated->outputs.size() == 1) {
      stated->outputs.append(number - 1, dot::Shape(output));
      break;
    }
  }
  if (result.outputs.empty() && result.inputs.empty()) {
    result.statesWidths = !isTable;
    if (!isTable)
      result.inputs.push_back(std::move(stated->input));
    llvm::append_range(result.outputs, stated->outputs);
    return;
  }
  bool isSame =
      result.outputs.size() == 1 && stated->outputs.size() == 1 &&
      result.outputs.front().size() > 2 &&
      result.outputs.front().back().size == stated->outputs.front().back().size;
  if (result.inputs.empty() && isSame && !isTable)
    result.inputs.push_back(std::move(stated->input));
}
