//===- PlainModules.cpp - Modules that are not quantized -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Description.h"
#include "LayerBuilder.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

SmallVector<LinearModule, 20>
huggingface::getLinearModules(const Description &d) {
  const Names &names = d.architecture->names;
  using Place = LinearModule::Place;
  int64_t hidden = d.hidden, heads = d.heads * d.headDim;
  int64_t qRank = hidden, kvRank = hidden, inner = 0, shared = 0;
  if (d.latent) {
    heads = d.heads * d.latent->vDim;
    qRank = d.latent->qRank.value_or(hidden);
    kvRank = d.latent->kvRank;
  }
  if (d.experts) {
    inner = d.experts->inner;
    shared = d.experts->sharedInner;
  }
  return {{names.q, Place::Attention, hidden},
          {names.k, Place::Attention, hidden},
          {names.v, Place::Attention, hidden},
          {names.qkv, Place::Attention, hidden},
          {names.o, Place::Attention, heads},
          {names.qDown, Place::Attention, hidden},
          {names.qUp, Place::Attention, qRank},
          {names.kvDown, Place::Attention, hidden},
          {names.kvUp, Place::Attention, kvRank},
          {names.gate, Place::Dense, hidden},
          {names.up, Place::Dense, hidden},
          {names.down, Place::Dense, d.inner},
          {names.gateUp, Place::Dense, hidden},
          {names.sharedGate, Place::Shared, hidden},
          {names.sharedUp, Place::Shared, hidden},
          {names.sharedDown, Place::Shared, shared},
          {names.expertGate, Place::Expert, hidden},
          {names.expertUp, Place::Expert, hidden},
          {names.expertDown, Place::Expert, inner},
          {names.expertGateUp, Place::Expert, hidden}};
}

/// A module of a layer, as lists call it; of experts with modules of their own
/// that of one.
static ModuleName getModuleName(StringRef prefix, const LinearModule &module,
                                int64_t expert = 0) {
  auto [before, after] = module.name.split("{}");
  ModuleName name{(prefix + module.name).str()};
  if (before.size() != module.name.size()) {
    name.path = (prefix + before + Twine(expert) + after).str();
    name.experts = (prefix + before).str();
    name.experts.pop_back(); // the dot
  } else if (module.place == LinearModule::Place::Expert) {
    name.experts = StringRef(name.path).rsplit('.').first.str();
  }
  return name;
}

uint32_t huggingface::findPlain(const Description &d, int64_t index,
                                bool hasExperts, const ModulePatterns &patterns,
                                PatternDifferences &differences) {
  if (!d.storage)
    return 0;
  std::string prefix = getLayerPrefix(d, index);
  uint32_t plain = 0;
  for (auto [bit, module] : llvm::enumerate(getLinearModules(d))) {
    if (!module.isIn(hasExperts))
      continue;
    if (d.storage->isOfExperts && module.place != LinearModule::Place::Expert) {
      plain |= uint32_t(1) << bit;
      continue;
    }
    ModuleName name = getModuleName(prefix, module);
    differences.visit(name);
    if (patterns.matches(name))
      plain |= uint32_t(1) << bit;
  }
  StringRef router = d.architecture->names.router;
  if (hasExperts && !d.storage->isOfExperts)
    differences.visit({prefix + router.str(), {}, false, /*isRouter=*/true});
  return plain;
}

bool huggingface::findQuantizedHead(const Description &d,
                                    const ModulePatterns &patterns,
                                    PatternDifferences &differences) {
  // A head that is the embedding is stored as that is.
  if (!d.storage || d.storage->isOfExperts || d.tied)
    return false;
  StringRef name = d.architecture->names.head;
  ModuleName head{(d.namePrefix + name).str(), {}, /*isHead=*/true};
  differences.visit(head);
  return !patterns.matches(head);
}

/// Visits the modules of a layer. Experts are alike but for their numbers.
static void visitLayer(const Description &d, int64_t index,
                       UnmatchedPatterns &unmatched) {
  const Names &names = d.architecture->names;
  std::string prefix = getLayerPrefix(d, index);
  for (StringRef name :
       {names.attentionNorm, names.ffnNorm, names.attentionPostNorm,
        names.ffnPostNorm, names.qNorm, names.kNorm, names.qDownNorm,
        names.kvNorm, names.router})
    if (!name.empty())
      unmatched.visit({prefix + name.str()});
  for (const LinearModule &module : getLinearModules(d)) {
    if (module.name.empty())
      continue;
    bool isOfEach = module.name.contains("{}");
    int64_t count = isOfEach && d.experts ? d.experts->number : 1;
    for (int64_t expert = 0; expert < count; ++expert) {
      unmatched.visit(getModuleName(prefix, module, expert));
      if (!unmatched.needsNumbers())
        break;
    }
  }
}

void huggingface::warnOfUnmatched(const Description &d, ConfigReader &reader,
                                  const ModulePatterns &patterns) {
  if (!d.storage || patterns.empty() || reader.hasFailed())
    return;
  const Names &names = d.architecture->names;
  UnmatchedPatterns unmatched(patterns);
  for (StringRef name : {names.embedding, names.positions, names.embeddingNorm,
                         names.finalNorm, names.head})
    if (!name.empty())
      unmatched.visit({(d.namePrefix + name).str()});
  for (int64_t index = 0; index < d.layers; ++index) {
    visitLayer(d, index, unmatched);
    if (!unmatched.needsNumbers())
      break;
  }
  // Of a whole only the language model is known.
  StringRef layers = names.layer.split('#').first;
  unmatched.warn(reader, [&](StringRef entry) {
    return !reader.getFile().isPart() || entry.starts_with(layers) ||
           entry.contains("language_model");
  });
}

std::string huggingface::findSingleExperts(const Description &d,
                                           ConfigReader &reader,
                                           const ModulePatterns &patterns) {
  if (!d.storage || !d.experts || !patterns.tellsExpertsApart())
    return "";
  // Beyond that experts are taken to be alike.
  int64_t numVisits = 0;
  constexpr int64_t kMaxVisits = 1 << 18;
  for (int64_t index = 0; index < d.layers; ++index) {
    if (!d.kinds[d.layerKinds[index]].hasExperts)
      continue;
    std::string prefix = getLayerPrefix(d, index);
    for (const LinearModule &module : getLinearModules(d)) {
      if (!module.name.contains("{}"))
        continue;
      ModuleName first = getModuleName(prefix, module);
      bool isPlain = patterns.matches(first);
      for (int64_t expert = 1; expert < d.experts->number; ++expert) {
        numVisits += 1 + patterns.getNumExpressions();
        if (numVisits > kMaxVisits)
          return "";
        ModuleName other = getModuleName(prefix, module, expert);
        if (patterns.matches(other) == isPlain)
          continue;
        std::string text =
            "'" + other.path + "' is not stored as '" + first.path + "' is";
        reader.warn(d.storageLoc.value_or(reader.getFile().getLoc("")),
                    text +
                        "; the plan has all experts of a layer as the first");
        return text;
      }
    }
  }
  return "";
}

void huggingface::checkGroups(const Description &d, ConfigReader &reader) {
  // Blocks of several rows may be cut off at the end.
  if (!d.storage || d.storage->blockRows != 1 || d.storage->blockColumns == 0)
    return;
  int64_t size = d.storage->blockColumns;
  auto expectEven = [&](StringRef name, int64_t columns) {
    if (columns % size != 0)
      reader.error(d.storageLoc ? "quantization_config" : "weights-dtype",
                   d.storageLoc.value_or(reader.getFile().getLoc("")))
          << "expected groups of " << size
          << " columns with one scale to divide those of '" << name
          << "', but got " << columns;
  };
  if (d.isHeadQuantized)
    expectEven(d.architecture->names.head, d.hidden);
  for (const LayerKind &kind : d.kinds)
    for (auto [bit, module] : llvm::enumerate(getLinearModules(d)))
      if (module.isIn(kind.hasExperts) &&
          !(kind.plainModules & (uint32_t(1) << bit)))
        expectEven(module.name, module.columns);
}
