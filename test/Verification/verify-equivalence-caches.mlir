// What a run writes to a KV cache, the next one reads: in the memory of the same
// ranks, as the same parts.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-equivalence=trial=off

// Another stage reads it, whose ranks never see what is written.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @b : tensor<1x2x4xf32>
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %0 = dag.stage 0 on pp = 0 devices [0] (%a = %x : tensor<1x2x4xf32>, %i = %p : tensor<i32>) -> (!dag.transfer<tensor<1x2x4xf32>>) {
    // expected-note @+1 {{the cache is here}}
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %1 = dag.kv_cache_update %k, %a at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    %2 = dag.send %a to 1 via @b : (tensor<1x2x4xf32>) -> !dag.transfer<tensor<1x2x4xf32>>
    dag.yield %2 : !dag.transfer<tensor<1x2x4xf32>>
  }
  %3 = dag.stage 1 on pp = 1 devices [1] (%a = %0 : !dag.transfer<tensor<1x2x4xf32>>) -> (tensor<1x8x4xf32>) {
    %1 = dag.recv %a from 0 via @b : (!dag.transfer<tensor<1x2x4xf32>>) -> tensor<1x2x4xf32>
    // expected-error @+1 {{[DAG791] expected KV cache 'k' to be on the ranks that have it already, those of stage 0, but it is in stage 1}}
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %2 = dag.scale %k by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
    dag.yield %2 : tensor<1x8x4xf32>
  }
  dag.output %3 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %2 = dag.scale %k by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// It is read in another layout.

dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %p = dag.input "p" : tensor<i32>
  // expected-note @+1 {{the cache is here}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<i32>) -> tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{[DAG791] expected KV cache 'k' to have the type that it has elsewhere, tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>, but got tensor<1x8x4xf32>}}
  %all = dag.kv_cache "k" : tensor<1x8x4xf32>
  %2 = dag.scale %all by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %2 = dag.scale %k by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// Nobody writes it: it is loaded, wherever it is read.

dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %k = dag.kv_cache "k" : tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %all = dag.kv_cache "k" : tensor<1x8x4xf32>
  %1 = dag.scale %k by 2.0 : (tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %2 = dag.scale %all by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %1 "x" : tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  dag.output %2 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %2 = dag.scale %k by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "x" : tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// Each stage has a copy, and writes the same to it: what it reads it has.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @b : tensor<1x2x4xf32>
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %0 = dag.stage 0 on pp = 0 devices [0] (%a = %x : tensor<1x2x4xf32>, %i = %p : tensor<i32>) -> (!dag.transfer<tensor<1x2x4xf32>>) {
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %1 = dag.kv_cache_update %k, %a at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    %2 = dag.send %a to 1 via @b : (tensor<1x2x4xf32>) -> !dag.transfer<tensor<1x2x4xf32>>
    dag.yield %2 : !dag.transfer<tensor<1x2x4xf32>>
  }
  %3 = dag.stage 1 on pp = 1 devices [1] (%a = %0 : !dag.transfer<tensor<1x2x4xf32>>, %i = %p : tensor<i32>) -> (tensor<1x8x4xf32>) {
    %1 = dag.recv %a from 0 via @b : (!dag.transfer<tensor<1x2x4xf32>>) -> tensor<1x2x4xf32>
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %2 = dag.kv_cache_update %k, %1 at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    dag.yield %2 : tensor<1x8x4xf32>
  }
  dag.output %3 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %2 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// It stands outside of the stages that take it, each for itself.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @b : tensor<1x2x4xf32>
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  // expected-note @+2 {{the cache is here}}
  // expected-error @+1 {{[DAG791] expected KV cache 'k' to be on the ranks that have it already, those of stage 0, but it is in stage 1}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.stage 0 on pp = 0 devices [0] (%a = %x : tensor<1x2x4xf32>, %c = %k : tensor<1x8x4xf32>, %i = %p : tensor<i32>) -> (!dag.transfer<tensor<1x2x4xf32>>) {
    %1 = dag.kv_cache_update %c, %a at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    %2 = dag.send %a to 1 via @b : (tensor<1x2x4xf32>) -> !dag.transfer<tensor<1x2x4xf32>>
    dag.yield %2 : !dag.transfer<tensor<1x2x4xf32>>
  }
  %3 = dag.stage 1 on pp = 1 devices [1] (%a = %0 : !dag.transfer<tensor<1x2x4xf32>>, %c = %k : tensor<1x8x4xf32>) -> (tensor<1x8x4xf32>) {
    %1 = dag.recv %a from 0 via @b : (!dag.transfer<tensor<1x2x4xf32>>) -> tensor<1x2x4xf32>
    %2 = dag.scale %c by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
    dag.yield %2 : tensor<1x8x4xf32>
  }
  dag.output %3 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %2 = dag.scale %k by 2.0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// Two stages write two parts of it, each on ranks of its own.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @b : tensor<1x2x4xf32>
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %o = dag.input "o" : tensor<i32>
  %0 = dag.stage 0 on pp = 0 devices [0] (%a = %x : tensor<1x2x4xf32>, %i = %p : tensor<i32>) -> (!dag.transfer<tensor<1x2x4xf32>>) {
    // expected-note @+1 {{the cache is here}}
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %1 = dag.kv_cache_update %k, %a at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    %2 = dag.send %a to 1 via @b : (tensor<1x2x4xf32>) -> !dag.transfer<tensor<1x2x4xf32>>
    dag.yield %2 : !dag.transfer<tensor<1x2x4xf32>>
  }
  %3 = dag.stage 1 on pp = 1 devices [1] (%a = %0 : !dag.transfer<tensor<1x2x4xf32>>, %i = %o : tensor<i32>) -> (tensor<1x8x4xf32>) {
    %1 = dag.recv %a from 0 via @b : (!dag.transfer<tensor<1x2x4xf32>>) -> tensor<1x2x4xf32>
    // expected-error @+1 {{[DAG791] expected KV cache 'k' to be written alike wherever it is, but what is written in stage 1 is not what is written in stage 0}}
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %2 = dag.kv_cache_update %k, %1 at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    dag.yield %2 : tensor<1x8x4xf32>
  }
  dag.output %3 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %o = dag.input "o" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %2 = dag.kv_cache_update %k, %x at %o : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// Both are written alike, but a rank has one cache of a name.

dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  // expected-note @+1 {{the cache is here}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %s = dag.slice %x dim 2 over {tp} : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{[DAG791] expected KV cache 'k' to have the type that it has elsewhere, tensor<1x8x4xf32>, but got tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>}}
  %c = dag.kv_cache "k" : tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %1 = dag.kv_cache_update %c, %s at %p : (tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<i32>) -> tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  dag.output %0 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %0 "y" : tensor<1x8x4xf32>
}

// -----

// There is one memory: what is read behind a write is what was written.

dag.mesh @m <tp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %y = dag.scale %x by 3.0 : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %0, %y at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  // expected-warning @+1 {{UNVERIFIED: 'dag.activation' takes a cache as it was before what is written into the same memory in front of it}}
  %2 = dag.activation silu %0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %2 = dag.activation silu %0 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  %y = dag.scale %x by 3.0 : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %0, %y at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// A view of a cache is the cache: whoever reads it reads what lies there then.

dag.model @plan {
  %x = dag.input "x" : tensor<1x2x1x4xf32>
  %p = dag.input "p" : tensor<1xi32>
  %t = dag.input "pages" : tensor<1x2xi32>
  %k = dag.kv_cache "k" : tensor<4x4x1x4xf32>
  %old = dag.kv_cache_gather %k pages %t : (tensor<4x4x1x4xf32>, tensor<1x2xi32>) -> tensor<1x8x1x4xf32>
  %0 = dag.layer 0 (%c = %k : tensor<4x4x1x4xf32>, %x0 = %x : tensor<1x2x1x4xf32>, %p0 = %p : tensor<1xi32>, %t0 = %t : tensor<1x2xi32>) -> (tensor<4x4x1x4xf32>) {
    %1 = dag.kv_cache_update %c, %x0 at %p0 pages %t0 : (tensor<4x4x1x4xf32>, tensor<1x2x1x4xf32>, tensor<1xi32>, tensor<1x2xi32>) -> tensor<4x4x1x4xf32>
    dag.yield %1 : tensor<4x4x1x4xf32>
  }
  // expected-warning @+1 {{UNVERIFIED: 'dag.attention_scores' takes a cache as it was before what is written into the same memory in front of it}}
  %2 = dag.attention_scores %x, %old scale = 0.5 : (tensor<1x2x1x4xf32>, tensor<1x8x1x4xf32>) -> tensor<1x1x2x8xf32>
  dag.output %2 "y" : tensor<1x1x2x8xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x1x4xf32>
  %p = dag.input "p" : tensor<1xi32>
  %t = dag.input "pages" : tensor<1x2xi32>
  %k = dag.kv_cache "k" : tensor<4x4x1x4xf32>
  %old = dag.kv_cache_gather %k pages %t : (tensor<4x4x1x4xf32>, tensor<1x2xi32>) -> tensor<1x8x1x4xf32>
  %2 = dag.attention_scores %x, %old scale = 0.5 : (tensor<1x2x1x4xf32>, tensor<1x8x1x4xf32>) -> tensor<1x1x2x8xf32>
  %1 = dag.kv_cache_update %k, %x at %p pages %t : (tensor<4x4x1x4xf32>, tensor<1x2x1x4xf32>, tensor<1xi32>, tensor<1x2xi32>) -> tensor<4x4x1x4xf32>
  dag.output %2 "y" : tensor<1x1x2x8xf32>
}

// -----

// What one plan has written, another one on its devices may read.

dag.mesh @m <tp = 2>
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @decode on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %s = dag.slice %x dim 2 over {tp} : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is tensor<1x8x4xf32> in '@prefill', but tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>> here: on one set of devices nobody says that the two are one cache}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %0 = dag.kv_cache_update %k, %s at %p : (tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<i32>) -> tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}

// -----

// On other devices it is another cache, which is sent there by others.

dag.mesh @m <tp = 2> devices = [0, 1]
dag.mesh @n <tp = 2> devices = [2, 3]
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @decode on @n {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %s = dag.slice %x dim 2 over {tp} : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  %0 = dag.kv_cache_update %k, %s at %p : (tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x2x4xf32, #dag.sharding<[{}, {}, {tp}]>>, tensor<i32>) -> tensor<1x8x4xf32, #dag.sharding<[{}, {}, {tp}]>>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}

// -----

// A write into what has been written over does not bring it back.

dag.model @plan {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %q : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  // expected-warning @+1 {{UNVERIFIED: 'dag.activation' takes a cache as it was before what is written into the same memory in front of it}}
  %2 = dag.activation silu %1 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %q = dag.input "q" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %q : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  %2 = dag.activation silu %1 : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  dag.output %2 "y" : tensor<1x8x4xf32>
}

// -----

// Twice the same in one stage, and once in another one, is the same.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @b : tensor<1x2x4xf32>
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %0 = dag.stage 0 on pp = 0 devices [0] (%a = %x : tensor<1x2x4xf32>, %i = %p : tensor<i32>) -> (!dag.transfer<tensor<1x2x4xf32>>) {
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %1 = dag.kv_cache_update %k, %a at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    %4 = dag.kv_cache_update %k, %a at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    %2 = dag.send %a to 1 via @b : (tensor<1x2x4xf32>) -> !dag.transfer<tensor<1x2x4xf32>>
    dag.yield %2 : !dag.transfer<tensor<1x2x4xf32>>
  }
  %3 = dag.stage 1 on pp = 1 devices [1] (%a = %0 : !dag.transfer<tensor<1x2x4xf32>>, %i = %p : tensor<i32>) -> (tensor<1x8x4xf32>) {
    %1 = dag.recv %a from 0 via @b : (!dag.transfer<tensor<1x2x4xf32>>) -> tensor<1x2x4xf32>
    %k = dag.kv_cache "k" : tensor<1x8x4xf32>
    %2 = dag.kv_cache_update %k, %1 at %i : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
    dag.yield %2 : tensor<1x8x4xf32>
  }
  dag.output %3 "y" : tensor<1x8x4xf32>
}
dag.model @logical {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %1 = dag.kv_cache_update %k, %x at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %1 "y" : tensor<1x8x4xf32>
}

// -----

// The same ranks of both are on different devices.

dag.mesh @m <tp = 2>
dag.mesh @n <tp = 2> devices = [1, 0]
dag.model @prefill on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @decode on @n {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is on devices 0, 1 as <tp = 2> in '@prefill', but 1, 0 as <tp = 2> here: on one set of devices nobody says that the two are one cache}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}

// -----

// Of three plans the second and the third have devices in common.

dag.mesh @m <tp = 2>
dag.mesh @n <tp = 2> devices = [2, 3]
dag.mesh @o <tp = 2> devices = [3, 2]
dag.model @first on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @second on @n {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @third on @o {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is on devices 2, 3 as <tp = 2> in '@second', but 3, 2 as <tp = 2> here: on one set of devices nobody says that the two are one cache}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}

// -----

// Each overwrites what the other one has computed by other weights.

dag.mesh @m <tp = 2>
dag.model @target on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @draft on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "draft" : tensor<4x4xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is written with 'w' of f32 in '@target', but 'draft' of f32 here: on one set of devices nobody says that the two are one cache}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @draft_logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "draft" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}

// -----

// An axis of one rank parts nothing.

dag.mesh @m <tp = 2>
dag.mesh @n <pp = 1, tp = 2, r = 1>
dag.model @first on @m {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @second on @n {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}

// -----

// Each micro-batch has caches of its own.

dag.mesh @m <tp = 2>
dag.model @first on @m {
  dag.schedule "forward" microbatches = 2
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @second on @m {
  dag.schedule "forward" microbatches = 4
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  // expected-warning @+1 {{UNVERIFIED: KV cache 'k' is there once for each of 2 micro-batches in '@first', but 4 here: on one set of devices nobody says that the two are one cache}}
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %w = dag.parameter "w" : tensor<4x4xf32>
  %k = dag.kv_cache "k" : tensor<1x8x4xf32>
  %0 = dag.linear %x, %w : (tensor<1x2x4xf32>, tensor<4x4xf32>) -> tensor<1x2x4xf32>
  %1 = dag.kv_cache_update %k, %0 at %p : (tensor<1x8x4xf32>, tensor<1x2x4xf32>, tensor<i32>) -> tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x2x4xf32>
}
