//===- CheckLog.h - Takes what one check finds ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_CHECKLOG_H
#define DAG_DIAGNOSTICS_CHECKLOG_H

#include "dag/Diagnostics/Finding.h"
#include "llvm/ADT/Twine.h"

#include <deque>
#include <optional>

namespace mlir::dag {

/// Where something is found: a place in the file, and the name of the node or
/// op there, or none.
struct FindingPlace {
  Location loc;
  std::string node;
};

/// Takes what one check finds.
class CheckLog {
public:
  explicit CheckLog(const CheckInfo &check) : check(&check) {}
  explicit CheckLog(CheckId check) : CheckLog(getCheckInfo(check)) {}

  /// A finding that can be given notes and a hint.
  class Handle {
  public:
    explicit Handle(Finding &finding) : finding(finding) {}
    Handle &note(const FindingPlace &place, const Twine &message);
    Handle &note(Location loc, const Twine &message, StringRef node = "");
    Handle &hint(const Twine &text);
    /// Gives it another severity than its code has, where less is at stake.
    Handle &severity(Severity severity);

  private:
    Finding &finding;
  };

  Handle report(CodeRef code, const FindingPlace &place, const Twine &message);
  Handle report(CodeRef code, Location loc, StringRef node,
                const Twine &message);

  /// Says that the check could not run, or not on everything. The first
  /// reason is kept, with the place of what is to blame for it if there is one.
  void setUnverified(const Twine &reason, std::optional<Location> loc = {});

  /// Says why there was nothing to check: `one stage`. The first is kept, and
  /// shown where the check passes.
  void setNothingToCheck(const Twine &what);

  /// Adds a fact to the report's summary.
  void addFact(StringRef title, const Twine &value) {
    facts.push_back({title.str(), value.str()});
  }
  void addFact(SummaryFact fact) { facts.push_back(std::move(fact)); }

  const CheckInfo &getCheck() const { return *check; }
  std::deque<Finding> &getFindings() { return findings; }
  StringRef getReason() const { return reason; }
  std::optional<Location> getReasonLoc() const { return reasonLoc; }
  StringRef getNothingToCheck() const { return nothingToCheck; }
  ArrayRef<SummaryFact> getFacts() const { return facts; }

private:
  const CheckInfo *check;
  std::deque<Finding> findings;
  std::string reason, nothingToCheck;
  std::optional<Location> reasonLoc;
  std::vector<SummaryFact> facts;
};

} // namespace mlir::dag

#endif // DAG_DIAGNOSTICS_CHECKLOG_H
