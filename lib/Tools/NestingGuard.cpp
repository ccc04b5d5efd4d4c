//===- NestingGuard.cpp - MLIR that is too deep for a stack -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's parser, verifier and printer recurse for each level of brackets,
// through aliases (`#b = [#a]`), and for each operator of an affine expression;
// the printer writes an alias out wherever it is used. It takes the square of
// the length of a number, or of a shape, which it lexes again for each
// dimension; and it asks for memory with the alignment that a blob states. One
// pass over the text finds what is too deep or too large, without parsing it.
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/InputFile.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/WithColor.h"

#include <utility>

using namespace mlir;
using namespace mlir::dag;

// A level takes less than 1 KiB of the 8 MiB that a thread has.
constexpr unsigned kMaxDepth = 4000;
/// Characters of a name, a number or a shape.
constexpr size_t kMaxToken = 4096;
/// Bytes of the alignment of a blob.
constexpr uint32_t kMaxAlignment = 4096;
/// Characters of an affine map or set.
constexpr size_t kMaxAffine = 8192;
/// Attributes and types that one alias stands for, and that all uses of
/// aliases in a file stand for.
constexpr int64_t kMaxExpanded = 1 << 24;

namespace {
/// Goes over the text of a module once.
class NestingScanner {
public:
  explicit NestingScanner(StringRef text) : text(text) {}

  std::optional<DeepNesting> scan();

private:
  struct Alias {
    unsigned depth = 0;
    int64_t size = 1;
  };

  /// What stands at `at` and takes one or more characters.
  void step();
  void open();
  void close() { depth -= depth > 0; }
  void skipString();
  void readName();
  void readToken();
  void checkBlob(StringRef string);
  void beginAlias(StringRef name);
  void endAlias();
  void checkToken(StringRef token) {
    if (token.size() > kMaxToken)
      fail("expected names, numbers and shapes of at most " + Twine(kMaxToken) +
           " characters, but got more");
  }
  void fail(const Twine &message) {
    if (!failure)
      failure = DeepNesting{at, message.str()};
  }
  void checkDepth(unsigned wanted) {
    if (wanted > kMaxDepth)
      fail("expected at most " + Twine(kMaxDepth) +
           " levels of nesting, but got more");
  }

  StringRef text;
  size_t at = 0;
  unsigned depth = 0;
  std::optional<DeepNesting> failure;
  /// At the end of the text, between `{-#` and `#-}`.
  bool isInMetadata = false;
  /// The end and the depth of the affine map or set that `at` is in.
  size_t affineEnd = StringRef::npos;
  unsigned affineDepth = 0;
  llvm::StringMap<Alias> aliases;
  /// The alias whose definition `at` is in.
  StringRef defined;
  Alias definition;
  int64_t expanded = 0;
};
} // namespace

void NestingScanner::open() {
  ++depth;
  definition.depth = std::max(definition.depth, depth);
  checkDepth(depth);
}

void NestingScanner::skipString() {
  size_t begin = at;
  for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
    at += text[at] == '\\';
  if (!isInMetadata)
    return;
  size_t end = std::exchange(at, begin);
  checkBlob(text.slice(begin + 1, end));
  at = end;
}

/// Bytes in hexadecimal, the first four of which say how the others are to lie.
void NestingScanner::checkBlob(StringRef string) {
  constexpr size_t kDigits = 8;
  uint32_t bytes;
  if (!string.consume_front("0x") || string.size() < kDigits ||
      string.take_front(kDigits).getAsInteger(16, bytes))
    return;
  uint32_t alignment = llvm::byteswap(bytes);
  if (!llvm::isPowerOf2_32(alignment) || alignment > kMaxAlignment)
    fail("expected the alignment of a blob to be a power of two of at most " +
         Twine(kMaxAlignment) + ", but got " + Twine(alignment));
}

/// A word of letters and digits.
void NestingScanner::readToken() {
  size_t begin = at;
  while (at + 1 < text.size() &&
         (llvm::isAlnum(text[at + 1]) || text[at + 1] == '_'))
    ++at;
  size_t end = std::exchange(at, begin);
  checkToken(text.slice(begin, end + 1));
  at = end;
}

void NestingScanner::beginAlias(StringRef name) {
  endAlias();
  defined = name;
  definition = Alias();
}

void NestingScanner::endAlias() {
  if (!defined.empty())
    aliases[defined] = {definition.depth + 1, definition.size};
  defined = "";
}

/// The use of an alias, or its definition at the begin of a line.
void NestingScanner::readName() {
  size_t begin = at;
  size_t end = begin + 1;
  while (end < text.size() &&
         (llvm::isAlnum(text[end]) || StringRef("_$.").contains(text[end])))
    ++end;
  StringRef name = text.slice(begin, end);
  checkToken(name);
  at = end - 1;
  if (depth == 0 && text.substr(end).ltrim(" \t").starts_with("=") &&
      !text.substr(end).ltrim(" \t").starts_with("=="))
    return beginAlias(name);
  auto it = aliases.find(name);
  if (it == aliases.end())
    return;
  const Alias &alias = it->second;
  checkDepth(depth + alias.depth);
  definition.depth = std::max(definition.depth, depth + alias.depth);
  definition.size = std::min(definition.size + alias.size, 2 * kMaxExpanded);
  expanded += alias.size - 1;
  if (definition.size > kMaxExpanded || expanded > 4 * kMaxExpanded)
    fail("expected aliases that stand for at most " + Twine(kMaxExpanded) +
         " attributes and types, but '" + name + "' leads to more");
}

void NestingScanner::step() {
  switch (text[at]) {
  case '<':
    if (StringRef before = text.take_front(at);
        affineEnd == StringRef::npos &&
        (before.ends_with("affine_map") || before.ends_with("affine_set"))) {
      affineEnd = at + kMaxAffine;
      affineDepth = depth;
    }
    open();
    break;
  case '(':
  case '[':
  case '{':
    isInMetadata |= text.substr(at).starts_with("{-#");
    open();
    break;
  case '>':
    // Of `->` and `>=`.
    if ((at > 0 && text[at - 1] == '-') || text.substr(at).starts_with(">="))
      break;
    close();
    break;
  case ')':
  case ']':
  case '}':
    close();
    break;
  case '"':
    skipString();
    break;
  case '#':
  case '!':
    readName();
    break;
  case '/':
    if (text.substr(at).starts_with("//"))
      at = std::min(text.find('\n', at), text.size()) - 1;
    break;
  case '\n':
    if (depth == 0)
      endAlias();
    break;
  default:
    if (llvm::isAlnum(text[at]))
      readToken();
    break;
  }
}

std::optional<DeepNesting> NestingScanner::scan() {
  for (; at < text.size() && !failure; ++at) {
    step();
    if (affineEnd == StringRef::npos)
      continue;
    if (depth <= affineDepth)
      affineEnd = StringRef::npos;
    else if (at > affineEnd)
      fail("expected an affine map or set of at most " + Twine(kMaxAffine) +
           " characters, but got more");
  }
  return failure;
}

std::optional<DeepNesting> dag::findDeepNesting(llvm::MemoryBufferRef buffer) {
  if (isBytecode(buffer))
    return std::nullopt;
  return NestingScanner(buffer.getBuffer()).scan();
}

LogicalResult dag::checkNesting(llvm::MemoryBufferRef buffer) {
  std::optional<DeepNesting> deep = findDeepNesting(buffer);
  if (!deep)
    return success();
  StringRef before = buffer.getBuffer().take_front(deep->offset);
  llvm::errs() << buffer.getBufferIdentifier() << ':' << before.count('\n') + 1
               << ':' << deep->offset - (before.rfind('\n') + 1) + 1 << ": ";
  llvm::WithColor::error(llvm::errs()) << deep->message << '\n';
  return failure();
}
