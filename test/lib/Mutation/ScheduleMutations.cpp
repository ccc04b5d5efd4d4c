//===- ScheduleMutations.cpp - Broken orders of stages and micro-batches -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"
#include "dag/Schedule/Schedule.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

static constexpr int64_t kMicrobatches = 3;

/// The table of 1F1B, or of inference, with transfers; empty where the plan
/// has one stage.
static Schedule getTable(Sites &sites, ScheduleKind kind) {
  SmallVector<StageOp> stages = sites.getStages();
  llvm::SmallDenseSet<int64_t> coordinates;
  for (StageOp stage : stages)
    coordinates.insert(stage.getCoordinate().value_or(0));
  std::vector<StuckAction> stuck;
  if (stages.size() < 2 || stages.size() != coordinates.size())
    return {};
  llvm::Expected<Schedule> rows =
      makeSchedule(kind, stages.size(), kMicrobatches, 1);
  if (!rows) {
    llvm::consumeError(rows.takeError());
    return {};
  }
  return insertTransfers(*rows, getChainEdges(stages.size(), 2), stuck)
      .value_or(Schedule());
}

static void setTable(ModelOp plan, const Schedule &schedule) {
  OpBuilder builder = OpBuilder::atBlockBegin(&plan.getBody().front());
  SmallVector<Attribute> rows;
  for (const std::vector<Action> &row : schedule.rows)
    rows.push_back(builder.getStringAttr(printActions(row)));
  createOp(builder, plan.getLoc(), "dag.schedule", {}, {},
           {builder.getNamedAttr("kind", builder.getStringAttr("table")),
            builder.getNamedAttr("microbatches",
                                 builder.getI64IntegerAttr(kMicrobatches)),
            builder.getNamedAttr("table", builder.getArrayAttr(rows))});
}

/// Adds a site with a changed table for each place of each row.
static void
forEachAction(Sites &sites,
              function_ref<std::string(Schedule &, size_t, size_t)> change) {
  for (ScheduleKind kind : {ScheduleKind::Forward, ScheduleKind::OneFOneB}) {
    Schedule table = getTable(sites, kind);
    for (size_t rank = 0; rank < table.rows.size(); ++rank)
      for (size_t i = 0; i < table.rows[rank].size(); ++i) {
        Schedule other = table;
        std::string text = change(other, rank, i);
        ModelOp plan = sites.getPlan();
        if (!text.empty())
          sites.add(plan,
                    (kind == ScheduleKind::Forward ? "forward, " : "1f1b, ") +
                        text + " on rank " + Twine(rank),
                    [plan, other]() mutable { setTable(plan, other); });
      }
  }
}

static void swapActions(Sites &sites) {
  forEachAction(sites,
                [](Schedule &table, size_t rank, size_t i) -> std::string {
                  std::vector<Action> &row = table.rows[rank];
                  if (i + 1 == row.size())
                    return "";
                  std::swap(row[i], row[i + 1]);
                  return row[i + 1].str() + " behind " + row[i].str();
                });
}

static void dropAction(Sites &sites) {
  forEachAction(sites, [](Schedule &table, size_t rank, size_t i) {
    std::vector<Action> &row = table.rows[rank];
    std::string text = row[i].str() + " dropped";
    row.erase(row.begin() + i);
    return text;
  });
}

static void doubleAction(Sites &sites) {
  forEachAction(sites, [](Schedule &table, size_t rank, size_t i) {
    std::vector<Action> &row = table.rows[rank];
    row.insert(row.begin() + i, row[i]);
    return row[i].str() + " doubled";
  });
}

static void wrongMicrobatch(Sites &sites) {
  forEachAction(sites, [](Schedule &table, size_t rank, size_t i) {
    Action &action = table.rows[rank][i];
    std::string text = action.str() + " is ";
    action.microbatch = (action.microbatch + 1) % kMicrobatches;
    return text + action.str();
  });
}

/// Two micro-batches change places in all that one kind of action does.
static void swapMicrobatches(Sites &sites) {
  forEachAction(
      sites, [](Schedule &table, size_t rank, size_t i) -> std::string {
        std::vector<Action> &row = table.rows[rank];
        if (!row[i].isTransfer())
          return "";
        for (size_t j = i + 1; j < row.size(); ++j)
          if (row[j].kind == row[i].kind) {
            std::swap(row[i], row[j]);
            return row[j].str() + " and " + row[i].str() + " change places";
          }
        return "";
      });
}

/// Adds a site with a changed table for each kind of table.
static void forEachTable(Sites &sites,
                         function_ref<std::string(Schedule &, size_t)> change) {
  for (ScheduleKind kind : {ScheduleKind::Forward, ScheduleKind::OneFOneB}) {
    Schedule table = getTable(sites, kind);
    for (size_t which = 0; which < table.rows.size(); ++which) {
      Schedule other = table;
      std::string text = change(other, which);
      ModelOp plan = sites.getPlan();
      if (!text.empty())
        sites.add(plan,
                  (kind == ScheduleKind::Forward ? "forward, " : "1f1b, ") +
                      text,
                  [plan, other]() mutable { setTable(plan, other); });
    }
  }
}

/// All ranks leave the same micro-batch out.
static void skipMicrobatch(Sites &sites) {
  forEachTable(sites, [](Schedule &table, size_t which) -> std::string {
    auto microbatch = static_cast<int32_t>(which % kMicrobatches);
    for (std::vector<Action> &row : table.rows)
      llvm::erase_if(row, [&](const Action &action) {
        return action.microbatch == microbatch;
      });
    return "micro-batch " + std::to_string(microbatch) + " left out";
  });
}

/// A rank has an empty row, and nobody sends to it or waits for it.
static void idleStage(Sites &sites) {
  forEachTable(sites, [](Schedule &table, size_t rank) -> std::string {
    if (rank + 1 != table.rows.size())
      return "";
    auto stage = static_cast<int32_t>(rank);
    for (std::vector<Action> &row : table.rows)
      llvm::erase_if(row, [&](const Action &action) {
        return action.stage == stage ||
               (action.isTransfer() && action.peer == stage);
      });
    return "the last rank idles";
  });
}

/// A wrong schedule beside one that is right.
static void secondSchedule(Sites &sites) {
  Schedule right = getTable(sites, ScheduleKind::Forward);
  forEachTable(sites, [&](Schedule &table, size_t rank) -> std::string {
    if (table.rows[rank].empty())
      return "";
    std::string text = table.rows[rank].back().str() + " dropped behind a "
                                                       "schedule that is right";
    table.rows[rank].pop_back();
    return text;
  });
  for (Site &site : sites.get())
    site.apply = [plan = sites.getPlan(), right, apply = site.apply]() mutable {
      apply();
      setTable(plan, right);
    };
}

/// Calls of two communicators in one group of each rank.
static void addGroups(Schedule &table, ArrayRef<StringRef> calls) {
  for (std::vector<Action> &row : table.rows)
    for (auto [i, call] : llvm::enumerate(calls)) {
      Action action;
      action.kind = ActionKind::Collective;
      action.text = call.str();
      action.join = i == 0 ? ActionJoin::None : ActionJoin::Group;
      row.insert(row.begin() + i, action);
    }
}

static void addGroup(Sites &sites) {
  forEachTable(sites, [](Schedule &table, size_t which) -> std::string {
    addGroups(table, {"ALL_REDUCE:a", "ALL_REDUCE:b", "BROADCAST:a"});
    return which == 0 ? "three calls in a group of all ranks" : "";
  });
}

static void groupOrder(Sites &sites) {
  forEachTable(sites, [](Schedule &table, size_t rank) -> std::string {
    addGroups(table, {"ALL_REDUCE:a", "ALL_REDUCE:b"});
    std::swap(table.rows[rank][0].text, table.rows[rank][1].text);
    return "a group in another order on rank " + std::to_string(rank);
  });
}

static void groupInit(Sites &sites) {
  forEachTable(sites, [](Schedule &table, size_t which) -> std::string {
    addGroups(table, {"INIT:a", which == 0 ? "ALL_REDUCE:a" : "INIT:b"});
    return "a communicator made in a group";
  });
}

static void addTable(Sites &sites) {
  for (ScheduleKind kind : {ScheduleKind::Forward, ScheduleKind::GPipe,
                            ScheduleKind::OneFOneB, ScheduleKind::ZeroBubbleH1})
    if (Schedule table = getTable(sites, kind); !table.rows.empty()) {
      ModelOp plan = sites.getPlan();
      sites.add(plan,
                "a schedule of " + Twine(table.getNumActions()) + " actions",
                [plan, table]() mutable { setTable(plan, table); });
    }
}

ArrayRef<Kind> mutation::getScheduleKinds() {
  static constexpr llvm::StringLiteral kFits =
      "the two actions do not depend on each other";
  static const Kind kinds[] = {
      {"swap-actions",
       {"DAG801 DAG804 DAG806", kFits},
       "two neighboring actions of a rank change places",
       swapActions},
      {"drop-action",
       {"DAG801 DAG803 DAG804 DAG806 DAG810", ""},
       "an action of a rank is missing",
       dropAction},
      {"double-action",
       {"DAG005", "what is computed twice is the same"},
       "a rank does the same twice",
       doubleAction},
      {"wrong-microbatch",
       {"DAG005", ""},
       "an action for another micro-batch",
       wrongMicrobatch},
      {"swap-microbatches",
       {"DAG801 DAG804 DAG806", ""},
       "two transfers of a rank change places",
       swapMicrobatches},
      {"skip-microbatch",
       {"DAG810", ""},
       "all ranks leave a micro-batch out",
       skipMicrobatch},
      {"idle-stage", {"DAG810", ""}, "a stage does nothing", idleStage},
      {"second-schedule",
       {"DAG801 DAG803 DAG806 DAG810", ""},
       "of two schedules one lacks an action",
       secondSchedule},
      {"group-order",
       {"DAG805", ""},
       "a rank issues a group of two communicators in another order",
       groupOrder},
      {"group-init",
       {"DAG811", ""},
       "a communicator is made in a group with other calls",
       groupInit},
      {"add-group",
       {"", ""},
       "calls of two communicators in one group: nothing is broken",
       addGroup},
      {"add-schedule",
       {"", ""},
       "an order is stated: nothing is broken",
       addTable},
  };
  return kinds;
}
