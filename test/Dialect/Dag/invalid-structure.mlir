// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

// mesh_c1_no_axis
// expected-error @+1 {{'dag.mesh' op (C1) expected at least one axis}}
dag.mesh @m <>

// -----

// mesh_c1_axis_twice
// expected-error @+1 {{'dag.mesh' op (C1) expected axes of different names, but got "tp" twice}}
dag.mesh @m <tp = 2, tp = 2>

// -----

// mesh_c1_sizes
// expected-error @+1 {{'dag.mesh' op (C1) expected 1 sizes, but got 2}}
"dag.mesh"() {sym_name = "m", axes = ["tp"], sizes = array<i64: 2, 2>} : () -> ()

// -----

// mesh_c2_size
// expected-error @+1 {{'dag.mesh' op (C2) expected the size of "tp" to be positive, but got 0}}
dag.mesh @m <tp = 0>

// -----

// mesh_c2_overflow
// expected-error @+1 {{'dag.mesh' op (C2) expected sizes whose product is a number of 64 bits}}
dag.mesh @m <a = 4294967296, b = 4294967296>

// -----

// mesh_c3_devices
// expected-error @+1 {{'dag.mesh' op (C3) expected 4 devices, but got 2}}
dag.mesh @m <tp = 4> devices = [0, 1]

// -----

// mesh_c4_device_twice
// expected-error @+1 {{'dag.mesh' op (C4) expected different devices, but got 1 twice}}
dag.mesh @m <tp = 2> devices = [1, 1]

// -----

// mesh_c4_negative_device
// expected-error @+1 {{'dag.mesh' op (C4) expected devices not to be negative, but got -1}}
dag.mesh @m <tp = 2> devices = [0, -1]

// -----

// mesh_c5: names of meshes are looked up beside models.
dag.mesh @m <tp = 2>
dag.model @mesh_c5_in_model on @m {
  // expected-error @+1 {{'dag.mesh' op (C5) expected a mesh beside models, but got one in 'dag.model'}}
  dag.mesh @m <tp = 4>
}

// -----

dag.mesh @m <tp = 2>
dag.program @mesh_c5_in_program on @m {
  // expected-error @+1 {{'dag.mesh' op (C5) expected a mesh beside models, but got one in 'dag.program'}}
  dag.mesh @m <tp = 4>
}

// -----

// In a module of its own it is right.
module @nested {
  dag.mesh @m <tp = 4>
}

// -----

dag.model @model_c10_outputs {
  %x = dag.input "x" : tensor<8xf32>
  // expected-note @+1 {{the other one}}
  dag.output %x "y" : tensor<8xf32>
  dag.output %x "z" : tensor<8xf32>
  // expected-error @+1 {{'dag.output' op (C10) expected another name than "y", which another output has}}
  dag.output %x "y" : tensor<8xf32>
}

// -----

// mesh_c4_last_number
// expected-error @+1 {{'dag.mesh' op (C4) expected a device number below 9223372036854775807, but got 9223372036854775807}}
dag.mesh @m <tp = 2> devices = [0, 9223372036854775807]

// -----

// expected-error @+1 {{'dag.model' op attribute 'num_layers' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
dag.model @model_c1_figure <num_layers = 0> {
}

// -----

// expected-error @+1 {{'dag.model' op (C2) expected sampled layers to ascend from 0, but got 3 after 3}}
dag.model @model_c2_ascending sampling = [3, 3] because "short" {
}

// -----

// expected-error @+1 {{'dag.model' op (C2) expected sampled layers to ascend from 0, but got -1}}
dag.model @model_c2_negative sampling = [-1] because "short" {
}

// -----

// expected-error @+1 {{'dag.model' op (C2) expected sampled layers below 4, but got 4}}
dag.model @model_c2_below <num_layers = 4> sampling = [0, 4] because "short" {
}

// -----

// expected-error @+1 {{'dag.model' op (C3) expected a reason for the sampling}}
dag.model @model_c3_reason sampling = [0] {
}

// -----

// expected-error @+1 {{'dag.model' op (C3) expected a reason for the sampling}}
dag.model @model_c3_empty_reason sampling = [0] because "" {
}

// -----

// expected-error @+1 {{'dag.model' op (C3) expected 'sampling' with its reason}}
dag.model @model_c3_reason_alone attributes {sampling_reason = "x"} {
}

// -----

// expected-error @+1 {{'dag.model' op (C4) expected @m to be a mesh}}
dag.model @model_c4_no_mesh on @m {
}

// -----

dag.model @m {
}

// expected-error @+1 {{'dag.model' op (C4) expected @m to be a mesh}}
dag.model @model_c4_other_symbol on @m {
}

// -----

dag.mesh @m <tp = 2>

dag.model @model_c5_unknown_axis on @m {
  // expected-error @+1 {{'dag.input' op (C5) expected an axis of the mesh, {tp}, but got 'ep'}}
  %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{ep}]>>
}

// -----

dag.model @model_c5_no_mesh {
  // expected-error @+1 {{'dag.input' op (C5) expected an axis of the mesh, {}, but got 'tp'}}
  %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{tp}]>>
}

// -----

dag.mesh @m <tp = 2>

dag.model @model_c5_buffer on @m {
  // expected-error @+1 {{'dag.comm_buffer' op (C5) expected an axis of the mesh, {tp}, but got 'ep'}}
  dag.comm_buffer @b : tensor<8xf32, #dag.sharding<[{ep}]>>
}

// -----

dag.mesh @m <tp = 2>

dag.model @model_c5_axis_of_stage on @m {
  // expected-error @+1 {{'dag.stage' op (C5) expected an axis of the mesh, {tp}, but got "pp"}}
  dag.stage 0 on pp = 0 () {
    dag.yield
  }
}

// -----

dag.mesh @m <tp = 3>

dag.model @model_c6_does_not_divide on @m {
  // expected-error @+1 {{'dag.input' op (C6) expected dimension 1 of size 8 to divide by the 3 ranks of {tp}, but 2 elements remain}}
  %x = dag.input "x" : tensor<6x8xf32, #dag.sharding<[{}, {tp}]>>
  // Every type is reported once.
  %y = dag.input "y" : tensor<6x8xf32, #dag.sharding<[{}, {tp}]>>
}

// -----

dag.mesh @m <tp = 4, ep = 4>

dag.model @model_c6_reports_all on @m {
  // expected-error @+1 {{'dag.input' op (C6) expected dimension 0 of size 8 to divide by the 16 ranks of {tp, ep}, but 8 elements remain}}
  %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{tp, ep}]>>
  // expected-error @+1 {{'dag.input' op (C6) expected dimension 0 of size 9 to divide by the 4 ranks of {tp}, but 1 elements remain}}
  %y = dag.input "y" : tensor<9xf32, #dag.sharding<[{tp} pad 2]>>
  // expected-error @+1 {{'dag.input' op (C6) expected dimension 0 of size 3 to have an element for each of the 4 ranks of {tp}}}
  %z = dag.input "z" : tensor<3xf32, #dag.sharding<[{tp} uneven]>>
}

// -----

dag.mesh @m <tp = 2>

dag.model @model_c7_root on @m {
  // expected-error @+1 {{'dag.input' op (C7) expected a root below 2 on 'tp', but got 2}}
  %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{}], root = {tp = 2}>>
}

// -----

dag.mesh @m <pp = 2>

dag.model @model_c8_coordinate on @m {
  // expected-error @+1 {{'dag.stage' op (C8) expected a coordinate below 2 on "pp", but got 2}}
  dag.stage 2 on pp = 2 () {
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2, tp = 2>

// What stages along an axis compute is not one tensor.
dag.model @model_c9_axis_of_stages on @m {
  %0 = dag.stage 0 on pp = 0 ()
      -> (tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>) {
    %w = dag.parameter "w" : tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
    dag.yield %w : tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
  }
  dag.stage 1 on pp = 1 () {
    // expected-error @+1 {{'dag.parameter' op (C9) expected axes other than the one its stage lies on, but got 'pp'}}
    %v = dag.parameter "v" : tensor<8x4xf32, #dag.sharding<[{pp}, {}]>>
    dag.yield
  }
}

// -----

// expected-error @+1 {{expected a figure of the model, but got 'layers'}}
dag.model @model_unknown_figure <layers = 4> {
}

// -----

// expected-error @+1 {{expected every figure once, but got 'top_k' twice}}
dag.model @model_figure_twice <top_k = 2, top_k = 2> {
}

// -----

dag.model @stage_c1_index {
  // expected-error @+1 {{'dag.stage' op attribute 'index' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  dag.stage -1 () {
    dag.yield
  }
}

// -----

dag.model @stage_c1_coordinate {
  // expected-error @+1 {{'dag.stage' op attribute 'coordinate' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  dag.stage 0 on pp = -1 () {
    dag.yield
  }
}

// -----

dag.model @stage_c1_axis_alone {
  // expected-error @+1 {{'dag.stage' op (C1) expected an axis with a coordinate}}
  "dag.stage"() ({
    dag.yield
  }) {index = 0 : i64, axis = "pp"} : () -> ()
}

// -----

dag.model @stage_c2_first {
  // expected-error @+1 {{'dag.stage' op attribute 'first_layer' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  dag.stage 0 layers [-1, 4) () {
    dag.yield
  }
}

// -----

dag.model @stage_c2_end {
  // expected-error @+1 {{'dag.stage' op (C2) expected layers to end at 4 or later, but got 3}}
  dag.stage 0 layers [4, 3) () {
    dag.yield
  }
}

// -----

dag.model @stage_c2_first_alone {
  // expected-error @+1 {{'dag.stage' op (C2) expected a first layer with an end}}
  "dag.stage"() ({
    dag.yield
  }) {index = 0 : i64, first_layer = 0 : i64} : () -> ()
}

// -----

dag.model @stage_c3_device_twice {
  // expected-error @+1 {{'dag.stage' op (C3) expected different devices, but got 0 twice}}
  dag.stage 0 devices [0, 0] () {
    dag.yield
  }
}

// -----

dag.model @stage_c3_negative_device {
  // expected-error @+1 {{'dag.stage' op (C3) expected devices not to be negative, but got -2}}
  dag.stage 0 devices [-2] () {
    dag.yield
  }
}

// -----

dag.model @stage_c4_arguments {
  %x = "test.value"() : () -> tensor<8xf32>
  // expected-error @+1 {{'dag.stage' op (C4) expected 1 block arguments, but got 0}}
  "dag.stage"(%x) ({
    dag.yield
  }) {index = 0 : i64} : (tensor<8xf32>) -> ()
}

// -----

dag.model @stage_c4_type_of_argument {
  %x = "test.value"() : () -> tensor<8xf32>
  // expected-error @+1 {{'dag.stage' op (C4) expected block argument 0 of type 'tensor<8xf32>', but got 'tensor<4xf32>'}}
  "dag.stage"(%x) ({
  ^bb0(%a: tensor<4xf32>):
    dag.yield
  }) {index = 0 : i64} : (tensor<8xf32>) -> ()
}

// -----

dag.model @stage_c5_results {
  %0 = dag.stage 0 () -> (tensor<8xf32>) {
    // expected-error @+1 {{'dag.stage' op (C5) expected 1 yielded values, but got 0}}
    dag.yield
  }
}

// -----

dag.model @stage_c5_type_of_result {
  %0 = dag.stage 0 () -> (tensor<8xf32>) {
    %x = "test.value"() : () -> tensor<4xf32>
    // expected-error @+1 {{'dag.stage' op (C5) expected yielded value 0 of type 'tensor<8xf32>', but got 'tensor<4xf32>'}}
    dag.yield %x : tensor<4xf32>
  }
}

// -----

// expected-error @+1 {{'dag.stage' op expects parent op 'dag.model'}}
dag.stage 0 () {
  dag.yield
}

// -----

dag.model @layer_c1_index {
  // expected-error @+1 {{'dag.layer' op attribute 'index' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  dag.layer -1 () {
    dag.yield
  }
}

// -----

dag.model @layer_c2_type_of_argument {
  %x = "test.value"() : () -> tensor<8xf32>
  // expected-error @+1 {{'dag.layer' op (C2) expected block argument 0 of type 'tensor<8xf32>', but got 'tensor<8xf32, #dag.sharding<[{tp}]>>'}}
  "dag.layer"(%x) ({
  ^bb0(%a: tensor<8xf32, #dag.sharding<[{tp}]>>):
    dag.yield
  }) {index = 0 : i64} : (tensor<8xf32>) -> ()
}

// -----

dag.model @layer_c3_type_of_result {
  %0 = dag.layer 0 () -> (tensor<8xf32>) {
    %x = "test.value"() : () -> tensor<8xbf16>
    // expected-error @+1 {{'dag.layer' op (C3) expected yielded value 0 of type 'tensor<8xf32>', but got 'tensor<8xbf16>'}}
    dag.yield %x : tensor<8xbf16>
  }
}

// -----

dag.model @layer_in_layer {
  dag.layer 0 () {
    // expected-error @+1 {{'dag.layer' op expects parent op to be one of 'dag.model, dag.stage, dag.function'}}
    dag.layer 1 () {
      dag.yield
    }
    dag.yield
  }
}

// -----

dag.model @layer_is_isolated {
  %x = "test.value"() : () -> tensor<8xf32>
  // expected-note @+1 {{required by region isolation constraints}}
  dag.layer 0 () {
    // expected-error @+1 {{'test.use' op using value defined outside the region}}
    "test.use"(%x) : (tensor<8xf32>) -> ()
    dag.yield
  }
}

// -----

dag.model @parameter_c1_name {
  // expected-error @+1 {{'dag.parameter' op attribute 'name' failed to satisfy constraint: string attribute that is not empty}}
  %0 = dag.parameter "" : tensor<8xf32>
}

// -----

dag.model @parameter_c2_pending_sum {
  // expected-error @+1 {{'dag.parameter' op (C2) expected no pending sum, but got one over {tp}}}
  %0 = dag.parameter "x"
      : tensor<8xf32, #dag.sharding<[{}], partial = {tp}>>
}

// -----

dag.model @input_c1_name {
  // expected-error @+1 {{'dag.input' op attribute 'name' failed to satisfy constraint: string attribute that is not empty}}
  %0 = dag.input "" : tensor<8xf32>
}

// -----

dag.model @input_c2_pending_sum {
  // expected-error @+1 {{'dag.input' op (C2) expected no pending sum, but got one over {tp}}}
  %0 = dag.input "x"
      : tensor<8xf32, #dag.sharding<[{}], partial = {tp}>>
}

// -----

dag.model @parameter_c2_root {
  // expected-error @+1 {{'dag.parameter' op (C2) expected a tensor on all ranks, but it exists only at 'tp' = 0}}
  %0 = dag.parameter "x"
      : tensor<8xf32, #dag.sharding<[{}], root = {tp = 0}>>
}

// -----

dag.model @output_c1_name {
  %0 = dag.input "x" : tensor<8xf32>
  // expected-error @+1 {{'dag.output' op attribute 'name' failed to satisfy constraint: string attribute that is not empty}}
  dag.output %0 "" : tensor<8xf32>
}

// -----

dag.model @output_c2_pending_sum {
  %0 = "test.value"() : ()
      -> tensor<8xf32, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.output' op (C2) expected no pending sum, but got one over {tp}}}
  dag.output %0 "x"
      : tensor<8xf32, #dag.sharding<[{}], partial = {tp}>>
}

// -----

dag.model @parameter_c3_place_without_experts {
  // expected-error @+1 {{'dag.parameter' op (C3) expected the name to have no '{}' unless it is stacked, but got 'w.{}'}}
  %0 = dag.parameter "w.{}" : tensor<64x64xbf16>
}

// -----

dag.model @parameter_c3_place_that_is_not_stacked {
  // expected-error @+1 {{'dag.parameter' op (C3) expected the name to have no '{}' unless it is stacked, but got 'w.{}'}}
  %0 = dag.parameter "w.{}" from <transposed> : tensor<64x64xbf16>
}

// -----

dag.model @parameter_c3_no_place {
  // expected-error @+1 {{'dag.parameter' op (C3) expected the name to have one '{}', but got 'w'}}
  %0 = dag.parameter "w" from <stacked> : tensor<8x64x64xbf16>
}

// -----

dag.model @parameter_c3_two_places {
  // expected-error @+1 {{'dag.parameter' op (C3) expected the name to have one '{}', but got '{}.w.{}'}}
  %0 = dag.parameter "{}.w.{}" from <stacked> : tensor<8x64x64xbf16>
}

// -----

dag.model @parameter_c4_elements {
  // expected-error @+1 {{'dag.parameter' op (C4) expected the part of the view to have as many elements as the tensor, 4096, but got 2048}}
  %0 = dag.parameter "w" from <view [192, 64] offsets [64, 0] sizes [32, 64]> :
      tensor<64x64xbf16>
}

// -----

dag.model @parameter_c4_padding {
  // expected-error @+1 {{'dag.parameter' op (C4) expected the part of the view to have as many elements as the tensor, 3968, but got 4096}}
  %0 = dag.parameter "w" from <view [192, 64] offsets [64, 0] sizes [64, 64]> :
      tensor<64x64xbf16, #dag.sharding<[{tp} pad 2, {}]>>
}

// -----

dag.model @parameter_c4_overflow {
  // expected-error @+1 {{'dag.parameter' op (C4) expected the part of the view to have as many elements as the tensor, 4096, but got ?}}
  %0 = dag.parameter "w" from
      <view [4611686018427387904, 4] offsets [0, 0] sizes [4611686018427387904, 4]>
      : tensor<64x64xbf16>
}

// -----

dag.mesh @m <tp = 4>

dag.model @model_c6_heads_of_attention on @m {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = "test.value"() : () -> tensor<64x32xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.attention' op (C6) expected the 2 heads of 'wq' to divide by the 4 ranks of {tp}, but 2 remain}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 2 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal : (tensor<1x8x64xbf16>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x32xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.mesh @m <tp = 4>

dag.model @model_c6_kv_heads_of_attention on @m {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wk = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wv = "test.value"() : () -> tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = "test.value"() : () -> tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.attention' op (C6) expected the 2 heads of 'wk' to divide by the 4 ranks of {tp}, but 2 remain}}
  %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2 head_dim = 16
      scale = 0.25 mask causal : (tensor<1x8x64xbf16>,
      tensor<64x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<32x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x64xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}

// -----

dag.mesh @m <tp = 4>

dag.model @model_c6_heads_of_latent_attention on @m {
  %x = "test.value"() : () -> tensor<1x8x64xbf16>
  %wq = "test.value"() : () -> tensor<72x64xbf16, #dag.sharding<[{tp}, {}]>>
  %wd = "test.value"() : () -> tensor<40x64xbf16>
  %n = "test.value"() : () -> tensor<32xbf16>
  %wkv = "test.value"() : () -> tensor<96x32xbf16, #dag.sharding<[{tp}, {}]>>
  %wo = "test.value"() : () -> tensor<64x48xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'dag.latent_attention' op (C6) expected the 3 heads of 'w_q' to divide by the 4 ranks of {tp}, but 3 remain}}
  %0 = dag.latent_attention %x, %wq, %wd, %n, %wkv, %wo heads = 3 nope_dim = 16
      rope_dim = 8 v_dim = 16 epsilon = 1.0e-06 scale = 0.2 theta = 10000.0 :
      (tensor<1x8x64xbf16>, tensor<72x64xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<40x64xbf16>, tensor<32xbf16>,
      tensor<96x32xbf16, #dag.sharding<[{tp}, {}]>>,
      tensor<64x48xbf16, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
}
