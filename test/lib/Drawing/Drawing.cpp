//===- Drawing.cpp - Drawings that can be changed -------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingGenerator.h"

#include "llvm/ADT/STLExtras.h"

#include <cassert>
#include <random>

using namespace mlir::dag::drawing;

void Drawing::beginStage(unsigned stage) {
  statements.push_back({Statement::BeginStage, stage});
}

void Drawing::endStage(unsigned stage) {
  statements.push_back({Statement::EndStage, stage});
}

void Drawing::node(const Node &node) {
  assert(node.id == nodes.size() && "nodes come in the order of their ids");
  statements.push_back({Statement::NodeStmt, node.id});
  nodes.push_back(node);
}

void Drawing::edge(const Node &source, const Node &target,
                   const EdgeInfo &info) {
  statements.push_back({Statement::EdgeStmt, uint32_t(edges.size())});
  edges.push_back({source.id, target.id, info});
}

static void reverse(std::vector<Statement> &statements) {
  std::reverse(statements.begin(), statements.end());
  for (Statement &statement : statements) {
    if (statement.kind == Statement::BeginStage)
      statement.kind = Statement::EndStage;
    else if (statement.kind == Statement::EndStage)
      statement.kind = Statement::BeginStage;
  }
}

/// Puts all edges before or after the other statements.
static void separateEdges(std::vector<Statement> &statements, bool edgesFirst) {
  std::vector<Statement> edges, others;
  for (Statement statement : statements)
    (statement.kind == Statement::EdgeStmt ? edges : others)
        .push_back(statement);
  statements = edgesFirst ? std::move(edges) : std::move(others);
  llvm::append_range(statements, edgesFirst ? others : edges);
}

/// The standard's distributions differ between libraries; this does not.
static void shuffle(std::vector<Statement> &statements, std::mt19937_64 &rng) {
  for (size_t i = statements.size(); i > 1; --i)
    std::swap(statements[i - 1], statements[rng() % i]);
}

/// Shuffles the statements outside the stages with the stages, and the nodes
/// of each stage. Edges all stand outside.
static void shuffle(std::vector<Statement> &statements, unsigned numStages,
                    uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::vector<std::vector<Statement>> stages(numStages);
  std::vector<Statement> outside;
  int stage = -1;
  for (Statement statement : statements) {
    if (statement.kind == Statement::BeginStage) {
      stage = statement.index;
      outside.push_back(statement);
    } else if (statement.kind == Statement::EndStage) {
      stage = -1;
    } else if (stage >= 0 && statement.kind == Statement::NodeStmt) {
      stages[stage].push_back(statement);
    } else {
      outside.push_back(statement);
    }
  }
  shuffle(outside, rng);
  statements.clear();
  for (Statement statement : outside) {
    statements.push_back(statement);
    if (statement.kind != Statement::BeginStage)
      continue;
    std::vector<Statement> &inside = stages[statement.index];
    shuffle(inside, rng);
    llvm::append_range(statements, inside);
    inside.clear();
    statements.push_back({Statement::EndStage, statement.index});
  }
}

void Drawing::reorder() {
  switch (options.order) {
  case Order::Topological:
    break;
  case Order::NodesFirst:
    separateEdges(statements, /*edgesFirst=*/false);
    break;
  case Order::EdgesFirst:
    separateEdges(statements, /*edgesFirst=*/true);
    break;
  case Order::Reversed:
    reverse(statements);
    break;
  case Order::Shuffled:
    if (!options.usesClusters())
      llvm::erase_if(statements, [](const Statement &statement) {
        return statement.kind == Statement::BeginStage ||
               statement.kind == Statement::EndStage;
      });
    shuffle(statements, options.pp * options.getNumCopies(), options.seed);
    break;
  }
}

void Drawing::print(DrawingPrinter &printer) {
  nodeLines.assign(nodes.size(), 0);
  edgeLines.assign(edges.size(), 0);
  printer.begin();
  for (Statement statement : statements) {
    switch (statement.kind) {
    case Statement::BeginStage:
      printer.beginStage(statement.index);
      break;
    case Statement::EndStage:
      printer.endStage(statement.index);
      break;
    case Statement::NodeStmt: {
      const Node &node = nodes[statement.index];
      if (node.flags & Node::Undeclared)
        break;
      printer.flushEdges();
      nodeLines[statement.index] = printer.getLine();
      printer.node(node);
      break;
    }
    case Statement::EdgeStmt: {
      const Edge &edge = edges[statement.index];
      const Node &source = nodes[edge.source], &target = nodes[edge.target];
      if (edge.info.fromStage >= 0 || !printer.extendsGroup(source, target))
        printer.flushEdges();
      edgeLines[statement.index] = printer.getLine();
      printer.edge(source, target, edge.info);
      break;
    }
    }
  }
  printer.end();
  // An undeclared node stands where it is first mentioned.
  for (Statement statement : statements) {
    if (statement.kind != Statement::EdgeStmt)
      continue;
    const Edge &edge = edges[statement.index];
    for (uint32_t node : {edge.source, edge.target})
      if ((nodes[node].flags & Node::Undeclared) && !nodeLines[node])
        nodeLines[node] = edgeLines[statement.index];
  }
}
