// RUN: dag-opt %s --allow-unregistered-dialect -split-input-file -verify-diagnostics

dag.model @comm_buffer_c1_slots {
  // expected-error @+1 {{'dag.comm_buffer' op attribute 'slots' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  dag.comm_buffer @b : tensor<8xbf16>, slots = 0
}

// -----

dag.model @comm_buffer_c2_pending_sum {
  // expected-error @+1 {{'dag.comm_buffer' op (C2) expected no pending sum, but got one over {tp}}}
  dag.comm_buffer @b : tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>
}

// -----

dag.model @send_c1_pending_sum {
  dag.comm_buffer @b : tensor<8xbf16>
  // expected-note @+1 {{the summands come from here}}
  %x = "test.value"() : ()
      -> tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>
  // expected-error @+1 {{'dag.send' op (C1) expected 'value' to be reduced, but its sum over {tp} is pending}}
  %0 = dag.send %x to 1 via @b
      : (tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>)
      -> !dag.transfer<tensor<8xbf16, #dag.sharding<[{}], partial = {tp}>>>
}

// -----

dag.model @send_c2_negative_stage {
  dag.comm_buffer @b : tensor<8xbf16>
  %x = "test.value"() : () -> tensor<8xbf16>
  // expected-error @+1 {{'dag.send' op attribute 'stage' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = dag.send %x to -1 via @b
      : (tensor<8xbf16>) -> !dag.transfer<tensor<8xbf16>>
}

// -----

dag.model @send_c2_own_stage {
  dag.comm_buffer @b : tensor<8xbf16>
  dag.stage 1 () {
    %x = "test.value"() : () -> tensor<8xbf16>
    // expected-error @+1 {{'dag.send' op (C2) expected another stage than the op's own, but got 1}}
    %0 = dag.send %x to 1 via @b
        : (tensor<8xbf16>) -> !dag.transfer<tensor<8xbf16>>
    dag.yield
  }
}

// -----

dag.model @send_c3_no_buffer {
  %x = "test.value"() : () -> tensor<8xbf16>
  // expected-error @+1 {{'dag.send' op (C3) expected @b to be a buffer}}
  %0 = dag.send %x to 1 via @b
      : (tensor<8xbf16>) -> !dag.transfer<tensor<8xbf16>>
}

// -----

dag.model @send_c4_other_type {
  // expected-note @+1 {{the buffer is declared here}}
  dag.comm_buffer @b : tensor<4xbf16>
  %x = "test.value"() : () -> tensor<8xbf16>
  // expected-error @+1 {{'dag.send' op (C4) expected a buffer of type 'tensor<8xbf16>', but got 'tensor<4xbf16>'}}
  %0 = dag.send %x to 1 via @b
      : (tensor<8xbf16>) -> !dag.transfer<tensor<8xbf16>>
}

// -----

dag.model @send_other_payload {
  dag.comm_buffer @b : tensor<8xbf16>
  %x = "test.value"() : () -> tensor<8xbf16>
  // expected-error @+1 {{'dag.send' op expected type '!dag.transfer<tensor<8xbf16>>', but got '!dag.transfer<tensor<4xbf16>>'}}
  %0 = dag.send %x to 1 via @b
      : (tensor<8xbf16>) -> !dag.transfer<tensor<4xbf16>>
}

// -----

dag.model @recv_c1_own_stage {
  dag.comm_buffer @b : tensor<8xbf16>
  dag.stage 1 () {
    %x = "test.value"() : () -> !dag.transfer<tensor<8xbf16>>
    // expected-error @+1 {{'dag.recv' op (C1) expected another stage than the op's own, but got 1}}
    %0 = dag.recv %x from 1 via @b
        : (!dag.transfer<tensor<8xbf16>>) -> tensor<8xbf16>
    dag.yield
  }
}

// -----

dag.model @recv_c2_not_a_buffer {
  dag.comm_buffer @b : tensor<8xbf16>
  %x = "test.value"() : () -> !dag.transfer<tensor<8xbf16>>
  // expected-error @+1 {{'dag.recv' op (C2) expected @c to be a buffer}}
  %0 = dag.recv %x from 1 via @c
      : (!dag.transfer<tensor<8xbf16>>) -> tensor<8xbf16>
}

// -----

dag.model @recv_c3_other_type {
  // expected-note @+1 {{the buffer is declared here}}
  dag.comm_buffer @b : tensor<8xf32>
  %x = "test.value"() : () -> !dag.transfer<tensor<8xbf16>>
  // expected-error @+1 {{'dag.recv' op (C3) expected a buffer of type 'tensor<8xbf16>', but got 'tensor<8xf32>'}}
  %0 = dag.recv %x from 1 via @b
      : (!dag.transfer<tensor<8xbf16>>) -> tensor<8xbf16>
}

// -----

dag.model @recv_other_payload {
  dag.comm_buffer @b : tensor<8xbf16>
  %x = "test.value"() : () -> !dag.transfer<tensor<8xbf16>>
  // expected-error @+1 {{'dag.recv' op expected type 'tensor<8xbf16>', but got 'tensor<4xbf16>'}}
  %0 = dag.recv %x from 1 via @b
      : (!dag.transfer<tensor<8xbf16>>) -> tensor<4xbf16>
}
