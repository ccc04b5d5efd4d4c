//===- TransferMutations.cpp - Broken communication between stages -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

/// What follows a value over the borders of regions takes its type.
static void propagateType(Value value) {
  for (OpOperand &use : value.getUses()) {
    Operation *op = use.getOwner();
    unsigned index = use.getOperandNumber();
    Value next;
    if (isa<StageOp, LayerOp>(op))
      next = op->getRegion(0).getArgument(index);
    else if (isa<YieldOp>(op))
      next = op->getParentOp()->getResult(index);
    if (!next)
      continue;
    next.setType(value.getType());
    propagateType(next);
  }
}

static void drop(Operation *transfer) {
  Value value = transfer->getOperand(0);
  replaceByOperand(transfer);
  propagateType(value);
}

/// Calls `callback` for each send and the recv of what it sends.
static void forEachTransfer(Sites &sites,
                            function_ref<void(SendOp, RecvOp)> callback) {
  sites.forEach<RecvOp>([&](RecvOp recv) {
    auto argument = dyn_cast<BlockArgument>(recv.getTransfer());
    if (!argument)
      return;
    Value source =
        argument.getOwner()->getParentOp()->getOperand(argument.getArgNumber());
    auto result = dyn_cast<OpResult>(source);
    if (!result || !isa<StageOp>(result.getOwner()))
      return;
    Operation &yield = result.getOwner()->getRegion(0).front().back();
    if (auto send =
            yield.getOperand(result.getResultNumber()).getDefiningOp<SendOp>())
      callback(send, recv);
  });
}

static void dropSend(Sites &sites) {
  sites.forEach<SendOp>([&](SendOp op) {
    sites.add(op, "dropped", [op]() mutable { drop(op); });
  });
}

static void dropRecv(Sites &sites) {
  sites.forEach<RecvOp>([&](RecvOp op) {
    sites.add(op, "dropped", [op]() mutable { drop(op); });
  });
}

static void dropTransfer(Sites &sites) {
  forEachTransfer(sites, [&](SendOp send, RecvOp recv) {
    sites.add(send, "dropped with its recv", [send, recv]() mutable {
      drop(send);
      drop(recv);
    });
  });
}

static void dropBuffer(Sites &sites) {
  sites.forEach<CommBufferOp>([&](CommBufferOp buffer) {
    sites.add(buffer, "dropped", [buffer]() mutable { buffer->erase(); });
  });
}

static void wrongPeer(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<SendOp, RecvOp>(op))
      return;
    auto stage = op->getAttrOfType<IntegerAttr>("stage");
    for (int64_t other : {stage.getInt() + 1, stage.getInt() - 1})
      if (other >= 0)
        sites.add(op, "stage " + Twine(other), [=]() mutable {
          op->setAttr("stage", IntegerAttr::get(stage.getType(), other));
        });
  });
}

static void wrongBuffer(Sites &sites) {
  forEachTransfer(sites, [&](SendOp send, RecvOp recv) {
    sites.add(recv, "from another buffer", [recv]() mutable {
      auto model = recv->getParentOfType<ModelOp>();
      Operation *buffer = SymbolTable::lookupSymbolIn(model, recv.getBuffer());
      OpBuilder builder(buffer);
      auto other = cast<CommBufferOp>(builder.clone(*buffer));
      other.setSymName((recv.getBuffer() + "_other").str());
      recv.setBuffer(other.getSymName());
    });
  });
}

static void wrongBufferType(Sites &sites) {
  sites.forEach<CommBufferOp>([&](CommBufferOp buffer) {
    auto type = cast<RankedTensorType>(buffer.getType());
    unsigned dim = type.getRank() - 1;
    sites.add(buffer, "half as wide", [=]() mutable {
      buffer.setTypeAttr(
          TypeAttr::get(withSize(type, dim, type.getDimSize(dim) / 2)));
    });
  });
}

static void wrongPayload(Sites &sites) {
  sites.forEach<RecvOp>([&](RecvOp recv) {
    auto type = cast<RankedTensorType>(recv.getType());
    unsigned dim = type.getRank() - 1;
    sites.add(recv, "of another element type", [=]() mutable {
      recv.getResult().setType(cast<RankedTensorType>(
          withElement(type, Float16Type::get(type.getContext()))));
    });
    sites.add(recv, "half as wide", [=]() mutable {
      recv.getResult().setType(cast<RankedTensorType>(
          withSize(type, dim, type.getDimSize(dim) / 2)));
    });
  });
}

//===----------------------------------------------------------------------===//
// Two transfers
//===----------------------------------------------------------------------===//

/// A copy of a stage or a layer that yields one value more.
static Operation *yieldAlso(Operation *op, Value value) {
  Operation *yield = &op->getRegion(0).front().back();
  yield->insertOperands(yield->getNumOperands(), value);
  SmallVector<Type> types(op->getResultTypes());
  types.push_back(value.getType());
  OpBuilder builder(op);
  OperationState state(op->getLoc(), op->getName().getStringRef(),
                       op->getOperands(), types, op->getAttrs());
  state.addRegion()->takeBody(op->getRegion(0));
  Operation *wider = builder.create(state);
  for (auto [before, after] : llvm::zip(op->getResults(), wider->getResults()))
    before.replaceAllUsesWith(after);
  op->erase();
  return wider;
}

static Value take(Operation *op, Value value) {
  op->insertOperands(op->getNumOperands(), value);
  return op->getRegion(0).front().addArgument(value.getType(), op->getLoc());
}

/// Sends `value` beside `send`; the result is what has been received in front
/// of `recv`, or behind it.
static Operation *transferAlso(SendOp send, RecvOp recv, Value value,
                               bool inFront) {
  auto model = send->getParentOfType<ModelOp>();
  Operation *buffer = SymbolTable::lookupSymbolIn(model, send.getBuffer());
  OpBuilder builder(buffer);
  auto other = cast<CommBufferOp>(builder.clone(*buffer));
  other.setSymName((send.getBuffer() + "_second").str());

  builder.setInsertionPointAfter(send);
  auto secondSend = cast<SendOp>(builder.clone(*send));
  secondSend->setOperand(0, value);
  secondSend.setBuffer(other.getSymName());
  Operation *source =
      yieldAlso(send->getParentOfType<StageOp>(), secondSend.getResult());
  Value argument = take(recv->getParentOfType<StageOp>(),
                        source->getResult(source->getNumResults() - 1));
  builder.setInsertionPoint(recv);
  auto secondRecv = cast<RecvOp>(builder.clone(*recv));
  secondRecv->setOperand(0, argument);
  secondRecv.setBuffer(other.getSymName());
  if (!inFront)
    secondRecv->moveAfter(recv);
  return secondRecv;
}

/// The same tensor once more: the residual of the first layer is another copy
/// than what its first norm takes.
static void doubleTransfer(Sites &sites) {
  forEachTransfer(sites, [&](SendOp send, RecvOp recv) {
    Value received = recv.getResult();
    Operation *gather = nullptr;
    if (received.hasOneUse() &&
        isa<CollectiveOpInterface>(*received.getUsers().begin())) {
      gather = *received.getUsers().begin();
      received = gather->getResult(0);
    }
    auto layer = received.hasOneUse()
                     ? dyn_cast<LayerOp>(*received.getUsers().begin())
                     : LayerOp();
    if (!layer)
      return;
    OpOperand &use = *received.getUses().begin();
    Value argument =
        layer.getBody().front().getArgument(use.getOperandNumber());
    if (argument.use_empty() || argument.hasOneUse())
      return;
    sites.add(send, "doubled, with its recv", [=]() mutable {
      Operation *second =
          transferAlso(send, recv, send.getValue(), /*inFront=*/false);
      if (gather) {
        OpBuilder builder(gather);
        Operation *copy = builder.clone(*gather);
        copy->setOperand(0, second->getResult(0));
        second = copy;
      }
      OpOperand &last = *argument.getUses().begin();
      last.set(take(layer, second->getResult(0)));
    });
  });
}

/// The two summands of what goes to the next stage go there by themselves.
static void splitTransfer(Sites &sites, bool crosses) {
  forEachTransfer(sites, [&](SendOp send, RecvOp recv) {
    auto result = dyn_cast<OpResult>(send.getValue());
    auto layer = result ? dyn_cast<LayerOp>(result.getOwner()) : LayerOp();
    if (!layer || !result.hasOneUse())
      return;
    Operation *yield = &layer.getBody().front().back();
    auto add =
        yield->getOperand(result.getResultNumber()).getDefiningOp<AddOp>();
    if (!add || add->getBlock() != yield->getBlock() ||
        !add.getResult().hasOneUse() || add.getLhs() == add.getRhs())
      return;
    sites.add(send,
              crosses ? "in two halves, received in the other order"
                      : "in two halves",
              [=]() mutable {
                unsigned index = result.getResultNumber();
                yield->setOperand(index, add.getLhs());
                Operation *wider = yieldAlso(layer, add.getRhs());
                Value rest = wider->getResult(wider->getNumResults() - 1);
                Operation *second = transferAlso(send, recv, rest, crosses);
                OpBuilder builder(recv.getContext());
                builder.setInsertionPointAfter(crosses ? recv : second);
                Operation *sum = builder.clone(*add);
                recv.getResult().replaceAllUsesWith(sum->getResult(0));
                sum->setOperands({recv.getResult(), second->getResult(0)});
                add->erase();
              });
  });
}

ArrayRef<Kind> mutation::getTransferKinds() {
  static const Kind kinds[] = {
      {"drop-send",
       {"DAG301 DAG303", ""},
       "data is received and not sent",
       dropSend},
      {"drop-recv",
       {"DAG301 DAG302", ""},
       "data is sent and not received",
       dropRecv},
      {"drop-transfer",
       {"DAG301", ""},
       "data changes the stage without a send and a recv",
       dropTransfer},
      {"drop-buffer",
       {"DAG305", "a name of memory"},
       "a transfer without its buffer",
       dropBuffer},
      {"wrong-peer",
       {"DAG306", "data goes where the value is used"},
       "a send or a recv names another stage",
       wrongPeer},
      {"wrong-buffer",
       {"DAG304", "a name of memory"},
       "a recv names another buffer than its send",
       wrongBuffer},
      {"wrong-buffer-type",
       {"DAG304 DAG708", "a size of memory"},
       "a buffer is too small",
       wrongBufferType},
      {"wrong-payload",
       {"DAG304 DAG707 DAG708", "the interpreter does not round"},
       "a recv of another type than its send",
       wrongPayload},
      {"double-transfer",
       {"DAG307", "the same data comes twice"},
       "a tensor is sent twice",
       doubleTransfer},
      {"crossed-transfers",
       {"DAG801 DAG804", ""},
       "two tensors are received in another order than they are sent",
       [](Sites &sites) { splitTransfer(sites, /*crosses=*/true); }},
      {"split-transfer",
       {"", ""},
       "two summands are sent by themselves: nothing is broken",
       [](Sites &sites) { splitTransfer(sites, /*crosses=*/false); }},
  };
  return kinds;
}
