//===- Report.cpp - Choosing and writing a report ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/Reports/Report.h"
#include "ReportSupport.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// What the writers share
//===----------------------------------------------------------------------===//

dag::report::SeverityCounts::SeverityCounts(ArrayRef<Finding> findings) {
  for (const Finding &finding : findings)
    ++counts[static_cast<unsigned>(finding.severity)];
}

SmallVector<CheckResult>
dag::report::getChecklist(const VerificationResult &result) {
  SmallVector<CheckResult> checklist;
  for (const CheckInfo *line : getChecklistLines()) {
    auto found = llvm::find_if(
        result.checks, [&](const auto &other) { return other.check == line; });
    if (found != result.checks.end())
      checklist.push_back(*found);
    else
      checklist.push_back(
          {line, CheckStatus::Unverified, "the check did not run"});
  }
  for (const CheckResult &check : result.checks)
    if (!llvm::is_contained(getChecklistLines(), check.check))
      checklist.push_back(check);
  return checklist;
}

StringRef dag::report::getHint(const Finding &finding) {
  if (!finding.hint.empty())
    return finding.hint;
  return finding.info->hint;
}

llvm::json::Value dag::report::toJSONString(StringRef text) {
  if (llvm::json::isUTF8(text))
    return text;
  return llvm::json::fixUTF8(text);
}

//===----------------------------------------------------------------------===//
// Text of any origin in Markdown
//===----------------------------------------------------------------------===//

/// Bytes shown of one text and of one name.
static constexpr size_t kMaxText = 1000;
static constexpr size_t kMaxName = 160;

/// `text` as valid UTF-8 on one line, and cut at `limit` bytes.
static std::string clean(StringRef text, size_t limit) {
  bool isCut = text.size() > limit;
  if (isCut) {
    // Not within a character, whose later bytes are 10xxxxxx.
    size_t end = limit;
    while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;
    text = text.take_front(end);
  }
  std::string cleaned =
      llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
  for (char &c : cleaned)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
      c = ' ';
  if (isCut)
    cleaned += "...";
  return cleaned;
}

/// True if the character at `i` would be markup rather than itself.
static bool isMarkup(StringRef text, size_t i) {
  char previous = i == 0 ? ' ' : text[i - 1];
  char next = i + 1 == text.size() ? ' ' : text[i + 1];
  switch (text[i]) {
  case '`':
  case '*':
  case '~':
  case '$':
  case '|':
    return true;
  case '_':
    // Emphasis does not begin or end within a word.
    return !llvm::isAlnum(previous) || !llvm::isAlnum(next);
  case '\\':
    return llvm::isPunct(next) || i + 1 == text.size();
  case '<':
    return llvm::isAlpha(next) || next == '/' || next == '!' || next == '?';
  case '&':
    return llvm::isAlpha(next) || next == '#';
  case '[':
    // A task of a list, or a footnote.
    return i == 0 || next == '^';
  case ']':
    return next == '(' || next == '[' || next == ':';
  case '#':
  case '+':
  case '-':
  case '=':
  case '>':
    return i == 0;
  case '.':
  case ')':
    // "1." begins a list.
    return i != 0 && i < 10 && llvm::all_of(text.take_front(i), llvm::isDigit);
  default:
    return false;
  }
}

void dag::report::writeMarkdownText(StringRef text, raw_ostream &os) {
  std::string cleaned = clean(text, kMaxText);
  StringRef trimmed = StringRef(cleaned).trim(' ');
  for (size_t i = 0, e = trimmed.size(); i != e; ++i) {
    if (isMarkup(trimmed, i))
      os << '\\';
    os << trimmed[i];
  }
}

void dag::report::writeMarkdownCode(StringRef name, raw_ostream &os) {
  std::string cleaned = clean(name, kMaxName);
  // Nothing is escaped within a code span, so the fence must be longer than
  // any run of backticks inside.
  size_t longest = 0;
  size_t run = 0;
  for (char c : cleaned) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  std::string fence(longest + 1, '`');
  // One space at both ends belongs to the fence.
  StringRef text = cleaned;
  bool isPadded = text.empty() || text.starts_with("`") ||
                  text.ends_with("`") || text.starts_with(" ");
  StringRef padding = isPadded ? " " : "";
  os << fence << padding << text << padding << fence;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

namespace {
using Writer = void (*)(const VerificationResult &, raw_ostream &);
} // namespace

/// The writer that the ending of `path` asks for, or null.
static Writer selectWriter(StringRef path) {
  if (path == "-" || path.ends_with_insensitive(".md"))
    return writeMarkdownReport;
  // SARIF's own recommendation for names is `.sarif` or `.sarif.json`.
  if (path.ends_with_insensitive(".sarif") ||
      path.ends_with_insensitive(".sarif.json"))
    return writeSARIFReport;
  if (path.ends_with_insensitive(".json"))
    return writeJSONReport;
  return nullptr;
}

/// Flushes `os` and takes over its error: an error left in a stream ends the
/// process when the stream is destroyed.
static std::error_code takeError(llvm::raw_fd_ostream &os) {
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return error;
}

static llvm::Error makeError(StringRef path, std::error_code error) {
  return llvm::createStringError(error, "cannot write the report '" + path +
                                            "': " + error.message());
}

llvm::Error dag::writeReport(const VerificationResult &result, StringRef path) {
  Writer write = selectWriter(path);
  if (!write)
    return llvm::createStringError(
        llvm::inconvertibleErrorCode(),
        "expected a report ending in .md, .json or .sarif, but got '" + path +
            "'");

  if (path == "-") {
    write(result, llvm::outs());
    if (std::error_code error = takeError(llvm::outs()))
      return makeError("-", error);
    return llvm::Error::success();
  }

  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return makeError(path, error);
  write(result, os);
  os.close();
  if ((error = takeError(os))) {
    // Half a report misleads. Devices and links stay.
    if (llvm::sys::fs::get_file_type(path, /*follow=*/false) ==
        llvm::sys::fs::file_type::regular_file)
      (void)llvm::sys::fs::remove(path);
    return makeError(path, error);
  }
  return llvm::Error::success();
}
