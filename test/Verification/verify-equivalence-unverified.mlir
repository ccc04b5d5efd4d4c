// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-equivalence

// What cannot be proved is no pass, and says why.

// expected-warning @+1 {{UNVERIFIED: there is no plan beside '@logical'}}
dag.model @logical {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}

// -----

dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  // expected-warning @+1 {{UNVERIFIED: the plan breaks rules that the proof rests on: 'dag.activation' op expected type}}
  %0 = dag.activation silu %x : (tensor<4xf32>) -> tensor<8xf32>
  dag.output %0 "y" : tensor<8xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.activation silu %x : (tensor<4xf32>) -> tensor<4xf32>
  dag.output %0 "y" : tensor<4xf32>
}

// -----

dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  // expected-warning @+1 {{UNVERIFIED: '@logical' breaks rules that the proof rests on: 'dag.input' op attribute 'name' failed to satisfy constraint}}
  %x = dag.input "" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}

// -----

// What nothing reads is a part of the reference all the same.
dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  // expected-warning @+1 {{UNVERIFIED: '@logical' breaks rules that the proof rests on: 'dag.parameter' op (C5) expected an axis of the mesh, {}, but got 'tp'}}
  %0 = dag.parameter "w" : tensor<4xf32, #dag.sharding<[{tp}]>>
  dag.output %x "y" : tensor<4xf32>
}

// -----

// expected-warning @+1 {{UNVERIFIED: '@plan' holds only some of the layers}}
dag.model @plan <num_layers = 8> sampling = [0] because "one" {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}

// -----

// expected-warning @+1 {{UNVERIFIED: a drawing does not tell what it computes}}
dag.sketch @drawing {
  %0 = dag.node compute "a"
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}

// -----

// expected-warning @+1 {{UNVERIFIED: 'dag.dropout': it draws random numbers}}
dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.dropout %x p = 0.1 : (tensor<4xf32>) -> tensor<4xf32>
  dag.output %0 "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.dropout %x p = 0.1 : (tensor<4xf32>) -> tensor<4xf32>
  dag.output %0 "y" : tensor<4xf32>
}

// -----

// expected-warning @+1 {{UNVERIFIED: 'builtin.module' in '@plan' is not known to be a function of its operands}}
dag.model @plan {
  builtin.module {
  }
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}

// -----

// An op of ranks does not say what it is as a global tensor.

// expected-warning @+1 {{UNVERIFIED: 'dag.pad' in '@plan' is not known to be a function of its operands}}
dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.pad %x dim 0 by 2 : (tensor<4xf32>) -> tensor<6xf32>
  dag.output %x "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  dag.output %x "y" : tensor<4xf32>
}

// -----

// Sharded tokens: 16 tokens, and room for 8 of them.

dag.mesh @mesh <ep = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.dispatch': its ranks may drop other tokens than one device would}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %i = dag.input "i" : tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>
  %w = dag.input "w" : tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 8
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x8x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  %1 = dag.combine %0, %w, %i
      : (tensor<4x8x4xf32, #dag.sharding<[{}, {ep}, {} ]>>,
         tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  dag.output %1 "y" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %w = dag.input "w" : tensor<2x8x2xf32>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 8
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x8x4xf32>
  %1 = dag.combine %0, %w, %i
      : (tensor<4x8x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %1 "y" : tensor<2x8x4xf32>
}

// -----

// Slots in the order of two ranks, looked up in that of one.

dag.mesh @mesh <ep = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.combine': it orders the slots of experts as no dispatch does}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %w = dag.input "w" : tensor<2x8x2xf32>
  %s = dag.slice %i dim 0 over {ep} : (tensor<2x8x2xi32>)
      -> tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>
  %0 = dag.dispatch %x, %s experts = 4 capacity = 32
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x32x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  %1 = dag.all_gather %0 dim 1 over {ep}
      : (tensor<4x32x4xf32, #dag.sharding<[{}, {ep}, {} ]>>)
      -> tensor<4x32x4xf32>
  %2 = dag.combine %1, %w, %i
      : (tensor<4x32x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %2 "y" : tensor<2x8x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %w = dag.input "w" : tensor<2x8x2xf32>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 32
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x32x4xf32>
  %1 = dag.combine %0, %w, %i
      : (tensor<4x32x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %1 "y" : tensor<2x8x4xf32>
}

// -----

// Slots that go out are seen.

dag.mesh @mesh <ep = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.output': it sees in which slots the tokens of experts are}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %i = dag.input "i" : tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 32
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x32x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  dag.output %0 "y" : tensor<4x32x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 32
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x32x4xf32>
  dag.output %0 "y" : tensor<4x32x4xf32>
}

// -----

// Two orders of the same tokens.

dag.mesh @mesh <ep = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.dispatch': it orders the slots of experts as no other does}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %w = dag.input "w" : tensor<2x8x2xf32>
  %s = dag.slice %x dim 0 over {ep} : (tensor<2x8x4xf32>)
      -> tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %j = dag.slice %i dim 0 over {ep} : (tensor<2x8x2xi32>)
      -> tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>
  %0 = dag.dispatch %s, %j experts = 4 capacity = 32
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x32x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  %1 = dag.dispatch %x, %i experts = 4 capacity = 32
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x32x4xf32>
  %2 = dag.combine %1, %w, %i
      : (tensor<4x32x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %2 "y" : tensor<2x8x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %w = dag.input "w" : tensor<2x8x2xf32>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 32
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x32x4xf32>
  %1 = dag.combine %0, %w, %i
      : (tensor<4x32x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %1 "y" : tensor<2x8x4xf32>
}

// -----

// What is said of a part is said of its composite.

// expected-warning @+1 {{UNVERIFIED: 'dag.attention': it draws random numbers}}
dag.model @plan {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %w = dag.input "w" : tensor<64x64xf32>
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 1.0 mask none dropout = 0.1 : (tensor<1x8x64xf32>,
      tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>,
      tensor<64x64xf32>) -> tensor<1x8x64xf32>
  dag.output %0 "y" : tensor<1x8x64xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<1x8x64xf32>
  %w = dag.input "w" : tensor<64x64xf32>
  %0 = dag.attention %x, %w, %w, %w, %w heads = 4 kv_heads = 4 head_dim = 16
      scale = 1.0 mask none dropout = 0.1 : (tensor<1x8x64xf32>,
      tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>,
      tensor<64x64xf32>) -> tensor<1x8x64xf32>
  dag.output %0 "y" : tensor<1x8x64xf32>
}

// -----

// Experts follow the slots of their tokens, and not those of their weights.

dag.mesh @mesh <ep = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.expert': it sees in which slots the tokens of experts are}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %i = dag.input "i" : tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>
  %s = dag.dispatch %x, %i experts = 4 capacity = 32
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x32x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  %w = dag.all_gather %s dim 1 over {ep}
      : (tensor<4x32x4xf32, #dag.sharding<[{}, {ep}, {} ]>>)
      -> tensor<4x32x4xf32>
  %d = dag.input "d" : tensor<4x4x32xf32>
  %0 = dag.expert relu %w, %w, %w, %d : (tensor<4x32x4xf32>,
      tensor<4x32x4xf32>, tensor<4x32x4xf32>, tensor<4x4x32xf32>)
      -> tensor<4x32x4xf32>
  dag.output %0 "y" : tensor<4x32x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %w = dag.dispatch %x, %i experts = 4 capacity = 32
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x32x4xf32>
  %d = dag.input "d" : tensor<4x4x32xf32>
  %0 = dag.expert relu %w, %w, %w, %d : (tensor<4x32x4xf32>,
      tensor<4x32x4xf32>, tensor<4x32x4xf32>, tensor<4x4x32xf32>)
      -> tensor<4x32x4xf32>
  dag.output %0 "y" : tensor<4x32x4xf32>
}

// -----

// A token that names an expert twice has two slots of it; a router names none
// twice, so that as many slots as tokens are enough.

dag.mesh @mesh <ep = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %r = dag.parameter "r" : tensor<4x4xf32>
  %q = dag.parameter "q" : tensor<4x4xf32>
  %w, %i = dag.router %x, %r top_k = 2
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
          tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
  %v, %j = dag.router %x, %q top_k = 2
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
          tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
  %0 = dag.dispatch %x, %i experts = 4 capacity = 16
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x16x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  %1 = dag.combine %0, %v, %i
      : (tensor<4x16x4xf32, #dag.sharding<[{}, {ep}, {} ]>>,
         tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  dag.output %1 "y" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %r = dag.parameter "r" : tensor<4x4xf32>
  %q = dag.parameter "q" : tensor<4x4xf32>
  %w, %i = dag.router %x, %r top_k = 2 : (tensor<2x8x4xf32>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32>, tensor<2x8x2xi32>)
  %v, %j = dag.router %x, %q top_k = 2 : (tensor<2x8x4xf32>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32>, tensor<2x8x2xi32>)
  %0 = dag.dispatch %x, %i experts = 4 capacity = 16
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x16x4xf32>
  %1 = dag.combine %0, %v, %i
      : (tensor<4x16x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %1 "y" : tensor<2x8x4xf32>
}

// -----

// Other indices than the dispatch has counted.

dag.mesh @mesh <ep = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.combine': it counts other indices than the dispatch whose slots it looks up}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %r = dag.parameter "r" : tensor<4x4xf32>
  %q = dag.parameter "q" : tensor<4x4xf32>
  %w, %i = dag.router %x, %r top_k = 2
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
          tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
  %v, %j = dag.router %x, %q top_k = 2
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
          tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
  %0 = dag.dispatch %x, %i experts = 4 capacity = 16
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x16x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  %1 = dag.combine %0, %v, %j
      : (tensor<4x16x4xf32, #dag.sharding<[{}, {ep}, {} ]>>,
         tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  dag.output %1 "y" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %r = dag.parameter "r" : tensor<4x4xf32>
  %q = dag.parameter "q" : tensor<4x4xf32>
  %w, %i = dag.router %x, %r top_k = 2 : (tensor<2x8x4xf32>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32>, tensor<2x8x2xi32>)
  %v, %j = dag.router %x, %q top_k = 2 : (tensor<2x8x4xf32>, tensor<4x4xf32>)
      -> (tensor<2x8x2xf32>, tensor<2x8x2xi32>)
  %0 = dag.dispatch %x, %i experts = 4 capacity = 16
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x16x4xf32>
  %1 = dag.combine %0, %v, %j
      : (tensor<4x16x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %1 "y" : tensor<2x8x4xf32>
}

// -----

// Indices that may name an expert twice: 16 tokens of two choices each, and room
// for 16 choices.

dag.mesh @mesh <ep = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.dispatch': its ranks may drop other tokens than one device would}}
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %i = dag.input "i" : tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>
  %w = dag.input "w" : tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 16
      : (tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<4x16x4xf32, #dag.sharding<[{}, {ep}, {} ]>>
  %1 = dag.combine %0, %w, %i
      : (tensor<4x16x4xf32, #dag.sharding<[{}, {ep}, {} ]>>,
         tensor<2x8x2xf32, #dag.sharding<[{ep}, {}, {} ]>>,
         tensor<2x8x2xi32, #dag.sharding<[{ep}, {}, {} ]>>)
      -> tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
  dag.output %1 "y" : tensor<2x8x4xf32, #dag.sharding<[{ep}, {}, {} ]>>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<2x8x4xf32>
  %i = dag.input "i" : tensor<2x8x2xi32>
  %w = dag.input "w" : tensor<2x8x2xf32>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 16
      : (tensor<2x8x4xf32>, tensor<2x8x2xi32>) -> tensor<4x16x4xf32>
  %1 = dag.combine %0, %w, %i
      : (tensor<4x16x4xf32>, tensor<2x8x2xf32>, tensor<2x8x2xi32>)
      -> tensor<2x8x4xf32>
  dag.output %1 "y" : tensor<2x8x4xf32>
}

// -----

// Tokens written into a copy of a cache: the cache stays as it is.

dag.mesh @mesh <tp = 2>
// expected-warning @+1 {{UNVERIFIED: 'dag.kv_cache_update': it writes into a copy of a cache}}
dag.model @plan on @mesh {
  %n = dag.input "n" : tensor<1x1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %c = dag.kv_cache "k"
      : tensor<1x8x2x4xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>
  %g = dag.all_gather %c dim 2 over {tp}
      : (tensor<1x8x2x4xf32, #dag.sharding<[{}, {}, {tp}, {} ]>>)
      -> tensor<1x8x2x4xf32>
  %u = dag.kv_cache_update %g, %n at %p : (tensor<1x8x2x4xf32>,
      tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %u "y" : tensor<1x8x2x4xf32>
}
dag.model @logical attributes {dag.reference} {
  %n = dag.input "n" : tensor<1x1x2x4xf32>
  %p = dag.input "p" : tensor<i32>
  %c = dag.kv_cache "k" : tensor<1x8x2x4xf32>
  %u = dag.kv_cache_update %c, %n at %p : (tensor<1x8x2x4xf32>,
      tensor<1x1x2x4xf32>, tensor<i32>) -> tensor<1x8x2x4xf32>
  dag.output %u "y" : tensor<1x8x2x4xf32>
}

// -----

// An op of another dialect is no function of the sum of what it works on.

dag.mesh @mesh <tp = 2>
// expected-warning @+1 {{UNVERIFIED: 'arith.mulf': it works on the summands of a pending sum}}
dag.model @plan on @mesh {
  %x = dag.parameter "x" : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
  %w = dag.parameter "w" : tensor<6x8xf32, #dag.sharding<[{}, {tp} ]>>
  %0 = dag.linear %x, %w : (tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>,
      tensor<6x8xf32, #dag.sharding<[{}, {tp} ]>>)
      -> tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %1 = arith.mulf %0, %0
      : tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %2 = dag.all_reduce %1 over {tp}
      : (tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>) -> tensor<4x6xf32>
  dag.output %2 "y" : tensor<4x6xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.parameter "x" : tensor<4x8xf32>
  %w = dag.parameter "w" : tensor<6x8xf32>
  %0 = dag.linear %x, %w : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32>
  %1 = arith.mulf %0, %0 : tensor<4x6xf32>
  dag.output %1 "y" : tensor<4x6xf32>
}

// -----

// Each rank adds the whole constant.

dag.mesh @mesh <tp = 2>
// expected-warning @+1 {{UNVERIFIED: 'arith.constant': every rank adds it to a pending sum}}
dag.model @plan on @mesh {
  %x = dag.parameter "x" : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
  %w = dag.parameter "w" : tensor<6x8xf32, #dag.sharding<[{}, {tp} ]>>
  %0 = dag.linear %x, %w : (tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>,
      tensor<6x8xf32, #dag.sharding<[{}, {tp} ]>>)
      -> tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %c = arith.constant dense<1.0>
      : tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %1 = dag.add %0, %c : (
      tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>,
      tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>)
      -> tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>
  %2 = dag.all_reduce %1 over {tp}
      : (tensor<4x6xf32, #dag.sharding<[{}, {} ], partial = {tp}>>) -> tensor<4x6xf32>
  dag.output %2 "y" : tensor<4x6xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.parameter "x" : tensor<4x8xf32>
  %w = dag.parameter "w" : tensor<6x8xf32>
  %0 = dag.linear %x, %w : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32>
  %c = arith.constant dense<1.0> : tensor<4x6xf32>
  %1 = dag.add %0, %c : (tensor<4x6xf32>, tensor<4x6xf32>) -> tensor<4x6xf32>
  dag.output %1 "y" : tensor<4x6xf32>
}

// -----

// Element by element it makes no difference who has which; else it does.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.parameter "x" : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
  %c = arith.constant dense<2.0>
      : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
  %0 = arith.mulf %x, %c : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
  dag.output %0 "y" : tensor<4x8xf32, #dag.sharding<[{}, {tp} ]>>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.parameter "x" : tensor<4x8xf32>
  %c = arith.constant dense<2.0> : tensor<4x8xf32>
  %0 = arith.mulf %x, %c : tensor<4x8xf32>
  dag.output %0 "y" : tensor<4x8xf32>
}

// -----

// Nobody knows whether constants that are left out of the file are one.

// expected-warning @+1 {{UNVERIFIED: 'arith.constant': its elements are left out of the file}}
dag.model @plan {
  %x = dag.input "x" : tensor<4xf32>
  %0 = arith.constant dense_resource<__elided__> : tensor<4xf32>
  %1 = arith.addf %x, %0 : tensor<4xf32>
  dag.output %1 "y" : tensor<4xf32>
}
dag.model @logical attributes {dag.reference} {
  %x = dag.input "x" : tensor<4xf32>
  %0 = arith.constant dense_resource<__elided__> : tensor<4xf32>
  %1 = arith.addf %x, %0 : tensor<4xf32>
  dag.output %1 "y" : tensor<4xf32>
}

// -----

// A rank adds up what a sigmoid has made of padding.

dag.mesh @m <r = 3>
// expected-warning @+1 {{UNVERIFIED: 'dag.attention_output': it adds up padding that need not be zero}}
dag.model @padded on @m {
  %w = dag.input "w" : tensor<1x2x4x4xf32>
  %v = dag.input "v" : tensor<1x4x2x8xf32>
  %a = dag.slice %w dim 3 over {r} pad 2 : (tensor<1x2x4x4xf32>)
      -> tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>
  %b = dag.slice %v dim 1 over {r} pad 2 : (tensor<1x4x2x8xf32>)
      -> tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>
  %c = dag.activation sigmoid %a :
      (tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>)
      -> tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>
  %d = dag.activation sigmoid %b :
      (tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>)
      -> tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>
  %o = dag.attention_output %c, %d :
      (tensor<1x2x4x6xf32, #dag.sharding<[{}, {}, {}, {r} pad 2]>>,
       tensor<1x6x2x8xf32, #dag.sharding<[{}, {r} pad 2, {}, {}]>>)
      -> tensor<1x4x2x8xf32, #dag.sharding<[{}, {}, {}, {}], partial = {r}>>
  %y = dag.all_reduce %o over {r} :
      (tensor<1x4x2x8xf32, #dag.sharding<[{}, {}, {}, {}], partial = {r}>>)
      -> tensor<1x4x2x8xf32>
  dag.output %y "y" : tensor<1x4x2x8xf32>
}
dag.model @logical attributes {dag.reference} {
  %w = dag.input "w" : tensor<1x2x4x4xf32>
  %v = dag.input "v" : tensor<1x4x2x8xf32>
  %c = dag.activation sigmoid %w :
      (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %d = dag.activation sigmoid %v :
      (tensor<1x4x2x8xf32>) -> tensor<1x4x2x8xf32>
  %o = dag.attention_output %c, %d :
      (tensor<1x2x4x4xf32>, tensor<1x4x2x8xf32>) -> tensor<1x4x2x8xf32>
  dag.output %o "y" : tensor<1x4x2x8xf32>
}
