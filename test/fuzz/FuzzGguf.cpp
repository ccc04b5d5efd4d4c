//===- FuzzGguf.cpp - Files of llama.cpp -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "dag/Target/GGUF/ImportGguf.h"

using namespace mlir::dag;

static void demandTensor(const StoredTensor &tensor) {
  int64_t expected = 1;
  for (int64_t size : tensor.shape)
    expected *= size;
  fuzz::demand(tensor.getNumElements() == expected,
               "as many elements as the shape says");
  (void)tensor.getElement(0);
  (void)tensor.getElement(expected / 2);
  (void)tensor.getElement(expected - 1);
}

int fuzz::fuzzGguf(llvm::StringRef text) {
  auto file = GgufFile::parse(llvm::MemoryBufferRef(text, "fuzzed.gguf"));
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  for (const GgufFile::Entry &entry : file->metadata)
    (void)entry.value.str();
  for (const GgufFile::Tensor &named : file->tensors)
    demandTensor(named.tensor);
  auto tensors = nameTensors(*file);
  if (!tensors)
    llvm::consumeError(tensors.takeError());
  else
    for (const auto &entry : *tensors)
      demandTensor(entry.second);
  auto config = gguf::makeConfig(*file, {}, /*statesStorage=*/true);
  if (!config)
    llvm::consumeError(config.takeError());
  return 0;
}
