//===- StoredTensor.cpp - Tensors as files hold them -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/StoredTensor.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;

namespace {
struct TypeInfo {
  StoredType type;
  StringRef name;
  unsigned bytes;
  bool isFloat;
  unsigned elements = 1;
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
    {StoredType::Q4_0, "Q4_0", 18, true, 32},
    {StoredType::Q4_1, "Q4_1", 20, true, 32},
    {StoredType::Q5_0, "Q5_0", 22, true, 32},
    {StoredType::Q5_1, "Q5_1", 24, true, 32},
    {StoredType::Q8_0, "Q8_0", 34, true, 32},
    {StoredType::Q4_K, "Q4_K", 144, true, 256},
    {StoredType::Q5_K, "Q5_K", 176, true, 256},
    {StoredType::Q6_K, "Q6_K", 210, true, 256},
};

static const TypeInfo &getInfo(StoredType type) {
  return kTypes[static_cast<size_t>(type)];
}

StringRef dag::stringifyStoredType(StoredType type) {
  return getInfo(type).name;
}
bool dag::isFloat(StoredType type) { return getInfo(type).isFloat; }
unsigned dag::getBlockElements(StoredType type) {
  return getInfo(type).elements;
}
unsigned dag::getBlockBytes(StoredType type) { return getInfo(type).bytes; }

template <typename T>
static T readAt(StringRef bytes, int64_t index) {
  return llvm::support::endian::read<T, llvm::endianness::little>(
      bytes.data() + index * sizeof(T));
}

static double toDouble(const llvm::fltSemantics &semantics, unsigned bits,
                       uint64_t value) {
  return llvm::APFloat(semantics, llvm::APInt(bits, value)).convertToDouble();
}

double StoredTensor::getStored(int64_t index) const {
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
  case StoredType::Q4_0:
  case StoredType::Q4_1:
  case StoredType::Q5_0:
  case StoredType::Q5_1:
  case StoredType::Q8_0:
  case StoredType::Q4_K:
  case StoredType::Q5_K:
  case StoredType::Q6_K: {
    int64_t elements = getBlockElements(type), size = getBlockBytes(type);
    return decodeBlock(type, bytes.substr(index / elements * size, size),
                       index % elements);
  }
  }
  llvm_unreachable("a type without a size");
}

int64_t StoredTensor::findStored(int64_t index) const {
  if (pairedHeads == 0)
    return index;
  int64_t columns = getNumElements() / shape.front();
  int64_t row = index / columns, headRows = shape.front() / pairedHeads;
  int64_t head = row / headRows, inHead = row % headRows;
  int64_t half = headRows / 2;
  int64_t stored = head * headRows + inHead % half * 2 + inHead / half;
  return stored * columns + index % columns;
}

double StoredTensor::getElement(int64_t index) const {
  return getStored(findStored(index)) - added;
}
