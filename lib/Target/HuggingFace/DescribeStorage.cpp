//===- DescribeStorage.cpp - How a checkpoint stores weights -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigReader.h"
#include "Storage.h"
#include "dag/Support/Files.h"
#include "dag/Support/Json.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

using JsonObject = llvm::json::Object;

Type huggingface::getElementType(StringRef name, MLIRContext *context) {
  name.consume_front("torch.");
  return llvm::StringSwitch<Type>(name)
      .Cases({"bf16", "bfloat16"}, BFloat16Type::get(context))
      .Cases({"f16", "float16", "half"}, Float16Type::get(context))
      .Cases({"f32", "float32", "float"}, Float32Type::get(context))
      .Cases({"f64", "float64", "double"}, Float64Type::get(context))
      .Default(Type());
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// True for an expression that compiles to little and matches fast: compilers
/// of expressions recurse over parentheses and copy what is repeated.
static bool isModest(StringRef pattern) {
  constexpr size_t kMaxLength = 256, kMaxParentheses = 16;
  return pattern.size() <= kMaxLength &&
         pattern.count('(') <= kMaxParentheses && pattern.count('{') <= 1;
}

bool ModulePatterns::add(StringRef pattern) {
  constexpr size_t kMaxExpressions = 256;
  bool isExpression = pattern.starts_with("re:") || pattern.contains('*');
  if (isExpression &&
      (expressions.size() >= kMaxExpressions || !isModest(pattern)))
    return false;
  std::string text;
  if (pattern.consume_front("re:")) {
    // As Python matches: from the beginning.
    text = ("^(" + pattern + ")").str();
  } else if (pattern.contains('*')) {
    for (char c : pattern)
      text += c == '*' ? ".*" : llvm::Regex::escape(StringRef(&c, 1));
    text = "(^|\\.)" + text + "(\\.|$)";
  } else {
    names.push_back(pattern.str());
    return true;
  }
  llvm::Regex expression(text);
  if (!expression.isValid())
    return false;
  expressions.push_back(std::move(expression));
  return true;
}

bool ModulePatterns::matches(StringRef module) const {
  // A name, or one of the parts that it has one behind the other.
  auto isPart = [&](StringRef name) {
    for (size_t begin = module.find(name); begin != StringRef::npos;
         begin = module.find(name, begin + 1)) {
      size_t end = begin + name.size();
      if ((begin == 0 || module[begin - 1] == '.') &&
          (end == module.size() || module[end] == '.'))
        return true;
    }
    return false;
  };
  return llvm::any_of(names, isPart) ||
         llvm::any_of(expressions, [&](const llvm::Regex &expression) {
           return expression.match(module);
         });
}

//===----------------------------------------------------------------------===//
// Schemes
//===----------------------------------------------------------------------===//

namespace {
class StorageReader {
public:
  StorageReader(ConfigReader &reader, const ImportOptions &options,
                Type elementType)
      : reader(reader), options(options), elementType(elementType),
        builder(elementType.getContext()) {}

  StorageDescription run();

private:
  // One function for each method; each takes its object.
  void readFp8(const JsonObject &object);
  void readCompressed(const JsonObject &object);
  void readPackedInts(const JsonObject &object, bool isGptq);
  void readModelOpt(const JsonObject &object);
  void readMethod(const JsonObject &object, StringRef method);
  void checkKeys(const JsonObject &object);
  void readOption();
  void readCacheOption();
  void readHfQuantConfig();

  /// Modules that are listed under one of the keys.
  void readPlain(const JsonObject &object, ArrayRef<StringRef> keys);
  void setUnknown(const Twine &reason) {
    result.unknown = reason.str();
    result.storage.reset();
  }
  Type f8() { return Float8E4M3FNType::get(builder.getContext()); }
  Type f32() { return builder.getF32Type(); }
  Type ui4() { return builder.getIntegerType(4, /*isSigned=*/false); }

  ConfigReader &reader;
  const ImportOptions &options;
  Type elementType;
  Builder builder;
  StorageDescription result;
  /// Values are rounded, too, where they are multiplied with weights.
  bool roundsValues = false;
  /// Where the method is stated.
  std::string place = "quantization_config";
};
} // namespace

void StorageReader::readPlain(const JsonObject &object,
                              ArrayRef<StringRef> keys) {
  for (StringRef key : keys) {
    const llvm::json::Array *list = object.getArray(key);
    if (!list)
      continue;
    for (const llvm::json::Value &value : *list) {
      std::optional<StringRef> name = value.getAsString();
      if (!name || name->empty() || !result.plain.add(*name))
        reader.error(place) << "expected '" << key << "' of '" << place
                            << "' to be names of modules, but got "
                            << ConfigFile::str(value) << " in it";
    }
  }
}

/// A number of a scheme, or `fallback`; what is none is zero.
static int64_t getNumber(const JsonObject &object, StringRef key,
                         int64_t fallback) {
  const llvm::json::Value *value = object.get(key);
  if (!value || value->kind() == llvm::json::Value::Null)
    return fallback;
  return value->getAsInteger().value_or(0);
}

/// `fp8` of transformers: a scale for blocks, or for a tensor.
void StorageReader::readFp8(const JsonObject &object) {
  Storage storage;
  storage.weight = {"weight", f8()};
  storage.scale = {"weight_scale", f32()};
  if (object.getString("fmt").value_or("e4m3") != "e4m3")
    return setUnknown("'fmt' of '" + place + "' is not e4m3");
  const llvm::json::Value *block = object.get("weight_block_size");
  if (block && block->kind() != llvm::json::Value::Null) {
    const llvm::json::Array *sizes = block->getAsArray();
    std::optional<int64_t> rows, columns;
    if (sizes && sizes->size() == 2) {
      rows = (*sizes)[0].getAsInteger();
      columns = (*sizes)[1].getAsInteger();
    }
    if (!rows || !columns || *rows <= 0 || *columns <= 0) {
      reader.error(place) << "expected 'weight_block_size' of '" << place
                          << "' to be two positive sizes, but got "
                          << ConfigFile::str(*block);
      return;
    }
    storage.scale.suffix = "weight_scale_inv";
    storage.blockRows = *rows;
    storage.blockColumns = *columns;
  }
  result.storage = storage;
  roundsValues = true;
  readPlain(object, {"modules_to_not_convert", "ignored_layers"});
}

/// The scheme of the first group, which has to be the only one.
void StorageReader::readCompressed(const JsonObject &object) {
  const JsonObject *groups = object.getObject("config_groups");
  const JsonObject *group = nullptr;
  if (groups && groups->size() == 1)
    group = groups->begin()->second.getAsObject();
  const JsonObject *weights = group ? group->getObject("weights") : nullptr;
  const llvm::json::Array *targets =
      group ? group->getArray("targets") : nullptr;
  if (!weights || !targets || targets->size() != 1 ||
      (*targets)[0].getAsString() != StringRef("Linear"))
    return setUnknown("'" + place +
                      "' has not one group of weights for Linear");
  int64_t bits = getNumber(*weights, "num_bits", 0);
  StringRef type = weights->getString("type").value_or("");
  StringRef strategy = weights->getString("strategy").value_or("tensor");
  bool isPacked = object.getString("format").value_or("") == "pack-quantized";
  Storage storage;
  if (bits == 8 && !isPacked && type == "float")
    storage.weight = {"weight", f8()};
  else if (bits == 8 && !isPacked && type == "int")
    storage.weight = {"weight", builder.getI8Type()};
  else if (bits == 4 && isPacked && type == "int")
    storage.weight = {"weight_packed", builder.getIntegerType(4),
                      Packing::Words};
  if (!storage.weight.type ||
      !weights->getBoolean("symmetric").value_or(true) ||
      weights->getString("actorder"))
    return setUnknown("weights of " + Twine(bits) + " bits of '" + place +
                      "' are of a kind that is not known");
  storage.scale = {"weight_scale", bits == 4 ? elementType : f32()};
  if (strategy == "channel") {
    storage.blockRows = 1;
  } else if (strategy == "group") {
    storage.blockRows = 1;
    storage.blockColumns = getNumber(*weights, "group_size", 0);
  } else if (strategy == "block") {
    const llvm::json::Array *sizes = weights->getArray("block_structure");
    if (sizes && sizes->size() == 2) {
      storage.blockRows = (*sizes)[0].getAsInteger().value_or(0);
      storage.blockColumns = (*sizes)[1].getAsInteger().value_or(0);
    }
  }
  bool hasSizes = strategy == "tensor" || strategy == "channel" ||
                  (storage.blockRows > 0 && storage.blockColumns > 0);
  if (!hasSizes)
    return setUnknown("'strategy' of '" + place + "' is not known");
  result.storage = storage;
  roundsValues = group->getObject("input_activations");
  readPlain(object, {"ignore"});
  if (object.getObject("kv_cache_scheme"))
    result.cacheType = f8();
}

/// AWQ and GPTQ: 4 bits in words, a scale and a zero for each group of inputs.
void StorageReader::readPackedInts(const JsonObject &object, bool isGptq) {
  int64_t bits = getNumber(object, "bits", getNumber(object, "w_bit", 4));
  int64_t group =
      getNumber(object, "group_size", getNumber(object, "q_group_size", 128));
  if (bits != 4)
    return setUnknown("weights of " + Twine(bits) + " bits of '" + place +
                      "' are not known");
  if (isGptq && object.getBoolean("desc_act").value_or(false))
    return setUnknown("'desc_act' of '" + place +
                      "' orders inputs in a way that only weights tell");
  const llvm::json::Value *perModule = object.get("dynamic");
  if (object.getBoolean("lm_head").value_or(false) ||
      !object.getBoolean("zero_point").value_or(true) ||
      (perModule && perModule->kind() != llvm::json::Value::Null))
    return setUnknown("'" + place +
                      "' has a head in 4 bits, no zeros, or rules "
                      "for single modules");
  if (!isGptq && object.getString("version").value_or("gemm") != "gemm")
    return setUnknown("'version' of '" + place + "' is not gemm");
  if (group != -1 && group <= 0) {
    reader.error(place) << "expected 'group_size' of '" << place
                        << "' to be positive or -1, but got " << group;
    return;
  }
  bool isOld = object.getString("checkpoint_format").value_or("gptq") == "gptq";
  Storage storage;
  storage.weight = {"qweight", ui4(), isGptq ? Packing::Gptq : Packing::Awq};
  storage.scale = {"scales", builder.getF16Type()};
  storage.zero = {"qzeros", ui4(),
                  isGptq && isOld ? Packing::GptqZeros : Packing::Awq};
  if (isGptq && !isOld)
    return setUnknown("'checkpoint_format' of '" + place + "' is not gptq");
  storage.blockRows = 1;
  storage.blockColumns = group == -1 ? 0 : group;
  storage.isTransposed = true;
  result.storage = storage;
  readPlain(object, {"modules_to_not_convert"});
}

/// ModelOpt, in `config.json` or in a file beside it.
void StorageReader::readModelOpt(const JsonObject &object) {
  StringRef algorithm = object.getString("quant_algo").value_or("");
  Storage storage;
  if (algorithm == "FP8") {
    storage.weight = {"weight", f8()};
    storage.scale = {"weight_scale", f32()};
  } else if (algorithm == "NVFP4") {
    storage.weight = {"weight", Float4E2M1FNType::get(builder.getContext()),
                      Packing::Bytes};
    storage.scale = {"weight_scale", f8()};
    storage.outer = {"weight_scale_2", f32()};
    storage.blockRows = 1;
    storage.blockColumns = getNumber(object, "group_size", 16);
    if (storage.blockColumns <= 0)
      return setUnknown("'group_size' of '" + place + "' is no size");
  } else {
    return setUnknown("'quant_algo' of '" + place + "' is not FP8 or NVFP4");
  }
  result.storage = storage;
  roundsValues = true;
  readPlain(object, {"exclude_modules", "ignore"});
  if (object.getString("kv_cache_quant_algo").value_or("") == "FP8" ||
      object.getObject("kv_cache_scheme"))
    result.cacheType = f8();
}

/// Every field may change how weights are stored.
void StorageReader::checkKeys(const JsonObject &object) {
  static constexpr StringRef kFields[] = {
      // Read.
      "bits", "block_structure", "checkpoint_format", "config_groups",
      "desc_act", "dynamic", "exclude_modules", "fmt", "format", "group_size",
      "ignore", "ignored_layers", "kv_cache_quant_algo", "kv_cache_scheme",
      "lm_head", "modules_to_not_convert", "q_group_size", "quant_algo",
      "quant_method", "version", "w_bit", "weight_block_size", "zero_point",
      // How values are rounded, how weights were made, and who runs them.
      "activation_scale_ub", "activation_scheme", "backend", "batch_size",
      "block_name_to_quantize", "cache_block_outputs", "damp_percent",
      "dataset", "dequantize", "disable_exllama", "do_fuse", "exllama_config",
      "fuse_max_seq_len", "global_compression_ratio", "has_zero_point",
      "is_marlin_format", "max_input_length", "meta", "model_file_base_name",
      "model_name_or_path", "model_seqlen", "module_name_preceding_first_block",
      "modules_in_block_to_quantize", "modules_to_fuse", "pack_dtype",
      "pad_token_id", "pre_quantized", "producer", "quantization_status",
      "scale_fmt", "static_groups", "sym", "tokenizer", "true_sequential",
      "use_cuda_fp16", "use_exllama", "use_triton"};
  for (const auto &[key, value] : object) {
    StringRef name = key;
    bool isEmpty = value.kind() == llvm::json::Value::Null ||
                   (value.getAsObject() && value.getAsObject()->empty());
    if ((isEmpty &&
         (name == "sparsity_config" || name == "transform_config")) ||
        llvm::is_contained(kFields, name))
      continue;
    std::string path = place + "." + ConfigFile::quote(name);
    if (!reader.isIgnored(path))
      reader.error(path)
          << "unknown field '" << ConfigFile::unquote(path)
          << "' of the quantization '"
          << object.getString("quant_method").value_or("modelopt") << "'";
  }
}

void StorageReader::readMethod(const JsonObject &object, StringRef method) {
  if (method == "fp8") {
    readFp8(object);
  } else if (method == "fbgemm_fp8") {
    Storage storage;
    storage.weight = {"weight", f8()};
    storage.scale = {"weight_scale", f32()};
    storage.blockRows = 1;
    result.storage = storage;
    roundsValues = true;
    readPlain(object, {"modules_to_not_convert"});
  } else if (method == "compressed-tensors") {
    readCompressed(object);
  } else if (method == "awq" || method == "gptq") {
    readPackedInts(object, method == "gptq");
  } else if (method == "mxfp4") {
    Storage storage;
    storage.weight = {"_blocks", Float4E2M1FNType::get(builder.getContext()),
                      Packing::Bytes};
    storage.scale = {"_scales", Float8E8M0FNUType::get(builder.getContext())};
    storage.blockRows = 1;
    storage.blockColumns = 32;
    storage.isOfExperts = true;
    result.storage = storage;
    readPlain(object, {"modules_to_not_convert"});
  } else if (method == "modelopt" || method == "modelopt_fp4") {
    readModelOpt(object);
  } else {
    setUnknown("the method '" + method + "' of '" + place + "' is not known");
  }
}

//===----------------------------------------------------------------------===//
// Where it is stated
//===----------------------------------------------------------------------===//

/// The file of ModelOpt beside a `config.json`, as checkpoints have it.
void StorageReader::readHfQuantConfig() {
  constexpr StringRef kName = "hf_quant_config.json";
  StringRef path = reader.getFile().getName();
  if (llvm::sys::path::filename(path) != "config.json")
    return;
  llvm::SmallString<128> beside(path);
  llvm::sys::path::remove_filename(beside);
  llvm::sys::path::append(beside, kName);
  if (!llvm::sys::fs::exists(beside))
    return;
  auto buffer = readInputFile(beside);
  if (!buffer) {
    reader.error("") << llvm::toString(buffer.takeError());
    return;
  }
  llvm::Expected<JsonObject> object =
      parseJsonObject((*buffer)->getBuffer(), ConfigFile::kMaxDepth);
  if (!object) {
    reader.error("") << beside.str() << ": "
                     << llvm::toString(object.takeError());
    return;
  }
  place = kName.str();
  if (const JsonObject *inner = object->getObject("quantization")) {
    readModelOpt(*inner);
    if (result.storage)
      checkKeys(*inner);
    return;
  }
  setUnknown("'" + place + "' has no 'quantization'");
}

/// How `--weights-dtype` names ways to store weights.
void StorageReader::readOption() {
  MLIRContext *context = builder.getContext();
  StringRef name = options.weightsDtype;
  if (Type type = getElementType(name, context)) {
    result.weightType = type;
    return;
  }
  Storage storage;
  storage.weight = {"weight", f8()};
  storage.scale = {"weight_scale", f32()};
  if (name == "fp8-block") {
    storage.scale.suffix = "weight_scale_inv";
    storage.blockRows = storage.blockColumns = 128;
  } else if (name == "int8") {
    storage.weight.type = builder.getI8Type();
    storage.blockRows = 1;
  } else if (name == "int4") {
    storage.weight = {"weight_packed", builder.getIntegerType(4),
                      Packing::Words};
    storage.scale.type = elementType;
    storage.blockRows = 1;
    storage.blockColumns = 128;
  } else if (name == "mxfp4") {
    storage.weight = {"weight_packed", Float4E2M1FNType::get(context),
                      Packing::Bytes};
    storage.scale.type = Float8E8M0FNUType::get(context);
    storage.blockRows = 1;
    storage.blockColumns = 32;
  } else if (name != "fp8") {
    reader.error("") << "expected 'weights-dtype' to be bf16, f16, f32, f64, "
                        "fp8, fp8-block, int8, int4 or mxfp4, but got '"
                     << name << "'";
    return;
  }
  result.storage = storage;
}

void StorageReader::readCacheOption() {
  MLIRContext *context = builder.getContext();
  StringRef name = options.kvDtype;
  if (name.empty())
    return;
  if (name == "fp8" || name == "fp8_e4m3")
    result.cacheType = f8();
  else if (name == "fp8_e5m2")
    result.cacheType = Float8E5M2Type::get(context);
  else if (Type type = getElementType(name, context))
    result.cacheType = type;
  else
    reader.error("") << "expected 'kv-dtype' to be bf16, f16, f32, f64, fp8, "
                        "fp8_e4m3 or fp8_e5m2, but got '"
                     << name << "'";
}

StorageDescription StorageReader::run() {
  ConfigReader::Field field = reader.find("quantization_config");
  const JsonObject *object = field.value ? field.value->getAsObject() : nullptr;
  if (field.value && !object)
    reader.expect(field.path, "an object", *field.value);
  if (!options.weightsDtype.empty()) {
    readOption();
  } else if (object) {
    std::optional<StringRef> method = object->getString("quant_method");
    if (method)
      readMethod(*object, *method);
    if (result.storage)
      checkKeys(*object);
    if (!method)
      setUnknown("'" + place + "' names no 'quant_method'");
  } else {
    readHfQuantConfig();
  }
  if (!result.unknown.empty())
    reader.warn(object ? "quantization_config" : "",
                "weights are planned in the type of the model: " +
                    result.unknown);
  if (roundsValues && result.storage)
    reader.warn(object ? "quantization_config" : "",
                "'" + place +
                    "' rounds what weights are multiplied with, too; "
                    "the plan computes in the type of the model");
  readCacheOption();
  return std::move(result);
}

StorageDescription huggingface::describeStorage(ConfigReader &reader,
                                                const ImportOptions &options,
                                                Type elementType) {
  return StorageReader(reader, options, elementType).run();
}
