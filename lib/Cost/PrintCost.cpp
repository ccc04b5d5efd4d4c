//===- PrintCost.cpp - Print what a plan costs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/Cost.h"
#include "dag/Cost/Memory.h"
#include "dag/Cost/Passes.h"
#include "dag/Cost/TimeModel.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Dialect/Dag/IR/Scales.h"
#include "dag/Dialect/Dag/IR/WholeType.h"
#include "dag/Support/Escape.h"
#include "dag/Support/Files.h"
#include "dag/Support/Markdown.h"
#include "dag/Support/Saturating.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGPRINTCOST
#include "dag/Cost/Passes.h.inc"
} // namespace mlir::dag

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

namespace {
/// What a part of a model or program costs one rank.
struct PartCost {
  Cost cost;
  Time time;

  PartCost &operator+=(const PartCost &other) {
    cost += other.cost;
    time += other.time;
    return *this;
  }
  bool operator==(const PartCost &other) const {
    return cost == other.cost && time.compute == other.time.compute &&
           time.collectives == other.time.collectives &&
           time.sends == other.time.sends;
  }
};

struct Part {
  std::string title;
  PartCost figures;
};

/// Adds up the parts of one model or program.
class CostTable {
public:
  /// Without a device there are no times.
  CostTable(const MeshShape &mesh, std::optional<TimeModel> times,
            bool allSlots)
      : context(mesh), times(std::move(times)) {
    if (allSlots)
      context.countAllSlots();
  }

  LogicalResult addModel(ModelOp model);
  LogicalResult addProgram(ProgramOp program);
  void print(StringRef title, raw_ostream &os) const;

private:
  FailureOr<PartCost> getFigures(Operation *op);
  /// Adds the rows of a block: its layers, in runs of equal ones, what is
  /// outside of them, and all of it together, which is returned.
  FailureOr<PartCost> addBlock(Block &block, StringRef name,
                               std::vector<Part> &rows);
  /// Counts a tied parameter of the block once.
  void uniteParameters(Block &block, Cost &total);
  LogicalResult expectSumFits(Operation *op);
  void printParts(raw_ostream &os) const;
  void printTraffic(raw_ostream &os) const;
  void printTimes(raw_ostream &os) const;

  /// True if the bytes of weights, and all that depends on them, are unknown.
  bool areWeightsUnknown(const Cost &cost) const {
    return !unknownStorage.empty() && cost.parameterBytes != 0;
  }

  CostContext context;
  std::optional<TimeModel> times;
  std::vector<Part> parts;
  PartCost total;
  /// Why nobody knows how weights are stored, or empty.
  StringRef unknownStorage;
};

/// Gives consecutive layers that are alike one row.
class LayerRows {
public:
  LayerRows(StringRef prefix, std::vector<Part> &rows)
      : prefix(prefix), rows(rows) {}
  ~LayerRows() { finish(); }

  void add(int64_t index, const PartCost &figures) {
    if (!first || index != *last + 1 || !(figures == rows.back().figures)) {
      finish();
      rows.push_back({"", figures});
      first = index;
    }
    last = index;
  }
  void finish() {
    if (!first)
      return;
    std::string &title = rows.back().title;
    title = prefix + (first == last ? "layer " : "layers ") +
            std::to_string(*first);
    if (first != last)
      title += "-" + std::to_string(*last) + ", each";
    first.reset();
  }

private:
  std::string prefix;
  std::vector<Part> &rows;
  /// The run that the last row is for.
  std::optional<int64_t> first, last;
};
} // namespace

FailureOr<PartCost> CostTable::getFigures(Operation *op) {
  PartCost figures;
  if (failed(forEachCost(op, context, [&](Operation *, const OpCost &cost) {
        figures.cost += cost;
        if (times)
          figures.time += times->getTime(cost);
      })))
    return failure();
  // They have a column beside times only.
  if (!times)
    figures.cost.bytesRead = figures.cost.bytesWritten = 0;
  return figures;
}

FailureOr<PartCost> CostTable::addBlock(Block &block, StringRef name,
                                        std::vector<Part> &rows) {
  std::string prefix = name == "model" ? "" : (name + ": ").str();
  PartCost sum, outside;
  LayerRows layers(prefix, rows);
  for (Operation &op : block) {
    if (isa<StageOp>(op))
      continue;
    FailureOr<PartCost> figures = getFigures(&op);
    if (failed(figures))
      return failure();
    sum += *figures;
    if (auto layer = dyn_cast<LayerOp>(op))
      layers.add(static_cast<int64_t>(layer.getIndex()), *figures);
    else
      outside += *figures;
  }
  layers.finish();
  uniteParameters(block, sum.cost);
  if (!(outside == PartCost()))
    rows.push_back({prefix + "other", outside});
  rows.push_back({name.str(), sum});
  return sum;
}

void CostTable::uniteParameters(Block &block, Cost &total) {
  // Tied ones are one where they are sharded alike.
  using ParameterKey = std::tuple<StringAttr, Attribute, Type>;
  DenseSet<ParameterKey> seen;
  total.parameters = total.parameterBytes = 0;
  auto addParameter = [&](ParameterOp op) {
    if (!seen.insert({op.getNameAttr(), getOrigin(op), op.getType()}).second)
      return;
    const LocalTensor &tensor = context.getLocal(op.getType());
    if (!isScaleOrZero(op))
      total.parameters = addSaturating(total.parameters, tensor.elements);
    total.parameterBytes = addSaturating(total.parameterBytes, tensor.bytes);
  };
  for (Operation &op : block)
    if (!isa<StageOp>(op))
      op.walk(addParameter);
}

LogicalResult CostTable::expectSumFits(Operation *op) {
  if (total.cost.fits())
    return success();
  return emitError(op->getLoc(), "expected the sum of each figure below 2^63, "
                                 "but got more of one");
}

LogicalResult CostTable::addModel(ModelOp model) {
  if (model.getBody().empty())
    return success();
  unknownStorage = model.getUnknownStorage().value_or("");
  Block &body = model.getBody().front();
  bool hasStages = false;
  for (auto stage : body.getOps<StageOp>()) {
    if (stage.getBody().empty())
      continue;
    hasStages = true;
    FailureOr<PartCost> figures =
        addBlock(stage.getBody().front(),
                 "stage " + std::to_string(stage.getIndex()), parts);
    if (failed(figures))
      return failure();
    total += *figures;
  }
  std::vector<Part> rest;
  FailureOr<PartCost> outside = addBlock(body, "model", rest);
  if (failed(outside))
    return failure();
  if (!hasStages || !(*outside == PartCost()))
    parts.insert(parts.end(), rest.begin(), rest.end());
  total += *outside;
  if (hasStages)
    parts.push_back({"all stages", total});
  return expectSumFits(model);
}

LogicalResult CostTable::addProgram(ProgramOp program) {
  if (program.getBody().empty())
    return success();
  for (Operation &op : program.getBody().front()) {
    FailureOr<PartCost> figures = getFigures(&op);
    if (failed(figures))
      return failure();
    total += *figures;
    auto function = dyn_cast<FunctionOp>(op);
    if (!function || function.getBody().empty())
      continue;
    uniteParameters(function.getBody().front(), figures->cost);
    parts.push_back({"@" + function.getSymName().str(), *figures});
  }
  return expectSumFits(program);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

namespace {
/// A figure, and whether a size that is not known has a part in it.
struct Figure {
  int64_t number;
  bool isUnknown = false;
};
} // namespace

/// Nothing is known of it where a condition holds.
static Figure getUnless(bool isUnknown, Figure figure) {
  return isUnknown ? Figure{0, /*isUnknown=*/true} : figure;
}

/// Adds a row of numbers. What is not known is never zero.
static void addFigures(MarkdownTable &table, StringRef title,
                       ArrayRef<Figure> figures) {
  std::vector<std::string> cells = {title.str()};
  for (const Figure &figure : figures) {
    std::string number = std::to_string(figure.number);
    if (figure.isUnknown)
      number = figure.number == 0 ? "unknown" : "at least " + number;
    cells.push_back(std::move(number));
  }
  table.addRow(std::move(cells));
}

void CostTable::printParts(raw_ostream &os) const {
  MarkdownTable table = MarkdownTable::ofNumbers(ArrayRef<StringRef>(
      {"part", "parameters", "bytes", "KV cache bytes", "FLOPs", "collectives",
       "bytes sent", "sends", "bytes sent"}));
  for (const auto &[title, figures] : parts) {
    const Cost &cost = figures.cost;
    const UnknownFigures &unknown = cost.unknown;
    addFigures(table, title,
               {{cost.parameters, unknown.parameters},
                getUnless(areWeightsUnknown(cost),
                          {cost.parameterBytes, unknown.parameters}),
                {cost.cacheBytes, unknown.cache},
                {cost.flops, unknown.flops},
                {cost.collectives},
                {cost.collectiveBytes, unknown.wire && cost.collectives != 0},
                {cost.sends},
                {cost.sendBytes, unknown.wire && cost.sends != 0}});
  }
  table.print(os, MarkdownTable::Style::Padded);
  os << '\n';
}

/// The collectives by kind; kinds that do not occur have no column.
void CostTable::printTraffic(raw_ostream &os) const {
  if (total.cost.collectives == 0)
    return;
  SmallVector<std::string> titles = {"part"};
  SmallVector<unsigned> kinds;
  for (auto [index, kind] : llvm::enumerate(kTrafficKinds)) {
    if (total.cost.traffic[index].count == 0)
      continue;
    kinds.push_back(index);
    titles.push_back(stringifyCollectiveKind(kind).str());
    titles.push_back("bytes sent");
  }
  MarkdownTable table =
      MarkdownTable::ofNumbers(llvm::to_vector_of<StringRef>(titles));
  for (const auto &[title, figures] : parts) {
    SmallVector<Figure> numbers;
    for (unsigned kind : kinds) {
      const Traffic &traffic = figures.cost.traffic[kind];
      numbers.push_back({traffic.count});
      numbers.push_back(
          {traffic.bytes, figures.cost.unknown.wire && traffic.count != 0});
    }
    addFigures(table, title, numbers);
  }
  os << "## Collectives of a rank\n\n";
  table.print(os, MarkdownTable::Style::Padded);
  os << '\n';
}

void CostTable::printTimes(raw_ostream &os) const {
  if (!times)
    return;
  auto getNanoseconds = [](double seconds) {
    constexpr double kMax = 9e18;
    return static_cast<int64_t>(std::min(std::round(seconds * 1e9), kMax));
  };
  MarkdownTable table = MarkdownTable::ofNumbers(
      ArrayRef<StringRef>({"part", "bytes read", "bytes written", "compute ns",
                           "collectives ns", "sends ns", "all ns"}));
  for (const auto &[title, figures] : parts) {
    const Time &time = figures.time;
    const UnknownFigures &unknown = figures.cost.unknown;
    bool isComputeUnknown = unknown.flops || unknown.moved;
    // Weights are read, and what they are multiplied with is written.
    bool isWeightUnknown = areWeightsUnknown(figures.cost);
    addFigures(
        table, title,
        {getUnless(isWeightUnknown, {figures.cost.bytesRead, unknown.moved}),
         {figures.cost.bytesWritten, unknown.moved},
         getUnless(isWeightUnknown,
                   {getNanoseconds(time.compute), isComputeUnknown}),
         {getNanoseconds(time.collectives),
          unknown.wire && figures.cost.collectives != 0},
         {getNanoseconds(time.sends), unknown.wire && figures.cost.sends != 0},
         getUnless(isWeightUnknown, {getNanoseconds(time.getTotal()),
                                     isComputeUnknown || unknown.wire})});
  }
  os << "## Time of a rank on " << times->getDevice().name << "\n\n";
  table.print(os, MarkdownTable::Style::Padded);
  os << '\n';
}

void CostTable::print(StringRef title, raw_ostream &os) const {
  os << "## " << title << "\n\n";
  printParts(os);
  printTraffic(os);
  printTimes(os);
  if (total.cost.unknown.any())
    os << "A size is not known: what depends on it is `unknown`, or counts as "
          "nothing in a figure that is `at least` so large.\n\n";
  if (!unknownStorage.empty())
    os << "Nobody knows how the weights are stored ("
       << escapeHiddenCharacters(unknownStorage)
       << "): what depends on it is `unknown`.\n\n";
}

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

/// Elements of all parameters of a model, without padding, tied ones once; or
/// of what is stored beside them.
static Figure countParameters(ModelOp model, bool ofScales) {
  DenseSet<std::tuple<StringAttr, Attribute, Type>> seen;
  Figure count = {0};
  model->walk([&](ParameterOp op) {
    if (isScaleOrZero(op) != ofScales)
      return;
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type || !type.hasStaticShape()) {
      count.isUnknown = true;
      return;
    }
    if (!seen.insert({op.getNameAttr(), getOrigin(op), getWholeType(type)})
             .second)
      return;
    int64_t elements = 1;
    for (int64_t size : cast<RankedTensorType>(getWholeType(type)).getShape())
      elements = multiplySaturating(elements, size);
    count.number = addSaturating(count.number, elements);
  });
  return count;
}

static LogicalResult printFacts(ModelOp model, const MeshShape &mesh,
                                raw_ostream &os) {
  Figure parameters = countParameters(model, /*ofScales=*/false);
  Figure scales = countParameters(model, /*ofScales=*/true);
  int64_t perToken = 0, fullest = 0, smaller = 0, tokens = 0;
  bool isCacheUnknown = false, hasCache = false;
  for (const RankMemory &memory : getMemory(model)) {
    perToken = addSaturating(
        perToken, multiplySaturating(memory.cachePerToken, memory.cacheCopies));
    fullest = std::max(fullest, memory.cachePerToken);
    smaller = std::max(smaller, memory.smallerCaches);
    tokens = std::max(tokens, memory.tokens);
    isCacheUnknown |= memory.isPartUnknown.cache;
    hasCache |= memory.firstCache != nullptr;
  }
  for (int64_t figure :
       {parameters.number, scales.number, perToken, fullest, smaller, tokens})
    if (isSaturated(figure))
      return emitError(
          model.getLoc(),
          "expected figures of the model below 2^63, but got more");
  MarkdownTable table =
      MarkdownTable::ofNumbers(ArrayRef<StringRef>({"figure", "value"}));
  table.addRow("ranks", mesh.getSize(mesh.getAxes()));
  addFigures(table, "parameters of the model, tied ones once", parameters);
  if (scales.number != 0 || scales.isUnknown)
    addFigures(table, "scales and zeros beside them", scales);
  if (hasCache) {
    addFigures(table, "KV cache: tokens", Figure{tokens, isCacheUnknown});
    addFigures(table, "KV cache: bytes for a token, all ranks",
               Figure{perToken, isCacheUnknown});
    addFigures(table, "KV cache: bytes for a token, fullest rank",
               Figure{fullest, isCacheUnknown});
    if (smaller != 0)
      addFigures(table, "KV cache: bytes for fewer tokens, fullest rank",
                 Figure{smaller, isCacheUnknown});
  }
  table.print(os, MarkdownTable::Style::Padded);
  os << '\n';
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct PrintCost : dag::impl::DagPrintCostBase<PrintCost> {
  using DagPrintCostBase::DagPrintCostBase;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult print(ModelOp model, raw_ostream &os);
  LogicalResult print(ProgramOp program, raw_ostream &os);
  /// Nothing without a device.
  FailureOr<std::optional<TimeModel>> getTimes(Operation *op, MeshOp mesh);

  std::optional<Device> named;
};
} // namespace

LogicalResult PrintCost::initialize(MLIRContext *context) {
  named.reset();
  if (device.empty() && devices.empty())
    return success();
  llvm::Expected<Device> found = findDevice(device, devices);
  if (!found)
    return emitError(UnknownLoc::get(context),
                     llvm::toString(found.takeError()));
  named = *found;
  return success();
}

FailureOr<std::optional<TimeModel>> PrintCost::getTimes(Operation *op,
                                                        MeshOp mesh) {
  if (!named)
    return std::optional<TimeModel>();
  llvm::Expected<TimeModel> times = TimeModel::get(*named, MeshDevices(mesh));
  if (!times)
    return emitError(op->getLoc(), llvm::toString(times.takeError()));
  return std::optional<TimeModel>(*times);
}

LogicalResult PrintCost::print(ModelOp model, raw_ostream &os) {
  FailureOr<std::optional<TimeModel>> times =
      getTimes(model, model.lookupMesh());
  if (failed(times))
    return failure();
  MeshShape mesh = getMeshShape(model);
  CostTable table(mesh, *times, allSlots);
  if (failed(table.addModel(model)))
    return failure();
  os << "# Cost of @" << escapeHiddenCharacters(model.getSymName()) << "\n\n";
  if (failed(printFacts(model, mesh, os)))
    return failure();
  bool hasStages =
      !model.getBody().empty() &&
      llvm::any_of(model.getBody().front().getOps<StageOp>(),
                   [](StageOp stage) { return !stage.getBody().empty(); });
  table.print(hasStages ? "One rank of each stage" : "One rank", os);
  if (model.isSampled())
    os << "Layers that the sampling leaves out are not counted.\n\n";
  return success();
}

LogicalResult PrintCost::print(ProgramOp program, raw_ostream &os) {
  FailureOr<std::optional<TimeModel>> times =
      getTimes(program, program.lookupMesh());
  if (failed(times))
    return failure();
  MeshShape mesh = getProgramMesh(program).value_or(MeshShape());
  CostTable table(mesh, *times, allSlots);
  if (failed(table.addProgram(program)))
    return failure();
  os << "# Cost of @" << escapeHiddenCharacters(program.getSymName()) << "\n\n";
  MarkdownTable facts =
      MarkdownTable::ofNumbers(ArrayRef<StringRef>({"figure", "value"}));
  facts.addRow("ranks", mesh.getSize(mesh.getAxes()));
  facts.print(os, MarkdownTable::Style::Padded);
  os << '\n';
  table.print("One rank of each function", os);
  return success();
}

void PrintCost::runOnOperation() {
  markAllAnalysesPreserved();
  llvm::Expected<OutputFile> file = OutputFile::open(output);
  if (!file) {
    emitError(UnknownLoc::get(&getContext()))
        << llvm::toString(file.takeError());
    return signalPassFailure();
  }
  if (failed(expectNoneNested(getOperation())))
    return signalPassFailure();
  bool isEmpty = true;
  for (Operation &op : getOperation().getOps()) {
    LogicalResult result = success();
    if (auto model = dyn_cast<ModelOp>(op))
      result = print(model, file->os());
    else if (auto program = dyn_cast<ProgramOp>(op))
      result = print(program, file->os());
    else
      continue;
    isEmpty = false;
    if (failed(result))
      return signalPassFailure();
  }
  if (isEmpty)
    getOperation().emitRemark("found no dag.model to print the cost of");
  if (llvm::Error error = file->keep()) {
    emitError(UnknownLoc::get(&getContext()))
        << llvm::toString(std::move(error));
    signalPassFailure();
  }
}
