//===- dag-draw.cpp - Makes and breaks drawings of deployments ------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingGenerator.h"
#include "dag/Support/Files.h"
#include "dag/Support/OptionValues.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"

using namespace mlir::dag::drawing;
namespace cl = llvm::cl;
using llvm::StringRef;
using mlir::dag::OutputFile;

static cl::OptionCategory category("Options of dag-draw");

namespace {

/// The command line; values go straight into the options of the drawing.
struct CommandLine {
  DrawingOptions o;

  struct Number {
    cl::opt<unsigned, true> option;
    Number(StringRef name, unsigned &value, StringRef help)
        : option(name, cl::desc(help), cl::location(value), cl::init(value),
                 cl::cat(category)) {}
  };
  struct Flag {
    cl::opt<bool, true> option;
    Flag(StringRef name, bool &value, StringRef help)
        : option(name, cl::desc(help), cl::location(value), cl::init(value),
                 cl::cat(category)) {}
  };

  Number layers{"layers", o.layers, "Layers of the model"};
  Number tp{"tp", o.tp, "Size of the tensor-parallel group"};
  Number pp{"pp", o.pp, "Number of pipeline stages"};
  Number ep{"ep", o.ep, "Size of the expert-parallel group: 1 or tp"};
  Number batch{"batch", o.batch, "Batch size"};
  Number seq{"seq", o.seq, "Sequence length"};
  Number hidden{"hidden", o.hidden, "Hidden size"};
  Number heads{"heads", o.heads, "Query heads"};
  Number kvHeads{"kv-heads", o.kvHeads, "Key and value heads"};
  Number headDim{"head-dim", o.headDim, "Size of a head"};
  Number ffn{"ffn", o.ffn, "Inner size of the feed-forward network"};
  Number vocab{"vocab", o.vocab, "Size of the vocabulary"};
  Number experts{"experts", o.experts, "Number of experts"};
  Number topK{"top-k", o.topK, "Experts that a token visits"};

  Number loraRank{"lora-rank", o.loraRank, "Inner size of the adapters"};
  Number replicas{"replicas", o.replicas, "Copies on devices of their own"};
  Number microBatches{"micro-batches", o.microBatches,
                      "Copies on the same devices"};

  Flag mergedRanks{"merged-ranks", o.mergedRanks,
                   "One node for all ranks of a stage"};
  Flag splitHeads{"split-heads", o.splitHeads, "Draw attention head by head"};
  Flag expertsApart{"experts-apart", o.expertsApart, "Draw experts one by one"};
  Flag sharedExpert{"shared-expert", o.sharedExpert, "Draw a shared expert"};
  Flag lora{"lora", o.lora, "Draw adapters beside the down projections"};
  Flag parallelResidual{"parallel-residual", o.parallelResidual,
                        "Attention and network take one norm"};
  Flag rangeBoxes{"range-boxes", o.rangeBoxes,
                  "Draw the layers that are not sampled as boxes"};
  Flag weights{"weights", o.weights, "State the shapes of weights"};
  Flag opaqueIds{"opaque-ids", o.opaqueIds, "Names of nodes say nothing"};
  Flag separateQkv{"separate-qkv", o.separateQkv, "Draw Q, K and V apart"};
  Flag dropout{"dropout", o.dropout, "Draw the dropout of attention"};
  Flag rope{"rope", o.rope, "Draw rotary embeddings"};
  Flag residual{"residual", o.residual, "Draw residual adds"};
  Flag norms{"norms", o.norms, "Draw the norms of the layers"};
  Flag ends{"ends", o.ends, "Draw embedding, final norm and head"};
  Flag moe{"moe", o.moe, "Mixture of experts in place of the network"};
  Flag sequenceParallel{"sequence-parallel", o.sequenceParallel,
                        "Shard the sequence between collectives"};
  Flag symbols{"symbols", o.symbols, "Write B and S in place of numbers"};
  Flag title{"title", o.title, "State layers, TP and PP at the graph"};

  cl::list<unsigned> layout{"layout", cl::CommaSeparated, cl::cat(category),
                            cl::desc("Layers of each stage")};
  cl::list<unsigned> sampled{"sampled", cl::CommaSeparated, cl::cat(category),
                             cl::desc("The layers to draw")};
  cl::opt<Decompose, true> decompose{
      "decompose", cl::cat(category), cl::location(o.decompose),
      cl::desc("How far to take the feed-forward network apart"),
      cl::values(
          clEnumValN(Decompose::Full, "full", "Gate, up, activation, ..."),
          clEnumValN(Decompose::CompositeFfn, "composite-ffn", "One box"))};
  cl::opt<RankAxis, true> axis{
      "axis", cl::cat(category), cl::location(o.axis),
      cl::desc("What the ranks of a stage share out"),
      cl::values(
          clEnumValN(RankAxis::Tensor, "tensor", "Weights (TP)"),
          clEnumValN(RankAxis::Context, "context", "Sequence (CP)"),
          clEnumValN(RankAxis::Expert, "expert", "Batch and experts (EP)"))};
  cl::opt<QkvOutput, true> qkvOutput{
      "qkv-output", cl::cat(category), cl::location(o.qkvOutput),
      cl::desc("What the QKV projection states as its output"),
      cl::values(clEnumValN(QkvOutput::Heads, "heads", "The query's heads"),
                 clEnumValN(QkvOutput::Fused, "fused", "One width"),
                 clEnumValN(QkvOutput::Three, "three", "Three shapes"))};
  cl::opt<Transfers, true> transfers{
      "transfers", cl::cat(category), cl::location(o.transfers),
      cl::desc("How data changes stage"),
      cl::values(
          clEnumValN(Transfers::Nodes, "nodes", "A send and a recv"),
          clEnumValN(Transfers::PerRank, "per-rank", "The same for each rank"),
          clEnumValN(Transfers::OneNode, "one-node", "A node for both"),
          clEnumValN(Transfers::EdgeLabel, "edge-label", "Labels of edges"))};
  cl::opt<StageMark, true> stageMark{
      "stage-mark", cl::cat(category), cl::location(o.stageMark),
      cl::desc("How stages are marked (default: as the style does)"),
      cl::values(
          clEnumValN(StageMark::Cluster, "cluster", "Clusters"),
          clEnumValN(StageMark::Attribute, "attribute", "An attribute"),
          clEnumValN(StageMark::Label, "label", "A line of the label"),
          clEnumValN(StageMark::Devices, "devices", "Clusters of devices"),
          clEnumValN(StageMark::None, "none", "Not at all"))};
  cl::opt<SamplingDoc, true> samplingDoc{
      "sampling-doc", cl::cat(category), cl::location(o.samplingDoc),
      cl::desc("Where sampling is documented"),
      cl::values(
          clEnumValN(SamplingDoc::Attribute, "attribute", "At the graph"),
          clEnumValN(SamplingDoc::Label, "label", "In the graph's label"),
          clEnumValN(SamplingDoc::Comment, "comment", "In a comment"),
          clEnumValN(SamplingDoc::Note, "note", "In a note"),
          clEnumValN(SamplingDoc::None, "none", "Nowhere"))};
  cl::opt<Style, true> style{
      "style", cl::cat(category), cl::location(o.style),
      cl::desc("The hand that draws"),
      cl::values(
          clEnumValN(Style::Seed, "seed", "layer0_qkv_tp0, long labels"),
          clEnumValN(Style::Attributes, "attributes", "role=, layer=, gpu="),
          clEnumValN(Style::Verbose, "verbose", "Long words, many lines"),
          clEnumValN(Style::Terse, "terse", "L3 FFN up (GPU 5)"),
          clEnumValN(Style::Edges, "edges", "Chains and groups of edges"),
          clEnumValN(Style::HF, "hf", "model.layers.3.self_attn.q_proj"),
          clEnumValN(Style::MoE, "moe", "gpu1_layer3_qkv, with experts"),
          clEnumValN(Style::Camel, "camel", "layer3QkvProjectionTp1"),
          clEnumValN(Style::Html, "html", "Tables with ports"),
          clEnumValN(Style::TwoLine, "two-line", "Layer, part, rank: lines"),
          clEnumValN(Style::KeyValue, "key-value", "op: ..., layer: ..."))};
  cl::opt<Order, true> order{
      "order", cl::cat(category), cl::location(o.order),
      cl::desc("Order of the statements"),
      cl::values(
          clEnumValN(Order::Topological, "topological", "Edges follow nodes"),
          clEnumValN(Order::NodesFirst, "nodes-first", "Nodes, then edges"),
          clEnumValN(Order::EdgesFirst, "edges-first", "Edges, then nodes"),
          clEnumValN(Order::Reversed, "reversed", "From the end"),
          clEnumValN(Order::Shuffled, "shuffled", "By --seed"))};
  cl::opt<unsigned long long> seed{
      "seed", cl::cat(category), cl::init(0),
      cl::desc("Selects among the orders of --order=shuffled")};

  cl::opt<std::string> mutation{
      "mutate", cl::cat(category), cl::value_desc("kind[:selector]"),
      cl::desc("Make one change; see --list-mutations")};
  cl::opt<unsigned long long> mutationSeed{
      "mutation-seed", cl::cat(category), cl::init(0),
      cl::desc("Selects the place of the change, modulo their number")};
  cl::opt<std::string> explain{
      "explain", cl::cat(category), cl::value_desc("file"),
      cl::desc("Write what was changed as JSON; else a line on stderr")};
  cl::opt<std::string> judge{
      "judge", cl::cat(category), cl::value_desc("file"),
      cl::desc("Draw nothing; compare a verifier's JSON report on the drawing "
               "with what it should say")};
  cl::opt<bool> outcome{
      "outcome", cl::cat(category),
      cl::desc("With --judge: print caught, besides (something else is blamed "
               "too), other (code) or missed")};
  cl::opt<std::string> listMutations{
      "list-mutations", cl::cat(category), cl::ValueOptional,
      cl::value_desc("meaning"),
      cl::desc("List the kinds of changes, or those of the meaning")};
  cl::opt<std::string> outputFile{"o", cl::cat(category), cl::init("-"),
                                  cl::value_desc("file"),
                                  cl::desc("Output file")};
};

/// An error for what has an effect only beside another option, and is alone.
llvm::Error checkOptions(const CommandLine &line) {
  struct Need {
    const cl::Option &option;
    bool isMet;
    const char *what;
  };
  const Need needs[] = {
      {line.explain, !line.mutation.empty() && line.judge.empty(), "--mutate"},
      {line.mutationSeed, !line.mutation.empty(), "--mutate"},
      {line.outcome, !line.judge.empty(), "--judge"},
      {line.seed, line.o.order == Order::Shuffled, "--order=shuffled"},
      {line.loraRank.option, line.o.lora, "--lora"},
  };
  for (const Need &need : needs)
    if (need.option.getNumOccurrences() > 0 && !need.isMet)
      return llvm::createStringError(llvm::Twine("expected ") + need.what +
                                     " with --" + need.option.ArgStr);
  if (!line.listMutations.empty() && line.listMutations != "meaning")
    return llvm::createStringError("expected --list-mutations of all or of "
                                   "'meaning', but got '" +
                                   line.listMutations + "'");
  return llvm::Error::success();
}

llvm::Error judge(const Expectation &expectation, StringRef reportFile,
                  bool printsOutcome) {
  auto report = llvm::MemoryBuffer::getFileOrSTDIN(reportFile);
  if (!report)
    return llvm::createFileError(reportFile, report.getError());
  if (printsOutcome) {
    static const char *const outcomes[] = {"caught", "besides", "other",
                                           "missed", "malformed"};
    llvm::outs() << outcomes[expectation.classify((*report)->getBuffer())]
                 << '\n';
    return llvm::Error::success();
  }
  std::string complaints;
  llvm::raw_string_ostream os(complaints);
  if (expectation.judge((*report)->getBuffer(), os))
    return llvm::Error::success();
  return llvm::createStringError(llvm::StringRef(complaints).rtrim());
}

llvm::Error drawMutant(const CommandLine &line, llvm::raw_ostream &os) {
  Drawing drawing(line.o);
  generateDrawing(line.o, drawing);
  Mutation mutation;
  if (!line.mutation.empty()) {
    llvm::Expected<Mutation> result =
        mutate(drawing, line.mutation, line.mutationSeed);
    if (!result)
      return result.takeError();
    mutation = std::move(*result);
  }
  drawing.reorder();

  std::string text;
  bool damages = !mutation.textDamage.empty();
  llvm::raw_string_ostream textStream(text);
  DrawingPrinter printer(line.o, !line.judge.empty() ? llvm::nulls()
                                 : damages           ? textStream
                                                     : os);
  printer.marksStages = !mutation.dropsStageMarks;
  printer.wrongRangeStage = mutation.wrongRangeStage;
  printer.wrongDevicesStage = mutation.wrongDevicesStage;
  printer.title = mutation.title;
  drawing.print(printer);
  unsigned damagedLine = 0;
  if (damages && line.judge.empty()) {
    damagedLine = damageText(mutation, line.mutationSeed, text);
    os << text;
  }
  Expectation expectation(drawing, printer, std::move(mutation), damagedLine);
  if (!line.judge.empty())
    return judge(expectation, line.judge, line.outcome);
  if (expectation.mutation.kind.empty())
    return llvm::Error::success();
  if (line.explain.empty()) {
    llvm::errs() << expectation.mutation.kind << ": "
                 << expectation.mutation.description << '\n';
    return llvm::Error::success();
  }
  return mlir::dag::writeOutputFile(line.explain,
                                    [&](llvm::raw_ostream &explanation) {
                                      expectation.writeJSON(explanation);
                                    });
}

llvm::Error draw(const CommandLine &line, llvm::raw_ostream &os) {
  if (!line.mutation.empty() || !line.judge.empty() ||
      line.o.order == Order::Reversed || line.o.order == Order::Shuffled)
    return drawMutant(line, os);
  // The other orders are printed as they are generated, once or twice.
  DrawingPrinter printer(line.o, os);
  printer.begin();
  if (line.o.order == Order::Topological) {
    generateDrawing(line.o, printer);
  } else {
    bool nodesFirst = line.o.order == Order::NodesFirst;
    printer.setOnly(nodesFirst ? DrawingPrinter::NodesOnly
                               : DrawingPrinter::EdgesOnly);
    generateDrawing(line.o, printer);
    printer.flushEdges();
    printer.setOnly(nodesFirst ? DrawingPrinter::EdgesOnly
                               : DrawingPrinter::NodesOnly);
    generateDrawing(line.o, printer);
  }
  printer.end();
  return llvm::Error::success();
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  CommandLine line;
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "Draws the deployment of a large language model\n",
          &llvm::errs()))
    return 3;
  auto refuse = [](llvm::Error error) {
    llvm::WithColor::error(llvm::errs(), "dag-draw")
        << llvm::toString(std::move(error)) << '\n';
    return 3;
  };
  if (llvm::Error error =
          llvm::joinErrors(mlir::dag::checkOptionValues({argv, size_t(argc)}),
                           checkOptions(line)))
    return refuse(std::move(error));
  if (line.listMutations.getNumOccurrences()) {
    for (const MutationInfo &info : getMutations())
      if (line.listMutations != "meaning" || info.isOfMeaning)
        llvm::outs() << llvm::left_justify(info.kind, 22) << ' '
                     << llvm::left_justify(info.codes, 20) << ' '
                     << info.description << (*info.selector ? "; " : "")
                     << info.selector << '\n';
    return 0;
  }
  auto fail = [](llvm::Error error) {
    llvm::WithColor::error(llvm::errs(), "dag-draw")
        << llvm::toString(std::move(error)) << '\n';
    return 1;
  };
  line.o.layout.assign(line.layout.begin(), line.layout.end());
  line.o.sampled.assign(line.sampled.begin(), line.sampled.end());
  line.o.seed = line.seed;
  if (llvm::Error error = line.o.finalize())
    return refuse(std::move(error));

  if (!line.judge.empty()) {
    if (llvm::Error error = draw(line, llvm::nulls()))
      return fail(std::move(error));
    return 0;
  }
  llvm::Expected<OutputFile> output = OutputFile::open(line.outputFile);
  if (!output)
    return fail(output.takeError());
  output->os().SetBufferSize(1 << 20);
  if (llvm::Error error = draw(line, output->os()))
    return fail(std::move(error));
  if (llvm::Error error = output->keep())
    return fail(std::move(error));
  return 0;
}
