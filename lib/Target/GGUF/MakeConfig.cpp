//===- MakeConfig.cpp - A configuration from metadata ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The keys are those of ggml's docs/gguf.md and llama.cpp's `llama-arch.cpp`.
// What llama.cpp decides by itself (`llama-model.cpp`), such as which layers of
// Gemma see a window, is as it does it there.
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Escape.h"
#include "dag/Target/GGUF/ImportGguf.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
namespace json = llvm::json;

namespace {
/// A key behind `llama.`, and the field that it becomes.
struct Field {
  StringRef key, field;
  enum class Need { Optional, Required } need = Need::Optional;
  /// There may be one for each layer.
  bool isOfLayer = false;
};

constexpr auto kRequired = Field::Need::Required;
constexpr Field kFields[] = {
    {"block_count", "num_hidden_layers", kRequired},
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size", kRequired},
    {"feed_forward_length", "intermediate_size", kRequired, /*isOfLayer=*/true},
    {"attention.head_count", "num_attention_heads", kRequired,
     /*isOfLayer=*/true},
    {"attention.head_count_kv", "num_key_value_heads", Field::Need::Optional,
     /*isOfLayer=*/true},
    {"attention.key_length", "head_dim"},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", kRequired},
    {"rope.freq_base", "rope_theta"},
};
/// Those of Gemma alone.
constexpr Field kGemmaFields[] = {
    {"attention.sliding_window", "sliding_window", kRequired},
    {"attn_logit_softcapping", "attn_logit_softcapping"},
    {"final_logit_softcapping", "final_logit_softcapping"},
};

/// Makes the configuration of one file.
class ConfigMaker {
public:
  ConfigMaker(const GgufFile &file, StringRef architecture,
              llvm::ArrayRef<std::string> ignoredKeys)
      : file(file), architecture(architecture) {
    for (const std::string &key : ignoredKeys) {
      used.insert(key);
      if (!file.lookup(key) && noKey.empty())
        noKey = key;
    }
    isGemma = architecture.starts_with("gemma");
  }

  llvm::Expected<std::string> make(bool statesStorage);

private:
  const GgufValue *find(StringRef key);
  std::string getKey(StringRef key) const {
    return (architecture + "." + key).str();
  }
  llvm::Error expect(StringRef key, const Twine &what, const GgufValue *value) {
    return llvm::createStringError("expected '" + getKey(key) + "' to be " +
                                   what + ", but got " +
                                   (value ? value->str() : "nothing"));
  }
  std::optional<json::Value> readOfLayers(const GgufValue &value) const;
  llvm::Error addFields(llvm::ArrayRef<Field> fields);
  llvm::Error addRotation();
  llvm::Error addFactors(int64_t headDim);
  llvm::Error addGemma();
  llvm::Error addSizes();
  llvm::Error checkKeys();

  const GgufFile &file;
  StringRef architecture;
  bool isGemma;
  llvm::StringSet<> used;
  /// One that is to be ignored, and is not there.
  std::string noKey;
  json::Object config;
};
} // namespace

const GgufValue *ConfigMaker::find(StringRef key) {
  std::string name = getKey(key);
  // What is ignored is as if it were not there.
  return used.insert(name).second ? file.lookup(name) : nullptr;
}

/// The shortest decimal that leads back to a number of 32 bits, which is what
/// somebody wrote.
static double toShortest(float number) {
  for (int digits = 1; digits < 9; ++digits) {
    double decimal;
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, number);
    if (llvm::to_float(text, decimal) && static_cast<float>(decimal) == number)
      return decimal;
  }
  return number;
}

/// A finite number as JSON has it.
static std::optional<json::Value> toJson(const GgufValue &value) {
  if (auto integer = value.getInteger())
    return *integer;
  if (value.kind == GgufValue::Kind::Float && std::isfinite(value.number))
    return value.isSingle ? toShortest(static_cast<float>(value.number))
                          : value.number;
  return std::nullopt;
}

/// A number, or one for each layer that is the same for all.
std::optional<json::Value>
ConfigMaker::readOfLayers(const GgufValue &value) const {
  auto layers = config.getInteger("num_hidden_layers");
  if (value.kind != GgufValue::Kind::Array)
    return toJson(value);
  if (!layers || *layers < 1 || static_cast<uint64_t>(*layers) != value.count)
    return std::nullopt;
  if (auto same = value.getSameInteger())
    return *same;
  return std::nullopt;
}

llvm::Error ConfigMaker::addFields(llvm::ArrayRef<Field> fields) {
  for (const Field &field : fields) {
    const GgufValue *value = find(field.key);
    if (!value && field.need == Field::Need::Optional)
      continue;
    std::optional<json::Value> number = !value ? std::optional<json::Value>()
                                        : field.isOfLayer ? readOfLayers(*value)
                                                          : toJson(*value);
    if (!number)
      return expect(field.key,
                    field.isOfLayer ? "a number, the same for all layers"
                                    : "a number",
                    value);
    config[field.field] = std::move(*number);
  }
  return llvm::Error::success();
}

namespace {
/// The rotation of Llama 3.1: long waves are made longer by a factor, short
/// ones stay, and those between are both (transformers,
/// `_compute_llama3_parameters`; llama.cpp stores what frequencies are divided
/// by). Both converters write files with these two shares of the original
/// context alone.
struct WaveScaling {
  static constexpr double kLow = 1, kHigh = 4;
  double factor = 1, original = 0;

  double getDivisor(double frequency) const {
    double length = 2 * llvm::numbers::pi / frequency;
    if (length < original / kHigh)
      return 1;
    if (length > original / kLow)
      return factor;
    double smooth = (original / length - kLow) / (kHigh - kLow);
    return 1 / ((1 - smooth) / factor + smooth);
  }
};
} // namespace

/// Finds the rotation whose divisors a file holds.
llvm::Error ConfigMaker::addFactors(int64_t headDim) {
  const StoredTensor *divisors = file.lookupTensor(kRotationFactors);
  if (!divisors)
    return llvm::Error::success();
  int64_t count = divisors->getNumElements();
  const json::Value *base = config.get("rope_theta");
  std::optional<double> theta = base ? base->getAsNumber() : std::nullopt;
  if (divisors->shape.size() != 1 || count * 2 != headDim || !theta ||
      *theta <= 0)
    return llvm::createStringError(
        "expected '" + kRotationFactors + "' to have one factor for each of " +
        Twine(headDim / 2) + " frequencies, but got " + Twine(count));
  WaveScaling scaling;
  for (int64_t i = 0; i < count; ++i)
    scaling.factor = std::max(scaling.factor, divisors->getElement(i));
  auto fits = [&] {
    constexpr double kTolerance = 1e-5;
    for (int64_t i = 0; i < count; ++i) {
      double frequency = std::pow(*theta, -2.0 * i / headDim);
      double stored = divisors->getElement(i);
      double wanted = scaling.getDivisor(frequency);
      if (!(std::abs(stored - wanted) <= kTolerance * wanted))
        return false;
    }
    return true;
  };
  constexpr double kMaxContext = 1 << 24;
  for (scaling.original = 2; scaling.original <= kMaxContext;
       scaling.original *= 2)
    if (fits()) {
      // All ones scale nothing.
      if (scaling.factor > 1)
        config["rope_scaling"] = json::Object{
            {"rope_type", "llama3"},
            {"factor", toShortest(static_cast<float>(scaling.factor))},
            {"low_freq_factor", WaveScaling::kLow},
            {"high_freq_factor", WaveScaling::kHigh},
            {"original_max_position_embeddings",
             static_cast<int64_t>(scaling.original)}};
      return llvm::Error::success();
    }
  return llvm::createStringError("expected '" + kRotationFactors +
                                 "' to be those of Llama 3.1 for some original "
                                 "context, but they are of no "
                                 "rotation that is known");
}

llvm::Error ConfigMaker::addRotation() {
  std::optional<int64_t> headDim = config.getInteger("head_dim");
  if (!headDim) {
    auto hidden = config.getInteger("hidden_size");
    auto heads = config.getInteger("num_attention_heads");
    if (hidden && heads && *heads > 0)
      headDim = *hidden / *heads;
  }
  for (StringRef key : {"attention.value_length", "rope.dimension_count"})
    if (const GgufValue *value = find(key))
      if (value->getInteger() != headDim)
        return expect(key, "the size of a head, " + Twine(headDim.value_or(0)),
                      value);
  const GgufValue *type = find("rope.scaling.type");
  const GgufValue *factor = find("rope.scaling.factor");
  const GgufValue *original = find("rope.scaling.original_context_length");
  StringRef name = type ? type->getString().value_or("") : "none";
  if (name != "none" && name != "linear" && name != "yarn")
    return expect("rope.scaling.type", "none, linear or yarn", type);
  if (name == "none") {
    if (factor && factor->getNumber() != 1.0)
      return expect("rope.scaling.factor", "1 without a type", factor);
    return addFactors(headDim.value_or(0));
  }
  if (file.lookupTensor(kRotationFactors))
    return expect("rope.scaling.type", "none beside '" + kRotationFactors + "'",
                  type);
  std::optional<json::Value> number =
      factor ? toJson(*factor) : std::optional<json::Value>();
  if (!number)
    return expect("rope.scaling.factor", "a number", factor);
  json::Object scaling{{"rope_type", name}, {"factor", std::move(*number)}};
  if (original) {
    if (!original->getInteger())
      return expect("rope.scaling.original_context_length", "an integer",
                    original);
    if (name == "yarn")
      scaling["original_max_position_embeddings"] = *original->getInteger();
  }
  config["rope_scaling"] = std::move(scaling);
  return llvm::Error::success();
}

/// What llama.cpp knows of Gemma without being told.
llvm::Error ConfigMaker::addGemma() {
  if (llvm::Error error = addFields(kGemmaFields))
    return error;
  bool isThird = architecture == "gemma3";
  auto layers = config.getInteger("num_hidden_layers");
  auto hidden = config.getInteger("hidden_size");
  auto heads = config.getInteger("num_attention_heads");
  auto headDim = config.getInteger("head_dim");
  // The largest ones of both families have their own scale.
  bool isLargest = layers == (isThird ? 62 : 46);
  if (isLargest && hidden && heads && *heads > 0)
    config["query_pre_attn_scalar"] = *hidden / *heads;
  else if (headDim)
    config["query_pre_attn_scalar"] = *headDim;
  else
    return expect("attention.key_length", "the size of a head", nullptr);
  if (const GgufValue *value = find("rope.freq_base_swa")) {
    std::optional<json::Value> number = toJson(*value);
    if (!isThird || !number)
      return expect("rope.freq_base_swa", "a number of Gemma 3", value);
    config["rope_local_base_freq"] = std::move(*number);
  }
  if (const GgufValue *value = find("attention.sliding_window_pattern"))
    if (value->getInteger() != (isThird ? 6 : 2))
      return expect("attention.sliding_window_pattern", isThird ? "6" : "2",
                    value);
  return llvm::Error::success();
}

/// The vocabulary and the head, as far as tensors tell them.
llvm::Error ConfigMaker::addSizes() {
  const StoredTensor *embedding = file.lookupTensor("token_embd.weight");
  if (!embedding || embedding->shape.size() != 2)
    return llvm::createStringError(
        "expected a tensor 'token_embd.weight' of two dimensions");
  int64_t vocab = embedding->shape.front();
  if (const GgufValue *value = find("vocab_size"))
    if (value->getInteger() != vocab)
      return expect("vocab_size",
                    Twine(vocab) + ", as rows of 'token_embd.weight'", value);
  config["vocab_size"] = vocab;
  config["tie_word_embeddings"] = !file.lookupTensor("output.weight");
  if (architecture == "llama" || architecture == "qwen3")
    config["attention_bias"] =
        file.lookupTensor("blk.0.attn_q.bias") != nullptr;
  if (architecture == "llama")
    config["mlp_bias"] = file.lookupTensor("blk.0.ffn_up.bias") != nullptr;
  return llvm::Error::success();
}

/// True for keys that say nothing about what the model computes.
static bool isNeutral(StringRef key) {
  for (StringRef prefix : {"general.", "tokenizer.", "quantize.", "adapter."})
    if (key.starts_with(prefix))
      return true;
  return false;
}

llvm::Error ConfigMaker::checkKeys() {
  if (!noKey.empty())
    return llvm::createStringError(
        "expected keys of the file to ignore, but it has no '" +
        escapeHiddenCharacters(noKey) + "'");
  if (const GgufValue *causal = find("attention.causal"))
    if (causal->kind != GgufValue::Kind::Bool || causal->integer != 1)
      return expect("attention.causal", "true", causal);
  if (const GgufValue *parts = file.lookup("split.count")) {
    if (parts->getInteger().value_or(-1) > 1)
      return llvm::createStringError("expected a model in one file, but it is "
                                     "split into " +
                                     parts->str());
    for (StringRef key : {"split.count", "split.no", "split.tensors.count"})
      used.insert(key);
  }
  for (const GgufFile::Entry &entry : file.metadata)
    if (!isNeutral(entry.key) && !used.contains(entry.key))
      return llvm::createStringError(
          "the key '" + escapeHiddenCharacters(entry.key) + "' is " +
          entry.value.str() + ", and what it means is not known");
  return llvm::Error::success();
}

llvm::Expected<std::string> ConfigMaker::make(bool statesStorage) {
  StringRef type = llvm::StringSwitch<StringRef>(architecture)
                       .Case("gemma3", "gemma3_text")
                       .Default(architecture);
  StringRef name = llvm::StringSwitch<StringRef>(architecture)
                       .Case("llama", "LlamaForCausalLM")
                       .Case("qwen2", "Qwen2ForCausalLM")
                       .Case("qwen3", "Qwen3ForCausalLM")
                       .Case("gemma2", "Gemma2ForCausalLM")
                       .Case("gemma3", "Gemma3ForCausalLM");
  config["model_type"] = type;
  config["architectures"] = json::Array{name};
  config["dtype"] = "float32";
  if (llvm::Error error = addFields(kFields))
    return error;
  // Those of llama.cpp, where a file does not state them.
  if (!config.get("num_key_value_heads"))
    config["num_key_value_heads"] = *config.get("num_attention_heads");
  if (!config.get("rope_theta"))
    config["rope_theta"] = 10000.0;
  if (architecture.starts_with("qwen"))
    config["use_sliding_window"] = false;
  if (llvm::Error error = addRotation())
    return error;
  if (isGemma)
    if (llvm::Error error = addGemma())
      return error;
  if (llvm::Error error = addSizes())
    return error;
  if (llvm::Error error = checkKeys())
    return error;
  if (statesStorage && llvm::any_of(file.tensors, [](const auto &stored) {
        return stored.tensor.type != StoredType::F32;
      }))
    config["quantization_config"] = json::Object{{"quant_method", "gguf"}};
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::formatv("{0:2}", json::Value(std::move(config))) << '\n';
  return text;
}

llvm::Expected<std::string>
gguf::makeConfig(const GgufFile &file, llvm::ArrayRef<std::string> ignoredKeys,
                 bool statesStorage) {
  llvm::Expected<StringRef> architecture = getGgufArchitecture(file);
  if (!architecture)
    return architecture.takeError();
  return ConfigMaker(file, *architecture, ignoredKeys).make(statesStorage);
}
