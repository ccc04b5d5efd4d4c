//===- TestOrders.cpp - All orders of small programs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `--test-dag-search-orders` makes random programs of three ranks with streams,
// events, waits for sends and groups, tries all orders in which GPUs with room
// for one kernel, for two and for all of them can run each, and compares what
// it finds with what is said without a search.
//
//===----------------------------------------------------------------------===//

#include "dag/Communication/CommunicationOrder.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/DenseSet.h"

#include <array>
#include <map>
#include <random>

using namespace mlir;
using namespace mlir::dag;

static constexpr unsigned kRanks = 3, kMaxOps = 20;

/// A program with collectives of several communicators and transfers, in one
/// order that some ranks have slightly wrong.
static CommunicationOrder makeProgram(std::mt19937 &random, Location loc) {
  CommunicationOrder order;
  for (unsigned rank = 0; rank < kRanks; ++rank)
    order.classes.push_back({"rank " + std::to_string(rank), loc, {}, {}});
  for (SmallVector<uint32_t> members :
       {SmallVector<uint32_t>{0, 1}, {1, 2}, {0, 2}, {0, 1, 2}, {0, 1}})
    order.communicators.push_back({"", members, false});
  order.sites.push_back({loc, "call", false});
  unsigned numCalls = 2 + random() % 4;
  std::vector<std::vector<CommunicationOp>> calls(kRanks);
  for (unsigned call = 0; call < numCalls; ++call) {
    CommunicationOp op;
    op.data = call;
    unsigned which = random() % 7;
    if (which < order.communicators.size()) {
      op.kind = CommunicationKind::Collective;
      op.other = which;
      op.data = 0;
      for (uint32_t rank : order.communicators[which].members)
        calls[rank].push_back(op);
      continue;
    }
    uint32_t from = random() % kRanks, to = (from + 1 + random() % 2) % kRanks;
    op.kind = CommunicationKind::Send;
    op.other = to;
    calls[from].push_back(op);
    op.kind = CommunicationKind::Recv;
    op.other = from;
    calls[to].push_back(op);
  }
  for (unsigned rank = 0; rank < kRanks; ++rank) {
    std::vector<CommunicationOp> &mine = calls[rank];
    if (mine.size() > 1 && random() % 4 == 0) {
      size_t at = random() % (mine.size() - 1);
      std::swap(mine[at], mine[at + 1]);
    }
    std::vector<CommunicationOp> &ops = order.classes[rank].ops;
    for (uint32_t i = 0; i < mine.size(); ++i) {
      // A group stands on one stream, and nothing is between its calls.
      if (i > 0 && random() % 5 == 0) {
        mine[i].stream = mine[i - 1].stream;
        mine[i].joinsPrevious = true;
        ops.push_back(mine[i]);
        continue;
      }
      mine[i].stream = random() % 3;
      CommunicationOp other;
      if (i > 0 && random() % 5 < 3) {
        other.other = i;
        other.kind = CommunicationKind::Record;
        other.stream = mine[random() % i].stream;
        ops.push_back(other);
        other.kind = CommunicationKind::Wait;
        other.stream = mine[i].stream;
        ops.push_back(other);
      } else if (i > 0 && random() % 2 == 0) {
        CommunicationOp wait = mine[random() % i];
        if (wait.kind == CommunicationKind::Send) {
          wait.kind = CommunicationKind::WaitSend;
          wait.joinsPrevious = false;
          wait.stream = mine[i].stream;
          ops.push_back(wait);
        }
      }
      if (random() % 16 == 0) {
        other.kind = CommunicationKind::Sync;
        other.blocksRank = true;
        ops.push_back(other);
      }
      ops.push_back(mine[i]);
    }
  }
  return order;
}

namespace {
/// Tries all orders. Ops that have ended, or have begun, are bits.
class Search {
public:
  explicit Search(const CommunicationOrder &order);
  /// True if GPUs with room for so many kernels can come to hang.
  bool canHang(unsigned room) const;

private:
  using Masks = std::array<uint32_t, kRanks>;
  struct State {
    Masks ended = {}, begun = {};
  };
  void settle(State &state) const;
  bool isReady(const State &state, unsigned rank, unsigned op) const {
    return !((state.ended[rank] | state.begun[rank]) >> op & 1) &&
           (before[rank][op] & ~state.ended[rank]) == 0;
  }
  static std::pair<uint64_t, uint64_t> getKey(const State &state) {
    uint64_t ended = 0, begun = 0;
    for (unsigned rank = 0; rank < kRanks; ++rank) {
      ended = ended << kMaxOps | state.ended[rank];
      begun = begun << kMaxOps | state.begun[rank];
    }
    return {ended, begun};
  }

  void addGroups(unsigned rank);
  /// Kernels that have begun and not ended.
  int countKernels(const State &state, unsigned rank) const;

  const CommunicationOrder &order;
  std::array<std::array<uint32_t, kMaxOps>, kRanks> before = {};
  /// Of each op: those that begin with it, sends and recvs side by side in a
  /// group.
  std::array<std::array<uint32_t, kMaxOps>, kRanks> together = {};
  /// The ops of each meeting; a meeting that lacks one never ends.
  std::vector<Masks> meetings;
  std::vector<bool> isComplete;
  Masks calls = {};
};
} // namespace

Search::Search(const CommunicationOrder &order) : order(order) {
  std::map<std::array<uint32_t, 4>, uint32_t> numbers;
  std::vector<unsigned> numEnds, numWanted;
  for (unsigned rank = 0; rank < kRanks; ++rank) {
    std::map<std::array<uint32_t, 3>, uint32_t> counts;
    const std::vector<CommunicationOp> &ops = order.classes[rank].ops;
    for (unsigned i = 0; i < ops.size(); ++i) {
      const CommunicationOp &op = ops[i];
      bool waits = op.kind == CommunicationKind::Wait;
      unsigned recorded = i;
      for (unsigned k = 0; k < i; ++k) {
        bool isSame =
            ops[k].isCall() && op.isCall() &&
            ops[k].getCommunicatorKey(rank) == op.getCommunicatorKey(rank);
        if (op.blocksRank || ops[k].blocksRank || isSame ||
            ops[k].stream == op.stream)
          before[rank][i] |= 1u << k;
        if (waits && ops[k].kind == CommunicationKind::Record &&
            ops[k].other == op.other)
          recorded = k;
        if (op.kind == CommunicationKind::WaitSend &&
            ops[k].kind == CommunicationKind::Send && ops[k].data == op.data)
          before[rank][i] |= 1u << k;
      }
      if (recorded != i)
        before[rank][i] |= 1u << recorded;
      if (!op.isCall())
        continue;
      calls[rank] |= 1u << i;
      std::array<uint32_t, 3> channel = {~0u, ~0u, op.other};
      if (op.kind == CommunicationKind::Send)
        channel = {rank, op.other, 0};
      if (op.kind == CommunicationKind::Recv)
        channel = {op.other, rank, 0};
      uint32_t place = counts[channel]++;
      auto [it, isNew] = numbers.try_emplace(
          {channel[0], channel[1], channel[2], place}, meetings.size());
      if (isNew) {
        meetings.emplace_back();
        meetings.back().fill(0);
        numEnds.push_back(0);
        numWanted.push_back(op.isCollective()
                                ? order.communicators[op.other].members.size()
                                : 2);
      }
      meetings[it->second][rank] |= 1u << i;
      ++numEnds[it->second];
    }
  }
  for (unsigned rank = 0; rank < kRanks; ++rank)
    addGroups(rank);
  for (size_t i = 0; i < meetings.size(); ++i)
    isComplete.push_back(numEnds[i] == numWanted[i]);
}

/// A group begins behind all that one of its calls is behind, and what is
/// behind one of them is behind all. Inside, each call is behind those before
/// it, but for sends and recvs side by side.
void Search::addGroups(unsigned rank) {
  const std::vector<CommunicationOp> &ops = order.classes[rank].ops;
  for (unsigned begin = 0, end; begin < ops.size(); begin = end) {
    uint32_t group = 1u << begin, outside = 0;
    for (end = begin + 1; end < ops.size() && ops[end].joinsPrevious; ++end)
      group |= 1u << end;
    for (unsigned i = begin; i < end; ++i)
      outside |= before[rank][i] & ~group;
    for (unsigned i = begin; i < end; ++i) {
      unsigned first = i;
      while (first > begin && ops[first].isTransfer() &&
             ops[first - 1].isTransfer())
        --first;
      before[rank][i] = outside | (group & ((1u << first) - 1));
      for (unsigned k = first; k <= i; ++k) {
        together[rank][i] |= 1u << k;
        together[rank][k] |= 1u << i;
      }
    }
    for (unsigned i = end; i < ops.size(); ++i)
      if (before[rank][i] & group)
        before[rank][i] |= group;
  }
}

int Search::countKernels(const State &state, unsigned rank) const {
  int kernels = 0;
  for (uint32_t rest = state.begun[rank]; rest; ++kernels)
    rest &= ~together[rank][llvm::countr_zero(rest)];
  return kernels;
}

void Search::settle(State &state) const {
  for (bool hasMoved = true; hasMoved;) {
    hasMoved = false;
    for (unsigned rank = 0; rank < kRanks; ++rank)
      for (unsigned op = 0; op < order.classes[rank].ops.size(); ++op)
        if (!(calls[rank] >> op & 1) && isReady(state, rank, op)) {
          state.ended[rank] |= 1u << op;
          hasMoved = true;
        }
    for (size_t i = 0; i < meetings.size(); ++i) {
      bool meets = isComplete[i], isThere = false;
      for (unsigned rank = 0; rank < kRanks; ++rank) {
        meets &= (meetings[i][rank] & ~state.begun[rank]) == 0;
        isThere |= (meetings[i][rank] & state.begun[rank]) != 0;
      }
      if (!meets || !isThere)
        continue;
      hasMoved = true;
      for (unsigned rank = 0; rank < kRanks; ++rank) {
        state.begun[rank] &= ~meetings[i][rank];
        state.ended[rank] |= meetings[i][rank];
      }
    }
  }
}

bool Search::canHang(unsigned room) const {
  llvm::DenseSet<std::pair<uint64_t, uint64_t>> seen;
  std::vector<State> worklist(1);
  while (!worklist.empty()) {
    State state = worklist.back();
    worklist.pop_back();
    settle(state);
    if (!seen.insert(getKey(state)).second)
      continue;
    bool canMove = false, isAtEnd = true;
    for (unsigned rank = 0; rank < kRanks; ++rank)
      for (unsigned op = 0; op < order.classes[rank].ops.size(); ++op) {
        isAtEnd &= state.ended[rank] >> op & 1;
        if (!isReady(state, rank, op) ||
            countKernels(state, rank) >= static_cast<int>(room))
          continue;
        canMove = true;
        State next = state;
        next.begun[rank] |= together[rank][op];
        worklist.push_back(next);
      }
    if (!canMove && !isAtEnd)
      return true;
  }
  return false;
}

namespace {
struct TestSearchOrders
    : public PassWrapper<TestSearchOrders, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestSearchOrders)

  TestSearchOrders() = default;
  TestSearchOrders(const TestSearchOrders &other) : PassWrapper(other) {}
  StringRef getArgument() const final { return "test-dag-search-orders"; }
  StringRef getDescription() const final {
    return "Compare what is said of random programs with all their orders";
  }

  void runOnOperation() final {
    Location loc = getOperation().getLoc();
    std::mt19937 random(seed);
    unsigned numHangs = 0, numSerial = 0, numOverlaps = 0, numWrong = 0;
    for (unsigned i = 0; i < programs; ++i) {
      CommunicationOrder order = makeProgram(random, loc);
      Search search(order);
      bool hangs = !simulate(order).stuck.empty();
      bool hangsSerially =
          !simulate(order, {false, /*inLaunchOrder=*/true}).stuck.empty();
      bool overlaps = !findOverlaps(order).empty();
      bool isWrong = hangs != search.canHang(kMaxOps);
      if (hangs)
        ++numHangs;
      else if (overlaps && hangsSerially)
        ++numSerial;
      else if (overlaps)
        ++numOverlaps;
      if (!hangs && !overlaps)
        isWrong |= search.canHang(1) || search.canHang(2) || hangsSerially;
      if (!hangs && hangsSerially)
        isWrong |= !search.canHang(1);
      numWrong += isWrong;
    }
    emitRemark(loc) << programs.getValue() << " programs: " << numHangs
                    << " hang, " << numSerial
                    << " hang in the order of launches, " << numOverlaps
                    << " overlap; " << numWrong << " contradictions";
  }

  Option<unsigned> programs{*this, "programs", llvm::cl::desc("Programs"),
                            llvm::cl::init(100)};
  Option<unsigned> seed{*this, "seed", llvm::cl::desc("Of the generator"),
                        llvm::cl::init(1)};
};
} // namespace

namespace mlir::dag::test {
void registerTestOrders() { PassRegistration<TestSearchOrders>(); }
} // namespace mlir::dag::test
