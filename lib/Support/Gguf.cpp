//===- Gguf.cpp - Files of llama.cpp ---------------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Gguf.h"
#include "dag/Support/Escape.h"
#include "dag/Support/ShortestNumber.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;
using llvm::Twine;

static constexpr StringRef kMagic = "GGUF";
/// Dimensions of a tensor (GGML_MAX_DIMS), and arrays in arrays.
static constexpr unsigned kMaxDims = 4;
static constexpr unsigned kMaxNesting = 4;
/// Longest keys of the format, and names of tensors with room to spare.
static constexpr uint64_t kMaxKey = 65535;
static constexpr uint64_t kMaxName = 4096;

static llvm::Error makeError(const Twine &what) {
  return llvm::createStringError(what);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

namespace {
/// Types of values, by their numbers in the format.
enum ValueType : uint32_t {
  U8,
  I8,
  U16,
  I16,
  U32,
  I32,
  F32,
  Bool,
  String,
  Array,
  U64,
  I64,
  F64,
  NumTypes
};
} // namespace

/// Bytes of a value; none for strings and arrays.
static unsigned getBytes(uint32_t type) {
  static constexpr unsigned kBytes[NumTypes] = {1, 1, 2, 2, 4, 4, 4,
                                                1, 0, 0, 8, 8, 8};
  return kBytes[type];
}

/// The types of tensors that are read, by their numbers in ggml.
static std::optional<StoredType> getTensorType(uint32_t type) {
  static constexpr std::pair<uint32_t, StoredType> kTypes[] = {
      {0, StoredType::F32},   {1, StoredType::F16},   {2, StoredType::Q4_0},
      {3, StoredType::Q4_1},  {6, StoredType::Q5_0},  {7, StoredType::Q5_1},
      {8, StoredType::Q8_0},  {12, StoredType::Q4_K}, {13, StoredType::Q5_K},
      {14, StoredType::Q6_K}, {24, StoredType::I8},   {25, StoredType::I16},
      {26, StoredType::I32},  {27, StoredType::I64},  {28, StoredType::F64},
      {30, StoredType::BF16}};
  for (auto [number, stored] : kTypes)
    if (number == type)
      return stored;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::optional<int64_t> GgufValue::getInteger() const {
  return kind == Kind::Integer ? std::optional(integer) : std::nullopt;
}

std::optional<double> GgufValue::getNumber() const {
  if (kind == Kind::Integer)
    return static_cast<double>(integer);
  return kind == Kind::Float ? std::optional(number) : std::nullopt;
}

std::optional<StringRef> GgufValue::getString() const {
  return kind == Kind::String ? std::optional(text) : std::nullopt;
}

std::string GgufValue::str() const {
  switch (kind) {
  case Kind::Integer:
    return std::to_string(integer);
  case Kind::Float:
    return formatShortest(number);
  case Kind::Bool:
    return integer ? "true" : "false";
  case Kind::String: {
    constexpr size_t kShown = 60;
    return "\"" + escapeHiddenCharacters(text.take_front(kShown)) +
           (text.size() > kShown ? "...\"" : "\"");
  }
  case Kind::Array:
    return "an array of " + std::to_string(count) + " elements";
  }
  llvm_unreachable("a value without a kind");
}

/// A number of the size of its type, which the bytes have.
static GgufValue decode(uint32_t type, StringRef bytes) {
  using namespace llvm::support::endian;
  GgufValue value;
  const char *data = bytes.data();
  auto toFloat = [&](double number) {
    value.kind = GgufValue::Kind::Float;
    value.number = number;
  };
  switch (type) {
  case U8:
    value.integer = static_cast<uint8_t>(*data);
    break;
  case I8:
    value.integer = static_cast<int8_t>(*data);
    break;
  case U16:
    value.integer = read16le(data);
    break;
  case I16:
    value.integer = static_cast<int16_t>(read16le(data));
    break;
  case U32:
    value.integer = read32le(data);
    break;
  case I32:
    value.integer = static_cast<int32_t>(read32le(data));
    break;
  case F32:
    toFloat(llvm::bit_cast<float>(read32le(data)));
    value.isSingle = true;
    break;
  case Bool:
    value.kind = GgufValue::Kind::Bool;
    value.integer = *data != 0;
    break;
  case F64:
    toFloat(llvm::bit_cast<double>(read64le(data)));
    break;
  default:
    value.integer = static_cast<int64_t>(read64le(data));
    break;
  }
  return value;
}

std::optional<int64_t> GgufValue::getSameInteger() const {
  // More than any model has layers.
  constexpr uint64_t kMaxCount = 1 << 16;
  if (kind != Kind::Array)
    return getInteger();
  unsigned size = getBytes(elementType);
  if (size == 0 || count == 0 || count > kMaxCount)
    return std::nullopt;
  std::optional<int64_t> same = decode(elementType, text).getInteger();
  for (uint64_t i = 1; same && i < count; ++i)
    if (decode(elementType, text.drop_front(i * size)).getInteger() != same)
      return std::nullopt;
  return same;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// Takes values off the front of a file. What it states is believed only as far
/// as there are bytes.
class Cursor {
public:
  explicit Cursor(StringRef bytes) : all(bytes), rest(bytes) {}

  uint64_t getOffset() const { return all.size() - rest.size(); }
  /// Bytes that are not read yet.
  uint64_t getLeft() const { return rest.size(); }

  llvm::Expected<StringRef> take(uint64_t size, const Twine &what);
  llvm::Expected<uint32_t> takeU32(const Twine &what);
  llvm::Expected<uint64_t> takeU64(const Twine &what);
  llvm::Expected<StringRef> takeString(uint64_t limit, const Twine &what);
  llvm::Expected<GgufValue> takeValue(uint32_t type, const Twine &what,
                                      unsigned nesting = 0);

private:
  llvm::Expected<GgufValue> takeArray(const Twine &what, unsigned nesting);

  StringRef all, rest;
};
} // namespace

llvm::Expected<StringRef> Cursor::take(uint64_t size, const Twine &what) {
  if (size > rest.size())
    return makeError("expected " + Twine(size) + " bytes of " + what +
                     " from byte " + Twine(getOffset()) +
                     " on, but the file ends after " + Twine(rest.size()));
  StringRef taken = rest.take_front(size);
  rest = rest.drop_front(size);
  return taken;
}

llvm::Expected<uint32_t> Cursor::takeU32(const Twine &what) {
  llvm::Expected<StringRef> bytes = take(4, what);
  if (!bytes)
    return bytes.takeError();
  return llvm::support::endian::read32le(bytes->data());
}

llvm::Expected<uint64_t> Cursor::takeU64(const Twine &what) {
  llvm::Expected<StringRef> bytes = take(8, what);
  if (!bytes)
    return bytes.takeError();
  return llvm::support::endian::read64le(bytes->data());
}

llvm::Expected<StringRef> Cursor::takeString(uint64_t limit,
                                             const Twine &what) {
  llvm::Expected<uint64_t> size = takeU64("the length of " + what);
  if (!size)
    return size.takeError();
  if (*size > limit)
    return makeError("expected " + what + " of at most " + Twine(limit) +
                     " bytes at byte " + Twine(getOffset() - 8) + ", but got " +
                     Twine(*size));
  return take(*size, what);
}

llvm::Expected<GgufValue> Cursor::takeArray(const Twine &what,
                                            unsigned nesting) {
  if (nesting == kMaxNesting)
    return makeError("expected arrays of at most " + Twine(kMaxNesting) +
                     " levels in " + what + ", but got more");
  llvm::Expected<uint32_t> type = takeU32("the type of " + what);
  if (!type)
    return type.takeError();
  if (*type >= NumTypes)
    return makeError("expected a type of elements below " + Twine(NumTypes) +
                     " in " + what + ", but got " + Twine(*type));
  llvm::Expected<uint64_t> count = takeU64("the length of " + what);
  if (!count)
    return count.takeError();
  GgufValue value;
  value.kind = GgufValue::Kind::Array;
  value.count = *count;
  value.elementType = *type;
  StringRef begin = rest;
  if (unsigned size = getBytes(*type)) {
    if (*count > rest.size() / size)
      return makeError("expected " + Twine(*count) + " elements of " + what +
                       " from byte " + Twine(getOffset()) +
                       " on, but the file ends after " + Twine(rest.size()) +
                       " bytes");
    rest = rest.drop_front(*count * size);
  } else {
    // Each takes 8 bytes at least, so this ends with the file.
    for (uint64_t i = 0; i < *count; ++i) {
      llvm::Expected<GgufValue> element = takeValue(*type, what, nesting + 1);
      if (!element)
        return element.takeError();
    }
  }
  value.text = begin.drop_back(rest.size());
  return value;
}

llvm::Expected<GgufValue> Cursor::takeValue(uint32_t type, const Twine &what,
                                            unsigned nesting) {
  if (type == Array)
    return takeArray(what, nesting);
  if (type == String) {
    llvm::Expected<StringRef> text = takeString(UINT64_MAX, what);
    if (!text)
      return text.takeError();
    GgufValue value;
    value.kind = GgufValue::Kind::String;
    value.text = *text;
    return value;
  }
  llvm::Expected<StringRef> bytes = take(getBytes(type), what);
  if (!bytes)
    return bytes.takeError();
  return decode(type, *bytes);
}

/// A name for a message.
static std::string quote(StringRef kind, StringRef name) {
  return (kind + " '" + escapeHiddenCharacters(name) + "'").str();
}

static llvm::Expected<GgufFile::Entry> takeEntry(Cursor &cursor) {
  llvm::Expected<StringRef> key = cursor.takeString(kMaxKey, "a key");
  if (!key)
    return key.takeError();
  std::string name = quote("the value of", *key);
  llvm::Expected<uint32_t> type = cursor.takeU32("the type of " + name);
  if (!type)
    return type.takeError();
  if (*type >= NumTypes)
    return makeError("expected the type of " + name + " below " +
                     Twine(NumTypes) + ", but got " + Twine(*type));
  llvm::Expected<GgufValue> value = cursor.takeValue(*type, name);
  if (!value)
    return value.takeError();
  return GgufFile::Entry{*key, *value};
}

namespace {
/// A tensor, and where its data begins behind the header.
struct TensorInfo {
  GgufFile::Tensor named;
  uint64_t offset = 0, bytes = 0;
};
} // namespace

/// Bytes of a tensor, whose rows have whole blocks.
static llvm::Expected<uint64_t> countBytes(StringRef name, StoredType type,
                                           llvm::ArrayRef<int64_t> shape) {
  unsigned block = getBlockElements(type);
  int64_t columns = shape.back();
  if (columns % block != 0)
    return makeError(quote("tensor", name) +
                     ": expected rows of a multiple of " + Twine(block) +
                     " elements of " + stringifyStoredType(type) +
                     ", but got " + Twine(columns));
  uint64_t bytes = getBlockBytes(type);
  bool fits = true;
  auto multiply = [&](uint64_t factor) {
    bool overflowed;
    bytes = llvm::SaturatingMultiply(bytes, factor, &overflowed);
    fits &= !overflowed;
  };
  multiply(columns / block);
  for (int64_t size : shape.drop_back())
    multiply(size);
  if (!fits || bytes > INT64_MAX / 256)
    return makeError(quote("tensor", name) +
                     ": expected a size of 63 bits, but got more");
  return bytes;
}

static llvm::Expected<TensorInfo> takeTensor(Cursor &cursor) {
  llvm::Expected<StringRef> name =
      cursor.takeString(kMaxName, "the name of a tensor");
  if (!name)
    return name.takeError();
  std::string what = quote("tensor", *name);
  llvm::Expected<uint32_t> numDims = cursor.takeU32("the shape of " + what);
  if (!numDims)
    return numDims.takeError();
  if (*numDims == 0 || *numDims > kMaxDims)
    return makeError(what + ": expected 1 to " + Twine(kMaxDims) +
                     " dimensions, but got " + Twine(*numDims));
  TensorInfo info;
  info.named.name = *name;
  llvm::SmallVectorImpl<int64_t> &shape = info.named.tensor.shape;
  for (uint32_t i = 0; i < *numDims; ++i) {
    llvm::Expected<uint64_t> size = cursor.takeU64("the shape of " + what);
    if (!size)
      return size.takeError();
    if (*size == 0 || *size > INT64_MAX)
      return makeError(what + ": expected sizes from 1 to 2^63 - 1, but got " +
                       Twine(*size));
    shape.push_back(*size);
  }
  // The innermost is the first in the file.
  std::reverse(shape.begin(), shape.end());
  llvm::Expected<uint32_t> type = cursor.takeU32("the type of " + what);
  if (!type)
    return type.takeError();
  std::optional<StoredType> stored = getTensorType(*type);
  if (!stored)
    return makeError(what +
                     ": expected F32, F16, BF16, F64, integers, Q4_0, Q4_1, "
                     "Q5_0, Q5_1, Q8_0, Q4_K, Q5_K or Q6_K, but got type " +
                     Twine(*type) + " of ggml");
  info.named.tensor.type = *stored;
  llvm::Expected<uint64_t> bytes = countBytes(*name, *stored, shape);
  if (!bytes)
    return bytes.takeError();
  info.bytes = *bytes;
  llvm::Expected<uint64_t> offset = cursor.takeU64("the offset of " + what);
  if (!offset)
    return offset.takeError();
  info.offset = *offset;
  return info;
}

/// Gives tensors their data, which lie apart, aligned and in the file.
static llvm::Error placeTensors(std::vector<TensorInfo> &infos, StringRef data,
                                uint64_t alignment) {
  std::vector<TensorInfo *> inOrder;
  for (TensorInfo &info : infos)
    inOrder.push_back(&info);
  llvm::stable_sort(inOrder, [](const TensorInfo *a, const TensorInfo *b) {
    return a->offset < b->offset;
  });
  uint64_t end = 0;
  StringRef before;
  for (TensorInfo *info : inOrder) {
    std::string what = quote("tensor", info->named.name);
    if (info->offset % alignment != 0)
      return makeError(what + ": expected an offset that is a multiple of " +
                       Twine(alignment) + ", but got " + Twine(info->offset));
    if (info->offset > data.size() || info->bytes > data.size() - info->offset)
      return makeError(what + ": expected " + Twine(info->bytes) +
                       " bytes from " + Twine(info->offset) +
                       " on in the data, but it has " + Twine(data.size()));
    if (info->offset < end)
      return makeError(what + ": expected data of its own, but byte " +
                       Twine(info->offset) + " is also one of '" +
                       escapeHiddenCharacters(before) + "'");
    info->named.tensor.bytes = data.substr(info->offset, info->bytes);
    end = info->offset + info->bytes;
    before = info->named.name;
  }
  return llvm::Error::success();
}

bool dag::isGguf(StringRef bytes) { return bytes.starts_with(kMagic); }

const GgufValue *GgufFile::lookup(StringRef key) const {
  auto it = keys.find(key);
  return it == keys.end() ? nullptr : &metadata[it->second].value;
}

const StoredTensor *GgufFile::lookupTensor(StringRef name) const {
  auto it = names.find(name);
  return it == names.end() ? nullptr : &tensors[it->second].tensor;
}

/// The alignment that the file states, or the one of the format.
static llvm::Expected<uint64_t> getAlignment(const GgufFile &file) {
  constexpr StringRef kKey = "general.alignment";
  constexpr int64_t kDefault = 32, kMax = 1 << 20;
  const GgufValue *value = file.lookup(kKey);
  if (!value)
    return kDefault;
  std::optional<int64_t> alignment = value->getInteger();
  if (!alignment || *alignment <= 0 || *alignment > kMax ||
      !llvm::isPowerOf2_64(*alignment))
    return makeError("expected '" + kKey + "' to be a power of two up to " +
                     Twine(kMax) + ", but got " + value->str());
  return *alignment;
}

llvm::Expected<GgufFile> GgufFile::parse(llvm::MemoryBufferRef buffer) {
  Cursor cursor(buffer.getBuffer());
  llvm::Expected<StringRef> magic = cursor.take(4, "a GGUF header");
  if (!magic)
    return magic.takeError();
  if (*magic != kMagic)
    return makeError("expected a file that begins with 'GGUF', but got '" +
                     escapeHiddenCharacters(*magic) + "'");
  llvm::Expected<uint32_t> version = cursor.takeU32("a GGUF header");
  if (!version)
    return version.takeError();
  if (*version != 2 && *version != 3)
    return makeError("expected version 2 or 3 of GGUF, but got " +
                     Twine(*version) +
                     (*version == 1 || llvm::byteswap(*version) > 3
                          ? Twine()
                          : Twine(" (it is big endian)")));
  uint64_t counts[2];
  for (uint64_t &count : counts) {
    llvm::Expected<uint64_t> number = cursor.takeU64("a GGUF header");
    if (!number)
      return number.takeError();
    count = *number;
  }
  // Each has more bytes than that.
  uint64_t most = cursor.getLeft() / 8;
  if (counts[0] > most || counts[1] > most)
    return makeError("expected at most " + Twine(most) +
                     " tensors and keys in a file of this size, but got " +
                     Twine(counts[0]) + " and " + Twine(counts[1]));
  GgufFile file;
  for (uint64_t i = 0; i < counts[1]; ++i) {
    llvm::Expected<Entry> entry = takeEntry(cursor);
    if (!entry)
      return entry.takeError();
    if (!file.keys.try_emplace(entry->key, file.metadata.size()).second)
      return makeError("expected the key '" +
                       escapeHiddenCharacters(entry->key) +
                       "' once, but it is there twice");
    file.metadata.push_back(*entry);
  }
  llvm::Expected<uint64_t> alignment = getAlignment(file);
  if (!alignment)
    return alignment.takeError();
  std::vector<TensorInfo> infos;
  for (uint64_t i = 0; i < counts[0]; ++i) {
    llvm::Expected<TensorInfo> info = takeTensor(cursor);
    if (!info)
      return info.takeError();
    if (!file.names.try_emplace(info->named.name, i).second)
      return makeError(quote("tensor", info->named.name) +
                       ": expected it once, but it is there twice");
    infos.push_back(std::move(*info));
  }
  uint64_t begin = llvm::alignTo(cursor.getOffset(), *alignment);
  StringRef data = buffer.getBuffer().substr(begin);
  if (llvm::Error error = placeTensors(infos, data, *alignment))
    return error;
  for (TensorInfo &info : infos)
    file.tensors.push_back(std::move(info.named));
  return file;
}
