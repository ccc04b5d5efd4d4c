//===- Describe.cpp - From a row and a file to a description -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigReader.h"
#include "Description.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

namespace {
/// More layers than any model has, and few enough to make.
constexpr int64_t kMaxLayers = 16384;

class Describer {
public:
  Describer(const Architecture &row, ConfigReader &reader,
            const ImportOptions &options, MLIRContext *context)
      : row(row), reader(reader), options(options), context(context) {}

  FailureOr<Description> run();

private:
  void readElementType();
  void readStorage();
  void readFigures();
  void readServing();
  void readPages();
  void readHeads();
  void readBlocks();
  void readLatent();
  void readExperts();
  void readGroups();
  void readEnds();
  void checkTies();
  void checkBlocks();
  void checkPositions();
  void checkSizes();
  void checkPadding(const RotaryDescription &rotary);
  int64_t divide(StringRef what, int64_t number, StringRef by, int64_t divisor);

  const Architecture &row;
  ConfigReader &reader;
  const ImportOptions &options;
  MLIRContext *context;
  ModulePatterns plainModules;
  Description result;
};
} // namespace

/// The first name of a field, for messages.
static StringRef nameOf(StringRef keys) { return keys.split('|').first; }

void Describer::readElementType() {
  result.elementType = BFloat16Type::get(context);
  TextSetting setting{"torch_dtype|dtype", std::nullopt};
  std::optional<StringRef> stated = reader.getText(setting);
  std::string path = reader.find(setting.keys).path;
  if (!options.dtype.empty()) {
    if (Type type = getElementType(options.dtype, context))
      result.elementType = type;
    else
      reader.error("") << "expected 'dtype' to be bf16, f16, f32 or f64, but "
                          "got '"
                       << options.dtype << "'";
  } else if (stated) {
    if (Type type = getElementType(*stated, context))
      result.elementType = type;
    else
      reader.error(path) << "expected '" << path
                         << "' to be bfloat16, float16, float32 or float64, "
                            "but got \""
                         << *stated << "\"";
  }
  Type statedType = stated ? getElementType(*stated, context) : Type();
  if (options.isLike && statedType && statedType != result.elementType)
    reader.warn(path, "'" + path + "' is " + *stated +
                          ", but the plan computes in " + options.dtype);
  if (statedType == Float32Type::get(context) && result.elementType.isF32() &&
      (options.dtype.empty() || options.isLike))
    reader.warn(path, "'" + path +
                          "' is float32, in which the plan has what is stored "
                          "in no other type; engines take 16 bits in its "
                          "place, as --dtype=bf16 does");
}

/// `number / divisor`, which has to come out even.
int64_t Describer::divide(StringRef what, int64_t number, StringRef by,
                          int64_t divisor) {
  if (number % divisor != 0)
    reader.error(what) << "expected '" << what << "' to be a multiple of '"
                       << by << "' = " << divisor << ", but got " << number;
  return std::max<int64_t>(number / divisor, 1);
}

void Describer::readStorage() {
  StorageDescription storage =
      describeStorage(reader, options, result.elementType);
  result.storage = storage.storage;
  result.unknownStorage = storage.unknown;
  result.storageLoc = storage.loc;
  result.weightType =
      storage.weightType ? storage.weightType : result.elementType;
  result.cacheType = storage.cacheType ? storage.cacheType : result.elementType;
  plainModules = std::move(storage.plain);
}

void Describer::readFigures() {
  auto checkOption = [&](StringRef name, int64_t value) -> int64_t {
    if (value >= 1 && value <= kMaxFigure)
      return value;
    reader.error("") << "expected '" << name << "' to be from 1 to "
                     << kMaxFigure << ", but got " << value;
    return 1;
  };
  result.batch = checkOption("batch", options.batch);
  int64_t seqLen = options.seqLen;
  if (seqLen == 0)
    seqLen = std::min(reader.getInt(row.maxPositions).value_or(kDefaultSeqLen),
                      kDefaultSeqLen);
  result.cacheTokens = checkOption("seq-len", seqLen);
  result.tokens = options.decode ? 1 : result.cacheTokens;
  readServing();
  result.lastLogits = !options.allLogits && result.tokens > 1;
  result.layers = reader.getFigure(row.layers, 1, kMaxLayers);
  result.hidden = reader.getFigure(row.hidden);
  result.vocab = reader.getFigure(row.vocab);
  int64_t embedded = reader.getInt(row.embeddingSize).value_or(result.hidden);
  if (embedded != result.hidden) {
    StringRef name = nameOf(row.embeddingSize.keys);
    reader.error(name) << "expected '" << name << "' to be '"
                       << nameOf(row.hidden.keys) << "' = " << result.hidden
                       << ", which is all that can be imported, but got "
                       << embedded;
  }
  int64_t factor = reader.getFigure(row.innerFactor, 1, 1 << 16);
  result.inner = reader.getInt(row.inner).value_or(factor * result.hidden);
}

/// The tokens of a run, and how the caches of sequences lie.
void Describer::readServing() {
  if (options.newTokens != 0) {
    if (options.newTokens < 1 || options.newTokens > result.cacheTokens)
      reader.error("") << "expected 'new-tokens' to be from 1 to 'seq-len' = "
                       << result.cacheTokens << ", but got "
                       << options.newTokens;
    else if (options.decode && options.newTokens != 1)
      reader.error("") << "expected 'new-tokens' to be 1 in decode, but got "
                       << options.newTokens;
    else
      result.tokens = options.newTokens;
  }
  result.ragged = options.ragged;
  auto check = [&](StringRef name, int64_t value) {
    if (value < 0 || value > kMaxFigure)
      reader.error("") << "expected '" << name << "' to be from 0 to "
                       << kMaxFigure << ", but got " << value;
    return value >= 0 && value <= kMaxFigure;
  };
  if (!check("page-size", options.pageSize) || !check("pages", options.pages) ||
      !check("window-pages", options.windowPages))
    return;
  if (options.pageSize == 0 && options.pages != 0)
    reader.error("") << "expected 'page-size' with 'pages'";
  if (options.pageSize == 0 && options.windowPages != 0)
    reader.error("") << "expected 'page-size' with 'window-pages'";
  result.pageSize = options.pageSize;
}

/// As many pages as all sequences need at a time: of a window those that it
/// reaches, at worst with its ends in the middle of a page.
void Describer::readPages() {
  if (result.pageSize == 0)
    return;
  int64_t size = result.pageSize;
  result.blocks = llvm::divideCeil(result.cacheTokens, size);
  int64_t least = result.batch * result.blocks; // each below 2^31
  result.pages = options.pages == 0 ? least : options.pages;
  // Of ragged sequences each has one new token at least.
  int64_t written = result.ragged ? 1 : llvm::divideCeil(result.tokens, size);
  auto expectRoom = [&](StringRef name, int64_t pages, int64_t ofEach,
                        const Twine &what) {
    if (pages != 0 && pages < result.batch * ofEach)
      reader.error("") << "expected '" << name << "' to be at least "
                       << result.batch * ofEach << ", for " << what << " of "
                       << result.batch
                       << (result.batch == 1 ? " sequence" : " sequences")
                       << ", but got " << pages;
  };
  expectRoom("pages", options.pages, written, "the new tokens");
  int64_t window = 1;
  for (const LayerKind &kind : result.kinds)
    window = std::max(window, kind.window.value_or(1));
  auto getReach = [&](int64_t tokens) {
    uint64_t both = llvm::SaturatingAdd<uint64_t>(window, tokens);
    return std::min<int64_t>(
        result.blocks,
        llvm::divideCeil(both - 2, static_cast<uint64_t>(size)) + 1);
  };
  int64_t reach = getReach(result.tokens);
  // Who has made a plan decides; a check of it says what is missing.
  auto isOfWindow = [](const LayerKind &kind) {
    return kind.window.has_value();
  };
  bool hasWindow = llvm::any_of(result.kinds, isOfWindow);
  if (!options.isLike && options.pages != 0 &&
      llvm::all_of(result.kinds, isOfWindow))
    reader.error("") << "expected no 'pages', as all layers have a window, but "
                        "'window-pages'";
  if (!options.isLike && !hasWindow && options.windowPages != 0)
    reader.error("") << "expected no 'window-pages', as no layer has a window";
  else if (!options.isLike)
    expectRoom("window-pages", options.windowPages,
               result.ragged ? std::max(written, getReach(1)) : reach,
               result.ragged ? "a window and a new token"
                             : "a window and the new tokens");
  result.windowPages =
      options.windowPages == 0 ? result.batch * reach : options.windowPages;
  result.sharesPages = options.sharesPages;
}

void Describer::readHeads() {
  result.heads = reader.getFigure(row.heads);
  result.kvHeads = reader.getInt(row.kvHeads).value_or(result.heads);
  if (reader.getFlag(row.multiQuery))
    result.kvHeads = 1;
  if (row.latent) {
    result.headDim = 1; // that of the parts
    if (result.kvHeads != result.heads)
      reader.error(nameOf(row.kvHeads.keys))
          << "expected '" << nameOf(row.kvHeads.keys) << "' to be '"
          << nameOf(row.heads.keys) << "' = " << result.heads
          << " in latent attention, but got " << result.kvHeads;
    return;
  }
  divide(reader.getName(reader.find(row.heads.keys), row.heads.keys),
         result.heads,
         reader.getName(reader.find(row.kvHeads.keys), row.kvHeads.keys),
         result.kvHeads);
  if (std::optional<int64_t> dim = reader.getInt(row.headDim))
    result.headDim = *dim;
  else
    result.headDim =
        divide(reader.getName(reader.find(row.hidden.keys), row.hidden.keys),
               result.hidden,
               reader.getName(reader.find(row.heads.keys), row.heads.keys),
               result.heads);
}

void Describer::readBlocks() {
  result.epsilon = reader.getNumber(row.epsilon, /*allowZero=*/true)
                       .value_or(row.epsilon.fallback.value_or(1e-5));
  result.parallel = reader.getFlag(row.parallel);
  result.qkvBias = reader.getFlag(row.qkvBias);
  result.outBias = reader.getFlag(row.outBias);
  result.ffnBias = reader.getFlag(row.ffnBias);

  result.activation = ActivationKind::Silu;
  StringRef name = reader.getText(row.activation).value_or("");
  std::optional<ActivationKind> kind =
      llvm::StringSwitch<std::optional<ActivationKind>>(name)
          .Cases({"silu", "swish"}, ActivationKind::Silu)
          .Cases({"gelu", "gelu_python"}, ActivationKind::Gelu)
          .Cases({"gelu_new", "gelu_fast", "gelu_pytorch_tanh",
                  "gelu_python_tanh", "gelu_accurate"},
                 ActivationKind::GeluTanh)
          .Case("quick_gelu", ActivationKind::QuickGelu)
          .Case("relu", ActivationKind::Relu)
          .Case("sigmoid", ActivationKind::Sigmoid)
          .Case("tanh", ActivationKind::Tanh)
          .Default(std::nullopt);
  if (kind) {
    result.activation = *kind;
  } else {
    std::string path =
        reader.getName(reader.find(row.activation.keys), row.activation.keys);
    reader.error(path) << "expected '" << path
                       << "' to be an activation that is known (silu, gelu, "
                          "gelu_new, gelu_pytorch_tanh, quick_gelu, relu, "
                          "sigmoid, tanh), but got \""
                       << name << "\"";
  }
}

void Describer::readLatent() {
  if (!row.latent)
    return;
  result.latent.emplace();
  LatentDescription &latent = *result.latent;
  latent.qRank = reader.getInt(row.latent->qRank);
  StringRef name = nameOf(row.latent->qRank.keys);
  if (!row.latent->qRank.fallback && !reader.getFile().lookup(name))
    reader.warn(name, "'" + name +
                          "' is missing: queries are taken to be "
                          "projected without a low rank");
  latent.kvRank = reader.getFigure(row.latent->kvRank);
  latent.nopeDim = reader.getFigure(row.latent->nopeDim);
  latent.ropeDim = reader.getFigure(row.latent->ropeDim);
  latent.vDim = reader.getFigure(row.latent->vDim);
}

void Describer::readExperts() {
  if (!row.experts)
    return;
  const Experts &settings = *row.experts;
  result.experts.emplace();
  ExpertsDescription &experts = *result.experts;
  experts.number = reader.getFigure(settings.number);
  experts.topK = reader.getFigure(settings.topK);
  if (experts.topK > experts.number) {
    StringRef name = nameOf(settings.topK.keys);
    reader.error(name) << "expected '" << name << "' to be at most '"
                       << nameOf(settings.number.keys)
                       << "' = " << experts.number << ", but got "
                       << experts.topK;
  }
  experts.inner = reader.getFigure(settings.inner);
  experts.normalize = reader.getFlag(settings.normalize);
  experts.scale = reader.getNumber(settings.scale);
  if (experts.scale == 1.0)
    experts.scale.reset();
  experts.alpha = reader.getNumber(settings.alpha);
  experts.limit = reader.getNumber(settings.limit);
  experts.upOffset = reader.getNumber(settings.upOffset);
  if (!settings.shared.isConstant())
    experts.sharedInner =
        reader.getInt(settings.shared, 0, 1 << 16).value_or(0) * experts.inner;
  readGroups();
}

void Describer::readGroups() {
  if (!row.experts->groups)
    return;
  const RouterGroups &settings = *row.experts->groups;
  ExpertsDescription &experts = *result.experts;
  int64_t groups = reader.getInt(settings.groups).value_or(1);
  int64_t topGroups = reader.getInt(settings.topGroups).value_or(1);
  if (!settings.methodKey.empty() &&
      reader.getText({settings.methodKey, std::nullopt}) != settings.method)
    return;
  StringRef name = nameOf(settings.groups.keys);
  if (groups == 1)
    return;
  int64_t size = experts.number / groups;
  if (experts.number % groups != 0 || size < settings.groupTop) {
    reader.error(name) << "expected '" << name
                       << "' to make groups of at least " << settings.groupTop
                       << " of '" << nameOf(row.experts->number.keys)
                       << "' = " << experts.number << ", but got " << groups;
    return;
  }
  StringRef topName = nameOf(settings.topGroups.keys);
  if (topGroups > groups || topGroups * size < experts.topK) {
    reader.error(topName) << "expected '" << topName << "' to be at most '"
                          << name << "' = " << groups << ", with room for the "
                          << experts.topK << " experts of a token, but got "
                          << topGroups;
    return;
  }
  experts.groups = GroupsDescription{groups, topGroups, settings.groupTop};
}

/// A part is built by its own ties. Who loads the whole may have others, as
/// defaults of their own.
void Describer::checkTies() {
  const ConfigFile &file = reader.getFile();
  if (!file.isPart())
    return;
  const llvm::json::Value *type = file.lookupOuter("model_type"),
                          *stated = file.lookupOuter("tie_word_embeddings");
  if (!type || !type->getAsString() ||
      (stated && stated->kind() != llvm::json::Value::Null))
    return;
  StringRef name = *type->getAsString();
  std::optional<bool> tied = isHeadOfWholeTied(name);
  if (tied && *tied != result.tied)
    reader.warn("tie_word_embeddings",
                "'tie_word_embeddings' of the whole is missing: transformers "
                "takes " +
                    Twine(*tied ? "true" : "false") + " for '" + name +
                    "'; the plan goes by the part, of which it is " +
                    (result.tied ? "true" : "false"));
}

void Describer::readEnds() {
  result.tied = reader.getFlag(row.tied);
  checkTies();
  if (!row.positions.isConstant())
    result.positions = reader.getFigure(row.positions);
  result.softCap = reader.getNumber(row.softCap);
  result.finalSoftCap = reader.getNumber(row.finalSoftCap);
  result.logitScale = reader.getNumber(row.logitScale);
  result.alibi = reader.getNumber(row.alibi);
  if (row.scaleEmbedding) {
    // The factor is rounded to the type of what it multiplies.
    APFloat factor(std::sqrt(static_cast<double>(result.hidden)));
    bool losesInfo;
    factor.convert(cast<FloatType>(result.elementType).getFloatSemantics(),
                   APFloat::rmNearestTiesToEven, &losesInfo);
    factor.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    result.embeddingScale = factor.convertToDouble();
  }
  // Scale of the scores.
  int64_t dim = result.latent ? result.latent->nopeDim + result.latent->ropeDim
                              : result.headDim;
  double base =
      reader.getNumber(row.scaleBase).value_or(static_cast<double>(dim));
  result.scale = reader.getNumber(row.scale).value_or(1.0 / std::sqrt(base));
  if (!reader.getFlag(row.isScaled))
    result.scale = 1.0;
}

/// Learned positions end somewhere; rotations were trained up to somewhere.
void Describer::checkPositions() {
  if (row.maxPositions.isConstant())
    return;
  std::optional<int64_t> limit = reader.getInt(row.maxPositions);
  // A plan has room for whole pages, of which the least number of tokens is
  // known that needs as many.
  int64_t room = result.cacheTokens;
  if (options.isLike && result.pageSize != 0 && result.tokens < room)
    room = llvm::alignTo(room, result.pageSize);
  if (!limit || room <= *limit)
    return;
  std::string path =
      reader.getName(reader.find(row.maxPositions.keys), row.maxPositions.keys);
  if (result.positions && result.cacheTokens <= *limit)
    return;
  if (result.positions)
    reader.error(path) << "expected a sequence of at most '" << path
                       << "' = " << *limit << " tokens, but got "
                       << result.cacheTokens;
  else
    reader.warn(path, "the model was made for '" + path +
                          "' = " + Twine(*limit) +
                          " tokens, but the sequence has " + Twine(room));
}

/// The parts of a fused matrix are cut between blocks of weights that share a
/// scale.
void Describer::checkBlocks() {
  int64_t block = result.storage ? result.storage->blockRows : 0;
  if (block <= 1)
    return;
  auto check = [&](StringRef what, int64_t rows) {
    if (rows % block != 0)
      reader.error("quantization_config")
          << "expected " << what << " of a fused matrix to be blocks of "
          << block << " with one scale, but got " << rows << " rows";
  };
  int64_t dim = result.headDim;
  if (row.qkvLayout != QkvLayout::Separate && !row.latent) {
    bool isGrouped = row.qkvLayout == QkvLayout::Grouped;
    check("queries", dim * result.heads / (isGrouped ? result.kvHeads : 1));
    check("keys", dim * (isGrouped ? 1 : result.kvHeads));
  }
  if (!row.names.gateUp.empty())
    check("gate and up", result.inner);
  if (row.experts && row.experts->layout == ExpertLayout::Interleaved)
    reader.error("quantization_config")
        << "expected a scale for each row or tensor where rows of two matrices "
           "alternate, but got one for "
        << block << " rows";
}

/// A rotation that is scaled by the length of the sequence would count the
/// padding behind the new tokens.
void Describer::checkPadding(const RotaryDescription &rotary) {
  if (!result.ragged || result.tokens == 1 || !rotary.scaling)
    return;
  auto type = rotary.scaling.getAs<StringAttr>("rope_type");
  StringRef name = type ? type.getValue() : "";
  auto length = rotary.scaling.getAs<IntegerAttr>(
      name == "dynamic" ? "max_position_embeddings"
                        : "original_max_position_embeddings");
  int64_t longest = result.cacheTokens + result.tokens - 1;
  if ((name != "dynamic" && name != "longrope") ||
      (length && longest <= length.getInt()))
    return;
  reader.error("") << "expected one position for all sequences, or one new "
                      "token of each, where the rotation is '"
                   << name
                   << "', which is scaled by the number of tokens: padding "
                      "behind ragged sequences would count";
}

/// Every tensor and all weights together have to have a size of 64 bits,
/// counted in bits.
void Describer::checkSizes() {
  uint64_t weights = 0;
  bool fits = true;
  auto multiply = [&](ArrayRef<int64_t> shape) {
    uint64_t product = 64;
    for (int64_t size : shape) {
      bool overflowed;
      product = llvm::SaturatingMultiply<uint64_t>(product, size, &overflowed);
      fits &= !overflowed;
    }
    return product;
  };
  auto weight = [&](ArrayRef<int64_t> shape) {
    bool overflowed;
    weights = llvm::SaturatingAdd(weights, multiply(shape), &overflowed);
    fits &= !overflowed;
  };
  const Description &d = result;
  int64_t tokens = d.batch * d.tokens; // each below 2^31
  int64_t heads = d.heads, headDim = d.headDim;
  int64_t qDim = headDim, vDim = headDim, qInput = d.hidden;
  if (d.latent) {
    qDim = d.latent->nopeDim + d.latent->ropeDim;
    vDim = d.latent->vDim;
    qInput = std::max(qInput, d.latent->qRank.value_or(1));
    weight({d.layers, d.hidden, d.latent->kvRank + d.latent->ropeDim});
    weight({d.layers, heads, d.latent->nopeDim + vDim, d.latent->kvRank});
    weight({d.layers, d.latent->qRank.value_or(1), d.hidden});
    multiply({d.batch, d.cacheTokens, d.latent->kvRank + d.latent->ropeDim});
  }
  // Room for whole pages is at most one page more for each sequence.
  multiply({d.batch, d.cacheTokens + d.pageSize, heads, std::max(qDim, vDim)});
  multiply({std::max(options.pages, options.windowPages), d.pageSize, heads,
            std::max(qDim, vDim)});
  multiply({tokens, d.hidden});
  multiply({d.lastLogits ? d.batch : tokens, d.vocab});
  multiply({tokens, d.inner});
  multiply({tokens, heads, d.cacheTokens});
  multiply({d.batch, d.cacheTokens, heads, std::max(qDim, vDim)});
  multiply({tokens, heads, std::max(qDim, vDim)});
  weight({2, d.vocab, d.hidden});
  weight({d.positions.value_or(1) + row.positionOffset, d.hidden});
  weight({d.layers, 3, heads, qDim, qInput});
  weight({d.layers, heads, vDim, d.hidden});
  weight({d.layers, 3, d.inner, d.hidden});
  if (d.experts) {
    weight({d.layers, 4, d.experts->number, d.experts->inner, d.hidden});
    weight({d.layers, 3, d.experts->sharedInner, d.hidden});
    multiply({tokens, d.experts->sharedInner});
    multiply({d.experts->number, tokens, std::max(d.hidden, d.experts->inner)});
  }
  if (!fits)
    reader.error("") << "expected sizes of tensors and weights to be numbers "
                        "of 64 bits, but got larger ones";
}

FailureOr<Description> Describer::run() {
  result.architecture = &row;
  for (const Expected &expected : row.expected)
    reader.check(expected);
  // An encoder computes something else in the same fields.
  reader.check({"is_causal", {"true"}});
  readElementType();
  readStorage();
  readFigures();
  readHeads();
  readBlocks();
  readLatent();
  readExperts();
  readEnds();
  checkBlocks();
  checkPositions();
  checkSizes();
  std::optional<RotaryDescription> rotary;
  if (row.rotary) {
    double scaleFactor = 1.0;
    rotary = describeRotary(
        row, reader, result.latent ? result.latent->ropeDim : result.headDim,
        result.latent.has_value(), scaleFactor, context);
    result.scale *= scaleFactor;
    if (!std::isfinite(result.scale))
      reader.error("") << "expected a finite scale of attention scores, but "
                          "got a larger one";
  }
  if (rotary)
    checkPadding(*rotary);
  if (reader.getFile().isPart())
    result.namePrefix = "language_model.";
  describeLayers(result, reader, rotary, plainModules);
  checkGroups(result, reader);
  readPages();
  reader.reportUnknown(row);
  llvm::append_range(result.remarks, reader.getRemarks());
  if (reader.hasFailed())
    return failure();
  return std::move(result);
}

FailureOr<Description> huggingface::describe(const Architecture &architecture,
                                             ConfigReader &reader,
                                             const ImportOptions &options,
                                             MLIRContext *context) {
  return Describer(architecture, reader, options, context).run();
}
