//===- ImportConfig.cpp - Models from config.json -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/HuggingFace/ImportConfig.h"

#include "ConfigReader.h"
#include "Description.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

void ImportOptions::setIgnoredFields(StringRef names) {
  ignoredFields.clear();
  for (StringRef name : llvm::split(names, ','))
    if (!name.empty())
      ignoredFields.push_back(name.str());
}

/// All rows for the type that a file names, by `model_type` or by its class.
static SmallVector<const Architecture *> findRows(ConfigReader &reader) {
  std::string classesPath;
  const llvm::json::Array *classes =
      reader.getArray("architectures", classesPath);
  std::optional<StringRef> type = reader.getText({"model_type", std::nullopt});
  SmallVector<const Architecture *> rows;
  if (reader.hasFailed())
    return rows;
  auto isClassOf = [](const llvm::json::Value &name, const Architecture &row) {
    std::optional<StringRef> text = name.getAsString();
    return text && llvm::is_contained(row.classes, *text);
  };
  for (const Architecture &row : getArchitectures())
    if (type ? row.modelType == *type || llvm::is_contained(row.aliases, *type)
             : classes && !classes->empty() && isClassOf(classes->front(), row))
      rows.push_back(&row);
  if (rows.empty()) {
    llvm::SetVector<StringRef> known;
    for (const Architecture &row : getArchitectures())
      known.insert(row.modelType);
    if (type)
      reader.error("model_type")
          << "unknown architecture '" << *type << "'; expected one of "
          << llvm::join(known, ", ");
    else if (classes && !classes->empty())
      reader.error(classesPath)
          << "unknown architecture " << ConfigFile::str(classes->front());
    else
      reader.error("") << "expected 'model_type' or 'architectures' to name "
                          "the architecture, but got neither";
    return rows;
  }
  // A class with another head, or another model under the same type. That of a
  // part is not what is loaded.
  if (classes && !(type && reader.getFile().isPart()))
    for (const llvm::json::Value &name : *classes)
      if (!isClassOf(name, *rows.front()))
        reader.error(classesPath)
            << "expected '" << classesPath << "' to be "
            << llvm::join(rows.front()->classes, " or ") << " for model type '"
            << rows.front()->modelType << "', but got "
            << ConfigFile::str(name);
  return rows;
}

/// The key of the language model in a configuration of several models.
static constexpr StringRef kTextPart = "text_config";

/// True where the architecture is that of a whole with a language model in it.
static bool isWrapper(ConfigReader &reader) {
  const llvm::json::Value *part = reader.getFile().lookup(kTextPart);
  if (!part || !part->getAsObject())
    return false;
  const llvm::json::Value *type = reader.getFile().lookup("model_type");
  return !type || llvm::none_of(getArchitectures(), [&](const auto &row) {
    return type->getAsString() == row.modelType;
  });
}

/// True for the names of classes that have another head than one for the next
/// token, or none, as those that end in `Model`.
static bool lacksHead(StringRef className) {
  for (StringRef head : {"Classification", "QuestionAnswering", "Regression",
                         "Reward", "ForMaskedLM", "Retrieval", "Embedding"})
    if (className.contains(head))
      return true;
  return className.ends_with("Model") && !className.ends_with("LMHeadModel") &&
         !className.ends_with("ChatModel");
}

/// Refuses a whole whose class does not give the next token: its language model
/// is not what is loaded.
static bool checkWhole(ConfigReader &reader) {
  std::string path;
  const llvm::json::Array *classes = reader.getArray("architectures", path);
  if (reader.hasFailed())
    return false;
  if (!classes)
    return true;
  for (const llvm::json::Value &name : *classes)
    if (lacksHead(name.getAsString().value_or("")))
      reader.error(path) << "expected the class of a model that gives the "
                            "next token, but got "
                         << ConfigFile::str(name);
  return !reader.hasFailed();
}

/// The row whose conditions hold.
static const Architecture *chooseRow(ArrayRef<const Architecture *> rows,
                                     ConfigReader &reader) {
  // Fields that tell rows apart, with the values that rows are for.
  llvm::MapVector<StringRef, llvm::SmallSetVector<StringRef, 2>> values;
  llvm::StringSet<> isKnown;
  for (const Architecture *row : rows) {
    bool matches = true;
    for (const Condition &condition : row->conditions) {
      values[condition.keys].insert(condition.value);
      if (reader.holds(condition))
        isKnown.insert(condition.keys);
      else
        matches = false;
    }
    if (matches)
      return row;
  }
  for (auto &[keys, known] : values) {
    if (isKnown.contains(keys))
      continue;
    ConfigReader::Field field = reader.find(keys);
    std::string path = ConfigReader::getName(field, keys);
    reader.error(path) << "expected '" << path << "' to be "
                       << llvm::join(known, " or ") << ", but got "
                       << (field.value ? ConfigFile::str(*field.value)
                                       : "nothing");
    break;
  }
  return nullptr;
}

OwningOpRef<ModuleOp> huggingface::importConfig(llvm::MemoryBufferRef buffer,
                                                MLIRContext *context,
                                                const ImportOptions &options) {
  context->loadDialect<DagDialect>();
  std::unique_ptr<ConfigFile> file = ConfigFile::parse(buffer, context);
  if (!file)
    return {};
  ConfigReader reader(*file, options.ignoredFields);
  if (isWrapper(reader)) {
    if (!checkWhole(reader))
      return {};
    reader.enter(kTextPart);
  }
  SmallVector<const Architecture *> rows = findRows(reader);
  if (reader.hasFailed())
    return {};
  const Architecture *row = chooseRow(rows, reader);
  if (!row)
    return {};
  FailureOr<Description> description = describe(*row, reader, options, context);
  if (failed(description))
    return {};
  return buildModel(*description, file->getLoc("model_type"));
}
