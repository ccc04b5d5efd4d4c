//===- dag-write-plan.cpp - Writes a plan of any size -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Writes the plan of a decoder of the Llama family: TP x PP, Megatron's layout,
// every layer in full. The default is Llama-3.1-405B on TP=8, PP=16.
//
//===----------------------------------------------------------------------===//

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

using llvm::formatv;
namespace cl = llvm::cl;

static cl::opt<unsigned> layers("layers", cl::init(126), cl::desc("Layers"));
static cl::opt<unsigned> tp("tp", cl::init(8), cl::desc("TP ranks"));
static cl::opt<unsigned> pp("pp", cl::init(16), cl::desc("Stages"));
static cl::opt<unsigned> batch("batch", cl::init(1), cl::desc("Batch size"));
static cl::opt<unsigned> seq("seq", cl::init(2048), cl::desc("Tokens"));
static cl::opt<unsigned> hidden("hidden", cl::init(16384),
                                cl::desc("Hidden size"));
static cl::opt<unsigned> heads("heads", cl::init(128), cl::desc("Heads"));
static cl::opt<unsigned> kvHeads("kv-heads", cl::init(8),
                                 cl::desc("Key and value heads"));
static cl::opt<unsigned> headDim("head-dim", cl::init(128),
                                 cl::desc("Size of a head"));
static cl::opt<unsigned> ffn("ffn", cl::init(53248),
                             cl::desc("Inner size of the network"));
static cl::opt<unsigned> vocab("vocab", cl::init(128256),
                               cl::desc("Size of the vocabulary"));

/// A tensor type; `shardedDim` is split over TP, `partial` pends over it.
static std::string type(llvm::ArrayRef<unsigned> shape, int shardedDim = -1,
                        bool partial = false,
                        llvm::StringRef element = "bf16") {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "tensor<";
  for (unsigned size : shape)
    os << size << 'x';
  os << element;
  if (shardedDim >= 0 || partial) {
    os << ", #dag.sharding<[";
    for (unsigned i = 0; i < shape.size(); ++i)
      os << (i ? ", " : "") << (int(i) == shardedDim ? "{tp}" : "{}");
    os << ']';
    if (partial)
      os << ", partial = {tp}";
    os << '>';
  }
  os << '>';
  return text;
}

static std::string list(llvm::ArrayRef<std::string> items) {
  return llvm::join(items.begin(), items.end(), ", ");
}

namespace {
/// Writes ops of one block; values are numbered from 0.
class BlockWriter {
public:
  BlockWriter(llvm::raw_ostream &os, unsigned indent)
      : os(os), pad(indent, ' ') {}

  llvm::raw_ostream &line() { return os << pad; }
  std::string fresh() { return formatv("%v{0}", next++).str(); }

  std::string parameter(llvm::StringRef name, llvm::StringRef type) {
    std::string value = fresh();
    line() << value << " = dag.parameter \"" << name << "\" : " << type << '\n';
    return value;
  }
  /// An op with one result: `%v = dag.NAME OPERANDS BODY : (TYPES) -> RESULT`.
  std::string op(llvm::StringRef name, llvm::ArrayRef<std::string> operands,
                 llvm::StringRef body, llvm::ArrayRef<std::string> types,
                 llvm::StringRef result) {
    std::string value = fresh();
    line() << value << " = dag." << name << ' ' << list(operands)
           << (body.empty() ? "" : " ") << body << " : (" << list(types)
           << ") -> " << result << '\n';
    return value;
  }

private:
  llvm::raw_ostream &os;
  std::string pad;
  unsigned next = 0;
};
} // namespace

static std::string activationType() { return type({batch, seq, hidden}); }
static std::string partialType() {
  return type({batch, seq, hidden}, -1, /*partial=*/true);
}

static std::string reduce(BlockWriter &w, const std::string &x) {
  return w.op("all_reduce", {x}, "over {tp}", {partialType()},
              activationType());
}

static std::string normalize(BlockWriter &w, const std::string &x,
                             const std::string &name) {
  std::string weight = w.parameter(name, type({hidden}));
  return w.op("rms_norm", {x, weight}, "epsilon = 1.0e-5",
              {activationType(), type({hidden})}, activationType());
}

static std::string writeAttention(BlockWriter &w, const std::string &x,
                                  const std::string &prefix) {
  std::string qRows = type({heads * headDim, hidden}, 0);
  std::string kvRows = type({kvHeads * headDim, hidden}, 0);
  std::string outColumns = type({hidden, heads * headDim}, 1);
  std::string q = type({batch, seq, heads, headDim}, 2);
  std::string kv = type({batch, seq, kvHeads, headDim}, 2);
  std::string scores = type({batch, heads, seq, seq}, 1);

  std::string wq = w.parameter(prefix + ".q_proj.weight", qRows);
  std::string wk = w.parameter(prefix + ".k_proj.weight", kvRows);
  std::string wv = w.parameter(prefix + ".v_proj.weight", kvRows);
  std::string wo = w.parameter(prefix + ".o_proj.weight", outColumns);
  std::string parts[3] = {w.fresh(), w.fresh(), w.fresh()};
  w.line() << list(parts) << " = dag.qkv_projection " << list({x, wq, wk, wv})
           << formatv(" heads = {0} kv_heads = {1} head_dim = {2} : ({3}) -> "
                      "({4})\n",
                      unsigned(heads), unsigned(kvHeads), unsigned(headDim),
                      list({activationType(), qRows, kvRows, kvRows}),
                      list({q, kv, kv}));
  std::string rotatedQ =
      w.op("rotary_embedding", {parts[0]}, "theta = 5.0e5", {q}, q);
  std::string rotatedK =
      w.op("rotary_embedding", {parts[1]}, "theta = 5.0e5", {kv}, kv);
  std::string s = w.op("attention_scores", {rotatedQ, rotatedK},
                       "scale = 0.088388347648318447", {q, kv}, scores);
  std::string p =
      w.op("attention_weights", {s}, "mask causal", {scores}, scores);
  std::string d = w.op("dropout", {p}, "p = 0.0", {scores}, scores);
  std::string o = w.op("attention_output", {d, parts[2]}, "", {scores, kv}, q);
  std::string projected =
      w.op("output_projection", {o, wo}, "", {q, outColumns}, partialType());
  return reduce(w, projected);
}

static std::string writeNetwork(BlockWriter &w, const std::string &x,
                                const std::string &prefix) {
  std::string rows = type({ffn, hidden}, 0);
  std::string columns = type({hidden, ffn}, 1);
  std::string inner = type({batch, seq, ffn}, 2);
  std::string gateWeight = w.parameter(prefix + ".gate_proj.weight", rows);
  std::string upWeight = w.parameter(prefix + ".up_proj.weight", rows);
  std::string downWeight = w.parameter(prefix + ".down_proj.weight", columns);
  std::string gate = w.op("linear", {x, gateWeight}, "as ffn_gate",
                          {activationType(), rows}, inner);
  std::string up = w.op("linear", {x, upWeight}, "as ffn_up",
                        {activationType(), rows}, inner);
  std::string active = w.op("activation silu", {gate}, "", {inner}, inner);
  std::string product =
      w.op("multiply", {active, up}, "", {inner, inner}, inner);
  std::string down = w.op("linear", {product, downWeight}, "as ffn_down",
                          {inner, columns}, partialType());
  return reduce(w, down);
}

static std::string add(BlockWriter &w, const std::string &x,
                       const std::string &y) {
  return w.op("add", {x, y}, "as residual_add",
              {activationType(), activationType()}, activationType());
}

static void writeLayer(llvm::raw_ostream &os, unsigned index) {
  std::string prefix = formatv("model.layers.{0}", index).str();
  BlockWriter w(os, 6);
  std::string x = "%x";
  std::string normed = normalize(w, x, prefix + ".input_layernorm.weight");
  std::string attended =
      add(w, x, writeAttention(w, normed, prefix + ".self_attn"));
  std::string normedAgain =
      normalize(w, attended, prefix + ".post_attention_layernorm.weight");
  std::string result =
      add(w, attended, writeNetwork(w, normedAgain, prefix + ".mlp"));
  w.line() << "dag.yield " << result << " : " << activationType() << '\n';
}

static std::string writeEmbedding(BlockWriter &w) {
  std::string ids = type({batch, seq}, -1, false, "i32");
  std::string table = type({vocab, hidden}, 0);
  std::string weight = w.parameter("model.embed_tokens.weight", table);
  return reduce(
      w, w.op("embedding", {"%in", weight}, "", {ids, table}, partialType()));
}

static std::string writeHead(BlockWriter &w, const std::string &x) {
  std::string table = type({vocab, hidden}, 0);
  std::string sharded = type({batch, seq, vocab}, 2);
  std::string normed = normalize(w, x, "model.norm.weight");
  std::string weight = w.parameter("lm_head.weight", table);
  std::string logits = w.op("linear", {normed, weight}, "as head",
                            {activationType(), table}, sharded);
  return w.op("all_gather", {logits}, "dim 2 over {tp}", {sharded},
              type({batch, seq, vocab}));
}

static void writeStage(llvm::raw_ostream &os, unsigned stage, unsigned first,
                       unsigned end) {
  bool isFirst = stage == 0, isLast = stage + 1 == pp;
  std::string transfer = "!dag.transfer<" + activationType() + ">";
  std::string in = isFirst ? type({batch, seq}, -1, false, "i32") : transfer;
  std::string out = isLast ? type({batch, seq, vocab}) : transfer;
  os << formatv(
      "  %s{0} = dag.stage {0} on pp = {0} layers [{1}, {2}) devices [", stage,
      first, end);
  for (unsigned rank = 0; rank < tp; ++rank)
    os << (rank ? ", " : "") << stage * tp + rank;
  os << "] (%in = " << (isFirst ? "%tokens" : formatv("%s{0}", stage - 1).str())
     << " : " << in << ") -> (" << out << ") {\n";
  BlockWriter w(os, 4);
  std::string x =
      isFirst ? writeEmbedding(w)
              : w.op("recv", {"%in"},
                     formatv("from {0} via @buffer{0}", stage - 1).str(),
                     {transfer}, activationType());
  for (unsigned layer = first; layer < end; ++layer) {
    std::string y = w.fresh();
    w.line() << formatv("{0} = dag.layer {1} (%x = {2} : {3}) -> ({3}) {{\n", y,
                        layer, x, activationType());
    writeLayer(os, layer);
    w.line() << "}\n";
    x = y;
  }
  x = isLast ? writeHead(w, x)
             : w.op("send", {x},
                    formatv("to {0} via @buffer{1}", stage + 1, stage).str(),
                    {activationType()}, transfer);
  w.line() << "dag.yield " << x << " : " << out << "\n  }\n";
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "writes the plan of a decoder\n");
  llvm::raw_ostream &os = llvm::outs();
  os << formatv("dag.mesh @mesh <pp = {0}, tp = {1}>\n", unsigned(pp),
                unsigned(tp));
  os << formatv(
      "dag.model @plan on @mesh <num_layers = {0}, hidden_size = {1}, "
      "num_heads = {2}, num_kv_heads = {3}, head_dim = {4}, "
      "intermediate_size = {5}, vocab_size = {6}> {{\n",
      unsigned(layers), unsigned(hidden), unsigned(heads), unsigned(kvHeads),
      unsigned(headDim), unsigned(ffn), unsigned(vocab));
  for (unsigned stage = 0; stage + 1 < pp; ++stage)
    os << formatv("  dag.comm_buffer @buffer{0} : {1}, slots = 1\n", stage,
                  activationType());
  os << "  %tokens = dag.input \"tokens\" : "
     << type({batch, seq}, -1, false, "i32") << '\n';
  // The first stages take what does not divide.
  unsigned first = 0;
  for (unsigned stage = 0; stage < pp; ++stage) {
    unsigned end = first + layers / pp + (stage < layers % pp ? 1 : 0);
    writeStage(os, stage, first, end);
    first = end;
  }
  os << formatv("  dag.output %s{0} \"logits\" : {1}\n}\n", pp - 1,
                type({batch, seq, vocab}));
  return 0;
}
