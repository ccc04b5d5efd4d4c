// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

dag.model @equal_c1_other_sharding {
  %x = "test.value"() : () -> tensor<2x4xbf16>
  %y = "test.value"() : () -> tensor<2x4xbf16, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{'check.equal' op requires all operands to have the same type}}
  "check.equal"(%x, %y) : (tensor<2x4xbf16>,
      tensor<2x4xbf16, #dag.sharding<[{}, {tp}]>>) -> ()
}

// -----

dag.model @close_c1_other_shape {
  %x = "test.value"() : () -> tensor<2x4xbf16>
  %y = "test.value"() : () -> tensor<4x2xbf16>
  // expected-error @+1 {{'check.close' op requires all operands to have the same type}}
  "check.close"(%x, %y) <{ulp = 1.0 : f64}>
      : (tensor<2x4xbf16>, tensor<4x2xbf16>) -> ()
}

// -----

dag.model @equal_of_strings {
  %x = "test.value"() : () -> tensor<2x!dag.transfer<tensor<1xf32>>>
  // expected-error @+1 {{'check.equal' op operand #0 must be ranked tensor of floating-point or integer values}}
  check.equal %x, %x : tensor<2x!dag.transfer<tensor<1xf32>>>
}

// -----

dag.model @close_of_integers {
  %x = "test.value"() : () -> tensor<2xi32>
  // expected-error @+1 {{'check.close' op operand #0 must be ranked tensor of floating-point values, but got 'tensor<2xi32>'}}
  check.close %x, %x ulp = 1 : tensor<2xi32>
}

// -----

dag.model @equal_c2_pending_sum {
  %x = "test.value"() : ()
      -> tensor<2x4xbf16, #dag.sharding<[{}, {}], partial = {dp, tp}>>
  // expected-error @+1 {{'check.equal' op (C2) expected no pending sum, but got one over {dp, tp}}}
  check.equal %x, %x
      : tensor<2x4xbf16, #dag.sharding<[{}, {}], partial = {dp, tp}>>
}

// -----

dag.model @close_c2_root {
  %x = "test.value"() : ()
      -> tensor<2x4xbf16, #dag.sharding<[{}, {}], root = {tp = 1}>>
  // expected-error @+1 {{'check.close' op (C2) expected a tensor on all ranks, but it exists only at 'tp' = 1}}
  check.close %x, %x ulp = 1
      : tensor<2x4xbf16, #dag.sharding<[{}, {}], root = {tp = 1}>>
}

// -----

dag.model @close_c3_no_bound {
  %x = "test.value"() : () -> tensor<2xf32>
  // expected-error @+1 {{'check.close' op (C3) expected one of 'ulp', 'relative' and 'absolute', but got 0}}
  check.close %x, %x : tensor<2xf32>
}

// -----

dag.model @close_c3_two_bounds {
  %x = "test.value"() : () -> tensor<2xf32>
  // expected-error @+1 {{'check.close' op (C3) expected one of 'ulp', 'relative' and 'absolute', but got 2}}
  check.close %x, %x ulp = 1 absolute = 0.1 : tensor<2xf32>
}

// -----

dag.model @close_c3_negative {
  %x = "test.value"() : () -> tensor<2xf32>
  // expected-error @+1 {{'check.close' op (C3) expected a bound that is finite and not negative, but got -0.5}}
  check.close %x, %x relative = -0.5 : tensor<2xf32>
}

// -----

dag.model @close_c3_not_a_number {
  %x = "test.value"() : () -> tensor<2xf32>
  // expected-error @+1 {{'check.close' op (C3) expected a bound that is finite and not negative, but got nan}}
  check.close %x, %x absolute = 0x7FF8000000000000 : tensor<2xf32>
}

// -----

dag.mesh @m <tp = 2>
dag.model @constant_on_an_axis_of_no_mesh on @m {
  // expected-error @+1 {{'arith.constant' op (C5) expected an axis of the mesh, {tp}, but got 'dp'}}
  %x = arith.constant dense<1.0> : tensor<2xf32, #dag.sharding<[{dp}]>>
}
