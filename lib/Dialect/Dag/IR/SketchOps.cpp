//===- SketchOps.cpp - Ops of a drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Custom directives
//===----------------------------------------------------------------------===//

static ParseResult parseKind(OpAsmParser &parser, NodeKindAttr &kind) {
  FailureOr<NodeKind> value = FieldParser<NodeKind>::parse(parser);
  if (failed(value))
    return failure();
  kind = NodeKindAttr::get(parser.getContext(), *value);
  return success();
}

static void printKind(OpAsmPrinter &printer, Operation *, NodeKindAttr kind) {
  printer << stringifyNodeKind(kind.getValue());
}

static ParseResult parseRoleName(OpAsmParser &parser, RoleAttr &role) {
  FailureOr<Role> value = FieldParser<Role>::parse(parser);
  if (failed(value))
    return failure();
  role = RoleAttr::get(parser.getContext(), *value);
  return success();
}

static void printRoleName(OpAsmPrinter &printer, Operation *, RoleAttr role) {
  printer << stringifyRole(role.getValue());
}

// <batch = 8, "S">
static ParseResult parseDims(OpAsmParser &parser, DimsAttr &dims) {
  dims = dyn_cast_or_null<DimsAttr>(DimsAttr::parse(parser, {}));
  return success(static_cast<bool>(dims));
}

static void printDims(OpAsmPrinter &printer, Operation *, DimsAttr dims) {
  dims.print(printer);
}

// <batch = 8, "S">, <4096>
static ParseResult parseDimsList(OpAsmParser &parser, ArrayAttr &list) {
  SmallVector<Attribute> elements;
  if (parser.parseCommaSeparatedList(
          AsmParser::Delimiter::None, [&]() -> ParseResult {
            Attribute dims = DimsAttr::parse(parser, {});
            elements.push_back(dims);
            return success(static_cast<bool>(dims));
          }))
    return failure();
  list = ArrayAttr::get(parser.getContext(), elements);
  return success();
}

static void printDimsList(OpAsmPrinter &printer, Operation *, ArrayAttr list) {
  llvm::interleaveComma(list, printer, [&](Attribute element) {
    if (auto dims = dyn_cast<DimsAttr>(element))
      dims.print(printer);
  });
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagSketchOps.cpp.inc"

void DagDialect::registerSketchOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagSketchOps.cpp.inc"
      >();
}

/// Verifies that an index that a drawing states is not negative.
static LogicalResult verifyIndex(Operation *op, StringRef name,
                                 std::optional<int64_t> value) {
  if (value && *value < 0)
    return op->emitOpError("(C1) expected ")
           << name << " of at least 0, but got " << *value;
  return success();
}

/// Verifies that a size that a drawing states is positive.
static LogicalResult verifySize(Operation *op, StringRef constraint,
                                StringRef name, std::optional<int64_t> value) {
  if (value && *value < 1)
    return op->emitOpError("(") << constraint << ") expected " << name
                                << " of at least 1, but got " << *value;
  return success();
}

//===----------------------------------------------------------------------===//
// SketchOp
//===----------------------------------------------------------------------===//

RegionKind SketchOp::getRegionKind(unsigned) { return RegionKind::Graph; }

LogicalResult SketchOp::verify() {
  // (C2)
  if (failed(verifySize(*this, "C2", "tp", getTpSize())) ||
      failed(verifySize(*this, "C2", "pp", getPpSize())) ||
      failed(verifySize(*this, "C2", "num_layers", getNumLayers())))
    return failure();
  return success();
}

LogicalResult SketchOp::verifyRegions() {
  // (C1)
  for (Operation &op : *getBody())
    if (!isa<ClusterOp, NodeOp, EdgeOp, SyntaxErrorOp>(op))
      return op.emitOpError("(C1) expected only clusters, nodes, edges and "
                            "syntax errors in a sketch");
  return success();
}

//===----------------------------------------------------------------------===//
// NodeOp
//===----------------------------------------------------------------------===//

void NodeOp::getAsmResultNames(
    llvm::function_ref<void(Value, StringRef)> setNameFn) {
  setNameFn(getResult(), getName());
}

Role NodeOp::getDeploymentRole() { return getRole().value_or(Role::Unknown); }

Role NodeOp::getDeploymentBlock() { return getBlock().value_or(Role::Unknown); }

/// Verifies that an array holds dimensions only.
static LogicalResult verifyDims(NodeOp op, StringRef name,
                                std::optional<ArrayAttr> shapes) {
  if (!shapes)
    return success();
  for (Attribute shape : *shapes)
    if (!isa<DimsAttr>(shape))
      return op.emitOpError("(C2) expected #dag.dims in ")
             << name << ", but got " << shape;
  return success();
}

LogicalResult NodeOp::verify() {
  // (C1)
  if (failed(verifyIndex(*this, "tp", getTpRank())) ||
      failed(verifyIndex(*this, "stage", getStage())) ||
      failed(verifyIndex(*this, "to_stage", getTargetStage())) ||
      failed(verifyIndex(*this, "to_layer", getTargetLayer())) ||
      failed(verifyIndex(*this, "expert", getExpert())) ||
      failed(verifyIndex(*this, "microbatch", getMicrobatch())) ||
      failed(verifyIndex(*this, "dp", getDpRank())) ||
      failed(verifySize(*this, "C1", "tp_size", getTpSize())))
    return failure();
  // (C2)
  if (failed(verifyDims(*this, "inputs", getInputs())) ||
      failed(verifyDims(*this, "outputs", getOutputs())))
    return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// EdgeOp
//===----------------------------------------------------------------------===//

LogicalResult EdgeOp::verify() {
  // (C1)
  if (failed(verifyIndex(*this, "stage", getStage())) ||
      failed(verifyIndex(*this, "to_stage", getTargetStage())))
    return failure();
  return success();
}
