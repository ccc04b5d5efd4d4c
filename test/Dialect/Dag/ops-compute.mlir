// RUN: dag-opt %s --allow-unregistered-dialect --verify-roundtrip | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --mlir-print-op-generic | dag-opt --allow-unregistered-dialect | FileCheck %s
// RUN: dag-opt %s --allow-unregistered-dialect --emit-bytecode | dag-opt --allow-unregistered-dialect | FileCheck %s

dag.mesh @m <dp = 2, tp = 2>

// CHECK-LABEL: dag.model @embedding_replicated on @m
dag.model @embedding_replicated on @m {
  %ids = dag.input "ids" : tensor<1x8xi32>
  %table = dag.input "table" : tensor<128x64xbf16>
  // CHECK: = dag.embedding %ids, %table : (tensor<1x8xi32>, tensor<128x64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>, tensor<128x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @embedding_vocabulary_parallel on @m
dag.model @embedding_vocabulary_parallel on @m {
  %ids = dag.input "ids" : tensor<1x8xi32>
  %table = dag.input "table" : tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: = dag.embedding %ids, %table : (tensor<1x8xi32>, tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.embedding %ids, %table : (tensor<1x8xi32>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @embedding_sharded_batch on @m
dag.model @embedding_sharded_batch on @m {
  %ids = dag.input "ids" : tensor<4x8xi32, #dag.sharding<[{dp}, {}]>>
  %table = dag.input "table" :
      tensor<128x64xbf16, #dag.sharding<[{tp} pad 3, {}]>>
  // CHECK: = dag.embedding %ids, %table : (tensor<4x8xi32, #dag.sharding<[{dp}, {}]>>, tensor<128x64xbf16, #dag.sharding<[{tp} pad 3, {}]>>) -> tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {}], partial = {tp}>>
  %0 = dag.embedding %ids, %table : (
      tensor<4x8xi32, #dag.sharding<[{dp}, {}]>>,
      tensor<128x64xbf16, #dag.sharding<[{tp} pad 3, {}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @rms_norm on @m
dag.model @rms_norm on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64xbf16>
  // CHECK: = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @rms_norm_sequence_parallel on @m
dag.model @rms_norm_sequence_parallel on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %w = dag.input "w" : tensor<64xbf16>
  // CHECK: = dag.rms_norm %x, %w epsilon = 1.0e-06 unit_offset as final_norm : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<64xbf16>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %0 = dag.rms_norm %x, %w epsilon = 1.0e-06 unit_offset as final_norm : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @rms_norm_of_heads on @m
dag.model @rms_norm_of_heads on @m {
  %q = dag.input "q" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %w = dag.input "w" : tensor<16xbf16>
  // CHECK: = dag.rms_norm %q, %w epsilon = 1.0e-06 as qk_norm : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>, tensor<16xbf16>) -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.rms_norm %q, %w epsilon = 1.0e-06 as qk_norm : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>,
      tensor<16xbf16>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @layer_norm on @m
dag.model @layer_norm on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64xbf16>
  %b = dag.input "b" : tensor<64xbf16>
  // CHECK: = dag.layer_norm %x, %w, %b epsilon = 1.0e-05 : (tensor<1x8x64xbf16>, tensor<64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.layer_norm %x, %w, %b epsilon = 1.0e-05 : (tensor<1x8x64xbf16>,
      tensor<64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @layer_norm_without_bias on @m
dag.model @layer_norm_without_bias on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<64xbf16>
  // CHECK: = dag.layer_norm %x, %w epsilon = 1.0e-05 as norm : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.layer_norm %x, %w epsilon = 1.0e-05 as norm : (tensor<1x8x64xbf16>,
      tensor<64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @linear_replicated on @m
dag.model @linear_replicated on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<128x64xbf16>
  // CHECK: = dag.linear %x, %w : (tensor<1x8x64xbf16>, tensor<128x64xbf16>) -> tensor<1x8x128xbf16>
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>, tensor<128x64xbf16>)
      -> tensor<1x8x128xbf16>
}

// CHECK-LABEL: dag.model @linear_column_parallel on @m
dag.model @linear_column_parallel on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  %b = dag.input "b" : tensor<128xbf16, #dag.sharding<[{tp}]>>
  // CHECK: = dag.linear %x, %w, %b as ffn_up : (tensor<1x8x64xbf16>, tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>, tensor<128xbf16, #dag.sharding<[{tp}]>>) -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %0 = dag.linear %x, %w, %b as ffn_up : (tensor<1x8x64xbf16>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<128xbf16, #dag.sharding<[{tp}]>>)
      -> tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @linear_row_parallel on @m
dag.model @linear_row_parallel on @m {
  %x = dag.input "x" : tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %w = dag.input "w" : tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: = dag.linear %x, %w as ffn_down : (tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.linear %x, %w as ffn_down : (
      tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<64x128xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// The second factor of a low-rank part of a row-parallel layer.

// CHECK-LABEL: dag.model @linear_pending on @m
dag.model @linear_pending on @m {
  %x = dag.input "x" : tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %a = dag.input "a" : tensor<16x128xbf16, #dag.sharding<[{}, {tp}]>>
  %b = dag.input "b" : tensor<64x16xbf16>
  %0 = dag.linear %x, %a : (
      tensor<1x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<16x128xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.linear %0, %b : (tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>, tensor<64x16xbf16>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %1 = dag.linear %0, %b : (
      tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<64x16xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @linear_both_parallel on @m
dag.model @linear_both_parallel on @m {
  %x = dag.input "x" : tensor<4x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %w = dag.input "w" : tensor<64x128xbf16, #dag.sharding<[{dp}, {tp}]>>
  // CHECK: = dag.linear %x, %w : (tensor<4x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<64x128xbf16, #dag.sharding<[{dp}, {tp}]>>) -> tensor<4x8x64xbf16, #dag.sharding<[{}, {}, {dp}], partial = {tp}>>
  %0 = dag.linear %x, %w : (
      tensor<4x8x128xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<64x128xbf16, #dag.sharding<[{dp}, {tp}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{}, {}, {dp}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @linear_padded_vocabulary on @m
dag.model @linear_padded_vocabulary on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.input "w" : tensor<132x64xbf16, #dag.sharding<[{tp} pad 3, {}]>>
  // CHECK: = dag.linear %x, %w as head : (tensor<1x8x64xbf16>, tensor<132x64xbf16, #dag.sharding<[{tp} pad 3, {}]>>) -> tensor<1x8x132xbf16, #dag.sharding<[{}, {}, {tp} pad 3]>>
  %0 = dag.linear %x, %w as head : (tensor<1x8x64xbf16>,
      tensor<132x64xbf16, #dag.sharding<[{tp} pad 3, {}]>>)
      -> tensor<1x8x132xbf16, #dag.sharding<[{}, {}, {tp} pad 3]>>
}

// CHECK-LABEL: dag.model @linear_dynamic on @m
dag.model @linear_dynamic on @m {
  %x = dag.input "x" : tensor<?x?x64xbf16, #dag.sharding<[{dp}, {}, {}]>>
  %w = dag.input "w" : tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>
  // CHECK: = dag.linear %x, %w : (tensor<?x?x64xbf16, #dag.sharding<[{dp}, {}, {}]>>, tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>) -> tensor<?x?x128xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
  %0 = dag.linear %x, %w : (
      tensor<?x?x64xbf16, #dag.sharding<[{dp}, {}, {}]>>,
      tensor<128x64xbf16, #dag.sharding<[{tp}, {}]>>)
      -> tensor<?x?x128xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @linear_vector on @m
dag.model @linear_vector on @m {
  %x = dag.input "x" : tensor<64xf32>
  %w = dag.input "w" : tensor<8x64xf32>
  // CHECK: = dag.linear %x, %w : (tensor<64xf32>, tensor<8x64xf32>) -> tensor<8xf32>
  %0 = dag.linear %x, %w : (tensor<64xf32>, tensor<8x64xf32>) -> tensor<8xf32>
}

// CHECK-LABEL: dag.model @rotary_embedding on @m
dag.model @rotary_embedding on @m {
  %q = dag.input "q" :
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: = dag.rotary_embedding %q theta = 500000.0 : (tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>) -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.rotary_embedding %q theta = 500000.0 : (
      tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x8x4x16xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @rotary_embedding_at_position on @m
dag.model @rotary_embedding_at_position on @m {
  %q = dag.input "q" : tensor<1x1x4x16xbf16>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.rotary_embedding %q at %p theta = 10000.0 rotary_dim = 8 scaling {factor = 8.000000e+00 : f64} : (tensor<1x1x4x16xbf16>, tensor<i32>) -> tensor<1x1x4x16xbf16>
  %0 = dag.rotary_embedding %q at %p theta = 10000.0 rotary_dim = 8 scaling {factor = 8.000000e+00 :
      f64} : (tensor<1x1x4x16xbf16>, tensor<i32>) -> tensor<1x1x4x16xbf16>
}

// CHECK-LABEL: dag.model @activation on @m
dag.model @activation on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // CHECK: = dag.activation silu %x : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %0 = dag.activation silu %x : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // CHECK: = dag.activation gelu_tanh %x : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %1 = dag.activation gelu_tanh %x : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @multiply on @m
dag.model @multiply on @m {
  %g = dag.input "g" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %u = dag.input "u" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // CHECK: = dag.multiply %g, %u : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>, tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %0 = dag.multiply %g, %u : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>,
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @add on @m
dag.model @add on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %y = dag.input "y" : tensor<1x8x64xbf16>
  // CHECK: = dag.add %x, %y : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.add %x, %y : (tensor<1x8x64xbf16>, tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @add_pending_sums on @m
dag.model @add_pending_sums on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %y = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.add %{{.*}}, %{{.*}} as residual_add : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>, tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.add %x, %y as residual_add : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @scale_pending_sum on @m
dag.model @scale_pending_sum on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.scale %{{.*}} by 8.0 : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %0 = dag.scale %x by 8.0 : (
      tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// CHECK-LABEL: dag.model @soft_cap on @m
dag.model @soft_cap on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  // CHECK: = dag.soft_cap %x cap = 30.0 : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.soft_cap %x cap = 30.0 : (tensor<1x8x64xbf16>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @position_embedding on @m
dag.model @position_embedding on @m {
  %ids = dag.input "ids" : tensor<1x8xi32>
  %table = dag.input "table" : tensor<130x64xbf16>
  // CHECK: = dag.position_embedding %ids, %table : (tensor<1x8xi32>, tensor<130x64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.position_embedding %ids, %table : (tensor<1x8xi32>,
      tensor<130x64xbf16>) -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @position_embedding_at_position on @m
dag.model @position_embedding_at_position on @m {
  %ids = dag.input "ids" : tensor<4x1xi32, #dag.sharding<[{dp}, {}]>>
  %table = dag.input "table" : tensor<130x64xbf16>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.position_embedding %ids, %table at %p offset = 2 : (tensor<4x1xi32, #dag.sharding<[{dp}, {}]>>, tensor<130x64xbf16>, tensor<i32>) -> tensor<4x1x64xbf16, #dag.sharding<[{dp}, {}, {}]>>
  %0 = dag.position_embedding %ids, %table at %p offset = 2 :
      (tensor<4x1xi32, #dag.sharding<[{dp}, {}]>>, tensor<130x64xbf16>,
      tensor<i32>) -> tensor<4x1x64xbf16, #dag.sharding<[{dp}, {}, {}]>>
}

// CHECK-LABEL: dag.model @position_embedding_sharded_vectors on @m
dag.model @position_embedding_sharded_vectors on @m {
  %ids = dag.input "ids" : tensor<1x8xi32>
  %table = dag.input "table" : tensor<130x64xbf16, #dag.sharding<[{}, {tp}]>>
  // CHECK: = dag.position_embedding %ids, %table : (tensor<1x8xi32>, tensor<130x64xbf16, #dag.sharding<[{}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %0 = dag.position_embedding %ids, %table : (tensor<1x8xi32>,
      tensor<130x64xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @rotary_embedding_part_of_a_head on @m
dag.model @rotary_embedding_part_of_a_head on @m {
  %x = dag.input "x" : tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  // CHECK: = dag.rotary_embedding %x theta = 10000.0 rotary_dim = 8 offset = 16 interleaved : (tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>) -> tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
  %0 = dag.rotary_embedding %x theta = 10000.0 rotary_dim = 8 offset = 16
      interleaved : (tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>)
      -> tensor<1x8x4x24xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @rotary_embedding_from_an_offset on @m
dag.model @rotary_embedding_from_an_offset on @m {
  %x = dag.input "x" : tensor<1x8x4x24xbf16>
  // CHECK: = dag.rotary_embedding %x theta = 10000.0 offset = 16 scaling {factor = 4.000000e+01 : f64} : (tensor<1x8x4x24xbf16>) -> tensor<1x8x4x24xbf16>
  %0 = dag.rotary_embedding %x theta = 10000.0 offset = 16 scaling
      {factor = 4.000000e+01 : f64} : (tensor<1x8x4x24xbf16>)
      -> tensor<1x8x4x24xbf16>
}

// CHECK-LABEL: dag.model @rotary_embedding_shared_by_heads on @m
dag.model @rotary_embedding_shared_by_heads on @m {
  %x = dag.input "x" : tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %p = dag.input "p" : tensor<i32>
  // CHECK: = dag.rotary_embedding %x at %p theta = 10000.0 interleaved : (tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<i32>) -> tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %0 = dag.rotary_embedding %x at %p theta = 10000.0 interleaved :
      (tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<i32>)
      -> tensor<1x8x16xbf16, #dag.sharding<[{}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @activation_quick_gelu on @m
dag.model @activation_quick_gelu on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  // CHECK: = dag.activation quick_gelu %x : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
  %0 = dag.activation quick_gelu %x :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @bias_add on @m
dag.model @bias_add on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %b = dag.input "b" : tensor<64xbf16>
  // CHECK: = dag.bias_add %x, %b as ffn_down : (tensor<1x8x64xbf16>, tensor<64xbf16>) -> tensor<1x8x64xbf16>
  %0 = dag.bias_add %x, %b as ffn_down : (tensor<1x8x64xbf16>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16>
}

// CHECK-LABEL: dag.model @bias_add_sharded_features on @m
dag.model @bias_add_sharded_features on @m {
  %x = dag.input "x" : tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
  %b = dag.input "b" : tensor<64xbf16, #dag.sharding<[{tp}]>>
  // CHECK: = dag.bias_add %x, %b : (tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>, tensor<64xbf16, #dag.sharding<[{tp}]>>) -> tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
  %0 = dag.bias_add %x, %b :
      (tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>,
      tensor<64xbf16, #dag.sharding<[{tp}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @bias_add_sequence_parallel on @m
dag.model @bias_add_sequence_parallel on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %b = dag.input "b" : tensor<64xbf16>
  // CHECK: = dag.bias_add %x, %b as output_projection : (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<64xbf16>) -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
  %0 = dag.bias_add %x, %b as output_projection :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>, tensor<64xbf16>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {}]>>
}

// CHECK-LABEL: dag.model @split on @m
dag.model @split on @m {
  %x = dag.input "x" : tensor<4x8x64xbf16, #dag.sharding<[{dp}, {tp}, {}]>>
  // CHECK: = dag.split %x sizes [48, 16] : (tensor<4x8x64xbf16, #dag.sharding<[{dp}, {tp}, {}]>>) -> (tensor<4x8x48xbf16, #dag.sharding<[{dp}, {tp}, {}]>>, tensor<4x8x16xbf16, #dag.sharding<[{dp}, {tp}, {}]>>)
  %0, %1 = dag.split %x sizes [48, 16] :
      (tensor<4x8x64xbf16, #dag.sharding<[{dp}, {tp}, {}]>>)
      -> (tensor<4x8x48xbf16, #dag.sharding<[{dp}, {tp}, {}]>>,
      tensor<4x8x16xbf16, #dag.sharding<[{dp}, {tp}, {}]>>)
}

// CHECK-LABEL: dag.model @split_pending_sum on @m
dag.model @split_pending_sum on @m {
  %x = "test.value"() : ()
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  // CHECK: = dag.split %{{.*}} sizes [16, 16, 32] : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>) -> (tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>, tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>, tensor<1x8x32xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
  %0, %1, %2 = dag.split %x sizes [16, 16, 32] :
      (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> (tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<1x8x16xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>,
      tensor<1x8x32xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
}

// CHECK-LABEL: dag.model @last_token on @m
dag.model @last_token on @m {
  %x = dag.input "x" : tensor<2x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
  // CHECK: = dag.last_token %x : (tensor<2x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>) -> tensor<2x1x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
  %0 = dag.last_token %x
      : (tensor<2x8x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>)
      -> tensor<2x1x64xbf16, #dag.sharding<[{dp}, {}, {tp}]>>
}

// CHECK-LABEL: dag.model @dequantize_blocks on @m
dag.model @dequantize_blocks on @m {
  %w = dag.parameter "w" : tensor<256x500xf8E4M3FN, #dag.sharding<[{tp}, {}]>>
  %s = dag.parameter "s" : tensor<2x4xf32, #dag.sharding<[{tp}, {}]>>
  // CHECK: = dag.dequantize %w, %s block = [128, 128] to bf16 : (tensor<256x500xf8E4M3FN, #dag.sharding<[{tp}, {}]>>, tensor<2x4xf32, #dag.sharding<[{tp}, {}]>>) -> tensor<256x500xbf16, #dag.sharding<[{tp}, {}]>>
  %0 = dag.dequantize %w, %s block = [128, 128] to bf16
      : (tensor<256x500xf8E4M3FN, #dag.sharding<[{tp}, {}]>>,
         tensor<2x4xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<256x500xbf16, #dag.sharding<[{tp}, {}]>>
}

// One scale for all columns, wherever they are.
// CHECK-LABEL: dag.model @dequantize_rows on @m
dag.model @dequantize_rows on @m {
  %w = dag.parameter "w" : tensor<8x16xi8, #dag.sharding<[{}, {tp}]>>
  %s = dag.parameter "s" : tensor<8x1xf32>
  // CHECK: = dag.dequantize %w, %s block = [1, 16] to f16
  %0 = dag.dequantize %w, %s block = [1, 16] to f16
      : (tensor<8x16xi8, #dag.sharding<[{}, {tp}]>>, tensor<8x1xf32>)
      -> tensor<8x16xf16, #dag.sharding<[{}, {tp}]>>
}

// CHECK-LABEL: dag.model @dequantize_zeros
dag.model @dequantize_zeros {
  // CHECK: from <packed awq transposed>
  %w = dag.parameter "qweight" from <packed awq transposed> : tensor<8x16xui4>
  %s = dag.parameter "scales" from <transposed> : tensor<8x2xf16>
  // CHECK: from <packed gptq_zeros transposed>
  %z = dag.parameter "qzeros" from <packed gptq_zeros transposed>
      : tensor<8x2xui4>
  // CHECK: = dag.dequantize %qweight, %scales zero %qzeros block = [1, 8] to bf16
  %0 = dag.dequantize %w, %s zero %z block = [1, 8] to bf16
      : (tensor<8x16xui4>, tensor<8x2xf16>, tensor<8x2xui4>)
      -> tensor<8x16xbf16>
}

// CHECK-LABEL: dag.model @dequantize_nothing
dag.model @dequantize_nothing {
  %c = dag.kv_cache "c" : tensor<1x8x2x16xf8E5M2>
  // CHECK: = dag.dequantize %{{.*}} to bf16 : (tensor<1x8x2x16xf8E5M2>) -> tensor<1x8x2x16xbf16>
  %0 = dag.dequantize %c to bf16 : (tensor<1x8x2x16xf8E5M2>)
      -> tensor<1x8x2x16xbf16>
}
