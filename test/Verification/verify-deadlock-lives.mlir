// How long tensors lie in the buffers of transfers, and in which order they come
// out: programs of ranks, and plans as they stand.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// What is taken for a shard of something lies where it has come.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.from_local %0 : (tensor<4xf32>) -> tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
    %2 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    dag.output %1 "y" : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.from_local %0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.output %1 "y" : tensor<4xf32>
    %2 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.from_local %0 : (tensor<4xf32>) -> tensor<4xf32>
    %2 = dag.to_local %1 : (tensor<4xf32>) -> tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
    %3 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %4 = dag.add %2, %3 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

// What is dequantized is read where it is stored.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.dequantize %0 to bf16 : (tensor<4xf32>) -> tensor<4xbf16>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
    %2 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %3 = dag.scale %1 by 2.0 : (tensor<4xbf16>) -> tensor<4xbf16>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.dequantize %0 to bf16 : (tensor<4xf32>) -> tensor<4xbf16>
    %3 = dag.scale %1 by 2.0 : (tensor<4xbf16>) -> tensor<4xbf16>
    %2 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
  }
}

// -----

// A fused attention reads queries until the values are summed.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<1x2x1x4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<1x2x1x4xf32>
    %x = dag.to_local %i : (tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<1x2x1x4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<1x2x1x4xf32>
  }
  dag.function @g ranks 1 {
    %i = dag.input "k" : tensor<1x2x1x4xf32>
    %k = dag.to_local %i : (tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
    %0 = dag.comm.recv from 0 on @c via @b : tensor<1x2x1x4xf32>
    %1 = dag.attention_scores %0, %k scale = 0.5 : (tensor<1x2x1x4xf32>, tensor<1x2x1x4xf32>) -> tensor<1x1x2x2xf32>
    %2 = dag.attention_weights %1 mask causal : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
    %3 = dag.comm.recv from 0 on @c via @b : tensor<1x2x1x4xf32>
    %4 = dag.attention_output %2, %k : (tensor<1x1x2x2xf32>, tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
    %5 = dag.add %4, %3 : (tensor<1x2x1x4xf32>, tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<1x2x1x4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<1x2x1x4xf32>
    %x = dag.to_local %i : (tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<1x2x1x4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<1x2x1x4xf32>
  }
  dag.function @g ranks 1 {
    %i = dag.input "k" : tensor<1x2x1x4xf32>
    %k = dag.to_local %i : (tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
    %0 = dag.comm.recv from 0 on @c via @b : tensor<1x2x1x4xf32>
    %1 = dag.attention_scores %0, %k scale = 0.5 : (tensor<1x2x1x4xf32>, tensor<1x2x1x4xf32>) -> tensor<1x1x2x2xf32>
    %2 = dag.attention_weights %1 mask causal : (tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
    %3 = dag.attention_output %2, %k : (tensor<1x1x2x2xf32>, tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
    %4 = dag.comm.recv from 0 on @c via @b : tensor<1x2x1x4xf32>
    %5 = dag.add %3, %4 : (tensor<1x2x1x4xf32>, tensor<1x2x1x4xf32>) -> tensor<1x2x1x4xf32>
  }
}

// -----

// What a group sends lies there until all of it has ended.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    %0 = dag.comm.group -> (tensor<4xf32>) {
      dag.comm.send %x to 1 on @c : tensor<4xf32>
      %1 = dag.comm.recv from 1 on @c : tensor<4xf32>
      dag.yield %1 : tensor<4xf32>
    }
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.comm.group -> (tensor<4xf32>) {
      dag.comm.send %0 to 0 on @c via @b : tensor<4xf32>
      // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
      %2 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
      dag.yield %2 : tensor<4xf32>
    }
  }
}

// -----

// Whatever buffer it is sent through.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    %0 = dag.comm.group -> (tensor<4xf32>) {
      dag.comm.send %x to 1 on @c : tensor<4xf32>
      %1 = dag.comm.recv from 1 on @c : tensor<4xf32>
      dag.yield %1 : tensor<4xf32>
    }
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.comm.group -> (tensor<4xf32>) {
      dag.comm.send %0 to 0 on @c : tensor<4xf32>
      // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
      %2 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
      dag.yield %2 : tensor<4xf32>
    }
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    %0 = dag.comm.recv from 1 on @c : tensor<4xf32>
    dag.comm.send %x to 1 on @c : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    dag.comm.send %0 to 0 on @c via @b : tensor<4xf32>
    %1 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
  }
}

// -----

// What a rank has kept lies there until it has been used.

dag.mesh @m <pp = 1>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
  }
  dag.function @g ranks 0 {
    %0 = dag.unstash @b : tensor<4xf32>
    %1 = dag.scale %0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one is kept there, but it is used behind it, and the buffer has 1 slot}}
    dag.stash %1 in @b : tensor<4xf32>
    %2 = dag.scale %0 by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    %3 = dag.unstash @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 1>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
  }
  dag.function @g ranks 0 {
    %0 = dag.unstash @b : tensor<4xf32>
    %1 = dag.scale %0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %2 = dag.scale %0 by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.stash %1 in @b : tensor<4xf32>
    %3 = dag.unstash @b : tensor<4xf32>
    // What is there stays there.
    dag.stash %3 in @b : tensor<4xf32>
    %4 = dag.unstash @b : tensor<4xf32>
    %5 = dag.add %3, %4 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

// And takes the place of what comes from other ranks.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
  }
  dag.function @h ranks 1 {
    // expected-error @+1 {{[DAG806] expected rank 1 to take the last tensor out of '@b' before the next one comes, but it does not, and the buffer has 1 slot}}
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.unstash @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.send %x to 1 on @c : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
  }
  dag.function @h ranks 1 {
    %0 = dag.unstash @b : tensor<4xf32>
    %1 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
  }
}

// -----

// The same in a plan as it stands: stage 1 keeps a tensor for stage 2.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %s = dag.send %r to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %3 = dag.stage 2 on pp = 1 (%i = %1 : !dag.transfer<tensor<4xf32>>, %j = %2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    // expected-error @+1 {{[DAG806] expected the last tensor in '@a' to be used before the next one comes from stage 0 to stage 2, but it is used behind it, and the buffer has 1 slot}}
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %v = dag.scale %r by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %q = dag.recv %j from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %v, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %3 "y" : tensor<4xf32>
}

// -----

// It is used before the other one comes.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %s = dag.send %r to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %3 = dag.stage 2 on pp = 1 (%i = %1 : !dag.transfer<tensor<4xf32>>, %j = %2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %q = dag.recv %j from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %v = dag.scale %q by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %v, %r : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %3 "y" : tensor<4xf32>
}

// -----

// A stage keeps two tensors for others of its rank.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@a' to be used before the next one goes from stage 0 to stage 2, but it is used behind it, and the buffer has 1 slot}}
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// What a stage hands out lies in its slot until it is handed out.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 1 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    // expected-error @+1 {{[DAG806] expected the last tensor in '@a' to be used before the next one comes from stage 0 to stage 2, but it is used behind it, and the buffer has 1 slot}}
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  %3 = dag.stage 2 on pp = 1 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// What is kept, or is sent in the same group, lies there already.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    %y = dag.unstash @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 3>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.comm.group {
      dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
      dag.comm.send %x to 2 on @c via @b : tensor<4xf32>
      dag.yield
    }
  }
  dag.function @g ranks 1 to 2 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %1 = dag.from_local %0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.output %1 "y" : tensor<4xf32>
  }
}

// -----

// Another one does not.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %i = dag.input "x" : tensor<4xf32>
    %x = dag.to_local %i : (tensor<4xf32>) -> tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
    %z = dag.scale %x by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected rank 0 to take the last tensor out of '@b' before the next one goes, but it does not, and the buffer has 1 slot}}
    dag.comm.send %z to 1 on @c via @b : tensor<4xf32>
    %y = dag.unstash @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
  }
}
