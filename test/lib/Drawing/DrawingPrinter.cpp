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
      if ((options.sequenceParallel || options.axis == RankAxis::Context) &&
          size == options.seq / options.tp) {
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
  if (node.head >= 0)
    os << "Head " << node.head << ' ';
  if (node.part == Part::Experts && node.numExperts == 1) {
    os << "Expert " << node.firstExpert;
    return;
  }
  if (node.part == Part::LayerRange) {
    os << "Layers " << node.firstLayer << '-' << node.lastLayer;
    return;
  }
  os << (options.style == Style::Terse ? info.terse : info.title);
  if (node.collective != DrawnCollective::None)
    os << ' ' << getCollectiveTitle(node.collective);
  if (node.part == Part::Experts)
    os << ' ' << node.firstExpert << '-'
       << node.firstExpert + node.numExperts - 1;
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
  if (node.head >= 0)
    os << "Head " << node.head << ' ';
  if (node.part == Part::Experts && node.numExperts == 1) {
    os << "Expert " << node.firstExpert;
    return;
  }
  os << info.verbose;
  if (node.part == Part::LayerRange)
    os << ' ' << node.firstLayer << '-' << node.lastLayer;
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

static ArrayRef<Shape> getOutputs(const Node &node) {
  return ArrayRef(node.outputs, node.numOutputs);
}

void DrawingPrinter::printInputs(const Node &node, bool named) {
  if (node.repeat <= 1)
    return printShapes(ArrayRef(node.inputs, node.numInputs), named);
  llvm::SmallVector<Shape> shapes(node.repeat, node.inputs[0]);
  printShapes(shapes, named);
}

void DrawingPrinter::printDetails(const Node &node, StringRef open,
                                  StringRef close) {
  if (node.replica >= 0)
    os << open << "DP rank: " << node.replica << close;
  if (node.microBatch >= 0)
    os << open << "Micro-batch: " << node.microBatch << close;
  if (!node.weight.rank)
    return;
  os << open << "Weight: [" << node.weight.sizes[0] << ", "
     << node.weight.sizes[1] << ']';
  if (node.part == Part::Head)
    os << " (tied with embedding)";
  os << close;
}

void DrawingPrinter::printSeedNode(const Node &node) {
  bool named = true;
  os << " [shape=" << getGraphvizShape(node) << ", label=\"";
  if (node.layer >= 0)
    os << "Layer " << node.layer << ' ';
  printTitle(node);
  if (node.rank >= 0)
    os << " (" << options.getAxisName() << ' ' << node.rank << ')';
  printDetails(node, "\\n");
  os << "\\nInput: ";
  printInputs(node, named);
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
    os << ", " << options.getAxisName().lower() << "_rank=\"" << node.rank
       << '"';
  if (node.replica >= 0)
    os << ", dp_rank=\"" << node.replica << '"';
  if (node.microBatch >= 0)
    os << ", microbatch=\"" << node.microBatch << '"';
  if (node.part == Part::LayerRange)
    os << ", layers=\"" << node.firstLayer << '-' << node.lastLayer << '"';
  if (node.weight.rank)
    os << ", weight=\"[" << node.weight.sizes[0] << ", " << node.weight.sizes[1]
       << "]\"";
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
  printInputs(node, /*named=*/false);
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
    os << "\\l" << options.getAxisName() << " rank: " << node.rank << " of "
       << options.tp;
  printDetails(node, "\\l");
  printStageLine(node, "\\lPipeline ");
  os << "\\lInput: ";
  printInputs(node, /*named=*/true);
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
  printDetails(node, "\\n");
  os << "\\n";
  printInputs(node, /*named=*/false);
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
  if (node.part == Part::LayerRange)
    os << "Layers " << node.firstLayer << '-' << node.lastLayer;
  else
    os << info.hf;
  if (node.part == Part::Experts && node.numExperts == 1)
    os << '.' << node.firstExpert;
  if (node.head >= 0)
    os << " (head " << node.head << ')';
  os << "</b>";
  if (node.collective != DrawnCollective::None)
    os << "<br/>" << getCollectiveTitle(node.collective);
  if (node.isTransfer())
    os << "<br/>Stage " << node.fromStage << " &rarr; Stage " << node.toStage;
  if (node.rank >= 0)
    os << "<br/>" << options.getAxisName() << ' ' << node.rank << '/'
       << options.tp;
  printDetails(node, "<br/>");
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
  printInputs(node, /*named=*/false);
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
    os << "\\n" << options.getAxisName() << " Rank " << node.rank;
  printDetails(node, "\\n");
  if (!(node.flags & Node::NoDevices)) {
    os << "\\nGPU: ";
    printDevices(node, /*ranges=*/true);
  }
  printStageLine(node, "\\n");
  os << "\\nIn: ";
  printInputs(node, /*named=*/true);
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
    os << options.getAxisName() << " Rank: " << node.rank << ", ";
  if (!(node.flags & Node::NoDevices)) {
    os << "Device: ";
    printDevices(node, /*ranges=*/true);
  }
  printDetails(node, "\\n");
  printStageLine(node, "\\n");
  os << "\\nInput Dimension: ";
  printInputs(node, /*named=*/true);
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
    os << "<tr><td colspan=\"2\">" << options.getAxisName() << ' ' << node.rank
       << "</td></tr>";
  printDetails(node, "<tr><td colspan=\"2\">", "</td></tr>");
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
  printInputs(node, /*named=*/true);
  os << "</td><td port=\"out\">Output: ";
  printShapes(getOutputs(node), /*named=*/true);
  os << "</td></tr></table>>";
  printStageAttribute(node);
  os << "];";
  newline();
}

/// What and where on lines of their own, before the part.
void DrawingPrinter::printTwoLineNode(const Node &node) {
  os << " [label=\"";
  if (node.layer >= 0)
    os << "Layer " << node.layer << "\\n";
  printTitle(node);
  printDetails(node, "\\n");
  if (node.rank >= 0)
    os << "\\n" << options.getAxisName() << " rank " << node.rank;
  if (!(node.flags & Node::NoDevices)) {
    os << (node.rank >= 0 ? " | GPU " : "\\nGPU ");
    printDevices(node, /*ranges=*/true);
  }
  printStageLine(node, "\\n");
  os << "\\n";
  printInputs(node, /*named=*/true);
  os << "\\n-> ";
  printShapes(getOutputs(node), /*named=*/true);
  os << "\", shape=" << getGraphvizShape(node);
  printStageAttribute(node);
  os << "];";
  newline();
}

void DrawingPrinter::printKeyValueNode(const Node &node) {
  os << " [shape=" << getGraphvizShape(node) << ", label=\"op: ";
  printTitle(node);
  if (node.layer >= 0)
    os << "\\nlayer: " << node.layer;
  if (node.rank >= 0)
    os << "\\n" << options.getAxisName().lower() << "_rank: " << node.rank;
  printDetails(node, "\\n");
  if (!(node.flags & Node::NoDevices)) {
    os << "\\ndevices: ";
    printDevices(node, /*ranges=*/true);
  }
  printStageLine(node, "\\n");
  os << "\\ninput: ";
  printInputs(node, /*named=*/true);
  os << "\\noutput: ";
  printShapes(getOutputs(node), /*named=*/true);
  os << '"';
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
  case Style::TwoLine:
    return printTwoLineNode(node);
  case Style::KeyValue:
    return printKeyValueNode(node);
  }
}
