//===- RuleComposites.cpp - The built-in rules of whole boxes -------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asked where no rule of a part holds. The notation is described in
// docs/DotRules.md.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

using namespace mlir;

static constexpr llvm::StringLiteral kComposites = R"(
#===----- Widths of a map, where the numbers are nothing else --------------===#
widths [label]: <widths>

#===----- Roles: composites ------------------------------------------------===#
expert-alone: @expert !parallel => role expert
moe-alone: @moe => role moe
attention-alone: @attn => role attention
ffn-alone: @ffn ; ffns => role ffn
projection-of-attention: ^ (mha|attn|attention)? proj $ ; ^ projection $
    => role output_projection if block attention
linear-up: linear ; fc ; dense ; proj ; projection => role ffn_up if output
    ffn_hidden ffn_dim ffn_size ffn_hidden_size mlp_hidden mlp_hidden_size
    mlp_dim intermediate intermediate_size d_ff dff
linear-down: linear ; fc ; dense ; proj ; projection => role ffn_down if input
    ffn_hidden ffn_dim ffn_size ffn_hidden_size mlp_hidden mlp_hidden_size
    mlp_dim intermediate intermediate_size d_ff dff
linear: linear ; lin ; dense ; gemm ; matmul ; proj ; projection ; mm
    => role linear
layer-alone: ^ (transformer|decoder|encoder|llama|gpt|hidden|remaining|more|
    other|first|final|last|prefill|decode|llm)? (layer|layers|block|blocks|
    stack)?
    $ ; ^ (clip|siglip|dino)? (vit|vision) (s|b|l|h|g)? (layer|block)?
    $ => role layer if own layer
layer-words: (transformer|decoder|encoder|prefill|decode)
    (layer|layers|block|blocks|stack)
    ; (more|remaining|other) layers => role layer
ellipsis: ^ '...' $ ; '...' (layers|layer) => role layer
stage-alone: ^ @pipe? stage?
    (processing|compute|computation|start|begin|layers)? $
    => role stage if own stage
device-alone: ^ $ => role stage if devices
)";

StringRef mlir::dag::dot::getBuiltinComposites() { return kComposites; }
