//===- Escape.cpp - Text of files on a terminal -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Escape.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"

using llvm::StringRef;

/// What Unicode does not print (controls, unassigned and private characters,
/// separators), formats (marks that turn or join text), and what it prints as
/// nothing: fillers, blanks, selectors of variations.
static bool isHidden(llvm::UTF32 c) {
  if (c < 0x7f)
    return c < 0x20;
  return !llvm::sys::unicode::isPrintable(c) ||
         llvm::sys::unicode::isFormatting(c) || c == 0xa0 || c == 0xad ||
         c == 0x34f || (c >= 0x115f && c <= 0x1160) ||
         (c >= 0x17b4 && c <= 0x17b5) || (c >= 0x180b && c <= 0x180f) ||
         (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) ||
         (c >= 0x205f && c <= 0x206f) || c == 0x2800 || c == 0x3000 ||
         c == 0x3164 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff ||
         c == 0xffa0 || (c >= 0xe0000 && c <= 0xe0fff);
}

/// Gives each character of `text` with its bytes; a byte that is no UTF-8 comes
/// as a character above all others. Stops where `visit` says false.
static void visitCharacters(
    StringRef text,
    llvm::function_ref<bool(llvm::UTF32 character, StringRef bytes)> visit) {
  constexpr llvm::UTF32 kBadByte = 0xffffffff;
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data());
  const llvm::UTF8 *end = begin + text.size();
  for (const llvm::UTF8 *at = begin; at != end;) {
    const llvm::UTF8 *start = at;
    llvm::UTF32 character = kBadByte;
    if (*at < 0x80)
      character = *at++;
    else if (llvm::convertUTF8Sequence(&at, end, &character,
                                       llvm::strictConversion) !=
             llvm::conversionOK) {
      at = start + 1;
      character = kBadByte;
    }
    if (!visit(character, text.substr(start - begin, at - start)))
      return;
  }
}

static bool shows(llvm::UTF32 character) {
  return character <= 0x10ffff && !isHidden(character);
}

bool mlir::dag::hasHiddenCharacters(StringRef text) {
  bool isFound = false;
  visitCharacters(text, [&](llvm::UTF32 character, StringRef) {
    isFound = !shows(character) && character != '\t';
    return !isFound;
  });
  return isFound;
}

std::string mlir::dag::escapeHiddenCharacters(StringRef text, bool keepsLines) {
  std::string escaped;
  llvm::raw_string_ostream os(escaped);
  visitCharacters(text, [&](llvm::UTF32 character, StringRef bytes) {
    if (shows(character) || character == '\t' ||
        (keepsLines && character == '\n'))
      os << bytes;
    else if (character == '\n')
      os << "\\n";
    else if (character < 0x100)
      os << llvm::format("\\x%02x", character);
    else if (character <= 0x10ffff)
      os << llvm::format("\\u%04x", character);
    else
      os << llvm::format("\\x%02x", static_cast<unsigned char>(bytes[0]));
    return true;
  });
  return escaped;
}

std::string mlir::dag::shortenMessage(std::string text) {
  constexpr size_t kMaxBegin = 12 << 10, kMaxEnd = 4 << 10;
  if (text.size() <= kMaxBegin + kMaxEnd)
    return text;
  auto isInside = [&](size_t at) { return (text[at] & 0xc0) == 0x80; };
  size_t begin = kMaxBegin, end = text.size() - kMaxEnd;
  while (begin > 0 && isInside(begin))
    --begin;
  while (end < text.size() && isInside(end))
    ++end;
  return text.substr(0, begin) + " ... (" + std::to_string(end - begin) +
         " bytes left out) ... " + text.substr(end);
}

std::string mlir::dag::toURI(StringRef path) {
  std::string uri;
  if (llvm::sys::path::is_absolute(path))
    uri = "file://";
  for (char c : path) {
    if (llvm::isAlnum(c) || StringRef("/-._~!$&'()*+,;=@").contains(c)) {
      uri += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += llvm::hexdigit(byte >> 4);
      uri += llvm::hexdigit(byte & 15);
    }
  }
  return uri;
}

size_t mlir::dag::getUTF16Length(StringRef text) {
  size_t length = 0;
  visitCharacters(text, [&](llvm::UTF32 character, StringRef) {
    length += character > 0xffff && character <= 0x10ffff ? 2 : 1;
    return true;
  });
  return length;
}
