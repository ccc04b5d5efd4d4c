//===- GraphPrinter.cpp - The graph, its clusters and edges ---------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingGenerator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Edges
//===----------------------------------------------------------------------===//

void DrawingPrinter::edge(const Node &source, const Node &target,
                          const EdgeInfo &info) {
  if (only == NodesOnly)
    return;
  if (options.style == Style::Edges && info.fromStage < 0) {
    auto quote = [&](const Node &node) {
      return '"' + getNodeName(options, node) + '"';
    };
    std::string from = quote(source), to = quote(target);
    if (!chain.empty() && chain.back() == from && chain.size() < 8) {
      chain.push_back(std::move(to));
      return;
    }
    if (chain.size() == 1 && chain.back() == to &&
        !llvm::is_contained(sources, from)) {
      sources.push_back(std::move(from));
      return;
    }
    flushEdges();
    sources.push_back(std::move(from));
    chain.push_back(std::move(to));
    return;
  }
  flushEdges();
  indent();
  printNodeName(options, source, os);
  if (options.style == Style::Html && !(source.flags & Node::Undeclared))
    os << ":out:s";
  os << " -> ";
  printNodeName(options, target, os);
  if (options.style == Style::Html && !(target.flags & Node::Undeclared))
    os << ":in:n";
  if (info.fromStage >= 0) {
    os << " [style=dashed, label=\"Send/Recv Stage " << info.fromStage
       << " -> Stage " << info.toStage << "\\nBuffer: ";
    printShape(info.shape, options.style != Style::Terse &&
                               options.style != Style::HF &&
                               options.style != Style::Attributes);
    os << "\"]";
  }
  if (options.style != Style::Terse && options.style != Style::Camel)
    os << ';';
  newline();
}

void DrawingPrinter::flushEdges() {
  if (chain.empty())
    return;
  indent();
  if (sources.size() == 1)
    os << sources.front();
  else
    os << "{ " << llvm::join(sources, " ") << " }";
  for (const std::string &target : chain)
    os << " -> " << target;
  os << ';';
  newline();
  sources.clear();
  chain.clear();
}

bool DrawingPrinter::extendsGroup(const Node &source,
                                  const Node &target) const {
  if (chain.empty())
    return false;
  std::string from = '"' + getNodeName(options, source) + '"';
  if (chain.back() == from && chain.size() < 8)
    return true;
  return chain.size() == 1 &&
         chain.back() == '"' + getNodeName(options, target) + '"' &&
         !llvm::is_contained(sources, from);
}

//===----------------------------------------------------------------------===//
// The graph and its clusters
//===----------------------------------------------------------------------===//

void DrawingPrinter::printFigures() {
  auto choose = [](unsigned stated, unsigned real) {
    return stated ? stated : real;
  };
  unsigned replicas = choose(title.replicas, options.replicas);
  os << options.getAxisName() << '=' << choose(title.tp, options.tp)
     << ", PP=" << choose(title.pp, options.pp);
  if (replicas > 1)
    os << ", DP=" << replicas;
  if (options.microBatches > 1)
    os << ", " << options.microBatches << " micro-batches";
}

void DrawingPrinter::begin() {
  unsigned numLayers = title.layers ? title.layers : options.layers;
  bool isSampled = !options.sampled.empty();
  auto printSampled = [&] { llvm::interleaveComma(options.sampled, os); };
  if (options.style == Style::Seed || options.style == Style::Terse) {
    os << "// LLM deployment: ";
    printFigures();
    newline();
  }
  if (isSampled && options.samplingDoc == SamplingDoc::Comment) {
    os << "// Sampled layers: ";
    printSampled();
    os << " of " << options.layers << "; the others are alike";
    newline();
  }
  if (options.style == Style::Terse)
    os << "digraph {";
  else
    os << "digraph llm_deployment {";
  newline();
  os << "  rankdir=TB;";
  newline();
  bool labelsSampling = isSampled && options.samplingDoc == SamplingDoc::Label;
  if (options.title || labelsSampling) {
    os << "  label=\"LLM deployment: " << numLayers << " layers, ";
    printFigures();
    if (labelsSampling) {
      os << "\\nSampled layers: ";
      printSampled();
    }
    os << "\";";
    newline();
  }
  if (isSampled && options.samplingDoc == SamplingDoc::Attribute) {
    os << "  sampling=\"";
    printSampled();
    os << "\"; num_layers=\"" << options.layers << "\";";
    newline();
  }
  if (isSampled && options.samplingDoc == SamplingDoc::Note) {
    os << "  sampling_note [shape=note, label=\"Sampled layers: ";
    printSampled();
    os << " of " << options.layers << "\"];";
    newline();
  }
  if (options.style == Style::Terse || options.style == Style::Verbose) {
    os << "  node [shape=box, fontsize=10];";
    newline();
  }
  firstLine = line - 1;
}

void DrawingPrinter::end() {
  flushEdges();
  os << '}';
  newline();
}

void DrawingPrinter::beginStage(unsigned cluster) {
  flushEdges();
  StageMark mark = getMark();
  if (only == EdgesOnly ||
      (mark != StageMark::Cluster && mark != StageMark::Devices))
    return;
  stageLines.resize(std::max<size_t>(stageLines.size(), cluster + 1));
  if (!stageLines[cluster])
    stageLines[cluster] = line;
  unsigned stage = cluster % options.pp;
  unsigned copy = cluster / options.pp;
  unsigned replica = copy / options.microBatches;
  unsigned microBatch = copy % options.microBatches;
  unsigned shown = stage;
  if (int(stage) == wrongDevicesStage)
    shown = stage + 1 < options.pp ? stage + 1 : stage - 1;
  unsigned firstDevice = (replica * options.pp + shown) * options.tp;
  // Clusters of one name are one cluster.
  unsigned ownDevice = (replica * options.pp + stage) * options.tp;
  bool marksDevices = mark == StageMark::Devices;
  os << "  subgraph cluster_";
  if (options.replicas > 1)
    os << "dp" << replica << '_';
  if (options.microBatches > 1)
    os << "mb" << microBatch << '_';
  os << (marksDevices ? "gpus" : "stage") << (marksDevices ? ownDevice : stage)
     << " {";
  newline();
  inStage = true;
  indent();
  auto [first, last] = options.getLayersOfStage(stage);
  --last;
  if (int(stage) == wrongRangeStage)
    last = last + 1 < options.layers ? last + 1 : last - (last > first);
  os << "label=\"";
  if (options.replicas > 1)
    os << "Replica " << replica << ", ";
  if (options.microBatches > 1)
    os << "Micro-batch " << microBatch << ", ";
  if (!marksDevices)
    os << "Stage " << stage << ": Layers " << first << '-' << last << " (";
  if (options.tp == 1)
    os << "GPU " << firstDevice;
  else
    os << "GPUs " << firstDevice << '-' << firstDevice + options.tp - 1;
  os << (marksDevices ? "\";" : ")\";");
  newline();
}

void DrawingPrinter::endStage(unsigned stage) {
  flushEdges();
  if (!inStage)
    return;
  inStage = false;
  os << "  }";
  newline();
}
