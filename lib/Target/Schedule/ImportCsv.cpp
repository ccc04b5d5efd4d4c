//===- ImportCsv.cpp - Schedules from tables -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/Schedule/ImportCsv.h"
#include "ScheduleRows.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Schedule/Schedule.h"
#include "mlir/IR/Builders.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/SourceMgr.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::dag;

OwningOpRef<ModuleOp> schedule::importCsv(llvm::MemoryBufferRef buffer,
                                          MLIRContext *context) {
  context->loadDialect<DagDialect>();
  Builder builder(context);
  auto getLoc = [&](unsigned line, unsigned column = 1) -> Location {
    return FileLineColLoc::get(context, buffer.getBufferIdentifier(), line,
                               column);
  };
  std::vector<unsigned> lines;
  auto refuse = [&](llvm::Error error) {
    llvm::handleAllErrors(std::move(error), [&](const ScheduleError &wrong) {
      unsigned line = std::max(wrong.row, 0);
      line = line < lines.size() ? lines[line] : line + 1;
      emitError(getLoc(line, std::max(wrong.column, 1))) << wrong.getMessage();
    });
    return OwningOpRef<ModuleOp>();
  };
  StringRef text = buffer.getBuffer();
  // As spreadsheets write it.
  text.consume_front("\xef\xbb\xbf");
  llvm::Expected<std::vector<WrittenRow>> rows = readRows(text);
  if (!rows)
    return refuse(rows.takeError());
  Schedule schedule;
  SmallVector<Attribute> table, columns;
  SmallVector<Location> rowLocs;
  for (WrittenRow &row : *rows) {
    lines.push_back(row.line);
    rowLocs.push_back(getLoc(row.line));
    schedule.rows.push_back(std::move(row.actions));
  }
  int64_t microbatches = std::max<int64_t>(1, schedule.getNumMicrobatches());
  llvm::Error error =
      schedule.getNumActions() == 0
          ? llvm::make_error<ScheduleError>(
                "expected a row of actions for each rank, but got none")
          : checkSchedule(schedule, microbatches);
  if (error)
    return refuse(std::move(error));
  // The op remembers the cell of each action: its table has no empty ones.
  for (const std::vector<Action> &row : schedule.rows) {
    table.push_back(builder.getStringAttr(printActions(row)));
    columns.push_back(builder.getDenseI32ArrayAttr(
        llvm::map_to_vector(row, [](const Action &a) { return a.column; })));
  }
  Location loc = FusedLoc::get(context, rowLocs, builder.getArrayAttr(columns));
  OwningOpRef<ModuleOp> module = ModuleOp::create(getLoc(1));
  OpBuilder body = OpBuilder::atBlockBegin(module->getBody());
  ScheduleOp::create(body, loc, builder.getStringAttr("table"),
                     builder.getI64IntegerAttr(microbatches),
                     builder.getArrayAttr(table));
  return module;
}

void schedule::registerTranslation() {
  static TranslateRegistration translation(
      "schedule-csv-to-dag", "read a pipeline schedule of PyTorch",
      [](const std::shared_ptr<llvm::SourceMgr> &sourceMgr, raw_ostream &os,
         MLIRContext *context) {
        const llvm::MemoryBuffer *buffer =
            sourceMgr->getMemoryBuffer(sourceMgr->getMainFileID());
        OwningOpRef<ModuleOp> module =
            importCsv(buffer->getMemBufferRef(), context);
        if (!module)
          return failure();
        module->print(os);
        os << '\n';
        return success();
      });
}
