//===- ChangeReport.h - What was made of a drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_REPAIR_CHANGEREPORT_H
#define DAG_LIB_REPAIR_CHANGEREPORT_H

#include "dag/Diagnostics/Finding.h"
#include "dag/Support/RangeSet.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <deque>

namespace mlir::dag {

/// What became of something that was drawn, or why it could not become
/// anything.
enum class ChangeKind {
  Kept,
  Added,
  Changed,
  Assumed,
  Dropped,
  /// A finding that the plan no longer has.
  Mended,
  /// A question that an option has to decide.
  Refused
};

/// One line of the report of changes.
struct Change {
  ChangeKind kind;
  /// The place in the drawing, without a chain of locations.
  Location loc;
  /// Lowercase, no final period.
  std::string message;
  SmallVector<std::pair<Location, std::string>, 0> notes;
};

/// A row of the report's table of stages.
struct PlacedStage {
  int64_t index;
  /// Half-open.
  int64_t firstLayer;
  int64_t endLayer;
  /// The layers of it that were drawn.
  RangeSet drawn;
  /// In the order of the ranks.
  SmallVector<int64_t> devices;
};

/// Collects what is kept, added, changed, assumed, dropped and refused, for
/// remarks at the lines of the drawing and for a report in Markdown.
class ChangeLog {
public:
  /// A change that can be given notes.
  class Handle {
  public:
    explicit Handle(Change &change) : change(change) {}
    Handle &note(Location loc, const Twine &message);

  private:
    Change &change;
  };

  Handle add(ChangeKind kind, Location loc, const Twine &message);
  Handle refuse(Location loc, const Twine &message) {
    return add(ChangeKind::Refused, loc, message);
  }
  bool hasRefusals() const { return refused; }

  /// One entry for all findings of a code.
  void addFindings(ArrayRef<Finding> findings);
  /// Says that there was nothing to do.
  void setUnchanged() { unchanged = true; }
  void setStages(std::vector<PlacedStage> placed) {
    stages = std::move(placed);
  }

  /// Emits the refusals as errors and everything else as remarks.
  void emit() const;
  /// Writes the report to a file, or to standard output for `-`. `file` is
  /// the drawing, `config` the model's configuration.
  llvm::Error write(StringRef path, StringRef file, StringRef config) const;

private:
  void print(StringRef file, StringRef config, raw_ostream &os) const;
  void printStages(raw_ostream &os) const;
  /// The changes of a kind, below a heading if there is one.
  void printChanges(ChangeKind kind, StringRef file, raw_ostream &os) const;

  std::deque<Change> changes;
  std::vector<PlacedStage> stages;
  bool refused = false;
  bool unchanged = false;
};

/// `layer 3` or `layers 0-19`.
std::string getLayersText(const RangeSet &layers);
/// `GPU 0, 1`; the order is that of the ranks.
std::string getDevicesText(ArrayRef<int64_t> devices);

} // namespace mlir::dag

#endif // DAG_LIB_REPAIR_CHANGEREPORT_H
