// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// Schedules by themselves. One that only computes gets its transfers.

dag.schedule "1f1b" microbatches = 2
    table ["0F0,0F1,0B0,0B1", "1F0,1B0,1F1,1B1"]

// -----

// Both ends in one order; the second rank sends before it computes more.

dag.schedule "ordered" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1RECV_F1,1F1,1B0,1SEND_B0,1B1,1SEND_B1"]

// -----

// DAG801: two ranks that both send first.

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its send of micro-batch 1 from stage 0 to stage 1, for rank 1}}
// expected-note @+2 {{rank 1: in its send of the gradient of micro-batch 0 from stage 1 to stage 0, for rank 0}}
// expected-note @+1 {{hint: Put the send of micro-batch 1 from stage 0 to stage 1 and the recv of the gradient of micro-batch 0 from stage 1 to stage 0 on rank 0 into one group, and their other ends too, or do the latter first.}}
dag.schedule "both send" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1B0,1SEND_B0,1RECV_F1,1F1,1B1,1SEND_B1"]

// -----

// In groups they progress together.

dag.schedule "grouped" microbatches = 2
    table ["0F0,0SEND_F0,0F1,(0SEND_F1;0RECV_B0)GROUP,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1B0,(1SEND_B0;1RECV_F1)GROUP,1F1,1B1,1SEND_B1"]

// -----

// DAG804: one rank groups, the other does not.

// expected-error @+2 {{[DAG804] expected rank 1 to group what rank 0 has in one group with its recv of the gradient of micro-batch 0 from stage 1 to stage 0, but it does not}}
// expected-note @+1 {{the send of the gradient of micro-batch 0 from stage 1 to stage 0 on rank 1 is not in that group}}
dag.schedule "half grouped" microbatches = 2
    table ["0F0,0SEND_F0,0F1,(0SEND_F1;0RECV_B0)GROUP,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1B0,1RECV_F1,1SEND_B0,1F1,1B1,1SEND_B1"]

// -----

// DAG804: micro-batches in another order than the peer's.

// expected-error @+2 {{[DAG804] expected the send of micro-batch 0 from stage 0 to stage 1 on rank 0 to meet its recv, but it meets the recv of micro-batch 1 from stage 0 to stage 1 on rank 1}}
// expected-note @+1 {{the recv of micro-batch 1 from stage 0 to stage 1 on rank 1 comes first there}}
dag.schedule "swapped" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F1,1RECV_F0,1F0,1F1"]

// -----

// DAG801: three ranks in a ring, each in the send to the next one.

// expected-error @+5 {{[DAG801] expected every rank to run to its end, but 3 wait for each other}}
// expected-note @+4 {{rank 0: in its send of micro-batch 2 from stage 0 to stage 1, for rank 1}}
// expected-note @+3 {{rank 1: in its send of micro-batch 1 from stage 1 to stage 2, for rank 2}}
// expected-note @+2 {{rank 2: in its send of micro-batch 0 from stage 2 to stage 3, for rank 0}}
// expected-note @+1 {{hint: Put the send of micro-batch 2 from stage 0 to stage 1 and the recv of micro-batch 0 from stage 2 to stage 3 on rank 0 into one group, and their other ends too, or do the latter first.}}
dag.schedule "ring" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,3RECV_F0,3RECV_F1,3RECV_F2,3F0,3F1,3F2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2"]

// -----

// DAG810: nobody takes the gradient of the inputs of stage 1; with transfers the
// table may be the first part of a longer one.

// expected-error @+1 {{[DAG810] expected stage 0 to compute the gradient of the weights of each micro-batch, but it leaves out 0-1}}
dag.schedule "never trained" microbatches = 2
    table ["0F0,0F1", "1F0,1B0,1F1,1B1"]

// -----

dag.schedule "first part" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0", "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

dag.schedule "forwards" microbatches = 2 table ["0F0,0F1", "1F0,1F1"]

// -----

// DAG810: a rank has no stage.

// expected-error @+1 {{[DAG810] expected rank 1 to run a stage, as others do, but its row is empty}}
dag.schedule "no stage" microbatches = 1 table ["0F0,0B0", ""]

// -----

// DAG803: a send that nobody receives, and a recv that nobody sends.

// expected-error @+5 {{[DAG810] expected stage 0 to compute the gradient of the inputs of each micro-batch, but it leaves out 1}}
// expected-error @+4 {{[DAG810] expected stage 0 to compute the gradient of the weights of each micro-batch, but it leaves out 1}}
// expected-error @+3 {{[DAG810] expected stage 1 to run the forward of each micro-batch, but it leaves out 1}}
// expected-error @+2 {{[DAG803] expected a recv on rank 1 for the send of micro-batch 1 from stage 0 to stage 1 on rank 0, but there is none}}
// expected-error @+1 {{[DAG803] expected a send on rank 1 for the recv of the gradient of micro-batch 0 from stage 1 to stage 0 on rank 0, but there is none}}
dag.schedule "ends" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0", "1RECV_F0,1F0"]

// -----

// expected-error @+1 {{[DAG803] expected stage 1 at the other end of '0SEND_F0', but no rank has it}}
dag.schedule "nobody" microbatches = 1 table ["0F0,0SEND_F0"]

// -----

// DAG805: two communicators in different orders.

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its ALL_REDUCE on a, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_GATHER on b, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its ALL_GATHER on b before its ALL_REDUCE on a.}}
dag.schedule "overlap" microbatches = 1
    table ["ALL_REDUCE:a,ALL_GATHER:b", "ALL_GATHER:b,ALL_REDUCE:a"]

// -----

// DAG802: a communicator is split by some ranks of its parent alone.

// expected-error @+3 {{[DAG802] expected all ranks of world to call the same collectives, but got 1 calls of rank 0 and 0 of rank 2}}
// expected-note @+2 {{call 1 of rank 0: SPLIT:pair on world}}
// expected-note @+1 {{the other side: rank 2}}
dag.schedule "subset" microbatches = 1
    table ["SPLIT:world:pair", "SPLIT:world:pair", ""]

// -----

// DAG802: of unequal numbers of calls, the first that differs.

// expected-error @+3 {{[DAG802] expected all ranks of tp to call the same collectives, but got 3 calls of rank 1 and 2 of rank 0}}
// expected-note @+2 {{call 2 of rank 1: ALL_GATHER:4 on tp}}
// expected-note @+1 {{call 2 of rank 0: ALL_REDUCE:8 on tp}}
dag.schedule "ahead" microbatches = 1
    table ["ALL_REDUCE:tp:8,ALL_REDUCE:tp:8",
           "ALL_REDUCE:tp:8,ALL_GATHER:tp:4,ALL_REDUCE:tp:8"]

// -----

// DAG802: a communicator that one rank alone names; one that is made may have
// one rank.

// expected-error @+1 {{[DAG802] expected another rank to call 'tok' with the BROADCAST:tok of rank 0, but none does}}
dag.schedule "alone" microbatches = 2
    table ["0F0,0SEND_F0,BROADCAST:tok,0F1,0SEND_F1",
           "1RECV_F0,1F0,1RECV_F1,1F1"]

// -----

dag.schedule "made" microbatches = 1
    table ["SPLIT:world:mine/0,ALL_REDUCE:mine/0", "SPLIT:world:mine/1"]

// -----

// DAG802: kinds, counts, types and roots.

// expected-error @+2 {{[DAG802] expected all ranks of x to make the same call, but got BROADCAST:4096:bf16:0 of rank 0 and BROADCAST:4096:bf16:1 of rank 1}}
// expected-note @+1 {{the call of rank 1}}
dag.schedule "roots" microbatches = 1
    table ["BROADCAST:x:4096:bf16:0", "BROADCAST:x:4096:bf16:1"]

// -----

// expected-error @+2 {{[DAG802] expected all ranks of x to make the same call, but got ALL_REDUCE:64:bf16 of rank 0 and ALL_REDUCE:64:f16 of rank 1}}
// expected-note @+1 {{the call of rank 1}}
dag.schedule "types" microbatches = 1
    table ["ALL_REDUCE:x:64:bf16,ALL_REDUCE:x:64:bf16",
           "ALL_REDUCE:x:64:f16,ALL_REDUCE:x:64:f16"]

// -----

// DAG806: data is used before it has come, or sent before it is there.

// expected-error @+2 {{[DAG806] expected rank 1 to receive from stage 0 before '1F0', but it does not}}
// expected-note @+1 {{hint: Let rank 1 do that before '1F0'.}}
dag.schedule "early" microbatches = 1 table ["0F0,0SEND_F0", "1F0,1RECV_F0"]

// -----

// expected-error @+2 {{[DAG806] expected rank 0 to compute what it sends before '0SEND_F0', but it does not}}
// expected-note @+1 {{hint: Let rank 0 do that before '0SEND_F0'.}}
dag.schedule "unmade" microbatches = 1 table ["0SEND_F0,0F0", "1RECV_F0,1F0"]

// -----

// DAG801: actions that wait for each other before any transfer.

// expected-error @+3 {{[DAG801] expected every rank to reach the end of the schedule, but 2 of 2 wait for data}}
// expected-note @+2 {{rank 0 waits before '0B1' for stage 1 of rank 1}}
// expected-note @+1 {{rank 1 waits before '1F1' for stage 0 of rank 0}}
dag.schedule "too early" microbatches = 2
    table ["0F0,0B1,0F1,0B0", "1F0,1F1,1B0,1B1"]

// -----

// DAG801: a rank sends to itself, outside of a group.

// expected-error @+3 {{[DAG801] expected every rank to run to its end, but one rank waits for itself}}
// expected-note @+2 {{rank 0: in its send of micro-batch 0 from stage 0 to stage 1, for rank 0}}
// expected-note @+1 {{hint: Leave the transfer out: the data is on rank 0 already.}}
dag.schedule "self" microbatches = 1 table ["0F0,0SEND_F0,1RECV_F0,1F0"]

// -----

// DAG806: a backward before its forward, which nothing else of the rank shows.

// expected-error @+2 {{[DAG806] expected rank 1 to run the forward before '1B0', but it does not}}
// expected-note @+1 {{hint: Let rank 1 do that before '1B0'.}}
dag.schedule "backward first" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0", "1RECV_F0,1B0,1F0,1SEND_B0"]

// -----

// DAG806: the gradient of weights before that of the inputs.

// expected-error @+2 {{[DAG806] expected rank 1 to compute the gradient of the inputs before '1W0', but it does not}}
// expected-note @+1 {{hint: Let rank 1 do that before '1W0'.}}
dag.schedule "weights first" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0I0,0W0", "1RECV_F0,1F0,1W0,1I0,1SEND_B0"]

// -----

// DAG810: a forward, a backward and a gradient that nothing waits for.

// expected-error @+1 {{[DAG810] expected stage 1 to run the forward of each micro-batch, but it leaves out 1}}
dag.schedule "forward left out" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1", "1RECV_F0,1F0,1RECV_F1"]

// -----

// expected-error @+3 {{[DAG810] expected stage 0 to compute the gradient of the inputs of each micro-batch, but it leaves out 1}}
// expected-error @+2 {{[DAG810] expected stage 0 to compute the gradient of the weights of each micro-batch, but it leaves out 0-1}}
// expected-error @+1 {{[DAG810] expected stage 1 to compute the gradient of the weights of each micro-batch, but it leaves out 0}}
dag.schedule "backward left out" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0RECV_B1",
           "1RECV_F0,1F0,1RECV_F1,1F1,1I0,1SEND_B0,1B1,1SEND_B1"]

// -----

// The same without transfers.

// expected-error @+1 {{[DAG810] expected stage 1 to run the forward of each micro-batch, but it leaves out 1}}
dag.schedule "only computes" microbatches = 2 table ["0F0,0F1", "1F0"]

// -----

// Backwards alone are the second half of a schedule.

dag.schedule "second half" microbatches = 1
    table ["0RECV_B0,0B0", "1B0,1SEND_B0"]

// -----

// More micro-batches are stated than any rank names.

// expected-error @+2 {{[DAG810] expected stage 0 to run the forward of each micro-batch, but it leaves out 1}}
// expected-error @+1 {{[DAG810] expected stage 1 to run the forward of each micro-batch, but it leaves out 1}}
dag.schedule "stated" microbatches = 2
    table ["0F0,0SEND_F0", "1RECV_F0,1F0"]

// -----

// A stage that takes data and runs nothing.

// expected-error @+1 {{[DAG810] expected stage 1 to run the forward of each micro-batch, but it leaves out 0}}
dag.schedule "only receives" microbatches = 1
    table ["0F0,0SEND_F0", "1RECV_F0"]

// -----

// Two stages of one rank, the second one first.

// expected-error @+2 {{[DAG806] expected rank 1 to run the forward of stage 1 before '2F0', but it does not}}
// expected-note @+1 {{hint: Let rank 1 do that before '2F0'.}}
dag.schedule "before its input" microbatches = 1
    table ["0F0,0SEND_F0,3RECV_F0,3F0", "1RECV_F0,2F0,2SEND_F0,1F0"]

// -----

// A forward and its own backward side by side.

// expected-error @+2 {{[DAG806] expected rank 1 to run the forward before '1B0', but it does not}}
// expected-note @+1 {{hint: Let rank 1 do that before '1B0'.}}
dag.schedule "own backward" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0", "1RECV_F0,(1F0;1B0)OVERLAP_F_B,1SEND_B0"]

// -----

// The first stage has weights, and nothing takes the gradient of its input.

dag.schedule "weights of the first" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0W0", "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

// The gradient of weights takes what comes from behind, also in the first stage.

// expected-error @+2 {{[DAG806] expected rank 0 to receive from stage 1 before '0W0', but it does not}}
// expected-note @+1 {{hint: Let rank 0 do that before '0W0'.}}
dag.schedule "no gradient came" microbatches = 1
    table ["0F0,0SEND_F0,0W0", "1RECV_F0,1F0,1B0"]

// -----

dag.schedule "it came" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0W0", "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

// DAG802: what NCCL refuses on every rank.

// expected-error @+1 {{[DAG802] expected a root below 2 in 'BROADCAST:x:4:bf16:7' of rank 0}}
dag.schedule "root" microbatches = 1
    table ["BROADCAST:x:4:bf16:7", "BROADCAST:x:4:bf16:7"]

// -----

// expected-error @+1 {{[DAG802] expected a number of elements that is not negative in 'ALL_REDUCE:x:-4' of rank 0}}
dag.schedule "count" microbatches = 1
    table ["ALL_REDUCE:x:-4", "ALL_REDUCE:x:-4"]

// -----

dag.schedule "numbers" microbatches = 1
    table ["BROADCAST:x:4:bf16:1,ALL_REDUCE:x:0:bf16:7", "BROADCAST:x:4:bf16:1,ALL_REDUCE:x:0:bf16:7"]

// -----

// Transfers that are put in leave room for collectives.

dag.schedule "between" microbatches = 2
    table ["0F0,ALL_REDUCE:x,0F1", "ALL_REDUCE:x,1F0,1F1"]

// -----

dag.schedule "behind" microbatches = 2
    table ["0F0,0F1,ALL_REDUCE:x", "ALL_REDUCE:x,1F0,1F1"]

// -----

// Where there is no such place, they are not put at all, and the order tells.

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: }}
// expected-note @+2 {{rank 1: }}
// expected-note @+1 {{hint: Let rank 0 do its send of micro-batch 0 from stage 0 to stage 1 before its ALL_REDUCE on x.}}
dag.schedule "never" microbatches = 1
    table ["ALL_REDUCE:x,0F0", "1F0,ALL_REDUCE:x"]

// -----

// A rank that is left out of a communicator calls none.

// expected-error @+1 {{[DAG802] expected rank 0 to call a communicator that it is in, but 'ALL_REDUCE:x/' names none}}
dag.schedule "none" microbatches = 1
    table ["SPLIT:world:x/,ALL_REDUCE:x/", "SPLIT:world:x/,ALL_REDUCE:x/"]

// -----

// One that is made again is another one.

// expected-error @+1 {{[DAG802] expected a communicator to be made once, but 'SPLIT:world:x/1' of rank 0 makes it again}}
dag.schedule "again" microbatches = 1
    table ["SPLIT:world:x/0,SPLIT:world:x/1", "SPLIT:world:x/0,SPLIT:world:x/1"]

// -----

// One name for what is split from two parents is one for two communicators.

// expected-error @+2 {{[DAG802] expected 'y' to be one communicator, but 'SPLIT:x/0:y' of rank 0 and 'SPLIT:x/1:y' of rank 2 make two of this name}}
// expected-note @+1 {{the other one, of rank 0}}
dag.schedule "two parents" microbatches = 1
    table ["SPLIT:world:x/0,SPLIT:x/0:y,ALL_REDUCE:y:4", "SPLIT:world:x/0,SPLIT:x/0:y,ALL_REDUCE:y:4",
           "SPLIT:world:x/1,SPLIT:x/1:y", "SPLIT:world:x/1,SPLIT:x/1:y"]

// -----

// With a name each there are two.

dag.schedule "two names" microbatches = 1
    table ["SPLIT:world:x/0,SPLIT:x/0:y,ALL_REDUCE:y:4", "SPLIT:world:x/0,SPLIT:x/0:y,ALL_REDUCE:y:4",
           "SPLIT:world:x/1,SPLIT:x/1:z", "SPLIT:world:x/1,SPLIT:x/1:z"]

// -----

// What goes into the first stage need have no gradient: that of its weights takes
// what comes back.

dag.schedule "weights alone" microbatches = 2
    table ["0F0,0F1,0W1,0W0", "1F0,1F1,1BW1,1BW0"]

// -----

// Behind the forward, as ever.

// expected-error @+3 {{[DAG801] expected every rank to reach the end of the schedule, but 2 of 2 wait for data}}
// expected-note @+2 {{rank 0 waits before '0W0'}}
// expected-note @+1 {{rank 1 waits before '1F0' for stage 0 of rank 0}}
dag.schedule "weights first" microbatches = 1
    table ["0W0,0F0", "1F0,1BW0"]
