//===- RotaryTable.cpp - Frequencies of rotary embeddings -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The scalings are those of Hugging Face transformers (modeling_rope_utils.py),
// by the names that configurations give them.
//
//===----------------------------------------------------------------------===//

#include "dag/Kernels/Reference/Kernels.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// The numbers of a dictionary by name.
class Scaling {
public:
  explicit Scaling(DictionaryAttr attributes) : attributes(attributes) {}

  std::optional<double> find(StringRef name) const {
    Attribute attribute = attributes ? attributes.get(name) : Attribute();
    if (auto number = dyn_cast_if_present<FloatAttr>(attribute))
      return number.getValueAsDouble();
    if (auto number = dyn_cast_if_present<IntegerAttr>(attribute))
      if (number.getValue().getSignificantBits() <= 64)
        return static_cast<double>(number.getInt());
    return std::nullopt;
  }
  double get(StringRef name, double otherwise) const {
    return find(name).value_or(otherwise);
  }
  bool getBool(StringRef name, bool otherwise) const {
    Attribute attribute = attributes ? attributes.get(name) : Attribute();
    if (auto value = dyn_cast_if_present<BoolAttr>(attribute))
      return value.getValue();
    return otherwise;
  }
  SmallVector<double> getList(StringRef name) const {
    SmallVector<double> list;
    Attribute attribute = attributes ? attributes.get(name) : Attribute();
    if (auto array = dyn_cast_if_present<DenseF64ArrayAttr>(attribute))
      return SmallVector<double>(array.asArrayRef());
    if (auto array = dyn_cast_if_present<ArrayAttr>(attribute))
      for (Attribute element : array)
        if (auto number = dyn_cast<FloatAttr>(element))
          list.push_back(number.getValueAsDouble());
    return list;
  }
  StringRef getType() const {
    for (StringRef name : {"rope_type", "type"})
      if (attributes)
        if (auto type = attributes.getAs<StringAttr>(name))
          return type.getValue();
    return "default";
  }

private:
  DictionaryAttr attributes;
};
} // namespace

/// Llama 3.1: long wave lengths are stretched, short ones stay.
static void scaleLlama3(const Scaling &scaling,
                        MutableArrayRef<double> frequencies) {
  double factor = scaling.get("factor", 8);
  double low = scaling.get("low_freq_factor", 1);
  double high = scaling.get("high_freq_factor", 4);
  double length = scaling.get("original_max_position_embeddings", 8192);
  for (double &frequency : frequencies) {
    double wave = 2 * llvm::numbers::pi / frequency;
    if (wave < length / high)
      continue;
    if (wave > length / low) {
      frequency /= factor;
      continue;
    }
    double smooth = (length / wave - low) / (high - low);
    frequency = (1 - smooth) * frequency / factor + smooth * frequency;
  }
}

/// YaRN (arXiv 2309.00071): a ramp between interpolated and kept frequencies.
static double scaleYarn(const Scaling &scaling, double theta, int64_t dim,
                        MutableArrayRef<double> frequencies) {
  double factor = scaling.get("factor", 1);
  double length = scaling.get("original_max_position_embeddings", 4096);
  auto getMscale = [&](double mscale) {
    return factor <= 1 ? 1 : 0.1 * mscale * std::log(factor) + 1;
  };
  auto getDim = [&](double rotations) {
    return dim * std::log(length / (rotations * 2 * llvm::numbers::pi)) /
           (2 * std::log(theta));
  };
  double low = getDim(scaling.get("beta_fast", 32));
  double high = getDim(scaling.get("beta_slow", 1));
  if (scaling.getBool("truncate", true)) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min<double>(high, dim - 1);
  if (low == high)
    high += 0.001;
  for (auto [i, frequency] : llvm::enumerate(frequencies)) {
    double ramp = std::clamp((i - low) / (high - low), 0.0, 1.0);
    frequency = frequency / factor * ramp + frequency * (1 - ramp);
  }
  if (std::optional<double> given = scaling.find("attention_factor"))
    return *given;
  std::optional<double> mscale = scaling.find("mscale"),
                        all = scaling.find("mscale_all_dim");
  if (mscale && all && *mscale != 0 && *all != 0)
    return getMscale(*mscale) / getMscale(*all);
  return getMscale(1);
}

FailureOr<kernels::RotaryTable>
kernels::getRotaryTable(Location loc, double theta, int64_t dim,
                        DictionaryAttr attributes, int64_t tokens) {
  Scaling scaling(attributes);
  StringRef type = scaling.getType();
  double factor = scaling.get("factor", 1);
  // Longer than what it was trained for: another base.
  if (type == "dynamic") {
    double length = scaling.get("max_position_embeddings", tokens);
    double longer = std::max<double>(tokens, length);
    theta *= std::pow(factor * longer / length - (factor - 1),
                      static_cast<double>(dim) / (dim - 2));
  }
  RotaryTable table;
  for (int64_t i = 0; i < dim; i += 2)
    table.frequencies.push_back(std::pow(theta, -static_cast<double>(i) / dim));
  if (type == "default" || type == "dynamic")
    return table;
  if (type == "linear") {
    for (double &frequency : table.frequencies)
      frequency /= factor;
    return table;
  }
  if (type == "llama3") {
    scaleLlama3(scaling, table.frequencies);
    return table;
  }
  if (type == "yarn") {
    table.factor = scaleYarn(scaling, theta, dim, table.frequencies);
    return table;
  }
  if (type == "longrope" || type == "su") {
    double length = scaling.get("original_max_position_embeddings", tokens);
    SmallVector<double> list =
        scaling.getList(tokens > length ? "long_factor" : "short_factor");
    if (list.size() != table.frequencies.size())
      return emitError(loc)
             << "expected a factor for each of " << table.frequencies.size()
             << " frequencies of the rotation, but got " << list.size();
    for (auto [frequency, by] : llvm::zip_equal(table.frequencies, list))
      frequency /= by;
    if (!scaling.find("factor"))
      factor = scaling.get("max_position_embeddings", length) / length;
    table.factor = scaling.get(
        "attention_factor",
        factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(length)));
    return table;
  }
  return emitError(loc) << "expected a scaling of the rotation that is known, "
                           "but got '"
                        << type << "'";
}
