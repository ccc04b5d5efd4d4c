//===- SketchOps.cpp - Ops of a drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
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

//===----------------------------------------------------------------------===//
// SketchOp
//===----------------------------------------------------------------------===//

RegionKind SketchOp::getRegionKind(unsigned) { return RegionKind::Graph; }

LogicalResult SketchOp::verifyRegions() {
  // (C1)
  for (Operation &op : *getBody())
    if (!isa<ClusterOp, NodeOp, EdgeOp, SyntaxErrorOp, MalformedOp>(op))
      return op.emitOpError("(C1) expected only clusters, nodes, edges and "
                            "syntax errors in a sketch");
  // (C3)
  for (StringRef name : {"dag.dp_size", "dag.ep_size", "dag.sp_size"})
    if (Attribute size = (*this)->getAttr(name)) {
      auto number = dyn_cast<IntegerAttr>(size);
      if (!number || !number.getValue().isStrictlyPositive())
        return emitOpError("(C3) expected a positive integer as ")
               << name << ", but got " << size;
    }
  if (Attribute kind = (*this)->getAttr("dag.other_kind");
      kind && !isa<StringAttr>(kind))
    return emitOpError("(C3) expected a string as dag.other_kind, but got ")
           << kind;
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
