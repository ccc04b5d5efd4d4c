// RUN: dag-opt --split-input-file --verify-diagnostics --allow-unregistered-dialect %s

dag.mesh @m <tp = 2>
dag.program @all_reduce_c1_communicator on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.all_reduce' op (C1) expected @tp to be a communicator}}
    %0 = dag.comm.all_reduce %x on @tp : (tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @all_reduce_c2_type on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.all_reduce' op (C2) expected a result that fits the operand, 'tensor<4xf32>', but got 'tensor<5xf32>'}}
    %0 = dag.comm.all_reduce %x on @tp : (tensor<4xf32>) -> tensor<5xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @all_gather_c1_communicator on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.all_gather' op (C1) expected @f to be a communicator}}
    %0 = dag.comm.all_gather %x dim 0 on @f : (tensor<4xf32>) -> tensor<8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @all_gather_c2_dim on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.all_gather' op (C2) expected a dimension below 1, but got 1}}
    %0 = dag.comm.all_gather %x dim 1 on @tp : (tensor<4xf32>) -> tensor<8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @all_gather_c2_size on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.all_gather' op (C2) expected a result that fits the operand}}
    %0 = dag.comm.all_gather %x dim 0 on @tp : (tensor<4xf32>) -> tensor<9xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @reduce_scatter_c1_communicator on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.reduce_scatter' op (C1) expected @tp to be a communicator}}
    %0 = dag.comm.reduce_scatter %x dim 0 on @tp
      : (tensor<4xf32>) -> tensor<2xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @reduce_scatter_c2_size on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<5xf32>
    // expected-error@+1 {{'dag.comm.reduce_scatter' op (C2) expected a result that fits the operand}}
    %0 = dag.comm.reduce_scatter %x dim 0 on @tp
      : (tensor<5xf32>) -> tensor<2xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @all_to_all_c2_dims on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4x4xf32>
    // expected-error@+1 {{'dag.comm.all_to_all' op (C2) expected different dimensions, but got 0 twice}}
    %0 = dag.comm.all_to_all %x split 0 concat 0 on @tp
      : (tensor<4x4xf32>) -> tensor<4x4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @all_to_all_c1_communicator on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4x4xf32>
    // expected-error@+1 {{'dag.comm.all_to_all' op (C1) expected @tp to be a communicator}}
    %0 = dag.comm.all_to_all %x split 0 concat 1 on @tp
      : (tensor<4x4xf32>) -> tensor<2x8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @broadcast_c1_root on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.broadcast' op (C1) expected the root to be a member from 0 to 1 of @tp, but got 2}}
    %0 = dag.comm.broadcast %x root 2 on @tp
      : (tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @broadcast_c2_type on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.broadcast' op (C2) expected a result that fits the operand}}
    %0 = dag.comm.broadcast %x root 0 on @tp
      : (tensor<4xf32>) -> tensor<4xbf16>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @scatter_c1_root on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.scatter' op (C1) expected the root to be a member from 0 to 1 of @tp, but got -1}}
    %0 = dag.comm.scatter %x dim 0 root -1 on @tp
      : (tensor<4xf32>) -> tensor<2xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @scatter_c2_size on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.scatter' op (C2) expected a result that fits the operand}}
    %0 = dag.comm.scatter %x dim 0 root 0 on @tp
      : (tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @gather_c1_root on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.gather' op (C1) expected the root to be a member from 0 to 1 of @tp, but got 5}}
    %0 = dag.comm.gather %x dim 0 root 5 on @tp
      : (tensor<4xf32>) -> tensor<8xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @gather_c2_size on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.gather' op (C2) expected a result that fits the operand}}
    %0 = dag.comm.gather %x dim 0 root 0 on @tp
      : (tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @send_c1_peer on @m {
  dag.communicator @pp over {pp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.send' op (C1) expected the peer to be a member from 0 to 1 of @pp, but got 2}}
    dag.comm.send %x to 2 on @pp : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @send_c2_buffer on @m {
  dag.communicator @pp over {pp}
  // expected-note@+1 {{the buffer is declared here}}
  dag.comm_buffer @b : tensor<5xf32>
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.send' op (C2) expected a buffer of type 'tensor<4xf32>', but got 'tensor<5xf32>'}}
    dag.comm.send %x to 1 on @pp via @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @recv_c1_communicator on @m {
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.comm.recv' op (C1) expected @pp to be a communicator}}
    %0 = dag.comm.recv from 0 on @pp : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @recv_c2_buffer on @m {
  dag.communicator @pp over {pp}
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.comm.recv' op (C2) expected @b to be a buffer}}
    %0 = dag.comm.recv from 0 on @pp via @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @group_c1_other_op on @m {
  dag.function @f ranks 0 to 1 {
    dag.comm.group {
      // expected-error@+1 {{'dag.input' op (C1) expected only calls in a group}}
      %x = dag.input "x" : tensor<4xf32>
      dag.yield
    }
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @group_c1_inner_operand on @m {
  dag.communicator @pp over {pp}
  dag.function @f ranks 0 to 1 {
    dag.comm.group {
      %0 = dag.comm.recv from 0 on @pp : tensor<4xf32>
      // expected-error@+1 {{'dag.comm.send' op (C1) expected operands from outside of the group, whose calls end together}}
      dag.comm.send %0 to 1 on @pp : tensor<4xf32>
      dag.yield
    }
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @group_c1_no_yield on @m {
  dag.communicator @pp over {pp}
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.comm.group' op (C1) expected the block to end in 'dag.yield', but got 'test.end'}}
    dag.comm.group {
      %0 = dag.comm.recv from 0 on @pp : tensor<4xf32>
      "test.end"() : () -> ()
    }
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @group_empty on @m {
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.comm.group' op expects a non-empty block}}
    dag.comm.group {
    }
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @group_c2_types on @m {
  dag.communicator @pp over {pp}
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.comm.group' op (C2) expected a yield of the types of the results}}
    %1 = dag.comm.group -> (tensor<5xf32>) {
      %0 = dag.comm.recv from 0 on @pp : tensor<4xf32>
      dag.yield %0 : tensor<4xf32>
    }
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @stash_c1_buffer on @m {
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.stash' op (C1) expected @b to be a buffer}}
    dag.stash %x in @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @unstash_c1_buffer on @m {
  // expected-note@+1 {{the buffer is declared here}}
  dag.comm_buffer @b : tensor<4xf32>
  dag.function @f ranks 0 to 1 {
    // expected-error@+1 {{'dag.unstash' op (C1) expected a buffer of type 'tensor<5xf32>', but got 'tensor<4xf32>'}}
    %0 = dag.unstash @b : tensor<5xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @result_is_local on @m {
  dag.communicator @tp over {tp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    // expected-error@+1 {{'dag.comm.all_reduce' op result #0 must be ranked tensor of local shape, without a sharding, but got 'tensor<4xf32, #dag.sharding<[{tp}]>>'}}
    %0 = dag.comm.all_reduce %x on @tp
      : (tensor<4xf32>) -> tensor<4xf32, #dag.sharding<[{tp}]>>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @operand_is_local on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32, #dag.sharding<[{tp}]>>
    // expected-error@+1 {{'dag.stash' op operand #0 must be ranked tensor of local shape, without a sharding}}
    dag.stash %x in @b : tensor<4xf32, #dag.sharding<[{tp}]>>
  }
}

// -----

// Uneven parts go by the place of a member.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.communicator @c over {pp}
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<7xf32>
    // expected-error @+1 {{(C2) expected a result that fits the operand, 'tensor<7xf32>', on member 1 of 2, but got 'tensor<4xf32>'}}
    %0 = dag.comm.reduce_scatter %x dim 0 on @c uneven : (tensor<7xf32>) -> tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<3xf32>
    // expected-error @+1 {{(C2) expected a result that fits the operand, 'tensor<3xf32>', on member 0 of 2, but got 'tensor<7xf32>'}}
    %0 = dag.comm.all_gather %x dim 0 on @c uneven : (tensor<3xf32>) -> tensor<7xf32>
  }
}
