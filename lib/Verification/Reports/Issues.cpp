//===- Issues.cpp - Findings by their cause ---------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Issues.h"
#include "ReportSupport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <tuple>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::report;

/// Bytes of a message that tell its cause.
static constexpr size_t kMaxPattern = 1000;
static constexpr size_t kMaxHints = 5;

/// The message with `0` for each number and nothing between quotes.
static std::string getPattern(StringRef message) {
  std::string pattern;
  pattern.reserve(message.size());
  while (!message.empty()) {
    char c = message.front();
    pattern += llvm::isDigit(c) ? '0' : c;
    if (llvm::isDigit(c)) {
      message = message.drop_while(llvm::isDigit);
      continue;
    }
    size_t close = c == '\'' ? message.find('\'', 1) : StringRef::npos;
    message = message.drop_front(close == StringRef::npos ? 1 : close + 1);
  }
  return pattern;
}

namespace {
/// An issue in the making.
struct Group {
  Issue issue;
  /// Index of the cause of each pattern.
  llvm::StringMap<uint32_t> causes;
};
} // namespace

static void add(Group &group, ArrayRef<Finding> findings, uint32_t index) {
  Issue &issue = group.issue;
  const Finding &finding = findings[index];
  issue.findings.push_back(index);
  issue.severity = std::max(issue.severity, finding.severity);
  StringRef hint = getHint(finding);
  if (issue.hints.size() < kMaxHints && !llvm::is_contained(issue.hints, hint))
    issue.hints.push_back(hint);

  StringRef message = finding.message;
  auto [it, isNew] = group.causes.try_emplace(
      getPattern(message.take_front(kMaxPattern)), issue.causes.size());
  if (isNew)
    issue.causes.emplace_back();
  Cause &cause = issue.causes[it->second];
  cause.findings.push_back(index);
  cause.numEqual += message == findings[cause.findings.front()].message;
}

std::vector<Issue> report::collectIssues(ArrayRef<Finding> findings) {
  llvm::StringMap<uint32_t> groupOf;
  std::vector<Group> groups;
  for (uint32_t index = 0; index < findings.size(); ++index) {
    const CodeInfo &info = getCodeInfo(findings[index].code);
    auto [it, isNew] = groupOf.try_emplace(info.code, groups.size());
    if (isNew)
      groups.emplace_back().issue.info = &info;
    add(groups[it->second], findings, index);
  }
  std::vector<Issue> issues;
  for (Group &group : groups)
    issues.push_back(std::move(group.issue));
  llvm::sort(issues, [](const Issue &left, const Issue &right) {
    return std::make_tuple(right.severity, left.info->code) <
           std::make_tuple(left.severity, right.info->code);
  });
  return issues;
}

std::pair<StringRef, std::string> report::describe(const Cause &cause,
                                                   ArrayRef<Finding> findings) {
  size_t count = cause.findings.size();
  std::string more;
  if (count > cause.numEqual)
    more = " (and " + std::to_string(count - 1) + " like it)";
  else if (count > 1)
    more = " (at " + std::to_string(count) + " places)";
  return {findings[cause.findings.front()].message, more};
}
