//===- Deviations.cpp - Nodes that ought to be alike -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/Deviations.h"
#include "mlir/IR/Threading.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/Hashing.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

namespace {
/// Where an edge into a node comes from.
enum class Lane : uint32_t { Same, Other, Shared, Into };

/// An edge as peers share it: the role and block of the source, and its lane
/// as seen from the target. Zero stands for all edges from other layers.
using EdgeKey = uint32_t;
constexpr EdgeKey kExternal = 0;
} // namespace

static EdgeKey getEdgeKey(const DeploymentGraph &graph,
                          const DeploymentGraph::Edge &edge) {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  if (source.layer != target.layer || isTransfer(source.role))
    return kExternal;
  Lane lane = Lane::Same;
  // Of the experts one may be where their router is.
  bool isSpread = target.expert != DeploymentGraph::kNone &&
                  source.expert == DeploymentGraph::kNone;
  if (target.lane == DeploymentGraph::kShared || isSpread)
    lane = Lane::Into;
  else if (source.lane == DeploymentGraph::kShared)
    lane = Lane::Shared;
  else if (source.lane != target.lane)
    lane = Lane::Other;
  // The kind of a collective has checks of its own.
  Role role = isCollective(source.role) ? Role::Collective : source.role;
  return (static_cast<uint32_t>(role) << 16 |
          static_cast<uint32_t>(source.block) << 4 |
          static_cast<uint32_t>(lane)) +
         1;
}

static void getSignature(const DeploymentGraph &graph, NodeId id,
                         SmallVectorImpl<EdgeKey> &keys) {
  keys.clear();
  for (uint32_t index : graph.getInEdges(id))
    keys.push_back(getEdgeKey(graph, graph.getEdge(index)));
  llvm::sort(keys);
  // Many edges from other layers are as good as one.
  auto *inside =
      llvm::find_if(keys, [](EdgeKey key) { return key != kExternal; });
  if (inside - keys.begin() > 1)
    keys.erase(keys.begin(), inside - 1);
}

static std::string describe(EdgeKey key) {
  if (key == kExternal)
    return "outside of its layer";
  --key;
  PartKey part{static_cast<Role>(key >> 16),
               static_cast<Role>((key >> 4) & 0xfff)};
  std::string text = part.str();
  switch (static_cast<Lane>(key & 0xf)) {
  case Lane::Same:
    return text + " on its own rank";
  case Lane::Other:
    return text + " on another rank";
  case Lane::Shared:
  case Lane::Into:
    return text;
  }
  return text;
}

namespace {
/// What edges the nodes of each class have, and what most of them have.
class EdgeVote {
public:
  explicit EdgeVote(const DeploymentGraph &graph);

  /// Appends what sets a node apart from most of its class.
  void addDeviations(NodeId id, std::vector<PeerDeviation> &deviations);

private:
  /// Nodes of a class that have the same edges.
  struct Variant {
    unsigned count = 0;
    NodeId first = 0;
  };

  bool isEligible(NodeId id) const {
    const auto &node = graph.getNode(id);
    return node.layer != DeploymentGraph::kNone && !isTransfer(node.role) &&
           node.role != Role::Note;
  }
  void hashEdges();
  void countVariants();
  bool isFedByKind(NodeId id) const;
  void findChains();
  void findSystematic();
  bool lacksSource(NodeId id, const Variant &variant) const;
  void addMissing(NodeId id, const Variant &variant,
                  std::vector<PeerDeviation> &deviations);
  void addExtra(NodeId id, const Variant &variant,
                std::vector<PeerDeviation> &deviations);

  const DeploymentGraph &graph;
  std::vector<uint64_t> hashes;
  std::vector<DenseMap<uint64_t, Variant>> variants;
  /// By class: the variant of at least three of four, or null.
  std::vector<const Variant *> usual;
  /// Variants that each layer, rank and replica has as often: steps that differ
  /// from the others by what they are.
  DenseSet<std::pair<uint32_t, uint64_t>> systematic;
  /// Nodes of a layer by their role.
  DenseMap<std::pair<int64_t, unsigned>, unsigned> numRoles;
  /// What begins a chain of steps that are alike, as blocks that keys and
  /// values are sent through: one of its class, layer and lane.
  DenseSet<NodeId> begins;
  SmallVector<EdgeKey> keys, usualKeys, difference;
};
} // namespace

EdgeVote::EdgeVote(const DeploymentGraph &graph) : graph(graph) {
  hashEdges();
  countVariants();
  findChains();
  findSystematic();
}

void EdgeVote::hashEdges() {
  size_t size = graph.getNodes().size();
  hashes.resize(size);
  // Of one node, the keys are sorted; a node with a million edges is one sort.
  parallelFor(graph.getRoot()->getContext(), 0, size, [&](size_t id) {
    SmallVector<EdgeKey> keys;
    getSignature(graph, id, keys);
    hashes[id] = llvm::hash_combine_range(keys);
  });
}

void EdgeVote::countVariants() {
  uint32_t numClasses = 0;
  for (const auto &node : graph.getNodes())
    numClasses = std::max(numClasses, node.peerClass + 1);
  std::vector<unsigned> classSizes(numClasses, 0);
  variants.resize(numClasses);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (!isEligible(id))
      continue;
    uint32_t peerClass = graph.getNode(id).peerClass;
    ++classSizes[peerClass];
    Variant &variant = variants[peerClass][hashes[id] >> 1];
    if (variant.count++ == 0)
      variant.first = id;
  }
  usual.resize(numClasses, nullptr);
  for (uint32_t i = 0; i < numClasses; ++i) {
    if (classSizes[i] < 4 || variants[i].size() < 2)
      continue;
    for (auto &[hash, variant] : variants[i])
      if (variant.count * 4 >= classSizes[i] * 3 &&
          (!usual[i] || variant.count > usual[i]->count))
        usual[i] = &variant;
  }
}

/// True if a step of its kind leads to the node, in its layer and on its lane.
bool EdgeVote::isFedByKind(NodeId id) const {
  const auto &node = graph.getNode(id);
  return llvm::any_of(graph.getInEdges(id), [&](uint32_t index) {
    const auto &source = graph.getNode(graph.getEdge(index).source);
    return source.peerClass == node.peerClass && source.layer == node.layer &&
           source.lane == node.lane;
  });
}

void EdgeVote::findChains() {
  using Key = std::tuple<uint32_t, int64_t, int64_t, int64_t>;
  DenseSet<Key> begun;
  llvm::BitVector isChain(usual.size());
  for (size_t i = 0; i < usual.size(); ++i)
    isChain[i] = usual[i] && isFedByKind(usual[i]->first);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (isEligible(id) && isChain[node.peerClass] && !isFedByKind(id) &&
        begun.insert({node.peerClass, node.layer, node.lane, node.replica})
            .second)
      begins.insert(id);
  }
}

void EdgeVote::findSystematic() {
  if (llvm::all_of(usual, [](const Variant *variant) { return !variant; }))
    return;
  using Group = std::tuple<uint32_t, int64_t, int64_t, int64_t>;
  DenseMap<Group, unsigned> groups;
  DenseMap<std::pair<uint32_t, uint64_t>, unsigned> numGroups;
  DenseSet<std::pair<Group, uint64_t>> seen;
  std::vector<unsigned> numOfClass(usual.size(), 0);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (!isEligible(id))
      continue;
    ++numRoles[{node.layer, static_cast<unsigned>(node.role)}];
    if (!usual[node.peerClass])
      continue;
    Group group{node.peerClass, node.layer, node.lane, node.replica};
    numOfClass[node.peerClass] += groups[group]++ == 0;
    if (seen.insert({group, hashes[id] >> 1}).second)
      ++numGroups[{node.peerClass, hashes[id] >> 1}];
  }
  for (auto &[variant, count] : numGroups)
    if (count > 1 && count == numOfClass[variant.first])
      systematic.insert(variant);
}

static Role getRole(EdgeKey key) {
  return key == kExternal ? Role::Unknown : static_cast<Role>((key - 1) >> 16);
}

static Role getBlock(EdgeKey key) {
  return key == kExternal ? Role::Unknown
                          : static_cast<Role>(((key - 1) >> 4) & 0xfff);
}

/// What the sorted `all` has and `some` has not. A cause is reported once, not
/// for each edge of the kind.
static void subtract(ArrayRef<EdgeKey> all, ArrayRef<EdgeKey> some,
                     SmallVectorImpl<EdgeKey> &difference) {
  difference.clear();
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(),
                      std::back_inserter(difference));
  difference.erase(llvm::unique(difference), difference.end());
}

void EdgeVote::addMissing(NodeId id, const Variant &variant,
                          std::vector<PeerDeviation> &deviations) {
  subtract(usualKeys, keys, difference);
  for (EdgeKey key : difference) {
    // An edge from another rank is never owed.
    if (key != kExternal && static_cast<Lane>((key - 1) & 0xf) == Lane::Other)
      continue;
    deviations.push_back({id, variant.first, variant.count, /*isMissing=*/true,
                          0, getRole(key), getBlock(key), describe(key)});
  }
}

void EdgeVote::addExtra(NodeId id, const Variant &variant,
                        std::vector<PeerDeviation> &deviations) {
  subtract(keys, usualKeys, difference);
  // Scores that go into the product with V pass by the softmax, which is a
  // matter of attention.
  if (graph.getNode(id).role == Role::AttentionOutput)
    llvm::erase_if(difference, [](EdgeKey key) {
      return getRole(key) == Role::AttentionScores ||
             getRole(key) == Role::AttentionMask;
    });
  for (EdgeKey key : difference)
    // The last edge of the kind is the one that was added.
    for (uint32_t index : llvm::reverse(graph.getInEdges(id)))
      if (getEdgeKey(graph, graph.getEdge(index)) == key) {
        deviations.push_back({id, variant.first, variant.count,
                              /*isMissing=*/false, index, getRole(key),
                              getBlock(key), describe(key)});
        break;
      }
}

/// True if a node that peers take from is not drawn in its layer: that is the
/// cause, and a matter of other checks.
bool EdgeVote::lacksSource(NodeId id, const Variant &variant) const {
  auto count = [&](NodeId node, Role role) {
    return numRoles.lookup(
        {graph.getNode(node).layer, static_cast<unsigned>(role)});
  };
  SmallVector<EdgeKey> missing;
  std::set_difference(usualKeys.begin(), usualKeys.end(), keys.begin(),
                      keys.end(), std::back_inserter(missing));
  return llvm::any_of(missing, [&](EdgeKey key) {
    Role role = getRole(key);
    return role != Role::Unknown && role != Role::Collective &&
           count(id, role) < count(variant.first, role);
  });
}

void EdgeVote::addDeviations(NodeId id,
                             std::vector<PeerDeviation> &deviations) {
  const Variant *variant = usual[graph.getNode(id).peerClass];
  if (!variant || !isEligible(id) || hashes[id] == hashes[variant->first] ||
      begins.contains(id) ||
      systematic.contains({graph.getNode(id).peerClass, hashes[id] >> 1}))
    return;
  getSignature(graph, id, keys);
  getSignature(graph, variant->first, usualKeys);
  // Where peers have no edge at all, the one that has is no odd one.
  if (usualKeys.empty() || lacksSource(id, *variant))
    return;
  addMissing(id, *variant, deviations);
  addExtra(id, *variant, deviations);
}

std::vector<PeerDeviation>
dag::findEdgeDeviations(const DeploymentGraph &graph) {
  std::vector<PeerDeviation> deviations;
  if (!graph.isSketch())
    return deviations;
  EdgeVote vote(graph);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    vote.addDeviations(id, deviations);
  return deviations;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

std::string PartKey::str() const {
  std::string text;
  if (block != Role::Unknown)
    text = stringifyRole(block).str() + " ";
  return text + stringifyRole(role).str();
}

/// Of several models with a layer of this number, that of the first.
static Census getCensus(const DeploymentGraph &graph,
                        const DeploymentGraph::Layer &layer) {
  std::map<PartKey, unsigned> counts;
  int64_t model = DeploymentGraph::kNone;
  for (NodeId id : layer.nodes) {
    const auto &node = graph.getNode(id);
    if (model == DeploymentGraph::kNone)
      model = node.model;
    if (isLayerRole(node.role) && node.model == model)
      ++counts[{node.role, node.block}];
  }
  return Census(counts.begin(), counts.end());
}

/// Layers with attention among layers that mix tokens otherwise are a kind of
/// their own; a layer that lacks the attention of the others is none.
static bool hasAttention(const Census &census) {
  return llvm::any_of(census, [](const auto &part) {
    return part.first.role == Role::Attention ||
           getAttentionPosition(part.first.role) != 0;
  });
}

/// Dense layers and layers with experts are two kinds, however few there are of
/// one of them.
static bool hasExperts(const Census &census) {
  return llvm::any_of(census, [](const auto &part) {
    switch (part.first.role) {
    case Role::Router:
    case Role::Dispatch:
    case Role::Expert:
    case Role::Combine:
    case Role::Moe:
      return true;
    default:
      return false;
    }
  });
}

std::vector<LayerDeviation>
dag::findLayerDeviations(const DeploymentGraph &graph) {
  std::vector<LayerDeviation> deviations;
  ArrayRef<DeploymentGraph::Layer> layers = graph.getLayers();
  if (layers.size() < 3)
    return deviations;
  std::vector<Census> censuses(layers.size());
  parallelFor(graph.getRoot()->getContext(), 0, layers.size(),
              [&](size_t i) { censuses[i] = getCensus(graph, layers[i]); });
  std::map<Census, std::pair<unsigned, unsigned>> variants; // count, first
  for (auto [i, census] : llvm::enumerate(censuses)) {
    auto &[count, first] = variants[census];
    if (count++ == 0)
      first = i;
  }

  // Each layer is compared with the most frequent kind that it is nearly like.
  std::vector<std::pair<const Census *, std::pair<unsigned, unsigned>>> byCount;
  for (auto &[census, variant] : variants)
    if (variant.first >= 2)
      byCount.push_back({&census, variant});
  llvm::stable_sort(byCount, [](const auto &a, const auto &b) {
    return a.second.first > b.second.first;
  });
  // A model has few kinds of layers; more would make this quadratic.
  constexpr size_t kMaxKinds = 4;
  if (byCount.size() > kMaxKinds)
    byCount.resize(kMaxKinds);

  for (auto [i, census] : llvm::enumerate(censuses)) {
    unsigned ownCount = variants[census].first;
    for (auto &[usual, variant] : byCount) {
      auto [usualCount, first] = variant;
      if (usual == &variants.find(census)->first)
        break;
      if (hasExperts(census) != hasExperts(*usual) ||
          (hasAttention(census) && !hasAttention(*usual)))
        continue;
      // A few layers of many deviate; a quarter of them is another kind.
      if (ownCount * 4 > usualCount + 1 && ownCount > 1)
        continue;
      LayerDeviation deviation{&layers[i], &layers[first], usualCount, {}, {}};
      std::map<PartKey, unsigned> own(census.begin(), census.end());
      unsigned common = 0, doubled = 0;
      for (auto [key, expected] : *usual) {
        auto it = own.find(key);
        unsigned count = it == own.end() ? 0 : it->second;
        common += count != 0;
        doubled += count >= 2 * expected;
        if (count < expected)
          deviation.missing.push_back({key, count, expected});
        else if (count > expected)
          deviation.extra.push_back({key, count, expected});
        if (it != own.end())
          own.erase(it);
      }
      for (auto [key, count] : own)
        deviation.extra.push_back({key, count, 0});
      deviation.isDoubled =
          usual->size() >= 2 && doubled * 10 >= usual->size() * 7;
      // Nearly alike: most kinds of nodes are common.
      if (common * 2 < usual->size() || own.size() * 2 > usual->size())
        continue;
      deviations.push_back(std::move(deviation));
      break;
    }
  }
  return deviations;
}

DenseSet<int64_t> dag::getDoubledLayers(const DeploymentGraph &graph) {
  DenseSet<int64_t> doubled;
  for (const LayerDeviation &deviation : findLayerDeviations(graph))
    if (deviation.isDoubled)
      doubled.insert(deviation.layer->index);
  // Of a layer in one box, a second box.
  for (const DeploymentGraph::Layer &layer : graph.getLayers()) {
    DenseSet<std::pair<int64_t, int64_t>> boxes;
    for (NodeId id : layer.nodes) {
      const DeploymentGraph::Node &node = graph.getNode(id);
      if (node.role == Role::Layer &&
          !boxes.insert({node.lane, node.replica}).second)
        doubled.insert(layer.index);
    }
  }
  return doubled;
}

/// How many roles a layer has, and whether it is no more than an end of it.
static std::pair<unsigned, bool>
countRoles(const DeploymentGraph &graph, const DeploymentGraph::Layer &layer) {
  uint64_t roles[2] = {};
  bool isEnd = true;
  for (NodeId id : layer.nodes) {
    Role role = graph.getNode(id).role;
    isEnd &= role == Role::Norm || role == Role::ResidualAdd;
    auto bit = static_cast<unsigned>(role);
    if (isLayerRole(role) && bit < 128)
      roles[bit / 64] |= uint64_t(1) << (bit % 64);
  }
  return {llvm::popcount(roles[0]) + llvm::popcount(roles[1]), isEnd};
}

DenseSet<int64_t> dag::getFragments(const DeploymentGraph &graph) {
  DenseSet<int64_t> ends;
  unsigned most = 0;
  for (const DeploymentGraph::Layer &layer : graph.getLayers()) {
    auto [count, isEnd] = countRoles(graph, layer);
    most = std::max(most, count);
    if (isEnd)
      ends.insert(layer.index);
  }
  // Where layers have few parts, an end is as good as any other.
  constexpr unsigned kManyRoles = 4;
  if (!graph.isSketch() || most < kManyRoles)
    return {};
  return ends;
}
