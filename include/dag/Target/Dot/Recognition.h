//===- Recognition.h - What a drawing's node stands for -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_DOT_RECOGNITION_H
#define DAG_TARGET_DOT_RECOGNITION_H

#include "dag/Dialect/Dag/IR/DagEnums.h"
#include "dag/Support/RangeSet.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <memory>
#include <optional>
#include <string>

namespace mlir::dag::dot {

/// One dimension as drawn: `batch_size=8`, `B=128`, `B`, `8192`.
struct Dim {
  /// The name before `=`, or empty.
  std::string name;
  /// The number, if it is one.
  std::optional<int64_t> size;
  /// What stands in place of a number (`B`, `S/2`, `?`, `0-4095`), or empty.
  std::string symbol;
};
using Shape = SmallVector<Dim, 4>;

/// `key`, `value` pairs of a drawn thing, its own before inherited ones.
struct DrawnAttribute {
  StringRef key;
  StringRef value;
  bool isHTML = false;
};

/// One thing to recognize. Sources are consulted in the order: explicit
/// attributes, then the label, then enclosing clusters from the inside out; the
/// name hints at what these leave open.
struct Drawn {
  StringRef name;
  /// The raw label (escapes kept), or empty.
  StringRef label;
  bool labelIsHTML = false;
  /// The node's own attributes (not the defaults), `label` included.
  ArrayRef<DrawnAttribute> attributes;
  /// Effective `shape` and `style`, defaults included.
  StringRef shape;
  StringRef style;
};

/// A fact and where it comes from.
struct Provenance {
  /// `role`, `kind`, `layer`, `tp_rank`, `stage`, `devices`, `input`, ...
  StringRef fact;
  /// The rule's name in the table.
  StringRef rule;
  /// `attribute`, `name`, `label`, `cluster` or `shape`.
  StringRef source;
  /// The line of the label, the name, or `key = value` that states it; empty
  /// where it follows from something else.
  std::string statement;
  /// Which of the clusters states it, counted from the inside.
  unsigned cluster = 0;
};

/// Two sources that disagree: `label says layer 4, name says layer 3`.
struct Contradiction {
  StringRef fact;
  std::string message;
};

/// What was recognized. Every field is optional; nothing is guessed.
struct Recognition {
  NodeKind kind = NodeKind::Unknown;
  Role role = Role::Unknown;
  /// The block that a collective, norm, residual add or dropout belongs to, if
  /// the drawing names it: `Attention`, `Ffn`, `Moe`, `Embedding`, `Head` or
  /// `FinalNorm`; `Unknown` if it doesn't.
  Role block = Role::Unknown;
  /// One layer, or the layers that a composite stands for.
  RangeSet layers;
  /// The only layer that the name states, and whether the name alone does.
  std::optional<int64_t> nameLayer;
  /// Which layer its own are said to be like: `Layers 1-7 (same as layer 0)`.
  std::optional<int64_t> likeLayer;
  bool isLayerOfName = false;
  /// How many layers it says that it holds: `Layers 1-7 (7 layers)`.
  std::optional<int64_t> layerCount;
  /// The same where it may be the number of the whole model: `(8 layers
  /// total)`.
  std::optional<int64_t> numLayers;
  /// Stage of the pipeline (numbers as drawn): where the node stands. For a
  /// send or a transfer that is the source, for a recv the target.
  std::optional<int64_t> stage;
  /// Target stage of a transfer that names both ends.
  std::optional<int64_t> targetStage;
  /// Source stage, layer and devices that a recv names.
  std::optional<int64_t> sourceStage;
  std::optional<int64_t> sourceLayer;
  RangeSet sourceDevices;
  /// Target layer of a transfer that names both ends (`layer19_to_layer20`).
  std::optional<int64_t> targetLayer;
  /// Index and size of the tensor-parallel group, where stated
  /// (`tp0`, `TP 0/4`, `TP=8`).
  std::optional<int64_t> tpRank;
  std::optional<int64_t> tpSize;
  /// Index of an expert, a micro-batch or a data-parallel replica.
  std::optional<int64_t> expert;
  std::optional<int64_t> microbatch;
  std::optional<int64_t> dpRank;
  /// Devices; `allDevices` for `GPU: all`. For a transfer, the source's.
  RangeSet devices;
  RangeSet targetDevices;
  bool allDevices = false;
  /// True if each of them holds all of it.
  bool isReplicated = false;
  /// True if each of them holds a part of its weights, as its words say.
  bool isSplit = false;
  /// True if it mixes tokens in another way than attention, as Mamba does.
  bool isOtherMixer = false;
  /// Inputs and outputs are features of a token, without tokens.
  bool statesWidths = false;
  /// True if it is said to be an input or an output, among other things.
  bool begins = false, ends = false;
  /// Which of several models it belongs to: `encoder`, `draft`; or empty.
  std::string model;
  /// True for an edge that says that there are a send and a recv.
  bool sendsAndReceives = false;
  /// `host` for `GPU: Host`, `P@1` and the like; empty if devices are numbers.
  std::string deviceName;
  /// The same of the other end of a transfer.
  std::string targetDeviceName;
  SmallVector<Shape, 1> inputs;
  SmallVector<Shape, 1> outputs;
  /// The shape of its weight.
  std::optional<Shape> weight;
  /// A buffer's shape where the drawing names one (`Buffer: [...]`).
  std::optional<Shape> buffer;
  /// Element type where stated (`bf16`, `fp16`, `float32`), in MLIR's spelling.
  std::string elementType;
  /// Dropout probability where stated (`p=0.1`).
  std::optional<double> dropout;
  /// Lines of the label that no rule used.
  SmallVector<std::string, 0> unused;
  /// True if the label has more text than is read.
  bool isCut = false;
  SmallVector<Provenance, 0> provenance;
  SmallVector<Contradiction, 0> contradictions;
};

/// The facts a cluster, the graph or a comment states.
struct ClusterRecognition {
  std::optional<int64_t> stage;
  RangeSet layers;
  RangeSet devices;
  std::optional<int64_t> tpRank;
  std::optional<int64_t> dpRank;
  std::optional<int64_t> tpSize;
  std::optional<int64_t> ppSize;
  std::optional<int64_t> dpSize;
  std::optional<int64_t> epSize;
  /// Sequence or context parallelism.
  std::optional<int64_t> spSize;
  /// A declared sampling: the layers that are drawn. Documented in the graph's
  /// attributes (`sampling="0,19"`), its label, a note or a comment.
  RangeSet sampledLayers;
  /// Layers that are said not to be drawn: `layers 1-18 same as layer 0`.
  RangeSet omittedLayers;
  /// Devices that are said to be like those that are drawn.
  RangeSet omittedDevices;
  /// Layers that a comment says are still to be drawn.
  RangeSet meantLayers;
  /// `num_layers` where stated.
  std::optional<int64_t> numLayers;
  /// How many layers are said to be drawn: `1 of 32 layers`.
  std::optional<int64_t> numSampled;
  /// The same of each of several models: `2 encoder layers + 3 decoder layers`.
  SmallVector<std::pair<std::string, int64_t>, 0> modelLayers;
  /// True if the layers that are not drawn are said to be like the others.
  bool othersAlike = false;
  /// Each device holds all of it; which of several models it is.
  bool isReplicated = false;
  std::string model;
  /// How many layers a cluster says that it holds.
  std::optional<int64_t> layerCount;
  /// The block that the cluster holds (`Layer 0 Attention`), or `Unknown`.
  Role block = Role::Unknown;
  /// True for a legend, whose nodes are notes.
  bool isLegend = false;

  /// True if anything is stated that a node in the cluster can take over.
  bool statesAnything() const {
    return stage || !layers.empty() || !devices.empty() || tpRank || tpSize ||
           ppSize || block != Role::Unknown || isLegend || isReplicated ||
           dpRank || !model.empty();
  }
};

/// The table of rules. Rules are tried in order; the first that matches a
/// source gives the fact. User rules come before the built-in ones.
class RuleTable {
public:
  /// The built-in table.
  RuleTable();
  ~RuleTable();
  RuleTable(RuleTable &&);

  /// Adds the rules of a file before the built-in ones. The form is described
  /// in docs/DotRules.md. An error names line and column.
  llvm::Error addRules(llvm::MemoryBufferRef buffer);

  /// Recognizes a node, given the recognition of its clusters, innermost
  /// first. With `explain`, fills in `provenance`.
  Recognition recognizeNode(const Drawn &node,
                            ArrayRef<const ClusterRecognition *> clusters,
                            bool explain = false) const;
  /// Recognizes what an edge's label states (a collective or a transfer). The
  /// role is `Unknown` if it states neither.
  Recognition recognizeEdge(const Drawn &edge, bool explain = false) const;
  /// Recognizes a cluster, the root graph, or a comment (as a label).
  ClusterRecognition recognizeCluster(const Drawn &cluster) const;

  /// Prints the table, one rule a line, in the form of a rules file.
  void print(raw_ostream &os) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// The label as lines of plain text: `\n`, `\l`, `\r` and doubled backslashes
/// end lines, HTML tags are dropped (`<br/>` and table cells end lines),
/// entities are decoded.
SmallVector<std::string, 4> getLabelLines(StringRef label, bool isHTML);

} // namespace mlir::dag::dot

#endif // DAG_TARGET_DOT_RECOGNITION_H
