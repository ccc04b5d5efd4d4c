// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

dag.mesh @m <pp = 2, tp = 2>

// Under a schedule, with collectives inside of the stages.
dag.model @good on @m {
  dag.schedule "1f1b" microbatches = 4
  dag.comm_buffer @buf : tensor<64xf32>, slots = 2
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 devices [0, 1] (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %s = dag.slice %a dim 0 over {tp} :
        (tensor<64xf32>) -> tensor<64xf32, #dag.sharding<[{tp}]>>
    %g = dag.all_gather %s dim 0 over {tp} :
        (tensor<64xf32, #dag.sharding<[{tp}]>>) -> tensor<64xf32>
    %3 = dag.send %g to 1 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %3 : !dag.transfer<tensor<64xf32>>
  }
  %4 = dag.stage 1 on pp = 1 devices [2, 3]
      (%a = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %5 = dag.recv %a from 0 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %5 : tensor<64xf32>
  }
  dag.output %4 "y" : tensor<64xf32>
}

// -----

// DAG804: two tensors are received in another order than they are sent.

dag.mesh @m <pp = 2>

dag.model @order on @m {
  dag.comm_buffer @a : tensor<64xf32>
  dag.comm_buffer @b : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1, %2 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>) {
    %y = dag.activation silu %i : (tensor<64xf32>) -> tensor<64xf32>
    // expected-error @+1 {{[DAG804] expected the send of a tensor from stage 0 to stage 1 on ranks of stage 0 to meet its recv, but it meets the recv of a tensor from stage 0 to stage 1 on ranks of stage 1}}
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    // expected-note @+1 {{the recv of a tensor from stage 0 to stage 1 on ranks of stage 1 comes first there}}
    %t = dag.send %y to 1 via @b
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s, %t
        : !dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>
  }
  %3 = dag.stage 1 on pp = 1 (%i = %1 : !dag.transfer<tensor<64xf32>>,
                              %j = %2 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    %y = dag.recv %j from 0 via @b
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %z = dag.add %x, %y
        : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    dag.yield %z : tensor<64xf32>
  }
  dag.output %3 "y" : tensor<64xf32>
}

// -----

// DAG803: nobody receives.

dag.mesh @m <pp = 2>

dag.model @ends on @m {
  dag.comm_buffer @a : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-error @+1 {{[DAG803] expected a recv in stage 1 for the send of stage 0, but there is none}}
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  dag.stage 1 on pp = 1 (%i = %1 : !dag.transfer<tensor<64xf32>>) {
    dag.yield
  }
}

// -----

// DAG803: nobody sends: the data comes from another stage than the recv says.

dag.mesh @m <pp = 3>

dag.model @sender on @m {
  dag.comm_buffer @a : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-error @+1 {{[DAG803] expected a recv in stage 1 for the send of stage 0, but there is none}}
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  dag.stage 1 on pp = 1 (%i = %1 : !dag.transfer<tensor<64xf32>>) {
    // expected-error @+1 {{[DAG803] expected a send in stage 2 for the recv of stage 1, but there is none}}
    %x = dag.recv %i from 2 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield
  }
}

// -----

// DAG807: both stages have device 1.

dag.mesh @m <pp = 2, tp = 2>

dag.model @twice on @m {
  dag.comm_buffer @a : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{as one of devices 0-1 of stage 0}}
  %1 = dag.stage 0 on pp = 0 devices [0, 1] (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-error @+1 {{[DAG807] expected the ranks of a communicator on different devices, but device 1 is in it twice}}
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  // expected-note @+1 {{as one of devices 1-2 of stage 1}}
  %2 = dag.stage 1 on pp = 1 devices [1, 2]
      (%i = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %x : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// DAG802: a collective over the stages that one of them calls alone, with one
// stage missing from the mesh's axis.

dag.mesh @m <pp = 3>

dag.model @alone on @m {
  %0 = dag.input "x" : tensor<66xf32, #dag.sharding<[{pp}]>>
  dag.stage 0 on pp = 0
      (%i = %0 : tensor<66xf32, #dag.sharding<[{pp}]>>) {
    // expected-error @+3 {{[DAG802] expected all 3 coordinates of axis 'pp' to call the collective on {pp}, but only 2 of them have stages}}
    // expected-error @+2 {{[DAG802] expected all ranks of {pp} to call the same collectives, but got 1 calls of ranks of stage 0 and 0 of ranks of stage 1}}
    // expected-note @+1 {{call 1 of ranks of stage 0: all_gather on {pp}}}
    %g = dag.all_gather %i dim 0 over {pp} :
        (tensor<66xf32, #dag.sharding<[{pp}]>>) -> tensor<66xf32>
    dag.yield
  }
  // expected-note @+1 {{the other side: ranks of stage 1}}
  dag.stage 1 on pp = 1 () {
    dag.yield
  }
}

// -----

// DAG802: counts differ.

dag.mesh @m <pp = 2>

dag.model @counts on @m {
  %0 = dag.input "x" : tensor<64xf32, #dag.sharding<[{pp}]>>
  %1 = dag.input "y" : tensor<32xf32, #dag.sharding<[{pp}]>>
  dag.stage 0 on pp = 0
      (%i = %0 : tensor<64xf32, #dag.sharding<[{pp}]>>) {
    // expected-error @+1 {{[DAG802] expected all ranks of {pp} to make the same call, but got all_gather of 32 x f32 of ranks of stage 0 and all_gather of 16 x f32 of ranks of stage 1}}
    %g = dag.all_gather %i dim 0 over {pp} :
        (tensor<64xf32, #dag.sharding<[{pp}]>>) -> tensor<64xf32>
    dag.yield
  }
  dag.stage 1 on pp = 1
      (%i = %1 : tensor<32xf32, #dag.sharding<[{pp}]>>) {
    // expected-note @+1 {{the call of ranks of stage 1}}
    %g = dag.all_gather %i dim 0 over {pp} :
        (tensor<32xf32, #dag.sharding<[{pp}]>>) -> tensor<32xf32>
    dag.yield
  }
}

// -----

// DAG806: the table receives more than the buffer holds.

dag.mesh @m <pp = 2>

dag.model @slots on @m {
  // expected-error @+1 {{[DAG806] expected at most 1 tensor to wait in the buffer from stage 0 to stage 1, but '1RECV_F1' on rank 1 is one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1RECV_F1,1F0,1F1"]
  dag.comm_buffer @a : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  %2 = dag.stage 1 on pp = 1
      (%i = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %x : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// DAG806: rank 1 wants the last micro-batch first, and one buffer at each end
// holds two of the three.

dag.mesh @m <pp = 2>

dag.model @too_few_slots on @m {
  // expected-error @+3 {{[DAG806] expected every rank to reach the end of the schedule, but 2 of 2 wait for data or a buffer}}
  // expected-note @+2 {{rank 0 waits before '0F1'}}
  // expected-note @+1 {{rank 1 waits before '1F2' for stage 0 of rank 0}}
  dag.schedule "mine" microbatches = 3
      table ["0F0,0F1,0F2", "1F2,1F0,1F1"]
  dag.comm_buffer @a : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  %2 = dag.stage 1 on pp = 1
      (%i = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %x : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// DAG806: a stage makes a second tensor before the first one is sent.

dag.mesh @m <pp = 2>

dag.model @late_send on @m {
  // expected-error @+1 {{[DAG806] expected at most 1 tensor to wait to be sent from stage 0 to stage 1, but '0F1' on rank 0 makes one more}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0F1,0SEND_F0,0SEND_F1", "1RECV_F0,1F0,1RECV_F1,1F1"]
  dag.comm_buffer @a : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  %2 = dag.stage 1 on pp = 1
      (%i = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %x : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// DAG806: two tensors that live at a time come through one slot. In the second
// stage the first one is used up before.

dag.mesh @m <pp = 3>

dag.model @one_slot on @m {
  dag.comm_buffer @a : tensor<64xf32>
  dag.comm_buffer @b : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1, %2 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>) {
    %y = dag.activation silu %i : (tensor<64xf32>) -> tensor<64xf32>
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    %t = dag.send %y to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s, %t
        : !dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>
  }
  %3, %4 = dag.stage 1 on pp = 1 (%i = %1 : !dag.transfer<tensor<64xf32>>,
                                  %j = %2 : !dag.transfer<tensor<64xf32>>)
      -> (!dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    // expected-error @+1 {{[DAG806] expected the last tensor in '@a' to be used before the next one comes from stage 0 to stage 1, but it is used behind it, and the buffer has 1 slot}}
    %y = dag.recv %j from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %s = dag.send %x to 2 via @b
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    %t = dag.send %y to 2 via @b
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s, %t
        : !dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>
  }
  %5 = dag.stage 2 on pp = 2 (%i = %3 : !dag.transfer<tensor<64xf32>>,
                              %j = %4 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    %x = dag.recv %i from 1 via @b
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %z = dag.activation silu %x : (tensor<64xf32>) -> tensor<64xf32>
    %y = dag.recv %j from 1 via @b
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %w = dag.add %z, %y
        : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    dag.yield %w : tensor<64xf32>
  }
  dag.output %5 "y" : tensor<64xf32>
}

// -----

// Each of two schedules is one that may be run.

dag.mesh @m <pp = 2>

dag.model @two_schedules on @m {
  // expected-error @+1 {{[DAG810] expected stage 1 to run the forward of each micro-batch, but it leaves out 1}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1RECV_F1"]
  dag.schedule "forward" microbatches = 2
  dag.comm_buffer @a : tensor<64xf32>, slots = 2
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  %2 = dag.stage 1 on pp = 1
      (%i = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %x : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// A stage that no row has is left out.

dag.mesh @m <pp = 2>

dag.model @idle_stage on @m {
  // expected-error @+1 {{[DAG810] expected stage 1 to run the forward of each micro-batch, but it leaves out 0}}
  dag.schedule "mine" microbatches = 1 table ["0F0", ""]
  dag.comm_buffer @a : tensor<64xf32>, slots = 2
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %s : !dag.transfer<tensor<64xf32>>
  }
  %2 = dag.stage 1 on pp = 1
      (%i = %1 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %x : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// A schedule of the module is checked beside a plan, too, and not with it.
// DAG801: both ranks wait for each other.

dag.mesh @m <tp = 2>
dag.model @beside on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.output %0 "y" : tensor<64xf32>
}
// expected-warning @+1 {{UNVERIFIED: a schedule is checked with the stages and buffers that it orders if it stands in '@beside', and here by itself}}
dag.schedule "good" microbatches = 2
    table ["0F0,0F1,0B0,0B1", "1F0,1B0,1F1,1B1"]
// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its send}}
// expected-note @+2 {{rank 1: in its send}}
// expected-note @+1 {{hint: Put the send}}
dag.schedule "both send" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1B0,1SEND_B0,1RECV_F1,1F1,1B1,1SEND_B1"]

// -----

// A kind has no order here.

dag.mesh @m <tp = 2>
dag.model @beside_a_kind on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.output %0 "y" : tensor<64xf32>
}
// expected-warning @+1 {{UNVERIFIED: a schedule is checked with the stages and buffers that it orders if it stands in '@beside_a_kind', and here by itself}}
dag.schedule "1f1b" microbatches = 2

// -----

// Beside a reference it is one of no plan.

dag.model @logical attributes {dag.reference} {
  %0 = dag.input "x" : tensor<64xf32>
  dag.output %0 "y" : tensor<64xf32>
}
dag.schedule "good" microbatches = 2
    table ["0F0,0F1,0B0,0B1", "1F0,1B0,1F1,1B1"]

// -----

// No kind has an order for more stages on one rank than on another.

dag.mesh @m <pp = 2>
// expected-warning @+1 {{UNVERIFIED: expected equally many stages on each rank, but got 3 stages on 2 ranks}}
dag.model @plan on @m {
  dag.schedule "forward" microbatches = 2
  dag.comm_buffer @a : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2, %3 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>, !dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %s = dag.send %r to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %r, %s : tensor<4xf32>, !dag.transfer<tensor<4xf32>>
  }
  %4 = dag.stage 2 on pp = 0 (%i = %3 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %4 "z" : tensor<4xf32>
}
