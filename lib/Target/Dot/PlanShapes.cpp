//===- PlanShapes.cpp - Shapes of shards as labels state them -------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanShapes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

static std::string print(ArrayRef<int64_t> shape, const DimNames &names) {
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  for (auto [i, size] : llvm::enumerate(shape)) {
    os << (i ? ", " : "");
    if (i < names.size() && names[i] != DimName::None)
      os << stringifyDimName(names[i]) << '=';
    if (ShapedType::isDynamic(size))
      os << '?';
    else
      os << size;
  }
  os << ']';
  return text;
}

static bool hasShape(const PlanFlow::Tensor &tensor) {
  return tensor.type && tensor.type.getRank() != 0;
}

/// The names in one number.
static uint32_t pack(const DimNames &names) {
  uint32_t packed = 0;
  for (DimName name : names)
    packed = packed << 8 | static_cast<uint8_t>(name);
  return packed;
}

void ShapePrinter::add(const PlanFlow::Tensor &tensor, ArrayRef<unsigned> ranks,
                       SmallVectorImpl<std::string> &shapes) {
  if (!hasShape(tensor))
    return;
  ShardedType type(tensor.type);
  if (StageRanks::isEven(type, tensor.unpadded)) {
    std::string &text = even[{tensor.type, pack(tensor.names)}];
    if (text.empty())
      text = print(layout.getLocalShape(type, /*rank=*/0, /*unpadded=*/0),
                   tensor.names);
    shapes.push_back(text);
    return;
  }
  size_t before = shapes.size();
  for (unsigned rank : ranks) {
    std::string text =
        print(layout.getLocalShape(type, rank, tensor.unpadded), tensor.names);
    if (!llvm::is_contained(ArrayRef(shapes).drop_front(before), text))
      shapes.push_back(std::move(text));
  }
}

void ShapePrinter::addWhole(const PlanFlow::Tensor &tensor,
                            SmallVectorImpl<std::string> &shapes) {
  if (hasShape(tensor))
    shapes.push_back(print(tensor.type.getShape(), tensor.names));
}

std::string dot::getCommonElementType(ArrayRef<PlanFlow::Tensor> inputs,
                                      ArrayRef<PlanFlow::Tensor> outputs) {
  Type common;
  for (ArrayRef<PlanFlow::Tensor> tensors : {inputs, outputs})
    for (const PlanFlow::Tensor &tensor : tensors) {
      if (!hasShape(tensor))
        continue;
      if (common && common != tensor.type.getElementType())
        return "";
      common = tensor.type.getElementType();
    }
  if (!common)
    return "";
  std::string text;
  llvm::raw_string_ostream(text) << common;
  return llvm::StringSwitch<std::string>(text)
      .Cases({"bf16", "f16", "f32", "f64", "f8E4M3FN", "i8", "i32", "i64"},
             text)
      .Default("");
}
