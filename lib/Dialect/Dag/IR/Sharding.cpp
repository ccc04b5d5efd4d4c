//===- Sharding.cpp - Tensor types and where their parts lie -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Lists of axes
//===----------------------------------------------------------------------===//

/// Lists of axes are short; a set pays off only in damaged input.
static StringAttr findRepeated(ArrayRef<StringAttr> axes) {
  if (axes.size() <= 8) {
    for (size_t i = 1; i < axes.size(); ++i)
      if (llvm::is_contained(axes.take_front(i), axes[i]))
        return axes[i];
    return {};
  }
  llvm::SmallPtrSet<const void *, 16> seen;
  for (StringAttr axis : axes)
    if (!seen.insert(axis.getAsOpaquePointer()).second)
      return axis;
  return {};
}

static void sortByName(SmallVectorImpl<StringAttr> &axes) {
  llvm::sort(axes, [](StringAttr a, StringAttr b) {
    return a.getValue() < b.getValue();
  });
}

static void printAxis(AsmPrinter &printer, StringAttr axis) {
  printer.printKeywordOrString(axis.getValue());
}

static void printAxes(AsmPrinter &printer, ArrayRef<StringAttr> axes) {
  printer << '{';
  llvm::interleaveComma(axes, printer.getStream(),
                        [&](StringAttr axis) { printAxis(printer, axis); });
  printer << '}';
}

static ParseResult parseAxis(AsmParser &parser, StringAttr &axis) {
  std::string name;
  if (parser.parseKeywordOrString(&name))
    return failure();
  axis = StringAttr::get(parser.getContext(), name);
  return success();
}

static ParseResult parseAxes(AsmParser &parser,
                             SmallVectorImpl<StringAttr> &axes) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Braces, [&] {
    return parseAxis(parser, axes.emplace_back());
  });
}

std::string mlir::dag::formatAxes(ArrayRef<StringAttr> axes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '{';
  llvm::interleaveComma(axes, os,
                        [&](StringAttr axis) { os << axis.getValue(); });
  os << '}';
  return text;
}

//===----------------------------------------------------------------------===//
// DimShardingAttr
//===----------------------------------------------------------------------===//

bool DimShardingAttr::contains(StringAttr axis) const {
  return llvm::is_contained(getAxes(), axis);
}

LogicalResult
DimShardingAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                        ArrayRef<StringAttr> axes, int64_t pad, bool uneven) {
  // (C1) An axis stands at most once.
  if (StringAttr axis = findRepeated(axes))
    return emitError() << "(C1) expected different axes, but got '"
                       << axis.getValue() << "' twice";
  // (C2) No negative padding.
  if (pad < 0)
    return emitError() << "(C2) expected padding that is not negative, but got "
                       << pad;
  // (C3) Padding and remainder exclude each other and need an axis.
  if (pad != 0 && uneven)
    return emitError() << "(C3) expected 'pad' or 'uneven', but got both";
  if (axes.empty() && (pad != 0 || uneven))
    return emitError() << "(C3) expected an axis for '"
                       << (uneven ? "uneven" : "pad") << "', but got none";
  return success();
}

static void printDim(AsmPrinter &printer, DimShardingAttr dim) {
  printAxes(printer, dim.getAxes());
  if (dim.getPad() != 0)
    printer << " pad " << dim.getPad();
  if (dim.getUneven())
    printer << " uneven";
}

static FailureOr<DimShardingAttr> parseDim(AsmParser &parser) {
  SmallVector<StringAttr, 2> axes;
  int64_t pad = 0;
  SMLoc loc = parser.getCurrentLocation();
  if (parseAxes(parser, axes))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("pad")) && parser.parseInteger(pad))
    return failure();
  bool uneven = succeeded(parser.parseOptionalKeyword("uneven"));
  auto emitError = [&] { return parser.emitError(loc); };
  auto dim = DimShardingAttr::getChecked(
      function_ref<InFlightDiagnostic()>(emitError), parser.getContext(),
      ArrayRef<StringAttr>(axes), pad, uneven);
  if (!dim)
    return failure();
  return dim;
}

Attribute DimShardingAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<DimShardingAttr> dim = parseDim(parser);
  if (failed(dim) || parser.parseGreater())
    return {};
  return *dim;
}

void DimShardingAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printDim(printer, *this);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// ShardingAttr
//===----------------------------------------------------------------------===//

void ShardingAttr::walkAxes(function_ref<void(StringAttr)> callback) const {
  for (DimShardingAttr dim : getDims())
    llvm::for_each(dim.getAxes(), callback);
  llvm::for_each(getPartial(), callback);
  llvm::for_each(getRootAxes(), callback);
}

LogicalResult ShardingAttr::verify(
    llvm::function_ref<InFlightDiagnostic()> emitError,
    ArrayRef<DimShardingAttr> dims, ArrayRef<StringAttr> partial,
    ArrayRef<StringAttr> rootAxes, ArrayRef<int64_t> rootCoordinates) {
  // (C1) An axis is used at most once.
  SmallVector<StringAttr, 8> axes;
  for (DimShardingAttr dim : dims)
    llvm::append_range(axes, dim.getAxes());
  llvm::append_range(axes, partial);
  llvm::append_range(axes, rootAxes);
  if (StringAttr axis = findRepeated(axes))
    return emitError() << "(C1) expected every axis to be used once, but got '"
                       << axis.getValue() << "' twice";
  // (C2) Something is said.
  if (axes.empty())
    return emitError() << "(C2) expected a sharded dimension, a pending sum or "
                          "a root, but got none: leave the sharding out";
  // (C3) Roots have coordinates.
  if (rootAxes.size() != rootCoordinates.size())
    return emitError() << "(C3) expected " << rootAxes.size()
                       << " coordinates of roots, but got "
                       << rootCoordinates.size();
  for (int64_t coordinate : rootCoordinates)
    if (coordinate < 0)
      return emitError() << "(C3) expected the coordinate of a root not to be "
                            "negative, but got "
                         << coordinate;
  return success();
}

LogicalResult ShardingAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    llvm::function_ref<InFlightDiagnostic()> emitError) const {
  // (C4) As many dimensions as the tensor.
  if (shape.size() != getRank())
    return emitError() << "(C4) expected a sharding of " << shape.size()
                       << " dimensions, but got " << getRank();
  // (C5) Some of the dimension is not padding.
  for (auto [size, dim] : llvm::zip_equal(shape, getDims()))
    if (!ShapedType::isDynamic(size) && dim.getPad() >= size &&
        dim.getPad() != 0)
      return emitError() << "(C5) expected less padding than the " << size
                         << " elements of the dimension, but got "
                         << dim.getPad();
  return success();
}

void ShardingAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getDims(), printer.getStream(),
                        [&](DimShardingAttr dim) { printDim(printer, dim); });
  printer << ']';
  if (!getPartial().empty()) {
    printer << ", partial = ";
    printAxes(printer, getPartial());
  }
  if (!getRootAxes().empty()) {
    printer << ", root = {";
    llvm::interleaveComma(llvm::zip_equal(getRootAxes(), getRootCoordinates()),
                          printer.getStream(), [&](auto root) {
                            printAxis(printer, std::get<0>(root));
                            printer << " = " << std::get<1>(root);
                          });
    printer << '}';
  }
  printer << '>';
}

Attribute ShardingAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<DimShardingAttr, 4> dims;
  SmallVector<StringAttr, 2> partial;
  SmallVector<std::pair<StringAttr, int64_t>, 1> roots;
  auto parseDimInto = [&]() -> ParseResult {
    FailureOr<DimShardingAttr> dim = parseDim(parser);
    if (failed(dim))
      return failure();
    dims.push_back(*dim);
    return success();
  };
  auto parseRoot = [&]() -> ParseResult {
    auto &root = roots.emplace_back();
    return failure(parseAxis(parser, root.first) || parser.parseEqual() ||
                   parser.parseInteger(root.second));
  };
  if (parser.parseLess() || parser.parseCommaSeparatedList(
                                AsmParser::Delimiter::Square, parseDimInto))
    return {};
  bool hasPartial = false;
  while (succeeded(parser.parseOptionalComma())) {
    if (!hasPartial && roots.empty() &&
        succeeded(parser.parseOptionalKeyword("partial"))) {
      hasPartial = true;
      if (parser.parseEqual() || parseAxes(parser, partial))
        return {};
      continue;
    }
    if (!roots.empty() || parser.parseKeyword("root") || parser.parseEqual() ||
        parser.parseCommaSeparatedList(AsmParser::Delimiter::Braces, parseRoot))
      return {};
    break;
  }
  if (parser.parseGreater())
    return {};
  // Sets of axes have one order.
  sortByName(partial);
  llvm::sort(roots, [](const auto &a, const auto &b) {
    return a.first.getValue() < b.first.getValue();
  });
  SmallVector<StringAttr, 1> rootAxes;
  SmallVector<int64_t, 1> rootCoordinates;
  for (auto &[axis, coordinate] : roots) {
    rootAxes.push_back(axis);
    rootCoordinates.push_back(coordinate);
  }
  auto emitError = [&] { return parser.emitError(loc); };
  return ShardingAttr::getChecked(
      function_ref<InFlightDiagnostic()>(emitError), parser.getContext(),
      ArrayRef<DimShardingAttr>(dims), ArrayRef<StringAttr>(partial),
      ArrayRef<StringAttr>(rootAxes), ArrayRef<int64_t>(rootCoordinates));
}

//===----------------------------------------------------------------------===//
// ShardedType
//===----------------------------------------------------------------------===//

ShardedType::ShardedType(ArrayRef<int64_t> shape, Type elementType)
    : shape(shape), elementType(elementType) {
  dims.assign(shape.size(), DimShardingAttr::get(elementType.getContext()));
}

ShardedType::ShardedType(RankedTensorType type)
    : ShardedType(type.getShape(), type.getElementType()) {
  auto sharding = dyn_cast_if_present<ShardingAttr>(type.getEncoding());
  if (!sharding || sharding.getRank() != shape.size())
    return;
  dims.assign(sharding.getDims().begin(), sharding.getDims().end());
  partial.assign(sharding.getPartial().begin(), sharding.getPartial().end());
  for (auto [axis, coordinate] :
       llvm::zip_equal(sharding.getRootAxes(), sharding.getRootCoordinates()))
    roots.push_back({axis, coordinate});
}

std::optional<ShardedType> ShardedType::get(Type type) {
  if (auto tensor = dyn_cast_if_present<RankedTensorType>(type))
    return ShardedType(tensor);
  return std::nullopt;
}

bool dag::hasSharding(Type type) {
  auto tensor = dyn_cast_if_present<RankedTensorType>(type);
  return tensor && tensor.getEncoding() && !ShardedType(tensor).isReplicated();
}

bool ShardedType::isReplicated() const {
  return partial.empty() && roots.empty() &&
         llvm::none_of(dims,
                       [](DimShardingAttr dim) { return dim.isSharded(); });
}

RankedTensorType ShardedType::toType() const {
  if (isReplicated())
    return RankedTensorType::get(shape, elementType);
  SmallVector<StringAttr, 2> sortedPartial(partial);
  sortByName(sortedPartial);
  SmallVector<AxisCoordinate, 1> sortedRoots(roots);
  llvm::sort(sortedRoots, [](const AxisCoordinate &a, const AxisCoordinate &b) {
    return a.axis.getValue() < b.axis.getValue();
  });
  SmallVector<StringAttr, 1> rootAxes;
  SmallVector<int64_t, 1> rootCoordinates;
  for (const AxisCoordinate &root : sortedRoots) {
    rootAxes.push_back(root.axis);
    rootCoordinates.push_back(root.coordinate);
  }
  return RankedTensorType::get(
      shape, elementType,
      ShardingAttr::get(getContext(), ArrayRef<DimShardingAttr>(dims),
                        ArrayRef<StringAttr>(sortedPartial),
                        ArrayRef<StringAttr>(rootAxes),
                        ArrayRef<int64_t>(rootCoordinates)));
}

void ShardedType::addDim(int64_t size, DimShardingAttr sharding) {
  shape.push_back(size);
  dims.push_back(sharding);
}

void ShardedType::addDim(int64_t size) {
  addDim(size, DimShardingAttr::get(getContext()));
}

void ShardedType::addPartial(ArrayRef<StringAttr> axes) {
  for (StringAttr axis : axes)
    if (!isPartialOver(axis))
      partial.push_back(axis);
}

void ShardedType::removePartial(ArrayRef<StringAttr> axes) {
  llvm::erase_if(
      partial, [&](StringAttr axis) { return llvm::is_contained(axes, axis); });
}

StringAttr ShardedType::findRepeatedAxis() const {
  SmallVector<StringAttr, 8> axes;
  for (DimShardingAttr dim : dims)
    llvm::append_range(axes, dim.getAxes());
  llvm::append_range(axes, partial);
  for (const AxisCoordinate &root : roots)
    axes.push_back(root.axis);
  return findRepeated(axes);
}

bool ShardedType::operator==(const ShardedType &other) const {
  auto sameSet = [](const auto &a, const auto &b) {
    return a.size() == b.size() && llvm::all_of(a, [&](const auto &element) {
             return llvm::is_contained(b, element);
           });
  };
  return hasSameShape(other) && dims == other.dims &&
         sameSet(partial, other.partial) && sameSet(roots, other.roots);
}

std::string mlir::dag::formatSharding(const ShardedType &type) {
  if (type.isReplicated())
    return "replicated";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << type.toType().getEncoding();
  return text;
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

std::optional<int64_t> mlir::dag::multiplySizes(int64_t a, int64_t b) {
  if (ShapedType::isDynamic(a) || ShapedType::isDynamic(b))
    return ShapedType::kDynamic;
  int64_t product;
  if (llvm::MulOverflow(a, b, product))
    return std::nullopt;
  return product;
}

MeshShape::MeshShape(MeshOp mesh) {
  // The mesh may not have been verified: what it lacks, it does not have.
  auto names = dyn_cast_if_present<ArrayAttr>(mesh.getProperties().axes);
  auto numbers =
      dyn_cast_if_present<DenseI64ArrayAttr>(mesh.getProperties().sizes);
  if (!names || !numbers)
    return;
  for (auto [name, size] : llvm::zip(names, numbers.asArrayRef()))
    if (auto axis = dyn_cast<StringAttr>(name); axis && size > 0) {
      axes.push_back(axis);
      sizes.push_back(size);
    }
}

std::optional<int64_t> MeshShape::getSize(StringAttr axis) const {
  for (auto [name, size] : llvm::zip_equal(axes, sizes))
    if (name == axis)
      return size;
  return std::nullopt;
}

int64_t MeshShape::getSize(ArrayRef<StringAttr> axes) const {
  int64_t product = 1;
  for (StringAttr axis : axes)
    if (llvm::MulOverflow(product, getSize(axis).value_or(1), product))
      return std::numeric_limits<int64_t>::max();
  return product;
}

int64_t mlir::dag::getLocalSize(int64_t size, DimShardingAttr sharding,
                                const MeshShape &mesh,
                                std::optional<int64_t> coordinate) {
  if (ShapedType::isDynamic(size) || !sharding.isSharded())
    return size;
  int64_t ranks = mesh.getSize(sharding.getAxes());
  if (!coordinate)
    return size / ranks + (size % ranks != 0);
  // Only an uneven dimension differs from rank to rank.
  return size / ranks + (*coordinate < size % ranks);
}

SmallVector<int64_t> mlir::dag::getLocalShape(RankedTensorType type,
                                              const MeshShape &mesh,
                                              ArrayRef<int64_t> coordinates) {
  ShardedType sharded(type);
  SmallVector<int64_t> shape;
  for (auto [size, dim] : llvm::zip_equal(sharded.shape, sharded.dims)) {
    std::optional<int64_t> coordinate;
    if (!coordinates.empty()) {
      coordinate = 0;
      for (StringAttr axis : dim.getAxes()) {
        const auto *it = llvm::find(mesh.getAxes(), axis);
        if (it == mesh.getAxes().end())
          continue;
        size_t index = it - mesh.getAxes().begin();
        *coordinate = *coordinate * mesh.getSizes()[index] + coordinates[index];
      }
    }
    shape.push_back(getLocalSize(size, dim, mesh, coordinate));
  }
  return shape;
}

/// Bytes of `shape`; nothing where there is no such number.
static std::optional<int64_t> getBytes(ArrayRef<int64_t> shape, Type element) {
  if (!element.isIntOrFloat())
    return std::nullopt;
  int64_t bits = element.getIntOrFloatBitWidth();
  for (int64_t size : shape)
    if (ShapedType::isDynamic(size) || llvm::MulOverflow(bits, size, bits))
      return std::nullopt;
  return bits / 8 + (bits % 8 != 0);
}

std::optional<int64_t> mlir::dag::getLocalBytes(RankedTensorType type,
                                                const MeshShape &mesh) {
  return getBytes(getLocalShape(type, mesh), type.getElementType());
}

std::optional<int64_t> mlir::dag::getGlobalBytes(RankedTensorType type) {
  return getBytes(type.getShape(), type.getElementType());
}
