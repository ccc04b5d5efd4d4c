//===- DagDialect.cpp - The deployment dialect -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Support/BytecodeVersion.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

#include "dag/Dialect/Dag/IR/DagDialect.cpp.inc"

#include "dag/Dialect/Dag/IR/DagInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dag/Dialect/Dag/IR/DagAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dag/Dialect/Dag/IR/DagTypes.cpp.inc"

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

namespace {
/// The parameters of a scaled rotation are the same in every layer, and long:
/// they are printed once.
struct DagAsmInterface : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Attribute attribute, raw_ostream &os) const override {
    auto dictionary = dyn_cast<DictionaryAttr>(attribute);
    if (!dictionary)
      return AliasResult::NoAlias;
    for (StringRef name : {"rope_type", "type"})
      if (dictionary.getAs<StringAttr>(name)) {
        os << "rope_scaling";
        return AliasResult::OverridableAlias;
      }
    return AliasResult::NoAlias;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// DagDialect
//===----------------------------------------------------------------------===//

void DagDialect::initialize() {
  registerAttributes();
  registerTypes();
  registerSketchOps();
  registerStructureOps();
  registerComputeOps();
  registerAttentionOps();
  registerLatentAttentionOps();
  registerMoeOps();
  registerCollectiveOps();
  registerTransferOps();
  registerScheduleOps();
  registerRankOps();
  registerCommOps();
  addOperations<MalformedOp>();
  addInterfaces<DagAsmInterface, VersionedBytecode<DagDialect>>();
}

void DagDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dag/Dialect/Dag/IR/DagAttributes.cpp.inc"
      >();
}

void DagDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dag/Dialect/Dag/IR/DagTypes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// RangesAttr
//===----------------------------------------------------------------------===//

RangesAttr RangesAttr::get(MLIRContext *context, const RangeSet &set) {
  SmallVector<int64_t> bounds;
  for (RangeSet::Range range : set.getRanges()) {
    bounds.push_back(range.first);
    bounds.push_back(range.last);
  }
  return get(context, ArrayRef<int64_t>(bounds));
}

RangeSet RangesAttr::getSet() const {
  RangeSet set;
  ArrayRef<int64_t> bounds = getBounds();
  for (size_t i = 0; i + 1 < bounds.size(); i += 2)
    set.insert(bounds[i], bounds[i + 1]);
  return set;
}

LogicalResult
RangesAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                   ArrayRef<int64_t> bounds) {
  if (bounds.size() % 2 != 0)
    return emitError() << "(C1) expected bounds in pairs, but got "
                       << bounds.size() << " bounds";
  for (size_t i = 0; i < bounds.size(); i += 2) {
    if (bounds[i] > bounds[i + 1])
      return emitError() << "(C1) expected a range that ascends, but got "
                         << bounds[i] << "-" << bounds[i + 1];
    if (bounds[i] < -kMaxIndex || bounds[i + 1] > kMaxIndex)
      return emitError() << "expected numbers of at most " << kMaxIndex
                         << ", but got " << bounds[i] << " to "
                         << bounds[i + 1];
    if (i > 0 && bounds[i - 1] + 1 >= bounds[i])
      return emitError() << "(C1) expected ranges that ascend without touching,"
                            " but got "
                         << bounds[i] << " after " << bounds[i - 1];
  }
  return success();
}

ParseResult RangesAttr::parseElements(AsmParser &parser,
                                      AsmParser::Delimiter delimiter,
                                      RangeSet &set) {
  return parseList(parser, delimiter, [&]() -> ParseResult {
    int64_t first, last;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseInteger(first))
      return failure();
    last = first;
    if (succeeded(parser.parseOptionalKeyword("to")))
      if (parser.parseInteger(last))
        return failure();
    if (first > last)
      return parser.emitError(loc, "(C1) expected a range that ascends, but "
                                   "got ")
             << first << " to " << last;
    if (first < -kMaxIndex || last > kMaxIndex)
      return parser.emitError(loc, "expected numbers of at most ")
             << kMaxIndex << ", but got "
             << (first < -kMaxIndex ? first : last);
    set.insert(first, last);
    return success();
  });
}

void RangesAttr::printElements(AsmPrinter &printer) const {
  llvm::interleaveComma(getSet().getRanges(), printer.getStream(),
                        [&](RangeSet::Range range) {
                          printer << range.first;
                          if (range.last != range.first)
                            printer << " to " << range.last;
                        });
}

Attribute RangesAttr::parse(AsmParser &parser, Type) {
  RangeSet set;
  if (parseElements(parser, AsmParser::Delimiter::LessGreater, set))
    return {};
  return get(parser.getContext(), set);
}

void RangesAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printElements(printer);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// DimsAttr
//===----------------------------------------------------------------------===//

LogicalResult
DimsAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                 ArrayRef<StringAttr> names, ArrayRef<int64_t> sizes,
                 ArrayRef<StringAttr> symbols) {
  if (names.size() != sizes.size() || symbols.size() != sizes.size())
    return emitError() << "(C1) expected names, sizes and symbols of one "
                          "length, but got "
                       << names.size() << ", " << sizes.size() << " and "
                       << symbols.size();
  for (auto [size, symbol] : llvm::zip_equal(sizes, symbols))
    if (size < 0 && symbol.getValue().empty())
      return emitError() << "(C2) expected a size or a symbol, but got size "
                         << size << " and no symbol";
  return success();
}

Attribute DimsAttr::parse(AsmParser &parser, Type) {
  SmallVector<StringAttr> names, symbols;
  SmallVector<int64_t> sizes;
  Builder builder(parser.getContext());
  auto parseValue = [&]() -> ParseResult {
    std::string symbol;
    int64_t size = ShapedType::kDynamic;
    if (failed(parser.parseOptionalString(&symbol))) {
      if (parser.parseInteger(size))
        return failure();
    }
    sizes.push_back(size);
    symbols.push_back(builder.getStringAttr(symbol));
    return success();
  };
  auto parseDim = [&]() -> ParseResult {
    // name = value, "name" = value, or a value alone.
    std::string name;
    StringRef keyword;
    if (succeeded(parser.parseOptionalKeyword(&keyword))) {
      names.push_back(builder.getStringAttr(keyword));
      if (parser.parseEqual())
        return failure();
      return parseValue();
    }
    if (succeeded(parser.parseOptionalString(&name))) {
      if (succeeded(parser.parseOptionalEqual())) {
        names.push_back(builder.getStringAttr(name));
        return parseValue();
      }
      names.push_back(builder.getStringAttr(""));
      sizes.push_back(ShapedType::kDynamic);
      symbols.push_back(builder.getStringAttr(name));
      return success();
    }
    names.push_back(builder.getStringAttr(""));
    return parseValue();
  };
  if (parseList(parser, AsmParser::Delimiter::LessGreater, parseDim))
    return {};
  return parser.getChecked<DimsAttr>(parser.getContext(), names, sizes,
                                     symbols);
}

/// True if the parser reads `name` as a keyword.
static bool isKeyword(StringRef name) {
  if (name.empty() || !(llvm::isAlpha(name.front()) || name.front() == '_'))
    return false;
  return llvm::all_of(name,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

void DimsAttr::print(AsmPrinter &printer) const {
  printer << '<';
  for (unsigned i = 0, e = getRank(); i < e; ++i) {
    if (i != 0)
      printer << ", ";
    StringRef name = getDimName(i);
    if (isKeyword(name)) {
      printer << name << " = ";
    } else if (!name.empty()) {
      printer.printString(name);
      printer << " = ";
    }
    if (isStatic(i))
      printer << getSizes()[i];
    else
      printer.printString(getSymbols()[i].getValue());
  }
  printer << '>';
}

std::string DimsAttr::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  for (unsigned i = 0, e = getRank(); i < e; ++i) {
    if (i != 0)
      os << ", ";
    if (!getDimName(i).empty())
      os << getDimName(i) << '=';
    if (isStatic(i))
      os << getSizes()[i];
    else
      os << getSymbols()[i].getValue();
  }
  os << ']';
  return text;
}

//===----------------------------------------------------------------------===//
// CheckpointAttr
//===----------------------------------------------------------------------===//

LogicalResult
CheckpointAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                       Packing packing, bool stacked, bool transposed,
                       ArrayRef<int64_t> view, ArrayRef<int64_t> offsets,
                       ArrayRef<int64_t> sizes) {
  if (packing == Packing::None && !stacked && !transposed && view.empty())
    return emitError() << "(C1) expected 'packed', 'stacked', 'transposed' or "
                          "a view";
  if (view.size() != offsets.size() || view.size() != sizes.size())
    return emitError() << "(C2) expected view, offsets and sizes of one "
                          "length, but got "
                       << view.size() << ", " << offsets.size() << " and "
                       << sizes.size();
  for (auto [whole, offset, size] : llvm::zip_equal(view, offsets, sizes))
    if (size <= 0 || offset < 0 || size > whole || offset > whole - size)
      return emitError() << "(C3) expected a part of " << whole
                         << " elements, but got " << size << " from " << offset
                         << " on";
  return success();
}

Attribute CheckpointAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> view, offsets, sizes;
  auto parseList = [&](StringRef keyword, SmallVectorImpl<int64_t> &list) {
    return failure(
        parser.parseKeyword(keyword) ||
        parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parser.parseInteger(list.emplace_back());
        }));
  };
  if (parser.parseLess())
    return {};
  Packing packing = Packing::None;
  if (succeeded(parser.parseOptionalKeyword("packed"))) {
    StringRef name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name))
      return {};
    std::optional<Packing> kind = symbolizePacking(name);
    if (!kind || *kind == Packing::None) {
      parser.emitError(loc) << "expected bytes, words, gptq, gptq_zeros or awq "
                               "to be how values are packed, but got '"
                            << name << "'";
      return {};
    }
    packing = *kind;
  }
  bool stacked = succeeded(parser.parseOptionalKeyword("stacked"));
  bool transposed = succeeded(parser.parseOptionalKeyword("transposed"));
  if (failed(parser.parseOptionalGreater()))
    if (failed(parseList("view", view)) ||
        failed(parseList("offsets", offsets)) ||
        failed(parseList("sizes", sizes)) || parser.parseGreater())
      return {};
  return parser.getChecked<CheckpointAttr>(
      parser.getContext(), packing, stacked, transposed, view, offsets, sizes);
}

void CheckpointAttr::print(AsmPrinter &printer) const {
  auto printList = [&](StringRef keyword, ArrayRef<int64_t> list) {
    printer << keyword << " [";
    llvm::interleaveComma(list, printer.getStream());
    printer << ']';
  };
  printer << '<';
  StringRef separator = "";
  if (getPacking() != Packing::None) {
    printer << "packed " << stringifyPacking(getPacking());
    separator = " ";
  }
  if (getStacked()) {
    printer << separator << "stacked";
    separator = " ";
  }
  if (getTransposed()) {
    printer << separator << "transposed";
    separator = " ";
  }
  if (!getView().empty()) {
    printer << separator;
    printList("view", getView());
    printList(" offsets", getOffsets());
    printList(" sizes", getSizes());
  }
  printer << '>';
}
