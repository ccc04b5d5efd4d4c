//===- Judge.cpp - Is what a typing rule says right? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "Dialect/Dag/IR/AttentionRules.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::typing;

LastError &typing::getLastError() {
  static LastError error;
  return error;
}

Judge::Judge(MLIRContext *context, const Case &theCase, const RankSet &ranks)
    : context(context), theCase(theCase), ranks(ranks),
      block(std::make_unique<Block>()), shards(theCase.operands.size()) {}

Judge::~Judge() {
  if (op)
    op->destroy();
}

static Type wrap(Operation *op, RankedTensorType type) {
  return isa<RecvOp>(op) ? Type(TransferType::get(type.getContext(), type))
                         : Type(type);
}
RankedTensorType typing::unwrap(Type type) {
  if (auto transfer = dyn_cast<TransferType>(type))
    type = transfer.getPayload();
  return cast<RankedTensorType>(type);
}

//===----------------------------------------------------------------------===//
// The op on one device
//===----------------------------------------------------------------------===//

/// Creates an op outside of any module. Without result types it has none.
static Operation *createOp(const Case &theCase, Block &block,
                           TypeRange resultTypes) {
  MLIRContext *context = theCase.attributes.getContext();
  OperationState state(UnknownLoc::get(context), theCase.op);
  state.addOperands(block.getArguments());
  state.addTypes(resultTypes);
  if (!theCase.attributes.empty())
    state.propertiesAttr = theCase.attributes;
  return Operation::create(state);
}

static LogicalResult inferTypes(Operation *op, std::optional<Location> loc,
                                SmallVectorImpl<Type> &types) {
  return cast<InferTypeOpInterface>(op).inferReturnTypes(
      op->getContext(), loc, op->getOperands(), op->getRawDictionaryAttrs(),
      op->getPropertiesStorage(), op->getRegions(), types);
}

bool Judge::prepare() {
  auto fail = [&](const Twine &message) {
    llvm::errs() << "expected a case of '" << theCase.op << "' "
                 << theCase.attributes << " that " << message
                 << ", but got: " << getLastError().message << "\n";
    return false;
  };
  Location loc = UnknownLoc::get(context);
  makeWholes();
  for (auto [tensor, operand] : llvm::zip_equal(whole, theCase.operands))
    block->addArgument(RankedTensorType::get(tensor.getShape(),
                                             operand.getElementType(context)),
                       loc);
  op = createOp(theCase, *block, {});
  if (isa<RecvOp>(op))
    block->getArgument(0).setType(
        wrap(op, unwrap(block->getArgument(0).getType())));
  bool isCollective = isa<CollectiveOpInterface>(op);
  SmallVector<Type> types;
  if (isCollective) {
    types.push_back(block->getArgument(0).getType());
  } else if (bool fits = succeeded(inferTypes(op, loc, types));
             fits == theCase.misfits) {
    return fail(fits ? "does not fit on one device" : "fits on one device");
  }
  isDefined = !theCase.misfits;
  if (!isDefined)
    types.assign({block->getArgument(0).getType()});
  op->destroy();
  op = createOp(theCase, *block, types);
  if (!isDefined)
    return true;
  if (isCollective || isTransfer(op)) {
    references.push_back(whole[0]);
  } else {
    if (failed(verify(op)))
      return fail("verifies");
    auto interpretable = dyn_cast<InterpretOpInterface>(op);
    if (!interpretable)
      return fail("can be interpreted");
    MeshShape one;
    RankSet only(one);
    SmallVector<const Tensor *> pointers;
    for (const Tensor &tensor : whole)
      pointers.push_back(&tensor);
    SmallVector<Tensor> results;
    if (failed(interpretable.interpret(only.getRanks().front(), pointers,
                                       results)))
      return fail("can be computed");
    references.assign(results.begin(), results.end());
  }
  candidates.resize(op->getNumResults());
  return true;
}
//===----------------------------------------------------------------------===//
// The verdict
//===----------------------------------------------------------------------===//

bool Judge::liesOnMesh(RankedTensorType type) {
  auto [it, isNew] = onMesh.try_emplace(type, false);
  if (isNew)
    it->second = succeeded(verifyOnMesh(op, type, ranks.getMesh()));
  return it->second;
}

bool Judge::infer(SmallVectorImpl<RankedTensorType> &results,
                  std::optional<Location> loc) {
  SmallVector<Type> types;
  if (failed(inferTypes(op, loc, types)))
    return false;
  for (Type type : types) {
    results.push_back(unwrap(type));
    // The messages of the model are not kept: they are asked for again.
    if (loc)
      onMesh.erase(unwrap(type));
    if (!liesOnMesh(unwrap(type)))
      return false;
  }
  return succeeded(verifyHeadsOnMesh(op, ranks.getMesh()));
}

/// `C3 DAG508`, or what is the same for all ops.
std::string Judge::explainRefusal() {
  getLastError() = {};
  SmallVector<RankedTensorType> results;
  (void)infer(results, op->getLoc());
  bool isCollective = isa<CollectiveOpInterface>(op);
  for (Value operand : op->getOperands()) {
    RankedTensorType type = unwrap(operand.getType());
    if (!isCollective && !ShardedType(type).roots.empty())
      return "operand at a root -";
    if (getHeld(type).hasIdleRanks())
      return "ranks with nothing but padding -";
  }
  // 'dag.linear' op (C3) expected ...
  StringRef message = getLastError().message;
  StringRef constraint = message.split('(').second.split(')').first;
  return (constraint + " " + getLastError().code).str();
}

Verdict Judge::judge(ArrayRef<RankedTensorType> operandTypes,
                     std::string &reason) {
  for (auto [argument, type] :
       llvm::zip_equal(block->getArguments(), operandTypes))
    argument.setType(wrap(op, type));
  SmallVector<RankedTensorType> types;
  bool isAccepted = infer(types, std::nullopt);
  if (!isDefined) {
    reason = "the op does not fit on one device";
    return isAccepted ? Verdict::Unsound : Verdict::RefusedWrong;
  }
  if (isAccepted && dropsMayDiffer())
    return Verdict::Assumed;
  collectOperands();
  if (!isAccepted) {
    if (!fits())
      return Verdict::CannotRun;
    if (!findResults())
      return Verdict::RefusedWrong;
    reason = explainRefusal();
    return Verdict::Conservative;
  }
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
    result.setType(isa<SendOp>(op) ? Type(TransferType::get(context, type))
                                   : Type(type));
  std::vector<Shards> results;
  getLastError() = {};
  if (!fits() || !compute(results)) {
    reason = "the op cannot run on what ranks hold: " + getLastError().message;
    return Verdict::Unsound;
  }
  // Caches that are written stay where they are.
  if (auto interpretable = dyn_cast<InterpretOpInterface>(op))
    for (Value cache : interpretable.getWrittenCaches())
      types.push_back(cast<RankedTensorType>(cache.getType()));
  for (auto [i, type] : llvm::enumerate(types)) {
    bool areSlots =
        isa<DispatchOp>(op) && ShardedType(type).dims[1].isSharded();
    if (areSlots ? holdsSlots(type, results[i], references[i])
                 : holds(type, results[i], references[i]))
      continue;
    reason = ("result " + Twine(i) + " is not what its type says").str();
    return Verdict::Unsound;
  }
  return Verdict::Right;
}
