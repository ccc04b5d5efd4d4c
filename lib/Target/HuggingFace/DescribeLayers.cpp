//===- DescribeLayers.cpp - Rotation and kinds of layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigReader.h"
#include "Description.h"
#include "LayerBuilder.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

//===----------------------------------------------------------------------===//
// Rotation
//===----------------------------------------------------------------------===//

namespace {
/// A parameter of a scaled rotation.
struct ScalingField {
  enum class Kind { Number, Integer, Flag, Numbers, Unread };
  StringRef name;
  Kind kind;
  bool isRequired = false;
};

/// A variant of scaled rotation, by the names of transformers.
struct ScalingVariant {
  StringRef name;
  SmallVector<ScalingField, 8> fields;
  /// It depends on the length that the model was made for.
  bool needsLength = false;
};
} // namespace

static ArrayRef<ScalingVariant> getVariants() {
  using Kind = ScalingField::Kind;
  static const SmallVector<ScalingVariant, 0> variants = {
      {"linear", {{"factor", Kind::Number, true}}},
      {"dynamic",
       {{"factor", Kind::Number, true},
        // Some files state it; it is not read.
        {"original_max_position_embeddings", Kind::Unread}},
       /*needsLength=*/true},
      {"llama3",
       {{"factor", Kind::Number, true},
        {"low_freq_factor", Kind::Number, true},
        {"high_freq_factor", Kind::Number, true},
        {"original_max_position_embeddings", Kind::Integer, true}}},
      {"yarn",
       {{"factor", Kind::Number, true},
        {"original_max_position_embeddings", Kind::Integer},
        {"attention_factor", Kind::Number},
        {"beta_fast", Kind::Number},
        {"beta_slow", Kind::Number},
        {"mscale", Kind::Number},
        {"mscale_all_dim", Kind::Number},
        {"truncate", Kind::Flag},
        // How the checkpoint was made.
        {"finetuned", Kind::Unread}}},
      {"longrope",
       {{"short_factor", Kind::Numbers, true},
        {"long_factor", Kind::Numbers, true},
        {"factor", Kind::Number},
        {"original_max_position_embeddings", Kind::Integer},
        {"attention_factor", Kind::Number}},
       /*needsLength=*/true}};
  return variants;
}

namespace {
/// Reads the object that scales a rotation.
class ScalingReader {
public:
  ScalingReader(const Architecture &row, ConfigReader &reader, StringRef path,
                MLIRContext *context)
      : row(row), reader(reader), path(path.str()), builder(context) {}

  DictionaryAttr read(int64_t rotatedDim);
  double getNumber(StringRef name) {
    auto value = dyn_cast_or_null<FloatAttr>(fields.get(name));
    return value ? value.getValueAsDouble() : 0.0;
  }
  StringRef getVariant() const { return variant ? variant->name : ""; }

private:
  bool findVariant();
  std::optional<int64_t> readOriginal(StringRef key);
  Attribute readField(const ScalingField &field, int64_t rotatedDim);
  DictionaryAttr getEffective();
  void reportUnknown();

  const Architecture &row;
  ConfigReader &reader;
  std::string path;
  Builder builder;
  const ScalingVariant *variant = nullptr;
  NamedAttrList fields;
};
} // namespace

/// False where the variant is not known. Without scaling there is none.
bool ScalingReader::findVariant() {
  std::string keys = path + ".rope_type|" + path + ".type";
  std::optional<StringRef> name = reader.getText({keys, "default"});
  for (auto [old, now] : row.rotary->variants)
    if (name == old)
      name = now;
  if (!name || *name == "default")
    return true;
  for (const ScalingVariant &candidate : getVariants())
    if (candidate.name == *name)
      variant = &candidate;
  if (!variant) {
    std::string place = reader.find(keys).path;
    reader.error(place) << "expected '" << place << "' to be default, "
                        << llvm::join(llvm::map_range(
                                          getVariants(),
                                          [](const ScalingVariant &candidate) {
                                            return candidate.name;
                                          }),
                                      ", ")
                        << ", but got \"" << *name << "\"";
  }
  return variant;
}

/// The length before scaling. A field beside the object comes first.
std::optional<int64_t> ScalingReader::readOriginal(StringRef key) {
  if (const IntSetting &original = row.rotary->original; !original.isConstant())
    return reader.getInt(
        {(original.keys + "|=" + key).str(), original.fallback});
  std::string keys = (key + "|original_max_position_embeddings").str();
  if (std::optional<int64_t> length = reader.getInt({keys, std::nullopt}))
    return length;
  return reader.getInt(row.maxPositions);
}

Attribute ScalingReader::readField(const ScalingField &field,
                                   int64_t rotatedDim) {
  std::string key = path + "." + field.name.str();
  const llvm::json::Value *stated = reader.getFile().lookup(key);
  if (field.isRequired &&
      (!stated || stated->kind() == llvm::json::Value::Null)) {
    reader.error(key) << "expected '" << path << "' of type '" << variant->name
                      << "' to have '" << field.name << "'";
    return {};
  }
  switch (field.kind) {
  case ScalingField::Kind::Number:
    if (std::optional<double> number = reader.getNumber(
            {key, std::nullopt}, /*allowZero=*/!field.isRequired))
      return builder.getF64FloatAttr(*number);
    return {};
  case ScalingField::Kind::Integer:
    if (std::optional<int64_t> number = readOriginal(key))
      return builder.getI64IntegerAttr(*number);
    return {};
  case ScalingField::Kind::Flag:
    if (!stated)
      return {};
    return builder.getBoolAttr(reader.getFlag({key, false}));
  case ScalingField::Kind::Unread:
    return {};
  case ScalingField::Kind::Numbers:
    break;
  }
  std::string place;
  const llvm::json::Array *array = reader.getArray(key, place);
  if (!array)
    return {};
  SmallVector<double> numbers;
  for (const llvm::json::Value &value : *array) {
    std::optional<double> number = value.getAsNumber();
    if (!number || !std::isfinite(*number) || *number <= 0) {
      reader.error(place) << "expected '" << place
                          << "' to be positive numbers, but got "
                          << ConfigFile::str(value) << " in it";
      return {};
    }
    numbers.push_back(*number);
  }
  if (static_cast<int64_t>(numbers.size()) != rotatedDim / 2)
    reader.error(place) << "expected '" << place << "' to have "
                        << rotatedDim / 2
                        << " numbers, one for each pair, but got "
                        << numbers.size();
  return builder.getDenseF64ArrayAttr(numbers);
}

void ScalingReader::reportUnknown() {
  for (StringRef key : reader.getFile().getKeys(path)) {
    bool isKnown = key == "rope_type" || key == "type" ||
                   reader.isUsed(path + "." + key.str());
    if (variant)
      isKnown |= llvm::any_of(variant->fields, [&](const ScalingField &field) {
        return field.name == key;
      });
    std::string place = path + "." + ConfigFile::quote(key);
    const llvm::json::Value *value = reader.getFile().lookup(place);
    if (isKnown || !value)
      continue;
    reader.error(place) << "unknown field '" << ConfigFile::unquote(place)
                        << "' of rotation '"
                        << (variant ? variant->name : "default") << "'";
  }
}

DictionaryAttr ScalingReader::read(int64_t rotatedDim) {
  if (!findVariant())
    return {};
  reportUnknown();
  if (!variant)
    return {};
  for (const ScalingField &field : variant->fields)
    if (Attribute value = readField(field, rotatedDim))
      fields.set(field.name, value);
  if (std::optional<int64_t> length = reader.getInt(row.maxPositions);
      variant->needsLength && length)
    fields.set("max_position_embeddings", builder.getI64IntegerAttr(*length));
  return getEffective();
}

/// What acts, with defaults of transformers, so that files that say one thing
/// in two ways make one program.
DictionaryAttr ScalingReader::getEffective() {
  NamedAttrList effective(fields);
  auto erase = [&](ArrayRef<StringRef> names) {
    for (StringRef name : names)
      effective.erase(name);
  };
  bool isStated = effective.get("attention_factor") != nullptr;
  if (variant->name == "yarn") {
    if (getNumber("beta_fast") == 0)
      effective.set("beta_fast", builder.getF64FloatAttr(32));
    if (getNumber("beta_slow") == 0)
      effective.set("beta_slow", builder.getF64FloatAttr(1));
    if (effective.get("truncate") == builder.getBoolAttr(true))
      erase({"truncate"});
    if (isStated || getNumber("mscale") == 0 ||
        getNumber("mscale_all_dim") == 0)
      erase({"mscale", "mscale_all_dim"});
  }
  // The factor, or how much longer the model is, gives that of attention.
  if (variant->name == "longrope" && (isStated || effective.get("factor")))
    erase({"max_position_embeddings"});
  if (variant->name == "longrope" && isStated)
    erase({"factor"});
  effective.set("rope_type", builder.getStringAttr(variant->name));
  return effective.getDictionary(builder.getContext());
}

/// What a file says with these parameters.
static DictionaryAttr getScaling(const YarnScaling &yarn,
                                 MLIRContext *context) {
  Builder builder(context);
  NamedAttrList fields;
  fields.set("rope_type", builder.getStringAttr("yarn"));
  fields.set("factor", builder.getF64FloatAttr(yarn.factor));
  fields.set("beta_fast", builder.getF64FloatAttr(yarn.betaFast));
  fields.set("beta_slow", builder.getF64FloatAttr(yarn.betaSlow));
  fields.set("original_max_position_embeddings",
             builder.getI64IntegerAttr(yarn.original));
  if (!yarn.truncates)
    fields.set("truncate", builder.getBoolAttr(false));
  return fields.getDictionary(context);
}

std::optional<RotaryDescription> huggingface::describeRotary(
    const Architecture &architecture, ConfigReader &reader, int64_t rotatedDim,
    bool isLatent, double &scaleFactor, MLIRContext *context) {
  const Rotary &settings = *architecture.rotary;
  RotaryDescription rotary;
  rotary.theta = reader.getNumber(settings.theta)
                     .value_or(settings.theta.fallback.value_or(10000.0));
  rotary.interleaved = reader.getFlag(settings.interleaved);

  double share = reader.getNumber(settings.share).value_or(1.0);
  std::string shareName =
      reader.getName(reader.find(settings.share.keys), settings.share.keys);
  if (share > 1.0)
    reader.error(shareName)
        << "expected '" << shareName << "' to be at most 1, but got "
        << ConfigFile::str(share);
  int64_t dim = static_cast<int64_t>(rotatedDim * std::min(share, 1.0));
  if (shareName.empty())
    shareName = reader.getName(reader.find(architecture.heads.keys),
                               architecture.heads.keys);
  // An error before may have made the size of a head what it is.
  if (!reader.hasFailed() && (dim < 2 || dim % 2 != 0))
    reader.error(shareName)
        << "expected an even number of elements of a head to rotate, but got "
        << dim << " of " << rotatedDim;
  if (dim != rotatedDim)
    rotary.dim = dim;

  ConfigReader::Field field = reader.find(settings.scaling);
  if (settings.defaultScaling && !field.value && !field.isNull) {
    rotary.scaling = getScaling(*settings.defaultScaling, context);
    return rotary;
  }
  // Of null, and of an empty object, transformers makes its own parameters or
  // none, by version and name.
  if (settings.defaultScaling &&
      (!field.value || *field.value == llvm::json::Object())) {
    std::string name = reader.getName(field, settings.scaling);
    reader.error(name) << "expected '" << name
                       << "' to be an object with fields, but got "
                       << (field.value ? "{}" : "null");
    return rotary;
  }
  if (!field.value)
    return rotary;
  if (!field.value->getAsObject()) {
    reader.expect(field.path, "an object", *field.value);
    return rotary;
  }
  ScalingReader scaling(architecture, reader, field.path, context);
  rotary.scaling = scaling.read(dim);
  // YaRN raises the temperature of the softmax through the rotation. In latent
  // attention only a part of a head is rotated, so that the scores are scaled.
  double mscale = scaling.getNumber("mscale_all_dim");
  double factor = scaling.getNumber("factor");
  if (isLatent && scaling.getVariant() == "yarn" && mscale > 0 && factor > 1) {
    double temperature = 0.1 * mscale * std::log(factor) + 1.0;
    scaleFactor = temperature * temperature;
  }
  return rotary;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Fills `isWindowed` from a list of kinds. False if the file has none.
static bool readLayerTypes(const Windows &windows, ConfigReader &reader,
                           SmallVectorImpl<bool> &isWindowed) {
  if (windows.layerTypes.empty())
    return false;
  std::string path;
  const llvm::json::Array *types = reader.getArray(windows.layerTypes, path);
  if (!types)
    return false;
  if (types->size() != isWindowed.size()) {
    reader.error(path) << "expected '" << path << "' to have "
                       << isWindowed.size()
                       << " entries, one for each layer, but got "
                       << types->size();
    return true;
  }
  for (auto [type, isSliding] : llvm::zip_equal(*types, isWindowed)) {
    std::optional<StringRef> name = type.getAsString();
    isSliding = name == "sliding_attention";
    if (isSliding || name == "full_attention")
      continue;
    reader.error(path) << "expected '" << path
                       << "' to be full_attention or sliding_attention, but "
                          "got "
                       << ConfigFile::str(type) << " in it";
    break;
  }
  return true;
}

/// Layers that see a window.
static SmallVector<bool> findWindowed(const Windows &windows,
                                      ConfigReader &reader, int64_t layers) {
  SmallVector<bool> isWindowed(layers, false);
  std::optional<int64_t> period = reader.getInt(windows.period);
  std::optional<int64_t> first = reader.getInt(windows.firstLayer, 0);
  if (readLayerTypes(windows, reader, isWindowed))
    return isWindowed;
  for (int64_t i = first.value_or(0); i < layers; ++i)
    isWindowed[i] = !period || (i + 1) % *period != 0;
  return isWindowed;
}

/// Layers that have experts.
static SmallVector<bool> findSparse(const Experts &experts,
                                    ConfigReader &reader, int64_t layers) {
  SmallVector<bool> isSparse(layers, false);
  int64_t first = reader.getFigure(experts.firstLayer, 0);
  int64_t step = reader.getFigure(experts.step);
  for (int64_t i = first; i < layers; ++i)
    isSparse[i] = (i + experts.stepOffset) % step == 0;
  std::string path;
  const llvm::json::Array *dense = reader.getArray(experts.denseLayers, path);
  if (!dense)
    return isSparse;
  for (const llvm::json::Value &value : *dense) {
    std::optional<int64_t> index = value.getAsInteger();
    if (index && *index >= 0) {
      if (*index < layers)
        isSparse[*index] = false;
      continue;
    }
    reader.error(path) << "expected '" << path
                       << "' to be indices of layers, but got "
                       << ConfigFile::str(value) << " in it";
    break;
  }
  return isSparse;
}

void huggingface::describeLayers(Description &description, ConfigReader &reader,
                                 const std::optional<RotaryDescription> &rotary,
                                 const ModulePatterns &plainModules) {
  const Architecture &row = *description.architecture;
  int64_t layers = description.layers;
  SmallVector<bool> isWindowed(layers, false), isSparse(layers, false);
  std::optional<int64_t> window;
  std::optional<RotaryDescription> windowRotary = rotary;
  if (row.windows) {
    window = reader.getInt(row.windows->size);
    isWindowed = findWindowed(*row.windows, reader, layers);
    if (!reader.getFlag(row.windows->isUsed))
      window.reset();
    std::optional<double> theta = reader.getNumber(row.windows->theta);
    if (theta && windowRotary) {
      windowRotary->theta = *theta;
      windowRotary->scaling = {};
    }
  }
  if (row.experts)
    isSparse = findSparse(*row.experts, reader, layers);
  // Expressions are tried one by one.
  constexpr size_t kMaxTrials = 1 << 17;
  if (plainModules.getNumExpressions() * layers > kMaxTrials)
    reader.error("quantization_config", *description.storageLoc)
        << "expected at most " << kMaxTrials / layers
        << " patterns of modules for " << layers << " layers, but got "
        << plainModules.getNumExpressions();
  if (reader.hasFailed())
    return;
  warnOfUnmatched(description, reader, plainModules);
  PatternDifferences differences(plainModules);
  for (auto [index, windowed, sparse] : llvm::enumerate(isWindowed, isSparse)) {
    LayerKind kind;
    if (windowed)
      kind.window = window;
    kind.rotary = windowed ? windowRotary : rotary;
    kind.hasExperts = sparse;
    kind.plainModules =
        findPlain(description, index, sparse, plainModules, differences);
    auto it = llvm::find(description.kinds, kind);
    description.layerKinds.push_back(it - description.kinds.begin());
    if (it == description.kinds.end())
      description.kinds.push_back(kind);
  }
  description.isHeadQuantized =
      findQuantizedHead(description, plainModules, differences);
  differences.warn(reader);
  std::string single = findSingleExperts(description, reader, plainModules);
  if (description.unknownStorage.empty())
    description.unknownStorage = std::move(single);
}
