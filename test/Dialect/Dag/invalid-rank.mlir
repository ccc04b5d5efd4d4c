// RUN: dag-opt --split-input-file --verify-diagnostics %s

// expected-error@+1 {{'dag.program' op (C1) expected @none to be a mesh}}
dag.program @program_c1_no_mesh on @none {
}

// -----

dag.mesh @m <tp = 2>
dag.program @program_c2_ranks on @m {
  // expected-error@+1 {{'dag.function' op (C2) expected ranks from 0 to 1, but got 1-2}}
  dag.function @main ranks 1 to 2 {
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @program_c3_sharded on @m {
  dag.function @main ranks 0 to 1 {
    %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{tp}]>>
    // expected-error@+1 {{'dag.activation' op (C3) expected local tensors in a program, but got 'tensor<8xf32, #dag.sharding<[{tp}]>>'}}
    %0 = dag.activation silu %x : (tensor<8xf32, #dag.sharding<[{tp}]>>)
      -> tensor<8xf32, #dag.sharding<[{tp}]>>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @program_c3_axis on @m {
  dag.function @main ranks 0 to 1 {
    // expected-error@+1 {{'dag.input' op (C5) expected an axis of the mesh, {tp}, but got 'ep'}}
    %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{ep}]>>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @program_c3_buffer on @m {
  // expected-error@+1 {{'dag.comm_buffer' op (C3) expected local tensors}}
  dag.comm_buffer @b : tensor<8xf32, #dag.sharding<[{tp}]>>
}

// -----

dag.mesh @m <tp = 2>
dag.program @communicator_c1_empty on @m {
  // expected-error@+1 {{'dag.communicator' op (C1) expected at least one axis}}
  dag.communicator @c over {}
}

// -----

dag.mesh @m <tp = 2>
dag.program @communicator_c1_twice on @m {
  // expected-error@+1 {{'dag.communicator' op (C1) expected every axis once, but got "tp" twice}}
  dag.communicator @c over {tp, tp}
}

// -----

dag.mesh @m <tp = 2>
dag.program @communicator_c2_axis on @m {
  // expected-error@+1 {{'dag.communicator' op (C2) expected an axis of the mesh, {tp}, but got "pp"}}
  dag.communicator @c over {pp}
}

// -----

dag.mesh @m <tp = 2>
dag.program @function_c1_stage on @m {
  // expected-error@+1 {{'dag.function' op attribute 'stage' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  dag.function @f stage -1 ranks 0 {
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @function_c2_no_rank on @m {
  // expected-error@+1 {{'dag.function' op (C2) expected at least one rank}}
  "dag.function"() <{ranks = #dag.ranges<>, sym_name = "f"}> ({
  ^bb0:
  }) : () -> ()
}

// -----

dag.mesh @m <tp = 2>
dag.program @function_c3_devices on @m {
  // expected-error@+1 {{'dag.function' op (C3) expected 2 devices, but got 1}}
  dag.function @f ranks 0 to 1 devices = [0] {
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @function_c3_negative on @m {
  // expected-error@+1 {{'dag.function' op (C3) expected devices from 0 to 9223372036854775806, but got -1}}
  dag.function @f ranks 0 to 1 devices = [0, -1] {
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @function_c3_largest on @m {
  // expected-error@+1 {{'dag.function' op (C3) expected devices from 0 to 9223372036854775806, but got 9223372036854775807}}
  dag.function @f ranks 0 to 1 devices = [0, 9223372036854775807] {
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @from_local_c1_pending on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.from_local' op (C1) expected no pending sum on the result, but got one over {tp}}}
    %0 = dag.from_local %x : (tensor<8xf32>)
      -> tensor<8xf32, #dag.sharding<[{}], partial = {tp}>>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @to_local_c2_shape on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{tp}]>>
    // expected-error@+1 {{'dag.to_local' op (C2) expected a result of type 'tensor<4xf32>', but got 'tensor<8xf32>'}}
    %0 = dag.to_local %x
      : (tensor<8xf32, #dag.sharding<[{tp}]>>) -> tensor<8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @to_local_c2_uneven on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<5xf32, #dag.sharding<[{tp} uneven]>>
    // expected-error@+1 {{'dag.to_local' op (C2) expected a result of type 'tensor<2xf32>', but got 'tensor<3xf32>'}}
    %0 = dag.to_local %x
      : (tensor<5xf32, #dag.sharding<[{tp} uneven]>>) -> tensor<3xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @from_local_c2_shape on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.from_local' op (C2) expected 'x' of type 'tensor<4xf32>', but got 'tensor<8xf32>'}}
    %0 = dag.from_local %x
      : (tensor<8xf32>) -> tensor<8xf32, #dag.sharding<[{tp}]>>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @shard_offset_c1_padding on @m {
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.shard_offset' op (C1) expected a size of at least 3, but got 2}}
    %0 = dag.shard_offset 2 split <{tp} pad 3> : tensor<i32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @shard_offset_c2_axis on @m {
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.shard_offset' op (C2) expected an axis of the mesh, {tp}, but got "ep"}}
    %0 = dag.shard_offset 4 split <{ep}> : tensor<i32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @shard_offset_c2_size on @m {
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.shard_offset' op (C2) expected a size for 2 ranks, but got 5}}
    %0 = dag.shard_offset 5 split <{tp}> : tensor<i32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @shard_offset_c3_type on @m {
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.shard_offset' op result #0 must be 0D tensor of integer values or 1D tensor of integer values or 2D tensor of integer values, but got 'tensor<1x1x1xi32>'}}
    %0 = dag.shard_offset 4 split <{tp}> : tensor<1x1x1xi32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @dynamic_slice_c1_dim on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.dynamic_slice' op (C1) expected a dimension below 1, but got 1}}
    %0 = dag.dynamic_slice %x dim 1 size 4 : (tensor<8xf32>) -> tensor<4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @dynamic_slice_c2_size on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.dynamic_slice' op (C2) expected at least 1 and at most 8 elements, but got 9}}
    %0 = dag.dynamic_slice %x dim 0 size 9 : (tensor<8xf32>) -> tensor<9xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @dynamic_slice_c3_offset on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.dynamic_slice' op (C3)}}
    %0 = dag.dynamic_slice %x dim 0 at %x size 4
      : (tensor<8xf32>, tensor<8xf32>) -> tensor<4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @pad_c1_dim on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.pad' op (C1) expected a dimension below 1, but got -1}}
    %0 = dag.pad %x dim -1 by 1 : (tensor<8xf32>) -> tensor<9xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @pad_c2_amount on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.pad' op (C2) expected a positive amount, but got 0}}
    %0 = dag.pad %x dim 0 by 0 : (tensor<8xf32>) -> tensor<8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @pad_result on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.pad' op expected type 'tensor<9xf32>', but got 'tensor<8xf32>'}}
    %0 = dag.pad %x dim 0 by 1 : (tensor<8xf32>) -> tensor<8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @vocab_parallel_embedding_c1 on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    %t = dag.input "t" : tensor<4x4xf32>
    %o = dag.input "o" : tensor<i32>
    // expected-error@+1 {{'dag.vocab_parallel_embedding' op (C1)}}
    %0 = dag.vocab_parallel_embedding %x, %t from %o
      : (tensor<8xf32>, tensor<4x4xf32>, tensor<i32>) -> tensor<8x4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @vocab_parallel_embedding_c2 on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xi32>
    %t = dag.input "t" : tensor<4x4xf32>
    // expected-error@+1 {{'dag.vocab_parallel_embedding' op (C2)}}
    %0 = dag.vocab_parallel_embedding %x, %t from %x
      : (tensor<8xi32>, tensor<4x4xf32>, tensor<8xi32>) -> tensor<8x4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @alibi_c1 on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<8xf32>
    // expected-error@+1 {{'dag.alibi' op (C1)}}
    %0 = dag.alibi %x heads = 4 base = 8.0 : (tensor<8xf32>) -> tensor<8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @alibi_c2 on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<1x2x3x3xf32>
    // expected-error@+1 {{'dag.alibi' op (C2)}}
    %0 = dag.alibi %x from %x heads = 4 base = 8.0
      : (tensor<1x2x3x3xf32>, tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @alibi_c3 on @m {
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<1x2x3x3xf32>
    // expected-error@+1 {{'dag.alibi' op (C3) expected 'heads' to be positive, but got 0}}
    %0 = dag.alibi %x heads = 0 base = 8.0
      : (tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @expert_parallel_combine_c1 on @m {
  dag.function @f ranks 0 {
    %y = dag.input "y" : tensor<2x8x4xf32>
    %w = dag.input "w" : tensor<1x8x2xbf16>
    %i = dag.input "i" : tensor<1x8x2xi32>
    %o = dag.input "o" : tensor<i32>
    // expected-error@+1 {{'dag.expert_parallel_combine' op (C1)}}
    %0 = dag.expert_parallel_combine %y, %w, %i from %o
      : (tensor<2x8x4xf32>, tensor<1x8x2xbf16>, tensor<1x8x2xi32>, tensor<i32>)
      -> tensor<1x8x4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @expert_parallel_combine_c2 on @m {
  dag.function @f ranks 0 {
    %y = dag.input "y" : tensor<2x8x4xf32>
    %w = dag.input "w" : tensor<1x8x2xf32>
    %i = dag.input "i" : tensor<1x8x3xi32>
    %o = dag.input "o" : tensor<i32>
    // expected-error@+1 {{'dag.expert_parallel_combine' op (C2)}}
    %0 = dag.expert_parallel_combine %y, %w, %i from %o
      : (tensor<2x8x4xf32>, tensor<1x8x2xf32>, tensor<1x8x3xi32>, tensor<i32>)
      -> tensor<1x8x4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @expert_parallel_combine_c3 on @m {
  dag.function @f ranks 0 {
    %y = dag.input "y" : tensor<2x8x4xf32>
    %w = dag.input "w" : tensor<1x8x2xf32>
    %i = dag.input "i" : tensor<1x8x2xi32>
    // expected-error@+1 {{'dag.expert_parallel_combine' op (C3)}}
    %0 = dag.expert_parallel_combine %y, %w, %i from %y
      : (tensor<2x8x4xf32>, tensor<1x8x2xf32>, tensor<1x8x2xi32>,
         tensor<2x8x4xf32>) -> tensor<1x8x4xf32>
  }
}

// -----

// What lies in parts is for ops of plans.

dag.mesh @m <tp = 2>
dag.model @dynamic_slice_c5 on @m {
  %x = dag.input "x" : tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>
  // expected-error@+1 {{'dag.dynamic_slice' op (C5) expected tensors that a rank holds, but got tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>}}
  %0 = dag.dynamic_slice %x dim 0 size 2 : (tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<2x8xf32, #dag.sharding<[{}, {tp}]>>
}

// -----

dag.mesh @m <tp = 2>
dag.model @pad_c3 on @m {
  %x = dag.input "x" : tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>
  // expected-error@+1 {{'dag.pad' op (C3) expected tensors that a rank holds, but got tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>}}
  %0 = dag.pad %x dim 0 by 2 : (tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<6x8xf32, #dag.sharding<[{}, {tp}]>>
}

// -----

dag.mesh @m <tp = 2>
dag.model @vocab_parallel_embedding_c3 on @m {
  %ids = dag.input "ids" : tensor<1x8xi32>
  %t = dag.parameter "t" : tensor<64x64xf32, #dag.sharding<[{tp}, {}]>>
  %o = dag.input "o" : tensor<i32>
  // expected-error@+1 {{'dag.vocab_parallel_embedding' op (C3) expected tensors that a rank holds, but got tensor<64x64xf32, #dag.sharding<[{tp}, {}]>>}}
  %0 = dag.vocab_parallel_embedding %ids, %t from %o
    : (tensor<1x8xi32>, tensor<64x64xf32, #dag.sharding<[{tp}, {}]>>, tensor<i32>) -> tensor<1x8x64xf32>
}

// -----

dag.mesh @m <tp = 2>
dag.model @alibi_c4 on @m {
  %x = dag.input "x" : tensor<1x2x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>
  // expected-error@+1 {{'dag.alibi' op (C4) expected tensors that a rank holds, but got tensor<1x2x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>}}
  %0 = dag.alibi %x heads = 2 base = 8.0
    : (tensor<1x2x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>) -> tensor<1x2x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>
}

// -----

dag.mesh @m <tp = 2>
dag.model @expert_parallel_combine_c4 on @m {
  %y = dag.input "y" : tensor<2x8x4xf32, #dag.sharding<[{tp}, {}, {}]>>
  %w = dag.input "w" : tensor<1x8x2xf32>
  %i = dag.input "i" : tensor<1x8x2xi32>
  %o = dag.input "o" : tensor<i32>
  // expected-error@+1 {{'dag.expert_parallel_combine' op (C4) expected tensors that a rank holds, but got tensor<2x8x4xf32, #dag.sharding<[{tp}, {}, {}]>>}}
  %0 = dag.expert_parallel_combine %y, %w, %i from %o
    : (tensor<2x8x4xf32, #dag.sharding<[{tp}, {}, {}]>>, tensor<1x8x2xf32>, tensor<1x8x2xi32>, tensor<i32>) -> tensor<1x8x4xf32>
}
