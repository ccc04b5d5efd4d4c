//===- FuzzSafetensors.cpp - Files of tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "dag/Support/Safetensors.h"

using namespace mlir::dag;

int fuzz::fuzzSafetensors(llvm::StringRef text) {
  auto tensors =
      readSafetensors(llvm::MemoryBufferRef(text, "fuzzed.safetensors"));
  if (!tensors) {
    llvm::consumeError(tensors.takeError());
    return 0;
  }
  for (const auto &entry : *tensors) {
    const StoredTensor &tensor = entry.second;
    int64_t expected = 1;
    for (int64_t size : tensor.shape)
      expected *= size;
    demand(tensor.getNumElements() == expected,
           "as many elements as the shape says");
    if (expected == 0)
      continue;
    (void)tensor.getElement(0);
    (void)tensor.getElement(expected - 1);
  }
  return 0;
}
