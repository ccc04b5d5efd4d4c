//===- Safetensors.cpp - Stored tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Safetensors.h"
#include "dag/Support/Json.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Types of elements
//===----------------------------------------------------------------------===//

namespace {
struct TypeInfo {
  StoredType type;
  StringRef name;
  unsigned size;
  bool isFloat;
};
} // namespace

/// In the order of the enumeration.
static constexpr TypeInfo kTypes[] = {
    {StoredType::BOOL, "BOOL", 1, false},
    {StoredType::U8, "U8", 1, false},
    {StoredType::I8, "I8", 1, false},
    {StoredType::F8_E5M2, "F8_E5M2", 1, true},
    {StoredType::F8_E4M3, "F8_E4M3", 1, true},
    {StoredType::U16, "U16", 2, false},
    {StoredType::I16, "I16", 2, false},
    {StoredType::F16, "F16", 2, true},
    {StoredType::BF16, "BF16", 2, true},
    {StoredType::U32, "U32", 4, false},
    {StoredType::I32, "I32", 4, false},
    {StoredType::F32, "F32", 4, true},
    {StoredType::U64, "U64", 8, false},
    {StoredType::I64, "I64", 8, false},
    {StoredType::F64, "F64", 8, true},
};

static const TypeInfo &getInfo(StoredType type) {
  return kTypes[static_cast<size_t>(type)];
}

StringRef dag::stringifyStoredType(StoredType type) {
  return getInfo(type).name;
}
unsigned dag::getSize(StoredType type) { return getInfo(type).size; }
bool dag::isFloat(StoredType type) { return getInfo(type).isFloat; }

template <typename T>
static T readAt(StringRef bytes, int64_t index) {
  return llvm::support::endian::read<T, llvm::endianness::little>(
      bytes.data() + index * sizeof(T));
}

static double toDouble(const llvm::fltSemantics &semantics, unsigned bits,
                       uint64_t value) {
  return llvm::APFloat(semantics, llvm::APInt(bits, value)).convertToDouble();
}

double StoredTensor::getElement(int64_t index) const {
  switch (type) {
  case StoredType::BOOL:
  case StoredType::U8:
    return readAt<uint8_t>(bytes, index);
  case StoredType::I8:
    return readAt<int8_t>(bytes, index);
  case StoredType::F8_E5M2:
    return toDouble(llvm::APFloat::Float8E5M2(), 8,
                    readAt<uint8_t>(bytes, index));
  case StoredType::F8_E4M3:
    return toDouble(llvm::APFloat::Float8E4M3FN(), 8,
                    readAt<uint8_t>(bytes, index));
  case StoredType::U16:
    return readAt<uint16_t>(bytes, index);
  case StoredType::I16:
    return readAt<int16_t>(bytes, index);
  case StoredType::F16:
    return toDouble(llvm::APFloat::IEEEhalf(), 16,
                    readAt<uint16_t>(bytes, index));
  case StoredType::BF16:
    return llvm::bit_cast<float>(uint32_t(readAt<uint16_t>(bytes, index))
                                 << 16);
  case StoredType::U32:
    return readAt<uint32_t>(bytes, index);
  case StoredType::I32:
    return readAt<int32_t>(bytes, index);
  case StoredType::F32:
    return readAt<float>(bytes, index);
  case StoredType::U64:
    return static_cast<double>(readAt<uint64_t>(bytes, index));
  case StoredType::I64:
    return static_cast<double>(readAt<int64_t>(bytes, index));
  case StoredType::F64:
    return readAt<double>(bytes, index);
  }
  llvm_unreachable("a type without a size");
}

//===----------------------------------------------------------------------===//
// Entries of the header
//===----------------------------------------------------------------------===//

namespace {
/// A tensor and where it stands in the data.
struct Entry {
  std::string name;
  StoredTensor tensor;
  uint64_t begin, end;
};
} // namespace

static llvm::Error makeError(StringRef name, const Twine &what) {
  return llvm::createStringError("tensor '" + name + "': " + what);
}

/// Numbers that are not negative, or nothing.
static std::optional<llvm::SmallVector<int64_t, 4>>
getNumbers(const llvm::json::Value &value) {
  const llvm::json::Array *array = value.getAsArray();
  if (!array)
    return std::nullopt;
  llvm::SmallVector<int64_t, 4> numbers;
  for (const llvm::json::Value &element : *array) {
    std::optional<int64_t> number = element.getAsInteger();
    if (!number || *number < 0)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

static llvm::Error checkMetadata(const llvm::json::Value &value) {
  const llvm::json::Object *object = value.getAsObject();
  if (object && llvm::all_of(*object, [](const auto &field) {
        return field.second.kind() == llvm::json::Value::String;
      }))
    return llvm::Error::success();
  return llvm::createStringError("expected '__metadata__' to be an object of "
                                 "strings, but got " +
                                 toShortString(value));
}

static llvm::Expected<Entry>
readEntry(StringRef name, const llvm::json::Value &value, StringRef data) {
  const llvm::json::Object *object = value.getAsObject();
  if (!object)
    return makeError(name,
                     "expected an object, but got " + toShortString(value));
  for (StringRef key : {"dtype", "shape", "data_offsets"})
    if (!object->get(key))
      return makeError(name, "expected '" + key + "', but got " +
                                 toShortString(value));
  if (object->size() != 3)
    return makeError(name, "expected 'dtype', 'shape' and 'data_offsets' "
                           "alone, but got " +
                               toShortString(value));

  Entry entry;
  entry.name = name.str();
  const llvm::json::Value &dtype = *object->get("dtype");
  const auto *type = llvm::find_if(kTypes, [&](const TypeInfo &info) {
    return dtype.getAsString() == info.name;
  });
  if (type == std::end(kTypes))
    return makeError(
        name, "expected 'dtype' to be " +
                  llvm::join(llvm::map_range(
                                 kTypes, [](auto &info) { return info.name; }),
                             ", ") +
                  ", but got " + toShortString(dtype));
  entry.tensor.type = type->type;

  const llvm::json::Value &shape = *object->get("shape");
  auto sizes = getNumbers(shape);
  if (!sizes)
    return makeError(name, "expected 'shape' to be sizes that are not "
                           "negative, but got " +
                               toShortString(shape));
  entry.tensor.shape = *sizes;

  const llvm::json::Value &offsets = *object->get("data_offsets");
  auto range = getNumbers(offsets);
  if (!range || range->size() != 2 || (*range)[0] > (*range)[1])
    return makeError(name, "expected 'data_offsets' to be the first byte and "
                           "that behind the last, but got " +
                               toShortString(offsets));
  entry.begin = (*range)[0];
  entry.end = (*range)[1];
  if (entry.end > data.size())
    return makeError(name, "expected 'data_offsets' within the " +
                               Twine(data.size()) +
                               " bytes behind the header, but got " +
                               toShortString(offsets));
  uint64_t bytes = type->size;
  bool fits = true;
  for (int64_t size : *sizes) {
    bool overflowed;
    bytes = llvm::SaturatingMultiply<uint64_t>(bytes, size, &overflowed);
    fits &= !overflowed;
  }
  if (!fits)
    return makeError(name, "expected a size of 64 bits, but got " + type->name +
                               " " + toShortString(shape));
  if (bytes != entry.end - entry.begin)
    return makeError(name, "expected " + Twine(bytes) + " bytes for " +
                               type->name + " " + toShortString(shape) +
                               ", but got " + Twine(entry.end - entry.begin));
  entry.tensor.bytes = data.slice(entry.begin, entry.end);
  return entry;
}

/// Every byte belongs to one tensor.
static llvm::Error checkCoverage(std::vector<Entry> &entries, StringRef data) {
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t end = 0;
  for (size_t i = 0, e = entries.size(); i < e; ++i) {
    const Entry &entry = entries[i];
    if (entry.begin < end)
      return makeError(entry.name, "expected data of its own, but byte " +
                                       Twine(entry.begin) +
                                       " is also one of '" +
                                       entries[i - 1].name + "'");
    if (entry.begin > end)
      return makeError(entry.name, "expected data from byte " + Twine(end) +
                                       " on, without a gap, but got " +
                                       Twine(entry.begin));
    end = entry.end;
  }
  if (end != data.size())
    return llvm::createStringError("expected the data to end with the last "
                                   "tensor at byte " +
                                   Twine(end) + ", but got " +
                                   Twine(data.size()) + " bytes");
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

llvm::Expected<llvm::StringMap<StoredTensor>>
dag::readSafetensors(llvm::MemoryBufferRef buffer) {
  StringRef text = buffer.getBuffer();
  if (text.size() < sizeof(uint64_t))
    return llvm::createStringError(
        "expected at least 8 bytes, the length of the header, but got " +
        Twine(text.size()));
  auto length = readAt<uint64_t>(text, 0);
  text = text.drop_front(sizeof(uint64_t));
  if (length > text.size())
    return llvm::createStringError(
        "expected a header of at most the " + Twine(text.size()) +
        " bytes that the file has, but got " + Twine(length));
  // What the format allows.
  constexpr uint64_t kMaxHeader = 100'000'000;
  if (length > kMaxHeader)
    return llvm::createStringError("expected a header of at most " +
                                   Twine(kMaxHeader) + " bytes, but got " +
                                   Twine(length));
  // `{"name": {"shape": [...]}}`
  constexpr unsigned kMaxDepth = 3;
  StringRef data = text.drop_front(length);
  std::vector<Entry> entries;
  auto take = [&](StringRef key,
                  const llvm::json::Value &value) -> llvm::Error {
    if (key == "__metadata__")
      return checkMetadata(value);
    llvm::Expected<Entry> entry = readEntry(key, value, data);
    if (!entry)
      return entry.takeError();
    entries.push_back(std::move(*entry));
    return llvm::Error::success();
  };
  if (llvm::Error error =
          parseJsonMembers(text.take_front(length), kMaxDepth, take))
    return error;
  if (llvm::Error error = checkCoverage(entries, data))
    return error;
  llvm::StringMap<StoredTensor> tensors;
  for (Entry &entry : entries)
    tensors.try_emplace(entry.name, std::move(entry.tensor));
  return tensors;
}
