//===- Explain.cpp - Which statement gave which fact ----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Explain.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Graph/Reading.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

Explainer::Explainer(const Graph &graph, StringAttr file)
    : graph(graph), file(file) {
  lineStarts.push_back(0);
  StringRef text = graph.text;
  for (size_t end = text.find('\n'); end != StringRef::npos;
       end = text.find('\n', end + 1))
    lineStarts.push_back(end + 1);
}

Position Explainer::locate(StringRef piece, Position fallback) const {
  StringRef text = graph.text;
  std::less_equal<const char *> isBefore;
  // Text that was unescaped is a copy.
  if (piece.empty() || !isBefore(text.begin(), piece.begin()) ||
      !isBefore(piece.end(), text.end()))
    return fallback;
  size_t offset = piece.begin() - text.begin();
  auto line = std::prev(llvm::upper_bound(lineStarts, offset));
  Position position;
  position.line = line - lineStarts.begin() + 1;
  position.column = offset - *line + 1;
  return position;
}

Location Explainer::getLoc(Position position) const {
  return FileLineColLoc::get(file, position.line, position.column);
}

/// A statement in a message: its begin, in quotes.
static std::string quoteStatement(StringRef text) {
  constexpr size_t kMaxLength = 60;
  std::string quoted = " '" + text.take_front(kMaxLength).str();
  for (char &c : quoted)
    if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  return quoted + (text.size() > kMaxLength ? "...'" : "'");
}

/// Where a statement stands in a text of the drawing that holds it.
static StringRef findPiece(StringRef text, StringRef statement) {
  size_t at = text.find(statement);
  return statement.empty() || at == StringRef::npos
             ? StringRef()
             : text.substr(at, statement.size());
}

std::string Explainer::describe(const Provenance &fact, StringRef name,
                                const Attribute *label,
                                AttributeList attributes, Position position,
                                ArrayRef<const Subgraph *> clusters) const {
  StringRef statement = fact.statement;
  StringRef piece;
  Position fallback = position;
  if (fact.source == "label" || fact.source == "edge") {
    piece = findPiece(label ? label->value : name, statement);
    if (label)
      fallback = label->position;
  } else if (fact.source == "attribute") {
    for (const Attribute &attribute : attributes)
      if (statement == (attribute.key + " = " + attribute.value).str()) {
        piece = attribute.key;
        fallback = attribute.position;
      }
  } else if (fact.source == "cluster" && fact.cluster < clusters.size()) {
    const Subgraph &cluster = *clusters[fact.cluster];
    const Attribute *text = cluster.lookupOwn("label");
    statement = piece = text ? text->value : cluster.name;
    fallback = text ? text->position : cluster.position;
  }
  Position place = locate(piece, fallback);
  std::string result = fact.rule.str() + ", ";
  result += fact.source;
  if (!statement.empty())
    result += quoteStatement(statement);
  return result + " at " + std::to_string(place.line) + ":" +
         std::to_string(place.column);
}

/// What a fact is, where it is short.
static std::string getValue(StringRef fact, const Recognition &found) {
  auto number = [](std::optional<int64_t> value) {
    return value ? std::to_string(*value) : std::string();
  };
  if (fact == "role")
    return stringifyRole(found.role).str();
  if (fact == "block")
    return stringifyRole(found.block).str();
  if (fact == "kind")
    return stringifyNodeKind(found.kind).str();
  if (fact == "layer")
    return found.layers.str();
  if (fact == "devices")
    return found.devices.str();
  if (fact == "stage")
    return number(found.stage);
  if (fact == "tp_rank")
    return number(found.tpRank);
  if (fact == "tp_size")
    return number(found.tpSize);
  if (fact == "expert")
    return number(found.expert);
  if (fact == "dp_rank")
    return number(found.dpRank);
  return "";
}

std::string Explainer::explain(ArrayRef<Provenance> facts, StringRef name,
                               const Attribute *label, AttributeList attributes,
                               Position position, const Recognition &found,
                               ArrayRef<const Subgraph *> clusters) const {
  // Each is looked for in all of the label.
  constexpr size_t kMaxTold = 32;
  std::string text;
  for (const Provenance &fact : facts.take_front(kMaxTold)) {
    std::string value = getValue(fact.fact, found);
    text += text.empty() ? "" : "; ";
    text += fact.fact;
    if (!value.empty())
      text += " " + value;
    text += " (" + describe(fact, name, label, attributes, position, clusters) +
            ")";
  }
  if (facts.size() > kMaxTold)
    text += "; and " + std::to_string(facts.size() - kMaxTold) + " more facts";
  return text.empty() ? "nothing" : text;
}

void Explainer::explainNode(const Node &node, NodeOp op,
                            const Recognition &found,
                            ArrayRef<const Subgraph *> clusters) {
  InFlightDiagnostic remark = emitRemark(op.getLoc());
  remark << "'" << node.name << "': "
         << explain(found.provenance, node.name, node.lookup("label"),
                    node.attributes, node.position, found, clusters);
  if (!found.unused.empty())
    remark << "; not used:";
  constexpr size_t kMaxTold = 32;
  ArrayRef<std::string> unused = found.unused;
  for (const std::string &line : unused.take_front(kMaxTold))
    remark << quoteStatement(line);
  if (unused.size() > kMaxTold)
    remark << " and " << unused.size() - kMaxTold << " more";
}

void Explainer::explainEdge(const Edge &edge, EdgeOp op,
                            const Recognition &found) {
  if (found.provenance.empty())
    return;
  emitRemark(op.getLoc()) << "'" << graph.nodes[edge.source].name << "' to '"
                          << graph.nodes[edge.target].name << "': "
                          << explain(found.provenance, "", edge.lookup("label"),
                                     edge.attributes, edge.position, found, {});
}

void Explainer::addOfWhole(const ClusterRecognition &stated, StringRef source,
                           StringRef text, Position fallback) {
  std::string facts;
  auto add = [&](StringRef name, const Twine &value) {
    facts += (facts.empty() ? "" : ", ") + name.str() + " " + value.str();
  };
  auto addSize = [&](StringRef name, std::optional<int64_t> value) {
    if (value)
      add(name, Twine(*value));
  };
  addSize("num_layers", stated.numLayers);
  addSize("tp_size", stated.tpSize);
  addSize("pp_size", stated.ppSize);
  addSize("dp_size", stated.dpSize);
  addSize("ep_size", stated.epSize);
  addSize("sp_size", stated.spSize);
  if (!stated.sampledLayers.empty())
    add("sampled_layers", stated.sampledLayers.str());
  if (!stated.omittedLayers.empty())
    add("omitted_layers", stated.omittedLayers.str());
  if (!facts.empty())
    ofWhole.push_back({locate(text, fallback), "the whole: " + facts + " (" +
                                                   source.str() +
                                                   quoteStatement(text) + ")"});
}

void Explainer::explainWhole(SketchOp sketch) {
  for (const auto &[position, text] : ofWhole)
    emitRemark(getLoc(position)) << text;
  DeploymentGraph graphOfSketch(sketch, Violations(sketch));
  emitRemark(sketch.getLoc()) << "read as " << describeDrawing(graphOfSketch);
}
