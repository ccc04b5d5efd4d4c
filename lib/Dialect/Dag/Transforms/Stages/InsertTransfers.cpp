//===- InsertTransfers.cpp - Sends and receives -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a transfer of `N` bytes costs, when each of the `n` ranks of a stage
// holds all of them: `n N` bytes leave the stage in one step. In shards it is
// `N`, and a gather behind it, `(n - 1) / n N` for each rank in `n - 1` steps
// of a ring. Within a node both ways use the same links, and the first one has
// fewer steps; between nodes the second one takes `n` times less of what is
// scarce.
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGINSERTTRANSFERS
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {

/// A value of one stage that another one uses.
struct Transfer {
  /// A result of the producer.
  OpResult value;
  StageOp producer;
  int64_t producerIndex;
  StageOp consumer;
  int64_t consumerIndex;
  /// The operands of the consumer that are the value.
  SmallVector<unsigned, 1> operands;
  CommBufferOp buffer;
  /// The dimension and axes that the value is sliced over on its way.
  std::optional<unsigned> dim;
  SmallVector<StringAttr> axes;
};

/// Inserts the transfers of one model.
class Inserter {
public:
  Inserter(ModelOp model, ScatterGather mode, int64_t slots,
           int64_t devicesPerNode)
      : model(model), mode(mode), slots(slots), devicesPerNode(devicesPerNode) {
    if (MeshOp op = model.lookupMesh()) {
      mesh = MeshShape(op);
      if (std::optional<ArrayRef<int64_t>> devices = op.getDevices())
        meshDevices = *devices;
    }
  }

  LogicalResult run();
  unsigned getNumTransfers() const { return transfers.size(); }
  unsigned getNumScattered() const {
    return llvm::count_if(transfers,
                          [](const Transfer &t) { return t.dim.has_value(); });
  }

private:
  LogicalResult findTransfers();
  LogicalResult check(Transfer &transfer);
  void chooseShards(Transfer &transfer);
  bool isBetweenNodes(StageOp producer, StageOp consumer);
  std::optional<int64_t> getDevice(StageOp stage, int64_t rank);
  void makeBuffers();
  void receive(StageOp stage, ArrayRef<Transfer *> incoming);
  void send(StageOp stage, ArrayRef<Transfer *> outgoing);

  ModelOp model;
  ScatterGather mode;
  int64_t slots;
  int64_t devicesPerNode;
  MeshShape mesh;
  ArrayRef<int64_t> meshDevices;
  std::vector<Transfer> transfers;
  DenseMap<std::pair<Operation *, Operation *>, bool> betweenNodes;
};

} // namespace

/// An array of names for an op's `axes`.
static ArrayAttr getAxesAttr(OpBuilder &builder, ArrayRef<StringAttr> axes) {
  return builder.getArrayAttr(SmallVector<Attribute>(axes.begin(), axes.end()));
}

LogicalResult Inserter::check(Transfer &transfer) {
  int64_t from = transfer.producerIndex, to = transfer.consumerIndex;
  auto complain = [&](const Twine &message) {
    InFlightDiagnostic diagnostic =
        emitError(transfer.consumer.getLoc(), message);
    diagnostic.attachNote(transfer.producer->getLoc())
        << "the value is a result of this stage";
    return diagnostic;
  };
  if (to <= from)
    return complain("expected data to go to a later stage, but stage " +
                    Twine(to) + " uses a value of stage " + Twine(from));
  auto type = dyn_cast<RankedTensorType>(transfer.value.getType());
  if (!type) {
    std::string text;
    llvm::raw_string_ostream(text) << transfer.value.getType();
    return complain("expected a tensor from stage " + Twine(from) +
                    " to stage " + Twine(to) + ", but got '" + text + "'");
  }
  if (ShardedType sharded(type); sharded.hasPartial())
    return complain("expected a value without a pending sum from stage " +
                    Twine(from) + " to stage " + Twine(to) +
                    ", but got one over " + formatAxes(sharded.partial));
  return success();
}

LogicalResult Inserter::findTransfers() {
  for (StageOp consumer : model.getBody().front().getOps<StageOp>()) {
    llvm::MapVector<Value, Transfer> byValue;
    for (auto [index, operand] : llvm::enumerate(consumer.getOperands())) {
      auto producer = operand.getDefiningOp<StageOp>();
      if (!producer || isa<TransferType>(operand.getType()))
        continue;
      Transfer &transfer = byValue[operand];
      transfer.value = cast<OpResult>(operand);
      transfer.producer = producer;
      transfer.producerIndex = producer.getIndex();
      transfer.consumer = consumer;
      transfer.consumerIndex = consumer.getIndex();
      transfer.operands.push_back(index);
    }
    for (auto &[value, transfer] : byValue) {
      if (failed(check(transfer)))
        return failure();
      transfers.push_back(std::move(transfer));
    }
  }
  // Every stage receives and sends in this order, so that no two wait for each
  // other even if a send waits for its recv.
  llvm::stable_sort(transfers, [](const Transfer &a, const Transfer &b) {
    return std::make_pair(a.producerIndex, a.consumerIndex) <
           std::make_pair(b.producerIndex, b.consumerIndex);
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Shards
//===----------------------------------------------------------------------===//

/// The device of a stage's rank, or nothing if it is not known.
std::optional<int64_t> Inserter::getDevice(StageOp stage, int64_t rank) {
  if (std::optional<ArrayRef<int64_t>> devices = stage.getDevices()) {
    if (rank < static_cast<int64_t>(devices->size()))
      return (*devices)[rank];
    return std::nullopt;
  }
  // By the mesh, if its first axis is that of the stages.
  if (mesh.getAxes().empty() || !stage.getAxisAttr() ||
      stage.getAxisAttr() != mesh.getAxes().front())
    return std::nullopt;
  int64_t perStage = mesh.getSize(mesh.getAxes().drop_front());
  int64_t index = *stage.getCoordinate() * perStage + rank;
  if (rank >= perStage)
    return std::nullopt;
  if (meshDevices.empty())
    return index;
  return meshDevices[index];
}

bool Inserter::isBetweenNodes(StageOp producer, StageOp consumer) {
  auto [it, isNew] = betweenNodes.try_emplace({producer, consumer}, false);
  if (!isNew)
    return it->second;
  // Stages are as large as meshes are, and those of a machine are not larger.
  constexpr int64_t kMaxRanks = 1 << 20;
  for (int64_t rank = 0; rank < kMaxRanks; ++rank) {
    std::optional<int64_t> from = getDevice(producer, rank);
    std::optional<int64_t> to = getDevice(consumer, rank);
    if (!from || !to)
      break;
    if (*from / devicesPerNode != *to / devicesPerNode) {
      it->second = true;
      break;
    }
  }
  return it->second;
}

/// Decides whether a value travels in shards, and in which.
void Inserter::chooseShards(Transfer &transfer) {
  ShardedType type(cast<RankedTensorType>(transfer.value.getType()));
  if (mode == ScatterGather::Never || !type.isReplicated() ||
      (mode == ScatterGather::Auto &&
       !isBetweenNodes(transfer.producer, transfer.consumer)))
    return;
  // All axes but that of the stages have a copy.
  StringAttr stageAxis = transfer.producer.getAxisAttr();
  if (!stageAxis || stageAxis != transfer.consumer.getAxisAttr())
    return;
  SmallVector<StringAttr> axes;
  for (auto [axis, size] : llvm::zip_equal(mesh.getAxes(), mesh.getSizes()))
    if (axis != stageAxis && size > 1)
      axes.push_back(axis);
  int64_t ranks = mesh.getSize(axes);
  if (axes.empty())
    return;
  // The minor-most dimension that divides: the hidden one of hidden states.
  for (unsigned dim = type.getRank(); dim-- > 0;) {
    int64_t size = type.shape[dim];
    if (ShapedType::isDynamic(size) || size == 0 || size % ranks != 0)
      continue;
    transfer.dim = dim;
    transfer.axes = std::move(axes);
    return;
  }
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

void Inserter::makeBuffers() {
  SymbolTable table(model);
  OpBuilder builder(model.getContext());
  Block &body = model.getBody().front();
  auto place = body.begin();
  while (place != body.end() && isa<CommBufferOp>(*place))
    ++place;
  for (Transfer &transfer : transfers) {
    ShardedType type(cast<RankedTensorType>(transfer.value.getType()));
    if (transfer.dim)
      type.dims[*transfer.dim] =
          DimShardingAttr::get(model.getContext(), transfer.axes);
    std::string name = ("stage" + Twine(transfer.producerIndex) + "_to_" +
                        Twine(transfer.consumerIndex))
                           .str();
    transfer.buffer = CommBufferOp::create(builder, transfer.value.getLoc(),
                                           name, type.toType(), slots);
    table.insert(transfer.buffer, place);
  }
}

/// Makes a stage take what is under way to it.
void Inserter::receive(StageOp stage, ArrayRef<Transfer *> incoming) {
  Block &block = stage.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  llvm::BitVector isSecond(block.getNumArguments());
  for (Transfer *transfer : incoming) {
    BlockArgument argument = block.getArgument(transfer->operands.front());
    SmallVector<Value> copies;
    for (unsigned index : transfer->operands)
      copies.push_back(block.getArgument(index));
    for (unsigned index : ArrayRef(transfer->operands).drop_front())
      isSecond.set(index);
    Location loc = argument.getLoc();
    Value value =
        RecvOp::create(builder, loc, transfer->buffer.getType(), argument,
                       transfer->producerIndex, transfer->buffer.getSymName());
    Operation *recv = value.getDefiningOp();
    if (transfer->dim)
      value = AllGatherOp::create(builder, loc, value, *transfer->dim,
                                  getAxesAttr(builder, transfer->axes));
    for (Value copy : copies)
      copy.replaceAllUsesExcept(value, recv);
    argument.setType(
        TransferType::get(model.getContext(),
                          cast<RankedTensorType>(transfer->buffer.getType())));
  }
  // A value that was passed twice arrives once.
  block.eraseArguments(isSecond);
  stage->eraseOperands(isSecond);
}

/// Makes a stage send what other stages use, and hand out as before what
/// outputs use.
void Inserter::send(StageOp stage, ArrayRef<Transfer *> outgoing) {
  Operation *yield = stage.getBody().front().getTerminator();
  OpBuilder builder(yield);
  SmallVector<Value> yielded;
  SmallVector<std::pair<Value, Transfer *>> origins;
  for (OpResult result : stage->getResults()) {
    bool isKept = result.use_empty() || isa<TransferType>(result.getType()) ||
                  llvm::any_of(result.getUsers(), [](Operation *user) {
                    return !isa<StageOp>(user);
                  });
    if (!isKept)
      continue;
    yielded.push_back(yield->getOperand(result.getResultNumber()));
    origins.push_back({result, nullptr});
  }
  DenseMap<Value, Value> slices;
  for (Transfer *transfer : outgoing) {
    Value value = yield->getOperand(transfer->value.getResultNumber());
    Location loc = value.getLoc();
    if (transfer->dim) {
      Value &slice = slices[value];
      if (!slice)
        slice = SliceOp::create(builder, loc, value, *transfer->dim,
                                getAxesAttr(builder, transfer->axes),
                                /*pad=*/IntegerAttr());
      value = slice;
    }
    yielded.push_back(SendOp::create(builder, loc, value,
                                     transfer->consumerIndex,
                                     transfer->buffer.getSymName()));
    origins.push_back({transfer->value, transfer});
  }
  yield->setOperands(yielded);

  builder.setInsertionPoint(stage);
  auto sender = StageOp::create(
      builder, stage.getLoc(), TypeRange(ValueRange(yielded)),
      stage.getIndexAttr(), stage.getAxisAttr(), stage.getCoordinateAttr(),
      stage.getFirstLayerAttr(), stage.getEndLayerAttr(),
      stage.getDevicesAttr(), stage.getOperands());
  sender->setDiscardableAttrs(stage->getDiscardableAttrDictionary());
  sender.getBody().takeBody(stage.getBody());
  for (auto [origin, result] : llvm::zip_equal(origins, sender->getResults())) {
    auto [old, transfer] = origin;
    if (!transfer) {
      old.replaceUsesWithIf(result, [](OpOperand &use) {
        return !isa<StageOp>(use.getOwner()) ||
               isa<TransferType>(use.get().getType());
      });
      continue;
    }
    for (unsigned index : transfer->operands)
      transfer->consumer->setOperand(index, result);
  }
  stage.erase();
}

LogicalResult Inserter::run() {
  if (failed(findTransfers()))
    return failure();
  if (transfers.empty())
    return success();
  for (Transfer &transfer : transfers)
    chooseShards(transfer);
  makeBuffers();

  DenseMap<Operation *, SmallVector<Transfer *>> incoming, outgoing;
  for (Transfer &transfer : transfers) {
    incoming[transfer.consumer].push_back(&transfer);
    outgoing[transfer.producer].push_back(&transfer);
  }
  // In the order of the block, so that the consumers of a stage are those that
  // were found.
  for (StageOp stage :
       llvm::make_early_inc_range(model.getBody().front().getOps<StageOp>())) {
    if (auto it = incoming.find(stage); it != incoming.end())
      receive(stage, it->second);
    if (auto it = outgoing.find(stage); it != outgoing.end())
      send(stage, it->second);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct InsertTransfers : dag::impl::DagInsertTransfersBase<InsertTransfers> {
  using DagInsertTransfersBase::DagInsertTransfersBase;

  LogicalResult initialize(MLIRContext *context) override {
    for (const Option<int64_t> *option : {&slots, &devicesPerNode})
      if (option->getValue() < 1)
        return emitError(UnknownLoc::get(context))
               << "expected '" << option->getArgStr()
               << "' to be positive, but got " << option->getValue();
    return success();
  }

  void runOnOperation() override {
    if (failed(expectNoneNested(getOperation())))
      return signalPassFailure();
    bool isEmpty = true;
    for (ModelOp model : getOperation().getOps<ModelOp>()) {
      if (isReference(model))
        continue;
      isEmpty = false;
      Inserter inserter(model, scatterGather, slots, devicesPerNode);
      if (failed(inserter.run()))
        return signalPassFailure();
      numTransfers += inserter.getNumTransfers();
      numScattered += inserter.getNumScattered();
    }
    if (!isEmpty)
      return;
    getOperation().emitError(
        "expected a dag.model to insert transfers into, but there is none");
    signalPassFailure();
  }
};
} // namespace
