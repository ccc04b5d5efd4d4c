//===- QuantizationScheme.cpp - Methods of quantization -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigSection.h"
#include "Storage.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

namespace {
/// A field that names modules which are stored as they are.
struct ListField {
  StringRef method, key;
  /// The programs that read it; the checkpoint is for the first.
  SmallVector<ListReader, 3> readers;
};

/// Reads what one object states.
class SchemeReader {
public:
  SchemeReader(const ConfigSection &section, Type elementType)
      : section(section), elementType(elementType),
        builder(elementType.getContext()) {}

  StorageDescription run(StringRef method, SchemeParts parts);

private:
  // One function for each method.
  void readFp8();
  void readCompressed();
  void readPackedInts(bool isGptq);
  void readModelOpt();
  void readMethod(StringRef method);

  /// Where weights of compressed-tensors have a scale each; false if nobody
  /// knows.
  bool readStrategy(const ConfigSection &weights, Storage &storage);
  /// Two positive sizes, or none; false, with an error, for anything else.
  bool readSizes(const ConfigSection &of, StringRef key, Storage &storage);
  void readCaches();
  /// True if a file states caches that are known; others are not looked at.
  bool hasCachesOf8Bits();
  /// Modules that are stored as they are.
  void readPlain(StringRef method);
  void readPlain(const ListField &field);
  bool isEmpty(StringRef key);
  void checkKeys(StringRef method);
  void setUnknown(const Twine &reason) {
    result.unknown = reason.str();
    result.storage.reset();
  }
  /// "'key' of 'quantization_config'".
  std::string describe(StringRef key) const {
    return ("'" + key + "' of '" + section.getName() + "'").str();
  }
  Type f8() { return Float8E4M3FNType::get(builder.getContext()); }
  Type f32() { return builder.getF32Type(); }
  Type ui4() { return builder.getIntegerType(4, /*isSigned=*/false); }

  const ConfigSection &section;
  Type elementType;
  Builder builder;
  StorageDescription result;
};
} // namespace

bool Storage::operator==(const Storage &other) const {
  return weight == other.weight && scale == other.scale && zero == other.zero &&
         outer == other.outer && blockRows == other.blockRows &&
         blockColumns == other.blockColumns &&
         isTransposed == other.isTransposed && isOfExperts == other.isOfExperts;
}

/// All of them. To other methods they are no fields.
static ArrayRef<ListField> getListFields() {
  static const SmallVector<ListField, 0> fields = [] {
    SmallVector<ListField, 0> fields;
    SmallVector<ListReader, 3> ofTransformers = {
        {"transformers", EntryRule::Python, /*fusesExperts=*/true}};
    // Of the head a list says it all; where there is none, it is plain.
    SmallVector<ListReader, 3> ofFloats = ofTransformers;
    ofFloats.front().quantizesHead = true;
    ofFloats.push_back({"vLLM", EntryRule::Whole, /*fusesExperts=*/true});
    for (StringRef method : {"fp8", "fbgemm_fp8"})
      for (StringRef key : {"modules_to_not_convert", "ignored_layers"})
        fields.push_back({method, key, ofFloats});
    fields.push_back({"mxfp4", "modules_to_not_convert", ofTransformers});
    fields.push_back({"awq",
                      "modules_to_not_convert",
                      {{"vLLM", EntryRule::Text, /*fusesExperts=*/true},
                       {"AutoAWQ", EntryRule::Text},
                       ofTransformers.front()}});
    fields.push_back({"compressed-tensors",
                      "ignore",
                      {{"compressed-tensors", EntryRule::WholeClassOrExpression,
                        /*fusesExperts=*/false, /*quantizesHead=*/true,
                        /*quantizesRouters=*/true},
                       {"vLLM", EntryRule::WholeOrExpression}}});
    for (StringRef method : {"modelopt", "modelopt_fp4"})
      for (StringRef key : {"exclude_modules", "ignore"})
        fields.push_back(
            {method,
             key,
             {{"vLLM", EntryRule::TextOrGlob, /*fusesExperts=*/true},
              {"TensorRT-LLM", EntryRule::Glob, /*fusesExperts=*/false,
               /*quantizesHead=*/true}}});
    return fields;
  }();
  return fields;
}

void SchemeReader::readPlain(const ListField &field) {
  StringRef key = field.key;
  const llvm::json::Value *value = section.find(key);
  if (!value)
    return;
  const llvm::json::Array *list = value->getAsArray();
  if (!list)
    return section.expect(key, "a list of names of modules", *value);
  result.plain.addList(describe(key), section.getLoc(key), field.readers);
  for (const llvm::json::Value &entry : *list) {
    std::optional<StringRef> name = entry.getAsString();
    if (!name || name->empty() || !result.plain.add(*name))
      section.error(key) << "expected " << describe(key)
                         << " to be names of modules, or patterns of them "
                            "that "
                         << field.readers.front().program
                         << " and POSIX have, but got "
                         << ConfigFile::str(entry) << " in it";
  }
}

void SchemeReader::readPlain(StringRef method) {
  for (const ListField &field : getListFields())
    if (field.method == method)
      readPlain(field);
}

bool SchemeReader::readSizes(const ConfigSection &of, StringRef key,
                             Storage &storage) {
  const llvm::json::Value *value = of.find(key);
  if (!value)
    return true;
  const llvm::json::Array *sizes = value->getAsArray();
  std::optional<int64_t> rows, columns;
  if (sizes && sizes->size() == 2) {
    rows = (*sizes)[0].getAsInteger();
    columns = (*sizes)[1].getAsInteger();
  }
  if (!rows || !columns || *rows <= 0 || *columns <= 0) {
    of.expect(key, "two positive sizes", *value);
    return false;
  }
  storage.blockRows = *rows;
  storage.blockColumns = *columns;
  return true;
}

/// `fp8`: a scale for blocks, or for a tensor. transformers states
/// `weight_block_size` for both; AutoFP8 has no blocks, and names scales
/// otherwise.
void SchemeReader::readFp8() {
  Storage storage;
  storage.weight = {"weight", f8()};
  storage.scale = {"weight_scale", f32()};
  if (section.getText("fmt").value_or("e4m3") != "e4m3")
    return setUnknown(describe("fmt") + " is not e4m3");
  if (!readSizes(section, "weight_block_size", storage))
    return;
  StringRef scheme = section.getText("activation_scheme").value_or("dynamic");
  if (!scheme.equals_insensitive("dynamic") &&
      !scheme.equals_insensitive("static"))
    section.expect("activation_scheme", "dynamic or static",
                   *section.find("activation_scheme"));
  if (llvm::is_contained(section.getKeys(), "weight_block_size"))
    storage.scale.suffix = "weight_scale_inv";
  result.storage = storage;
  result.roundsValues = true;
}

bool SchemeReader::readStrategy(const ConfigSection &weights,
                                Storage &storage) {
  // compressed-tensors goes by the size of groups where it states nothing else.
  int64_t group = weights.getInt("group_size").value_or(0);
  StringRef byGroup = group > 0 ? "group" : group == -1 ? "channel" : "tensor";
  StringRef strategy = weights.getText("strategy").value_or(byGroup);
  if (strategy == "tensor")
    return true;
  if (strategy == "channel" || strategy == "group")
    storage.blockRows = 1;
  if (strategy == "channel")
    return true;
  if (strategy == "group")
    storage.blockColumns = group;
  else if (strategy == "block")
    (void)readSizes(weights, "block_structure", storage);
  return storage.blockRows > 0 && storage.blockColumns > 0;
}

/// Reports what are no arguments of a quantization to compressed-tensors.
static void expectArguments(const ConfigSection &arguments) {
  arguments.expectOnly({"actorder", "block_structure", "dynamic", "group_size",
                        "num_bits", "observer", "observer_kwargs",
                        "scale_dtype", "strategy", "symmetric", "zp_dtype",
                        "type"});
}

/// The scheme of the first group, which has to be the only one.
void SchemeReader::readCompressed() {
  // Weights are as they are where caches alone have a scheme.
  if (isEmpty("config_groups") && section.find("kv_cache_scheme"))
    return;
  std::optional<ConfigSection> groups = section.getObject("config_groups"),
                               group, weights;
  if (groups && groups->getKeys().size() == 1)
    group = groups->getObject(groups->getKeys().front());
  if (group)
    weights = group->getObject("weights");
  const llvm::json::Array *targets =
      group ? group->getArray("targets") : nullptr;
  if (!weights || !targets || targets->size() != 1 ||
      (*targets)[0].getAsString() != StringRef("Linear"))
    return setUnknown("'" + section.getName() +
                      "' has not one group of weights for Linear");
  int64_t bits = weights->getInt("num_bits").value_or(0);
  StringRef type = weights->getText("type").value_or("");
  StringRef stated = section.getText("format").value_or("dense");
  StringRef format = group->getText("format").value_or(stated);
  if (format == "dense")
    return setUnknown(describe("format") +
                      " is dense: whoever runs the model rounds weights");
  group->expectOnly({"format", "input_activations", "output_activations",
                     "targets", "weights"});
  bool isNaive = format == "naive-quantized";
  Storage storage;
  if (bits == 8 && type == "float" && (isNaive || format == "float-quantized"))
    storage.weight = {"weight", f8()};
  else if (bits == 8 && type == "int" && (isNaive || format == "int-quantized"))
    storage.weight = {"weight", builder.getI8Type()};
  else if (bits == 4 && type == "int" && format == "pack-quantized")
    storage.weight = {"weight_packed", builder.getIntegerType(4),
                      Packing::Words};
  // These two orders leave groups where they are: nothing more is stored.
  const llvm::json::Value *order = weights->find("actorder");
  bool isOrdered = order && order->getAsBoolean() != std::optional(false) &&
                   order->getAsString() != StringRef("weight") &&
                   order->getAsString() != StringRef("static");
  if (!storage.weight.type || !weights->getFlag("symmetric", true) || isOrdered)
    return setUnknown("weights of " + Twine(bits) + " bits of '" +
                      section.getName() + "' are of a kind that is not known");
  storage.scale = {"weight_scale", bits == 4 ? elementType : f32()};
  if (!readStrategy(*weights, storage))
    return setUnknown(describe("strategy") + " is not known");
  result.storage = storage;
  for (StringRef key : {"input_activations", "output_activations"})
    if (std::optional<ConfigSection> values = group->getObject(key)) {
      expectArguments(*values);
      result.roundsValues = true;
    }
  expectArguments(*weights);
  // The checkpoint is the same whether weights were packed by then or not.
  StringRef status =
      section.getText("quantization_status").value_or("compressed");
  if (status != "compressed" && status != "frozen")
    setUnknown(describe("quantization_status") + " is " + status +
               ": weights are not stored as they are used, or not yet");
}

/// True for a field that is absent, null or false, or has nothing in it.
bool SchemeReader::isEmpty(StringRef key) {
  const llvm::json::Value *value = section.find(key);
  return !value || value->getAsBoolean() == std::optional(false) ||
         (value->getAsObject() && value->getAsObject()->empty()) ||
         (value->getAsArray() && value->getAsArray()->empty());
}

/// AWQ and GPTQ: 4 bits in words, a scale and a zero for each group of inputs.
void SchemeReader::readPackedInts(bool isGptq) {
  int64_t bits = section.getInt("bits|w_bit").value_or(4);
  StringRef groupKey = "group_size";
  const llvm::json::Value *groupValue =
      section.find("group_size|q_group_size", groupKey);
  int64_t group = section.getInt("group_size|q_group_size").value_or(128);
  // Zeros are stored in either case.
  (void)section.getFlag("sym", true);
  if (bits != 4)
    return setUnknown("weights of " + Twine(bits) + " bits of '" +
                      section.getName() + "' are not known");
  if (isGptq && section.getFlag("desc_act", false))
    return setUnknown(describe("desc_act") +
                      " orders inputs in a way that only weights tell");
  if (section.getFlag("lm_head", false) ||
      !section.getFlag("zero_point", true) || !isEmpty("dynamic"))
    return setUnknown("'" + section.getName() +
                      "' has a head in 4 bits, no zeros, or rules "
                      "for single modules");
  if (section.getFlag("is_marlin_format", false))
    return setUnknown(describe("is_marlin_format") +
                      " stores words in another order");
  for (StringRef key : {"modules_in_block_to_quantize", "to_quant_block_names",
                        "layer_config", "extra_config"})
    if (!isEmpty(key))
      return setUnknown(describe(key) + " leaves other modules as they are");
  if (section.getText("data_type").value_or("int") != "int")
    return setUnknown(describe("data_type") + " is not int");
  if (!isGptq &&
      !section.getText("version").value_or("gemm").equals_insensitive("gemm"))
    return setUnknown(describe("version") + " is not gemm");
  if (group != -1 && group <= 0)
    return section.expect(groupKey, "positive or -1", *groupValue);
  if (isGptq && section.getText("checkpoint_format").value_or("gptq") != "gptq")
    return setUnknown(describe("checkpoint_format") + " is not gptq");
  Storage storage;
  storage.weight = {"qweight", ui4(), isGptq ? Packing::Gptq : Packing::Awq};
  storage.scale = {"scales", builder.getF16Type()};
  storage.zero = {"qzeros", ui4(), isGptq ? Packing::GptqZeros : Packing::Awq};
  storage.blockRows = 1;
  storage.blockColumns = group == -1 ? 0 : group;
  storage.isTransposed = true;
  result.storage = storage;
}

/// ModelOpt, in `config.json` or in a file beside it.
void SchemeReader::readModelOpt() {
  // Of null, or beside caches alone, nothing is quantized.
  if (!section.find("quant_algo") &&
      (section.find("kv_cache_quant_algo") ||
       llvm::is_contained(section.getKeys(), "quant_algo")))
    return;
  StringRef algorithm = section.getText("quant_algo").value_or("");
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
    storage.blockColumns = section.getInt("group_size").value_or(16);
    if (storage.blockColumns <= 0)
      return setUnknown(describe("group_size") + " is no size");
  } else {
    return setUnknown(describe("quant_algo") + " is not FP8 or NVFP4");
  }
  result.storage = storage;
  result.roundsValues = true;
}

/// Caches of 8 bits, which are all that is known.
void SchemeReader::readCaches() {
  if (std::optional<StringRef> algorithm =
          section.getText("kv_cache_quant_algo")) {
    if (*algorithm != "FP8")
      section.expect("kv_cache_quant_algo", "FP8",
                     *section.find("kv_cache_quant_algo"));
    result.cacheType = f8();
  }
  // AutoFP8 has one kind of scale, and names that.
  const llvm::json::Value *stated = section.find("kv_cache_scheme");
  if (stated && stated->getAsString() == StringRef("static")) {
    result.cacheType = f8();
  } else if (std::optional<ConfigSection> scheme =
                 section.getObject("kv_cache_scheme")) {
    // Whole numbers of 8 bits are the default of compressed-tensors.
    if (scheme->getInt("num_bits").value_or(8) != 8 ||
        scheme->getText("type").value_or("int") != "float")
      section.expect("kv_cache_scheme", "floats of 8 bits",
                     *section.find("kv_cache_scheme"));
    expectArguments(*scheme);
    result.cacheType = f8();
    result.scalesCaches =
        scheme->find("dynamic") && !scheme->getFlag("dynamic", true);
  }
}

bool SchemeReader::hasCachesOf8Bits() {
  auto hasText = [](const llvm::json::Value *value, StringRef text) {
    return value && value->getAsString() == text;
  };
  if (hasText(section.find("kv_cache_quant_algo"), "FP8") ||
      hasText(section.find("kv_cache_scheme"), "static"))
    return true;
  const llvm::json::Value *scheme = section.find("kv_cache_scheme");
  const llvm::json::Object *fields = scheme ? scheme->getAsObject() : nullptr;
  return fields && fields->getString("type") == StringRef("float") &&
         fields->getInteger("num_bits").value_or(8) == 8;
}

/// Every field may change how weights are stored.
void SchemeReader::checkKeys(StringRef method) {
  static constexpr StringRef kFields[] = {
      // Read.
      "bits", "block_structure", "checkpoint_format", "config_groups",
      "activation_scheme", "data_type", "dequantize", "desc_act", "dynamic",
      "extra_config", "fmt", "format", "group_size", "is_marlin_format",
      "kv_cache_quant_algo", "kv_cache_scheme", "layer_config",
      "modules_in_block_to_quantize", "q_group_size", "quant_algo",
      "quant_method", "to_quant_block_names", "version", "w_bit",
      "weight_block_size", "zero_point",
      // How values are rounded, how weights were made, and who runs them.
      "act_group_aware", "activation_scale_ub", "amp", "autoround_version",
      "backend", "batch_size", "block_name_to_quantize", "cache_block_outputs",
      "damp_percent", "dataset", "disable_exllama", "do_fuse",
      "enable_minmax_tuning", "enable_norm_bias_tuning", "enable_quanted_input",
      "exllama_config", "fuse_max_seq_len", "global_compression_ratio",
      "gradient_accumulate_steps", "has_zero_point", "hyb_act", "iters",
      "low_gpu_mem_usage", "lr", "max_input_length", "meta", "minmax_lr",
      "model_file_base_name", "model_name_or_path", "model_seqlen",
      "module_name_preceding_first_block", "modules_to_fuse", "nsamples",
      "pack_dtype", "pad_token_id", "pre_quantized", "producer",
      "quantization_status", "scale_dtype", "scale_fmt", "seqlen",
      "static_groups", "sym", "tokenizer", "true_sequential", "use_cuda_fp16",
      "use_exllama", "use_triton"};
  // Without anything in them, or false, these say nothing.
  static constexpr StringRef kEmpty[] = {
      "act_per_tensor",         "exclude_modules", "ignore",
      "ignored_layers",         "lm_head",         "modules_to_convert",
      "modules_to_not_convert", "sparsity_config", "transform_config",
      "weight_per_tensor"};
  auto isRead = [&](StringRef key) {
    return llvm::any_of(getListFields(), [&](const ListField &field) {
      return field.method == method && field.key == key;
    });
  };
  for (StringRef key : section.getKeys()) {
    if (llvm::is_contained(kFields, key) || isRead(key) ||
        (isEmpty(key) && llvm::is_contained(kEmpty, key)))
      continue;
    section.error(key) << "unknown field '"
                       << ConfigFile::unquote(section.getUserPath(key))
                       << "' of the quantization '" << method << "'";
  }
}

void SchemeReader::readMethod(StringRef method) {
  if (section.getFlag("dequantize", false))
    return setUnknown(describe("dequantize") +
                      " loads weights in the type of the model");
  Storage storage;
  if (method == "fp8")
    return readFp8();
  if (method == "compressed-tensors")
    return readCompressed();
  if (method == "awq" || method == "gptq")
    return readPackedInts(method == "gptq");
  if (method == "modelopt" || method == "modelopt_fp4")
    return readModelOpt();
  if (method == "fbgemm_fp8") {
    storage.weight = {"weight", f8()};
    storage.scale = {"weight_scale", f32()};
    storage.blockRows = 1;
    result.roundsValues = true;
  } else if (method == "mxfp4") {
    storage.weight = {"_blocks", Float4E2M1FNType::get(builder.getContext()),
                      Packing::Bytes, /*isBlocked=*/true};
    storage.scale = {"_scales", Float8E8M0FNUType::get(builder.getContext())};
    storage.blockRows = 1;
    storage.blockColumns = 32;
    storage.isOfExperts = true;
  } else {
    return setUnknown("the method '" + method + "' of '" + section.getName() +
                      "' is not known");
  }
  result.storage = storage;
}

StorageDescription SchemeReader::run(StringRef method, SchemeParts parts) {
  if (parts.weights)
    readMethod(method);
  // Caches are stored as they are stated, whatever the weights are.
  if (parts.caches)
    readCaches();
  else if (parts.comparesCaches && hasCachesOf8Bits())
    result.statedCacheType = f8();
  if (parts.weights && result.unknown.empty()) {
    readPlain(method);
    checkKeys(method);
  }
  return std::move(result);
}

StorageDescription huggingface::readScheme(const ConfigSection &section,
                                           StringRef method, Type elementType,
                                           SchemeParts parts) {
  return SchemeReader(section, elementType).run(method, parts);
}
