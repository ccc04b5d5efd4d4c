//===- CheckLog.cpp - Takes what one check finds ----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/CheckLog.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace mlir::dag;

CheckLog::Handle &CheckLog::Handle::note(const FindingPlace &place,
                                         const Twine &message) {
  return note(place.loc, message, place.node);
}

CheckLog::Handle &CheckLog::Handle::note(Location loc, const Twine &message,
                                         StringRef node) {
  finding.notes.push_back({loc, node.str(), message.str()});
  return *this;
}

CheckLog::Handle &CheckLog::Handle::hint(const Twine &text) {
  finding.hint = text.str();
  return *this;
}

CheckLog::Handle &CheckLog::Handle::severity(Severity severity) {
  finding.severity = severity;
  return *this;
}

CheckLog::Handle CheckLog::report(CodeRef code, Location loc, StringRef node,
                                  const Twine &message) {
  const CodeInfo &info = code.get();
  findings.push_back({&info, info.severity, message.str(), node.str(), loc,
                      /*notes=*/{}, /*hint=*/""});
  return Handle(findings.back());
}

CheckLog::Handle CheckLog::report(CodeRef code, const FindingPlace &place,
                                  const Twine &message) {
  return report(code, place.loc, place.node, message);
}

void CheckLog::setUnverified(const Twine &text, std::optional<Location> loc) {
  if (!reason.empty())
    return;
  reason = text.str();
  reasonLoc = loc;
}

void CheckLog::setNothingToCheck(const Twine &what) {
  if (nothingToCheck.empty())
    nothingToCheck = what.str();
}

StringRef dag::stringifyStatus(CheckStatus status) {
  switch (status) {
  case CheckStatus::Pass:
    return "PASS";
  case CheckStatus::Fail:
    return "FAIL";
  case CheckStatus::Unverified:
    return "UNVERIFIED";
  }
  llvm_unreachable("unknown status");
}
