//===- DescribeStorage.cpp - How a checkpoint stores weights -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigSection.h"
#include "Storage.h"
#include "dag/Support/Files.h"
#include "mlir/IR/Builders.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

Type huggingface::getElementType(StringRef name, MLIRContext *context) {
  name.consume_front("torch.");
  return llvm::StringSwitch<Type>(name)
      .Cases({"bf16", "bfloat16"}, BFloat16Type::get(context))
      .Cases({"f16", "float16", "half"}, Float16Type::get(context))
      .Cases({"f32", "float32", "float"}, Float32Type::get(context))
      .Cases({"f64", "float64", "double"}, Float64Type::get(context))
      .Default(Type());
}

namespace {
class StorageReader {
public:
  StorageReader(ConfigReader &reader, const ImportOptions &options,
                Type elementType)
      : reader(reader), options(options), elementType(elementType),
        builder(elementType.getContext()) {}

  StorageDescription run();

private:
  void readOption();
  void readCacheOption();
  /// What the files state, but for what options state in its place.
  void readFiles();
  StorageDescription read(const ConfigSection &section,
                          std::optional<StringRef> method,
                          const Twine &withoutMethod);
  /// Takes what a file beside the configuration states; what both state has to
  /// be the same.
  void merge(const ConfigSection &section, StorageDescription &&beside);
  void warnOf(const ConfigSection &section);
  Type f8() { return Float8E4M3FNType::get(builder.getContext()); }

  ConfigReader &reader;
  const ImportOptions &options;
  Type elementType;
  Builder builder;
  StorageDescription result;
  /// Where the method is stated in the configuration itself.
  std::optional<ConfigSection> own;
};
} // namespace

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
  storage.scale = {"weight_scale", builder.getF32Type()};
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
  else if (name == "fp8_e4m3fnuz")
    result.cacheType = Float8E4M3FNUZType::get(context);
  else if (name == "fp8_e5m2fnuz")
    result.cacheType = Float8E5M2FNUZType::get(context);
  else if (Type type = getElementType(name, context))
    result.cacheType = type;
  else
    reader.error("")
        << "expected 'kv-dtype' to be bf16, f16, f32, f64, fp8, "
           "fp8_e4m3, fp8_e5m2, fp8_e4m3fnuz or fp8_e5m2fnuz, but got "
           "'"
        << name << "'";
}

//===----------------------------------------------------------------------===//
// Where it is stated
//===----------------------------------------------------------------------===//

static constexpr StringRef kBeside = "hf_quant_config.json";

/// The file of ModelOpt beside a `config.json`, as checkpoints have it, with
/// its buffer; null if there is none. Emits errors.
static std::pair<std::unique_ptr<llvm::MemoryBuffer>,
                 std::unique_ptr<ConfigFile>>
openBeside(ConfigReader &reader, MLIRContext *context) {
  StringRef path = reader.getFile().getName();
  if (llvm::sys::path::filename(path) != "config.json")
    return {};
  llvm::SmallString<128> beside(path);
  llvm::sys::path::remove_filename(beside);
  llvm::sys::path::append(beside, kBeside);
  if (!llvm::sys::fs::exists(beside) ||
      reader.isFileIgnored(kBeside, FileLineColLoc::get(context, beside, 1, 1)))
    return {};
  auto buffer = readNamedFile(beside);
  if (!buffer) {
    reader.error("") << llvm::toString(buffer.takeError());
    return {};
  }
  std::unique_ptr<ConfigFile> file =
      ConfigFile::parse((*buffer)->getMemBufferRef(), context);
  if (!file)
    reader.setFailed();
  return {std::move(*buffer), std::move(file)};
}

void StorageReader::warnOf(const ConfigSection &section) {
  if (!result.unknown.empty())
    reader.warn(section.getLoc(),
                "weights are planned in the type of the model: " +
                    result.unknown);
  if (result.scalesCaches)
    reader.warn(section.getLoc(),
                "'" + section.getName() +
                    "' has scales for KV caches in the checkpoint; those of "
                    "the plan are one");
  if (result.roundsValues && result.storage)
    reader.warn(section.getLoc(),
                "'" + section.getName() +
                    "' rounds what weights are multiplied with, too; "
                    "the plan computes in the type of the model");
}

void StorageReader::merge(const ConfigSection &section,
                          StorageDescription &&beside) {
  bool differs = !(result.storage == beside.storage) ||
                 (!result.plain.empty() && !beside.plain.empty() &&
                  !result.plain.hasEntriesOf(beside.plain)) ||
                 (result.cacheType && beside.cacheType &&
                  result.cacheType != beside.cacheType);
  if (differs) {
    FieldError diagnostic = reader.error(own->getName());
    diagnostic << "expected '" << own->getName() << "' to state what '"
               << section.getName()
               << "' beside it does of weights and caches, but they differ";
    diagnostic.attachNote(section.getLoc(), "the other one");
  }
  if (!result.cacheType)
    result.cacheType = beside.cacheType;
  if (!result.statedCacheType)
    result.statedCacheType = beside.statedCacheType;
  if (result.plain.empty())
    result.plain = std::move(beside.plain);
}

StorageDescription StorageReader::read(const ConfigSection &section,
                                       std::optional<StringRef> method,
                                       const Twine &withoutMethod) {
  SchemeParts parts{options.weightsDtype.empty(), options.kvDtype.empty()};
  bool isUnknown = parts.weights && !method;
  parts.weights &= method.has_value();
  parts.comparesCaches = options.isLike;
  StorageDescription stated =
      readScheme(section, method.value_or(""), elementType, parts);
  stated.loc = section.getLoc();
  if (isUnknown)
    stated.unknown = withoutMethod.str();
  return stated;
}

void StorageReader::readFiles() {
  constexpr StringRef kOwn = "quantization_config";
  ConfigReader::Field field = reader.find(kOwn);
  if (field.value) {
    own.emplace(reader, reader.getFile(), kOwn, kOwn);
    if (!field.value->getAsObject())
      return;
    std::optional<StringRef> method = own->getText("quant_method");
    // As in a file of its own.
    std::optional<ConfigSection> inner;
    if (method && method->starts_with("modelopt"))
      inner = own->getObject("quantization");
    if (inner)
      own->expectOnly({"quant_method", "producer", "quantization"});
    result = read(inner ? *inner : *own, method,
                  "'" + kOwn + "' names no 'quant_method'");
    warnOf(*own);
  }
  auto [buffer, file] = openBeside(reader, builder.getContext());
  if (!file)
    return;
  constexpr StringRef kInner = "quantization";
  reader.dropIgnored(*file, kBeside, kInner);
  ConfigSection section(reader, *file, kInner, kBeside);
  const llvm::json::Value *inner = file->lookup(kInner);
  if (inner && !inner->getAsObject())
    return;
  StorageDescription beside =
      read(section, inner ? std::optional<StringRef>("modelopt") : std::nullopt,
           "'" + kBeside + "' has no 'quantization'");
  if (own)
    return merge(section, std::move(beside));
  result = std::move(beside);
  warnOf(section);
}

StorageDescription StorageReader::run() {
  readFiles();
  if (!options.weightsDtype.empty()) {
    result.loc.reset();
    readOption();
  }
  Type statedType = result.statedCacheType;
  readCacheOption();
  if (statedType && result.cacheType && result.cacheType != statedType)
    reader.warn(
        "", "the configuration states KV caches in " + debugString(statedType) +
                ", but the plan has them in " + debugString(result.cacheType));
  return std::move(result);
}

StorageDescription huggingface::describeStorage(ConfigReader &reader,
                                                const ImportOptions &options,
                                                Type elementType) {
  return StorageReader(reader, options, elementType).run();
}
