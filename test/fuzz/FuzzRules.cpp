//===- FuzzRules.cpp - Files of rules -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "dag/Target/Dot/Recognition.h"

using namespace mlir::dag;
using namespace mlir::dag::dot;

/// Nodes as people draw them, and one that is a thousand words.
static llvm::ArrayRef<Drawn> getNodes() {
  static const std::string kLong = [] {
    std::string text;
    for (int i = 0; i < 1000; ++i)
      text += i % 2 ? " a" : " gpu 0";
    return text;
  }();
  auto make = [](llvm::StringRef name, llvm::StringRef label) {
    Drawn node;
    node.name = name;
    node.label = label;
    return node;
  };
  static const Drawn kNodes[] = {
      make("layer0_qkv_tp0", "Layer 0 QKV Projection (TP 0)\\nInput: [8, 2048, "
                             "8192]\\nOutput: [8, 2048, 2560]\\nGPU: 0"),
      make("l3_ffn_up_g5", "L3 FFN up (GPU 5)\\n[8,2048,8192] -> [8,2048,14]"),
      make("n17", "op: all_reduce\\nlayer: 0-7\\nrank: 1/8\\ndtype: bf16"),
      make("", ""), make("a", kLong)};
  return kNodes;
}

int fuzz::fuzzRules(llvm::StringRef text) {
  // Where nothing was added, the next file finds the built-in rules alone.
  static std::optional<RuleTable> table;
  if (!table)
    table.emplace();
  if (llvm::Error error =
          table->addRules(llvm::MemoryBufferRef(text, "fuzzed.rules"))) {
    demand(!llvm::toString(std::move(error)).empty(), "a message");
    return 0;
  }
  for (const Drawn &node : getNodes()) {
    (void)table->recognizeNode(node, {}, /*explain=*/true);
    (void)table->recognizeEdge(node);
    (void)table->recognizeCluster(node);
  }
  table->print(llvm::nulls());
  table.reset();
  return 0;
}
