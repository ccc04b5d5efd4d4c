//===- LabelText.cpp - The lines of a label -------------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimensionText.h"
#include "dag/Target/Dot/Recognition.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/ConvertUTF.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

namespace {
/// Collects lines of text without blanks at their ends or empty lines.
class LineWriter {
public:
  void put(char c) { line.push_back(c); }
  void put(StringRef text) { line.append(text.begin(), text.end()); }
  void endLine() {
    StringRef text = StringRef(line).trim();
    if (!text.empty())
      lines.push_back(text.str());
    line.clear();
  }
  size_t getNumLines() const { return lines.size(); }
  /// Makes one statement of the two last lines.
  void joinLastTwo() {
    std::string value = lines.pop_back_val();
    lines.back() += ": " + value;
  }
  /// Of the two last lines, the first states an input, the other an output.
  void markSides() {
    lines[lines.size() - 2].insert(0, "in: ");
    lines.back().insert(0, "out: ");
  }
  StringRef getLine(size_t index) const { return lines[index]; }
  SmallVector<std::string, 4> take() {
    endLine();
    return std::move(lines);
  }

private:
  std::string line;
  SmallVector<std::string, 4> lines;
};
} // namespace

/// Decodes the entity at the start of `text` (`&amp;`, `&#8594;`, `&#x2192;`)
/// and returns its length, or 0 if it isn't one.
static size_t decodeEntity(StringRef text, LineWriter &writer) {
  size_t end = text.take_front(12).find(';');
  if (end == StringRef::npos || end < 2)
    return 0;
  StringRef name = text.slice(1, end);
  uint32_t code = 0;
  if (name.consume_front("#")) {
    bool isHex = name.consume_front("x") || name.consume_front("X");
    if (name.getAsInteger(isHex ? 16 : 10, code) || code == 0)
      return 0;
  } else {
    code = llvm::StringSwitch<uint32_t>(name)
               .Case("amp", '&')
               .Case("lt", '<')
               .Case("gt", '>')
               .Case("quot", '"')
               .Case("apos", '\'')
               .Case("nbsp", ' ')
               .Case("times", 0xd7)
               .Case("middot", 0xb7)
               .Case("ndash", 0x2013)
               .Case("mdash", 0x2014)
               .Case("minus", 0x2212)
               .Case("hellip", 0x2026)
               .Case("rarr", 0x2192)
               .Case("harr", 0x2194)
               .Case("rArr", 0x21d2)
               .Case("radic", 0x221a)
               .Case("oplus", 0x2295)
               .Case("otimes", 0x2297)
               .Case("sdot", 0x22c5)
               .Default(0);
    if (code == 0)
      return 0;
  }
  char buffer[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
  char *cursor = buffer;
  if (!llvm::ConvertCodePointToUTF8(code, cursor))
    return 0;
  writer.put(code == 0xa0 ? StringRef(" ")
                          : StringRef(buffer, cursor - buffer));
  return end + 1;
}

/// True if the tag `<name ...>` or `</name>` ends a line.
static bool endsLine(StringRef tag) {
  tag.consume_front("/");
  StringRef name = tag.take_while(llvm::isAlnum);
  return llvm::StringSwitch<bool>(name)
      .CasesLower({"br", "td", "tr", "hr", "vr", "table"}, true)
      .Default(false);
}

/// True for what a cell says if the one behind it holds the value.
static bool isKey(StringRef cell) {
  return llvm::StringSwitch<bool>(cell.rtrim(" :"))
      .CasesLower({"in", "input", "inputs", "input dims", "input shape"}, true)
      .CasesLower({"out", "output", "outputs", "output dims"}, true)
      .CasesLower({"output shape", "shape", "dims", "dimensions"}, true)
      .CasesLower({"gpu", "gpus", "device", "devices", "rank", "ranks"}, true)
      .CasesLower({"layer", "layers", "stage", "expert", "experts"}, true)
      .CasesLower({"weight", "weights", "params", "buffer"}, true)
      .Default(false);
}

/// True for a cell that is nothing but a shape in brackets, or a list that
/// begins like one.
static bool isShapeCell(StringRef cell) {
  if (cell.size() > 2 && (cell.front() == '[' || cell.front() == '('))
    return cell.back() == ']' || cell.back() == ')';
  return cell.size() > 3 && (cell[1] == ',' || llvm::isDigit(cell.front())) &&
         cell.count(',') > 1;
}

static SmallVector<std::string, 4> getHTMLLines(StringRef label) {
  LineWriter writer;
  // The lines before the row of a table; a row of two cells is a statement.
  size_t rowBegin = 0;
  auto endRow = [&](StringRef tag) {
    tag.consume_front("/");
    if (tag.take_while(llvm::isAlnum).lower() != "tr")
      return;
    if (writer.getNumLines() == rowBegin + 2) {
      if (isKey(writer.getLine(rowBegin)) &&
          !isKey(writer.getLine(rowBegin + 1)))
        writer.joinLastTwo();
      else if (isShapeCell(writer.getLine(rowBegin)) &&
               isShapeCell(writer.getLine(rowBegin + 1)))
        writer.markSides();
    }
    rowBegin = writer.getNumLines();
  };
  for (size_t i = 0; i < label.size();) {
    char c = label[i];
    if (c == '<') {
      bool isComment = label.substr(i).starts_with("<!--");
      size_t end = label.find(isComment ? "-->" : ">", i);
      if (end == StringRef::npos)
        break;
      if (!isComment && endsLine(label.slice(i + 1, end))) {
        writer.endLine();
        endRow(label.slice(i + 1, end));
      }
      i = end + (isComment ? 3 : 1);
      continue;
    }
    if (c == '&')
      if (size_t length = decodeEntity(label.substr(i), writer)) {
        i += length;
        continue;
      }
    // A line break of the text is a blank in HTML.
    writer.put(llvm::isSpace(c) ? ' ' : c);
    ++i;
  }
  return writer.take();
}

/// What a record's port says of the shape in its field: `<i> 2x(B,S,64)` is an
/// input.
static StringRef getSideOfPort(StringRef port, StringRef field) {
  field = field.ltrim();
  if (field.empty() ||
      !(llvm::isDigit(field.front()) || StringRef("[(").contains(field[0])))
    return "";
  return llvm::StringSwitch<StringRef>(port.trim())
      .CasesLower({"i", "in", "input", "inputs"}, "in: ")
      .CasesLower({"o", "out", "output", "outputs"}, "out: ")
      .Default("");
}

/// The number of `gpu3`, `cuda:3` and `Rank 3`, with `word` before it; nothing
/// where the line says more.
static std::optional<StringRef> getLoneDevice(StringRef line, StringRef &word) {
  line = line.trim();
  StringRef number = line.substr(line.find_last_not_of("0123456789") + 1);
  word = line.drop_back(number.size()).rtrim(" :_#");
  if (number.empty() || !isDeviceWord(word))
    return std::nullopt;
  return number;
}

/// Fields of one device each are the devices that a box is on, and not one of
/// them: `{matmul|{gpu0|gpu1}}`. Of a move they are its ends.
static void joinDevices(SmallVector<std::string, 4> &lines) {
  for (StringRef line : lines)
    for (StringRef move : {"send", "recv", "p2p", "transfer", "copy", "->"})
      if (line.contains_insensitive(move))
        return;
  SmallVector<std::string, 4> joined;
  std::string last;
  for (const std::string &line : lines) {
    StringRef word;
    std::optional<StringRef> number = getLoneDevice(line, word);
    if (number && !last.empty() && word.equals_insensitive(last))
      joined.back() += (", " + *number).str();
    else
      joined.push_back(number ? (word + " " + *number).str() : line);
    last = number ? word.str() : "";
  }
  lines = std::move(joined);
}

SmallVector<std::string, 4> dot::getLabelLines(StringRef label, bool isHTML) {
  if (isHTML) {
    SmallVector<std::string, 4> lines = getHTMLLines(label);
    joinDevices(lines);
    return lines;
  }
  LineWriter writer;
  // Fields of a record: `{<port> text | text}`.
  StringRef trimmed = label.trim();
  bool isRecord = label.contains('|') ||
                  (trimmed.starts_with("{") && trimmed.ends_with("}"));
  bool atStart = true;
  for (size_t i = 0; i < label.size();) {
    char c = label[i];
    if (c == '\\') {
      // Scripts often escape twice, so `\\n` ends a line as well.
      size_t next = label.find_first_not_of('\\', i);
      if (next == StringRef::npos)
        break;
      char escaped = label[next];
      if (escaped == 'n' || escaped == 'l' || escaped == 'r') {
        writer.endLine();
        atStart = true;
        i = next + 1;
      } else if (escaped == '|') {
        writer.endLine();
        i = next + 1;
      } else if (llvm::isAlpha(escaped) && next == i + 1) {
        i = next + 1; // `\N`, `\G`, ...: what the reader has anyway.
      } else {
        writer.put(escaped);
        i = next + 1;
      }
      continue;
    }
    if (c == '\n' || (isRecord && c == '|')) {
      writer.endLine();
      atStart = true;
      ++i;
      continue;
    }
    if (c == '&')
      if (size_t length = decodeEntity(label.substr(i), writer)) {
        i += length;
        atStart = false;
        continue;
      }
    if (isRecord && (c == '{' || c == '}')) {
      ++i;
      continue;
    }
    if (isRecord && atStart && c == '<') {
      size_t end = label.find('>', i);
      if (end != StringRef::npos) {
        writer.put(
            getSideOfPort(label.slice(i + 1, end), label.drop_front(end + 1)));
        i = end + 1;
        continue;
      }
    }
    atStart &= llvm::isSpace(c);
    writer.put(c);
    ++i;
  }
  SmallVector<std::string, 4> lines = writer.take();
  if (isRecord)
    joinDevices(lines);
  return lines;
}
