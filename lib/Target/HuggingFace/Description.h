//===- Description.h - A model, all of whose figures are known -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What stands between a configuration and the ops: the row of the architecture
// with the values of the file put in.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_DESCRIPTION_H
#define DAG_LIB_TARGET_HUGGINGFACE_DESCRIPTION_H

#include "Storage.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace mlir::dag::huggingface {

class ConfigReader;

struct RotaryDescription {
  double theta = 0;
  /// Elements of a head that are rotated, if not all.
  std::optional<int64_t> dim;
  bool interleaved = false;
  DictionaryAttr scaling;

  bool operator==(const RotaryDescription &other) const {
    return theta == other.theta && dim == other.dim &&
           interleaved == other.interleaved && scaling == other.scaling;
  }
};

/// What tells layers of a model apart.
struct LayerKind {
  std::optional<int64_t> window;
  std::optional<RotaryDescription> rotary;
  bool hasExperts = false;
  /// Bit `i` is set if the module at `i` of `getLinearModules` is stored in the
  /// plain type.
  uint32_t plainModules = 0;

  bool operator==(const LayerKind &other) const {
    return window == other.window && rotary == other.rotary &&
           hasExperts == other.hasExperts && plainModules == other.plainModules;
  }
};

struct LatentDescription {
  std::optional<int64_t> qRank;
  int64_t kvRank, nopeDim, ropeDim, vDim;
};

struct GroupsDescription {
  int64_t groups, topGroups, groupTop;
};

struct ExpertsDescription {
  int64_t number, topK, inner;
  bool normalize;
  std::optional<double> scale, alpha, limit, upOffset;
  std::optional<GroupsDescription> groups;
  /// Inner size of the shared experts, zero for none.
  int64_t sharedInner = 0;
};

struct Description {
  const Architecture *architecture = nullptr;
  /// What names begin with where the model is a part of another.
  StringRef namePrefix;
  /// What there is to say of the model and is not in its ops.
  SmallVector<std::string, 0> remarks;
  /// Where a batch of so many sequences has so many tokens each, and room for
  /// so many in the cache.
  int64_t batch, tokens, cacheTokens;
  /// A position for each sequence.
  bool ragged = false;
  /// Tokens of a page of the caches, and the pages of a sequence in block
  /// tables; zero for caches of whole sequences.
  int64_t pageSize = 0, blocks = 0;
  /// Pages of a cache, and of that of a layer with a window.
  int64_t pages = 0, windowPages = 0;
  /// Layers with a window have the pages of all others.
  bool sharesPages = false;
  /// Logits are those of the last token of each sequence.
  bool lastLogits = false;

  int64_t layers, hidden, heads, kvHeads, headDim, inner, vocab;
  std::optional<int64_t> positions;
  /// The type of values, and those in which weights and caches are stored.
  Type elementType, weightType, cacheType;
  /// How the weights of linear layers are stored, if not in that type; and why
  /// nobody knows.
  std::optional<Storage> storage;
  std::string unknownStorage;
  /// Where a file states it.
  std::optional<Location> storageLoc;
  /// The head is stored so, too.
  bool isHeadQuantized = false;

  double epsilon;
  bool parallel, qkvBias, outBias, ffnBias, tied;
  ActivationKind activation;
  double scale;
  std::optional<double> softCap, alibi, embeddingScale, logitScale,
      finalSoftCap;

  std::optional<LatentDescription> latent;
  std::optional<ExpertsDescription> experts;
  /// True if a layer has pages, and a block table, for its window alone.
  bool hasOwnPages(const LayerKind &kind) const {
    return kind.window.has_value() && !sharesPages;
  }
  /// Layers with windows have block tables of their own.
  bool hasWindowPages() const {
    return pageSize != 0 && llvm::any_of(kinds, [&](const LayerKind &kind) {
             return hasOwnPages(kind);
           });
  }
  /// The kinds of layers, and the kind of each layer.
  SmallVector<LayerKind, 2> kinds;
  SmallVector<unsigned, 0> layerKinds;
};

/// Reads all that a row asks for. Emits errors for what is contradictory or too
/// large, and for fields that nobody knows.
FailureOr<Description> describe(const Architecture &architecture,
                                ConfigReader &reader,
                                const ImportOptions &options,
                                MLIRContext *context);

/// Reads the rotation of all layers. `scaleFactor` is what the attention
/// scores are multiplied by on top (YaRN of latent attention).
std::optional<RotaryDescription>
describeRotary(const Architecture &architecture, ConfigReader &reader,
               int64_t rotatedDim, bool isLatent, double &scaleFactor,
               MLIRContext *context);

/// Decides which layers see a window, which have experts, and which of their
/// modules are stored as they are.
void describeLayers(Description &description, ConfigReader &reader,
                    const std::optional<RotaryDescription> &rotary,
                    const ModulePatterns &plainModules);

/// A module of a layer that may be quantized.
struct LinearModule {
  enum class Place { Attention, Dense, Shared, Expert };
  /// Empty if the model has none.
  StringRef name;
  Place place;
  /// The inputs of its matrix.
  int64_t columns;

  /// Whether layers with or without experts have it.
  bool isIn(bool hasExperts) const {
    return !name.empty() &&
           (place == Place::Attention || (place != Place::Dense) == hasExperts);
  }
};
SmallVector<LinearModule, 20> getLinearModules(const Description &description);

/// The modules of a layer that are stored in the plain type, by the bits of
/// `LayerKind::plainModules`.
uint32_t findPlain(const Description &description, int64_t index,
                   bool hasExperts, const ModulePatterns &patterns,
                   PatternDifferences &differences);
/// True if the head is quantized like the layers.
bool findQuantizedHead(const Description &description,
                       const ModulePatterns &patterns,
                       PatternDifferences &differences);
/// Warns of lists that name what no model has.
void warnOfUnmatched(const Description &description, ConfigReader &reader,
                     const ModulePatterns &patterns);
/// Warns of lists that name some experts of a layer and not others, and says
/// which.
std::string findSingleExperts(const Description &description,
                              ConfigReader &reader,
                              const ModulePatterns &patterns);
/// Reports groups of columns that do not come out even.
void checkGroups(const Description &description, ConfigReader &reader);

/// The program of a description.
OwningOpRef<ModuleOp> buildModel(const Description &description, Location loc);

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_DESCRIPTION_H
