// Slots of buffers under a schedule: between stages of one rank, and where several
// edges go through one buffer; what comes back.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// A rank with two stages one after the other, in tables that only compute. One
// tensor waits at a time.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  dag.comm_buffer @c : tensor<4xf32>
  dag.schedule "mine" microbatches = 2
      table ["0F0,0F1,3F0,3F1",
             "1F0,2F0,1F1,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t2_3 = dag.stage 2 on pp = 1 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 3 via @c : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y3 = dag.stage 3 on pp = 0 (%i0 = %t2_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 2 via @c : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// Two wait.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  dag.comm_buffer @c : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected at most 1 tensor to wait in the buffer from stage 1 to stage 2, but '1F1' on rank 1 makes one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0F1,3F0,3F1",
             "1F0,1F1,2F0,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t2_3 = dag.stage 2 on pp = 1 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 3 via @c : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y3 = dag.stage 3 on pp = 0 (%i0 = %t2_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 2 via @c : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// What went in first comes out first.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>, slots = 2
  dag.comm_buffer @c : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected micro-batch 0 next out of the buffer from stage 1 to stage 2, but '2F1' on rank 1 takes another one}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0F1,3F1,3F0",
             "1F0,1F1,2F1,2F0"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t2_3 = dag.stage 2 on pp = 1 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 3 via @c : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y3 = dag.stage 3 on pp = 0 (%i0 = %t2_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 2 via @c : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// What runs at the same time writes beside what the other one reads, in whatever
// order the two are listed.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  dag.comm_buffer @c : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected at most 1 tensor to wait in the buffer from stage 1 to stage 2, but '1F1' on rank 1 makes one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0F1,3F0,3F1",
             "1F0,(2F0;1F1)OVERLAP_F_B,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t2_3 = dag.stage 2 on pp = 1 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 3 via @c : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y3 = dag.stage 3 on pp = 0 (%i0 = %t2_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 2 via @c : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// There is room for both.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>, slots = 2
  dag.comm_buffer @c : tensor<4xf32>
  dag.schedule "mine" microbatches = 2
      table ["0F0,0F1,3F0,3F1",
             "1F0,(2F0;1F1)OVERLAP_F_B,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t2_3 = dag.stage 2 on pp = 1 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 3 via @c : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y3 = dag.stage 3 on pp = 0 (%i0 = %t2_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 2 via @c : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// What a rank sends to itself in a group has a slot at both ends.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  dag.comm_buffer @c : tensor<4xf32>
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,3RECV_F0,3F0,0F1,0SEND_F1,3RECV_F1,3F1",
             "1RECV_F0,1F0,(1SEND_F0;2RECV_F0)GROUP,2F0,2SEND_F0,1RECV_F1,1F1,(1SEND_F1;2RECV_F1)GROUP,2F1,2SEND_F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t2_3 = dag.stage 2 on pp = 1 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 3 via @c : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y3 = dag.stage 3 on pp = 0 (%i0 = %t2_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 2 via @c : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// Two edges go through one buffer. Where rows only compute, rank 1 sends what it has
// made before it takes in the next one.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.schedule "mine" microbatches = 3
      table ["0F0,0F1,0F2",
             "1F0,1F1,1F2",
             "2F0,2F1,2F2"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// It does not.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 1 go through, but '1RECV_F1' is one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0,1F0,1RECV_F1,1SEND_F0,1F1,1SEND_F1",
             "2RECV_F0,2F0,2RECV_F1,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// In a group both progress together.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 1 go through, but '1RECV_F1' is one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0,1F0,(1SEND_F0;1RECV_F1)GROUP,1F1,1SEND_F1",
             "2RECV_F0,2F0,2RECV_F1,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// Streams need an event from the one edge to the other.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  // expected-error @+2 {{[DAG806] expected an event to order '1RECV_F1@1' behind '1SEND_F0' on rank 1, but they overlap}}
  // expected-note @+1 {{hint: Record an event behind '1SEND_F0' and wait for it before '1RECV_F1@1'.}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0@1,RECORD:e@1,WAIT:e,1F0,RECORD:g,1SEND_F0,WAIT:g@1,1RECV_F1@1,RECORD:f@1,WAIT:f,1F1,1SEND_F1",
             "2RECV_F0,2F0,2RECV_F1,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// Here it is.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0@1,RECORD:e@1,WAIT:e,1F0,1SEND_F0,RECORD:g,WAIT:g@1,1RECV_F1@1,RECORD:f@1,WAIT:f,1F1,1SEND_F1",
             "2RECV_F0,2F0,2RECV_F1,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// What stays on the rank is in the buffer, too.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 1 go through, but '1RECV_F1' is one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,3F0,3RECV_F1,3F1",
             "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1F1,2F1,2SEND_F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %t2_3 = dag.stage 2 on pp = 1 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 3 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y3 = dag.stage 3 on pp = 0 (%i0 = %t2_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 2 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// A slot stays free for what is used first, though it is made last.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  dag.schedule "mine" microbatches = 3
      table ["0F0,0F1,0F2",
             "1F2,1F0,1F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y1 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y1 "y1" : tensor<4xf32>
}

// -----

// There is none.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  // expected-error @+3 {{[DAG806] expected every rank to reach the end of the schedule, but 2 of 2 wait for data or a buffer}}
  // expected-note @+2 {{rank 0 waits before '0F1'}}
  // expected-note @+1 {{rank 1 waits before '1F1' for stage 0 of rank 0}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0F1",
             "1F1,1F0"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y1 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y1 "y1" : tensor<4xf32>
}

// -----

// An edge of two tensors goes through two buffers, each of which another edge goes
// through as well.

dag.mesh @m <pp = 4>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 1 go through, but '1RECV_F1' is one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0,1F0,1SEND_F0>3,1RECV_F1,1SEND_F0,1F1,1SEND_F1>3,1SEND_F1",
             "2RECV_F0,2F0,2RECV_F1,2F1",
             "3RECV_F0<1,3F0,3RECV_F1<1,3F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1, %u0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %z to 1 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %t1_2, %t1_3 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>, %i1 = %u0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %r1 = dag.recv %i1 from 0 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %a1 = dag.add %r0, %r1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %z = dag.scale %a1 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %z to 3 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  %y3 = dag.stage 3 on pp = 3 (%i0 = %t1_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// Either may be full.

dag.mesh @m <pp = 4>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 1 go through, but '1RECV_F1' is one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1SEND_F0>3,1F1,1SEND_F1>3,1SEND_F1",
             "2RECV_F0,2F0,2RECV_F1,2F1",
             "3RECV_F0<1,3F0,3RECV_F1<1,3F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1, %u0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %z to 1 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %t1_2, %t1_3 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>, %i1 = %u0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %r1 = dag.recv %i1 from 0 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %a1 = dag.add %r0, %r1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %z = dag.scale %a1 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %z to 3 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  %y3 = dag.stage 3 on pp = 3 (%i0 = %t1_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// Both are free.

dag.mesh @m <pp = 4>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0,1F0,1SEND_F0,1SEND_F0>3,1RECV_F1,1F1,1SEND_F1>3,1SEND_F1",
             "2RECV_F0,2F0,2RECV_F1,2F1",
             "3RECV_F0<1,3F0,3RECV_F1<1,3F1"]
  %x = dag.input "x" : tensor<4xf32>
  %t0_1, %u0_1 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %z to 1 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %t1_2, %t1_3 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>, %i1 = %u0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %r1 = dag.recv %i1 from 0 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %a1 = dag.add %r0, %r1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %z = dag.scale %a1 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %z to 3 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  %y3 = dag.stage 3 on pp = 3 (%i0 = %t1_3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
  dag.output %y3 "y3" : tensor<4xf32>
}

// -----

// Integers have no gradient that comes back.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @c : tensor<4xi32>
  dag.comm_buffer @b : tensor<4xf32>
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0,0SEND_F0>2,0RECV_B0,0B0",
             "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
             "2RECV_F0<0,2RECV_F0,2F0,2B0,2SEND_B0"]
  %x = dag.input "x" : tensor<4xf32>
  %tokens = dag.input "tokens" : tensor<4xi32>
  %t0_1, %t0_2 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>, %k = %tokens : tensor<4xi32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xi32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %k to 2 via @c : (tensor<4xi32>) -> !dag.transfer<tensor<4xi32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xi32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t0_2 : !dag.transfer<tensor<4xi32>>, %i1 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 0 via @c : (!dag.transfer<tensor<4xi32>>) -> tensor<4xi32>
    %r1 = dag.recv %i1 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r1 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// None is sent.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @c : tensor<4xi32>
  dag.comm_buffer @b : tensor<4xf32>
  // expected-error @+2 {{[DAG806] expected rank 2 to send a gradient of floats, but '2SEND_B0>0' is one of integers, which have none}}
  // expected-note @+1 {{hint: Leave it out at both ends.}}
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0,0SEND_F0>2,0RECV_B0,0RECV_B0<2,0B0",
             "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
             "2RECV_F0<0,2RECV_F0,2F0,2B0,2SEND_B0,2SEND_B0>0"]
  %x = dag.input "x" : tensor<4xf32>
  %tokens = dag.input "tokens" : tensor<4xi32>
  %t0_1, %t0_2 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>, %k = %tokens : tensor<4xi32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xi32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %k to 2 via @c : (tensor<4xi32>) -> !dag.transfer<tensor<4xi32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xi32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t0_2 : !dag.transfer<tensor<4xi32>>, %i1 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 0 via @c : (!dag.transfer<tensor<4xi32>>) -> tensor<4xi32>
    %r1 = dag.recv %i1 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r1 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// Nor is one put where rows only compute.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @c : tensor<4xi32>
  dag.comm_buffer @b : tensor<4xf32>
  dag.schedule "mine" microbatches = 1
      table ["0F0,0B0",
             "1F0,1B0",
             "2F0,2B0"]
  %x = dag.input "x" : tensor<4xf32>
  %tokens = dag.input "tokens" : tensor<4xi32>
  %t0_1, %t0_2 = dag.stage 0 on pp = 0 (%i0 = %x : tensor<4xf32>, %k = %tokens : tensor<4xi32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xi32>>) {
    %z = dag.scale %i0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %o1 = dag.send %k to 2 via @c : (tensor<4xi32>) -> !dag.transfer<tensor<4xi32>>
    dag.yield %o0, %o1 : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xi32>>
  }
  %t1_2 = dag.stage 1 on pp = 1 (%i0 = %t0_1 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r0 = dag.recv %i0 from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r0 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %o0 = dag.send %z to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %o0 : !dag.transfer<tensor<4xf32>>
  }
  %y2 = dag.stage 2 on pp = 2 (%i0 = %t0_2 : !dag.transfer<tensor<4xi32>>, %i1 = %t1_2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r0 = dag.recv %i0 from 0 via @c : (!dag.transfer<tensor<4xi32>>) -> tensor<4xi32>
    %r1 = dag.recv %i1 from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %z = dag.scale %r1 by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    dag.yield %z : tensor<4xf32>
  }
  dag.output %y2 "y2" : tensor<4xf32>
}

// -----

// What a rank sends to itself lies in one buffer, on the way out and when it has
// come.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 1
  // expected-error @+1 {{[DAG806] expected at most 1 tensor in the buffer that several transfers of rank 0 go through, but '0F1' is one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,(0SEND_F0;1RECV_F0)GROUP,0F1,1F0,(0SEND_F1;1RECV_F1)GROUP,1F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %1 "y" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  dag.schedule "mine" microbatches = 2
      table ["0F0,(0SEND_F0;1RECV_F0)GROUP,0F1,1F0,(0SEND_F1;1RECV_F1)GROUP,1F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %1 "y" : tensor<4xf32>
}
