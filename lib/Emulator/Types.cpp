//===- Types.cpp - Types of PTX -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Emulator/Module.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;

namespace {
struct Row {
  StringRef name;
  unsigned bits;
};
} // namespace

/// In the order of the enum.
static const Row kTypes[] = {
    {"", 0},        {"pred", 1},   {"b8", 8},    {"b16", 16},    {"b32", 32},
    {"b64", 64},    {"b128", 128}, {"u8", 8},    {"u16", 16},    {"u32", 32},
    {"u64", 64},    {"s8", 8},     {"s16", 16},  {"s32", 32},    {"s64", 64},
    {"f16", 16},    {"f16x2", 32}, {"bf16", 16}, {"bf16x2", 32}, {"tf32", 32},
    {"f32", 32},    {"f64", 64},   {"e4m3", 8},  {"e5m2", 8},    {"e4m3x2", 16},
    {"e5m2x2", 16}, {"u4", 4},     {"s4", 4},    {"b1", 1},      {"f32x2", 64},
    {"u16x2", 32},  {"s16x2", 32}};
static_assert(std::size(kTypes) == unsigned(Type::S16x2) + 1);

unsigned mlir::dag::ptx::getBits(Type type) {
  return kTypes[unsigned(type)].bits;
}

StringRef mlir::dag::ptx::stringify(Type type) {
  return kTypes[unsigned(type)].name;
}

std::optional<Type> mlir::dag::ptx::parseType(StringRef name) {
  for (unsigned i = 1; i < std::size(kTypes); ++i)
    if (kTypes[i].name == name)
      return Type(i);
  return std::nullopt;
}
