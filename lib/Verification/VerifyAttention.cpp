//===- VerifyAttention.cpp - Is attention decomposed, in order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionBlock.h"
#include "Drawing/DrawnRules.h"
#include "Plan/ReferenceLayers.h"
#include "dag/Graph/Deviations.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYATTENTION
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

using NodeId = DeploymentGraph::NodeId;

namespace {

class AttentionCheck {
public:
  AttentionCheck(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log), mixers(graph), asWanted(graph.getRoot()) {}

  void run();

private:
  using Key = std::pair<int64_t, int64_t>; // lane, replica
  using Blocks = std::map<Key, AttentionBlock>;

  bool isAttentionNode(NodeId id) const;
  unsigned getPart(NodeId id) const;
  /// The attention of each rank, and boxes that stand for all of one.
  Blocks collectBlocks(const DeploymentGraph::Layer &layer,
                       SmallVectorImpl<NodeId> &composites) const;
  void checkComposites(const DeploymentGraph::Layer &layer,
                       ArrayRef<NodeId> composites, bool isDecomposed);
  void checkBlocks(const DeploymentGraph::Layer &layer, const Blocks &blocks);
  void checkLanes(const DeploymentGraph::Layer &layer, const Blocks &blocks);
  void checkLayer(const DeploymentGraph::Layer &layer);
  bool checkRanges();
  void checkAlike(NodeId id);
  void checkBlock(const DeploymentGraph::Layer &layer, Key key,
                  const AttentionBlock &block, const AttentionBlock *shared);
  void checkDoubled(const DeploymentGraph::Layer &layer, Key key,
                    const AttentionBlock &block);
  void checkOrder(ArrayRef<NodeId> nodes);
  bool isSampledAway(int64_t layer) const {
    return graph.getSampledLayers() &&
           !graph.getSampledLayers()->contains(layer);
  }
  bool isSingleEnd(const AttentionBlock &block) const;
  std::string describe(const DeploymentGraph::Layer &layer, Key key) const;

  const DeploymentGraph &graph;
  CheckLog &log;
  const OtherMixers mixers;
  /// What the reference beside a plan has is as it should be.
  const ReferenceLayers asWanted;
  /// Layers that lack attention or parts of it there, too.
  RangeSet layersAsWanted;
  /// The last are those of which all parts of attention are drawn.
  DenseSet<int64_t> doubled, fragments, decomposed;
  /// Whether lanes are stated ranks, or devices.
  bool hasRanks = false;
  /// Dropout drawn as a node, or stated in another part.
  bool hasDropout = false, hasWaiver = false, hasLoose = false;
  /// The parts that the drawing has words for: those of some attention.
  unsigned readParts = 0;
  unsigned numBlocks = 0;
  NodeId firstBlockNode = DeploymentGraph::kNoNode;
};

} // namespace

/// 0 to 4, or 5 for another role. A dropout counts if it is that of attention.
unsigned AttentionCheck::getPart(NodeId id) const {
  const auto &node = graph.getNode(id);
  if (choosesExperts(graph, id))
    return kNumParts;
  if (node.role == Role::Dropout &&
      (node.block == Role::Unknown ? !standsInAttention(graph, id)
                                   : node.block != Role::Attention))
    return kNumParts;
  unsigned position = getAttentionPosition(node.role);
  return position == 0 ? kNumParts : position - 1;
}

bool AttentionCheck::isAttentionNode(NodeId id) const {
  return getPart(id) < kNumParts || graph.getNode(id).role == Role::Attention;
}

std::string AttentionCheck::describe(const DeploymentGraph::Layer &layer,
                                     Key key) const {
  std::string text = layer.index == DeploymentGraph::kNone
                         ? std::string("the layer")
                         : "layer " + std::to_string(layer.index);
  if (key.first != DeploymentGraph::kShared)
    text += (hasRanks ? ", TP rank " : ", GPU ") + std::to_string(key.first);
  return text;
}

/// True if one node at an end of the drawing is all that there is, beside an
/// attention that is drawn: what is called `GQA output` or `score`.
bool AttentionCheck::isSingleEnd(const AttentionBlock &block) const {
  SmallVector<NodeId> nodes = block.getNodes();
  return graph.isSketch() && readParts == kAllParts && nodes.size() == 1 &&
         block.nodes[0].empty() &&
         (graph.getInDegree(nodes.front()) == 0 ||
          graph.getOutDegree(nodes.front()) == 0);
}

void AttentionCheck::checkBlock(const DeploymentGraph::Layer &layer, Key key,
                                const AttentionBlock &block,
                                const AttentionBlock *shared) {
  std::string missing;
  NodeId before = DeploymentGraph::kNoNode, after = DeploymentGraph::kNoNode;
  bool seenMissing = false;
  auto has = [&](unsigned part) {
    return block.hasPart(part) || (shared && shared->hasPart(part));
  };
  // Three separate projections are as good as one; two of three are not.
  unsigned qkvMask = block.qkvMask | (shared ? shared->qkvMask : 0);
  unsigned missingParts = 0;
  auto note = [&](unsigned part, StringRef name) {
    seenMissing = true;
    missingParts |= 1u << part;
    if (!missing.empty())
      missing += ", ";
    missing += name;
  };
  for (unsigned part = 0; part < kNumParts; ++part) {
    bool isPresent = has(part);
    if (part == 0 && isPresent && qkvMask != 0 && qkvMask != kAllProjections) {
      const StringRef names[] = {"Q projection", "K projection",
                                 "V projection"};
      for (unsigned i = 0; i < 3; ++i)
        if (!(qkvMask & (1 << i)))
          note(part, names[i]);
    }
    bool isMissing = !isPresent && (part != kDropout || hasDropout);
    if (isMissing && asWanted.isWithoutPart(layer.index, part + 1))
      layersAsWanted.insert(layer.index);
    else if (isMissing)
      note(part, kParts[part].name);
    if (!block.nodes[part].empty()) {
      if (!seenMissing || before == DeploymentGraph::kNoNode)
        before = block.nodes[part].front();
      else if (after == DeploymentGraph::kNoNode)
        after = block.nodes[part].front();
    }
  }
  // The rest of the layer may stand in the rest of the file.
  bool isCut = graph.isCutOff() && layer.index == graph.getCutLayer();
  if (NodeId open = missing.empty()
                        ? DeploymentGraph::kNoNode
                        : findOpenPart(graph, block.getNodes(), missingParts,
                                       readParts, layer.index);
      open != DeploymentGraph::kNoNode) {
    log.setUnverified("attention of " + describe(layer, key) + " lacks " +
                          missing + ", unless it is '" + graph.getName(open) +
                          "', " + describeStandIn(graph, open),
                      graph.getLoc(open));
  } else if (!missing.empty() && isSingleEnd(block)) {
    NodeId id = block.getNodes().front();
    log.setUnverified("'" + graph.getName(id) +
                          "' is read as all that is drawn of the attention "
                          "of " +
                          describe(layer, key) +
                          ", though another one is whole",
                      graph.getLoc(id));
  } else if (!missing.empty() && !isCut) {
    // Where no part is drawn for dropout anywhere, the other gaps name it too.
    if (!hasDropout && !hasWaiver)
      missing += ", attention dropout (or p = 0 stated)";
    NodeId place =
        before != DeploymentGraph::kNoNode ? before : layer.nodes.front();
    auto finding = log.report(Code::DAG101, graph.getPlace(place),
                              "attention of " + describe(layer, key) +
                                  " lacks " + missing);
    if (after != DeploymentGraph::kNoNode)
      finding.note(graph.getPlace(after),
                   "expected before '" + graph.getName(after) + "'");
  }
  // A layer that is there twice is one finding, of another check.
  if (!doubled.contains(layer.index))
    checkDoubled(layer, key, block);
}

void AttentionCheck::checkDoubled(const DeploymentGraph::Layer &layer, Key key,
                                  const AttentionBlock &block) {
  for (unsigned part = 0; part < kNumParts; ++part) {
    DenseMap<std::pair<unsigned, Attribute>, NodeId> seen;
    DenseMap<Role, unsigned> counts;
    for (NodeId id : block.nodes[part]) {
      Role nodeRole = graph.getNode(id).role;
      bool isWanted =
          ++counts[nodeRole] <= asWanted.getCount(layer.index, nodeRole);
      // They may be parts of one whole (blocks of the sequence, groups of
      // heads); those that are drawn alike are not.
      Attribute likeness = graph.getDrawnAttr(id);
      unsigned role = static_cast<unsigned>(nodeRole);
      auto [it, isNew] = seen.try_emplace({role, likeness}, id);
      // A layer of a decoder has two attentions, one behind the other.
      if (!isNew && !isWanted &&
          (!graph.isSketch() || (standsBeside(graph, id, it->second) &&
                                 feedsTheSame(graph, id, it->second))))
        log.report(Code::DAG103, graph.getPlace(id),
                   "expected one " + kParts[part].name + " in " +
                       describe(layer, key) + ", but '" + graph.getName(id) +
                       "' is a second one")
            .note(graph.getPlace(it->second), "the first one");
    }
  }
}

/// Reports the edges of one layer that lead against the order of the parts.
void AttentionCheck::checkOrder(ArrayRef<NodeId> nodes) {
  // The parts that a rank has, to tell a part that is jumped over from one
  // that is missing anyhow.
  std::map<std::pair<int64_t, int64_t>, unsigned> present;
  for (NodeId id : nodes) {
    const auto &node = graph.getNode(id);
    if (unsigned part = getPart(id); part < kNumParts)
      present[{node.lane, node.replica}] |= 1u << part;
  }
  DenseSet<int64_t> reported;
  for (NodeId id : nodes) {
    const auto &node = graph.getNode(id);
    unsigned part = getPart(id);
    if (part >= kNumParts)
      continue;
    for (uint32_t index : graph.getInEdges(id)) {
      NodeId source = graph.getEdge(index).source;
      const auto &other = graph.getNode(source);
      unsigned from = getPart(source);
      if (from >= kNumParts || other.layer != node.layer || source == id ||
          other.lane != node.lane || other.replica != node.replica)
        continue;
      // V goes from the projections straight to the weighted sum.
      if (from == 0 && part == kNumParts - 1)
        continue;
      std::string message;
      if (from > part) {
        message = "'" + graph.getName(id) + "' (" + kParts[part].name.str() +
                  ") comes behind '" + graph.getName(source) + "' (" +
                  kParts[from].name.str() + ")";
      } else {
        unsigned between = 0;
        for (unsigned i = from + 1; i < part; ++i)
          if (present[{node.lane, node.replica}] & (1u << i))
            between = i;
        if (between == 0)
          continue;
        message = "'" + graph.getName(id) + "' (" + kParts[part].name.str() +
                  ") comes right behind '" + graph.getName(source) + "' (" +
                  kParts[from].name.str() + "), past the " +
                  kParts[between].name.str();
      }
      if (!reported.insert(node.lane).second)
        continue;
      // A projection of a result is another map, called like one.
      if (part == 0 && from > part && graph.isSketch())
        log.setUnverified(message + ", as no projection of tokens does",
                          graph.getLoc(id));
      else
        log.report(Code::DAG102, graph.getEdgePlace(index, id),
                   "expected the parts of attention in order, but " + message)
            .note(graph.getPlace(id), "this node");
    }
  }
}

AttentionCheck::Blocks
AttentionCheck::collectBlocks(const DeploymentGraph::Layer &layer,
                              SmallVectorImpl<NodeId> &composites) const {
  Blocks blocks;
  for (NodeId id : layer.nodes) {
    const auto &node = graph.getNode(id);
    if (node.role == Role::Attention || node.role == Role::Layer)
      composites.push_back(id);
    unsigned part = getPart(id);
    if (part >= kNumParts)
      continue;
    // What takes the weighted sum is the output projection, by its other name.
    if (node.role == Role::AttentionOutput &&
        llvm::any_of(graph.getInEdges(id), [&](uint32_t index) {
          const auto &source = graph.getNode(graph.getEdge(index).source);
          return source.role == Role::AttentionOutput &&
                 source.layer == node.layer;
        }))
      continue;
    AttentionBlock &block = blocks[{node.lane, node.replica}];
    block.nodes[part].push_back(id);
    block.statesDropout |= graph.statesDropout(id);
    block.qkvMask |= getProjections(node.role);
  }
  return blocks;
}

void AttentionCheck::checkComposites(const DeploymentGraph::Layer &layer,
                                     ArrayRef<NodeId> composites,
                                     bool isDecomposed) {
  for (NodeId id : composites) {
    if (isDecomposed && graph.getNode(id).role != Role::Layer &&
        !(graph.isSketch() && isAttentionOfItsOwn(graph, id)))
      continue;
    bool isLayer = graph.getNode(id).role == Role::Layer;
    // `Layer 3 attention, same structure as layer 0`
    auto like =
        graph.getNode(id).op->getAttrOfType<IntegerAttr>("dag.like_layer");
    if (like && decomposed.contains(like.getValue().getSExtValue()))
      continue;
    // Documented sampling covers a layer that is not drawn.
    if (isLayer && isSampledAway(layer.index))
      continue;
    if (isLayer && isDecomposed && graph.isSketch()) {
      log.setUnverified("'" + graph.getName(id) +
                            "' is read as a box for the layer, though the "
                            "parts of its attention are drawn beside it",
                        graph.getLoc(id));
      continue;
    }
    log.report(Code::DAG104, graph.getPlace(id),
               Twine(isLayer ? "layer" : "attention") + " '" +
                   graph.getName(id) +
                   "' is one node; expected QKV, scores, weights, dropout and "
                   "output");
  }
}

/// Nodes of all ranks together complete the block of each rank.
void AttentionCheck::checkBlocks(const DeploymentGraph::Layer &layer,
                                 const Blocks &blocks) {
  std::map<int64_t, const AttentionBlock *> sharedBlocks;
  for (auto &[key, block] : blocks)
    if (key.first == DeploymentGraph::kShared)
      sharedBlocks[key.second] = &block;
  bool hasLanes = sharedBlocks.size() < blocks.size();
  if (graph.isSketch() && !hasRanks && isSpread(blocks))
    return log.setUnverified(
        "the parts of attention of " +
        describe(layer, {DeploymentGraph::kShared, 0}) +
        " are on several devices, and none of them has all");
  for (auto &[key, block] : blocks) {
    auto shared = sharedBlocks.find(key.second);
    bool isShared = key.first == DeploymentGraph::kShared;
    if (isShared && hasLanes) {
      checkBlock(layer, key, joinBlocks(block, blocks), nullptr);
      continue;
    }
    checkBlock(layer, key, block,
               isShared || shared == sharedBlocks.end() ? nullptr
                                                        : shared->second);
  }
  if (hasLanes && sharedBlocks.empty())
    checkLanes(layer, blocks);
}

/// A rank that works in the layer, but not on its attention.
void AttentionCheck::checkLanes(const DeploymentGraph::Layer &layer,
                                const Blocks &blocks) {
  DenseSet<int64_t> covered;
  for (auto &[key, block] : blocks)
    covered.insert(key.first);
  // Of boxes for attention it is told that they are boxes.
  for (NodeId id : layer.nodes)
    if (graph.getNode(id).role == Role::Attention)
      covered.insert(graph.getNode(id).lane);
  constexpr size_t kMaxReported = 64;
  size_t numReported = 0;
  for (int64_t lane : layer.lanes) {
    if (covered.contains(lane) || ++numReported > kMaxReported)
      continue;
    bool isMoe = llvm::any_of(layer.nodes, [&](NodeId id) {
      const auto &node = graph.getNode(id);
      return node.lane == lane &&
             (node.role == Role::Expert || node.role == Role::Router ||
              node.expert != DeploymentGraph::kNone ||
              node.role == Role::Dispatch || node.role == Role::Combine ||
              node.role == Role::Moe || node.block == Role::Moe);
    });
    if (isMoe)
      continue;
    for (NodeId id : layer.nodes)
      if (graph.getNode(id).lane == lane) {
        log.report(Code::DAG101, graph.getPlace(id),
                   Twine(hasRanks ? "TP rank " : "GPU ") + Twine(lane) +
                       " has no attention in " +
                       describe(layer, {DeploymentGraph::kShared, 0}));
        break;
      }
  }
}

void AttentionCheck::checkLayer(const DeploymentGraph::Layer &layer) {
  SmallVector<NodeId> composites;
  Blocks blocks = collectBlocks(layer, composites);
  if (!blocks.empty() && firstBlockNode == DeploymentGraph::kNoNode)
    firstBlockNode = blocks.begin()->second.nodes[0].empty()
                         ? layer.nodes.front()
                         : blocks.begin()->second.nodes[0].front();
  bool isDecomposed = llvm::any_of(blocks, [](const auto &entry) {
    return entry.second.hasPart(1) || entry.second.hasPart(2) ||
           entry.second.hasPart(4);
  });
  checkComposites(layer, composites, isDecomposed);
  if (blocks.empty()) {
    // Attention whose nodes name no layer may be this one's; what is but a
    // fragment of a layer is a matter of layers.
    if (!composites.empty() || isSampledAway(layer.index) || hasLoose ||
        (graph.isCutOff() && layer.index == graph.getCutLayer()) ||
        (graph.isSketch() && !graph.getDrawnLayers().contains(layer.index)) ||
        fragments.contains(layer.index))
      return;
    // Another way to mix tokens, or what may be one.
    if (mixers.mayLackAttention(layer))
      return;
    NodeId open = DeploymentGraph::kNoNode;
    for (NodeId id : layer.nodes) {
      if (graph.isSketch() && graph.getNode(id).role == Role::Unknown &&
          !graph.isUndeclared(id) && graph.getInDegree(id) > 0 &&
          graph.getOutDegree(id) > 0 && open == DeploymentGraph::kNoNode)
        open = id;
    }
    if (open != DeploymentGraph::kNoNode) {
      log.setUnverified("layer " + Twine(layer.index) +
                            " has no attention, unless '" +
                            graph.getName(open) +
                            "' is a part of it, of which nothing says what it "
                            "is",
                        graph.getLoc(open));
      return;
    }
    if (asWanted.isWithoutAttention(layer.index))
      layersAsWanted.insert(layer.index);
    else
      log.report(Code::DAG101, graph.getPlace(layer.nodes.front()),
                 "layer " + Twine(layer.index) + " has no attention");
    return;
  }
  numBlocks += blocks.size();
  if (isDecomposed && composites.empty())
    decomposed.insert(layer.index);
  if (!composites.empty() && !isDecomposed)
    return;

  checkBlocks(layer, blocks);
  checkOrder(layer.nodes);
}

/// A box for layers that are said to be like one that is drawn. The one that it
/// names stands for them, or any, where all that are drawn have their parts.
void AttentionCheck::checkAlike(NodeId id) {
  auto like =
      graph.getNode(id).op->getAttrOfType<IntegerAttr>("dag.like_layer");
  if (like ? decomposed.contains(like.getValue().getSExtValue()) ||
                 decomposed.contains(DeploymentGraph::kNone)
           : llvm::all_of(graph.getLayers(), [&](const auto &layer) {
               return decomposed.contains(layer.index);
             }))
    return;
  if (graph.isSketch() && graph.getInDegree(id) > 0 &&
      graph.getOutDegree(id) > 0)
    log.setUnverified("'" + graph.getName(id) +
                          "' holds whole layers in one box, which are only "
                          "said to be like another one",
                      graph.getLoc(id));
}

/// Boxes for a range of layers, or for a whole stage; true if there are any.
bool AttentionCheck::checkRanges() {
  bool hasComposite = false;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.layer != DeploymentGraph::kNone ||
        (node.role != Role::Layer && node.role != Role::Stage))
      continue;
    if (node.op->hasAttr("dag.other_mixer"))
      continue; // it holds no attention
    // A group of devices runs something, of which the drawing says nothing.
    RangeSet layers = graph.getStatedLayers(id);
    if (node.role == Role::Stage && node.stage == DeploymentGraph::kNone &&
        layers.empty())
      continue;
    hasComposite = true;
    // Documented sampling covers the layers that are not drawn; so does the
    // word that they are like one that is. A heading stands for nothing.
    bool isHeading =
        node.role == Role::Stage && layers.intersects(graph.getDrawnLayers());
    if (graph.getSampledLayers() ||
        (!graph.getLayers().empty() && (layers.empty() || isHeading)))
      continue;
    if (saysSame(graph, id) && !decomposed.empty()) {
      checkAlike(id);
      continue;
    }
    if (saysSame(graph, id) && numBlocks == 0 && mixesOtherwise(graph))
      continue;
    if (graph.isSketch() && node.role == Role::Layer && layers.empty() &&
        numBlocks > 0 && touchesAttention(graph, id))
      log.setUnverified("'" + graph.getName(id) +
                            "' is read as a box for layers, though it states "
                            "none and stands among the parts of one",
                        graph.getLoc(id));
    else
      log.report(Code::DAG104, graph.getPlace(id),
                 "'" + graph.getName(id) +
                     "' stands for layers as one node; expected QKV, scores, "
                     "weights, dropout and output");
  }
  return hasComposite;
}

void AttentionCheck::run() {
  doubled = getDoubledLayers(graph);
  fragments = getFragments(graph);
  bool hasAny = false;
  bool hasLooseBlock = false;
  unsigned projections = 0;
  DeploymentGraph::Layer loose;
  loose.index = DeploymentGraph::kNone;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (!isAttentionNode(id))
      continue;
    hasAny = true;
    hasRanks |= node.tpRank != DeploymentGraph::kNone;
    hasDropout |= getPart(id) == kDropout;
    if (unsigned part = getPart(id); part != 0 && part < kNumParts)
      readParts |= (1u << part) & kAllParts;
    projections |= getProjections(node.role);
    hasWaiver |= graph.statesDropout(id);
    if (node.layer == DeploymentGraph::kNone) {
      hasLooseBlock = hasLoose = true;
      loose.nodes.push_back(id);
    }
  }
  readParts |= projections == kAllProjections;
  for (const auto &layer : graph.getLayers()) {
    // Layers of nothing but experts or collectives state no attention of their
    // own, if none does.
    if (hasAny || llvm::any_of(layer.nodes, [&](NodeId id) {
          return graph.getNode(id).role == Role::Layer;
        }))
      checkLayer(layer);
  }
  if (hasLooseBlock) {
    for (NodeId id : loose.nodes)
      if (graph.getNode(id).lane != DeploymentGraph::kShared)
        loose.lanes.push_back(graph.getNode(id).lane);
    llvm::sort(loose.lanes);
    loose.lanes.erase(llvm::unique(loose.lanes), loose.lanes.end());
    checkLayer(loose);
  }
  if (!layersAsWanted.empty())
    log.addFact("Layers without all of an attention",
                layersAsWanted.str() + ", as in the reference beside the plan");
  bool hasComposite = checkRanges();
  if (!hasAny && !hasComposite && log.getFindings().empty())
    noteAbsentAttention(graph, log);
  else if (!hasDropout && !hasWaiver && numBlocks > 0 &&
           log.getFindings().empty() &&
           firstBlockNode != DeploymentGraph::kNoNode)
    log.report(Code::DAG105, graph.getPlace(firstBlockNode),
               "attention has no dropout, and none is waived");
}

namespace {
struct VerifyAttention
    : CheckPass<dag::impl::DagVerifyAttentionBase<VerifyAttention>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Attention);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyAttention::checkGraph(const DeploymentGraph &graph, CheckLog &log) {
  AttentionCheck(graph, log).run();
  if (graph.isSketch())
    checkDrawnAttention(graph, log);
}
