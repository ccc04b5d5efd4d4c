//===- PlanComparison.cpp - Where two programs part -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Equivalence/PlanComparison.h"
#include "DescribeValues.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// What is behind so many findings is a consequence, or another model.
static constexpr unsigned kMaxFindings = 100;
/// Bounds the time where one mistake has consequences everywhere.
static constexpr unsigned kMaxSearches = 1000;

PlanComparison::PlanComparison(ModelOp reference, ModelOp plan, CheckLog &log,
                               StringRef name)
    : reference(reference), plan(plan),
      name(("'" + (name.empty() ? "@" + reference.getSymName() : Twine(name)) +
            "'")
               .str()),
      log(log), table(reference.getContext()) {}

//===----------------------------------------------------------------------===//
// Findings
//===----------------------------------------------------------------------===//

CheckLog::Handle PlanComparison::report(Code code, Operation *op,
                                        const Twine &message) {
  ++numFindings;
  return log.report(code, op->getLoc(), op->getName().getStringRef(), message);
}

void PlanComparison::noteMeant(CheckLog::Handle &finding, Operation *op) {
  finding.note(op->getLoc(), "this is what " + name + " has",
               op->getName().getStringRef());
}

//===----------------------------------------------------------------------===//
// What a value should have been
//===----------------------------------------------------------------------===//

void PlanComparison::indexReference() {
  if (isIndexed)
    return;
  isIndexed = true;
  for (ValueNumber number = 0; number < numKnown; ++number) {
    const ValueTable::Node &node = table.getNode(number);
    const ValueOpcode &opcode = table.getOpcode(number);
    auto layer = node.op->getParentOfType<LayerOp>();
    if (opcode.kind == ValueOpcode::Leaf)
      leaves[{opcode.name, opcode.attributes.get("name")}].push_back(number);
    else if (opcode.kind == ValueOpcode::Op)
      valuesOfLayer[layer].push_back(number);
    if (layer)
      layerOfIndex.try_emplace(layer.getIndex(), layer);
  }
}

/// The layer of the reference that has most of the parameters and caches of
/// the layer that `op` is in; that of the same index if there are none.
Operation *PlanComparison::getModelLayer(Operation *op) {
  auto layer = op->getParentOfType<LayerOp>();
  if (!layer)
    return nullptr;
  auto [it, inserted] = modelLayers.try_emplace(layer, nullptr);
  if (!inserted)
    return it->second;
  llvm::MapVector<Operation *, unsigned> votes;
  for (Operation &part : layer.getBody().front())
    if (isa<ParameterOp, KvCacheOp>(part)) {
      auto leaf = leaves.find(
          {StringAttr::get(part.getContext(), part.getName().getStringRef()),
           part.getAttr("name")});
      if (leaf == leaves.end())
        continue;
      if (auto home = table.getNode(leaf->second.front())
                          .op->getParentOfType<LayerOp>())
        ++votes[home];
    }
  if (votes.empty())
    return it->second = layerOfIndex.lookup(layer.getIndex());
  return it->second = llvm::max_element(votes, llvm::less_second())->first;
}

/// The operands of `meant` in the order that fits those of `actual` best: the
/// factors of a product are sorted by number.
static SmallVector<ValueNumber>
getAligned(const ValueTable &table, ValueNumber actual, ValueNumber meant) {
  ArrayRef<ValueNumber> left = table.getNode(actual).operands;
  SmallVector<ValueNumber> right(table.getNode(meant).operands);
  if (table.getOpcode(meant).name == "dag.multiply" && left.size() == 2 &&
      right.size() == 2 && (left[0] == right[1] || left[1] == right[0]))
    std::swap(right[0], right[1]);
  return right;
}

std::optional<ValueNumber> PlanComparison::findMeant(ValueNumber number,
                                                     Operation *op) {
  const ValueTable::Node &node = table.getNode(number);
  const ValueOpcode &opcode = table.getOpcode(number);
  std::optional<ValueNumber> best;
  unsigned bestScore = 0;
  for (ValueNumber candidate : valuesOfLayer[getModelLayer(op)]) {
    const ValueTable::Node &other = table.getNode(candidate);
    if (table.getOpcode(candidate).name != opcode.name ||
        other.result != node.result)
      continue;
    unsigned score = 4 * (other.opcode == node.opcode);
    for (auto [a, b] :
         llvm::zip(node.operands, getAligned(table, number, candidate)))
      score += a == b ? 3 : 0;
    // An op that stands twice is on what it was to be, alike in all else.
    // Caches are written again and again.
    bool isAgain = other.opcode == node.opcode &&
                   opcode.name != "dag.kv_cache_update" &&
                   llvm::is_contained(node.operands, candidate) &&
                   node.operands.size() == other.operands.size() &&
                   llvm::all_of_zip(node.operands, other.operands,
                                    [&](ValueNumber a, ValueNumber b) {
                                      return a == b || a == candidate;
                                    });
    score += isAgain ? 2 : 0;
    // Nothing in common but the name.
    if (score == 0)
      continue;
    score += (other.operands.size() == node.operands.size()) +
             2 * (isAgain || !matched.contains(candidate));
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

bool PlanComparison::dependsOn(ValueNumber number, ValueNumber source) {
  SmallVector<ValueNumber> worklist = {number};
  DenseSet<ValueNumber> seen;
  while (!worklist.empty()) {
    ValueNumber current = worklist.pop_back_val();
    if (current == source)
      return true;
    // Operands have smaller numbers.
    if (current > source && seen.insert(current).second)
      llvm::append_range(worklist, table.getNode(current).operands);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Why two values differ
//===----------------------------------------------------------------------===//

/// True if the plan has not computed `meant`, and `actual` is the same op on
/// the same values but for a parameter or a cache.
bool PlanComparison::isOtherLeaf(ValueNumber actual, ValueNumber meant) {
  const ValueTable::Node &left = table.getNode(actual);
  const ValueTable::Node &right = table.getNode(meant);
  if (matched.contains(meant) || left.opcode != right.opcode ||
      left.result != right.result || table.isLeaf(actual) ||
      table.isSum(actual) || left.operands.size() != right.operands.size())
    return false;
  return llvm::all_of_zip(
      left.operands, right.operands, [&](ValueNumber a, ValueNumber b) {
        return a == b || (table.isLeaf(a) && table.isLeaf(b));
      });
}

void PlanComparison::explainValue(ValueNumber actual, ValueNumber meant,
                                  const Twine &use, Operation *op,
                                  Operation *meantOp) {
  SmallVector<ValueNumber> extra, missing;
  ArrayRef<ValueNumber> left = table.getSummands(actual);
  ArrayRef<ValueNumber> right = table.getSummands(meant);
  std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                      std::back_inserter(extra));
  std::set_difference(right.begin(), right.end(), left.begin(), left.end(),
                      std::back_inserter(missing));
  bool isNamed = table.isLeaf(actual) && table.isLeaf(meant);
  // What follows from one difference is one finding, and so is a name that the
  // reference does not have, wherever it is used.
  std::string key;
  for (ValueNumber number : extra)
    key += std::to_string(number) + "+";
  for (ValueNumber number : missing)
    key += std::to_string(number) + "-";
  if (!reported.insert(key).second && !(isNamed && isKnown(actual)))
    return;
  // A sum that the reference does not have is wrong where it is made.
  if (!isKnown(actual) && table.isSum(actual))
    op = table.getNode(actual).op;

  Operation *other = meantOp;
  // Last tokens are compared where they are used.
  bool isTaken = !isKnown(actual) && table.getOpcode(actual).name ==
                                         LastTokenOp::getOperationName();
  if (left.size() == 1 && right.size() == 1 &&
      (isOtherLeaf(actual, meant) ||
       (isTaken &&
        table.getOpcode(meant).name == table.getOpcode(actual).name))) {
    // The op that computes it has the wrong name, and not its user.
    explainOp(actual, meant, isTaken ? table.getNode(actual).op : op);
    return;
  }
  if (isNamed || (left.size() == 1 && right.size() == 1)) {
    Code code = isNamed                    ? Code::DAG791
                : dependsOn(meant, actual) ? Code::DAG793
                : dependsOn(actual, meant) ? Code::DAG794
                                           : Code::DAG792;
    auto finding =
        report(code, op,
               "expected " + describeApart(meant, actual) + " as " + use +
                   ", but got " + describeApart(actual, meant));
    if (!isNamed)
      other = table.getNode(meant).op;
    noteMeant(finding, other);
    return;
  }
  // Sums, or a value in the place of a sum.
  Code code = Code::DAG792;
  std::string expected, got;
  if (extra.empty()) {
    code = Code::DAG793;
    expected = describe(missing) + " in the sum";
    got = "the rest of it";
    other = table.getNode(missing.front()).op;
  } else if (missing.empty()) {
    code = Code::DAG794;
    expected = "a sum without " + describe(extra);
    got = "them, too";
    if (extra.size() == 1)
      got = "it, too";
  } else {
    auto isBroadcast = [&](ValueNumber number) {
      return table.getOpcode(number).kind == ValueOpcode::Broadcast &&
             table.isLeaf(table.getNode(number).operands.front());
    };
    bool isPair = extra.size() == 1 && missing.size() == 1;
    ValueNumber from = isPair ? extra.front() : actual;
    ValueNumber to = isPair ? missing.front() : meant;
    if (isPair && isBroadcast(from) && isBroadcast(to))
      code = Code::DAG791;
    else if (dependsOn(to, from))
      code = Code::DAG793;
    else if (dependsOn(from, to))
      code = Code::DAG794;
    expected = describe(missing) + (right.size() > 1 ? " in the sum" : "");
    got = describe(extra);
    other = table.getNode(missing.front()).op;
  }
  auto finding = report(
      code, op, "expected " + expected + " as " + use + ", but got " + got);
  noteMeant(finding, other);
}

bool PlanComparison::explainAttributes(ValueNumber number, ValueNumber meant,
                                       Operation *op) {
  const ValueOpcode &actual = table.getOpcode(number);
  const ValueOpcode &expected = table.getOpcode(meant);
  SmallVector<std::string> wanted, given;
  llvm::SetVector<StringAttr> names;
  for (NamedAttribute attribute : expected.attributes)
    names.insert(attribute.getName());
  for (NamedAttribute attribute : actual.attributes)
    names.insert(attribute.getName());
  for (StringAttr name : names) {
    Attribute a = actual.attributes.get(name);
    Attribute b = expected.attributes.get(name);
    // Operands that are there or not are compared as such.
    if (a == b || name == "operandSegmentSizes")
      continue;
    wanted.push_back(name.str() + " = " + formatAttribute(b));
    given.push_back(name.str() + " = " + formatAttribute(a));
  }
  if (wanted.empty())
    return false;
  auto finding = report(Code::DAG790, op,
                        "expected " + actual.name.getValue() + " with " +
                            llvm::join(wanted, ", ") + ", but got " +
                            llvm::join(given, ", "));
  noteMeant(finding, table.getNode(meant).op);
  return true;
}

void PlanComparison::explainOp(ValueNumber number, ValueNumber meant,
                               Operation *op) {
  // Other results of one op differ for the same reasons.
  const ValueTable::Node &node = table.getNode(number);
  std::vector<uint32_t> application = {node.opcode,
                                       table.getNode(meant).opcode};
  llvm::append_range(application, node.operands);
  llvm::append_range(application, table.getNode(meant).operands);
  if (!explained.insert({op, std::move(application)}).second)
    return;
  bool isExplained = explainAttributes(number, meant, op);
  StringRef name = table.getOpcode(number).name.getValue();
  ArrayRef<ValueNumber> actual = table.getNode(number).operands;
  SmallVector<ValueNumber> aligned = getAligned(table, number, meant);
  ArrayRef<ValueNumber> expected = aligned;
  Operation *meantOp = table.getNode(meant).op;
  // Two that changed places are one mistake.
  if (actual.size() == expected.size() &&
      std::is_permutation(actual.begin(), actual.end(), expected.begin()) &&
      actual != expected) {
    size_t i =
        std::mismatch(actual.begin(), actual.end(), expected.begin()).first -
        actual.begin();
    bool isNamed = table.isLeaf(actual[i]) && table.isLeaf(expected[i]);
    auto finding = report(
        isNamed ? Code::DAG791 : Code::DAG792, op,
        "expected " + describeApart(expected[i], actual[i]) + " as operand " +
            Twine(i) + " of " + name + ", but got " +
            describeApart(actual[i], expected[i]) + ", in another order");
    return noteMeant(finding, meantOp);
  }
  for (auto [i, a, b] : llvm::enumerate(actual.take_front(expected.size()),
                                        expected.take_front(actual.size())))
    if (a != b) {
      explainValue(a, b, "operand " + Twine(i) + " of " + name, op, meantOp);
      isExplained = true;
    }
  if (actual.size() < expected.size()) {
    auto finding =
        report(Code::DAG793, op,
               "expected " + name + " with " +
                   describe(expected.drop_front(actual.size())) + ", but got " +
                   Twine(actual.size()) + " operands only");
    noteMeant(finding, meantOp);
  } else if (actual.size() > expected.size()) {
    auto finding =
        report(Code::DAG794, op,
               "expected " + name + " with " + Twine(expected.size()) +
                   " operands, but got " +
                   describe(actual.drop_front(expected.size())) + " as well");
    noteMeant(finding, meantOp);
  } else if (!isExplained) {
    auto finding = report(Code::DAG792, op,
                          "expected " + name + " with other kinds of operands");
    noteMeant(finding, meantOp);
  }
}

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

/// A name that the reference has with another type, or read in another way. A
/// name that it does not have is reported where it is used.
ValueNumber PlanComparison::seeLeaf(ValueNumber number, Operation *op) {
  const ValueOpcode &actual = table.getOpcode(number);
  auto it = leaves.find({actual.name, actual.attributes.get("name")});
  if (it == leaves.end())
    return number;
  // Of several parts of one tensor, which have its name, its place tells which
  // is meant: another one is reported where it is used.
  const auto *same = llvm::find_if(it->second, [&](ValueNumber part) {
    return table.getOpcode(part).attributes.get("checkpoint") ==
           actual.attributes.get("checkpoint");
  });
  if (same == it->second.end() && it->second.size() > 1)
    return number;
  ValueNumber meant = same == it->second.end() ? it->second.front() : *same;
  const ValueOpcode &expected = table.getOpcode(meant);
  auto compare = [&](Code code, StringRef name, StringRef text,
                     std::string (*format)(Attribute)) {
    Attribute a = actual.attributes.get(name);
    Attribute b = expected.attributes.get(name);
    if (a == b)
      return;
    auto finding = report(code, op,
                          "expected " + describe(number) + text + format(b) +
                              ", but got " + format(a));
    noteMeant(finding, table.getNode(meant).op);
  };
  compare(Code::DAG795, "type", " to be ", formatAttribute);
  compare(Code::DAG791, "checkpoint", " to come from ", formatOrigin);
  return meant;
}

ValueNumber PlanComparison::see(ValueNumber number, Operation *op) {
  if (isKnown(number)) {
    matched.insert(number);
    return number;
  }
  if (numFindings >= kMaxFindings)
    return number;
  indexReference();
  if (table.isLeaf(number))
    return seeLeaf(number, op);
  if (++numSearches > kMaxSearches)
    return number;
  if (std::optional<ValueNumber> meant = findMeant(number, op)) {
    explainOp(number, *meant, op);
    matched.insert(*meant);
    return *meant;
  }
  // An op on what was reported already has nothing to add.
  ArrayRef<ValueNumber> operands = table.getNode(number).operands;
  for (ValueNumber operand : operands)
    if (!isKnown(operand) && !table.isSum(operand) && !table.isLeaf(operand))
      return number;
  if (table.getNode(number).result != 0)
    return number;
  auto finding =
      report(Code::DAG794, op,
             "expected ops of " + name + " only, but got " +
                 table.getOpcode(number).name.getValue() + describePlace(op) +
                 ", which has no counterpart there");
  if (Operation *layer = getModelLayer(op))
    noteMeant(finding, layer);
  // What follows is compared as if the op were not there.
  return operands.empty() ? number : operands.front();
}

void PlanComparison::compareUses(const Uses &actual, const Uses &meant,
                                 const Twine &what) {
  auto isSame = [](const Use &a, const Use &b) { return a.number == b.number; };
  Uses left = actual, right = meant;
  // To write the same once more changes nothing.
  left.erase(std::unique(left.begin(), left.end(), isSame), left.end());
  right.erase(std::unique(right.begin(), right.end(), isSame), right.end());
  size_t common = std::min(left.size(), right.size());
  for (size_t i = 0; i < common; ++i)
    if (left[i].number != right[i].number) {
      hasDifference = true;
      explainValue(left[i].number, right[i].number, what, left[i].op,
                   right[i].op);
    }
  for (const Use &use : ArrayRef(right).drop_front(common)) {
    auto finding =
        report(Code::DAG793, plan, "expected " + what + ", but there is none");
    noteMeant(finding, use.op);
  }
  for (const Use &use : ArrayRef(left).drop_front(common))
    report(Code::DAG794, use.op,
           "expected " + what + " in " + name + " as well, but there is none")
        .note(reference.getLoc(), "the model is here");
}

/// True if at most one summand of a pending sum is not zero, so that to add
/// them up rounds nothing: rows of a table that are on one rank each.
static bool hasOneSummand(Value value) {
  while (value) {
    Operation *op = value.getDefiningOp();
    if (isa_and_present<EmbeddingOp>(op))
      return true;
    value = isa_and_present<ScaleOp, CollectiveOpInterface>(op)
                ? op->getOperand(0)
                : lookThroughRegion(value);
  }
  return false;
}

/// An op of `plan` whose summands are rounded to the few values of 8 bits or
/// fewer before they are added up, which rounds otherwise than the sum does; or
/// null.
static Operation *findRoundedSummands(ModelOp plan) {
  Operation *found = nullptr;
  plan->walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Value value : op->getResults()) {
      std::optional<ShardedType> sharded = ShardedType::get(value.getType());
      if (!sharded || !sharded->hasPartial() ||
          !areRoundedFloats(value.getType()) || hasOneSummand(value))
        continue;
      found = op;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return found;
}

void PlanComparison::run() {
  ValueNumbering expected(table);
  auto obstruct = [&](ModelOp model, const ValueNumbering &numbering) {
    Operation *op = numbering.getObstacle();
    log.setUnverified("'" + op->getName().getStringRef() + "' in '@" +
                      model.getSymName() +
                      "' is not known to be a function of its operands");
  };
  if (failed(expected.run(reference)))
    return obstruct(reference, expected);
  numKnown = table.size();

  auto callback = [this](ValueNumber number, Operation *op) {
    ValueNumber result = see(number, op);
    hasDifference |= result != number;
    return result;
  };
  ValueNumbering actual(table, callback);
  if (failed(actual.run(plan)))
    return obstruct(plan, actual);

  const Uses none;
  auto compareAll = [&](const auto &left, const auto &right, auto getName) {
    for (const auto &[key, uses] : left) {
      auto it = right.find(key);
      compareUses(uses, it == right.end() ? none : it->second, getName(key));
    }
    for (const auto &[key, uses] : right)
      if (!left.count(key))
        compareUses(none, uses, getName(key));
  };
  compareAll(actual.getOutputs(), expected.getOutputs(),
             [](StringAttr name) { return "the output '" + name.str() + "'"; });
  compareAll(actual.getWrites(), expected.getWrites(), [&](ValueNumber root) {
    return "the write to " + describe(root);
  });
  checkCaches(actual);
  if (numFindings != 0)
    return;
  // What has another number was reported.
  if (hasDifference)
    return log.setUnverified("a difference was found that has no name");
  for (const ValueNumbering *numbering : {&expected, &actual})
    if (Operation *op = numbering->getDoubtful())
      return log.setUnverified("'" + op->getName().getStringRef() + "'" +
                               describePlace(op) + ": " +
                               numbering->getDoubt());
  if (Operation *op = findLateRead())
    return log.setUnverified("'" + op->getName().getStringRef() + "'" +
                                 describePlace(op) +
                                 " takes a cache as it was before what is "
                                 "written into the same memory in front of it",
                             op->getLoc());
  for (ModelOp model : {plan, reference})
    if (Operation *op = findRoundedSummands(model))
      return log.setUnverified(
          "'" + op->getName().getStringRef() + "'" + describePlace(op) +
              " gives summands of 8 bits or fewer, which do not add up to the "
              "sum rounded to them",
          op->getLoc());
  log.addFact("Values of the plan",
              "equal to those of " + name + " (" + Twine(numKnown) + ")");
  log.addFact("Rests on", describeAssumptions(plan));
}
