// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// Streams in the schedule of a plan.

// DAG806: the buffer is written again on a stream that does not wait for the
// last use of what is in it.

dag.mesh @m <pp = 2>

dag.model @reused_too_early on @m {
  // expected-error @+2 {{[DAG806] expected an event to order '1RECV_F1@1' behind '1F0' on rank 1, but they overlap}}
  // expected-note @+1 {{hint: Record an event behind '1F0' and wait for it before '1RECV_F1@1'.}}
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0@1,RECORD:r@1,WAIT:r,1F0,1RECV_F1@1,RECORD:r@1,WAIT:r,1F1"]
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

// With one more event, and with one more slot.

dag.mesh @m <pp = 2>

dag.model @reused_in_time on @m {
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0@1,RECORD:r@1,WAIT:r,1F0,RECORD:f,WAIT:f@1,1RECV_F1@1,RECORD:r@1,WAIT:r,1F1"]
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

dag.mesh @m <pp = 2>

dag.model @two_slots on @m {
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0@1,RECORD:r@1,WAIT:r,1F0,1RECV_F1@1,RECORD:r@1,WAIT:r,1F1"]
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

// DAG809: the next recv may overlap the collectives within the stage.

dag.mesh @m <pp = 2, tp = 2>

dag.model @beside_collectives on @m {
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1",
             "1RECV_F0@1,RECORD:r@1,WAIT:r,1RECV_F1@1,RECORD:s@1,1F0,WAIT:s,1F1"]
  dag.comm_buffer @a : tensor<64xf32, #dag.sharding<[{tp}]>>, slots = 2
  %0 = dag.input "x" : tensor<64xf32, #dag.sharding<[{tp}]>>
  %1 = dag.stage 0 on pp = 0 (%i = %0 : tensor<64xf32, #dag.sharding<[{tp}]>>)
      -> (!dag.transfer<tensor<64xf32, #dag.sharding<[{tp}]>>>) {
    %g = dag.all_gather %i dim 0 over {tp} :
        (tensor<64xf32, #dag.sharding<[{tp}]>>) -> tensor<64xf32>
    // expected-note @+1 {{ranks of stage 1: first the recv of micro-batch 1 from stage 0 to stage 1 on stream 1, then the collectives among ranks of stage 1 of micro-batch 0 on stream 0}}
    %s = dag.send %i to 1 via @a
        : (tensor<64xf32, #dag.sharding<[{tp}]>>)
        -> !dag.transfer<tensor<64xf32, #dag.sharding<[{tp}]>>>
    dag.yield %s : !dag.transfer<tensor<64xf32, #dag.sharding<[{tp}]>>>
  }
  // expected-error @+2 {{[DAG809] expected an event to order the collectives among ranks of stage 1 of micro-batch 0 on stream 0 behind the recv of micro-batch 1 from stage 0 to stage 1 on stream 1 on ranks of stage 1, but they overlap}}
  // expected-note @+1 {{hint: Record an event on stream 1 behind the recv of micro-batch 1 from stage 0 to stage 1, and let stream 0 wait for it, on all ranks in this order.}}
  %2 = dag.stage 1 on pp = 1
      (%i = %1 : !dag.transfer<tensor<64xf32, #dag.sharding<[{tp}]>>>) -> (tensor<64xf32>) {
    %x = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<64xf32, #dag.sharding<[{tp}]>>>)
        -> tensor<64xf32, #dag.sharding<[{tp}]>>
    %g = dag.all_gather %x dim 0 over {tp} :
        (tensor<64xf32, #dag.sharding<[{tp}]>>) -> tensor<64xf32>
    dag.yield %g : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}
