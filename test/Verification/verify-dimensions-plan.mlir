// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-dimensions

// The verifiers of the ops state these; here they are findings, all of them.

dag.mesh @m <tp = 2>

dag.model @good on @m {
  %x = dag.input "x" : tensor<8x64xf32>
  %w = dag.parameter "w" : tensor<32x64xf32>
  %0 = dag.linear %x, %w : (tensor<8x64xf32>, tensor<32x64xf32>)
      -> tensor<8x32xf32>
  dag.output %0 "y" : tensor<8x32xf32>
}

// -----

// DAG704: heads that don't divide.

dag.model @heads {
  %q = dag.input "q" : tensor<1x8x5x16xbf16>
  %k = dag.input "k" : tensor<1x8x2x16xbf16>
  // expected-error @+1 {{[DAG704] 'dag.attention_scores' op (C3) expected the heads of 'q' to be a multiple of those of 'k', but got 5 and 2}}
  %0 = dag.attention_scores %q, %k scale = 0.25 :
      (tensor<1x8x5x16xbf16>, tensor<1x8x2x16xbf16>) -> tensor<1x5x8x8xbf16>
}

// -----

// DAG705: shards of the same axes, of which some are padded.

dag.mesh @m <tp = 3>

dag.model @shards on @m {
  %x = dag.input "x" : tensor<8x66xf32, #dag.sharding<[{}, {tp}]>>
  %y = dag.input "y" : tensor<8x66xf32, #dag.sharding<[{}, {tp} pad 2]>>
  // expected-error @+1 {{[DAG705] 'dag.multiply' op (C3) expected dimension 1 of 'lhs' and dimension 1 of 'rhs' to be sharded alike, but got {tp} and {tp} pad 2}}
  %0 = dag.multiply %x, %y :
      (tensor<8x66xf32, #dag.sharding<[{}, {tp}]>>,
      tensor<8x66xf32, #dag.sharding<[{}, {tp} pad 2]>>)
      -> tensor<8x66xf32, #dag.sharding<[{}, {tp}]>>
}

// -----

// DAG705: a dimension that does not divide by its ranks.

dag.mesh @m <tp = 3>

dag.model @division on @m {
  // expected-error @+1 {{[DAG705] 'dag.input' op (C6) expected dimension 1 of size 64 to divide by the 3 ranks of {tp}, but 1 elements remain}}
  %x = dag.input "x" : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>
  dag.output %x "y" : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>
}

// -----

// DAG706: other sizes than the model's.

// expected-note @+1 {{stated here}}
dag.model @figures <hidden_size = 128, num_heads = 8, head_dim = 16, vocab_size = 512> {
  %i = dag.input "ids" : tensor<1x8xi32>
  %t = dag.parameter "t" : tensor<256x64xbf16>
  %w = dag.parameter "w" : tensor<64x64xbf16>
  // expected-error @+2 {{[DAG706] expected vocab_size = 512 as the model states, but got 256}}
  // expected-error @+1 {{[DAG706] expected hidden_size = 128 as the model states, but got 64}}
  %x = dag.embedding %i, %t : (tensor<1x8xi32>, tensor<256x64xbf16>)
      -> tensor<1x8x64xbf16>
  // expected-error @+1 {{[DAG706] expected num_heads = 8 as the model states, but got 4}}
  %q, %k, %v = dag.qkv_projection %x, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16 :
      (tensor<1x8x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>)
      -> (tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>, tensor<1x8x4x16xbf16>)
}

// -----

// DAG706: the inner size of a dense network; experts that see all tokens have
// their own.

// expected-note @+1 {{stated here}}
dag.model @inner_size <intermediate_size = 256> {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<128x64xbf16>
  %r = dag.parameter "r" : tensor<4x64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<1x8x64xbf16>, %b = %w : tensor<128x64xbf16>) -> (tensor<1x8x128xbf16>) {
    // expected-error @+1 {{[DAG706] expected intermediate_size = 256 as the model states, but got 128}}
    %1 = dag.linear %a, %b as ffn_up : (tensor<1x8x64xbf16>, tensor<128x64xbf16>)
        -> tensor<1x8x128xbf16>
    dag.yield %1 : tensor<1x8x128xbf16>
  }
  %2 = dag.layer 1 (%a = %x : tensor<1x8x64xbf16>, %b = %w : tensor<128x64xbf16>, %c = %r : tensor<4x64xbf16>) -> (tensor<1x8x128xbf16>) {
    %3, %4 = dag.router %a, %c top_k = 2
        : (tensor<1x8x64xbf16>, tensor<4x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
    %1 = dag.linear %a, %b as ffn_up : (tensor<1x8x64xbf16>, tensor<128x64xbf16>)
        -> tensor<1x8x128xbf16>
    dag.yield %1 : tensor<1x8x128xbf16>
  }
}

// -----

// DAG707: another element type.

dag.model @types {
  %x = dag.input "x" : tensor<8x64xf32>
  %y = dag.input "y" : tensor<8x64xbf16>
  // expected-error @+1 {{[DAG707] 'dag.multiply' op (C2) expected 'lhs' and 'rhs' to have one element type, but got f32 and bf16}}
  %0 = dag.multiply %x, %y : (tensor<8x64xf32>, tensor<8x64xbf16>)
      -> tensor<8x64xf32>
}

// -----

// DAG708: one wrong operand, one wrong result, and neither hides the other.

dag.model @shapes {
  %x = dag.input "x" : tensor<8x64xf32>
  %w = dag.parameter "w" : tensor<256x32xf32>
  %v = dag.parameter "v" : tensor<256x64xf32>
  // expected-error @+1 {{[DAG708] 'dag.linear' op (C2) expected dimension 1 of 'x' and dimension 1 of 'weight' to have one size, but got 64 and 32}}
  %0 = dag.linear %x, %w : (tensor<8x64xf32>, tensor<256x32xf32>)
      -> tensor<8x256xf32>
  // expected-error @+1 {{[DAG708] 'dag.linear' op expected type 'tensor<8x256xf32>', but got 'tensor<8x128xf32>'}}
  %1 = dag.linear %x, %v : (tensor<8x64xf32>, tensor<256x64xf32>)
      -> tensor<8x128xf32>
}

// -----

// Padding is no part of the model.

dag.mesh @m <tp = 2>

// expected-note @+1 {{stated here}}
dag.model @padded on @m <hidden_size = 64, vocab_size = 257> {
  %i = dag.input "ids" : tensor<1x8xi32>
  %t = dag.parameter "t"
      : tensor<258x64xbf16, #dag.sharding<[{tp} pad 1, {}]>>
  %x = dag.embedding %i, %t
      : (tensor<1x8xi32>, tensor<258x64xbf16, #dag.sharding<[{tp} pad 1, {}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.all_reduce %x over {tp}
      : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
  %u = dag.parameter "u" : tensor<258x64xbf16, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{[DAG706] expected vocab_size = 257 as the model states, but got 258}}
  %y = dag.embedding %i, %u
      : (tensor<1x8xi32>, tensor<258x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %1 = dag.all_reduce %y over {tp}
      : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16>
  dag.output %0 "y" : tensor<1x8x64xbf16>
  dag.output %1 "z" : tensor<1x8x64xbf16>
}

// -----

// DAG708: figures that are no numbers to compute with.

dag.model @figures {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %w = dag.parameter "w" : tensor<64xf32>
  %q = dag.input "q" : tensor<1x8x4x16xf32>
  // expected-error @+1 {{[DAG708] 'dag.rms_norm' op (C4) expected 'epsilon' to be finite, but got inf}}
  %0 = dag.rms_norm %x, %w epsilon = 0x7FF0000000000000
      : (tensor<1x8x64xf32>, tensor<64xf32>) -> tensor<1x8x64xf32>
  // expected-error @+1 {{[DAG708] 'dag.attention_scores' op expected 'scale' to be finite, but got nan}}
  %1 = dag.attention_scores %q, %q scale = 0x7FF8000000000000
      : (tensor<1x8x4x16xf32>, tensor<1x8x4x16xf32>) -> tensor<1x4x8x8xf32>
}

// -----

// DAG708, DAG707: one name is one tensor, whatever its sharding and padding.

dag.mesh @mesh <tp = 2>
dag.model @names on @mesh {
  // expected-note @+1 {{the other one of this name}}
  %0 = dag.parameter "w" : tensor<6x8xf32>
  %1 = dag.parameter "w" : tensor<6x8xf32, #dag.sharding<[{tp}, {}]>>
  %2 = dag.parameter "w" : tensor<8x8xf32, #dag.sharding<[{tp} pad 2, {}]>>
  // expected-error @+1 {{[DAG708] expected the parameter 'w' to be one tensor, of type tensor<6x8xf32>, but got tensor<8xf32>}}
  %3 = dag.parameter "w" : tensor<8xf32>
  // expected-note @+1 {{the other one of this name}}
  %4 = dag.kv_cache "k" : tensor<1x8x4xf32>
  // expected-error @+1 {{[DAG707] expected the KV cache 'k' to be one tensor, of type tensor<1x8x4xf32>, but got tensor<1x8x4xbf16>}}
  %5 = dag.kv_cache "k" : tensor<1x8x4xbf16>
  // expected-note @+1 {{the other one of this name}}
  %6 = dag.input "tokens" : tensor<1x4xi32>
  // expected-error @+1 {{[DAG708] expected the input 'tokens' to be one tensor, of type tensor<1x4xi32>, but got tensor<i32>}}
  %7 = dag.input "tokens" : tensor<i32>
  // An input is no parameter.
  %8 = dag.input "w" : tensor<4xf32>
}

// -----

// DAG708: a size that is not known is one size. With its padding it is even, and
// without it as well.

dag.mesh @mesh <dp = 3, tp = 2>
dag.model @unknown_names on @mesh {
  // expected-note @+1 {{the other one of this name}}
  %0 = dag.parameter "w" : tensor<?x8xf32, #dag.sharding<[{tp}, {}]>>
  // expected-error @+1 {{[DAG708] expected the parameter 'w' to be one tensor, but no size of dimension 0 divides by its ranks with the padding of both}}
  %1 = dag.parameter "w" : tensor<?x8xf32, #dag.sharding<[{tp} pad 1, {}]>>
  // One of 4 is all of these.
  %2 = dag.parameter "v" : tensor<?x8xf32, #dag.sharding<[{tp}, {}]>>
  %3 = dag.parameter "v" : tensor<?x8xf32, #dag.sharding<[{dp} pad 2, {}]>>
  %4 = dag.parameter "v" : tensor<?x8xf32>
}

// -----

// A pool of pages has room for what one run writes, whatever the block table is.

dag.mesh @m <tp = 2>
dag.model @pool on @m {
  %n = dag.input "new" : tensor<2x6x1x4xf32>
  %p = dag.input "position" : tensor<i32>
  %b = dag.input "block_table" : tensor<2x4xi32>
  // expected-error @+1 {{[DAG708] expected a pool of at least 2 pages for each of 2 sequences, for one run's new tokens, but got 3 of 4 tokens}}
  %k = dag.kv_cache "k" : tensor<3x4x1x4xf32>
  %0 = dag.kv_cache_update %k, %n at %p pages %b : (tensor<3x4x1x4xf32>, tensor<2x6x1x4xf32>, tensor<i32>, tensor<2x4xi32>) -> tensor<3x4x1x4xf32>
  %1 = dag.kv_cache_gather %0 pages %b : (tensor<3x4x1x4xf32>, tensor<2x4xi32>) -> tensor<2x16x1x4xf32>
  dag.output %1 "y" : tensor<2x16x1x4xf32>
}

// -----

// Ragged sequences may have one token each, but that they have.

dag.mesh @m <tp = 2>
dag.model @ragged on @m {
  %n = dag.input "new" : tensor<2x6x1x4xf32>
  %p = dag.input "position" : tensor<2xi32>
  %b = dag.input "block_table" : tensor<2x4xi32>
  %k = dag.kv_cache "k" : tensor<2x4x1x4xf32>
  // expected-error @+1 {{[DAG708] expected a pool of at least 1 page for each of 2 sequences, for one run's new tokens, but got 1 of 4 tokens}}
  %l = dag.kv_cache "l" : tensor<1x4x1x4xf32>
  %0 = dag.kv_cache_update %k, %n at %p pages %b : (tensor<2x4x1x4xf32>, tensor<2x6x1x4xf32>, tensor<2xi32>, tensor<2x4xi32>) -> tensor<2x4x1x4xf32>
  %1 = dag.kv_cache_update %l, %n at %p pages %b : (tensor<1x4x1x4xf32>, tensor<2x6x1x4xf32>, tensor<2xi32>, tensor<2x4xi32>) -> tensor<1x4x1x4xf32>
  dag.output %n "y" : tensor<2x6x1x4xf32>
}

// -----

// A window of 4 tokens lies on two pages of 4, at worst.

dag.mesh @m <tp = 2>
dag.model @window on @m {
  %q = dag.input "q" : tensor<2x1x1x4xf32>
  %n = dag.input "new" : tensor<2x1x1x4xf32>
  %p = dag.input "position" : tensor<i32>
  %b = dag.input "block_table" : tensor<2x4xi32>
  // expected-error @+1 {{[DAG708] expected a pool of at least 2 pages for each of 2 sequences, for a window of 4 tokens, but got 3 of 4 tokens}}
  %k = dag.kv_cache "k" : tensor<3x4x1x4xf32>
  %0 = dag.kv_cache_update %k, %n at %p pages %b : (tensor<3x4x1x4xf32>, tensor<2x1x1x4xf32>, tensor<i32>, tensor<2x4xi32>) -> tensor<3x4x1x4xf32>
  %1 = dag.kv_cache_gather %0 pages %b : (tensor<3x4x1x4xf32>, tensor<2x4xi32>) -> tensor<2x16x1x4xf32>
  %2 = dag.attention_scores %q, %1 scale = 0.5 : (tensor<2x1x1x4xf32>, tensor<2x16x1x4xf32>) -> tensor<2x1x1x16xf32>
  %3 = dag.attention_weights %2 at %p mask sliding_window window = 4 : (tensor<2x1x1x16xf32>, tensor<i32>) -> tensor<2x1x1x16xf32>
  dag.output %3 "y" : tensor<2x1x1x16xf32>
}

// -----

dag.mesh @m <tp = 2>
dag.model @held on @m {
  %q = dag.input "q" : tensor<2x1x1x4xf32>
  %n = dag.input "new" : tensor<2x1x1x4xf32>
  %p = dag.input "position" : tensor<i32>
  %b = dag.input "block_table" : tensor<2x4xi32>
  %k = dag.kv_cache "k" : tensor<4x4x1x4xf32>
  %0 = dag.kv_cache_update %k, %n at %p pages %b : (tensor<4x4x1x4xf32>, tensor<2x1x1x4xf32>, tensor<i32>, tensor<2x4xi32>) -> tensor<4x4x1x4xf32>
  %1 = dag.kv_cache_gather %0 pages %b : (tensor<4x4x1x4xf32>, tensor<2x4xi32>) -> tensor<2x16x1x4xf32>
  %2 = dag.attention_scores %q, %1 scale = 0.5 : (tensor<2x1x1x4xf32>, tensor<2x16x1x4xf32>) -> tensor<2x1x1x16xf32>
  %3 = dag.attention_weights %2 at %p mask sliding_window window = 4 : (tensor<2x1x1x16xf32>, tensor<i32>) -> tensor<2x1x1x16xf32>
  dag.output %3 "y" : tensor<2x1x1x16xf32>
}

// -----

// Of all tokens, how many there are is not known.

dag.mesh @m <tp = 2>
dag.model @all on @m {
  %q = dag.input "q" : tensor<2x1x1x4xf32>
  %n = dag.input "new" : tensor<2x1x1x4xf32>
  %p = dag.input "position" : tensor<i32>
  %b = dag.input "block_table" : tensor<2x4xi32>
  %k = dag.kv_cache "k" : tensor<3x4x1x4xf32>
  %0 = dag.kv_cache_update %k, %n at %p pages %b : (tensor<3x4x1x4xf32>, tensor<2x1x1x4xf32>, tensor<i32>, tensor<2x4xi32>) -> tensor<3x4x1x4xf32>
  %1 = dag.kv_cache_gather %0 pages %b : (tensor<3x4x1x4xf32>, tensor<2x4xi32>) -> tensor<2x16x1x4xf32>
  %2 = dag.attention_scores %q, %1 scale = 0.5 : (tensor<2x1x1x4xf32>, tensor<2x16x1x4xf32>) -> tensor<2x1x1x16xf32>
  %3 = dag.attention_weights %2 at %p mask causal : (tensor<2x1x1x16xf32>, tensor<i32>) -> tensor<2x1x1x16xf32>
  dag.output %3 "y" : tensor<2x1x1x16xf32>
}
