// RUN: dag-opt --split-input-file --verify-diagnostics --dag-localize %s

// expected-error@+1 {{expected a model on a mesh}}
dag.model @logical {
}

// -----

dag.mesh @m <tp = 2097152>
// expected-error@+1 {{expected at most 1048576 ranks, but got 2097152}}
dag.model @large on @m {
}

// -----

dag.mesh @m <pp = 2>
dag.model @twice on @m {
  // expected-note@+1 {{it is here as well}}
  dag.stage 0 on pp = 0 () {
    dag.yield
  }
  // expected-error@+1 {{expected every stage once, but got stage 0 twice}}
  dag.stage 0 on pp = 1 () {
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2>
dag.model @outside on @m {
  %x = dag.input "x" : tensor<4xf32>
  // expected-error@+1 {{expected the model to compute in its stages, but got 'dag.activation' outside of them}}
  %0 = dag.activation silu %x : (tensor<4xf32>) -> tensor<4xf32>
  dag.stage 0 on pp = 0 () {
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2>
dag.model @no_transfer on @m {
  %x = dag.input "x" : tensor<4xf32>
  // expected-note@+1 {{it comes from here}}
  %0 = dag.stage 0 on pp = 0 (%a = %x : tensor<4xf32>) -> (tensor<4xf32>) {
    dag.yield %a : tensor<4xf32>
  }
  // expected-error@+1 {{expected a transfer to stage 1, but got a value of type 'tensor<4xf32>'}}
  dag.stage 1 on pp = 1 (%a = %0 : tensor<4xf32>) {
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2>
dag.model @no_stage on @m {
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%a = %x : tensor<4xf32>)
      -> (!dag.transfer<tensor<4xf32>>) {
    // expected-error@+1 {{expected a transfer between two stages, but there is no stage 1}}
    %t = dag.send %a to 1 via @b
      : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %t : !dag.transfer<tensor<4xf32>>
  }
}

// -----

dag.mesh @m <pp = 2, tp = 2>
dag.model @other_axis on @m {
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%a = %x : tensor<4xf32>)
      -> (!dag.transfer<tensor<4xf32>>) {
    // expected-error@+1 {{expected stages on one axis, but stages 0 and 1 are not}}
    %t = dag.send %a to 1 via @b
      : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %t : !dag.transfer<tensor<4xf32>>
  }
  dag.stage 1 on tp = 1 (%a = %0 : !dag.transfer<tensor<4xf32>>) {
    dag.yield
  }
}

// -----

dag.mesh @m <tp = 2, rep = 3>
dag.model @groups on @m {
  %q = dag.input "q"
    : tensor<1x2x24x4xf32, #dag.sharding<[{}, {}, {tp, rep}, {}]>>
  %k = dag.input "k" : tensor<1x2x8x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>
  // expected-error@+1 {{expected the heads of a rank to use whole groups of 3 heads, one for each KV head, but got 4 heads on a rank with 4 KV heads}}
  %s = dag.attention_scores %q, %k scale = 0.5
    : (tensor<1x2x24x4xf32, #dag.sharding<[{}, {}, {tp, rep}, {}]>>,
       tensor<1x2x8x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>)
    -> tensor<1x24x2x2xf32, #dag.sharding<[{}, {tp, rep}, {}, {}]>>
}

// -----

dag.mesh @m <tp = 2>
dag.model @scaled_rotation on @m {
  %x = dag.input "x" : tensor<1x8x4xf32, #dag.sharding<[{}, {tp}, {}]>>
  // expected-error@+1 {{expected all tokens for a rotation that is scaled by their number ('dynamic'), but they are split}}
  %0 = dag.rotary_embedding %x theta = 10000.0
      scaling {rope_type = "dynamic", factor = 2.0}
    : (tensor<1x8x4xf32, #dag.sharding<[{}, {tp}, {}]>>)
    -> tensor<1x8x4xf32, #dag.sharding<[{}, {tp}, {}]>>
}

// -----

dag.mesh @m <tp = 2>
dag.model @dynamic on @m {
  // expected-error@+1 {{expected static sizes, but got 'tensor<?x4xf32>'}}
  %x = dag.input "x" : tensor<?x4xf32>
}

// -----

dag.mesh @m <pp = 2>
dag.model @transfer_into_layer on @m {
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%a = %x : tensor<4xf32>)
      -> (!dag.transfer<tensor<4xf32>>) {
    %t = dag.send %a to 1 via @b
      : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %t : !dag.transfer<tensor<4xf32>>
  }
  dag.stage 1 on pp = 1 (%a = %0 : !dag.transfer<tensor<4xf32>>) {
    // expected-error@+1 {{expected a 'dag.recv' to take a transfer, but got 'dag.layer'}}
    dag.layer 0 (%c = %a : !dag.transfer<tensor<4xf32>>) {
      dag.yield
    }
    dag.yield
  }
}

// -----

dag.mesh @m <pp = 2>
dag.model @transfer_out_of_layer on @m {
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%a = %x : tensor<4xf32>)
      -> (!dag.transfer<tensor<4xf32>>) {
    // expected-error@+1 {{expected tensors, but got '!dag.transfer<tensor<4xf32>>'}}
    %l = dag.layer 0 (%c = %a : tensor<4xf32>)
        -> (!dag.transfer<tensor<4xf32>>) {
      %t = dag.send %c to 1 via @b
        : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
      dag.yield %t : !dag.transfer<tensor<4xf32>>
    }
    dag.yield %l : !dag.transfer<tensor<4xf32>>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.model @silent on @m {
  %x = dag.input "x" : tensor<4xf32>
  // expected-error@+1 {{expected an op that a rank can run on shards, but got 'arith.remf', which does not say what it is there (LocalizeOpInterface)}}
  %0 = arith.remf %x, %x : tensor<4xf32>
}
