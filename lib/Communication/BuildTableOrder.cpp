//===- BuildTableOrder.cpp - From the rows of tables to an order -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderBuilder.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::dag;

void OrderBuilder::readPlaces(ScheduleOp op, Schedule &schedule) {
  // As the importer of files leaves them (Target/Schedule).
  auto fused = dyn_cast<FusedLoc>(op.getLoc());
  auto columns =
      fused ? dyn_cast_if_present<ArrayAttr>(fused.getMetadata()) : ArrayAttr();
  if (!columns || columns.size() != schedule.rows.size() ||
      fused.getLocations().size() != schedule.rows.size())
    return;
  for (auto [row, place] : llvm::zip_equal(schedule.rows, columns)) {
    auto ofRow = dyn_cast<DenseI32ArrayAttr>(place);
    if (!ofRow || ofRow.size() != static_cast<int64_t>(row.size()))
      return;
    for (auto [action, column] : llvm::zip_equal(row, ofRow.asArrayRef()))
      action.column = column;
  }
  for (Location rowLoc : fused.getLocations())
    if (auto place = dyn_cast<FileLineColLoc>(rowLoc))
      rowLocs.push_back(place);
  if (rowLocs.size() != schedule.rows.size())
    rowLocs.clear();
  else
    loc = rowLocs.front();
}

Location OrderBuilder::getRowLoc(size_t rank) const {
  return rank < rowLocs.size() ? Location(rowLocs[rank]) : loc;
}

Location OrderBuilder::getLoc(size_t rank, const Action &action) const {
  if (rank >= rowLocs.size() || action.column <= 0)
    return getRowLoc(rank);
  return FileLineColLoc::get(rowLocs[rank].getFilename(),
                             rowLocs[rank].getLine(), action.column);
}

/// A split of a parent is one call whatever its colour, the part behind `/`;
/// an INIT is a call of the new communicator itself. That several are made in
/// one order is a matter of all of them: each has a meeting of its own.
static std::string getMeeting(const Action &action) {
  auto [kind, rest] = StringRef(action.text).split(':');
  if (!action.makesCommunicator())
    return action.getName().str();
  StringRef made = kind == "SPLIT" ? rest.split(':').second : rest;
  made = made.split(':').first.split('/').first;
  return (kind + " " + made + " of " + action.getName()).str();
}

/// A communicator has the ranks that call it or make it, and `world` has all.
void OrderBuilder::addCommunicators(const Schedule &schedule) {
  auto addMember = [&](StringRef name, uint32_t rank) {
    auto [it, isNew] =
        communicators.try_emplace(name, order.communicators.size());
    if (isNew)
      order.communicators.emplace_back().name = name.str();
    auto &members = order.communicators[it->second].members;
    if (name == "world" && members.empty())
      for (size_t i = 0; i < schedule.rows.size(); ++i)
        members.push_back(i);
    if (name != "world" && (members.empty() || members.back() != rank))
      members.push_back(rank);
  };
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      if (action.kind != ActionKind::Collective)
        continue;
      addMember(action.getName(), rank);
      if (action.makesCommunicator() && !action.getMadeCommunicator().empty())
        addMember(action.getMadeCommunicator(), rank);
    }
  // All members of the parent take part in a split.
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row) {
      if (!action.makesCommunicator())
        continue;
      auto [it, isNew] = communicators.try_emplace(getMeeting(action),
                                                   order.communicators.size());
      if (!isNew)
        continue;
      Communicator &meeting = order.communicators.emplace_back();
      const Communicator &parent =
          order.communicators[communicators.lookup(action.getName())];
      meeting.name = parent.name;
      meeting.members = parent.members;
    }
}

/// Nobody answers a rank that calls a communicator that no other rank names.
/// One that is made may have one rank.
void OrderBuilder::checkNotAlone(uint32_t rank, const Action &action,
                                 const llvm::StringSet<> &everMade,
                                 size_t numRanks, llvm::StringSet<> &reported) {
  StringRef name = action.getName();
  const Communicator &communicator =
      order.communicators[communicators.lookup(name)];
  if (numRanks > 1 && communicator.members.size() == 1 && name != "world" &&
      !everMade.contains(name) && reported.insert(name).second)
    report(Code::DAG802, getLoc(rank, action),
           "expected another rank to call '" + name + "' with the " +
               action.str() + " of rank " + Twine(rank) + ", but none does");
}

/// True if the action at `index` stands in a group with others.
static bool isGrouped(ArrayRef<Action> row, size_t index) {
  return row[index].join == ActionJoin::Group ||
         (index + 1 < row.size() && row[index + 1].join == ActionJoin::Group);
}

/// What all ranks agree on is text, of which the count comes first, and the
/// root of a call that has one is the last number.
static std::optional<std::string> findWrongNumber(const Action &action,
                                                  size_t members) {
  auto [kind, rest] = StringRef(action.text).split(':');
  SmallVector<StringRef> fields;
  rest.split(fields, ':');
  int64_t number;
  bool hasCount = fields.size() > 1 && !fields[1].getAsInteger(10, number);
  if (hasCount && number < 0)
    return "a number of elements that is not negative";
  bool hasRoot =
      llvm::is_contained({"BROADCAST", "REDUCE", "GATHER", "SCATTER"}, kind);
  if (hasRoot && fields.size() > 2 && !fields.back().getAsInteger(10, number) &&
      (number < 0 || number >= static_cast<int64_t>(members)))
    return "a root below " + std::to_string(members);
  return std::nullopt;
}

/// What ranks make under one name of two parents, or of a parent and by
/// themselves, are two communicators.
void OrderBuilder::checkOneOrigin(const Schedule &schedule) {
  struct Making {
    size_t rank;
    const Action *action;
  };
  llvm::StringMap<Making> first;
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      StringRef name = action.makesCommunicator() ? action.getMadeCommunicator()
                                                  : StringRef();
      if (name.empty())
        continue;
      auto [it, isNew] = first.try_emplace(name, Making{rank, &action});
      const Making &other = it->second;
      if (isNew || getMeeting(*other.action) == getMeeting(action) ||
          !ambiguous.insert(name).second)
        continue;
      report(Code::DAG802, getLoc(rank, action),
             "expected '" + name + "' to be one communicator, but '" +
                 other.action->str() + "' of rank " + Twine(other.rank) +
                 " and '" + action.str() + "' of rank " + Twine(rank) +
                 " make two of this name");
      order.issues.back().notes.push_back(
          {getLoc(other.rank, *other.action),
           "the other one, of rank " + std::to_string(other.rank)});
    }
}

/// A communicator that is made is made by each rank before it calls it.
void OrderBuilder::checkMade(const Schedule &schedule) {
  checkOneOrigin(schedule);
  llvm::StringSet<> everMade;
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row)
      if (action.makesCommunicator())
        everMade.insert(action.getMadeCommunicator());
  llvm::StringSet<> reported, merged, wrong;
  for (auto [rank, row] : llvm::enumerate(schedule.rows)) {
    llvm::StringSet<> made, meetings;
    for (auto [index, action] : llvm::enumerate(row)) {
      if (action.kind != ActionKind::Collective)
        continue;
      if (action.makesCommunicator() && isGrouped(row, index) &&
          merged.insert(action.text).second)
        report(Code::DAG811, getLoc(rank, action),
               "expected '" + action.str() + "' of rank " + Twine(rank) +
                   " outside of a group, but it is merged with '" +
                   (action.join == ActionJoin::Group ? row[index - 1]
                                                     : row[index + 1])
                       .str() +
                   "'");
      checkNotAlone(rank, action, everMade, schedule.rows.size(), reported);
      size_t members =
          order.communicators[communicators.lookup(action.getName())]
              .members.size();
      if (std::optional<std::string> wanted = findWrongNumber(action, members);
          wanted && !ambiguous.contains(action.getName()) &&
          wrong.insert(action.text).second)
        report(Code::DAG802, getLoc(rank, action),
               "expected " + *wanted + " in '" + action.str() + "' of rank " +
                   Twine(rank));
      bool isInit = StringRef(action.text).starts_with("INIT:");
      StringRef name = action.getName();
      if (!isInit && everMade.contains(name) && !made.contains(name) &&
          reported.insert(name).second)
        report(Code::DAG802, getLoc(rank, action),
               "expected rank " + Twine(rank) + " to make communicator '" +
                   name + "' before '" + action.str() + "', but it does not");
      if (!action.makesCommunicator() && name.ends_with("/") &&
          reported.insert(name).second)
        report(Code::DAG802, getLoc(rank, action),
               "expected rank " + Twine(rank) +
                   " to call a communicator that "
                   "it is in, but '" +
                   action.str() + "' names none");
      if (!action.makesCommunicator())
        continue;
      made.insert(action.getMadeCommunicator());
      // Whoever calls it would mean the last one.
      if (!meetings.insert(getMeeting(action)).second &&
          wrong.insert(action.text).second)
        report(Code::DAG802, getLoc(rank, action),
               "expected a communicator to be made once, but '" + action.str() +
                   "' of rank " + Twine(rank) + " makes it again");
    }
  }
}

void OrderBuilder::addCollective(uint32_t rankClass, const Action &action) {
  // KIND:communicator[:what all ranks agree on]
  auto [kind, rest] = StringRef(action.text).split(':');
  auto [name, agreed] = rest.split(':');
  // Nothing is said of who meets in it.
  if (ambiguous.contains(action.getName()))
    return;
  uint32_t communicator = communicators.lookup(getMeeting(action));
  std::string text = kind.str() + (agreed.empty() ? "" : ":" + agreed.str());
  CommunicationOp op;
  op.kind = CommunicationKind::Collective;
  op.joinsPrevious = action.join == ActionJoin::Group;
  op.blocksRank = action.makesCommunicator();
  op.stream = action.stream;
  setColumn(op, action);
  op.other = communicator;
  // Colours may differ.
  op.data = getSignature(op.blocksRank ? StringRef(text).split('/').first
                                       : StringRef(text));
  auto [it, isNew] =
      tableSites.try_emplace({-1 - int64_t(communicator), op.data, false}, 0);
  if (isNew)
    it->second = addSite(loc, order.signatures[op.data] + " on " + name.str());
  op.site = it->second;
  addOp(rankClass, op);
}

/// The collectives of a stage that a computation makes.
void OrderBuilder::addCallsOf(uint32_t rankClass, const Action &action) {
  auto it = stages.find(action.stage);
  if (it == stages.end())
    return;
  const StageInfo &stage = it->second;
  CommunicationOp op;
  op.kind = CommunicationKind::Collective;
  op.microbatch = action.microbatch;
  int64_t numOwnCalls = stage.getNumOwnCalls(action);
  order.numOps += numOwnCalls;
  // They need an order to what other streams do.
  if (hasStreams && numOwnCalls > 0) {
    std::string name = "collectives among " + order.classes[rankClass].name;
    auto [own, isNew] =
        communicators.try_emplace(name, order.communicators.size());
    if (isNew) {
      order.communicators.push_back({name, {rankClass}, true});
      tableSites[{-1 - int64_t(own->second), 0, false}] =
          addSite(StageOp(stage.op).getLoc(), name);
    }
    op.other = own->second;
    op.site = tableSites[{-1 - int64_t(own->second), 0, false}];
    order.classes[rankClass].ops.push_back(op);
  }
  bool isBackward = action.kind != ActionKind::Forward;
  if (isBackward && !stage.hasInputs(action))
    return;
  for (size_t i = 0; i < stage.calls.size(); ++i) {
    const StageCall &call =
        stage.calls[isBackward ? stage.calls.size() - 1 - i : i];
    op.other = call.communicator;
    op.site = call.site;
    op.data = call.signature;
    addOp(rankClass, op);
  }
}

void OrderBuilder::addTransfer(uint32_t rankClass, const Action &action,
                               bool isGrouped, ArrayRef<int32_t> rankOf) {
  bool isGradient = action.isGradient();
  std::pair<int64_t, int64_t> edge = action.getEnds();
  auto [source, target] = edge;
  int32_t peer = action.peer < static_cast<int64_t>(rankOf.size())
                     ? rankOf[action.peer]
                     : -1;
  if (peer < 0) {
    report(Code::DAG803, getLoc(rankClass, action),
           "expected stage " + Twine(action.peer) + " at the other end of '" +
               action.str() + "', but no rank has it");
    return;
  }
  CommunicationOp op;
  op.kind = action.isWaitForSend() ? CommunicationKind::WaitSend
            : action.isSend()      ? CommunicationKind::Send
                                   : CommunicationKind::Recv;
  op.joinsPrevious = action.join == ActionJoin::Group;
  op.stream = action.stream;
  setColumn(op, action);
  op.other = peer;
  op.microbatch = action.microbatch;
  // The tensors of the plan on this edge, in the order of this end.
  if (isGradient)
    std::swap(edge.first, edge.second);
  bool usesSends = action.isRecv() == isGradient;
  auto &known = usesSends ? sendsOn : recvsOn;
  auto it = known.find(edge);
  if (it != known.end()) {
    for (uint32_t id : it->second) {
      if (isGradient && !hasGradients[id])
        continue;
      op.site = isGradient ? transferSites[id].second : transferSites[id].first;
      op.data = (uint64_t(id) << 22) | (uint64_t(isGradient) << 21) |
                action.microbatch;
      addOp(rankClass, op);
      // All tensors of the first action of a group are in it.
      op.joinsPrevious |= isGrouped;
    }
    return;
  }
  auto [site, isNew] = tableSites.try_emplace({source, target, isGradient}, 0);
  std::string ends = "from stage " + std::to_string(source) + " to stage " +
                     std::to_string(target);
  // Where the plan lacks an end, that is what is wrong.
  if (isNew && !stages.empty() &&
      llvm::none_of(order.issues, [](const OrderIssue &issue) {
        return issue.code == Code::DAG803;
      }))
    report(Code::DAG803, getLoc(rankClass, action),
           "expected a transfer " + ends + " in the plan for '" + action.str() +
               "', but it has none",
           "Leave the action out at both ends, or send " + ends +
               " in the plan.");
  if (isNew)
    site->second = addSite(loc, std::move(ends), isGradient);
  op.site = site->second;
  op.data =
      (uint64_t(site->second) << 22) | (uint64_t(1) << 63) | action.microbatch;
  addOp(rankClass, op);
}

void OrderBuilder::assumeOrders(const Schedule &schedule) {
  bool hasOverlaps = false, hasWeights = false;
  auto hasCalls = [&](const Action &action) {
    auto it = stages.find(action.stage);
    return it != stages.end() && action.isCompute() &&
           (it->second.getNumOwnCalls(action) > 0 ||
            (!it->second.calls.empty() && (action.kind == ActionKind::Forward ||
                                           it->second.hasInputs(action))));
  };
  for (const std::vector<Action> &row : schedule.rows)
    for (auto [index, action] : llvm::enumerate(row)) {
      hasOverlaps |= action.join == ActionJoin::Overlap && hasCalls(action) &&
                     hasCalls(row[index - 1]);
      hasWeights |= action.isLocal("UNSHARD") || action.isLocal("REDUCE_GRAD");
    }
  if (hasOverlaps)
    assume("ranks of a stage that begin the collectives of actions that "
           "overlap in one order");
  if (hasWeights)
    assume("UNSHARD and REDUCE_GRAD that stand in one order with all other "
           "communication on the ranks that take part");
}

void OrderBuilder::addRows(const Schedule &schedule) {
  assumeOrders(schedule);
  addCommunicators(schedule);
  checkMade(schedule);
  for (const std::vector<Action> &row : schedule.rows)
    hasStreams |= llvm::any_of(
        row, [](const Action &action) { return action.stream != 0; });
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (auto [index, action] : llvm::enumerate(row)) {
      CommunicationOp op;
      op.stream = action.stream;
      switch (action.kind) {
      case ActionKind::Local:
        break;
      case ActionKind::Collective:
        addCollective(rank, action);
        break;
      case ActionKind::Record:
      case ActionKind::Wait:
        op.kind = action.kind == ActionKind::Wait ? CommunicationKind::Wait
                                                  : CommunicationKind::Record;
        op.other =
            events.try_emplace(action.getName(), events.size()).first->second;
        order.classes[rank].ops.push_back(op);
        break;
      case ActionKind::Sync:
        op.kind = CommunicationKind::Sync;
        op.blocksRank = true;
        order.classes[rank].ops.push_back(op);
        break;
      default:
        if (action.isCompute())
          addCallsOf(rank, action);
        else
          addTransfer(rank, action, isGrouped(row, index), rankOf);
      }
    }
  checkInserted();
}

void OrderBuilder::checkInserted() {
  if (!hasInserted || !hasStreams)
    return;
  // The first op that goes wrong, with its rank.
  using Place = std::pair<uint32_t, uint32_t>;
  auto findWrong = [](const CommunicationOrder &order) -> std::optional<Place> {
    SimulationResult result = simulate(order);
    for (const std::vector<WaitingRank> &ranks : {result.cycle, result.stuck})
      if (!ranks.empty())
        return Place(ranks.front().rankClass, ranks.front().op);
    std::vector<OverlappingOps> overlaps = findOverlaps(order);
    if (overlaps.empty())
      return std::nullopt;
    return Place(overlaps.front().rankClass, overlaps.front().ops[1]);
  };
  std::optional<Place> wrong = findWrong(order);
  if (!wrong)
    return;
  CommunicationOrder own = order;
  for (RankClass &rankClass : own.classes)
    llvm::erase_if(rankClass.ops,
                   [](const CommunicationOp &op) { return op.isTransfer(); });
  if (findWrong(own))
    return;
  const RankClass &rank = order.classes[wrong->first];
  const CommunicationOp &op = rank.ops[wrong->second];
  order.unknown = "the table has streams and no transfers, and the places that "
                  "they were given do not stand the check at the " +
                  order.describe(op) + " on " + rank.name + "; others may";
  // What was put in has no cell, but a row.
  bool hasRow = !rowLocs.empty() && op.getColumn() == 0;
  order.unknownLoc =
      hasRow ? getRowLoc(wrong->first) : order.getLoc(wrong->first, op);
}
