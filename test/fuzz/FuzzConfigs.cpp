//===- FuzzConfigs.cpp - Configurations of Hugging Face -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "Session.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace mlir::dag;

/// True for a model of thousands of layers, which takes long as it was asked
/// for; more than the reader takes is refused.
static bool isLarge(StringRef text) {
  constexpr uint64_t kMaxFew = 512, kMaxLayers = 100000;
  for (StringRef key : {"num_hidden_layers", "n_layer", "num_layers"})
    for (size_t at = text.find(key); at != StringRef::npos;
         at = text.find(key, at + 1)) {
      StringRef value = text.drop_front(at).split(':').second.ltrim();
      uint64_t number;
      if (!value.consumeInteger(10, number) && number > kMaxFew &&
          number <= kMaxLayers)
        return true;
    }
  return false;
}

int fuzz::fuzzConfig(StringRef text) {
  if (isLarge(text))
    return 0;
  Session &session = Session::begin();
  for (bool decode : {false, true}) {
    huggingface::ImportOptions options;
    options.decode = decode;
    OwningOpRef<ModuleOp> module =
        huggingface::importConfig(llvm::MemoryBufferRef(text, "config.json"),
                                  session.getContext(), options);
    if (!module)
      return 0;
    demand(succeeded(verify(*module)), "what was read to verify");
  }
  return 0;
}
