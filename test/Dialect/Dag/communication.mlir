// RUN: dag-test-opt %s --test-dag-communication --verify-diagnostics -o /dev/null \
// RUN:   --allow-unregistered-dialect

// What is said of a call without looking at its op: the kind, the dimensions,
// what is counted, the root and the peer.

dag.mesh @m <pp = 2, tp = 2>

dag.program @calls on @m {
  dag.communicator @tp over {tp}
  dag.communicator @pp over {pp}
  dag.function @more ranks 0, 2 {
    %x = dag.input "x" : tensor<4x6xf32>
    // Members differ in what they give: what they make together is counted.
    // expected-remark@+1 {{all_gather on @tp of dimension 0, 42 x 'f32', uneven}}
    %0 = dag.comm.all_gather %x dim 0 on @tp uneven
      : (tensor<4x6xf32>) -> tensor<7x6xf32>
  }
  dag.function @less ranks 1, 3 {
    %x = dag.input "y" : tensor<7x6xf32>
    // expected-remark@+1 {{reduce_scatter on @tp of dimension 0, 42 x 'f32', uneven}}
    %0 = dag.comm.reduce_scatter %x dim 0 on @tp uneven
      : (tensor<7x6xf32>) -> tensor<3x6xf32>
  }
  dag.function @main ranks 0 to 3 {
    %x = dag.input "x" : tensor<4x6xf32>
    // expected-remark@+1 {{all_reduce on @tp, 24 x 'f32'}}
    %0 = dag.comm.all_reduce %x on @tp : (tensor<4x6xf32>) -> tensor<4x6xf32>
    // expected-remark@+1 {{all_gather on @tp of dimension 0, 24 x 'f32'}}
    %1 = dag.comm.all_gather %x dim 0 on @tp
      : (tensor<4x6xf32>) -> tensor<8x6xf32>
    // What one gets is less than what it gives.
    // expected-remark@+1 {{reduce_scatter on @tp of dimension 1, 12 x 'f32'}}
    %3 = dag.comm.reduce_scatter %x dim 1 on @tp
      : (tensor<4x6xf32>) -> tensor<4x3xf32>
    // expected-remark@+1 {{all_to_all on @tp of dimension 1 to 0, 24 x 'f32'}}
    %5 = dag.comm.all_to_all %x split 1 concat 0 on @tp
      : (tensor<4x6xf32>) -> tensor<8x3xf32>
    // expected-remark@+1 {{broadcast on @tp, 24 x 'f32', root 1}}
    %6 = dag.comm.broadcast %x root 1 on @tp
      : (tensor<4x6xf32>) -> tensor<4x6xf32>
    // expected-remark@+1 {{scatter on @tp of dimension 0, 12 x 'f32', root 1}}
    %7 = dag.comm.scatter %x dim 0 root 1 on @tp
      : (tensor<4x6xf32>) -> tensor<2x6xf32>
    // expected-remark@+1 {{gather on @tp of dimension 1, 24 x 'f32', root 0}}
    %8 = dag.comm.gather %x dim 1 root 0 on @tp
      : (tensor<4x6xf32>) -> tensor<4x12xf32>
    // expected-remark@+1 {{send on @pp, 24 x 'f32', peer 1}}
    dag.comm.send %x to 1 on @pp : tensor<4x6xf32>
    // expected-remark@+1 {{recv on @pp, 24 x 'bf16', peer 0}}
    %9 = dag.comm.recv from 0 on @pp : tensor<4x6xbf16>
    %y = dag.input "y" : tensor<?x6xf32>
    // A size that is not known is no number.
    // expected-remark@+1 {{all_reduce on @tp, -9223372036854775808 x 'f32'}}
    %10 = dag.comm.all_reduce %y on @tp : (tensor<?x6xf32>) -> tensor<?x6xf32>
  }
}

dag.model @collectives on @m {
  %x = dag.input "x" : tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>
  // expected-remark@+1 {{all_gather of dimension 1, gathers}}
  %0 = dag.all_gather %x dim 1 over {tp}
    : (tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<4x8xf32>
  // expected-remark@+1 {{slice of dimension 0, local}}
  %1 = dag.slice %0 dim 0 over {tp} : (tensor<4x8xf32>)
    -> tensor<4x8xf32, #dag.sharding<[{tp}, {}]>>
  // expected-remark@+1 {{all_to_all of dimension 1 to 0}}
  %2 = dag.all_to_all %1 split 1 concat 0 over {tp}
    : (tensor<4x8xf32, #dag.sharding<[{tp}, {}]>>)
    -> tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>
  // expected-remark@+1 {{gather of dimension 1, gathers}}
  %3 = dag.gather %2 dim 1 to {tp = 0}
    : (tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>)
    -> tensor<4x8xf32, #dag.sharding<[{}, {}], root = {tp = 0}>>
  // expected-remark@+1 {{scatter of dimension 0, scatters}}
  %4 = dag.scatter %3 dim 0 from {tp = 0}
    : (tensor<4x8xf32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
    -> tensor<4x8xf32, #dag.sharding<[{tp}, {}]>>
  // expected-remark@+1 {{broadcast}}
  %5 = dag.broadcast %3 from {tp = 0}
    : (tensor<4x8xf32, #dag.sharding<[{}, {}], root = {tp = 0}>>)
    -> tensor<4x8xf32>
  %p = "test.value"()
    : () -> tensor<4x8xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  // expected-remark@+1 {{all_reduce, reduces}}
  %6 = dag.all_reduce %p over {tp}
    : (tensor<4x8xf32, #dag.sharding<[{}, {}], partial = {tp}>>)
    -> tensor<4x8xf32>
  // expected-remark@+1 {{reduce_scatter of dimension 0, reduces, scatters}}
  %7 = dag.reduce_scatter %p dim 0 over {tp}
    : (tensor<4x8xf32, #dag.sharding<[{}, {}], partial = {tp}>>)
    -> tensor<4x8xf32, #dag.sharding<[{tp}, {}]>>
}
