//===- StructureOps.cpp - Mesh, model, stages, layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionRules.h"
#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Pieces of syntax
//===----------------------------------------------------------------------===//

/// `<pp = 4, tp = 2>`.
static ParseResult parseMeshAxes(OpAsmParser &parser, ArrayAttr &axes,
                                 DenseI64ArrayAttr &sizes) {
  return parseNumberedAxes(parser, AsmParser::Delimiter::LessGreater, axes,
                           sizes);
}

static void printMeshAxes(OpAsmPrinter &printer, Operation *, ArrayAttr axes,
                          DenseI64ArrayAttr sizes) {
  printer << '<';
  printNumberedAxes(printer, axes, sizes);
  printer << '>';
}

static ParseResult parseIntegersInto(OpAsmParser &parser,
                                     OperationState &result, StringRef name) {
  SmallVector<int64_t> list;
  if (parseIntegers(parser, list))
    return failure();
  result.addAttribute(name, parser.getBuilder().getDenseI64ArrayAttr(list));
  return success();
}

static ParseResult parseIntegerInto(OpAsmParser &parser, OperationState &result,
                                    StringRef name) {
  int64_t number;
  if (parser.parseInteger(number))
    return failure();
  result.addAttribute(name, parser.getBuilder().getI64IntegerAttr(number));
  return success();
}

//===----------------------------------------------------------------------===//
// Pieces of verification
//===----------------------------------------------------------------------===//

/// Devices are different and not negative.
static LogicalResult verifyDevices(Operation *op, StringRef constraint,
                                   ArrayRef<int64_t> devices) {
  llvm::DenseSet<int64_t> seen;
  for (int64_t device : devices) {
    // Negative first: the set reserves some of these numbers.
    if (device < 0)
      return op->emitOpError("(")
             << constraint << ") expected devices not to be negative, but got "
             << device;
    constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
    if (device == kMax)
      return op->emitOpError("(")
             << constraint << ") expected a device number below " << kMax
             << ", but got " << device;
    if (!seen.insert(device).second)
      return op->emitOpError("(")
             << constraint << ") expected different devices, but got " << device
             << " twice";
  }
  return success();
}

/// No sum is pending, and, unless roots are allowed, there is no root.
static LogicalResult verifyPlain(Operation *op, StringRef constraint, Type type,
                                 bool allowRoot) {
  ShardedType sharded(cast<RankedTensorType>(type));
  if (sharded.hasPartial())
    return emitTypingError(op->getLoc(), op->getName().getStringRef(),
                           TypingKind::PendingSum, constraint,
                           "expected no pending sum, but got one over " +
                               formatAxes(sharded.partial));
  if (!allowRoot && sharded.hasRoot())
    return emitTypingError(op->getLoc(), op->getName().getStringRef(),
                           TypingKind::AxisOrRoot, constraint,
                           "expected a tensor on all ranks, but it exists only "
                           "at '" +
                               sharded.roots.front().axis.getValue() + "' = " +
                               Twine(sharded.roots.front().coordinate));
  return success();
}

/// The two lists of types are equal. `what` names the first, for a message
/// such as "expected 2 block arguments, but got 1".
static LogicalResult verifyTypes(Operation *op, StringRef constraint,
                                 StringRef what, TypeRange expected,
                                 TypeRange actual, Location loc) {
  StringRef opName = op->getName().getStringRef();
  if (expected.size() != actual.size())
    return emitTypingError(loc, opName, TypingKind::Shape, constraint,
                           "expected " + Twine(expected.size()) + " " + what +
                               "s, but got " + Twine(actual.size()));
  for (auto [index, pair] : llvm::enumerate(llvm::zip_equal(expected, actual)))
    if (std::get<0>(pair) != std::get<1>(pair)) {
      std::string text;
      llvm::raw_string_ostream(text)
          << "expected " << what << " " << index << " of type '"
          << std::get<0>(pair) << "', but got '" << std::get<1>(pair) << "'";
      return emitTypingError(
          loc, opName, classifyMismatch(std::get<0>(pair), std::get<1>(pair)),
          constraint, text);
    }
  return success();
}

/// Arguments fit operands, the yield fits results.
static LogicalResult verifyBody(Operation *op, StringRef arguments,
                                StringRef yields) {
  Block &block = op->getRegion(0).front();
  if (failed(verifyTypes(op, arguments, "block argument", op->getOperandTypes(),
                         block.getArgumentTypes(), op->getLoc())))
    return failure();
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield)
    return op->emitOpError("(") << yields << ") expected the block to end in "
                                << "'dag.yield', but got '"
                                << block.getTerminator()->getName() << "'";
  return verifyTypes(op, yields, "yielded value", op->getResultTypes(),
                     yield.getResults().getTypes(), yield.getLoc());
}

//===----------------------------------------------------------------------===//
// MeshOp
//===----------------------------------------------------------------------===//

LogicalResult MeshOp::verify() {
  // (C5) Names of meshes are looked up beside models.
  if (Operation *parent = (*this)->getParentOp();
      parent && isa_and_present<DagDialect>(parent->getDialect()))
    return emitOpError("(C5) expected a mesh beside models, but got one in '")
           << parent->getName() << "'";
  // (C1) At least one axis, with different names.
  if (getAxes().empty())
    return emitOpError("(C1) expected at least one axis");
  if (getAxes().size() != getSizes().size())
    return emitOpError("(C1) expected ")
           << getAxes().size() << " sizes, but got " << getSizes().size();
  llvm::DenseSet<Attribute> seen;
  for (Attribute axis : getAxes())
    if (!seen.insert(axis).second)
      return emitOpError("(C1) expected axes of different names, but got ")
             << axis << " twice";
  // (C2) Positive sizes with a product.
  int64_t product = 1;
  for (auto [axis, size] : llvm::zip_equal(getAxes(), getSizes())) {
    if (size <= 0)
      return emitOpError("(C2) expected the size of ")
             << axis << " to be positive, but got " << size;
    if (llvm::MulOverflow(product, size, product))
      return emitOpError("(C2) expected sizes whose product is a number of 64 "
                         "bits");
  }
  if (std::optional<ArrayRef<int64_t>> devices = getDevices()) {
    // (C3) One device for each coordinate.
    if (static_cast<int64_t>(devices->size()) != product)
      return emitOpError("(C3) expected ")
             << product << " devices, but got " << devices->size();
    // (C4) Different devices.
    return verifyDevices(*this, "C4", *devices);
  }
  return success();
}

int64_t MeshOp::getNumDevices() {
  int64_t product = 1;
  for (int64_t size : getSizes())
    product *= size;
  return product;
}

std::optional<int64_t> MeshOp::getAxisSize(StringRef axis) {
  for (auto [name, size] : llvm::zip(getAxes(), getSizes()))
    if (cast<StringAttr>(name).getValue() == axis)
      return size;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// ModelOp
//===----------------------------------------------------------------------===//

ArrayRef<StringRef> ModelOp::getFigureNames() {
  static constexpr StringRef kNames[] = {
      "num_layers",   "hidden_size", "num_heads",
      "num_kv_heads", "head_dim",    "intermediate_size",
      "vocab_size",   "num_experts", "top_k"};
  return kNames;
}

void ModelOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                    StringRef mesh) {
  state.addAttribute(mlir::SymbolTable::getSymbolAttrName(),
                     builder.getStringAttr(name));
  if (!mesh.empty())
    state.addAttribute("mesh",
                       FlatSymbolRefAttr::get(builder.getContext(), mesh));
  state.addRegion()->emplaceBlock();
}

ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  if (parser.parseSymbolName(name, mlir::SymbolTable::getSymbolAttrName(),
                             result.attributes))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("on"))) {
    FlatSymbolRefAttr mesh;
    if (parser.parseAttribute(mesh, "mesh", result.attributes))
      return failure();
  }
  auto parseFigure = [&]() -> ParseResult {
    StringRef figure;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&figure))
      return failure();
    if (!llvm::is_contained(getFigureNames(), figure))
      return parser.emitError(loc, "expected a figure of the model, but got '")
             << figure << "'";
    if (result.attributes.get(figure))
      return parser.emitError(loc, "expected every figure once, but got '")
             << figure << "' twice";
    return failure(parser.parseEqual() ||
                   parseIntegerInto(parser, result, figure));
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::OptionalLessGreater,
                                     parseFigure))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("sampling"))) {
    if (parser.parseEqual() || parseIntegersInto(parser, result, "sampling"))
      return failure();
    if (succeeded(parser.parseOptionalKeyword("because"))) {
      StringAttr reason;
      if (parser.parseAttribute(reason, "sampling_reason", result.attributes))
        return failure();
    }
  }
  Region *region = result.addRegion();
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*region))
    return failure();
  if (region->empty())
    region->emplaceBlock();
  return success();
}

void ModelOp::print(OpAsmPrinter &printer) {
  SmallVector<StringRef> elided = {mlir::SymbolTable::getSymbolAttrName(),
                                   "mesh", "sampling"};
  printer << ' ';
  printer.printSymbolName(getSymName());
  if (FlatSymbolRefAttr mesh = getMeshAttr())
    printer << " on " << mesh;
  SmallVector<std::pair<StringRef, IntegerAttr>> figures;
  for (StringRef name : getFigureNames())
    if (auto figure = (*this)->getAttrOfType<IntegerAttr>(name)) {
      figures.push_back({name, figure});
      elided.push_back(name);
    }
  if (!figures.empty()) {
    printer << " <";
    llvm::interleaveComma(figures, printer.getStream(), [&](auto figure) {
      printer << figure.first << " = " << figure.second.getInt();
    });
    printer << '>';
  }
  if (std::optional<ArrayRef<int64_t>> sampling = getSampling()) {
    printer << " sampling = ";
    printIntegers(printer, *sampling);
    if (StringAttr reason = getSamplingReasonAttr()) {
      printer << " because " << reason;
      elided.push_back("sampling_reason");
    }
  }
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), elided);
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

static constexpr StringRef kRemarks = "dag.remarks";
static constexpr StringRef kUnknownStorage = "dag.unknown_storage";

SmallVector<StringRef> ModelOp::getRemarks() {
  SmallVector<StringRef> remarks;
  if (auto texts = (*this)->getAttrOfType<ArrayAttr>(kRemarks))
    for (Attribute text : texts)
      if (auto string = dyn_cast<StringAttr>(text))
        remarks.push_back(string.getValue());
  return remarks;
}

void ModelOp::setRemarks(ArrayRef<StringRef> remarks) {
  (*this)->setAttr(kRemarks, Builder(getContext()).getStrArrayAttr(remarks));
}

std::optional<StringRef> ModelOp::getUnknownStorage() {
  auto reason = (*this)->getAttrOfType<StringAttr>(kUnknownStorage);
  return reason ? std::optional(reason.getValue()) : std::nullopt;
}

void ModelOp::setUnknownStorage(StringRef reason) {
  (*this)->setAttr(kUnknownStorage, StringAttr::get(getContext(), reason));
}

LogicalResult ModelOp::verify() {
  std::optional<ArrayRef<int64_t>> sampling = getSampling();
  if (!sampling) {
    // (C3) No reason without sampling.
    if (getSamplingReason())
      return emitOpError("(C3) expected 'sampling' with its reason");
    return success();
  }
  // (C2) Layers ascend below their number.
  int64_t previous = -1;
  for (int64_t layer : *sampling) {
    if (layer <= previous)
      return emitOpError("(C2) expected sampled layers to ascend from 0, but "
                         "got ")
             << layer << (previous < 0 ? "" : " after ")
             << (previous < 0 ? "" : std::to_string(previous));
    if (IntegerAttr layers = getNumLayersAttr())
      if (layer >= layers.getInt())
        return emitOpError("(C2) expected sampled layers below ")
               << layers.getInt() << ", but got " << layer;
    previous = layer;
  }
  // (C3) Sampling has a reason.
  if (getSamplingReason().value_or("").empty())
    return emitOpError("(C3) expected a reason for the sampling");
  return success();
}

MeshOp dag::lookupMeshAround(Operation *op, FlatSymbolRefAttr name,
                             SymbolTableCollection *tables) {
  Operation *parent = op->getParentOp();
  if (!name || !parent)
    return {};
  Operation *table = mlir::SymbolTable::getNearestSymbolTable(parent);
  if (!table)
    return {};
  return dyn_cast_if_present<MeshOp>(
      tables ? tables->lookupSymbolIn(table, name)
             : mlir::SymbolTable::lookupSymbolIn(table, name.getAttr()));
}

MeshOp ModelOp::lookupMesh(SymbolTableCollection *tables) {
  return lookupMeshAround(*this, getMeshAttr(), tables);
}

/// Checks the place of a stage on the mesh.
static LogicalResult verifyStageOnMesh(StageOp stage, const MeshShape &mesh) {
  StringAttr axis = stage.getAxisAttr();
  if (!axis)
    return success();
  // (C5) The mesh has the axis.
  std::optional<int64_t> size = mesh.getSize(axis);
  if (!size)
    return stage.emitOpError("(C5) expected an axis of the mesh, ")
           << formatAxes(mesh.getAxes()) << ", but got " << axis;
  // (C8) The coordinate lies on it.
  int64_t coordinate = stage.getCoordinate().value_or(0);
  if (coordinate >= *size)
    return stage.emitOpError("(C8) expected a coordinate below ")
           << *size << " on " << axis << ", but got " << coordinate;
  return success();
}

/// (C10) Outputs have different names.
static LogicalResult verifyName(OutputOp output,
                                DenseMap<Attribute, Operation *> &outputs) {
  StringAttr name = output.getProperties().name;
  auto [it, isNew] = outputs.try_emplace(name, output);
  if (isNew || !name)
    return success();
  auto diagnostic = output.emitOpError("(C10) expected another name than ");
  diagnostic << name << ", which another output has";
  return diagnostic.attachNote(it->second->getLoc()) << "the other one";
}

LogicalResult ModelOp::verifySymbolUses(SymbolTableCollection &tables) {
  // (C4) The mesh exists.
  MeshOp meshOp = lookupMesh(&tables);
  if (getMeshAttr() && !meshOp)
    return emitOpError("(C4) expected ") << getMeshAttr() << " to be a mesh";
  MeshShape mesh;
  if (meshOp)
    mesh = MeshShape(meshOp);
  // (C5) to (C9), reporting everything; every type is looked at once for each
  // axis of stages.
  llvm::DenseSet<std::pair<Type, StringAttr>> seen;
  DenseMap<Attribute, Operation *> outputs;
  bool failed = false;
  auto check = [&](Operation *op, Type type) {
    auto stage = dyn_cast<StageOp>(op);
    if (!stage)
      stage = op->getParentOfType<StageOp>();
    StringAttr axis = stage ? stage.getAxisAttr() : StringAttr();
    if (axis && mesh.getSize(axis).value_or(1) == 1)
      axis = {};
    if (seen.insert({type, axis}).second)
      failed |= verifyOnMesh(op, type, mesh, axis).failed();
  };
  (*this)->walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Type type : op->getResultTypes())
      check(op, type);
    for (Region &region : op->getRegions())
      for (Type type : region.getArgumentTypes())
        check(op, type);
    if (auto buffer = dyn_cast<CommBufferOp>(op))
      if (auto type =
              dyn_cast_if_present<TypeAttr>(buffer.getProperties().type))
        check(op, type.getValue());
    if (auto stage = dyn_cast<StageOp>(op))
      failed |= verifyStageOnMesh(stage, mesh).failed();
    failed |= verifyHeadsOnMesh(op, mesh).failed();
    failed |= verifyBlocksOnMesh(op, mesh).failed();
    if (auto output = dyn_cast<OutputOp>(op))
      failed |= verifyName(output, outputs).failed();
  });
  return failure(failed);
}

//===----------------------------------------------------------------------===//
// StageOp
//===----------------------------------------------------------------------===//

ParseResult StageOp::parse(OpAsmParser &parser, OperationState &result) {
  if (parseIntegerInto(parser, result, "index"))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("on"))) {
    std::string axis;
    if (parser.parseKeywordOrString(&axis) || parser.parseEqual() ||
        parseIntegerInto(parser, result, "coordinate"))
      return failure();
    result.addAttribute("axis", parser.getBuilder().getStringAttr(axis));
  }
  if (succeeded(parser.parseOptionalKeyword("layers")))
    if (parser.parseLSquare() ||
        parseIntegerInto(parser, result, "first_layer") ||
        parser.parseComma() || parseIntegerInto(parser, result, "end_layer") ||
        parser.parseRParen())
      return failure();
  if (succeeded(parser.parseOptionalKeyword("devices")))
    if (parseIntegersInto(parser, result, "devices"))
      return failure();
  return parseBody(parser, result);
}

void StageOp::print(OpAsmPrinter &printer) {
  SmallVector<StringRef> elided = {"index", "devices"};
  printer << ' ' << static_cast<int64_t>(getIndex());
  if (getAxis() && getCoordinate()) {
    printer << " on ";
    printer.printKeywordOrString(*getAxis());
    printer << " = " << static_cast<int64_t>(*getCoordinate());
    elided.append({"axis", "coordinate"});
  }
  if (getFirstLayer() && getEndLayer()) {
    printer << " layers [" << static_cast<int64_t>(*getFirstLayer()) << ", "
            << static_cast<int64_t>(*getEndLayer()) << ')';
    elided.append({"first_layer", "end_layer"});
  }
  if (std::optional<ArrayRef<int64_t>> devices = getDevices()) {
    printer << " devices ";
    printIntegers(printer, *devices);
  }
  printBody(printer, *this, elided);
}

LogicalResult StageOp::verify() {
  // (C1) Axis and coordinate go together.
  if (getAxis().has_value() != getCoordinate().has_value())
    return emitOpError("(C1) expected an axis with a coordinate");
  // (C2) A range of layers.
  if (getFirstLayer().has_value() != getEndLayer().has_value())
    return emitOpError("(C2) expected a first layer with an end");
  if (getFirstLayer()) {
    int64_t first = *getFirstLayer(), end = *getEndLayer();
    if (end < first)
      return emitOpError("(C2) expected layers to end at ")
             << first << " or later, but got " << end;
  }
  // (C3) Devices are different.
  if (std::optional<ArrayRef<int64_t>> devices = getDevices())
    return verifyDevices(*this, "C3", *devices);
  return success();
}

// (C4) Arguments fit operands; (C5) the yield fits the results.
LogicalResult StageOp::verifyRegions() { return verifyBody(*this, "C4", "C5"); }

//===----------------------------------------------------------------------===//
// LayerOp
//===----------------------------------------------------------------------===//

ParseResult LayerOp::parse(OpAsmParser &parser, OperationState &result) {
  return failure(parseIntegerInto(parser, result, "index") ||
                 parseBody(parser, result));
}

void LayerOp::print(OpAsmPrinter &printer) {
  printer << ' ' << static_cast<int64_t>(getIndex());
  printBody(printer, *this, {"index"});
}

// (C2) Arguments fit operands; (C3) the yield fits the results.
LogicalResult LayerOp::verifyRegions() { return verifyBody(*this, "C2", "C3"); }

//===----------------------------------------------------------------------===//
// ParameterOp, InputOp, OutputOp
//===----------------------------------------------------------------------===//

void ParameterOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  // "model.layers.0.mlp.up_proj.weight" reads best as %up_proj.
  StringRef name = getName();
  name.consume_back(".weight");
  setName(getResult(), name.substr(name.rfind('.') + 1));
}

LogicalResult ParameterOp::verify() {
  // (C2) A whole value on all ranks.
  if (failed(verifyPlain(*this, "C2", getType(), /*allowRoot=*/false)))
    return failure();
  // (C3) A place for the number of an expert.
  CheckpointAttr checkpoint = getCheckpointAttr();
  size_t places = getName().count("{}");
  bool stacked = checkpoint && checkpoint.getStacked();
  if (places != (stacked ? 1 : 0))
    return emitOpError("(C3) expected the name to have ")
           << (stacked ? "one '{}'" : "no '{}' unless it is stacked")
           << ", but got '" << getName() << "'";
  if (!checkpoint || checkpoint.getView().empty())
    return success();
  // (C4) As many elements.
  std::optional<int64_t> part = 1, elements = 1;
  for (int64_t size : checkpoint.getSizes())
    part = part ? multiplySizes(*part, size) : part;
  ShardedType type(cast<RankedTensorType>(getType()));
  for (auto [size, dim] : llvm::zip_equal(type.shape, type.dims)) {
    if (ShapedType::isDynamic(size))
      return success();
    elements =
        elements ? multiplySizes(*elements, size - dim.getPad()) : elements;
  }
  if (!part || !elements || *part != *elements)
    return emitTypingError(
        getLoc(), getOperationName(), TypingKind::Shape, "C4",
        "expected the part of the view to have as many "
        "elements as the tensor, " +
            (elements ? std::to_string(*elements) : "?") + ", but got " +
            (part ? std::to_string(*part) : "?"));
  return success();
}

void InputOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getResult(), getName());
}

LogicalResult InputOp::verify() {
  // (C2) No pending sum.
  return verifyPlain(*this, "C2", getType(), /*allowRoot=*/true);
}

LogicalResult OutputOp::verify() {
  // (C2) No pending sum.
  return verifyPlain(*this, "C2", getValue().getType(), /*allowRoot=*/true);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerStructureOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagStructureOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagStructureOps.cpp.inc"
