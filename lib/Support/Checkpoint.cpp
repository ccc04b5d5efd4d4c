//===- Checkpoint.cpp - Tensors of several files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Checkpoint.h"
#include "dag/Support/Files.h"
#include "dag/Support/Gguf.h"
#include "dag/Support/Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;
using llvm::Twine;

static llvm::Error makeError(StringRef path, const Twine &what) {
  return llvm::createStringError(path + ": " + what);
}

static llvm::Expected<llvm::StringMap<StoredTensor>>
readGguf(llvm::MemoryBufferRef buffer) {
  llvm::Expected<GgufFile> file = GgufFile::parse(buffer);
  if (!file)
    return file.takeError();
  return nameTensors(*file);
}

llvm::Expected<Checkpoint::Tensors> Checkpoint::open(StringRef path) {
  auto buffer = mapInputFile(path);
  if (!buffer)
    return buffer.takeError();
  llvm::Expected<Tensors> result = isGguf((*buffer)->getBuffer())
                                       ? readGguf(**buffer)
                                       : readSafetensors(**buffer);
  if (!result)
    return makeError(path, llvm::toString(result.takeError()));
  buffers.push_back(std::move(*buffer));
  return result;
}

llvm::Error Checkpoint::insert(StringRef path, StringRef name,
                               StoredTensor tensor) {
  if (!tensors.try_emplace(name, std::move(tensor)).second)
    return makeError(path, "tensor '" + name +
                               "': expected it in one file, but it is in '" +
                               files[name] + "' too");
  files[name] = path.str();
  prefixes.insert(name.split('.').first);
  return llvm::Error::success();
}

llvm::Error Checkpoint::addIndex(StringRef path) {
  auto buffer = mapInputFile(path);
  if (!buffer)
    return buffer.takeError();
  // `{"metadata": {...}, "weight_map": {"name": "file"}}`
  constexpr unsigned kMaxDepth = 8;
  llvm::Expected<llvm::json::Object> index =
      parseJsonObject((*buffer)->getBuffer(), {kMaxDepth});
  if (!index)
    return makeError(path, llvm::toString(index.takeError()));
  const llvm::json::Object *places = index->getObject("weight_map");
  if (!places)
    return makeError(
        path, "expected 'weight_map' to be an object, but got " +
                  toShortString(llvm::json::Value(llvm::json::Object(*index))));
  llvm::StringMap<Tensors> shards;
  for (const auto &[key, value] : *places) {
    StringRef name = key;
    std::optional<StringRef> file = value.getAsString();
    // What an index names stands beside it.
    if (!file || file->empty() || *file == ".." ||
        llvm::sys::path::filename(*file) != *file)
      return makeError(path, "tensor '" + name +
                                 "': expected the name of a file beside the "
                                 "index, but got " +
                                 toShortString(value));
    auto [shard, isNew] = shards.try_emplace(*file);
    if (isNew) {
      llvm::SmallString<128> shardPath(path);
      llvm::sys::path::remove_filename(shardPath);
      llvm::sys::path::append(shardPath, *file);
      llvm::Expected<Tensors> opened = open(shardPath);
      if (!opened)
        return makeError(path, "tensor '" + name +
                                   "': " + llvm::toString(opened.takeError()));
      shard->second = std::move(*opened);
    }
    auto tensor = shard->second.find(name);
    if (tensor == shard->second.end())
      return makeError(path, "tensor '" + name + "': expected it in '" + *file +
                                 "', but it is not there");
    if (llvm::Error error = insert(path, name, tensor->second))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error Checkpoint::add(StringRef path) {
  ++numAdded;
  if (path.ends_with(".json"))
    return addIndex(path);
  llvm::Expected<Tensors> opened = open(path);
  if (!opened)
    return opened.takeError();
  for (const auto &tensor : *opened)
    if (llvm::Error error = insert(path, tensor.getKey(), tensor.getValue()))
      return error;
  return llvm::Error::success();
}

const StoredTensor *Checkpoint::lookup(StringRef name) const {
  auto [first, rest] = name.split('.');
  auto it = tensors.find(prefixes.contains(first) ? name : rest);
  if (it == tensors.end())
    return nullptr;
  used.insert(it->getKey());
  return &it->second;
}

llvm::SmallVector<StringRef> Checkpoint::getUnused() const {
  llvm::SmallVector<StringRef> names;
  for (StringRef name : tensors.keys())
    if (!used.contains(name))
      names.push_back(name);
  llvm::sort(names);
  return names;
}
