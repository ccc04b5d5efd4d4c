// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// Streams and the events that order them.

// DAG808: two communicators on two streams, launched in different orders. With
// room for both kernels it passes; with room for one it hangs.

// expected-error @+4 {{[DAG808] expected one order of communicators on all ranks, but 2 can wait for each other, since no event orders their streams}}
// expected-note @+3 {{rank 0: in its ALL_REDUCE:64:f32 on a on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_GATHER:64:f32 on b on stream 2, for rank 0}}
// expected-note @+1 {{hint: Record an event behind the ALL_GATHER:64:f32 on b on rank 0, let the stream of its ALL_REDUCE:64:f32 on a wait for it, and do the same in this order on all ranks.}}
dag.schedule "different orders" microbatches = 1
    table ["ALL_REDUCE:a:64:f32@1,ALL_GATHER:b:64:f32@2",
           "ALL_GATHER:b:64:f32@2,ALL_REDUCE:a:64:f32@1"]

// -----

// The same in one order by events, whatever the streams' numbers.

dag.schedule "one order" microbatches = 1
    table ["ALL_REDUCE:a:64:f32@1,RECORD:e@1,WAIT:e@2,ALL_GATHER:b:64:f32@2",
           "ALL_REDUCE:a:64:f32@3,RECORD:x@3,WAIT:x,ALL_GATHER:b:64:f32"]

// -----

// DAG805: events order them, but not alike.

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its ALL_REDUCE on a on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_GATHER on b on stream 2, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its ALL_GATHER on b before its ALL_REDUCE on a.}}
dag.schedule "events in different orders" microbatches = 1
    table ["ALL_REDUCE:a@1,RECORD:e@1,WAIT:e@2,ALL_GATHER:b@2",
           "ALL_GATHER:b@2,RECORD:e@2,WAIT:e@1,ALL_REDUCE:a@1"]

// -----

// DAG809: launched in one order, which no event keeps.

// expected-error @+4 {{[DAG809] expected an event to order the ALL_GATHER on b on stream 2 behind the ALL_REDUCE on a on stream 1 on rank 0, but they overlap}}
// expected-note @+3 {{rank 0: first the ALL_REDUCE on a on stream 1, then the ALL_GATHER on b on stream 2}}
// expected-note @+2 {{rank 1: first the ALL_REDUCE on a on stream 1, then the ALL_GATHER on b on stream 2}}
// expected-note @+1 {{hint: Record an event on stream 1 behind the ALL_REDUCE on a, and let stream 2 wait for it, on all ranks in this order.}}
dag.schedule "no event" microbatches = 1
    table ["ALL_REDUCE:a@1,ALL_GATHER:b@2", "ALL_REDUCE:a@1,ALL_GATHER:b@2"]

// -----

// DAG809: ordered on one rank only.

// expected-error @+4 {{[DAG809] expected an event to order the ALL_GATHER on b on stream 2 behind the ALL_REDUCE on a on stream 1 on rank 1, but they overlap}}
// expected-note @+3 {{rank 1: first the ALL_REDUCE on a on stream 1, then the ALL_GATHER on b on stream 2}}
// expected-note @+2 {{rank 0: first the ALL_REDUCE on a on stream 1, then the ALL_GATHER on b on stream 2}}
// expected-note @+1 {{hint: Record an event on stream 1 behind the ALL_REDUCE on a, and let stream 2 wait for it, on all ranks in this order.}}
dag.schedule "half an event" microbatches = 1
    table ["ALL_REDUCE:a@1,RECORD:e@1,WAIT:e@2,ALL_GATHER:b@2",
           "ALL_REDUCE:a@1,ALL_GATHER:b@2"]

// -----

// DAG809: an event recorded too early orders nothing.

// expected-error @+4 {{[DAG809] expected an event to order the ALL_GATHER on b on stream 2 behind the ALL_REDUCE on a on stream 1 on rank 0, but they overlap}}
// expected-note @+3 {{rank 0: first the ALL_REDUCE on a on stream 1, then the ALL_GATHER on b on stream 2}}
// expected-note @+2 {{rank 1: first the ALL_REDUCE on a on stream 1, then the ALL_GATHER on b on stream 2}}
// expected-note @+1 {{hint: Record an event on stream 1 behind the ALL_REDUCE on a, and let stream 2 wait for it, on all ranks in this order.}}
dag.schedule "early event" microbatches = 1
    table ["RECORD:e@1,ALL_REDUCE:a@1,WAIT:e@2,ALL_GATHER:b@2",
           "ALL_REDUCE:a@1,RECORD:e@1,WAIT:e@2,ALL_GATHER:b@2"]

// -----

// Order goes on from event to event, and SYNC orders all streams.

dag.schedule "over a third stream" microbatches = 1
    table ["ALL_REDUCE:a@1,RECORD:e@1,WAIT:e@3,RECORD:f@3,WAIT:f@2,ALL_GATHER:b@2",
           "ALL_REDUCE:a@1,SYNC,ALL_GATHER:b@2"]

// -----

// Calls of one communicator go one after the other whatever their streams.

dag.schedule "one communicator" microbatches = 1
    table ["ALL_REDUCE:a@1,ALL_GATHER:a@2", "ALL_REDUCE:a@2,ALL_GATHER:a@1"]

// -----

// DAG802: so this is another order of the calls.

// expected-error @+2 {{[DAG802] expected all ranks of a to make the same call, but got ALL_REDUCE of rank 0 and ALL_GATHER of rank 1}}
// expected-note @+1 {{the call of rank 1}}
dag.schedule "one communicator in different orders" microbatches = 1
    table ["ALL_REDUCE:a@1,ALL_GATHER:a@2", "ALL_GATHER:a@2,ALL_REDUCE:a@1"]

// -----

// Two communicators that meet on one rank only: no circle goes through them.

dag.schedule "chain" microbatches = 1
    table ["ALL_REDUCE:a@1",
           "ALL_REDUCE:a@1,ALL_REDUCE:b@2",
           "ALL_REDUCE:b@2"]

// -----

// A pipeline has sends and recvs of each rank on two streams.

dag.schedule "two streams in a pipeline" microbatches = 2
    table ["0F0,RECORD:a,WAIT:a@1,0SEND_F0@1,0F1,RECORD:b,WAIT:b@1,0SEND_F1@1",
           "1RECV_F0@2,RECORD:r@2,WAIT:r,1F0,RECORD:f,WAIT:f@1,1SEND_F0@1,1RECV_F1@2,RECORD:r@2,WAIT:r,1F1,RECORD:g,WAIT:g@1,1SEND_F1@1",
           "2RECV_F0@2,RECORD:r@2,WAIT:r,2F0,2RECV_F1@2,RECORD:r@2,WAIT:r,2F1"]

// -----

// DAG809: in a circle of three communicators each two share one rank alone.

// expected-error @+9 {{[DAG809] expected an event to order the ALL_REDUCE on c on stream 2 behind the ALL_REDUCE on a on stream 1 on rank 0, but they overlap}}
// expected-note @+8 {{rank 0: first the ALL_REDUCE on a on stream 1, then the ALL_REDUCE on c on stream 2}}
// expected-note @+7 {{hint: Record an event on stream 1 behind the ALL_REDUCE on a, and let stream 2 wait for it, on all ranks in this order.}}
// expected-error @+6 {{[DAG809] expected an event to order the ALL_REDUCE on b on stream 2 behind the ALL_REDUCE on a on stream 3 on rank 1, but they overlap}}
// expected-note @+5 {{rank 1: first the ALL_REDUCE on a on stream 3, then the ALL_REDUCE on b on stream 2}}
// expected-note @+4 {{hint: Record an event on stream 3 behind the ALL_REDUCE on a, and let stream 2 wait for it, on all ranks in this order.}}
// expected-error @+3 {{[DAG809] expected an event to order the ALL_REDUCE on c on stream 2 behind the ALL_REDUCE on b on stream 1 on rank 2, but they overlap}}
// expected-note @+2 {{rank 2: first the ALL_REDUCE on b on stream 1, then the ALL_REDUCE on c on stream 2}}
// expected-note @+1 {{hint: Record an event on stream 1 behind the ALL_REDUCE on b, and let stream 2 wait for it, on all ranks in this order.}}
dag.schedule "circle" microbatches = 1
    table ["ALL_REDUCE:a@1,ALL_REDUCE:c@2",
           "ALL_REDUCE:a@3,ALL_REDUCE:b@2",
           "ALL_REDUCE:b@1,ALL_REDUCE:c@2"]

// -----

// DAG808: each rank of the circle launches the other one first.

// expected-error @+5 {{[DAG808] expected one order of communicators on all ranks, but 3 can wait for each other, since no event orders their streams}}
// expected-note @+4 {{rank 0: in its ALL_REDUCE on a on stream 1, for rank 1}}
// expected-note @+3 {{rank 1: in its ALL_REDUCE on b on stream 2, for rank 2}}
// expected-note @+2 {{rank 2: in its ALL_REDUCE on c on stream 2, for rank 0}}
// expected-note @+1 {{hint: Record an event behind the ALL_REDUCE on c on rank 0, let the stream of its ALL_REDUCE on a wait for it, and do the same in this order on all ranks.}}
dag.schedule "circle in a bad order" microbatches = 1
    table ["ALL_REDUCE:a@1,ALL_REDUCE:c@2",
           "ALL_REDUCE:b@2,ALL_REDUCE:a@1",
           "ALL_REDUCE:c@2,ALL_REDUCE:b@1"]

// -----

// DAG806: data is used on a stream that does not wait for it.

// expected-error @+2 {{[DAG806] expected an event to order '1F0' behind '1RECV_F0@1' on rank 1, but they overlap}}
// expected-note @+1 {{hint: Record an event behind '1RECV_F0@1' and wait for it before '1F0'.}}
dag.schedule "recv without an event" microbatches = 1
    table ["0F0,0SEND_F0", "1RECV_F0@1,1F0"]

// -----

// DAG806: and sent from a stream that does not.

// expected-error @+2 {{[DAG806] expected an event to order '0SEND_F0@1' behind '0F0' on rank 0, but they overlap}}
// expected-note @+1 {{hint: Record an event behind '0F0' and wait for it before '0SEND_F0@1'.}}
dag.schedule "send without an event" microbatches = 1
    table ["0F0,0SEND_F0@1", "1RECV_F0,1F0"]

// -----

// DAG801: a stream that waits for another one waits with it.

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its send of micro-batch 1 from stage 0 to stage 1 on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its send of the gradient of micro-batch 0 from stage 1 to stage 0 on stream 1, for rank 0}}
// expected-note @+1 {{hint: Put the send of micro-batch 1 from stage 0 to stage 1 and the recv of the gradient of micro-batch 0 from stage 1 to stage 0 on rank 0 into one group, and their other ends too, or do the latter first.}}
dag.schedule "blocked by an event" microbatches = 2
    table ["0F0,RECORD:e,WAIT:e@1,0SEND_F0@1,0F1,RECORD:e,WAIT:e@1,0SEND_F1@1,RECORD:s@1,WAIT:s@2,0RECV_B0@2,RECORD:r@2,WAIT:r,0B0,0RECV_B1@2,RECORD:r@2,WAIT:r,0B1",
           "1RECV_F0@2,RECORD:r@2,WAIT:r,1F0,1B0,RECORD:b,WAIT:b@1,1SEND_B0@1,RECORD:s@1,WAIT:s@2,1RECV_F1@2,RECORD:r@2,WAIT:r,1F1,1B1,RECORD:b,WAIT:b@1,1SEND_B1@1"]

// -----

// DAG805: SYNC keeps a rank from launching what its peer needs.

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its ALL_REDUCE on a on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_REDUCE on b on stream 2, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its ALL_REDUCE on b before its ALL_REDUCE on a.}}
dag.schedule "sync" microbatches = 2
    table ["ALL_REDUCE:a@1,SYNC,ALL_REDUCE:b@2", "ALL_REDUCE:b@2,SYNC,ALL_REDUCE:a@1"]

// -----

// DAG802: a communicator is called before it is made. The hint does not turn
// that around.

// expected-error @+5 {{[DAG802] expected rank 1 to make communicator 'x' before 'ALL_REDUCE:x', but it does not}}
// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its SPLIT:x on world, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_REDUCE on x, for rank 0}}
// expected-note @+1 {{hint: Let rank 1 do its SPLIT:x on world before its ALL_REDUCE on x.}}
dag.schedule "not made" microbatches = 1
    table ["SPLIT:world:x,ALL_REDUCE:x", "ALL_REDUCE:x,SPLIT:world:x"]

// -----

// One split gives each rank the communicator of its colour, or none.

dag.schedule "colours" microbatches = 1
    table ["SPLIT:world:tp/0,ALL_REDUCE:tp/0", "SPLIT:world:tp/0,ALL_REDUCE:tp/0",
           "SPLIT:world:tp/1,ALL_REDUCE:tp/1", "SPLIT:world:tp/1,ALL_REDUCE:tp/1",
           "SPLIT:world:tp/"]

// -----

// DAG805: communicators are made in different orders.

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its SPLIT:a on world, for rank 1}}
// expected-note @+2 {{rank 1: in its SPLIT:b on world, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its SPLIT:b on world before its SPLIT:a on world.}}
dag.schedule "made in different orders" microbatches = 1
    table ["SPLIT:world:a,SPLIT:world:b", "SPLIT:world:b,SPLIT:world:a"]

// -----

// DAG805: and so if their members alone make them.

// expected-error @+5 {{[DAG805] expected every rank to run to its end, but 3 wait for each other in different communicators}}
// expected-note @+4 {{rank 0: in its INIT on a, for rank 1}}
// expected-note @+3 {{rank 1: in its INIT on b, for rank 2}}
// expected-note @+2 {{rank 2: in its INIT on c, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its INIT on c before its INIT on a.}}
dag.schedule "made by their members" microbatches = 1
    table ["INIT:a,INIT:c", "INIT:b,INIT:a", "INIT:c,INIT:b"]

// -----

// DAG805: making one is in the order of its parent's calls.

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its SPLIT:a on world, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_REDUCE on world, for rank 0}}
// expected-note @+1 {{hint: Let rank 1 do its SPLIT:a on world before its ALL_REDUCE on world.}}
dag.schedule "making and calling" microbatches = 1
    table ["SPLIT:world:a,ALL_REDUCE:world", "ALL_REDUCE:world,SPLIT:world:a"]

// -----

// Behind a wait for a send, what stands on stream 0 is behind the send.

dag.schedule "waits for its send" microbatches = 1
    table ["0F0,RECORD:e,WAIT:e@1,0SEND_F0@1,0WAIT_SEND_F0,ALL_REDUCE:x",
           "1RECV_F0@1,RECORD:f@1,WAIT:f@2,ALL_REDUCE:x@2,WAIT:f,1F0"]

// -----

// What stands on another stream is not.

// expected-error @+3 {{[DAG809] expected an event to order the ALL_REDUCE on x on stream 2 behind the send of micro-batch 0 from stage 0 to stage 1 on stream 1 on rank 0, but they overlap}}
// expected-note @+2 {{rank 0: first the send of micro-batch 0 from stage 0 to stage 1 on stream 1, then the ALL_REDUCE on x on stream 2}}
// expected-note @+1 {{hint: Record an event on stream 1 behind the send of micro-batch 0 from stage 0 to stage 1, and let stream 2 wait for it, on all ranks in this order.}}
dag.schedule "waits on another stream" microbatches = 1
    table ["0F0,RECORD:e,WAIT:e@1,0SEND_F0@1,0WAIT_SEND_F0,ALL_REDUCE:x@2",
           "1RECV_F0@1,RECORD:f@1,WAIT:f@2,ALL_REDUCE:x@2,WAIT:f,1F0"]

// -----

// A send in a group ends with the group.

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its recv of the gradient of micro-batch 0 from stage 1 to stage 0 on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_REDUCE on x on stream 1, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its ALL_REDUCE on x before its recv of the gradient of micro-batch 0 from stage 1 to stage 0.}}
dag.schedule "waits for its group" microbatches = 1
    table ["0F0,RECORD:e,WAIT:e@1,(0SEND_F0@1;0RECV_B0@1)GROUP,0WAIT_SEND_F0,ALL_REDUCE:x,0B0",
           "1RECV_F0,1F0,1B0,RECORD:f,WAIT:f@1,ALL_REDUCE:x@1,RECORD:g@1,WAIT:g,1SEND_B0"]

// -----

// Transfers that the table does not have are put in without regard to streams:
// behind the collective they would do.

// expected-warning @+1 {{UNVERIFIED: the table has streams and no transfers, and the places that they were given do not stand the check at the recv of micro-batch 0 from stage 0 to stage 1 on rank 1; others may}}
dag.schedule "no place given" microbatches = 1
    table ["0F0,SYNC,ALL_REDUCE:x@1,SYNC", "ALL_REDUCE:x@1,SYNC,1F0"]

// -----

dag.schedule "stated" microbatches = 1
    table ["0F0,SYNC,ALL_REDUCE:x@1,SYNC,0SEND_F0",
           "ALL_REDUCE:x@1,SYNC,1RECV_F0,1F0"]

// -----

// What goes wrong without them is wrong.

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its ALL_REDUCE on x on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_REDUCE on y on stream 1, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its ALL_REDUCE on y before its ALL_REDUCE on x.}}
dag.schedule "x" microbatches = 1
    table ["0F0,ALL_REDUCE:x@1,ALL_REDUCE:y@1",
           "ALL_REDUCE:y@1,ALL_REDUCE:x@1,1F0"]

// -----

// Who makes a communicator need not wait for the streams.

// expected-error @+2 {{[DAG806] expected an event to order '0SEND_F0@1' behind '0F0' on rank 0, but they overlap}}
// expected-note @+1 {{hint: Record an event behind '0F0' and wait for it before '0SEND_F0@1'.}}
dag.schedule "made between" microbatches = 1
    table ["0F0,INIT:x,0SEND_F0@1", "INIT:x,1RECV_F0,1F0"]

// -----

dag.schedule "with an event" microbatches = 1
    table ["0F0,RECORD:a,INIT:x,WAIT:a@1,0SEND_F0@1", "INIT:x,1RECV_F0,1F0"]

// -----

// Nor does it order two calls on two streams.

// expected-error @+4 {{[DAG809] expected an event to order the ALL_REDUCE on b on stream 2 behind the ALL_REDUCE on a on stream 1 on rank 0, but they overlap}}
// expected-note @+3 {{rank 0: first the ALL_REDUCE on a on stream 1, then the ALL_REDUCE on b on stream 2}}
// expected-note @+2 {{rank 1: first the ALL_REDUCE on a on stream 1, then the ALL_REDUCE on b on stream 2}}
// expected-note @+1 {{hint: Record an event on stream 1 behind the ALL_REDUCE on a, and let stream 2 wait for it, on all ranks in this order.}}
dag.schedule "made between calls" microbatches = 1
    table ["ALL_REDUCE:a@1,INIT:x,ALL_REDUCE:b@2",
           "ALL_REDUCE:a@1,INIT:x,ALL_REDUCE:b@2"]

// -----

dag.schedule "called with an event" microbatches = 1
    table ["ALL_REDUCE:a@1,RECORD:e@1,INIT:x,WAIT:e@2,ALL_REDUCE:b@2",
           "ALL_REDUCE:a@1,RECORD:e@1,INIT:x,WAIT:e@2,ALL_REDUCE:b@2"]

// -----

// All of a rank ends before a SYNC does.

dag.schedule "called behind a sync" microbatches = 1
    table ["ALL_REDUCE:a@1,SYNC,ALL_REDUCE:b@2",
           "ALL_REDUCE:a@1,SYNC,ALL_REDUCE:b@2"]
