//===- Kinds.cpp - The kinds of changes to drawings -----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

const Mutator::Kind *Mutator::findKind(StringRef name) {
  for (const Kind &kind : getKinds())
    if (name == kind.info.kind)
      return &kind;
  return nullptr;
}

llvm::ArrayRef<Mutator::Kind> Mutator::getKinds() {
  // Those at the end break what a drawing means in all ranks alike, in a layer
  // or everywhere, so that peers do not tell.
  static const Kind kinds[] = {
      {{"drop-node", "DAG1xx-DAG5xx", "role or name",
        "a node and its edges are missing", false},
       &Mutator::dropNode},
      {{"drop-declaration", "DAG006", "role or name",
        "a node is only mentioned by edges", false},
       &Mutator::dropDeclaration},
      {{"drop-edge", "DAG401 DAG402 DAG410", "role of the target",
        "an edge is missing", false},
       &Mutator::dropEdge},
      {{"drop-send", "DAG301 DAG303", "",
        "what fed a send feeds the recv; or a transfer at an edge is not "
        "stated",
        false},
       &Mutator::dropSend},
      {{"drop-recv", "DAG301 DAG302", "", "what a recv fed is fed by the send",
        false},
       &Mutator::dropRecv},
      {{"drop-layer", "DAG201", "cut",
        "a layer is missing; its neighbours are joined, unless cut", false},
       &Mutator::dropLayer},
      {{"drop-rank", "DAG503 DAG507", "layer",
        "all nodes of a rank are missing, in the whole drawing or in a layer",
        false},
       &Mutator::dropRank},
      {{"double-node", "DAG103 DAG307 DAG5xx", "role or name",
        "a second node with the same edges and another name", false},
       &Mutator::doubleNode},
      {{"double-edge", "DAG409", "role of the target", "an edge stands twice",
        false},
       &Mutator::doubleEdge},
      {{"double-layer", "DAG203", "", "a layer is followed by itself", false},
       &Mutator::doubleLayer},
      {{"swap-nodes", "DAG102", "", "two parts of an attention change places",
        false},
       &Mutator::swapNodes},
      {{"swap-layers", "DAG204 DAG202", "", "two layers change places", false},
       &Mutator::swapLayers},
      {{"swap-devices", "DAG607", "role",
        "the ranks of a part run on each other's device", false},
       &Mutator::swapDevices},
      {{"swap-edges", "DAG411 DAG5xx", "role of the target",
        "two ranks feed each other", false},
       &Mutator::swapEdges},
      {{"change-dim", "DAG7xx DAG502 DAG304",
        "batch, seq, hidden, heads, head_dim, ffn, vocab, experts; or role",
        "a dimension before or after a node is doubled", false},
       &Mutator::changeDim},
      {{"change-device", "DAG602 DAG607 DAG503",
        "rank, stage, nonexistent; or role", "a node runs elsewhere", false},
       &Mutator::changeDevice},
      {{"change-stage", "DAG6xx", "layer; or role",
        "a node, or a layer, is marked as another stage", false},
       &Mutator::changeStage},
      {{"change-layer-number", "DAG101 DAG206 DAG003", "label, beyond; or role",
        "a node says another layer", false},
       &Mutator::changeLayerNumber},
      {{"add-cycle", "DAG404", "back, self, two", "an edge leads back", false},
       &Mutator::addCycle},
      {{"wrong-collective", "DAG501 DAG502 DAG503",
        "kind, label, unstated, no-devices, too-small, too-large; or role",
        "a collective of another kind, of no kind, or over other devices",
        false},
       &Mutator::wrongCollective},
      {{"all-reduce-doubled", "DAG506", "", "an all-reduce follows itself",
        false},
       &Mutator::doubleAllReduce},
      {{"drop-stage-marks", "DAG601", "", "no node says its stage", false},
       &Mutator::dropStageMarks},
      {{"wrong-stage-range", "DAG604", "",
        "a cluster states a wrong range of layers", false},
       &Mutator::wrongStageRange},
      {{"transfer-shape", "DAG304", "send, recv",
        "the ends of a transfer differ in shape", false},
       &Mutator::transferShape},
      {{"transfer-wrong-stage", "DAG306", "",
        "a transfer goes to a stage that it does not reach", false},
       &Mutator::transferWrongStage},
      {{"cross-rank-edge", "DAG411 DAG5xx", "role of the target",
        "an edge leads to another rank besides", false},
       &Mutator::crossRankEdge},
      {{"skip-layer-edge", "DAG411 DAG204 DAG301", "",
        "an edge leads past a layer", false},
       &Mutator::skipLayerEdge},
      {{"head-split", "DAG7xx DAG507", "kv", "a rank has a head too many",
        false},
       &Mutator::splitHeadsWrongly},
      {{"uneven-shard", "DAG705 DAG703", "ffn, vocab",
        "the shards do not add up", false},
       &Mutator::shardUnevenly},
      {{"unknown-node", "DAG002", "",
        "a node that says nothing stands in an edge", false},
       &Mutator::insertUnknownNode},
      {{"damage", "DAG001", "brace, quote, truncate", "the text is broken",
        false},
       &Mutator::damage},
      {{"value-bypass", "DAG1xx DAG410", "layer, everywhere",
        "the values go past the weighted sum", true},
       &Mutator::bypassValue},
      {{"key-value-swapped", "DAG10x DAG41x", "layer, everywhere",
        "the scores take the values, the weighted sum the keys", true},
       &Mutator::swapKeyAndValue},
      {{"weights-bypassed", "DAG10x DAG402 DAG41x", "layer, everywhere",
        "the weighted sum takes the scores themselves", true},
       &Mutator::bypassWeights},
      {{"key-of-other-layer", "DAG10x DAG20x DAG402 DAG41x",
        "layer, everywhere", "the scores take the keys of the layer before",
        true},
       &Mutator::takeKeyOfOtherLayer},
      {{"projection-missing", "DAG101 DAG206 DAG7xx", "layer, everywhere",
        "attention has no output projection", true},
       &Mutator::dropProjection},
      {{"skip-lost", "DAG41x DAG206 DAG7xx", "layer, everywhere",
        "a residual add has one operand", true},
       &Mutator::loseSkip},
      {{"skip-normed", "DAG41x DAG206 DAG7xx", "layer, everywhere",
        "a residual add takes the normed stream", true},
       &Mutator::normSkip},
      {{"up-other-input", "DAG41x DAG206 DAG7xx", "layer, everywhere",
        "gate and up take different inputs", true},
       &Mutator::feedUpOther},
      {{"dispatch-takes-scores", "DAG41x DAG206 DAG7xx", "layer, everywhere",
        "the experts get the router's scores and no tokens", true},
       &Mutator::feedDispatchScores},
      {{"combine-unweighted", "DAG41x DAG206 DAG7xx", "layer, everywhere",
        "the combination takes no scores", true},
       &Mutator::loseRouting},
      {{"expert-unfed", "DAG401 DAG405 DAG410", "layer, everywhere",
        "an expert gets nothing", true},
       &Mutator::unfeedExpert},
      {{"expert-uncombined", "DAG402 DAG406 DAG410", "layer, everywhere",
        "what an expert gives is not taken", true},
       &Mutator::uncombineExpert},
      {{"experts-uncombined", "DAG206 DAG402 DAG5xx DAG7xx",
        "layer, everywhere", "what the experts give is not brought back", true},
       &Mutator::uncombineExperts},
      {{"expert-twice", "DAG103 DAG20x DAG507 DAG705", "layer, everywhere",
        "an expert's number stands twice, another is missing", true},
       &Mutator::doubleExpert},
      {{"expert-moved", "DAG503 DAG504 DAG507 DAG60x", "layer, everywhere",
        "an expert is on another rank's device", true},
       &Mutator::moveExpert},
      {{"expert-overlap", "DAG20x DAG5xx DAG705", "layer, everywhere",
        "two ranks hold the same expert", true},
       &Mutator::overlapExperts},
      {{"head-lost", "DAG402 DAG406 DAG410", "layer, everywhere",
        "a head is not concatenated", true},
       &Mutator::loseHead},
      {{"shared-unreduced", "DAG504 DAG505", "layer, everywhere",
        "the shared expert is added behind the reduction", true},
       &Mutator::unreduceShared},
      {{"lora-unreduced", "DAG504 DAG505", "layer, everywhere",
        "the adapter is added behind the reduction", true},
       &Mutator::unreduceLora},
      {{"branch-unreduced", "DAG504 DAG505", "layer, everywhere",
        "a branch of a parallel residual is added behind the reduction", true},
       &Mutator::unreduceBranch},
      {{"unreduced", "DAG503 DAG504 DAG505", "layer, everywhere",
        "what the ranks hold is not summed", true},
       &Mutator::leaveUnreduced},
      {{"reduced-twice", "DAG506", "layer, everywhere",
        "the sum is reduced again behind the residual add", true},
       &Mutator::reduceTwice},
      {{"reduced-late", "DAG505 DAG506", "layer, everywhere",
        "the sum is reduced behind the residual add", true},
       &Mutator::reduceLate},
      {{"reduce-to-gather", "DAG502 DAG505 DAG508 DAG509", "layer, everywhere",
        "sums are gathered", true},
       &Mutator::gatherSum},
      {{"reduce-of-one", "DAG402 DAG410 DAG503 DAG505", "layer, everywhere",
        "the reduction has one rank", true},
       &Mutator::reduceOne},
      {{"kv-ungathered", "DAG206 DAG50x DAG7xx", "layer, everywhere",
        "a rank scores its own part of the sequence only", true},
       &Mutator::leaveUngathered},
      {{"replica-crossed", "DAG41x DAG5xx", "layer, everywhere",
        "a replica feeds another", true},
       &Mutator::crossReplicas},
      {{"micro-batch-crossed", "DAG41x DAG5xx", "layer, everywhere",
        "a micro-batch feeds another", true},
       &Mutator::crossMicroBatches},
      {{"transfer-crossed", "DAG30x", "layer, everywhere",
        "a send leads past a stage", true},
       &Mutator::crossTransfer},
      {{"scores-not-square", "DAG7xx", "layer, everywhere",
        "the scores cover half of the keys", true},
       &Mutator::halveScores},
      {{"scores-keep-head-size", "DAG7xx", "layer, everywhere",
        "the scores have the size of a head in place of keys", true},
       &Mutator::keepHeadSize},
      {{"key-head-size", "DAG7xx", "layer, everywhere",
        "the heads of keys have another size", true},
       &Mutator::halveKeyHead},
      {{"gate-up-differ", "DAG7xx", "layer, everywhere",
        "gate and up have different widths", true},
       &Mutator::halveUp},
      {{"head-share", "DAG7xx", "layer, everywhere",
        "each rank has half of its share of heads", true},
       &Mutator::halveHeads},
      {{"head-size", "DAG7xx", "layer, everywhere",
        "heads times their size are not the hidden size", true},
       &Mutator::halveHeadSize},
      {{"embedding-width", "DAG7xx", "layer, everywhere",
        "the embedding is narrower than the layers", true},
       &Mutator::halveEmbedding},
      {{"tied-vocab", "DAG7xx", "layer, everywhere",
        "the head's vocabulary is not that of the embedding it is tied to",
        true},
       &Mutator::changeTiedVocab},
      {{"weight-shape", "DAG7xx", "layer, everywhere",
        "a weight does not take the input", true},
       &Mutator::changeWeight},
      {{"lora-rank", "DAG7xx", "layer, everywhere",
        "both halves of an adapter do not fit", true},
       &Mutator::changeLoraRank},
      {{"concat-width", "DAG7xx", "layer, everywhere",
        "the concatenation lacks a head", true},
       &Mutator::narrowConcat},
      {{"router-experts", "DAG206 DAG507 DAG7xx", "layer, everywhere",
        "the router scores fewer experts than there are", true},
       &Mutator::changeRouting},
      {{"reduce-shape", "DAG502 DAG7xx", "layer, everywhere",
        "an all-reduce halves the hidden size", true},
       &Mutator::halveReduction},
      {{"sequence-share", "DAG502 DAG7xx", "layer, everywhere",
        "the gathered keys lack a rank's share", true},
       &Mutator::loseSequenceShare},
      {{"id-lies", "none, or a note of DAG003", "layer, everywhere",
        "a node's name says another layer than its label", true},
       &Mutator::lieInId},
      {{"title-layers", "DAG201 DAG207", "layer, everywhere",
        "the title states more layers", true},
       &Mutator::lieAboutLayers},
      {{"title-ranks", "DAG5xx", "layer, everywhere",
        "the title states more ranks", true},
       &Mutator::lieAboutRanks},
      {{"title-stages", "DAG6xx", "layer, everywhere",
        "the title states more stages", true},
       &Mutator::lieAboutStages},
      {{"title-replicas", "DAG5xx DAG6xx", "layer, everywhere",
        "the title states more replicas", true},
       &Mutator::lieAboutReplicas},
      {{"range-lacks", "DAG201", "layer, everywhere",
        "a box of layers lacks the last one", true},
       &Mutator::shortenRange},
      {{"range-overlaps", "DAG203", "layer, everywhere",
        "a box of layers contains one that is drawn", true},
       &Mutator::widenRange},
      {{"cluster-devices", "DAG602 DAG603", "layer, everywhere",
        "a cluster states the devices of another stage", true},
       &Mutator::lieInCluster},
  };
  return kinds;
}

std::vector<MutationInfo> mlir::dag::drawing::getMutations() {
  std::vector<MutationInfo> infos;
  for (const Mutator::Kind &kind : Mutator::getKinds())
    infos.push_back(kind.info);
  return infos;
}

bool Mutator::run(StringRef name) {
  const Kind *kind = findKind(name);
  if (!kind)
    return false;
  (this->*kind->method)();
  m.kind = name;
  m.description = (llvm::Twine(m.variant) + (m.variant.empty() ? "" : " ") +
                   llvm::join(m.names, ", "))
                      .str();
  return true;
}

llvm::Expected<Mutation>
mlir::dag::drawing::mutate(Drawing &drawing, StringRef spec, uint64_t seed) {
  auto [kind, selector] = spec.split(':');
  Mutator mutator(drawing, selector, seed);
  if (!mutator.run(kind))
    return llvm::createStringError("unknown mutation '" + kind + "'");
  if (mutator.hasFailed())
    return llvm::createStringError("no place in the drawing for '" + spec +
                                   "'");
  return mutator.takeResult();
}
