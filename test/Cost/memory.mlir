// RUN: not dag-opt %s --split-input-file --dag-verify-memory="device=byte \
// RUN:   devices=%S/../Verification/Inputs/devices.json reserve=0 \
// RUN:   nccl-reserve=0" -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,FUSED
// RUN: not dag-opt %s --split-input-file --dag-verify-memory="device=byte \
// RUN:   devices=%S/../Verification/Inputs/devices.json reserve=0 \
// RUN:   nccl-reserve=0 attention=materialized experts=padded" \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,PLAIN

// What a rank holds. Nothing fits into the device of one byte, so that each
// message says how much there is of each kind.

// Tied parameters are one tensor, of 8192 elements. A tensor lives from the op
// that makes it to the last that uses it: at the product the input (256
// elements), which is given out at the end, and three of 512.

// CHECK: [DAG901] expected a rank of the model to fit into the 1 bytes of byte, but it needs 19.50 KiB: weights 16.00 KiB, KV cache 0 bytes, activations 3.50 KiB, transfer buffers 0 bytes, libraries 0 bytes
// CHECK: note: the parameter 'table' takes 16.00 KiB
// CHECK: note: here 3.50 KiB of activations live
// CHECK-NEXT: dag.multiply
// CHECK: note: among them the 1.00 KiB made here
// CHECK-NEXT: dag.activation
// CHECK: note: among them the 1.00 KiB made here
// CHECK-NEXT: dag.scale
dag.model @liveness {
  %x = dag.input "x" : tensor<4x64xbf16>
  %w = dag.parameter "table" : tensor<128x64xbf16>
  %tied = dag.parameter "table" : tensor<128x64xbf16>
  %0 = dag.linear %x, %w : (tensor<4x64xbf16>, tensor<128x64xbf16>)
      -> tensor<4x128xbf16>
  %1 = dag.activation silu %0 : (tensor<4x128xbf16>) -> tensor<4x128xbf16>
  %2 = dag.scale %1 by 2.0 : (tensor<4x128xbf16>) -> tensor<4x128xbf16>
  %3 = dag.multiply %1, %2 : (tensor<4x128xbf16>, tensor<4x128xbf16>)
      -> tensor<4x128xbf16>
  dag.output %x "x" : tensor<4x64xbf16>
}

// -----

// What a layer takes in lives as long as it is used there, and what it gives
// out is no copy: at most the input of layer 1, its activation and their sum.
// Neither a dropout with p = 0 nor a split makes a tensor.

// CHECK: needs 1.50 KiB: weights 0 bytes, KV cache 0 bytes, activations 1.50 KiB
// CHECK: note: here 1.50 KiB of activations live
// CHECK-NEXT: dag.add %a, %1
dag.model @layers {
  %x = dag.input "x" : tensor<4x64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<4x64xbf16>) -> (tensor<4x64xbf16>) {
    %1 = dag.activation silu %a : (tensor<4x64xbf16>) -> tensor<4x64xbf16>
    %2 = dag.dropout %1 p = 0.0 : (tensor<4x64xbf16>) -> tensor<4x64xbf16>
    %3 = dag.multiply %1, %2 : (tensor<4x64xbf16>, tensor<4x64xbf16>)
        -> tensor<4x64xbf16>
    %4 = dag.activation silu %3 : (tensor<4x64xbf16>) -> tensor<4x64xbf16>
    dag.yield %4 : tensor<4x64xbf16>
  }
  %1 = dag.layer 1 (%a = %0 : tensor<4x64xbf16>) -> (tensor<4x64xbf16>) {
    %1 = dag.activation silu %a : (tensor<4x64xbf16>) -> tensor<4x64xbf16>
    %2 = dag.add %a, %1 : (tensor<4x64xbf16>, tensor<4x64xbf16>)
        -> tensor<4x64xbf16>
    dag.yield %2 : tensor<4x64xbf16>
  }
  %2, %3 = dag.split %1 sizes [32, 32] : (tensor<4x64xbf16>)
      -> (tensor<4x32xbf16>, tensor<4x32xbf16>)
  dag.output %2 "x" : tensor<4x32xbf16>
  dag.output %3 "y" : tensor<4x32xbf16>
}

// -----

// A fused attention keeps queries, keys and values (1024 elements each) until
// the end, beside 64 sums of 4 bytes and the result. One that is not has them
// at the scores of 4 * 16 * 16 elements, and queries and keys no longer.

// FUSED: needs 8.25 KiB: weights 0 bytes, KV cache 0 bytes, activations 8.25 KiB
// FUSED: note: here 8.25 KiB of activations live
// FUSED-NEXT: dag.attention_output
// PLAIN: needs 8.00 KiB: weights 0 bytes, KV cache 0 bytes, activations 8.00 KiB
// PLAIN: note: here 8.00 KiB of activations live
// PLAIN-NEXT: dag.attention_scores
dag.model @attention {
  %x = dag.input "x" : tensor<1x16x4x16xbf16>
  %k = dag.scale %x by 2.0 : (tensor<1x16x4x16xbf16>) -> tensor<1x16x4x16xbf16>
  %v = dag.scale %x by 3.0 : (tensor<1x16x4x16xbf16>) -> tensor<1x16x4x16xbf16>
  %s = dag.attention_scores %x, %k scale = 0.25 : (tensor<1x16x4x16xbf16>,
      tensor<1x16x4x16xbf16>) -> tensor<1x4x16x16xbf16>
  %c = dag.soft_cap %s cap = 30.0
      : (tensor<1x4x16x16xbf16>) -> tensor<1x4x16x16xbf16>
  %w = dag.attention_weights %c mask causal
      : (tensor<1x4x16x16xbf16>) -> tensor<1x4x16x16xbf16>
  %d = dag.dropout %w p = 0.0
      : (tensor<1x4x16x16xbf16>) -> tensor<1x4x16x16xbf16>
  %e = dag.attention_output %d, %v : (tensor<1x4x16x16xbf16>,
      tensor<1x16x4x16xbf16>) -> tensor<1x16x4x16xbf16>
  dag.output %e "x" : tensor<1x16x4x16xbf16>
}

// -----

// A composite needs within itself queries, keys, values and their sums, 16 *
// (64 + 32 + 32 + 64) elements, and scores and weights of 4 * 16 * 16 if it is
// not fused; beside input and result of 16 * 64.

// FUSED: needs 34.00 KiB: weights 24.00 KiB, KV cache 0 bytes, activations 10.00 KiB
// PLAIN: needs 38.00 KiB: weights 24.00 KiB, KV cache 0 bytes, activations 14.00 KiB
dag.model @composite {
  %x = dag.input "x" : tensor<1x16x64xbf16>
  %wq = dag.parameter "q" : tensor<64x64xbf16>
  %wk = dag.parameter "k" : tensor<32x64xbf16>
  %wv = dag.parameter "v" : tensor<32x64xbf16>
  %wo = dag.parameter "o" : tensor<64x64xbf16>
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal : (tensor<1x16x64xbf16>, tensor<64x64xbf16>,
      tensor<32x64xbf16>, tensor<32x64xbf16>, tensor<64x64xbf16>)
      -> tensor<1x16x64xbf16>
  dag.output %0 "x" : tensor<1x16x64xbf16>
}

// -----

// The latent one: queries of 4 * 24 and the latent of 40 elements for each of
// 16 tokens, keys and values of 4 * 32 and the rotated part of 4 * 8, and the
// sums of 64.

// FUSED: activations 15.25 KiB
// PLAIN: activations 19.25 KiB
dag.model @latent_composite {
  %x = dag.input "x" : tensor<1x16x64xbf16>
  %wq = dag.parameter "q" : tensor<96x64xbf16>
  %down = dag.parameter "down" : tensor<40x64xbf16>
  %norm = dag.parameter "norm" : tensor<32xbf16>
  %wkv = dag.parameter "kv" : tensor<128x32xbf16>
  %wo = dag.parameter "o" : tensor<64x64xbf16>
  %0 = dag.latent_attention %x, %wq, %down, %norm, %wkv, %wo heads = 4
      nope_dim = 16 rope_dim = 8 v_dim = 16 epsilon = 1.0e-6 scale = 0.2
      theta = 10000.0 : (tensor<1x16x64xbf16>, tensor<96x64xbf16>,
      tensor<40x64xbf16>, tensor<32xbf16>, tensor<128x32xbf16>,
      tensor<64x64xbf16>) -> tensor<1x16x64xbf16>
  dag.output %0 "x" : tensor<1x16x64xbf16>
}

// -----

// 8 tokens with two experts each fill 16 of 8 * 8 slots of 64 elements. At the
// experts there are the input of 8 * 64, weights and indices of 16 elements,
// the slots, the result, and gate and up of 16 elements for each slot.

// FUSED: weights 49.00 KiB, KV cache 0 bytes, activations 6.09 KiB
// PLAIN: weights 49.00 KiB, KV cache 0 bytes, activations 21.09 KiB
dag.model @experts {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %r = dag.parameter "router" : tensor<8x64xbf16>
  %g = dag.parameter "gate" : tensor<8x16x64xbf16>
  %u = dag.parameter "up" : tensor<8x16x64xbf16>
  %d = dag.parameter "down" : tensor<8x64x16xbf16>
  %w, %i = dag.router %x, %r top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
  %s = dag.dispatch %x, %i experts = 8 capacity = 8 : (tensor<1x8x64xbf16>,
      tensor<1x8x2xi32>) -> tensor<8x8x64xbf16>
  %y = dag.expert silu %s, %g, %u, %d : (tensor<8x8x64xbf16>,
      tensor<8x16x64xbf16>, tensor<8x16x64xbf16>, tensor<8x64x16xbf16>)
      -> tensor<8x8x64xbf16>
  %0 = dag.combine %y, %w, %i : (tensor<8x8x64xbf16>, tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>) -> tensor<1x8x64xbf16>
  %1 = dag.add %x, %0 : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
  dag.output %1 "x" : tensor<1x8x64xbf16>
}

// -----

// A cache is written in place, and is there once, whoever names it: 2 * 32 * 2
// * 16 elements.

// CHECK: weights 0 bytes, KV cache 4.00 KiB, activations 132 bytes
// CHECK: note: the KV caches hold 64 tokens of 64 bytes each
dag.model @cache {
  %new = dag.input "new" : tensor<2x1x2x16xbf16>
  %pos = dag.input "position" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<2x32x2x16xbf16>
  %same = dag.kv_cache "k" : tensor<2x32x2x16xbf16>
  %0 = dag.kv_cache_update %k, %new at %pos : (tensor<2x32x2x16xbf16>,
      tensor<2x1x2x16xbf16>, tensor<i32>) -> tensor<2x32x2x16xbf16>
  dag.output %0 "k" : tensor<2x32x2x16xbf16>
}

// -----

// A buffer of two slots of 1 KiB at both ends. What is received lies in it:
// stage 1 has no more than the 1 KiB of its result. Stages 0 and 2 are on one
// rank, which has the weights of both, and runs one of them at a time.

dag.mesh @m <pp = 2, tp = 2>

// CHECK: expected a rank of stages 0, 2 to fit into the 1 bytes of byte, but it needs 15.00 KiB: weights 9.00 KiB, KV cache 0 bytes, activations 2.00 KiB, transfer buffers 4.00 KiB
// CHECK: note: a rank of stage 1 needs 5.00 KiB
dag.model @stages on @m {
  dag.comm_buffer @a : tensor<8x64xbf16>, slots = 2
  dag.comm_buffer @b : tensor<8x64xbf16>, slots = 2
  %x = dag.input "x" : tensor<8x64xbf16>
  // A parameter that only one stage uses is on its ranks alone.
  %outside = dag.parameter "outside" : tensor<8x64xbf16>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<8x64xbf16>,
                              %o = %outside : tensor<8x64xbf16>)
      -> (!dag.transfer<tensor<8x64xbf16>>) {
    %w = dag.parameter "w" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
    %y = dag.scale %i by 2.0 : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
    %s = dag.send %y to 1 via @a : (tensor<8x64xbf16>)
        -> !dag.transfer<tensor<8x64xbf16>>
    dag.yield %s : !dag.transfer<tensor<8x64xbf16>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<8x64xbf16>>)
      -> (!dag.transfer<tensor<8x64xbf16>>) {
    %y = dag.recv %i from 0 via @a : (!dag.transfer<tensor<8x64xbf16>>)
        -> tensor<8x64xbf16>
    %z = dag.scale %y by 2.0 : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
    %s = dag.send %z to 2 via @b : (tensor<8x64xbf16>)
        -> !dag.transfer<tensor<8x64xbf16>>
    %t = dag.send %z to 2 via @b : (tensor<8x64xbf16>)
        -> !dag.transfer<tensor<8x64xbf16>>
    dag.yield %s : !dag.transfer<tensor<8x64xbf16>>
  }
  %2 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<8x64xbf16>>)
      -> (tensor<8x64xbf16>) {
    %w = dag.parameter "v" : tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
    %y = dag.recv %i from 1 via @b : (!dag.transfer<tensor<8x64xbf16>>)
        -> tensor<8x64xbf16>
    %z = dag.scale %y by 2.0 : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
    dag.yield %z : tensor<8x64xbf16>
  }
  dag.output %2 "x" : tensor<8x64xbf16>
}

// -----

// Of uneven shards the largest counts, 3 of 10 rows; of padded ones all are
// alike, 3 of 12. A sum is reduced in place, unless something else uses it.

dag.mesh @m <tp = 4>

// CHECK: weights 768 bytes, KV cache 0 bytes, activations 3.00 KiB
dag.model @shards on @m {
  %w = dag.parameter "w" : tensor<10x64xbf16, #dag.sharding<[{tp} uneven, {}]>>
  %v = dag.parameter "v" : tensor<12x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>
  %ids = dag.input "ids" : tensor<8xi32>
  %0 = dag.embedding %ids, %v : (tensor<8xi32>,
      tensor<12x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>)
      -> tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = dag.all_reduce %0 over {tp} :
      (tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<8x64xbf16>
  dag.output %1 "x" : tensor<8x64xbf16>
  %2 = dag.embedding %ids, %v : (tensor<8xi32>,
      tensor<12x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>)
      -> tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  %3 = dag.all_reduce %2 over {tp} :
      (tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<8x64xbf16>
  %4 = dag.all_reduce %2 over {tp} :
      (tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<8x64xbf16>
}

// -----

// A layer sums up what the next one sums up, too: each sum has a buffer of its
// own, and both live at the last add, with the sum of the second layer.

dag.mesh @m <tp = 2>

// CHECK: weights 768 bytes, KV cache 0 bytes, activations 3.00 KiB
dag.model @twice on @m {
  %v = dag.parameter "v" : tensor<12x64xbf16, #dag.sharding<[{tp}, {}]>>
  %ids = dag.input "ids" : tensor<8xi32>
  %p = dag.embedding %ids, %v : (tensor<8xi32>,
      tensor<12x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  %0 = dag.layer 0 (%q = %p : tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> (tensor<8x64xbf16>) {
    %r = dag.all_reduce %q over {tp} :
        (tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
        -> tensor<8x64xbf16>
    dag.yield %r : tensor<8x64xbf16>
  }
  %1 = dag.layer 1 (%q = %p : tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> (tensor<8x64xbf16>) {
    %r = dag.all_reduce %q over {tp} :
        (tensor<8x64xbf16, #dag.sharding<[{}, {}], partial = {tp}>>)
        -> tensor<8x64xbf16>
    dag.yield %r : tensor<8x64xbf16>
  }
  %2 = dag.add %0, %1 : (tensor<8x64xbf16>, tensor<8x64xbf16>) -> tensor<8x64xbf16>
  dag.output %2 "y" : tensor<8x64xbf16>
}

// -----

// A constant is a weight, once for all that are equal; one value for all elements
// is filled in where it is used.

// CHECK: weights 32 bytes, KV cache 0 bytes
dag.model @constants {
  %x = dag.input "x" : tensor<2x4xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %v = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %u = arith.constant dense<3.0> : tensor<2x2xf32>
  %0 = dag.linear %x, %w : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x2xf32>
  %1 = dag.linear %x, %v : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x2xf32>
  %2 = dag.add %0, %1 : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %3 = dag.add %2, %u : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  dag.output %3 "y" : tensor<2x2xf32>
}

// -----

// What is handed out is there when the run ends, wherever that is said.

// CHECK: activations 3.00 KiB
dag.model @early {
  %x = dag.input "x" : tensor<8x64xbf16>
  %0 = dag.activation silu %x : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  dag.output %0 "early" : tensor<8x64xbf16>
  %1 = dag.activation silu %0 : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  %2 = dag.activation silu %1 : (tensor<8x64xbf16>) -> tensor<8x64xbf16>
  dag.output %2 "late" : tensor<8x64xbf16>
}

// -----

// Weights are multiplied where they are loaded; those that are handed to a layer
// as other numbers are there as such: 8 KiB beside x and y.

// CHECK: weights 4.00 KiB, KV cache 0 bytes, activations 9.00 KiB
dag.model @handed {
  %x = dag.input "x" : tensor<4x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xf8E4M3FN>
  %s = dag.parameter "s" : tensor<1x1xf32>
  %d = dag.dequantize %w, %s block = [64, 64] to bf16
      : (tensor<64x64xf8E4M3FN>, tensor<1x1xf32>) -> tensor<64x64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<4x64xbf16>, %v = %d : tensor<64x64xbf16>) -> (tensor<4x64xbf16>) {
    %1 = dag.linear %a, %v : (tensor<4x64xbf16>, tensor<64x64xbf16>) -> tensor<4x64xbf16>
    dag.yield %1 : tensor<4x64xbf16>
  }
  dag.output %0 "y" : tensor<4x64xbf16>
}
