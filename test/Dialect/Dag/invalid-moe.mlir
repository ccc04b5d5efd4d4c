// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

dag.model @moe_c1_top_k {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.moe' op (C1) expected 'top_k' to be positive and at most the number of experts, but got 9}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 9 capacity = 16 activation silu : (
      tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @moe_c2_element_type {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xf32>
  %u = "test.value"() : () -> tensor<8x128x64xf32>
  %d = "test.value"() : () -> tensor<8x64x128xf32>
  // expected-error @+1 {{'dag.moe' op (C2) expected 'x' and 'w_gate' to have one element type, but got bf16 and f32}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (
      tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xf32>,
      tensor<8x128x64xf32>, tensor<8x64x128xf32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @moe_c2_experts {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<4x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.moe' op (C2) expected dimension 0 of 'w_gate' and dimension 0 of 'w_up' to have one size, but got 8 and 4}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (
      tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16>,
      tensor<4x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @moe_c3_hidden {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x32xbf16>
  %u = "test.value"() : () -> tensor<8x128x32xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.moe' op (C3) expected dimension 2 of 'x' and dimension 2 of 'w_gate' to have one size, but got 64 and 32}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (
      tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x32xbf16>,
      tensor<8x128x32xbf16>, tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @moe_c4_experts_of_router {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<4x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.moe' op (C4) expected dimension 0 of 'weight' to have size 8, but got 4}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : (
      tensor<1x8x64xbf16>, tensor<4x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @moe_c4_capacity {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.moe' op (C4) expected 'capacity' to be positive, but got 0}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 0 activation silu : (
      tensor<1x8x64xbf16>, tensor<8x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x64x128xbf16>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @moe_c5_axis_twice {
  %x = "test.value"() : ()
      -> tensor<8x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %u = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %d = "test.value"() : ()
      -> tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {}]>>
  // expected-error @+1 {{'dag.moe' op (C5) expected every axis to be used once in the result, but 'ep' is used twice}}
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 64 activation silu : (
      tensor<8x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x64xbf16>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x64x128xbf16, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<1x8x64xbf16>
}

// -----

dag.model @moe_c4_padded_experts {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{ep} pad 1, {}, {}]>>
  %d = "test.value"() : ()
      -> tensor<8x64x128xbf16, #dag.sharding<[{ep} pad 1, {}, {}]>>
  // expected-error @+1 {{'dag.moe' op (C4) expected dimension 0 of 'weight' to have size 7, but got 8}}
  %0 = dag.moe %x, %r, %g, %g, %d top_k = 2 capacity = 16 activation silu : (
      tensor<1x8x64xbf16>, tensor<8x64xbf16>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep} pad 1, {}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{ep} pad 1, {}, {}]>>,
      tensor<8x64x128xbf16, #dag.sharding<[{ep} pad 1, {}, {}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {ep}>>
}

// -----

dag.model @moe_c6_sharded_tokens_may_be_dropped {
  %x = "test.value"() : ()
      -> tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {}]>>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.moe' op (C6) expected a 'capacity' for all tokens where they are sharded, but got 31 for 32}}
  %0 = dag.moe %x, %r, %g, %g, %d top_k = 2 capacity = 31 activation silu : (
      tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {}]>>, tensor<8x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {}]>>
}

// -----

dag.model @moe_c6_padded_tokens {
  %x = "test.value"() : ()
      -> tensor<4x8x64xbf16, #dag.sharding<[{}, {cp} pad 1, {}]>>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.moe' op (C6) expected dimension 1 of 'x' to be neither padded nor uneven}}
  %0 = dag.moe %x, %r, %g, %g, %d top_k = 2 capacity = 32 activation silu : (
      tensor<4x8x64xbf16, #dag.sharding<[{}, {cp} pad 1, {}]>>,
      tensor<8x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x64x128xbf16>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{}, {cp} pad 1, {}]>>
}

// -----

dag.model @router_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0, %1 = dag.router %x, %r top_k = 2 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @router_c1_rank {
  %x = "test.value"() : () -> tensor<8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C1) expected 'x' to be of rank 3, but got rank 2}}
  %0, %1 = dag.router %x, %r top_k = 2 : (tensor<8x64xbf16>,
      tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @router_c2_size {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x32xbf16>
  // expected-error @+1 {{'dag.router' op (C2) expected dimension 2 of 'x' and dimension 1 of 'weight' to have one size, but got 64 and 32}}
  %0, %1 = dag.router %x, %r top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x32xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @router_c2_sharded_sum {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %r = "test.value"() : () -> tensor<8x64xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.router' op (C2) expected dimension 2 of 'x' not to be sharded, but it is over {tp}}}
  %0, %1 = dag.router %x, %r top_k = 2 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<8x64xbf16, #dag.sharding<[{}, {tp}]>>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c3_sharded_experts {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16, #dag.sharding<[{ep}, {}]>>
  // expected-error @+1 {{'dag.router' op (C3) expected dimension 0 of 'weight' not to be sharded, but it is over {ep}}}
  %0, %1 = dag.router %x, %r top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16, #dag.sharding<[{ep}, {}]>>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c4_top_k {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %r = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C4) expected 'top_k' to be positive and at most the number of experts, but got 0}}
  %0, %1 = dag.router %x, %r top_k = 0 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @dispatch_c1_indices_of_floats {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %i = "test.value"() : () -> tensor<1x8x2xbf16>
  // expected-error @+1 {{'dag.dispatch' op (C1) expected 'indices' to be of integers, but got bf16}}
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x2xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @dispatch_c1_pending_sum {
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %i = "test.value"() : () -> tensor<1x8x2xi32>
  // expected-error @+1 {{'dag.dispatch' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<1x8x2xi32>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @dispatch_c2_tokens {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %i = "test.value"() : () -> tensor<1x4x2xi32>
  // expected-error @+1 {{'dag.dispatch' op (C2) expected dimension 1 of 'x' and dimension 1 of 'indices' to have one size, but got 8 and 4}}
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (tensor<1x8x64xbf16>,
      tensor<1x4x2xi32>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @dispatch_c2_sharding {
  %x = "test.value"() : ()
      -> tensor<8x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %i = "test.value"() : () -> tensor<8x8x2xi32>
  // expected-error @+1 {{'dag.dispatch' op (C2) expected dimension 0 of 'x' and dimension 0 of 'indices' to be sharded alike, but got {ep} and {}}}
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (
      tensor<8x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>, tensor<8x8x2xi32>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @dispatch_c3_padded {
  %x = "test.value"() : ()
      -> tensor<8x8x64xbf16, #dag.sharding<[{ep} pad 1, {}, {}]>>
  %i = "test.value"() : ()
      -> tensor<8x8x2xi32, #dag.sharding<[{ep} pad 1, {}, {}]>>
  // expected-error @+1 {{'dag.dispatch' op (C3) expected dimension 0 of 'x' to be neither padded nor uneven}}
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (
      tensor<8x8x64xbf16, #dag.sharding<[{ep} pad 1, {}, {}]>>,
      tensor<8x8x2xi32, #dag.sharding<[{ep} pad 1, {}, {}]>>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @dispatch_c4_capacity {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %i = "test.value"() : () -> tensor<1x8x2xi32>
  // expected-error @+1 {{'dag.dispatch' op (C4) expected experts and capacity to be positive, but got 8 and -1}}
  %0 = dag.dispatch %x, %i experts = 8 capacity = -1 : (tensor<1x8x64xbf16>,
      tensor<1x8x2xi32>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @dispatch_c5_sharded_choices {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %i = "test.value"() : ()
      -> tensor<1x8x2xi32, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.dispatch' op (C5) expected dimension 2 of 'indices' not to be sharded, but it is over {tp}}}
  %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : (tensor<1x8x64xbf16>,
      tensor<1x8x2xi32, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c1_rank {
  %x = "test.value"() : () -> tensor<16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C1) expected 'x' to be of rank 3, but got rank 2}}
  %0 = dag.expert silu %x, %g, %u, %d : (tensor<16x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c1_element_type {
  %x = "test.value"() : () -> tensor<8x16x64xf32>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C1) expected 'x' and 'w_gate' to have one element type, but got f32 and bf16}}
  %0 = dag.expert silu %x, %g, %u, %d : (tensor<8x16x64xf32>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c2_sharding {
  %x = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C2) expected dimension 0 of 'x' and dimension 0 of 'w_gate' to be sharded alike, but got {ep} and {}}}
  %0 = dag.expert silu %x, %g, %u, %d : (
      tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c3_sharded_sum {
  %x = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %g = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %u = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C3) expected dimension 2 of 'w_gate' not to be sharded, but it is over {tp}}}
  %0 = dag.expert silu %x, %g, %u, %d : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<8x64x128xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c3_hidden {
  %x = "test.value"() : () -> tensor<8x16x32xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C3) expected dimension 2 of 'x' and dimension 2 of 'w_gate' to have one size, but got 32 and 64}}
  %0 = dag.expert silu %x, %g, %u, %d : (tensor<8x16x32xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c4_inner_size {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x64xbf16>
  // expected-error @+1 {{'dag.expert' op (C4) expected dimension 1 of 'w_gate' and dimension 2 of 'w_down' to have one size, but got 128 and 64}}
  %0 = dag.expert silu %x, %g, %u, %d : (tensor<8x16x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x64xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c4_inner_sharding {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %u = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C4) expected dimension 1 of 'w_gate' and dimension 2 of 'w_down' to be sharded alike, but got {tp} and {}}}
  %0 = dag.expert silu %x, %g, %u, %d : (tensor<8x16x64xbf16>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<8x64x128xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c5_axis_twice {
  %x = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %g = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %u = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %d = "test.value"() : ()
      -> tensor<8x64x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.expert' op (C5) expected every axis to be used once in the result, but 'tp' is used twice}}
  %0 = dag.expert silu %x, %g, %u, %d : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<8x64x128xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @combine_c1_rank {
  %y = "test.value"() : () -> tensor<16x64xbf16>
  %w = "test.value"() : () -> tensor<1x8x2xbf16>
  %i = "test.value"() : () -> tensor<1x8x2xi32>
  // expected-error @+1 {{'dag.combine' op (C1) expected 'y' to be of rank 3, but got rank 2}}
  %0 = dag.combine %y, %w, %i : (tensor<16x64xbf16>, tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @combine_c1_pending_weights {
  %y = "test.value"() : () -> tensor<8x16x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %w = "test.value"() : ()
      -> tensor<1x8x2xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %i = "test.value"() : () -> tensor<1x8x2xi32>
  // expected-error @+1 {{'dag.combine' op (C1) expected 'weights' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.combine %y, %w, %i : (tensor<8x16x64xbf16>,
      tensor<1x8x2xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<1x8x2xi32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @combine_c1_indices {
  %y = "test.value"() : () -> tensor<8x16x64xbf16>
  %w = "test.value"() : () -> tensor<1x8x2xbf16>
  %i = "test.value"() : () -> tensor<1x8x2xf32>
  // expected-error @+1 {{'dag.combine' op (C1) expected 'indices' to be of integers, but got f32}}
  %0 = dag.combine %y, %w, %i : (tensor<8x16x64xbf16>, tensor<1x8x2xbf16>,
      tensor<1x8x2xf32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @combine_c2_choices {
  %y = "test.value"() : () -> tensor<8x16x64xbf16>
  %w = "test.value"() : () -> tensor<1x8x2xbf16>
  %i = "test.value"() : () -> tensor<1x8x4xi32>
  // expected-error @+1 {{'dag.combine' op (C2) expected dimension 2 of 'weights' and dimension 2 of 'indices' to have one size, but got 2 and 4}}
  %0 = dag.combine %y, %w, %i : (tensor<8x16x64xbf16>, tensor<1x8x2xbf16>,
      tensor<1x8x4xi32>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @combine_c3_sharded_choices {
  %y = "test.value"() : () -> tensor<8x16x64xbf16>
  %w = "test.value"() : ()
      -> tensor<1x8x2xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %i = "test.value"() : () -> tensor<1x8x2xi32, #dag.sharding<[{}, {}, {tp}]>>
  // expected-error @+1 {{'dag.combine' op (C3) expected dimension 2 of 'weights' not to be sharded, but it is over {tp}}}
  %0 = dag.combine %y, %w, %i : (tensor<8x16x64xbf16>,
      tensor<1x8x2xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<1x8x2xi32, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x64xbf16>
}

// -----

dag.model @combine_c4_slots_elsewhere {
  %y = "test.value"() : () -> tensor<8x16x64xbf16>
  %w = "test.value"() : ()
      -> tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %i = "test.value"() : () -> tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>
  // expected-error @+1 {{'dag.combine' op (C4) expected the capacity of 'y' to be sharded as the tokens, over {ep}, but got {}}}
  %0 = dag.combine %y, %w, %i : (tensor<8x16x64xbf16>,
      tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>) -> tensor<4x8x64xbf16>
}

// -----

dag.model @combine_c5_padded {
  %y = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {ep} pad 1, {}]>>
  %w = "test.value"() : ()
      -> tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %i = "test.value"() : () -> tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>
  // expected-error @+1 {{'dag.combine' op (C5) expected dimension 1 of 'y' to be neither padded nor uneven}}
  %0 = dag.combine %y, %w, %i : (
      tensor<8x16x64xbf16, #dag.sharding<[{}, {ep} pad 1, {}]>>,
      tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>) -> tensor<4x8x64xbf16>
}

// -----

dag.model @combine_missing_pending_sum {
  %y = "test.value"() : ()
      -> tensor<8x16x64xbf16, #dag.sharding<[{tp}, {ep}, {}]>>
  %w = "test.value"() : ()
      -> tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %i = "test.value"() : () -> tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>
  // expected-error @+1 {{'dag.combine' op expected type 'tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}], partial = {tp}>>', but got 'tensor<4x8x64xbf16>'}}
  %0 = dag.combine %y, %w, %i : (
      tensor<8x16x64xbf16, #dag.sharding<[{tp}, {ep}, {}]>>,
      tensor<4x8x2xbf16, #dag.sharding<[{ep}, {}, {}]>>,
      tensor<4x8x2xi32, #dag.sharding<[{ep}, {}, {}]>>) -> tensor<4x8x64xbf16>
}

// -----

dag.model @router_c5_rank {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  %b = "test.value"() : () -> tensor<1x8xbf16>
  // expected-error @+1 {{'dag.router' op (C5) expected 'bias' to be of rank 1, but got rank 2}}
  %0, %1 = dag.router %x, %w bias %b top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>, tensor<1x8xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c5_pending_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-note @+1 {{the summands come from here}}
  %b = "test.value"() : ()
      -> tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.router' op (C5) expected 'bias' to be reduced, but its sum over {tp} is pending}}
  %0, %1 = dag.router %x, %w bias %b top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>, tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>)
      -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @router_c5_sharded_bias {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  %b = "test.value"() : () -> tensor<8xbf16, #dag.sharding<[{ep}]>>
  // expected-error @+1 {{'dag.router' op (C5) expected dimension 0 of 'bias' not to be sharded, but it is over {ep}}}
  %0, %1 = dag.router %x, %w bias %b top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>, tensor<8xbf16, #dag.sharding<[{ep}]>>)
      -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @router_c5_size_of_correction {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  %c = "test.value"() : () -> tensor<4xbf16>
  // expected-error @+1 {{'dag.router' op (C5) expected dimension 0 of 'correction' to have size 8, but got 4}}
  %0, %1 = dag.router %x, %w correction %c top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>, tensor<4xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c5_correction_of_integers {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  %c = "test.value"() : () -> tensor<8xi32>
  // expected-error @+1 {{'dag.router' op (C5) expected 'correction' to be of floats, but got i32}}
  %0, %1 = dag.router %x, %w correction %c top_k = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>, tensor<8xi32>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_groups_alone {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected 'groups', 'top_groups' and 'group_top' together}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 4 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_top_groups_alone {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected 'groups', 'top_groups' and 'group_top' together}}
  %0, %1 = dag.router %x, %w top_k = 2 top_groups = 2 : (tensor<1x8x64xbf16>,
      tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>, tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_without_group_top {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected 'groups', 'top_groups' and 'group_top' together}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 4 top_groups = 2 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_groups_that_do_not_divide {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected 'groups' to divide 8 experts, but got 3}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 3 top_groups = 2 group_top = 1 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_no_groups {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected 'groups' to divide 8 experts, but got 0}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 0 top_groups = 2 group_top = 1 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_too_many_groups {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected some of 4 groups of 2 experts, with 2 experts in them, but got 5 groups, by their best 2}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 4 top_groups = 5 group_top = 2 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_no_top_groups {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected some of 4 groups of 2 experts, with 2 experts in them, but got 0 groups, by their best 2}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 4 top_groups = 0 group_top = 2 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_group_top {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected some of 4 groups of 2 experts, with 2 experts in them, but got 2 groups, by their best 3}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 4 top_groups = 2 group_top = 3 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_no_group_top {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected some of 4 groups of 2 experts, with 2 experts in them, but got 2 groups, by their best 0}}
  %0, %1 = dag.router %x, %w top_k = 2 groups = 4 top_groups = 2 group_top = 0 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x2xbf16>,
      tensor<1x8x2xi32>)
}

// -----

dag.model @router_c6_too_few_experts {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %w = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.router' op (C6) expected some of 4 groups of 2 experts, with 3 experts in them, but got 1 groups, by their best 2}}
  %0, %1 = dag.router %x, %w top_k = 3 groups = 4 top_groups = 1 group_top = 2 :
      (tensor<1x8x64xbf16>, tensor<8x64xbf16>) -> (tensor<1x8x3xbf16>,
      tensor<1x8x3xi32>)
}

// -----

dag.model @expert_c6_two_biases {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  %bg = "test.value"() : () -> tensor<8x128xbf16>
  %bu = "test.value"() : () -> tensor<8x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C6) expected no biases or three, but got 2}}
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu) : (tensor<8x16x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>,
      tensor<8x128xbf16>, tensor<8x128xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c6_rank_of_bias {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  %bg = "test.value"() : () -> tensor<128xbf16>
  %bu = "test.value"() : () -> tensor<8x128xbf16>
  %bd = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.expert' op (C6) expected 'b_gate' to be of rank 2, but got rank 1}}
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) :
      (tensor<8x16x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x64x128xbf16>, tensor<128xbf16>, tensor<8x128xbf16>,
      tensor<8x64xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c6_pending_bias {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  %bg = "test.value"() : () -> tensor<8x128xbf16>
  // expected-note @+1 {{the summands come from here}}
  %bu = "test.value"() : ()
      -> tensor<8x128xbf16, #dag.sharding<[{}, {}], partial = {tp}>>
  %bd = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.expert' op (C6) expected 'b_up' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) :
      (tensor<8x16x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x64x128xbf16>, tensor<8x128xbf16>,
      tensor<8x128xbf16, #dag.sharding<[{}, {}], partial = {tp}>>,
      tensor<8x64xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c6_element_type {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  %bg = "test.value"() : () -> tensor<8x128xbf16>
  %bu = "test.value"() : () -> tensor<8x128xbf16>
  %bd = "test.value"() : () -> tensor<8x64xf32>
  // expected-error @+1 {{'dag.expert' op (C6) expected 'x' and 'b_down' to have one element type, but got bf16 and f32}}
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) :
      (tensor<8x16x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x64x128xbf16>, tensor<8x128xbf16>, tensor<8x128xbf16>,
      tensor<8x64xf32>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c6_size_of_bias {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  %bg = "test.value"() : () -> tensor<8x128xbf16>
  %bu = "test.value"() : () -> tensor<8x128xbf16>
  %bd = "test.value"() : () -> tensor<8x32xbf16>
  // expected-error @+1 {{'dag.expert' op (C6) expected dimension 1 of 'w_down' and dimension 1 of 'b_down' to have one size, but got 64 and 32}}
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) :
      (tensor<8x16x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x64x128xbf16>, tensor<8x128xbf16>, tensor<8x128xbf16>,
      tensor<8x32xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c6_experts_of_bias {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  %bg = "test.value"() : () -> tensor<4x128xbf16>
  %bu = "test.value"() : () -> tensor<8x128xbf16>
  %bd = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.expert' op (C6) expected dimension 0 of 'w_gate' and dimension 0 of 'b_gate' to have one size, but got 8 and 4}}
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) :
      (tensor<8x16x64xbf16>, tensor<8x128x64xbf16>, tensor<8x128x64xbf16>,
      tensor<8x64x128xbf16>, tensor<4x128xbf16>, tensor<8x128xbf16>,
      tensor<8x64xbf16>) -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c6_bias_on_partial {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %u = "test.value"() : ()
      -> tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %d = "test.value"() : ()
      -> tensor<8x64x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %bg = "test.value"() : () -> tensor<8x128xbf16, #dag.sharding<[{}, {tp}]>>
  %bu = "test.value"() : () -> tensor<8x128xbf16, #dag.sharding<[{}, {tp}]>>
  %bd = "test.value"() : () -> tensor<8x64xbf16>
  // expected-error @+1 {{'dag.expert' op (C6) expected no biases on a sum that is pending over {tp}: every rank would add them}}
  %0 = dag.expert silu %x, %g, %u, %d bias(%bg, %bu, %bd) :
      (tensor<8x16x64xbf16>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<8x128x64xbf16, #dag.sharding<[{}, {tp}, {}]>>,
      tensor<8x64x128xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<8x128xbf16, #dag.sharding<[{}, {tp}]>>,
      tensor<8x128xbf16, #dag.sharding<[{}, {tp}]>>, tensor<8x64xbf16>)
      -> tensor<8x16x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.model @expert_c7_alpha_without_silu {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C7) expected 'alpha' for silu only, but got gelu}}
  %0 = dag.expert gelu %x, %g, %u, %d alpha = 1.702 : (tensor<8x16x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<8x16x64xbf16>
}

// -----

dag.model @expert_c7_limit {
  %x = "test.value"() : () -> tensor<8x16x64xbf16>
  %g = "test.value"() : () -> tensor<8x128x64xbf16>
  %u = "test.value"() : () -> tensor<8x128x64xbf16>
  %d = "test.value"() : () -> tensor<8x64x128xbf16>
  // expected-error @+1 {{'dag.expert' op (C7) expected 'limit' to be positive, but got 0.0}}
  %0 = dag.expert silu %x, %g, %u, %d limit = 0.0 : (tensor<8x16x64xbf16>,
      tensor<8x128x64xbf16>, tensor<8x128x64xbf16>, tensor<8x64x128xbf16>)
      -> tensor<8x16x64xbf16>
}
