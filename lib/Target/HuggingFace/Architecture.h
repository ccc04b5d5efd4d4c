//===- Architecture.h - Architectures as data -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row describes one architecture: which fields of a config.json give which
// figure, what they are by default, where the norms stand, what has a bias, and
// how the parameters are called. The importer knows no architecture by name.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_ARCHITECTURE_H
#define DAG_LIB_TARGET_HUGGINGFACE_ARCHITECTURE_H

#include "dag/Dialect/Dag/IR/DagEnums.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <optional>

namespace mlir::dag::huggingface {

/// Where a value comes from. `keys` are names of one field, separated by `|`,
/// with dots into nested objects; no keys make a constant. Without any of them
/// the value is `fallback`, which transformers takes as well; a fallback of
/// nothing, or `null` where it is taken, means that there is no value. Names
/// behind `=` are of other programs, and transformers does not read them: such
/// a field has to have the value that there is without it.
template <typename T>
struct Setting {
  llvm::StringRef keys;
  std::optional<T> fallback;
  /// `null` is taken although there is a fallback.
  bool takesNull = false;

  bool isConstant() const { return keys.empty(); }
};
using IntSetting = Setting<int64_t>;
using NumberSetting = Setting<double>;
using FlagSetting = Setting<bool>;
using TextSetting = Setting<llvm::StringRef>;

/// A field that a row knows with certain values only, written as in JSON. With
/// others the model computes what the dialect cannot say. A missing field has
/// the first value.
struct Expected {
  llvm::StringRef keys;
  llvm::SmallVector<llvm::StringRef, 2> values;
};

/// A field that tells rows of one type apart, with its value if it is missing
/// and the one that this row is for.
struct Condition {
  llvm::StringRef keys, fallback, value;
};

enum class NormKind { Rms, Layer };

/// What the norms of queries and keys normalize.
enum class QkNorm { None, Head, AllHeads };

/// How the checkpoint stores the projections of queries, keys and values.
enum class QkvLayout {
  Separate,
  /// All rows of queries, then keys, then values.
  Stacked,
  /// For each KV head the rows of its query heads, then key, then value.
  Grouped
};

/// How the checkpoint stores the experts.
enum class ExpertLayout {
  /// One tensor for each expert and projection.
  Each,
  /// All experts in one tensor, `[expert, in, out]`, gate and up interleaved.
  Interleaved
};

/// Names of parameters, without `.weight` and `.bias` where a module has both.
/// Those of a layer follow `layer`, in which `#` is the index; `{}` is the
/// index of an expert. An empty name is a parameter that the architecture
/// lacks.
struct Names {
  llvm::StringRef embedding, positions, embeddingNorm, finalNorm, head;
  llvm::StringRef layer;
  // Norms before attention and FFN, and after them, before the residual sum.
  llvm::StringRef attentionNorm, ffnNorm, attentionPostNorm, ffnPostNorm;
  // Attention; `qkv` where they are fused.
  llvm::StringRef q, k, v, qkv, o, qNorm, kNorm, sinks;
  // Latent attention; `q` is what leads from hidden states, or from `qDown`.
  llvm::StringRef qDown, qDownNorm, qUp, kvDown, kvNorm, kvUp;
  // FFN; `gateUp` where they are fused.
  llvm::StringRef gate, up, down, gateUp;
  // Experts.
  llvm::StringRef router, correction, expertGate, expertUp, expertDown,
      expertGateUp, sharedGate, sharedUp, sharedDown;
};

/// Which layers see a window of keys only.
struct Windows {
  IntSetting size;
  FlagSetting isUsed{"", true};
  /// Names the kind of each layer.
  llvm::StringRef layerTypes;
  /// Of so many layers the last sees all keys; without, none does.
  IntSetting period;
  /// Layers before this one see all keys.
  IntSetting firstLayer;
  /// Base of the rotation in these layers, if it is another one.
  NumberSetting theta;
};

/// Parameters of a rotation that is scaled as in YaRN.
struct YarnScaling {
  double factor, betaFast, betaSlow;
  int64_t original;
  bool truncates;
};

struct Rotary {
  NumberSetting theta;
  /// Share of a head that is rotated.
  NumberSetting share{"", 1.0};
  FlagSetting interleaved{"", false};
  /// Object with the parameters of a scaled variant.
  llvm::StringRef scaling = "rope_scaling|rope_parameters";
  /// By default it is scaled so, and not with an empty object.
  std::optional<YarnScaling> defaultScaling;
  /// The length before scaling, where a field beside the object comes first.
  IntSetting original;
  /// Old names of variants: `yarn=longrope`.
  llvm::SmallVector<std::pair<llvm::StringRef, llvm::StringRef>, 2> variants;
};

/// Multi-head latent attention.
struct Latent {
  IntSetting qRank, kvRank, nopeDim, ropeDim, vDim;
  /// The norms of latent vectors do not take the model's.
  double epsilon = 1e-6;
};

/// How a router chooses from groups of experts.
struct RouterGroups {
  IntSetting groups, topGroups;
  /// A group counts as much as so many of its best experts.
  int64_t groupTop;
  /// Field and value that switch it on, if it can be off.
  llvm::StringRef methodKey, method;
};

struct Experts {
  IntSetting number, topK, inner;
  ScoringKind scoring = ScoringKind::Softmax;
  FlagSetting normalize;
  NumberSetting scale;
  std::optional<RouterGroups> groups;
  bool routerBias = false, biases = false;
  ExpertLayout layout = ExpertLayout::Each;
  NumberSetting alpha, limit, upOffset;
  /// So many experts in one, which all tokens take.
  IntSetting shared;
  // Which layers have experts: from `firstLayer` on, where the index (counted
  // from `stepOffset`) divides by `step`, but for those in `denseLayers`.
  IntSetting firstLayer{"", 0};
  IntSetting step{"", 1};
  int64_t stepOffset = 0;
  llvm::StringRef denseLayers;
};

struct Architecture {
  llvm::StringRef modelType;
  llvm::SmallVector<llvm::StringRef, 2> classes;
  /// Other types of the same function.
  llvm::SmallVector<llvm::StringRef, 1> aliases;
  llvm::SmallVector<Condition, 2> conditions;

  // Figures. As many KV heads as heads, and hidden / heads, without a value.
  IntSetting layers, hidden, heads, kvHeads, headDim, vocab;
  /// `innerFactor` times the hidden size without a value.
  IntSetting inner, innerFactor{"", 4};
  /// One KV head if it is set.
  FlagSetting multiQuery{"", false};
  /// The size of embeddings, where it could be another than the hidden one.
  IntSetting embeddingSize;
  IntSetting maxPositions;

  NormKind norm = NormKind::Rms;
  NumberSetting epsilon;
  /// Weights of norms count from one.
  bool unitOffset = false;
  bool normBias = false;
  /// Attention and FFN side by side. Without an `ffnNorm` they share one norm.
  FlagSetting parallel{"", false};

  FlagSetting qkvBias{"", false}, outBias{"", false}, ffnBias{"", false};
  TextSetting activation;
  bool gated = true;
  QkvLayout qkvLayout = QkvLayout::Separate;
  /// Linear layers are stored as `[in, out]`.
  bool transposed = false;

  QkNorm qkNorm = QkNorm::None;
  std::optional<Rotary> rotary;
  std::optional<Windows> windows;
  /// Scores are scaled by this, or by one through the root of that, or of the
  /// size of a head; not at all if `isScaled` is off.
  NumberSetting scale, scaleBase;
  FlagSetting isScaled{"", true};
  NumberSetting softCap;
  /// Bias of ALiBi, if there is one.
  NumberSetting alibi;

  /// Embeddings are multiplied by the root of the hidden size.
  bool scaleEmbedding = false;
  /// Rows of the table of learned positions, and those before the first.
  IntSetting positions;
  int64_t positionOffset = 0;
  FlagSetting tied{"tie_word_embeddings", true};
  NumberSetting logitScale, finalSoftCap;

  std::optional<Latent> latent;
  std::optional<Experts> experts;
  Names names;

  llvm::SmallVector<Expected, 0> expected;
  /// Fields that this architecture reads past.
  llvm::SmallVector<llvm::StringRef, 0> ignored;
};

/// All rows. Built once.
llvm::ArrayRef<Architecture> getArchitectures();

/// Fields that change nothing about inference, for all architectures, whatever
/// their value.
bool isNeutralField(llvm::StringRef key);

/// A field of some architectures with a value, written as in JSON, that
/// switches off what it is for: for the others it changes nothing either.
bool isSwitchedOff(llvm::StringRef key, llvm::StringRef value);

/// A field beside `text_config` that is for other parts of the whole.
bool isFieldOfWrapper(llvm::StringRef key);

/// Whether transformers ties the head of a whole of this type to the embedding
/// where the whole does not state it; nothing if it is not known.
std::optional<bool> isHeadOfWholeTied(llvm::StringRef modelType);

/// What is said about a field that is left out, or an empty string.
llvm::StringRef getLeftOutReason(llvm::StringRef key);

// Parts of the table, by family.
void addLlamaFamily(llvm::SmallVectorImpl<Architecture> &rows);
void addGptFamily(llvm::SmallVectorImpl<Architecture> &rows);
void addExpertFamily(llvm::SmallVectorImpl<Architecture> &rows);

/// The row of Llama, which most others differ from in little.
Architecture getLlama();
/// Attention looks at a window, of this many tokens where none is stated.
void addWindows(Architecture &row, std::optional<int64_t> size);
/// Queries and keys are normalized, under the names that most models have.
void addQkNorm(Architecture &row, QkNorm kind);

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_ARCHITECTURE_H
