//===- Fatbin.cpp - PTX in binaries -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fatbin has a header of 16 bytes: magic number, version, size of the header,
// size of what follows. That is a list of entries, each with a header of its
// own: kind, size of the header, size of the contents, and more, such as
// architecture and compression. The format is not published; this is what
// files of CUDA 11 to 13 have.
//
//===----------------------------------------------------------------------===//

#include "dag/Emulator/Fatbin.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Endian.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;
namespace endian = llvm::support::endian;

namespace {
constexpr uint32_t kMagic = 0xba55ed50;
constexpr uint64_t kHeader = 16, kEntryHeader = 64;
constexpr uint64_t kLz4 = 0x2000, kZstd = 0x8000;
constexpr uint16_t kPtx = 1, kElf = 2;
/// Texts of more are damaged sizes.
constexpr uint64_t kMostBytes = uint64_t(1) << 30;

struct Counts {
  unsigned machineCode = 0, unreadable = 0;
};
} // namespace

bool mlir::dag::ptx::isBinary(StringRef bytes) {
  return bytes.starts_with("\x7f"
                           "ELF") ||
         (bytes.size() >= kHeader &&
          endian::read32le(bytes.bytes_begin()) == kMagic);
}

/// Unpacks a block of LZ4: literals and copies of what has come before, each
/// with its length, of which 15 says that bytes follow that are added to it.
/// None if it is damaged, or has more than `size` bytes.
static std::optional<std::string> unpackLz4(StringRef packed, uint64_t size) {
  constexpr unsigned kLongest = 15, kShortestCopy = 4, kMostForByte = 255;
  if (size > packed.size() * kMostForByte)
    return std::nullopt;
  std::string text;
  text.reserve(size);
  auto readLength = [&](uint64_t length) {
    uint8_t more = length == kLongest ? 255 : 0;
    for (; more == 255 && !packed.empty(); packed = packed.drop_front()) {
      more = packed.front();
      length += more;
    }
    return length;
  };
  while (!packed.empty()) {
    uint8_t token = packed.front();
    packed = packed.drop_front();
    uint64_t literals = readLength(token >> 4);
    if (literals > packed.size() || literals > size - text.size())
      return std::nullopt;
    text += packed.take_front(literals);
    packed = packed.drop_front(literals);
    // The last ones are literals.
    if (packed.empty())
      return text;
    if (packed.size() < 2)
      return std::nullopt;
    uint64_t distance = endian::read16le(packed.bytes_begin());
    packed = packed.drop_front(2);
    uint64_t length = readLength(token & kLongest) + kShortestCopy;
    if (distance == 0 || distance > text.size() || length > size - text.size())
      return std::nullopt;
    // What is copied may be what the copy itself has made.
    for (uint64_t from = text.size() - distance; length > 0; --length)
      text += text[from++];
  }
  return std::nullopt;
}

/// The text of an entry, or none if it cannot be read.
static std::optional<std::string> readText(StringRef entry, uint64_t header) {
  const uint8_t *at = entry.bytes_begin();
  uint64_t flags = endian::read64le(at + 40);
  StringRef contents = entry.drop_front(header);
  if (!(flags & (kLz4 | kZstd)))
    return contents.rtrim('\0').str();
  uint64_t packed = endian::read32le(at + 16), size = endian::read64le(at + 56);
  if (packed > contents.size() || size > kMostBytes)
    return std::nullopt;
  if (flags & kLz4) {
    std::optional<std::string> text =
        unpackLz4(contents.take_front(packed), size);
    if (text)
      text->resize(StringRef(*text).rtrim('\0').size());
    return text;
  }
  if (!llvm::compression::zstd::isAvailable())
    return std::nullopt;
  llvm::SmallVector<uint8_t, 0> text;
  if (llvm::Error error = llvm::compression::zstd::decompress(
          llvm::arrayRefFromStringRef(contents.take_front(packed)), text,
          size)) {
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  return llvm::toStringRef(text).rtrim('\0').str();
}

/// Reads the fatbin that `rest` begins with; its size, or that of the magic
/// number if it is none.
static uint64_t readFatbin(StringRef rest, std::vector<FatbinText> &texts,
                           Counts &counts) {
  uint64_t size = endian::read64le(rest.bytes_begin() + 8);
  if (endian::read16le(rest.bytes_begin() + 6) != kHeader ||
      size > rest.size() - kHeader)
    return sizeof(uint32_t);
  StringRef entries = rest.substr(kHeader, size);
  while (entries.size() >= kEntryHeader) {
    const uint8_t *at = entries.bytes_begin();
    uint16_t kind = endian::read16le(at);
    uint64_t header = endian::read32le(at + 4);
    uint64_t bytes = endian::read64le(at + 8);
    if (header < kEntryHeader || header > entries.size() ||
        bytes > entries.size() - header)
      break;
    counts.machineCode += kind == kElf;
    if (kind == kPtx) {
      auto text = readText(entries.take_front(header + bytes), header);
      if (text)
        texts.push_back({endian::read32le(at + 28), std::move(*text)});
      else
        ++counts.unreadable;
    }
    entries = entries.drop_front(header + bytes);
  }
  return kHeader + size;
}

llvm::Expected<std::vector<FatbinText>>
mlir::dag::ptx::extractPtx(StringRef bytes) {
  std::vector<FatbinText> texts;
  Counts counts;
  StringRef magic("\x50\xed\x55\xba", 4);
  for (size_t at = bytes.find(magic);
       at != StringRef::npos && bytes.size() - at >= kHeader;) {
    uint64_t size = readFatbin(bytes.drop_front(at), texts, counts);
    at = bytes.find(magic, at + size);
  }
  if (!texts.empty())
    return texts;
  if (counts.unreadable > 0)
    return llvm::createStringError(
        "expected PTX that is not compressed, or by LZ4 or zstd as a whole; "
        "compile with -compress-mode=none, or extract it by cuobjdump -ptx");
  if (counts.machineCode > 0)
    return llvm::createStringError(
        "expected PTX in the fatbin, but got machine code alone; compile with "
        "-gencode arch=compute_90a,code=compute_90a");
  return llvm::createStringError(
      "expected a file with PTX in it, but got a binary without a fatbin");
}
