//===- ConfiguredPrograms.cpp - What a configuration gives ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfiguredPrograms.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Support/Files.h"

using namespace mlir;
using namespace mlir::dag;

ConfiguredPrograms::Notes::Notes(ModelOp model)
    : unknownStorage(model.getUnknownStorage().value_or("")) {
  for (StringRef remark : model.getRemarks())
    remarks.push_back(remark.str());
}

void ConfiguredPrograms::setConfig(StringRef file, StringRef fields) {
  if (file == config && fields == ignoreFields)
    return;
  config = file.str();
  ignoreFields = fields.str();
  defaults = Notes();
  entries.clear();
}

llvm::Expected<huggingface::ImportedLike &>
ConfiguredPrograms::import(ModelOp plan) {
  auto it = entries.find(plan);
  if (it != entries.end())
    return it->second->imported;
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(config);
  if (!buffer)
    return buffer.takeError();
  auto entry = std::make_unique<Entry>();
  entry->imported = huggingface::importLike(**buffer, plan, ignoreFields);
  entry->notes = defaults;
  if (entry->imported.module)
    entry->notes = Notes(*entry->imported.module->getOps<ModelOp>().begin());
  return (entries[plan] = std::move(entry))->imported;
}

const ConfiguredPrograms::Notes &
ConfiguredPrograms::getNotes(Operation *root) const {
  auto it = entries.find(root);
  return it == entries.end() ? defaults : it->second->notes;
}

const ConfiguredPrograms::Notes &ConfiguredPrograms::importNotes(ModelOp plan) {
  // Whoever compares the plan says why the file cannot be read.
  if (!config.empty())
    if (auto imported = import(plan); !imported)
      llvm::consumeError(imported.takeError());
  return getNotes(plan);
}
