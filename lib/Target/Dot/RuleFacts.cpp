//===- RuleFacts.cpp - What rules can state, and of which sources ---------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

StringRef dot::stringifySource(Source source) {
  static constexpr llvm::StringLiteral kNames[kNumSources] = {
      "attribute", "name", "label", "cluster", "edge"};
  return kNames[static_cast<unsigned>(source)];
}

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

/// Names of facts, in the order of `Fact`: `<layer>` captures the first one.
static constexpr llvm::StringLiteral kFacts[kNumFacts] = {
    "layer",          "target_layer",
    "source_layer",   "stage",
    "target_stage",   "source_stage",
    "tp_rank",        "tp_size",
    "pp_size",        "dp_size",
    "ep_size",        "sp_size",
    "expert",         "microbatch",
    "dp_rank",        "node",
    "num_layers",     "num_sampled",
    "model_layers",   "layer_count",
    "like_layer",     "n",
    "dropout",        "dim",
    "layers",         "sampled_layers",
    "omitted_layers", "meant_layers",
    "devices",        "target_devices",
    "source_devices", "device_pairs",
    "device_name",    "target_device_name",
    "input",          "output",
    "input_output",   "buffer",
    "weight",         "shape",
    "widths",         "role",
    "block",          "kind",
    "type",           "all_devices",
    "others_alike",   "replicated",
    "split",          "begins",
    "other_mixer",    "ends",
    "model"};

StringRef dot::stringifyFact(Fact fact) {
  return kFacts[static_cast<unsigned>(fact)];
}

std::optional<Fact> dot::parseFact(StringRef name) {
  const auto *found = llvm::find(kFacts, name);
  if (found == std::end(kFacts))
    return std::nullopt;
  return static_cast<Fact>(found - kFacts);
}

/// Bit of a source.
static unsigned getBit(Source source) {
  return 1u << static_cast<unsigned>(source);
}

/// The sources that a rule applies to unless it says otherwise.
unsigned dot::getDefaultSources(const Rule &rule) {
  unsigned attribute = getBit(Source::Attribute), name = getBit(Source::Name),
           label = getBit(Source::Label), cluster = getBit(Source::Cluster),
           edge = getBit(Source::Edge);
  if (rule.hasRole || rule.kind)
    return name | label | edge;
  if (!rule.elementType.empty())
    return attribute | label | edge;
  if (rule.block != Role::Unknown)
    return name | label | cluster | edge;
  unsigned sources = attribute | name | label | cluster | edge;
  for (const TextPattern &pattern : rule.patterns)
    for (const Element &element : pattern.elements) {
      if (element.kind != Element::Capture)
        continue;
      switch (element.capture) {
      case Fact::Input:
      case Fact::Output:
      case Fact::InputOutput:
      case Fact::Buffer:
      case Fact::Weight:
      case Fact::Shape:
      case Fact::Widths:
      case Fact::Dropout:
      case Fact::DeviceName:
      case Fact::TargetDeviceName:
      case Fact::Machine:
        sources &= attribute | label | edge;
        break;
      case Fact::Role:
      case Fact::Block:
      case Fact::Kind:
        sources &= attribute;
        break;
      case Fact::SampledLayers:
      case Fact::OmittedLayers:
      case Fact::MeantLayers:
      case Fact::NumLayers:
      case Fact::NumSampled:
      case Fact::ModelLayers:
      case Fact::PpSize:
        sources &= attribute | cluster | label;
        break;
      default:
        break;
      }
    }
  return rule.isIgnore ? label : sources;
}
