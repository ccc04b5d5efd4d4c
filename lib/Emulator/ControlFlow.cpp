//===- ControlFlow.cpp - Where branches come together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::ptx;

namespace {
/// Immediate post-dominators of instructions, by the iterative algorithm of
/// Cooper, Harvey and Kennedy on basic blocks.
///
/// Lanes that exit are waited for by nobody, so that a path to another exit
/// than the chosen one says nothing about where lanes meet. The last `ret` is
/// chosen first; of what does not reach it, the last exit that is left.
class PostDominators {
public:
  explicit PostDominators(Program &program) : program(program) {}
  void run();

private:
  void findBlocks();
  bool chooseExit();
  void findOrder();
  void findDominators();
  unsigned intersect(unsigned a, unsigned b) const;

  Program &program;
  std::vector<unsigned> starts, blockOf;
  std::vector<std::vector<unsigned>> successors, predecessors;
  std::vector<bool> isExit, isDone;
  /// Blocks in post-order of the reversed graph, and the place of each.
  std::vector<unsigned> order, place, dominator, result;
  unsigned exit = 0;
};
} // namespace

static bool endsPath(const Inst &inst) {
  llvm::StringRef opcode = inst.source ? inst.source->name.split('.').first
                                       : llvm::StringRef("exit");
  return opcode == "exit" || opcode == "trap" ||
         (opcode == "ret" && inst.target == kNoTarget);
}

void PostDominators::findBlocks() {
  size_t size = program.code.size();
  std::vector<bool> isStart(size + 1, false);
  isStart[0] = true;
  for (size_t i = 0; i < size; ++i) {
    const Inst &inst = program.code[i];
    if (inst.target != kNoTarget)
      isStart[inst.target] = true;
    if (inst.targets != kNoTarget)
      for (unsigned target : program.branchTargets[inst.targets])
        isStart[target] = true;
    if (inst.target != kNoTarget || endsPath(inst))
      isStart[i + 1] = true;
  }
  blockOf.resize(size);
  for (size_t i = 0; i < size; ++i) {
    if (isStart[i])
      starts.push_back(i);
    blockOf[i] = starts.size() - 1;
  }
  size_t numBlocks = starts.size();
  successors.resize(numBlocks);
  predecessors.resize(numBlocks);
  isExit.resize(numBlocks);
  isDone.resize(numBlocks);
  for (unsigned block = 0; block < numBlocks; ++block) {
    size_t last = block + 1 < numBlocks ? starts[block + 1] - 1 : size - 1;
    const Inst &inst = program.code[last];
    bool isBranch = inst.target != kNoTarget, ends = endsPath(inst);
    bool falls = (!isBranch && !ends) || inst.guard != kNoRow;
    auto add = [&](size_t to) {
      if (to >= size)
        return;
      successors[block].push_back(blockOf[to]);
      predecessors[blockOf[to]].push_back(block);
    };
    if (inst.targets != kNoTarget)
      for (unsigned target : program.branchTargets[inst.targets])
        add(target);
    else if (isBranch)
      add(inst.target);
    if (falls)
      add(last + 1);
    isExit[block] = ends && inst.guard == kNoRow;
  }
}

/// A trap is nobody's way out.
bool PostDominators::chooseExit() {
  for (bool takesTraps : {false, true})
    for (size_t block = starts.size(); block > 0; --block) {
      size_t end = block < starts.size() ? starts[block] : program.code.size();
      const Instruction *source = program.code[end - 1].source;
      bool isTrap = source && source->name == "trap";
      if (!isExit[block - 1] || isDone[block - 1] || isTrap != takesTraps)
        continue;
      exit = block - 1;
      return true;
    }
  return false;
}

/// Blocks from which the exit is reached.
void PostDominators::findOrder() {
  order.clear();
  place.assign(starts.size(), ~0u);
  std::vector<std::pair<unsigned, size_t>> stack{{exit, 0}};
  isDone[exit] = true;
  while (!stack.empty()) {
    auto &[block, next] = stack.back();
    if (next == predecessors[block].size()) {
      place[block] = order.size();
      order.push_back(block);
      stack.pop_back();
      continue;
    }
    unsigned to = predecessors[block][next++];
    if (!isDone[to]) {
      isDone[to] = true;
      stack.push_back({to, 0});
    }
  }
}

unsigned PostDominators::intersect(unsigned a, unsigned b) const {
  while (a != b) {
    while (place[a] < place[b])
      a = dominator[a];
    while (place[b] < place[a])
      b = dominator[b];
  }
  return a;
}

void PostDominators::findDominators() {
  dominator.assign(starts.size(), ~0u);
  dominator[exit] = exit;
  for (bool hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (size_t i = order.size(); i > 0; --i) {
      unsigned block = order[i - 1], found = ~0u;
      if (block == exit)
        continue;
      for (unsigned to : successors[block])
        if (dominator[to] != ~0u)
          found = found == ~0u ? to : intersect(found, to);
      if (found != dominator[block]) {
        dominator[block] = found;
        hasChanged = true;
      }
    }
  }
  for (unsigned block : order) {
    // Where one way leads to another exit, the lanes do not meet again.
    bool meets =
        block != exit && llvm::all_of(successors[block], [&](unsigned to) {
          return dominator[to] != ~0u;
        });
    if (meets)
      result[block] = dominator[block];
  }
}

void PostDominators::run() {
  findBlocks();
  result.assign(starts.size(), ~0u);
  while (chooseExit()) {
    findOrder();
    findDominators();
  }
  for (size_t i = 0; i < program.code.size(); ++i) {
    Inst &inst = program.code[i];
    if (inst.target == kNoTarget)
      continue;
    unsigned to = result[blockOf[i]];
    inst.reconverge = to == ~0u ? kNoTarget : starts[to];
  }
}

void mlir::dag::ptx::findReconvergence(Program &program) {
  if (!program.code.empty())
    PostDominators(program).run();
}
