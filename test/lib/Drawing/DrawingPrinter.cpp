//===- DrawingPrinter.cpp - Drawings as different people write them -------===//
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
using llvm::ArrayRef;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

void DrawingPrinter::printDim(DimName name, unsigned size, bool named,
                              unsigned index) {
  if (index)
    os << (options.style == Style::Terse ? "," : ", ");
  if (named)
    os << getDimName(options.style, name) << '=';
  if (options.symbols) {
    if (name == DimName::Batch && size == options.batch) {
      os << 'B';
      return;
    }
    if (name == DimName::Seq || name == DimName::KeySeq) {
      if (size == options.seq) {
        os << 'S';
        return;
      }
      if (options.sequenceParallel && size == options.seq / options.tp) {
        os << "S/" << options.tp;
        return;
      }
    }
  }
  os << size;
}

void DrawingPrinter::printShape(const Shape &shape, bool named) {
  bool brackets = options.style != Style::MoE;
  if (brackets)
    os << '[';
  for (unsigned i = 0; i < shape.rank; ++i)
    printDim(shape.names[i], shape.sizes[i], named, i);
  if (brackets)
    os << ']';
}

void DrawingPrinter::printShapes(ArrayRef<Shape> shapes, bool named) {
  llvm::interleave(
      shapes, [&](const Shape &shape) { printShape(shape, named); },
      [&] { os << (options.style == Style::MoE ? "; " : ", "); });
}

//===----------------------------------------------------------------------===//
// Parts of labels
//===----------------------------------------------------------------------===//

void DrawingPrinter::printDevices(const Node &node, bool ranges) {
  unsigned last = node.firstDevice + node.numDevices - 1;
  if (node.numDevices > 1 && (ranges || node.numDevices > 4)) {
    os << node.firstDevice << '-' << last;
  } else {
    for (unsigned device = node.firstDevice; device <= last; ++device)
      os << (device == node.firstDevice ? "" : ",") << device;
  }
  if (node.part != Part::Transfer)
    return;
  os << " -> ";
  Node target = node;
  target.part = Part::Recv;
  target.firstDevice =
      node.firstDevice + (node.toStage - node.fromStage) * options.tp;
  printDevices(target, ranges);
}

/// `QKV Projection`, `Attention All-Reduce`, `Send to Stage 1`, `Experts 0-3`.
void DrawingPrinter::printTitle(const Node &node) {
  const PartInfo &info = getPartInfo(node.part);
  os << (options.style == Style::Terse ? info.terse : info.title);
  if (node.collective != DrawnCollective::None)
    os << ' ' << getCollectiveTitle(node.collective);
  if (node.part == Part::Experts) {
    os << ' ' << node.firstExpert;
    if (node.numExperts > 1)
      os << '-' << node.firstExpert + node.numExperts - 1;
  }
  if (node.part == Part::Send)
    os << " to Stage " << node.toStage;
  if (node.part == Part::Recv)
    os << " from Stage " << node.fromStage;
  if (node.part == Part::Transfer)
    os << " Stage " << node.fromStage << " -> Stage " << node.toStage;
}

void DrawingPrinter::printVerboseTitle(const Node &node) {
  const PartInfo &info = getPartInfo(node.part);
  if (node.layer >= 0)
    os << "Transformer Layer " << node.layer << ": ";
  os << info.verbose;
  if (node.collective != DrawnCollective::None)
    os << ' ' << getCollectiveTitle(node.collective);
  if (node.part == Part::Experts)
    os << ' ' << node.firstExpert << " to "
       << node.firstExpert + node.numExperts - 1;
  if (node.isTransfer())
    os << " (Stage " << node.fromStage << " to Stage " << node.toStage << ')';
}

static StringRef getGraphvizShape(const Node &node) {
  StringRef kind = getPartInfo(node.part).kind;
  if (kind == "compute")
    return "box";
  return kind == "routing" ? "parallelogram" : "ellipse";
}

void DrawingPrinter::printStageLine(const Node &node, StringRef separator) {
  if (getMark() == StageMark::Label && node.markedStage >= 0)
    os << separator << "Stage: " << node.markedStage;
}

void DrawingPrinter::printStageAttribute(const Node &node) {
  if (getMark() == StageMark::Attribute && node.markedStage >= 0)
    os << ", stage=\"" << node.markedStage << '"';
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static ArrayRef<Shape> getInputs(const Node &node) {
  return ArrayRef(node.inputs, node.numInputs);
}
static ArrayRef<Shape> getOutputs(const Node &node) {
  return ArrayRef(node.outputs, node.numOutputs);
}

void DrawingPrinter::printSeedNode(const Node &node) {
  bool named = true;
  os << " [shape=" << getGraphvizShape(node) << ", label=\"";
  if (node.layer >= 0)
    os << "Layer " << node.layer << ' ';
  printTitle(node);
  if (node.rank >= 0)
    os << " (TP " << node.rank << ')';
  os << "\\nInput: ";
  printShapes(getInputs(node), named);
  os << "\\nOutput: ";
  printShapes(getOutputs(node), named);
  if (!(node.flags & Node::NoDevices)) {
    os << "\\nGPU: ";
    printDevices(node, /*ranges=*/false);
  }
  printStageLine(node, "\\n");
  os << '"';
  printStageAttribute(node);
  os << "];";
  newline();
}

void DrawingPrinter::printAttributesNode(const Node &node) {
  const PartInfo &info = getPartInfo(node.part);
  os << " [role=\""
     << (node.collective == DrawnCollective::None
             ? StringRef(info.role)
             : getCollectiveRole(node.collective))
     << '"';
  if (*info.block)
    os << ", block=\"" << info.block << '"';
  if (node.layer >= 0)
    os << ", layer=\"" << node.layer << '"';
  if (node.rank >= 0)
    os << ", tp_rank=\"" << node.rank << '"';
  printStageAttribute(node);
  if (node.isTransfer())
    os << ", source_stage=\"" << node.fromStage << "\", target_stage=\""
       << node.toStage << '"';
  if (node.part == Part::Experts)
    os << ", experts=\"" << node.firstExpert << '-'
       << node.firstExpert + node.numExperts - 1 << '"';
  if (!(node.flags & Node::NoDevices)) {
    os << ", gpu=\"";
    printDevices(node, /*ranges=*/true);
    os << '"';
  }
  os << ", input=\"";
  printShapes(getInputs(node), /*named=*/false);
  os << "\", output=\"";
  printShapes(getOutputs(node), /*named=*/false);
  os << "\", label=\"";
  printTitle(node);
  printStageLine(node, "\\n");
  os << "\"];";
  newline();
}

void DrawingPrinter::printVerboseNode(const Node &node) {
  os << " [";
  newline();
  indent();
  os << "  shape = " << getGraphvizShape(node) << ",";
  newline();
  indent();
  os << "  style = \"filled,rounded\",";
  newline();
  indent();
  os << "  label = \"";
  printVerboseTitle(node);
  if (node.rank >= 0)
    os << "\\lTP rank: " << node.rank << " of " << options.tp;
  printStageLine(node, "\\lPipeline ");
  os << "\\lInput: ";
  printShapes(getInputs(node), /*named=*/true);
  os << "\\lOutput: ";
  printShapes(getOutputs(node), /*named=*/true);
  if (!(node.flags & Node::NoDevices)) {
    os << "\\lGPU: ";
    printDevices(node, /*ranges=*/true);
  }
  os << "\\l\"";
  printStageAttribute(node);
  newline();
  indent();
  os << "];";
  newline();
}

void DrawingPrinter::printTerseNode(const Node &node) {
  os << " [label=\"";
  if (node.layer >= 0)
    os << 'L' << node.layer << ' ';
  printTitle(node);
  if (!(node.flags & Node::NoDevices)) {
    os << (node.numDevices > 1 ? " (GPUs " : " (GPU ");
    printDevices(node, /*ranges=*/true);
    os << ')';
  }
  os << "\\n";
  printShapes(getInputs(node), /*named=*/false);
  os << " -> ";
  printShapes(getOutputs(node), /*named=*/false);
  printStageLine(node, "\\n");
  os << '"';
  printStageAttribute(node);
  if (getGraphvizShape(node) != "box")
    os << " shape=" << getGraphvizShape(node);
  os << ']';
  newline();
}

void DrawingPrinter::printHFNode(const Node &node) {
  const PartInfo &info = getPartInfo(node.part);
  os << " [label=<<b>";
  if (node.layer >= 0)
    os << "model.layers." << node.layer << '.';
  os << info.hf << "</b>";
  if (node.collective != DrawnCollective::None)
    os << "<br/>" << getCollectiveTitle(node.collective);
  if (node.isTransfer())
    os << "<br/>Stage " << node.fromStage << " &rarr; Stage " << node.toStage;
  if (node.rank >= 0)
    os << "<br/>TP " << node.rank << '/' << options.tp;
  if (!(node.flags & Node::NoDevices)) {
    os << "<br/>GPU: ";
    // An arrow would close the HTML string.
    Node source = node;
    if (node.part == Part::Transfer)
      source.part = Part::Send;
    printDevices(source, /*ranges=*/false);
  }
  printStageLine(node, "<br/>");
  os << "<br/><i>Input: ";
  printShapes(getInputs(node), /*named=*/false);
  os << "</i><br/><i>Output: ";
  printShapes(getOutputs(node), /*named=*/false);
  os << "</i>>, shape=" << getGraphvizShape(node);
  printStageAttribute(node);
  os << "];";
  newline();
}

void DrawingPrinter::printMoENode(const Node &node) {
  os << " [shape=" << getGraphvizShape(node) << ", label=\"";
  if (node.layer >= 0)
    os << "Layer " << node.layer << ' ';
  printTitle(node);
  if (node.rank >= 0)
    os << "\\nTP Rank " << node.rank;
  if (!(node.flags & Node::NoDevices)) {
    os << "\\nGPU: ";
    printDevices(node, /*ranges=*/true);
  }
  printStageLine(node, "\\n");
  os << "\\nIn: ";
  printShapes(getInputs(node), /*named=*/true);
  os << "\\nOut: ";
  printShapes(getOutputs(node), /*named=*/true);
  os << '"';
  printStageAttribute(node);
  os << "];";
  newline();
}

void DrawingPrinter::printCamelNode(const Node &node) {
  os << " [label=\"";
  if (node.layer >= 0)
    os << "Layer " << node.layer << " - ";
  printTitle(node);
  os << "\\n";
  if (node.rank >= 0)
    os << "TP Rank: " << node.rank << ", ";
  if (!(node.flags & Node::NoDevices)) {
    os << "Device: ";
    printDevices(node, /*ranges=*/true);
  }
  printStageLine(node, "\\n");
  os << "\\nInput Dimension: ";
  printShapes(getInputs(node), /*named=*/true);
  os << "\\nOutput Dimension: ";
  printShapes(getOutputs(node), /*named=*/true);
  os << "\" shape=" << getGraphvizShape(node);
  printStageAttribute(node);
  os << ']';
  newline();
}

void DrawingPrinter::printHtmlNode(const Node &node) {
  os << " [shape=plain label=<<table border=\"0\" cellborder=\"1\"><tr><td "
        "colspan=\"2\"><b>";
  if (node.layer >= 0)
    os << "Layer " << node.layer << ' ';
  Node shown = node;
  if (node.part == Part::Transfer) {
    // An arrow would close the HTML string.
    os << "Transfer from Stage " << node.fromStage << " to Stage "
       << node.toStage;
    shown.part = Part::Send;
  } else {
    printTitle(node);
  }
  os << "</b></td></tr>";
  if (node.rank >= 0)
    os << "<tr><td colspan=\"2\">TP " << node.rank << "</td></tr>";
  if (!(node.flags & Node::NoDevices)) {
    os << "<tr><td colspan=\"2\">GPU: ";
    printDevices(shown, /*ranges=*/true);
    os << "</td></tr>";
  }
  if (getMark() == StageMark::Label) {
    printStageLine(node, "<tr><td colspan=\"2\">");
    os << "</td></tr>";
  }
  os << "<tr><td port=\"in\">Input: ";
  printShapes(getInputs(node), /*named=*/true);
  os << "</td><td port=\"out\">Output: ";
  printShapes(getOutputs(node), /*named=*/true);
  os << "</td></tr></table>>";
  printStageAttribute(node);
  os << "];";
  newline();
}

void DrawingPrinter::node(const Node &node) {
  if (only == EdgesOnly || (node.flags & Node::Undeclared))
    return;
  flushEdges();
  indent();
  printNodeName(options, node, os);
  switch (options.style) {
  case Style::Seed:
  case Style::Edges:
    return printSeedNode(node);
  case Style::Attributes:
    return printAttributesNode(node);
  case Style::Verbose:
    return printVerboseNode(node);
  case Style::Terse:
    return printTerseNode(node);
  case Style::HF:
    return printHFNode(node);
  case Style::MoE:
    return printMoENode(node);
  case Style::Camel:
    return printCamelNode(node);
  case Style::Html:
    return printHtmlNode(node);
  }
}

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

void DrawingPrinter::begin() {
  bool isSampled = !options.sampled.empty();
  auto printSampled = [&] { llvm::interleaveComma(options.sampled, os); };
  if (options.style == Style::Seed || options.style == Style::Terse) {
    os << "// LLM deployment: TP=" << options.tp << ", PP=" << options.pp;
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
    os << "  label=\"LLM deployment: " << options.layers
       << " layers, TP=" << options.tp << ", PP=" << options.pp;
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

void DrawingPrinter::beginStage(unsigned stage) {
  flushEdges();
  if (only == EdgesOnly || getMark() != StageMark::Cluster)
    return;
  stageLines.resize(std::max<size_t>(stageLines.size(), stage + 1));
  if (!stageLines[stage])
    stageLines[stage] = line;
  os << "  subgraph cluster_stage" << stage << " {";
  newline();
  inStage = true;
  indent();
  auto [first, last] = options.getLayersOfStage(stage);
  --last;
  if (int(stage) == wrongRangeStage)
    last = last + 1 < options.layers ? last + 1 : last - (last > first);
  os << "label=\"Stage " << stage << ": Layers " << first << '-' << last;
  if (options.tp == 1)
    os << " (GPU " << stage << ")\";";
  else
    os << " (GPUs " << stage * options.tp << '-' << (stage + 1) * options.tp - 1
       << ")\";";
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
