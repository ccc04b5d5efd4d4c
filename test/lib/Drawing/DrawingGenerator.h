//===- DrawingGenerator.h - Drawings of deployments, made up -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Makes complete Graphviz drawings of LLM deployments in the ways people write
// them, and breaks them one defect at a time. A drawing is made as a stream of
// nodes and edges, which goes to the printer, or into a `Drawing` that can be
// changed first.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_DRAWING_DRAWINGGENERATOR_H
#define DAG_TEST_LIB_DRAWING_DRAWINGGENERATOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace mlir::dag::drawing {

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// How the same thing is written.
enum class Style {
  Seed, // layer0_qkv_tp0 [label="Layer 0 QKV Projection (TP 0)\nInput..."]
  Attributes, // n17 [role="qkv_projection", layer="0", tp_rank="0", ...]
  Verbose,    // attributes over several lines, long words, clusters
  Terse,      // l3_up_g5 [label="L3 FFN up (GPU 5)\n[8,2048,8192] -> ..."]
  Edges,      // chains and groups of edges, quoted names, shapes at edges
  HF,         // "model.layers.3.self_attn.q_proj.tp0", HTML labels
  MoE,        // gpu1_layer3_mha_qkv, "In: ..., Out: ...", named after devices
  Camel,      // layer3QkvProjectionTp1
  Html,       // tables with ports
  TwoLine,    // b3_qkv_r0 [label="Layer 3\\nQKV Projection\\n..."]
  KeyValue    // "op: QKV Projection\\nlayer: 3\\ntp_rank: 0\\n..."
};
enum class Order { Topological, NodesFirst, EdgesFirst, Reversed, Shuffled };
enum class Transfers { Nodes, PerRank, OneNode, EdgeLabel };
enum class StageMark { Default, Cluster, Attribute, Label, Devices, None };
/// What the ranks of a stage share out: the weights, the sequence, or the batch
/// with the experts.
enum class RankAxis { Tensor, Context, Expert };
enum class Decompose { Full, CompositeFfn };
enum class SamplingDoc { Attribute, Label, Comment, Note, None };
/// What the output of a fused QKV projection states: the query's heads, the
/// three widths as one, or three shapes.
enum class QkvOutput { Heads, Fused, Three };

/// The deployment and the hand that draws it.
struct DrawingOptions {
  unsigned layers = 4;
  unsigned tp = 2;
  unsigned pp = 2;
  /// Size of the expert-parallel group: 1, or `tp`.
  unsigned ep = 1;
  /// Layers of each stage; empty divides them evenly, the first stages taking
  /// what is left over.
  std::vector<unsigned> layout;
  unsigned batch = 8;
  unsigned seq = 2048;
  unsigned hidden = 8192;
  unsigned heads = 64;
  unsigned kvHeads = 8;
  unsigned headDim = 128;
  unsigned ffn = 28672;
  unsigned vocab = 128256;
  unsigned experts = 8;
  unsigned topK = 2;
  unsigned loraRank = 16;

  RankAxis axis = RankAxis::Tensor;
  /// Copies of the whole model, each on devices of its own.
  unsigned replicas = 1;
  /// Copies of the whole flow, all on the same devices.
  unsigned microBatches = 1;
  /// One node serves all ranks of a stage.
  bool mergedRanks = false;
  /// Attention is drawn head by head.
  bool splitHeads = false;
  /// Experts are drawn one by one.
  bool expertsApart = false;
  bool sharedExpert = false;
  /// An adapter beside the down projection.
  bool lora = false;
  /// Attention and FFN take one norm, and are summed before one reduction.
  bool parallelResidual = false;
  /// Layers that are not sampled are boxes of their range.
  bool rangeBoxes = false;
  /// State the shapes of weights; the head's is tied to the embedding's.
  bool weights = false;
  /// Names of nodes say nothing.
  bool opaqueIds = false;

  Decompose decompose = Decompose::Full;
  bool separateQkv = false;
  bool dropout = true;
  bool rope = false;
  bool residual = true;
  bool norms = true;
  /// Draw embedding, final norm and head.
  bool ends = true;
  bool moe = false;
  bool sequenceParallel = false;
  bool symbols = false;
  /// State layers, TP and PP in the label of the graph.
  bool title = true;
  QkvOutput qkvOutput = QkvOutput::Heads;
  Transfers transfers = Transfers::Nodes;
  /// The layers that are drawn; empty for all.
  std::vector<unsigned> sampled;
  SamplingDoc samplingDoc = SamplingDoc::Attribute;

  Style style = Style::Seed;
  StageMark stageMark = StageMark::Default;
  Order order = Order::Topological;
  uint64_t seed = 0;

  /// Fills in what depends on the style, and refuses what makes no sense.
  llvm::Error finalize();
  /// The layers `[first, last)` of a stage.
  std::pair<unsigned, unsigned> getLayersOfStage(unsigned stage) const;
  unsigned getStageOfLayer(unsigned layer) const;
  /// Among how many ranks the weights are shared out.
  unsigned getWeightShards() const { return axis == RankAxis::Tensor ? tp : 1; }
  /// The part of `size` that `rank` holds; the first ranks take the remainder.
  unsigned getShard(unsigned size, int rank) const {
    unsigned shards = getWeightShards();
    return size / shards + (rank >= 0 && unsigned(rank) < size % shards);
  }
  unsigned getNumCopies() const { return replicas * microBatches; }
  bool usesClusters() const {
    return stageMark == StageMark::Cluster || stageMark == StageMark::Devices;
  }
  /// What the title calls the ranks: `TP`, `CP`, `EP`.
  llvm::StringRef getAxisName() const {
    return axis == RankAxis::Tensor    ? "TP"
           : axis == RankAxis::Context ? "CP"
                                       : "EP";
  }
};

//===----------------------------------------------------------------------===//
// Nodes and edges
//===----------------------------------------------------------------------===//

/// What a node stands for.
enum class Part : uint8_t {
  Input,
  Embedding,
  EmbeddingReduce,
  AttentionNorm,
  AttentionGather,
  Qkv,
  Query,
  Key,
  Value,
  Rope,
  KvGather,
  Scores,
  Weights,
  Dropout,
  AttentionOutput,
  HeadConcat,
  OutputProjection,
  AttentionReduce,
  AttentionResidual,
  FfnNorm,
  FfnGather,
  Ffn,
  Gate,
  Up,
  Activation,
  Multiply,
  Down,
  LoraA,
  LoraB,
  LoraAdd,
  ParallelAdd,
  FfnReduce,
  FfnResidual,
  Router,
  Dispatch,
  DispatchExchange,
  Experts,
  CombineExchange,
  Combine,
  SharedExpert,
  SharedAdd,
  MoeReduce,
  LayerRange,
  FinalNorm,
  FinalGather,
  Head,
  HeadGather,
  Output,
  Send,
  Recv,
  Transfer,
  Unknown // for mutations
};

enum class DrawnCollective : uint8_t {
  None,
  AllReduce,
  AllGather,
  ReduceScatter,
  AllToAll,
  Unstated // for mutations
};

enum class DimName : uint8_t {
  Batch,
  Seq,
  KeySeq,
  Hidden,
  Heads,
  KvHeads,
  HeadDim,
  QkvWidth,
  Ffn,
  Vocab,
  Experts,
  Capacity,
  LoraRank
};

struct Shape {
  static constexpr unsigned kMaxRank = 4;
  uint8_t rank = 0;
  DimName names[kMaxRank] = {};
  uint32_t sizes[kMaxRank] = {};

  Shape() = default;
  Shape(std::initializer_list<std::pair<DimName, unsigned>> dims) {
    for (auto [name, size] : dims) {
      names[rank] = name;
      sizes[rank++] = size;
    }
  }
};

/// A node; small, because orders other than the natural one hold them all.
struct Node {
  enum Flags : uint8_t {
    Undeclared = 1, // named by edges only
    NoDevices = 2   // does not say where it runs
  };

  Part part = Part::Unknown;
  DrawnCollective collective = DrawnCollective::None;
  /// What the name says, if it is something else.
  DrawnCollective namedCollective = DrawnCollective::None;
  uint8_t flags = 0;
  /// Distinguishes copies made by mutations.
  uint8_t copy = 0;
  uint8_t numInputs = 0;
  uint8_t numOutputs = 0;
  /// Index in the order of generation.
  uint32_t id = 0;
  int32_t layer = -1;
  int32_t namedLayer = -1;
  /// -1 for all ranks of the stage.
  int16_t rank = -1;
  int16_t stage = 0;
  /// The stage that is drawn.
  int16_t markedStage = 0;
  /// Both ends of a transfer, of which a send or a recv is one.
  int16_t fromStage = -1;
  int16_t toStage = -1;
  uint16_t firstExpert = 0;
  uint16_t numExperts = 0;
  /// How often the first input is taken, where there are many alike.
  uint16_t repeat = 1;
  /// The only head that the node computes, or -1 for all of the rank.
  int16_t head = -1;
  /// The copy that the node is in, or -1 if there is one only.
  int16_t replica = -1;
  int16_t microBatch = -1;
  /// The layers that a box stands for.
  int32_t firstLayer = -1;
  int32_t lastLayer = -1;
  uint32_t firstDevice = 0;
  uint32_t numDevices = 0;
  Shape inputs[2];
  Shape outputs[3];
  Shape weight;

  void addInput(const Shape &shape) { inputs[numInputs++] = shape; }
  void addOutput(const Shape &shape) { outputs[numOutputs++] = shape; }
  bool isSameCopy(const Node &other) const {
    return replica == other.replica && microBatch == other.microBatch;
  }
  bool isTransfer() const {
    return part == Part::Send || part == Part::Recv || part == Part::Transfer;
  }
};

/// What is written at an edge.
struct EdgeInfo {
  /// Both ends of a transfer that the label names, or -1.
  int16_t fromStage = -1;
  int16_t toStage = -1;
  Shape shape;
};

/// Takes the nodes and edges of a drawing. Both ends of an edge were given
/// before; nodes of a stage stand between `beginStage` and `endStage`.
class DrawingSink {
public:
  virtual ~DrawingSink() = default;
  virtual void beginStage(unsigned stage) {}
  virtual void endStage(unsigned stage) {}
  virtual void node(const Node &node) = 0;
  virtual void edge(const Node &source, const Node &target,
                    const EdgeInfo &info) = 0;
};

/// Sends a complete and correct drawing to `sink`.
void generateDrawing(const DrawingOptions &options, DrawingSink &sink);

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

struct PartInfo {
  /// The role and the block in the words of the dialect.
  const char *role;
  const char *block;
  const char *snake;
  const char *title;
  const char *hf;
  const char *terse;
  const char *verbose;
  /// `compute`, `communication`, `routing` or `end`.
  const char *kind;
};
const PartInfo &getPartInfo(Part part);

/// `all_reduce`, `allreduce`, `All-Reduce`.
llvm::StringRef getCollectiveRole(DrawnCollective kind);
llvm::StringRef getCollectiveSnake(DrawnCollective kind);
llvm::StringRef getCollectiveTitle(DrawnCollective kind);

/// What the style calls a dimension: `hidden`, `d_model`, `H`.
llvm::StringRef getDimName(Style style, DimName name);

/// Prints the name, with quotes where the style has them.
void printNodeName(const DrawingOptions &options, const Node &node,
                   llvm::raw_ostream &os);
/// The name without quotes.
std::string getNodeName(const DrawingOptions &options, const Node &node);

//===----------------------------------------------------------------------===//
// Printer
//===----------------------------------------------------------------------===//

/// What the title states in place of the truth; 0 for the truth.
struct TitleFigures {
  unsigned layers = 0;
  unsigned tp = 0;
  unsigned pp = 0;
  unsigned replicas = 0;
};

/// Writes statements as they come, and counts lines.
class DrawingPrinter : public DrawingSink {
public:
  /// What to leave out.
  enum Only { Everything, NodesOnly, EdgesOnly };

  DrawingPrinter(const DrawingOptions &options, llvm::raw_ostream &os)
      : options(options), os(os) {}

  void begin();
  void end();
  void beginStage(unsigned stage) override;
  void endStage(unsigned stage) override;
  void node(const Node &node) override;
  void edge(const Node &source, const Node &target,
            const EdgeInfo &info) override;
  void setOnly(Only value) { only = value; }
  /// Writes edges that were held back to be grouped.
  void flushEdges();

  /// True if the edge would join the statement that is held back.
  bool extendsGroup(const Node &source, const Node &target) const;

  /// The line that the next statement begins at.
  unsigned getLine() const { return line; }
  /// Line of the opening of each stage's cluster, 0 if none.
  llvm::ArrayRef<unsigned> getStageLines() const { return stageLines; }

  /// The line of the graph's last own fact, before nodes and edges.
  unsigned getFirstLine() const { return firstLine; }

  /// Deviations for mutations.
  bool marksStages = true;
  /// The stage whose cluster states a wrong range of layers, or -1.
  int wrongRangeStage = -1;
  /// The stage whose cluster states the devices of another, or -1.
  int wrongDevicesStage = -1;
  TitleFigures title;

private:
  StageMark getMark() const {
    return marksStages ? options.stageMark : StageMark::None;
  }
  void newline() {
    os << '\n';
    ++line;
  }
  void indent() { os << (inStage ? "    " : "  "); }
  void printDim(DimName name, unsigned size, bool named, unsigned index);
  void printShape(const Shape &shape, bool named);
  void printShapes(llvm::ArrayRef<Shape> shapes, bool named);
  void printDevices(const Node &node, bool ranges);
  void printTitle(const Node &node);
  void printVerboseTitle(const Node &node);
  void printSeedNode(const Node &node);
  void printAttributesNode(const Node &node);
  void printVerboseNode(const Node &node);
  void printTerseNode(const Node &node);
  void printHFNode(const Node &node);
  void printMoENode(const Node &node);
  void printCamelNode(const Node &node);
  void printHtmlNode(const Node &node);
  void printFigures();
  void printTwoLineNode(const Node &node);
  void printKeyValueNode(const Node &node);
  void printInputs(const Node &node, bool named);
  /// The copy that the node is in, and its weight: each between `open` and
  /// `close`.
  void printDetails(const Node &node, llvm::StringRef open,
                    llvm::StringRef close = "");
  void printStageLine(const Node &node, llvm::StringRef separator);
  void printStageAttribute(const Node &node);

  const DrawingOptions &options;
  llvm::raw_ostream &os;
  Only only = Everything;
  bool inStage = false;
  unsigned line = 1;
  unsigned firstLine = 1;
  std::vector<unsigned> stageLines;
  /// The statement that is being grouped in style `Edges`: sources, and the
  /// chain of targets that follows.
  llvm::SmallVector<std::string, 8> sources;
  llvm::SmallVector<std::string, 8> chain;
};

//===----------------------------------------------------------------------===//
// Drawings that can be changed
//===----------------------------------------------------------------------===//

struct Edge {
  uint32_t source = 0;
  uint32_t target = 0;
  EdgeInfo info;
};

/// One statement of the text.
struct Statement {
  enum Kind : uint8_t { NodeStmt, EdgeStmt, BeginStage, EndStage };
  Kind kind;
  uint32_t index;
};

/// A whole drawing. Removed nodes and edges have no statement.
struct Drawing : public DrawingSink {
  explicit Drawing(const DrawingOptions &options) : options(options) {}

  void beginStage(unsigned stage) override;
  void endStage(unsigned stage) override;
  void node(const Node &node) override;
  void edge(const Node &source, const Node &target,
            const EdgeInfo &info) override;

  /// Puts the statements into the order that the options ask for.
  void reorder();
  /// Prints, and notes the line of each node and edge.
  void print(DrawingPrinter &printer);

  const DrawingOptions &options;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<Statement> statements;
  std::vector<unsigned> nodeLines;
  std::vector<unsigned> edgeLines;
};

//===----------------------------------------------------------------------===//
// Mutations
//===----------------------------------------------------------------------===//

struct MutationInfo {
  const char *kind;
  /// Code families, of which one must be found; separated by spaces.
  const char *codes;
  /// What the selector may say.
  const char *selector;
  const char *description;
  /// The change is one of the meaning: all ranks are alike.
  bool isOfMeaning;
};
std::vector<MutationInfo> getMutations();

/// What was done, and what a verifier should say.
struct Mutation {
  std::string kind;
  std::string variant;
  std::string description;
  /// How many places of the drawing the kind could have been applied to.
  unsigned numSites = 0;
  std::vector<std::string> names;
  /// One of these families must be found at one of `blamed`, at 0 for a line
  /// that does not matter.
  std::vector<std::string> codes;
  /// Families that may be found besides.
  std::vector<std::string> consequences;
  /// Statements at which the finding should point.
  std::vector<uint32_t> blamedNodes;
  std::vector<uint32_t> blamedEdges;
  std::vector<unsigned> blamedStages;
  /// Statements at which consequences may be found.
  std::vector<uint32_t> nearNodes;
  std::vector<uint32_t> nearEdges;
  /// The finding may be at the graph, or anywhere.
  bool blamesGraph = false;
  bool blamesAnything = false;
  /// The drawing is still right: at most one of `codes` may be noted, and
  /// nothing that fails it.
  bool isHarmless = false;
  /// A change of the text after printing.
  std::string textDamage;
  bool dropsStageMarks = false;
  int wrongRangeStage = -1;
  int wrongDevicesStage = -1;
  TitleFigures title;
};

/// Applies `spec`, which is `KIND[:SELECTOR]`, at the site `seed` modulo the
/// number of sites. Fails if there is none.
llvm::Expected<Mutation> mutate(Drawing &drawing, llvm::StringRef spec,
                                uint64_t seed);

/// Damages the text as `mutation` says, and returns the damaged line.
unsigned damageText(const Mutation &mutation, uint64_t seed, std::string &text);

/// What a verifier should say of a mutant; of a clean drawing, nothing.
struct Expectation {
  /// Takes the lines of a drawing that was printed.
  Expectation(const Drawing &drawing, const DrawingPrinter &printer,
              Mutation mutation, unsigned damagedLine);

  void writeJSON(llvm::raw_ostream &os) const;
  /// Compares with a verifier's report in JSON: true if the change was found,
  /// and nothing else is blamed but its consequences. Else says why not.
  bool judge(llvm::StringRef report, llvm::raw_ostream &os) const;
  /// How a report compares with what it should say.
  enum Outcome { Caught, CaughtBesides, OtherCode, Missed, Malformed };
  /// `CaughtBesides` is found with the right code, and something else is blamed
  /// that is none of its consequences; a drawing that is right is `Caught` if
  /// nothing is blamed, and `OtherCode` if something is.
  Outcome classify(llvm::StringRef report) const;

  Mutation mutation;
  std::set<unsigned> lines;
  std::set<unsigned> near;
};

} // namespace mlir::dag::drawing

#endif // DAG_TEST_LIB_DRAWING_DRAWINGGENERATOR_H
