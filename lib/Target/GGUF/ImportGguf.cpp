//===- ImportGguf.cpp - Models from files of llama.cpp ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/GGUF/ImportGguf.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/HuggingFace/CommandLine.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::dag;

static InFlightDiagnostic emitErrorIn(StringRef name, MLIRContext *context) {
  return emitError(FileLineColLoc::get(context, name, 1, 1));
}

/// Each parameter has its tensor, and each tensor its parameter.
static LogicalResult compareTensors(ModuleOp module, const GgufFile &file,
                                    StringRef name) {
  MLIRContext *context = module.getContext();
  auto tensors = nameTensors(file);
  if (!tensors)
    return emitErrorIn(name, context) << llvm::toString(tensors.takeError());
  llvm::StringSet<> used;
  auto compare = [&](ParameterOp op) {
    used.insert(op.getName());
    auto it = tensors->find(op.getName());
    if (it == tensors->end()) {
      emitErrorIn(name, context)
          << "expected a tensor for '" << op.getName() << "', but got none";
      return WalkResult::interrupt();
    }
    ArrayRef<int64_t> shape = it->second.shape;
    auto wanted = cast<RankedTensorType>(op.getType()).getShape();
    if (shape == wanted)
      return WalkResult::advance();
    auto toText = [](ArrayRef<int64_t> sizes) {
      return "[" +
             llvm::join(
                 llvm::map_range(
                     sizes, [](int64_t size) { return std::to_string(size); }),
                 ", ") +
             "]";
    };
    emitErrorIn(name, context)
        << "expected the tensor of '" << op.getName() << "' to have the shape "
        << toText(wanted) << ", but got " << toText(shape);
    return WalkResult::interrupt();
  };
  if (module.walk(compare).wasInterrupted())
    return failure();
  std::vector<StringRef> left;
  for (StringRef key : tensors->keys())
    if (!used.contains(key) && key != kRotationFactors)
      left.push_back(key);
  if (left.empty())
    return success();
  llvm::sort(left);
  return emitErrorIn(name, context)
         << "expected tensors of the model alone, but it has nothing for '"
         << left.front() << "'"
         << (left.size() > 1
                 ? " and " + std::to_string(left.size() - 1) + " others"
                 : "");
}

/// How weights are stored, if it is not in the type that the program gives
/// them: `Q4_1, Q8_0`.
static std::string findOtherTypes(ModuleOp module, const GgufFile &file) {
  Type plain;
  module.walk([&](ParameterOp op) {
    plain = cast<RankedTensorType>(op.getType()).getElementType();
    return WalkResult::interrupt();
  });
  auto isPlain = [&](StoredType type) {
    switch (type) {
    case StoredType::F64:
      return plain.isF64();
    case StoredType::F32:
      return plain.isF32();
    case StoredType::F16:
      return plain.isF16();
    case StoredType::BF16:
      return plain.isBF16();
    default:
      return false;
    }
  };
  llvm::SmallSetVector<StringRef, 4> types;
  for (const GgufFile::Tensor &stored : file.tensors)
    // Vectors, as of norms, are in f32 mostly.
    if (!isPlain(stored.tensor.type) && (stored.tensor.shape.size() > 1 ||
                                         stored.tensor.type != StoredType::F32))
      types.insert(stringifyStoredType(stored.tensor.type));
  return llvm::join(types, ", ");
}

OwningOpRef<ModuleOp>
gguf::importGguf(llvm::MemoryBufferRef buffer, MLIRContext *context,
                 const huggingface::ImportOptions &options) {
  std::string name = buffer.getBufferIdentifier().str();
  auto refuse = [&](llvm::Error error) -> OwningOpRef<ModuleOp> {
    emitErrorIn(name, context) << llvm::toString(std::move(error));
    return {};
  };
  llvm::Expected<GgufFile> file = GgufFile::parse(buffer);
  if (!file)
    return refuse(file.takeError());
  llvm::Expected<std::string> config =
      makeConfig(*file, options.ignoredFields, /*statesStorage=*/false);
  if (!config)
    return refuse(config.takeError());
  huggingface::ImportOptions known = options;
  known.ignoredFields.clear();
  // The default is the type that llama.cpp computes in.
  if (known.dtype.empty())
    known.dtype = "f32";
  OwningOpRef<ModuleOp> module = huggingface::importConfig(
      llvm::MemoryBufferRef(*config, "config of " + name), context, known);
  if (!module || failed(compareTensors(*module, *file, name)))
    return {};
  if (std::string types = findOtherTypes(*module, *file); !types.empty())
    for (ModelOp model : module->getOps<ModelOp>())
      model.setUnknownStorage("they are " + types + " in '" + name + "'");
  return module;
}

static LogicalResult writeConfig(llvm::MemoryBufferRef buffer,
                                 const huggingface::ImportOptions &options,
                                 raw_ostream &os, MLIRContext *context) {
  auto refuse = [&](llvm::Error error) {
    return emitErrorIn(buffer.getBufferIdentifier(), context)
           << llvm::toString(std::move(error));
  };
  llvm::Expected<GgufFile> file = GgufFile::parse(buffer);
  if (!file)
    return refuse(file.takeError());
  llvm::Expected<std::string> text =
      gguf::makeConfig(*file, options.ignoredFields, /*statesStorage=*/true);
  if (!text)
    return refuse(text.takeError());
  os << *text;
  return success();
}

void gguf::registerTranslations() {
  static TranslateRegistration program(
      "gguf-to-dag", "make a logical program from a GGUF file",
      huggingface::makeProgramTranslation(importGguf));
  static TranslateRegistration config(
      "gguf-to-config", "write the config.json of the model in a GGUF file",
      huggingface::makeTranslation(writeConfig));
}
