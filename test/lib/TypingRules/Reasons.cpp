//===- Reasons.cpp - Why rules refuse what would be right -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reasons.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag;
using namespace mlir::dag::typing;
using llvm::StringRef;

static constexpr Reason kReasons[] = {
    {"operand at a root",
     "Where the operand is, the result could be computed; but only collectives "
     "work at a root."},
    {"ranks with nothing but padding",
     "An axis leaves some ranks nothing but padding, and the others all that "
     "they need."},
    {"absorbed_qkv_projection C1 DAG505, absorbed_values C1 DAG505, bias_add "
     "C1 DAG505, attention C1 C4 DAG505, "
     "attention_output C1 DAG505, attention_scores C1 DAG505, combine C1 "
     "DAG505, dequantize C1 C2 DAG505, dispatch C1 DAG505, dropout C1 DAG505, "
     "embedding C1 DAG505, "
     "expert C1 C6 DAG505, "
     "kv_cache_gather C1 DAG505, kv_cache_update C1 DAG505, latent_attention "
     "C4 DAG505, "
     "latent_qkv_projection C1 DAG505, layer_norm C3 DAG505, linear C4 DAG505, "
     "moe C2 DAG505, multiply C1 DAG505, output_projection C1 C5 DAG505, "
     "position_embedding C1 DAG505, qk_norm C2 DAG505, "
     "qkv_projection C1 C6 DAG505, rms_norm C3 DAG505, rotary_embedding C1 "
     "DAG505, send C1 DAG505",
     "The op is linear in an operand whose sum is pending, so that the result "
     "could be pending: nobody means it."},
    {"alibi C4 DAG508, dynamic_slice C5 DAG508, expert_parallel_combine C4 "
     "DAG508, pad C3 DAG508, vocab_parallel_embedding C3 DAG508",
     "Ops of programs of ranks work on what a rank holds, and would happen to "
     "do the same on some parts."},
    {"absorbed_qkv_projection C2 DAG508, absorbed_values C2 DAG508, "
     "latent_qkv_projection C2 DAG508",
     "A latent vector that is split would make queries, keys or values a "
     "pending sum, which no scores and no weights take."},
    {"latent_qkv_projection C4 DAG508, qkv_projection C4 DAG508, "
     "qkv_projection "
     "C4 DAG708",
     "Queries, keys and values may lie on different ranks as long as nobody "
     "multiplies them."},
    {"attention C2 DAG704, attention_output C3 DAG704, attention_output C5 "
     "DAG705, attention_scores C3 DAG704, attention_scores C5 DAG705",
     "Heads and KV heads with a remainder each, or one of them: a rank happens "
     "to have the KV heads that it needs, or has all of them."},
    {"moe C3 DAG508, moe C3 DAG708",
     "`w_down` could split the hidden size, but the result has the type of "
     "`x`."},
    {"combine C5 DAG705, dispatch C3 C6 DAG705, moe C6 DAG705",
     "Tokens with a remainder find room in equal shares of the slots, and all "
     "tokens in shares with a remainder, as long as there are slots enough."},
    {"dequantize C5 DAG508, dequantize C5 DAG705",
     "Blocks with a remainder, or of less than a rank's share, may happen to "
     "lie "
     "where their scales do."},
    {"moe C6 DAG508",
     "Ranks with some of the tokens may happen to drop none that one device "
     "would keep."},
    {"dispatch C5 DAG508",
     "Ranks that group some choices of all tokens fill slots that no `combine` "
     "finds."},
    {"broadcast C2 DAG509, scatter C3 DAG509",
     "A root has nothing to hand out where all ranks have the tensor."},
    {"all_gather C3 DAG509, gather C3 DAG509",
     "Copies that are gathered behind the shards go where padding is cut off."},
    {"reduce_scatter C4 DAG705, scatter C4 DAG705, slice C4 DAG705",
     "A dimension that divides may be called uneven, or be padded twice."},
    {"position_embedding C4 DAG508, position_embedding C5 DAG508",
     "All sequences get the same vectors, and no token matters, so that a "
     "shard "
     "of one is a shard of another."},
    {"kv_cache_gather C2 DAG508, kv_cache_gather C3 DAG508",
     "Ranks with some of the blocks of each sequence, or some of the tokens of "
     "each page, gather a part of the tokens: keys that are split over them."},
};

llvm::ArrayRef<Reason> mlir::dag::typing::getReasons() { return kReasons; }

const Reason *mlir::dag::typing::findReason(StringRef op, StringRef constraint,
                                            StringRef code) {
  for (const Reason &reason : kReasons) {
    if (reason.where == constraint)
      return &reason;
    for (StringRef item : llvm::split(reason.where, ", ")) {
      auto [name, rest] = item.split(' ');
      auto [constraints, itsCode] = rest.rsplit(' ');
      if (name == op && itsCode == code &&
          llvm::is_contained(llvm::split(constraints, ' '), constraint))
        return &reason;
    }
  }
  return nullptr;
}
