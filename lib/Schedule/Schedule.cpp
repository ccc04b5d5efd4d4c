//===- Schedule.cpp - Reading and printing of schedules -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Notation
//===----------------------------------------------------------------------===//

namespace {
struct Notation {
  StringRef name;
  ActionKind kind;
  bool isWhole = false;
};
} // namespace

/// The last name that fits is the one that is printed.
static constexpr Notation kNotations[] = {
    {"F", ActionKind::Forward},
    {"B", ActionKind::Backward},
    {"BW", ActionKind::Backward, /*isWhole=*/true},
    {"I", ActionKind::BackwardInput},
    {"W", ActionKind::BackwardWeight},
    {"SEND_F", ActionKind::SendForward},
    {"RECV_F", ActionKind::RecvForward},
    {"SEND_B", ActionKind::SendBackward},
    {"RECV_B", ActionKind::RecvBackward},
    {"WAIT_SEND_F", ActionKind::WaitSendForward},
    {"WAIT_SEND_B", ActionKind::WaitSendBackward}};

static constexpr StringRef kLocalActions[] = {
    "UNSHARD", "RESHARD", "REDUCE_GRAD", "WAIT_REDUCE_GRAD"};

static constexpr StringRef kCollectives[] = {
    "ALL_REDUCE", "ALL_GATHER", "REDUCE_SCATTER", "ALL_TO_ALL", "BROADCAST",
    "REDUCE",     "GATHER",     "SCATTER",        "SPLIT",      "INIT"};

/// The stage that a transfer goes to or comes from if none is written.
static int32_t getNeighbour(ActionKind kind, int32_t stage) {
  bool isNext = kind == ActionKind::SendForward ||
                kind == ActionKind::RecvBackward ||
                kind == ActionKind::WaitSendForward;
  return isNext ? stage + 1 : stage - 1;
}

bool Action::makesCommunicator() const {
  StringRef rest = text;
  return kind == ActionKind::Collective &&
         (rest.starts_with("SPLIT:") || rest.starts_with("INIT:"));
}

StringRef Action::getMadeCommunicator() const {
  StringRef rest = text;
  if (rest.consume_front("SPLIT:"))
    rest = rest.split(':').second;
  else
    rest.consume_front("INIT:");
  StringRef name = rest.split(':').first;
  return name.ends_with("/") ? StringRef() : name;
}

std::string Action::str() const {
  std::string suffix = stream == 0 ? "" : "@" + std::to_string(stream);
  if (kind >= ActionKind::Collective)
    return text + suffix;
  std::string result = std::to_string(stage);
  StringRef name;
  for (const Notation &notation : kNotations)
    if (notation.kind == kind && notation.isWhole <= isWhole)
      name = notation.name;
  result += name.str() + std::to_string(microbatch);
  if ((isTransfer() || isWaitForSend()) && peer != getNeighbour(kind, stage))
    result += (isRecv() ? "<" : ">") + std::to_string(peer);
  return result + suffix;
}

char ScheduleError::ID = 0;

void ScheduleError::log(llvm::raw_ostream &os) const {
  if (!rule.empty())
    os << '(' << rule << ") ";
  os << message;
}

static llvm::Error fail(const llvm::Twine &message) {
  return llvm::make_error<ScheduleError>(message);
}

/// `error` with the place of the action that it is about.
static llvm::Error placeAt(llvm::Error error, int32_t column) {
  return llvm::handleErrors(
      std::move(error),
      [&](std::unique_ptr<ScheduleError> where) -> llvm::Error {
        if (where->column == 0)
          where->column = column;
        return llvm::Error(std::move(where));
      });
}

/// Text of a table in a message, cut where it is long.
static std::string quote(StringRef text) {
  constexpr size_t kMaxText = 60;
  bool isLong = text.size() > kMaxText;
  return "'" + text.take_front(kMaxText).str() + (isLong ? "..." : "") + "'";
}

static llvm::Error parseCollective(StringRef text, Action &action) {
  // KIND:communicator[:what all ranks must agree on], or RECORD:event
  auto [kind, rest] = text.split(':');
  if (kind == "RECORD" || kind == "WAIT") {
    if (rest.empty() || rest.contains(':'))
      return fail("expected an event behind '" + kind + ":', but got " +
                  quote(rest));
    action.kind = kind == "WAIT" ? ActionKind::Wait : ActionKind::Record;
    action.text = text.str();
    return llvm::Error::success();
  }
  if (!llvm::is_contained(kCollectives, kind))
    return fail("expected a collective out of " +
                llvm::join(llvm::ArrayRef(kCollectives), ", ") + ", but got " +
                quote(kind));
  if (rest.split(':').first.empty())
    return fail("expected a communicator behind '" + kind + ":'");
  action.kind = ActionKind::Collective;
  action.text = text.str();
  if (kind == "SPLIT" && rest.split(':').second.empty())
    return fail("expected the new communicator behind " + quote(text));
  return llvm::Error::success();
}

static llvm::Error parseActionOnStream(StringRef text, Action &action) {
  if (text.contains(':'))
    return parseCollective(text, action);
  if (text == "SYNC") {
    action.kind = ActionKind::Sync;
    action.text = text.str();
    return llvm::Error::success();
  }
  auto malformed = [&] {
    return fail("expected an action such as 0F1 or 0SEND_F1, but got " +
                quote(text));
  };
  StringRef rest = text;
  uint64_t stage, microbatch, peer;
  if (rest.consumeInteger(10, stage))
    return malformed();
  if (stage >= static_cast<uint64_t>(kMaxStages))
    return fail("expected a stage below " + llvm::Twine(kMaxStages) +
                ", but got " + quote(text));
  action.stage = stage;
  if (llvm::is_contained(kLocalActions, rest)) {
    action.kind = ActionKind::Local;
    action.text = text.str();
    return llvm::Error::success();
  }
  StringRef name =
      rest.take_while([](char c) { return llvm::isAlpha(c) || c == '_'; });
  const Notation *notation = llvm::find_if(
      kNotations, [&](const Notation &n) { return n.name == name; });
  if (notation == std::end(kNotations))
    return malformed();
  action.kind = notation->kind;
  action.isWhole = notation->isWhole;
  rest = rest.drop_front(name.size());
  if (rest.consumeInteger(10, microbatch))
    return malformed();
  if (microbatch >= static_cast<uint64_t>(kMaxMicrobatches))
    return fail("expected a micro-batch below " +
                llvm::Twine(kMaxMicrobatches) + ", but got '" + text + "'");
  action.microbatch = microbatch;
  if (!action.isTransfer() && !action.isWaitForSend()) {
    if (!rest.empty())
      return malformed();
    return llvm::Error::success();
  }
  action.peer = getNeighbour(action.kind, action.stage);
  if (rest.consume_front(action.isRecv() ? "<" : ">")) {
    if (rest.consumeInteger(10, peer) ||
        peer >= static_cast<uint64_t>(kMaxStages))
      return malformed();
    action.peer = peer;
  }
  if (!rest.empty())
    return malformed();
  if (action.peer < 0 || action.peer == action.stage)
    return fail("expected a stage at the other end of " + quote(text));
  return llvm::Error::success();
}

static llvm::Error parseAction(StringRef text, Action &action) {
  auto [head, stream] = text.rsplit('@');
  if (llvm::Error error = parseActionOnStream(head, action))
    return error;
  if (head.size() == text.size())
    return llvm::Error::success();
  uint64_t number;
  if (stream.getAsInteger(10, number) ||
      number >= static_cast<uint64_t>(kMaxStreams))
    return fail("expected a stream below " + llvm::Twine(kMaxStreams) +
                " behind '@', but got " + quote(text));
  if (!action.isTransfer() && action.kind != ActionKind::Collective &&
      action.kind != ActionKind::Record && action.kind != ActionKind::Wait)
    return fail("expected a stream only for communication and events, but "
                "got " +
                quote(text));
  action.stream = number;
  return llvm::Error::success();
}

/// The actions of `(a;b)OVERLAP_F_B` or `(a;b)GROUP` in a row, or with
/// brackets.
static llvm::Error parseJoined(StringRef row, StringRef list, char close,
                               StringRef name, std::vector<Action> &actions) {
  ActionJoin join = name == "OVERLAP_F_B" ? ActionJoin::Overlap
                    : name == "GROUP"     ? ActionJoin::Group
                                          : ActionJoin::None;
  if (join == ActionJoin::None)
    return fail("expected OVERLAP_F_B or GROUP behind '" + llvm::Twine(close) +
                "', but got " + quote(name));
  llvm::SmallVector<StringRef> items;
  list.split(items, ';');
  bool isFirst = true;
  for (StringRef item : items) {
    Action &action = actions.emplace_back();
    item = item.trim();
    action.column = item.data() - row.data() + 1;
    if (llvm::Error error = parseAction(item, action))
      return placeAt(std::move(error), action.column);
    if (join == ActionJoin::Overlap && !action.isCompute())
      return fail("expected only computation in OVERLAP_F_B, but got " +
                  quote(item));
    if (join == ActionJoin::Group && !action.isTransfer() &&
        action.kind != ActionKind::Collective)
      return fail("expected only communication in GROUP, but got " +
                  quote(item));
    action.join = isFirst ? ActionJoin::None : join;
    int32_t before = isFirst ? action.stream : actions.rbegin()[1].stream;
    if (before != action.stream)
      return fail("expected one stream in GROUP, but got " +
                  llvm::Twine(before) + " and " + llvm::Twine(action.stream) +
                  " with " + quote(item));
    isFirst = false;
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<Action>> dag::parseActions(StringRef text) {
  std::vector<Action> actions;
  StringRef row = text;
  auto takeItem = [&] {
    StringRef item = text.take_until([](char c) { return c == ','; });
    text = text.drop_front(item.size());
    return item.rtrim();
  };
  while (true) {
    text = text.ltrim(" \t\r\n,");
    if (text.empty())
      return std::move(actions);
    bool isBracket = text.starts_with("[");
    if (!isBracket && !text.starts_with("(")) {
      StringRef item = takeItem();
      // An empty cell in print.
      if (item == "None")
        continue;
      Action &action = actions.emplace_back();
      action.column = item.data() - row.data() + 1;
      if (llvm::Error error = parseAction(item, action))
        return placeAt(std::move(error), action.column);
      continue;
    }
    text = text.drop_front();
    int32_t column = text.data() - row.data();
    char close = isBracket ? ']' : ')';
    size_t end = text.find(close);
    if (end == StringRef::npos)
      return placeAt(fail("expected '" + llvm::Twine(close) + "' behind " +
                          quote(row.substr(column - 1))),
                     column);
    StringRef list = text.take_front(end);
    text = text.drop_front(end + 1);
    StringRef name = takeItem();
    if (llvm::Error error = parseJoined(row, list, close, name, actions))
      return placeAt(std::move(error), column);
  }
}

std::string dag::printActions(llvm::ArrayRef<Action> actions) {
  std::string text;
  for (size_t i = 0; i < actions.size();) {
    size_t end = i + 1;
    while (end < actions.size() && actions[end].join != ActionJoin::None)
      ++end;
    if (!text.empty())
      text += ",";
    bool isJoined = end - i > 1;
    text += isJoined ? "(" : "";
    for (size_t k = i; k < end; ++k)
      text += (k == i ? "" : ";") + actions[k].str();
    if (isJoined)
      text += actions[i + 1].join == ActionJoin::Overlap ? ")OVERLAP_F_B"
                                                         : ")GROUP";
    i = end;
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

bool Schedule::hasTransfers() const {
  return llvm::any_of(rows, [](const std::vector<Action> &row) {
    return llvm::any_of(row, [](const Action &a) { return a.isTransfer(); });
  });
}

bool Schedule::hasBackwards() const {
  return llvm::any_of(rows, [](const std::vector<Action> &row) {
    return llvm::any_of(row, [](const Action &a) {
      return a.isCompute() && a.kind != ActionKind::Forward;
    });
  });
}

int64_t Schedule::getNumStages() const {
  int64_t count = 0;
  for (const std::vector<Action> &row : rows)
    for (const Action &action : row)
      if (action.kind < ActionKind::Collective)
        count = std::max<int64_t>(count, action.stage + 1);
  return count;
}

int64_t Schedule::getNumMicrobatches() const {
  int64_t count = 0;
  for (const std::vector<Action> &row : rows)
    for (const Action &action : row)
      count = std::max<int64_t>(count, action.microbatch + 1);
  return count;
}

int64_t Schedule::getNumActions() const {
  int64_t count = 0;
  for (const std::vector<Action> &row : rows)
    count += row.size();
  return count;
}

std::vector<int32_t> Schedule::getRankOfStages() const {
  std::vector<int32_t> result(getNumStages(), -1);
  for (auto [rank, row] : llvm::enumerate(rows))
    for (const Action &action : row)
      if (action.isCompute())
        result[action.stage] = rank;
  // A row that only communicates is told by its sends and recvs.
  for (auto [rank, row] : llvm::enumerate(rows))
    for (const Action &action : row)
      if (action.isTransfer() && result[action.stage] < 0)
        result[action.stage] = rank;
  return result;
}

/// A number for what an action does to one stage and micro-batch. Stages are
/// the last bits: tables of hashes look at few of the first ones.
static uint64_t getKey(const Action &action, ActionKind kind) {
  bool hasPeer = action.isTransfer() || action.isWaitForSend();
  return uint64_t(action.stage) | (uint64_t(action.microbatch) << 16) |
         (uint64_t(hasPeer ? action.peer : 0) << 36) | (uint64_t(kind) << 52);
}

namespace {
/// What a row has begun and waits for: sends, and reductions of gradients.
class PendingWork {
public:
  /// Why `action` cannot stand here, or nothing.
  std::optional<std::string> add(const Action &action);
  /// Something that the row does not wait for, though it waits for others.
  const Action *findRest() const;

private:
  struct Kind {
    /// In the order of the row, null for what has been waited for.
    std::vector<const Action *> begun;
    /// Where each stands, by number.
    llvm::DenseMap<uint64_t, size_t> places;
    bool hasWaits = false;
  };
  Kind sends, reductions;
};
} // namespace

std::optional<std::string> PendingWork::add(const Action &action) {
  bool isLocal = action.kind == ActionKind::Local;
  StringRef text = action.text;
  bool isReduction = isLocal && text.ends_with("REDUCE_GRAD");
  bool waits = action.isWaitForSend() ||
               (isReduction && text.ends_with("WAIT_REDUCE_GRAD"));
  if (!waits && !action.isSend() && !isReduction)
    return std::nullopt;
  Kind &work = isReduction ? reductions : sends;
  uint64_t key = isReduction ? static_cast<uint64_t>(action.stage)
                             : getKey(action, action.isGradient()
                                                  ? ActionKind::SendBackward
                                                  : ActionKind::SendForward);
  if (!waits) {
    auto [place, isNew] = work.places.try_emplace(key, work.begun.size());
    if (isNew)
      work.begun.push_back(&action);
    else
      work.begun[place->second] = &action;
    return std::nullopt;
  }
  work.hasWaits = true;
  if (auto place = work.places.find(key); place != work.places.end()) {
    work.begun[place->second] = nullptr;
    work.places.erase(place);
    return std::nullopt;
  }
  std::string first = action.str();
  first.erase(first.find("WAIT_"), 5);
  return "expected '" + first + "' before '" + action.str() + "'";
}

const Action *PendingWork::findRest() const {
  for (const Kind *work : {&sends, &reductions})
    if (work->hasWaits)
      for (const Action *action : work->begun)
        if (action)
          return action;
  return nullptr;
}

/// Each part of a backward is there once, in the rows of a stage that runs;
/// `seen` has the keys of all actions.
static llvm::Error checkBackwards(Schedule &schedule,
                                  const llvm::DenseSet<uint64_t> &seen) {
  int64_t numStages = schedule.getNumStages();
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (Action &action : row) {
      if (action.kind == ActionKind::Local && numStages > 0 &&
          action.stage >= numStages)
        return llvm::make_error<ScheduleError>(
            "expected a stage below " + llvm::Twine(numStages) +
                ", which some rank runs, but got '" + action.str() +
                "' on rank " + llvm::Twine(rank),
            "C5", rank, action.column);
      if (action.kind != ActionKind::Backward)
        continue;
      Action part = action;
      part.isWhole = false;
      part.kind = ActionKind::BackwardWeight;
      bool hasWeights = seen.contains(getKey(part, part.kind));
      if (!hasWeights || !action.isWhole)
        part.kind = ActionKind::BackwardInput;
      if (seen.contains(getKey(part, part.kind)))
        return llvm::make_error<ScheduleError>(
            "expected each part of a backward once, but '" + action.str() +
                "' on rank " + llvm::Twine(rank) + " does what '" + part.str() +
                "' does",
            "C5", rank, action.column);
      if (hasWeights && !action.isWhole)
        action.kind = ActionKind::BackwardInput;
    }
  return llvm::Error::success();
}

llvm::Error dag::checkSchedule(Schedule &schedule, int64_t microbatches) {
  if (schedule.rows.size() > kMaxStages)
    return llvm::make_error<ScheduleError>(
        "expected at most " + llvm::Twine(kMaxStages) + " ranks, but got " +
            llvm::Twine(schedule.rows.size()),
        /*rule=*/"", kMaxStages, /*column=*/0);
  llvm::DenseSet<uint64_t> seen;
  llvm::DenseMap<int32_t, int32_t> rankOf;
  for (auto [rank, row] : llvm::enumerate(schedule.rows)) {
    llvm::DenseSet<StringRef> recorded;
    PendingWork pending;
    auto failAt = [&, rank = rank](const Action &action, StringRef rule,
                                   const llvm::Twine &message) {
      return llvm::make_error<ScheduleError>(message, rule, rank,
                                             action.column);
    };
    for (const Action &action : row) {
      auto fail = [&](StringRef rule, const llvm::Twine &message) {
        return failAt(action, rule, message);
      };
      if (std::optional<std::string> wrong = pending.add(action))
        return fail("C7", *wrong + " on rank " + llvm::Twine(rank) +
                              ", but it is not");
      if (action.kind == ActionKind::Record)
        recorded.insert(action.getName());
      if (action.kind == ActionKind::Wait &&
          !recorded.contains(action.getName()))
        return fail("C6", "expected event '" + action.getName() +
                              "' to be recorded before '" + action.str() +
                              "' on rank " + llvm::Twine(rank) +
                              ", but it is not");
      bool isLocal = action.kind == ActionKind::Local;
      if (action.kind >= ActionKind::Collective && !isLocal)
        continue;
      if (!isLocal && action.microbatch >= microbatches)
        return fail("C4", "expected micro-batches below " +
                              llvm::Twine(microbatches) + ", but got '" +
                              action.str() + "' on rank " + llvm::Twine(rank));
      auto [it, isNew] = rankOf.try_emplace(action.stage, rank);
      if (!isNew && it->second != static_cast<int32_t>(rank))
        return fail("C5", "expected stage " + llvm::Twine(action.stage) +
                              " on one rank, but got it on ranks " +
                              llvm::Twine(it->second) + " and " +
                              llvm::Twine(rank));
      if (!isLocal && !seen.insert(getKey(action, action.kind)).second)
        return fail("C5", "expected '" + action.str() +
                              "' once, but got it again on rank " +
                              llvm::Twine(rank));
    }
    if (const Action *rest = pending.findRest())
      return failAt(*rest, "C7",
                    "expected a wait for '" + rest->str() + "' on rank " +
                        llvm::Twine(rank) +
                        ", which waits for others, but there is none");
  }
  return checkBackwards(schedule, seen);
}
