//===- GgufNames.cpp - Tensors of GGUF by other names ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What llama.cpp's converter (`convert_hf_to_gguf.py`,
// `gguf/tensor_mapping.py`) calls the tensors of a checkpoint, and what it does
// to them.
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Escape.h"
#include "dag/Support/Gguf.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// A module in GGUF, and in a checkpoint.
struct Module {
  StringRef stored, name;
};

struct Architecture {
  StringRef name;
  /// What follows the number of the layer.
  llvm::SmallVector<Module, 16> layer;
  /// Rows of queries and keys are stored in the pairs that are rotated.
  bool pairsRows = false;
  /// Weights of norms are stored as one and themselves.
  bool addsOneToNorms = false;
};
} // namespace

static constexpr Module kOutside[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
};

static constexpr Module kLayer[] = {
    {"attn_norm", "input_layernorm"},    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},      {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"}, {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},           {"ffn_down", "mlp.down_proj"},
};

static const llvm::SmallVector<Architecture, 5> &getArchitectures() {
  static const auto rows = [] {
    auto make = [](StringRef name, llvm::ArrayRef<Module> more) {
      Architecture row;
      row.name = name;
      row.layer.append(std::begin(kLayer), std::end(kLayer));
      row.layer.append(more.begin(), more.end());
      return row;
    };
    const Module networkNorm = {"ffn_norm", "post_attention_layernorm"};
    const Module queryNorm = {"attn_q_norm", "self_attn.q_norm"};
    const Module keyNorm = {"attn_k_norm", "self_attn.k_norm"};
    const Module gemmaNorms[] = {
        {"post_attention_norm", "post_attention_layernorm"},
        {"ffn_norm", "pre_feedforward_layernorm"},
        {"post_ffw_norm", "post_feedforward_layernorm"},
        queryNorm,
        keyNorm};
    llvm::SmallVector<Architecture, 5> rows;
    rows.push_back(make("llama", networkNorm));
    rows.back().pairsRows = true;
    rows.push_back(make("qwen2", networkNorm));
    rows.push_back(make("qwen3", {networkNorm, queryNorm, keyNorm}));
    for (bool isThird : {false, true}) {
      rows.push_back(
          make(isThird ? "gemma3" : "gemma2",
               llvm::ArrayRef(gemmaNorms).take_front(isThird ? 5 : 3)));
      rows.back().addsOneToNorms = true;
    }
    return rows;
  }();
  return rows;
}

static llvm::Expected<const Architecture *>
findArchitecture(const GgufFile &file) {
  constexpr StringRef kKey = "general.architecture";
  const GgufValue *value = file.lookup(kKey);
  std::optional<StringRef> name =
      value ? value->getString() : std::optional<StringRef>();
  const auto &rows = getArchitectures();
  const Architecture *row = llvm::find_if(
      rows, [&](const Architecture &row) { return row.name == name; });
  if (row != rows.end())
    return row;
  return llvm::createStringError(
      "expected '" + kKey + "' to be " +
      llvm::join(llvm::map_range(
                     rows, [](const Architecture &row) { return row.name; }),
                 ", ") +
      ", but got " + (value ? value->str() : "nothing"));
}

llvm::Expected<StringRef> dag::getGgufArchitecture(const GgufFile &file) {
  llvm::Expected<const Architecture *> row = findArchitecture(file);
  if (!row)
    return row.takeError();
  return (*row)->name;
}

static StringRef lookup(llvm::ArrayRef<Module> modules, StringRef stored) {
  const auto *found = llvm::find_if(
      modules, [&](const Module &module) { return module.stored == stored; });
  return found == modules.end() ? StringRef() : found->name;
}

/// The name in a checkpoint; empty for what the architecture does not have.
static std::string getName(const Architecture &row, StringRef stored) {
  // A part of the rotation that the configuration has figures for.
  if (row.pairsRows && stored == kRotationFactors)
    return stored.str();
  auto [path, suffix] = stored.rsplit('.');
  if (suffix != "weight" && suffix != "bias")
    return "";
  if (!path.consume_front("blk.")) {
    StringRef name = lookup(kOutside, path);
    return name.empty() ? "" : (name + "." + suffix).str();
  }
  auto [number, module] = path.split('.');
  StringRef name = lookup(row.layer, module);
  bool isNumber = !number.empty() && llvm::all_of(number, llvm::isDigit) &&
                  (number == "0" || !number.starts_with("0"));
  if (!isNumber || name.empty())
    return "";
  return ("model.layers." + number + "." + name + "." + suffix).str();
}

/// The heads of queries and of keys.
static llvm::Expected<std::pair<int64_t, int64_t>>
getHeads(const GgufFile &file, StringRef architecture) {
  int64_t heads[2] = {0, 0};
  constexpr StringRef kKeys[] = {"head_count", "head_count_kv"};
  for (auto [count, key] : llvm::zip(heads, kKeys)) {
    std::string name = (architecture + ".attention." + key).str();
    const GgufValue *value = file.lookup(name);
    std::optional<int64_t> number =
        value ? value->getSameInteger() : std::optional(heads[0]);
    if (!number || *number <= 0)
      return llvm::createStringError("expected '" + name +
                                     "' to be a positive integer, but got " +
                                     (value ? value->str() : "nothing"));
    count = *number;
  }
  return std::pair(heads[0], heads[1]);
}

/// Undoes what the converter did to a tensor.
static llvm::Error adjust(const Architecture &row, StringRef stored,
                          StringRef name, std::pair<int64_t, int64_t> heads,
                          StoredTensor &tensor) {
  if (row.addsOneToNorms && name.ends_with("norm.weight"))
    tensor.added = 1;
  bool isQuery = name.contains(".q_proj."), isKey = name.contains(".k_proj.");
  if (!row.pairsRows || (!isQuery && !isKey))
    return llvm::Error::success();
  int64_t count = isQuery ? heads.first : heads.second;
  if (tensor.shape.front() % count != 0 ||
      tensor.shape.front() / count % 2 != 0)
    return llvm::createStringError(
        "tensor '" + stored + "': expected rows of " + Twine(count) +
        " heads of even size, but got " + Twine(tensor.shape.front()));
  tensor.pairedHeads = count;
  return llvm::Error::success();
}

llvm::Expected<llvm::StringMap<StoredTensor>>
dag::nameTensors(const GgufFile &file) {
  llvm::Expected<const Architecture *> found = findArchitecture(file);
  if (!found)
    return found.takeError();
  const Architecture *row = *found;
  auto heads = getHeads(file, row->name);
  if (!heads)
    return heads.takeError();
  llvm::StringMap<StoredTensor> tensors;
  for (const GgufFile::Tensor &stored : file.tensors) {
    std::string name = getName(*row, stored.name);
    if (name.empty())
      return llvm::createStringError(
          "tensor '" + escapeHiddenCharacters(stored.name) +
          "': expected a part of the architecture '" + row->name +
          "', but it is none that is known");
    StoredTensor tensor = stored.tensor;
    if (llvm::Error error = adjust(*row, stored.name, name, *heads, tensor))
      return error;
    tensors.try_emplace(name, std::move(tensor));
  }
  return tensors;
}
