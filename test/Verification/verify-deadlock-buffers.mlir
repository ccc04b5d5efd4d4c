// What lies in the buffers of transfers: in plans as they stand, under schedules,
// and in programs of ranks.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// What a layer hands on lies where it has come.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.layer 0 (%l = %r : tensor<4xf32>) -> (tensor<4xf32>) {
      dag.yield %l : tensor<4xf32>
    }
    // expected-error @+1 {{[DAG806] expected the last tensor in '@a' to be used before the next one comes from stage 0 to stage 1, but it is used behind it, and the buffer has 1 slot}}
    %q = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %z, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// So does a part of it, and what nothing is dropped of.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.dropout %r p = 0.0 : (tensor<4xf32>) -> tensor<4xf32>
    %z1, %z2 = dag.split %z sizes [2, 2] : (tensor<4xf32>) -> (tensor<2xf32>, tensor<2xf32>)
    // expected-error @+1 {{[DAG806] expected the last tensor in '@a' to be used before the next one comes from stage 0 to stage 1, but it is used behind it, and the buffer has 1 slot}}
    %q = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %c = dag.add %z1, %z2 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %w = dag.scale %q by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// What is computed of it has memory of its own.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %q = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %z, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// There is room for both.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.layer 0 (%l = %r : tensor<4xf32>) -> (tensor<4xf32>) {
      dag.yield %l : tensor<4xf32>
    }
    %q = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %z, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// Two transfers of a stage go through one buffer.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %y = dag.activation silu %r : (tensor<4xf32>) -> tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@a' to be used before the next one goes from stage 1 to stage 2, but it is used behind it, and the buffer has 1 slot}}
    %s = dag.send %y to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %z = dag.scale %r by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// The one is done before the other begins, or hands on what has come.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %y = dag.activation silu %r : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %y to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %y = dag.activation silu %r : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %r to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %z = dag.scale %r by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// Under a schedule, with the batches of both.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 1 go through, but '1RECV_F1' is one more}}
  dag.schedule "s" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1RECV_F1,1SEND_F0,1F1,1SEND_F1", "2RECV_F0,2F0,2RECV_F1,2F1"]
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %y = dag.activation silu %r : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %y to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.schedule "s" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1", "2RECV_F0,2F0,2RECV_F1,2F1"]
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %y = dag.activation silu %r : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %y to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// One value that goes to two stages lies in one slot until both have it.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.schedule "s" microbatches = 2
      table ["0F0,0SEND_F0,0SEND_F0>2,0F1,0SEND_F1,0SEND_F1>2", "1RECV_F0,1F0,1RECV_F1,1F1", "2RECV_F0<0,2F0,2RECV_F1<0,2F1"]
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %a = dag.activation silu %i : (tensor<4xf32>) -> tensor<4xf32>
    %b = dag.scale %a by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %a to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %a to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----


dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.schedule "forward" microbatches = 2
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %a = dag.activation silu %i : (tensor<4xf32>) -> tensor<4xf32>
    %b = dag.scale %a by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %a to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %a to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----


dag.mesh @m <pp = 3>
dag.model @plan on @m {
  // expected-error @+2 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 0 go through, but '0F1' is one more}}
  // expected-error @+1 {{[DAG806] expected at most 1 tensor to wait to be sent from stage 0 to stage 2, but '0F1' on rank 0 makes one more}}
  dag.schedule "s" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F0>2,0SEND_F1,0SEND_F1>2", "1RECV_F0,1F0,1RECV_F1,1F1", "2RECV_F0<0,2F0,2RECV_F1<0,2F1"]
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %a = dag.activation silu %i : (tensor<4xf32>) -> tensor<4xf32>
    %b = dag.scale %a by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %a to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %a to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// Two values lie in two.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  // expected-error @+2 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 0 go through, but '0F0' is one more}}
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 0 go through, but '0F1' is one more}}
  dag.schedule "s" microbatches = 2
      table ["0F0,0SEND_F0,0SEND_F0>2,0F1,0SEND_F1,0SEND_F1>2", "1RECV_F0,1F0,1RECV_F1,1F1", "2RECV_F0<0,2F0,2RECV_F1<0,2F1"]
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %a = dag.activation silu %i : (tensor<4xf32>) -> tensor<4xf32>
    %b = dag.scale %a by 3.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %a to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %b to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// What is sent on another stream is written again before it has gone.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  // expected-error @+2 {{[DAG806] expected an event to order '0F1' behind '0SEND_F0@1' on rank 0, but they overlap}}
  // expected-note @+1 {{hint: Record an event behind '0SEND_F0@1' and wait for it before '0F1'.}}
  dag.schedule "s" microbatches = 2
      table ["0F0,RECORD:a,WAIT:a@1,0SEND_F0@1,0F1,RECORD:b,WAIT:b@1,0SEND_F1@1", "1RECV_F0,1F0,1RECV_F1,1F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %1 "y" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.schedule "s" microbatches = 2
      table ["0F0,RECORD:a,WAIT:a@1,0SEND_F0@1,RECORD:c@1,WAIT:c,0F1,RECORD:b,WAIT:b@1,0SEND_F1@1", "1RECV_F0,1F0,1RECV_F1,1F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %1 "y" : tensor<4xf32>
}

// -----

// Programs: what comes into a slot while the last tensor is used.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
    dag.comm.send %x to 1 on @c via @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
    %1 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
    %2 = dag.add %0, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

// Calls of a group end together, and hand out what has come.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<4xf32>
    %y = dag.comm.group -> (tensor<4xf32>) {
      dag.comm.send %x to 0 on @c via @b : tensor<4xf32>
      // expected-error @+1 {{[DAG806] expected the last tensor in '@b' to be used before the next one comes, but it is used behind it, and the buffer has 1 slot}}
      %0 = dag.comm.recv from 0 on @c via @b : tensor<4xf32>
      dag.yield %0 : tensor<4xf32>
    }
  }
}

// -----

// What a rank keeps for its next function.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.function @f ranks 0 to 1 {
    // expected-error @+1 {{[DAG806] expected rank 0 to keep a tensor in '@b' before it takes one out, but it is empty}}
    %0 = dag.unstash @b : tensor<4xf32>
    dag.stash %0 in @b : tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected rank 0 to take the last tensor out of '@b' before the next one is kept there, but it does not, and the buffer has 1 slot}}
    dag.stash %0 in @b : tensor<4xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
  }
  dag.function @g ranks 0 to 1 {
    %0 = dag.unstash @b : tensor<4xf32>
    dag.stash %0 in @b : tensor<4xf32>
  }
  dag.function @h ranks 0 to 1 {
    %0 = dag.unstash @b : tensor<4xf32>
  }
}

// -----

// What is left would come out first if the ranks ran the program again.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.comm_buffer @b : tensor<4xf32>, slots = 4
  dag.function @f ranks 0 to 1 {
    %x = dag.input "x" : tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
    dag.stash %x in @b : tensor<4xf32>
    // expected-error @+1 {{[DAG806] expected rank 1 to take out of '@b' all that it keeps there, but 2 tensors are left at its end}}
    dag.stash %x in @b : tensor<4xf32>
  }
  dag.function @g ranks 1 {
    %0 = dag.unstash @b : tensor<4xf32>
  }
  dag.function @h ranks 0 {
    %0 = dag.unstash @b : tensor<4xf32>
    %1 = dag.unstash @b : tensor<4xf32>
    %2 = dag.unstash @b : tensor<4xf32>
  }
}

// -----

// A schedule that stands in a program.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  // expected-error @+3 {{[DAG806] expected rank 1 to compute what it sends before '1SEND_B0', but it does not}}
  // expected-warning @+2 {{UNVERIFIED: '@p' runs one micro-batch: what a schedule makes of its stages and buffers is checked of a plan only}}
  // expected-note @+1 {{hint: Let rank 1 do that before '1SEND_B0'.}}
  dag.schedule "bad" microbatches = 1 table ["0F0,0SEND_F0,0RECV_B0,0B0", "1RECV_F0,1F0,1SEND_B0,1B0"]
  dag.function @f ranks 0 to 1 {
  }
}
