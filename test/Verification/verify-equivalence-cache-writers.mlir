// One cache of two plans is written with one function of what comes into a layer:
// the same ops with the same weights.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-equivalence=trial=off

// They are one.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}

// -----

// Keys that are turned by other angles.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with dag.rotary_embedding offset = 0 theta = 1.000000e+04 in '@prefill', but dag.rotary_embedding offset = 0 theta = 5.000000e+05 here: on one set of devices nobody says that the two are one cache}}
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 500000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 500000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}

// -----


dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with dag.rotary_embedding offset = 0 theta = 1.000000e+04 in '@prefill', but dag.rotary_embedding interleaved offset = 0 theta = 1.000000e+04 here: on one set of devices nobody says that the two are one cache}}
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 interleaved : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 interleaved : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}

// -----


dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with dag.rotary_embedding offset = 0 theta = 1.000000e+04 in '@prefill', but result 1 of dag.qkv_projection head_dim = 4 num_heads = 2 num_kv_heads = 2 here: on one set of devices nobody says that the two are one cache}}
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %k1 = dag.kv_cache_update %ck, %k0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %k1 = dag.kv_cache_update %ck, %k0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}

// -----

// Norms of heads.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %n = dag.parameter "n" : tensor<4xf32>
  %kn = dag.qk_norm %k0, %n epsilon = 1.0e-05 : (tensor<1x5x2x4xf32>, tensor<4xf32>) -> tensor<1x5x2x4xf32>
  %kr = dag.rotary_embedding %kn at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with dag.qk_norm epsilon = 1.000000e-05 in '@prefill', but dag.qk_norm epsilon = 9.9999999999999995E-7 here: on one set of devices nobody says that the two are one cache}}
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %n = dag.parameter "n" : tensor<4xf32>
  %kn = dag.qk_norm %k0, %n epsilon = 1.0e-06 : (tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<1x1x2x4xf32>
  %kr = dag.rotary_embedding %kn at %p theta = 10000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %n = dag.parameter "n" : tensor<4xf32>
  %kn = dag.qk_norm %k0, %n epsilon = 1.0e-05 : (tensor<1x5x2x4xf32>, tensor<4xf32>) -> tensor<1x5x2x4xf32>
  %kr = dag.rotary_embedding %kn at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %n = dag.parameter "n" : tensor<4xf32>
  %kn = dag.qk_norm %k0, %n epsilon = 1.0e-06 : (tensor<1x1x2x4xf32>, tensor<4xf32>) -> tensor<1x1x2x4xf32>
  %kr = dag.rotary_embedding %kn at %p theta = 10000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}

// -----

// The two caches are exchanged.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %k1 = dag.kv_cache_update %ck, %k0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'v' is written with result 2 of dag.qkv_projection head_dim = 4 num_heads = 2 num_kv_heads = 2 in '@prefill', but result 1 of dag.qkv_projection head_dim = 4 num_heads = 2 num_kv_heads = 2 here: on one set of devices nobody says that the two are one cache}}
  %ck = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %k1 = dag.kv_cache_update %ck, %k0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %k1 = dag.kv_cache_update %ck, %k0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %k1 = dag.kv_cache_update %ck, %k0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}

// -----

// Other weights behind the same ops.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "draft" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with 'wk' of f32 in '@prefill', but 'draft' of f32 here: on one set of devices nobody says that the two are one cache}}
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "wk" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x5x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>, tensor<1x5x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x5x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x5x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x5x2x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %wq = dag.parameter "wq" : tensor<8x8xf32>
  %wk = dag.parameter "draft" : tensor<8x8xf32>
  %wv = dag.parameter "wv" : tensor<8x8xf32>
  %ck = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %cv = dag.kv_cache "v" : tensor<1x8x2x4xf32>
  %q, %k0, %v0 = dag.qkv_projection %x, %wq, %wk, %wv heads = 2 kv_heads = 2 head_dim = 4 : (tensor<1x1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> (tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>, tensor<1x1x2x4xf32>)
  %kr = dag.rotary_embedding %k0 at %p theta = 10000.0 : (tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x1x2x4xf32>
  %k1 = dag.kv_cache_update %ck, %kr at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  %v1 = dag.kv_cache_update %cv, %v0 at %p : (tensor<1x8x2x4xf32>, tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %q "y" : tensor<1x1x2x4xf32>
}

// -----

// What is given from outside is one value by its name.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "keys" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %c = dag.kv_cache "k" : tensor<1x8x8xf32>
  %0 = dag.kv_cache_update %c, %x at %p : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
  dag.output %x "y" : tensor<1x5x8xf32>
}
dag.model @decode on @m {
  %x = dag.input "other" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with input 'keys' in '@prefill', but input 'other' here: on one set of devices nobody says that the two are one cache}}
  %c = dag.kv_cache "k" : tensor<1x8x8xf32>
  %0 = dag.kv_cache_update %c, %x at %p : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
  dag.output %x "y" : tensor<1x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %c = dag.kv_cache "k" : tensor<1x8x8xf32>
  %0 = dag.kv_cache_update %c, %x at %p : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
  dag.output %x "y" : tensor<1x5x8xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "other" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %c = dag.kv_cache "k" : tensor<1x8x8xf32>
  %0 = dag.kv_cache_update %c, %x at %p : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
  dag.output %x "y" : tensor<1x1x8xf32>
}

// -----

// What means nothing tells them not apart: figures as 32 bits hold them, roles,
// attributes of others; what comes into a layer is not looked at.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode on @m {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x1x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 9.9999999747524271E-7 {my.note = "k"} : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x1x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 9.9999999747524271E-7 {my.note = "k"} : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}

// -----

// Nor do the places of arguments.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode on @m {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%at = %p : tensor<i32>, %h = %i : tensor<1x1x8xf32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 9.9999999747524271E-7 {my.note = "k"} : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x1x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 9.9999999747524271E-7 {my.note = "k"} : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}

// -----

// A constant of one value is the same for any number of tokens.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %two = arith.constant dense<2.0> : tensor<1x5x8xf32>
    %kk = dag.multiply %k, %two : (tensor<1x5x8xf32>, tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %kk at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode on @m {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%at = %p : tensor<i32>, %h = %i : tensor<1x1x8xf32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 9.9999999747524271E-7 {my.note = "k"} : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    %two = arith.constant dense<2.0> : tensor<1x1x8xf32>
    %kk = dag.multiply %k, %two : (tensor<1x1x8xf32>, tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %kk at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %two = arith.constant dense<2.0> : tensor<1x5x8xf32>
    %kk = dag.multiply %k, %two : (tensor<1x5x8xf32>, tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %kk at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x1x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 9.9999999747524271E-7 {my.note = "k"} : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    %two = arith.constant dense<2.0> : tensor<1x1x8xf32>
    %kk = dag.multiply %k, %two : (tensor<1x1x8xf32>, tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %kk at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}

// -----

// The norm in front of the projection is.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode on @m {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x1x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-05 : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with dag.rms_norm epsilon = 9.9999999999999995E-7 in '@prefill', but dag.rms_norm epsilon = 1.000000e-05 here: on one set of devices nobody says that the two are one cache}}
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x5x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.activation silu %t : (tensor<1x5x8xf32>) -> tensor<1x5x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x5x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x5x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-06 : (tensor<1x5x8xf32>, tensor<8xf32>) -> tensor<1x5x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x5x8xf32>, tensor<8x8xf32>) -> tensor<1x5x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x5x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x5x8xf32>
  }
  dag.output %0 "y" : tensor<1x5x8xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %t = dag.input "x" : tensor<1x1x8xf32>
  %p = dag.input "p" : tensor<i32>
  %i = dag.scale %t by 3.0 : (tensor<1x1x8xf32>) -> tensor<1x1x8xf32>
  %0 = dag.layer 0 (%h = %i : tensor<1x1x8xf32>, %at = %p : tensor<i32>) -> (tensor<1x1x8xf32>) {
    %g = dag.parameter "g" : tensor<8xf32>
    %n = dag.rms_norm %h, %g epsilon = 1.0e-05 : (tensor<1x1x8xf32>, tensor<8xf32>) -> tensor<1x1x8xf32>
    %wk = dag.parameter "wk" : tensor<8x8xf32>
    %k = dag.linear %n, %wk : (tensor<1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x1x8xf32>
    %c = dag.kv_cache "k" : tensor<1x8x8xf32>
    %u = dag.kv_cache_update %c, %k at %at : (tensor<1x8x8xf32>, tensor<1x1x8xf32>, tensor<i32>) -> tensor<1x8x8xf32>
    dag.yield %h : tensor<1x1x8xf32>
  }
  dag.output %0 "y" : tensor<1x1x8xf32>
}

// -----

// Where it is written is the same place, by the names of the inputs.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}

// -----

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with input 'p' in '@prefill', but input 'q' here: on one set of devices nobody says that the two are one cache}}
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %q pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %q pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}

// -----

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "other" : tensor<1x4xi32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is found by input 'table' in '@prefill', but input 'other' here: on one set of devices nobody says that the two are one cache}}
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "other" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}

// -----

// A prefill that reads nothing of it, and a decode that writes nothing.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  dag.output %x "y" : tensor<1x3x1x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  dag.output %x "y" : tensor<1x3x1x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x1x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %u pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}

// -----

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  dag.output %x "y" : tensor<1x3x1x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %c pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x3x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %u = dag.kv_cache_update %c, %x at %p pages %b : (tensor<4x2x1x4xf32>, tensor<1x3x1x4xf32>, tensor<i32>, tensor<1x4xi32>) -> tensor<4x2x1x4xf32>
  dag.output %x "y" : tensor<1x3x1x4xf32>
}
dag.model @decode_logical attributes {dag.reference} {
  %x = dag.input "keys" : tensor<1x1x1x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %b = dag.input "table" : tensor<1x4xi32>
  %c = dag.kv_cache "k" : tensor<4x2x1x4xf32>
  %g = dag.kv_cache_gather %c pages %b : (tensor<4x2x1x4xf32>, tensor<1x4xi32>) -> tensor<1x8x1x4xf32>
  dag.output %g "y" : tensor<1x8x1x4xf32>
}
