//===- ChangeReport.cpp - What was made of a drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChangeReport.h"

#include "dag/Support/Files.h"
#include "dag/Support/Markdown.h"
#include "dag/Verification/Reports/Report.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <optional>

using namespace mlir;
using namespace mlir::dag;

std::string dag::getLayersText(const RangeSet &layers) {
  return (layers.size() == 1 ? "layer " : "layers ") + layers.str();
}

std::string dag::getDevicesText(ArrayRef<int64_t> devices) {
  constexpr size_t kMaxShown = 16;
  std::string text = "GPU ";
  llvm::raw_string_ostream os(text);
  bool ascends = devices.size() > 2;
  for (size_t i = 1; i < devices.size(); ++i)
    ascends &= devices[i] == devices[i - 1] + 1;
  if (ascends) {
    os << devices.front() << '-' << devices.back();
    return text;
  }
  llvm::interleaveComma(devices.take_front(kMaxShown), os);
  if (devices.size() > kMaxShown)
    os << " and " << devices.size() - kMaxShown << " more";
  return text;
}

ChangeLog::Handle &ChangeLog::Handle::note(Location loc, const Twine &message) {
  change.notes.push_back({getPlainLoc(loc), message.str()});
  return *this;
}

ChangeLog::Handle ChangeLog::add(ChangeKind kind, Location loc,
                                 const Twine &message) {
  refused |= kind == ChangeKind::Refused;
  changes.push_back({kind, getPlainLoc(loc), message.str(), /*notes=*/{}});
  return Handle(changes.back());
}

void ChangeLog::addFindings(ArrayRef<Finding> findings) {
  llvm::MapVector<const CodeInfo *, std::pair<const Finding *, size_t>> byCode;
  for (const Finding &finding : findings) {
    // What was not understood is dropped, not mended.
    if (finding.severity == Severity::Unverified && !finding.is(Code::DAG005))
      continue;
    auto &[first, count] = byCode[finding.info];
    if (count++ == 0)
      first = &finding;
  }
  for (auto &[info, entry] : byCode) {
    auto [first, count] = entry;
    std::string text = ("[" + info->code + "] " + first->message).str();
    if (count > 1)
      text += " (and " + std::to_string(count - 1) + " like it)";
    add(ChangeKind::Mended, first->loc, text);
  }
}

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

static StringRef getPrefix(ChangeKind kind) {
  switch (kind) {
  case ChangeKind::Kept:
    return "kept: ";
  case ChangeKind::Added:
    return "added: ";
  case ChangeKind::Changed:
    return "changed: ";
  case ChangeKind::Assumed:
    return "assumed: ";
  case ChangeKind::Dropped:
    return "dropped: ";
  case ChangeKind::Mended:
    return "mended: ";
  case ChangeKind::Refused:
    return "";
  }
  llvm_unreachable("unknown kind of change");
}

static constexpr ChangeKind kKinds[] = {
    ChangeKind::Kept,    ChangeKind::Added,   ChangeKind::Changed,
    ChangeKind::Assumed, ChangeKind::Dropped, ChangeKind::Mended,
    ChangeKind::Refused};

void ChangeLog::emit() const {
  // What is kept of a drawing that is refused is of no use.
  for (ChangeKind kind : kKinds) {
    if (refused && kind != ChangeKind::Refused)
      continue;
    for (const Change &change : changes) {
      if (change.kind != kind)
        continue;
      InFlightDiagnostic diagnostic = kind == ChangeKind::Refused
                                          ? emitError(change.loc)
                                          : emitRemark(change.loc);
      diagnostic << getPrefix(kind) << change.message;
      for (auto &[loc, message] : change.notes)
        diagnostic.attachNote(loc) << message;
    }
  }
}

//===----------------------------------------------------------------------===//
// Markdown
//===----------------------------------------------------------------------===//

static StringRef getHeading(ChangeKind kind, bool refused) {
  switch (kind) {
  case ChangeKind::Kept:
    return "Kept";
  case ChangeKind::Added:
    return "Added";
  case ChangeKind::Changed:
    return "Changed";
  case ChangeKind::Assumed:
    return "Assumed";
  case ChangeKind::Dropped:
    return "Dropped";
  case ChangeKind::Mended:
    // Nothing is mended where no plan is made.
    return refused ? "Findings that stay" : "Findings mended";
  case ChangeKind::Refused:
    return "Refused";
  }
  llvm_unreachable("unknown kind of change");
}

/// `line 8: `, with the name of the file where it is not the drawing; nothing
/// for an unknown place.
static void printPlace(Location loc, StringRef file, raw_ostream &os) {
  SourcePlace place = getSourcePlace(loc);
  if (place.line == 0)
    return;
  // In the drawing itself the line is enough.
  if (place.file != file) {
    writeMarkdownText(llvm::sys::path::filename(place.file), os);
    os << ' ';
  }
  os << "line " << place.line << ": ";
}

void ChangeLog::printStages(raw_ostream &os) const {
  constexpr size_t kMaxRows = 256;
  MarkdownTable table({{"Stage", MarkdownTable::Align::Right},
                       {"Layers"},
                       {"Drawn"},
                       {"Devices"}});
  for (const PlacedStage &stage : ArrayRef(stages).take_front(kMaxRows)) {
    std::string layers = std::to_string(stage.firstLayer);
    if (stage.endLayer - stage.firstLayer != 1)
      layers += "-" + std::to_string(stage.endLayer - 1);
    table.addRow({std::to_string(stage.index), layers,
                  stage.drawn.empty() ? "none" : stage.drawn.str(),
                  getDevicesText(stage.devices).substr(4)});
  }
  os << "\n## Stages\n\n";
  table.print(os);
  if (stages.size() > kMaxRows)
    os << "\nand " << stages.size() - kMaxRows << " more stages\n";
}

void ChangeLog::printChanges(ChangeKind kind, StringRef file,
                             raw_ostream &os) const {
  bool isFirst = true;
  for (const Change &change : changes) {
    if (change.kind != kind)
      continue;
    if (isFirst)
      os << "\n## " << getHeading(kind, refused) << "\n\n";
    isFirst = false;
    os << "- ";
    printPlace(change.loc, file, os);
    writeMarkdownText(change.message, os);
    os << '\n';
    for (auto &[loc, message] : change.notes) {
      os << "  - ";
      printPlace(loc, file, os);
      writeMarkdownText(message, os);
      os << '\n';
    }
  }
}

void ChangeLog::print(StringRef file, StringRef config, raw_ostream &os) const {
  os << "# Change Report\n\n- **Input**: ";
  writeMarkdownText(file.empty() ? StringRef("(no file)") : file, os);
  if (!config.empty()) {
    os << "\n- **Model**: ";
    writeMarkdownText(config, os);
  }
  os << "\n- **Result**: "
     << (refused     ? "refused; nothing was changed"
         : unchanged ? "nothing is found wrong, and nothing was changed"
                     : "a plan that passes")
     << '\n';
  // What would have become of the drawing has not.
  if (refused) {
    os << "\nNo plan was made. Each line below is a question that the input "
          "leaves open, and names the option or the line that decides it.\n";
    printChanges(ChangeKind::Refused, file, os);
    printChanges(ChangeKind::Mended, file, os);
    return;
  }
  if (!stages.empty())
    printStages(os);
  for (ChangeKind kind : kKinds)
    printChanges(kind, file, os);
}

llvm::Error ChangeLog::write(StringRef path, StringRef file,
                             StringRef config) const {
  return writeOutputFile(path,
                         [&](raw_ostream &os) { print(file, config, os); });
}
