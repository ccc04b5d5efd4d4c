//===- Pending.cpp - Values that are used once -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pending.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

using namespace mlir;
using namespace mlir::dag::tile;

//===----------------------------------------------------------------------===//
// Used once
//===----------------------------------------------------------------------===//

/// True for an op that hands on what is pending, or waits for it: those of the
/// dialect, loops and branches.
static bool takesPending(Operation *op) {
  return isa<TileDialect>(op->getDialect()) ||
         isa<RegionBranchOpInterface, RegionBranchTerminatorOpInterface>(op);
}

static LogicalResult verifyValue(Value value) {
  if (!isa<LinearType>(value.getType()))
    return success();
  auto emitError = [&](Location loc) {
    return mlir::emitError(loc)
           << "(C7) expected a value of type " << value.getType();
  };
  Operation *source = value.getDefiningOp();
  if (!source)
    source = value.getParentBlock()->getParentOp();
  if (!takesPending(source))
    return emitError(value.getLoc())
           << " to come from an op of this dialect, a loop or a branch, but "
              "got one of '"
           << source->getName() << '\'';
  auto uses = value.getUses();
  if (uses.empty())
    return emitError(value.getLoc()) << " to be used, but nothing uses it";
  Operation *user = uses.begin()->getOwner();
  if (!llvm::hasSingleElement(uses)) {
    auto diag = emitError(value.getLoc())
                << " to be used once, but it is used "
                << std::distance(uses.begin(), uses.end()) << " times";
    for (OpOperand &use : uses)
      diag.attachNote(use.getOwner()->getLoc()) << "used here";
    return diag;
  }
  if (user->getBlock() != value.getParentBlock()) {
    auto diag = emitError(value.getLoc())
                << " to be used in the block that has it, but it is used in "
                   "another one";
    diag.attachNote(user->getLoc()) << "used here, maybe more than once";
    return diag;
  }
  if (!takesPending(user))
    return emitError(user->getLoc()) << " to be used by an op of this dialect, "
                                        "a loop or a branch, but got '"
                                     << user->getName() << '\'';
  return success();
}

LogicalResult dag::tile::verifyUsedOnce(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    for (Value value : op->getResults())
      if (failed(verifyValue(value)))
        return WalkResult::interrupt();
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Value value : block.getArguments())
          if (failed(verifyValue(value)))
            return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

namespace {
/// Counts the registers of fragments along the ops of a role.
class RegisterCount {
public:
  explicit RegisterCount(RoleOp role) : role(role) {}

  int64_t getMax() {
    // Regions come before the op that has them.
    role.walk<WalkOrder::PostOrder>([&](Operation *op) {
      int64_t most = 0;
      for (Region &region : op->getRegions())
        for (Block &block : region)
          most = std::max(most, getMax(block));
      if (most != 0)
        inner[op] = most;
    });
    return inner.lookup(role);
  }

private:
  /// What begins to live and what ends at an op of a block.
  struct Changes {
    /// Of results of the op.
    int64_t born = 0;
    /// Of values whose last use is the op, by its operands or inside of it.
    int64_t ending = 0;
    /// Of those, of values that are used inside.
    int64_t captured = 0;
  };

  static int64_t getRegisters(Value value) {
    Type type = value.getType();
    if (auto product = dyn_cast<ProductType>(type))
      type = product.getFragment();
    auto fragment = dyn_cast<FragmentType>(type);
    return fragment ? fragment.getNumRegisters() : 0;
  }

  /// Notes where `value` ends in `block`, which has it.
  void addEnd(Value value, Block &block,
              llvm::MapVector<Operation *, Changes> &changes) {
    int64_t registers = getRegisters(value);
    if (registers == 0)
      return;
    Operation *last = nullptr;
    bool isCaptured = false;
    for (Operation *user : value.getUsers()) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      if (!ancestor)
        continue;
      if (!last || last->isBeforeInBlock(ancestor)) {
        last = ancestor;
        isCaptured = false;
      }
      isCaptured |= ancestor == last && ancestor != user;
    }
    if (!last)
      return;
    Changes &atEnd = changes[last];
    atEnd.ending += registers;
    if (isCaptured)
      atEnd.captured += registers;
    if (Operation *op = value.getDefiningOp())
      changes[op].born += registers;
  }

  /// The most registers at a time in `block`, by what it defines itself.
  int64_t getMax(Block &block) {
    llvm::MapVector<Operation *, Changes> changes;
    int64_t live = 0;
    for (Value value : block.getArguments()) {
      if (!value.use_empty())
        live += getRegisters(value);
      addEnd(value, block, changes);
    }
    for (Operation &op : block)
      for (Value value : op.getResults())
        addEnd(value, block, changes);
    int64_t most = live;
    for (Operation &op : block) {
      Changes at = changes.lookup(&op);
      // What ends here may leave its registers to what is born here.
      int64_t across = live - at.ending;
      int64_t inside = inner.lookup(&op) + at.captured;
      most = std::max(most, across + std::max({at.ending, at.born, inside}));
      live = across + at.born;
    }
    return most;
  }

  RoleOp role;
  DenseMap<Operation *, int64_t> inner;
};
} // namespace

int64_t dag::tile::getMaxFragmentRegisters(RoleOp role) {
  return RegisterCount(role).getMax();
}
