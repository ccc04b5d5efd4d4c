//===- Safetensors.cpp - Stored tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Safetensors.h"
#include "dag/Support/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;
using llvm::Twine;

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

/// The types of the format.
static llvm::SmallVector<StoredType> getTypes() {
  llvm::SmallVector<StoredType> types;
  for (auto i = 0; i <= static_cast<int>(StoredType::F64); ++i)
    types.push_back(static_cast<StoredType>(i));
  return types;
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
  auto types = getTypes();
  auto type = llvm::find_if(types, [&](StoredType type) {
    return dtype.getAsString() == stringifyStoredType(type);
  });
  if (type == types.end())
    return makeError(
        name,
        "expected 'dtype' to be " +
            llvm::join(llvm::map_range(types, stringifyStoredType), ", ") +
            ", but got " + toShortString(dtype));
  entry.tensor.type = *type;

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
  uint64_t bytes = getBlockBytes(*type);
  bool fits = true;
  for (int64_t size : *sizes) {
    bool overflowed;
    bytes = llvm::SaturatingMultiply<uint64_t>(bytes, size, &overflowed);
    fits &= !overflowed;
  }
  if (!fits)
    return makeError(name, "expected a size of 64 bits, but got " +
                               stringifyStoredType(*type) + " " +
                               toShortString(shape));
  if (bytes != entry.end - entry.begin)
    return makeError(name, "expected " + Twine(bytes) + " bytes for " +
                               stringifyStoredType(*type) + " " +
                               toShortString(shape) + ", but got " +
                               Twine(entry.end - entry.begin));
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
  uint64_t length = llvm::support::endian::read64le(text.data());
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
