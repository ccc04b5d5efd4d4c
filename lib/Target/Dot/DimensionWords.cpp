//===- DimensionWords.cpp - Words beside sizes -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimensionWords.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::dag;

bool dot::isLayoutKey(StringRef name) {
  if (name.size() > 7)
    return false;
  return llvm::StringSwitch<bool>(name)
      .CasesLower({"tp", "pp", "ep", "dp", "sp", "cp", "gpu", "gpus"}, true)
      .CasesLower({"rank", "stage", "layer", "layers", "node", "p"}, true)
      .CasesLower({"device", "devices", "rate"}, true)
      .CasesLower({"cuda", "npu", "tpu", "xpu", "hip", "dev"}, true)
      .CasesLower({"tp_rank", "tp_size", "pp_rank", "pp_size"}, true)
      .Default(false);
}

bool dot::isManner(StringRef word) {
  return llvm::StringSwitch<bool>(word)
      .CasesLower({"partial", "partials", "sharded", "replicated"}, true)
      .CasesLower({"local", "full", "each", "total", "sum", "summed"}, true)
      .Default(false);
}

bool dot::countsSteps(StringRef word) {
  return llvm::StringSwitch<bool>(word)
      .CasesLower({"steps", "rotations", "hops", "rounds", "iterations"}, true)
      .CasesLower({"times", "passes", "transfers", "messages"}, true)
      .Default(false);
}

dot::DimClass dot::classifyName(StringRef name) {
  if (name.size() == 1)
    return StringRef("bstnBSTN").contains(name) ? DimClass::Tokens
           : StringRef("hdvekcafgrHDVEKCAFGR").contains(name)
               ? DimClass::Features
               : DimClass::None;
  return llvm::StringSwitch<DimClass>(name)
      .CasesLower({"batch", "batch_size", "bs", "mbs", "bsz"}, DimClass::Tokens)
      .CasesLower({"seq", "seq_len", "seqlen", "seq_length", "sequence"},
                  DimClass::Tokens)
      .CasesLower({"sequence_length", "len", "length", "tokens", "tok"},
                  DimClass::Tokens)
      .CasesLower({"hidden", "hidden_size", "hidden_dim", "dim", "d_model"},
                  DimClass::Features)
      .CasesLower({"model_dim", "embed", "embed_dim", "width", "features"},
                  DimClass::Features)
      .CasesLower({"d_k", "d_v", "d_ff", "head_dim", "head_size"},
                  DimClass::Features)
      .CasesLower({"heads", "num_heads", "n_heads", "nheads", "kv_heads"},
                  DimClass::Features)
      .CasesLower({"ffn", "ffn_dim", "ffn_hidden", "inter", "intermediate"},
                  DimClass::Features)
      .CasesLower({"intermediate_size", "vocab", "vocab_size", "experts"},
                  DimClass::Features)
      .Default(DimClass::None);
}
