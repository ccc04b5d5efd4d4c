// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// Programs that are known to hang, told again as tables, each with a
// counterpart that does not.

// Two ranks that both send first (NVIDIA/nccl#479).

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its send of micro-batch 1 from stage 0 to stage 1, for rank 1}}
// expected-note @+2 {{rank 1: in its send of micro-batch 0 from stage 2 to stage 3, for rank 0}}
// expected-note @+1 {{hint: Put the send of micro-batch 1 from stage 0 to stage 1 and the recv of micro-batch 0 from stage 2 to stage 3 on rank 0 into one group, and their other ends too, or do the latter first.}}
dag.schedule "both send first" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,3F0,3RECV_F1,3F1",
           "1RECV_F0,1F0,2F0,2SEND_F0,1RECV_F1,1F1,2F1,2SEND_F1"]

// -----

dag.schedule "both in a group" microbatches = 2
    table ["0F0,0SEND_F0,0F1,(0SEND_F1;3RECV_F0)GROUP,3F0,3RECV_F1,3F1",
           "1RECV_F0,1F0,2F0,(2SEND_F0;1RECV_F1)GROUP,1F1,2F1,2SEND_F1"]

// -----

// One rank has a group, the other one has not (NVIDIA/nccl#1279).

// expected-error @+2 {{[DAG804] expected rank 1 to group what rank 0 has in one group with its recv of the gradient of micro-batch 0 from stage 1 to stage 0, but it does not}}
// expected-note @+1 {{the send of the gradient of micro-batch 0 from stage 1 to stage 0 on rank 1 is not in that group}}
dag.schedule "rank 0 grouped, rank 1 not" microbatches = 1
    table ["0F0,(0SEND_F0;0RECV_B0)GROUP", "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

dag.schedule "none grouped" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0", "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

// Virtual stages on two ranks, each of which sends before it receives
// (pytorch/pytorch#172668): it passes only as long as sends are buffered.

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its send of micro-batch 1 from stage 0 to stage 1, for rank 1}}
// expected-note @+2 {{rank 1: in its send of micro-batch 0 from stage 1 to stage 2, for rank 0}}
// expected-note @+1 {{hint: Put the send of micro-batch 1 from stage 0 to stage 1 and the recv of micro-batch 0 from stage 1 to stage 2 on rank 0 into one group, and their other ends too, or do the latter first.}}
dag.schedule "sends need buffers" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,2RECV_F0,2F0,2RECV_F1,2F1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1"]

// -----

dag.schedule "the lower rank receives first" microbatches = 2
    table ["0F0,0SEND_F0,0F1,2RECV_F0,0SEND_F1,2F0,2RECV_F1,2F1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1"]

// -----

// The second try of the same thread: the odd rank's order turned around.

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its send of micro-batch 2 from stage 0 to stage 1, for rank 1}}
// expected-note @+2 {{rank 1: in its send of the gradient of micro-batch 0 from stage 3 to stage 2, for rank 0}}
// expected-note @+1 {{hint: Put the send of micro-batch 2 from stage 0 to stage 1 and the recv of the gradient of micro-batch 0 from stage 3 to stage 2 on rank 0 into one group, and their other ends too, or do the latter first.}}
dag.schedule "odd rank turned around" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,2RECV_F0,2F0,2SEND_F0,0F2,0SEND_F2,2RECV_B0,2B0,2RECV_F1,2F1,2RECV_F2,2SEND_F1,2RECV_B1,2B1,2F2,2SEND_F2,2RECV_B2,2B2",
           "1RECV_F0,1F0,1RECV_F1,1SEND_F0,3RECV_F0,3F0,3B0,3SEND_B0,1RECV_F2,1F2,1F1,1SEND_F1,1SEND_F2,3RECV_F1,3F1,3B1,3SEND_B1,3RECV_F2,3F2,3B2,3SEND_B2"]

// -----

dag.schedule "both ends in groups" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,2RECV_F0,2F0,2SEND_F0,0F2,(0SEND_F2;2RECV_B0)GROUP,2B0,2RECV_F1,2F1,2RECV_F2,2SEND_F1,2RECV_B1,2B1,2F2,2SEND_F2,2RECV_B2,2B2",
           "1RECV_F0,1F0,1RECV_F1,1SEND_F0,3RECV_F0,3F0,3B0,(3SEND_B0;1RECV_F2)GROUP,1F2,1F1,1SEND_F1,1SEND_F2,3RECV_F1,3F1,3B1,3SEND_B1,3RECV_F2,3F2,3B2,3SEND_B2"]

// -----

// All ranks send before they receive, whatever their neighbours do
// (NVIDIA/Megatron-LM#5100).

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 1: in its send of micro-batch 1 from stage 1 to stage 2, for rank 2}}
// expected-note @+2 {{rank 2: in its send of the gradient of micro-batch 0 from stage 2 to stage 1, for rank 1}}
// expected-note @+1 {{hint: Put the send of micro-batch 1 from stage 1 to stage 2 and the recv of the gradient of micro-batch 0 from stage 2 to stage 1 on rank 1 into one group, and their other ends too, or do the latter first.}}
dag.schedule "fixed order" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1RECV_B1,1B1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0,2RECV_F1,2F1,2SEND_F1,2RECV_B1,2B1,2SEND_B1",
           "3RECV_F0,3F0,3B0,3SEND_B0,3RECV_F1,3F1,3B1,3SEND_B1"]

// -----

dag.schedule "odd ranks receive first" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1RECV_B0,1SEND_F1,1B0,1RECV_B1,1B1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0,2RECV_F1,2F1,2SEND_F1,2RECV_B1,2B1,2SEND_B1",
           "3RECV_F0,3F0,3B0,3SEND_B0,3RECV_F1,3F1,3B1,3SEND_B1"]

// -----

// Collectives of two communicators overlap, in different orders (NVIDIA/nccl#1810
// and #195).

// expected-error @+4 {{[DAG808] expected one order of communicators on all ranks, but 2 can wait for each other, since no event orders their streams}}
// expected-note @+3 {{rank 0: in its ALL_GATHER:4096:bf16 on dp on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_REDUCE:4096:bf16 on tp on stream 2, for rank 0}}
// expected-note @+1 {{hint: Record an event behind the ALL_REDUCE:4096:bf16 on tp on rank 0, let the stream of its ALL_GATHER:4096:bf16 on dp wait for it, and do the same in this order on all ranks.}}
dag.schedule "overlap" microbatches = 1
    table ["ALL_GATHER:dp:4096:bf16@1,ALL_REDUCE:tp:4096:bf16@2",
           "ALL_REDUCE:tp:4096:bf16@2,ALL_GATHER:dp:4096:bf16@1"]

// -----

dag.schedule "overlap with events" microbatches = 1
    table ["ALL_GATHER:dp:4096:bf16@1,RECORD:g@1,WAIT:g@2,ALL_REDUCE:tp:4096:bf16@2",
           "ALL_GATHER:dp:4096:bf16@1,RECORD:g@1,WAIT:g@2,ALL_REDUCE:tp:4096:bf16@2"]

// -----

// A communicator that some ranks of its parent alone make (NVIDIA/cuDecomp#158).

// expected-error @+7 {{[DAG802] expected all ranks of world to call the same collectives, but got 1 calls of rank 0 and 0 of rank 2}}
// expected-note @+6 {{call 1 of rank 0: SPLIT:row on world}}
// expected-note @+5 {{the other side: rank 2}}
// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its SPLIT:row on world, for rank 2}}
// expected-note @+2 {{rank 2: in its ALL_REDUCE on world, for rank 0}}
// expected-note @+1 {{hint: Let rank 2 do its part, the SPLIT:row on world, which it has nowhere.}}
dag.schedule "subset" microbatches = 1
    table ["SPLIT:world:row,ALL_TO_ALL:row,ALL_REDUCE:world",
           "SPLIT:world:row,ALL_TO_ALL:row,ALL_REDUCE:world",
           "ALL_REDUCE:world"]

// -----

dag.schedule "all ranks of the parent" microbatches = 1
    table ["SPLIT:world:row/0,ALL_TO_ALL:row/0,ALL_REDUCE:world",
           "SPLIT:world:row/0,ALL_TO_ALL:row/0,ALL_REDUCE:world",
           "SPLIT:world:row/,ALL_REDUCE:world"]

// -----

// Two process groups, and a rank that waits for its device between them
// (meta-pytorch/torchrec#4149).

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its ALL_TO_ALL on shard on stream 1, for rank 1}}
// expected-note @+2 {{rank 1: in its ALL_REDUCE on replicate on stream 2, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its ALL_REDUCE on replicate before its ALL_TO_ALL on shard.}}
dag.schedule "two process groups" microbatches = 1
    table ["ALL_TO_ALL:shard@1,SYNC,ALL_REDUCE:replicate@2",
           "ALL_REDUCE:replicate@2,SYNC,ALL_TO_ALL:shard@1"]

// -----

dag.schedule "two process groups in one order" microbatches = 1
    table ["ALL_TO_ALL:shard@1,SYNC,ALL_REDUCE:replicate@2",
           "ALL_TO_ALL:shard@1,SYNC,ALL_REDUCE:replicate@2"]

// -----

// Tensor-parallel collectives and the pipeline's transfers on streams of their
// own (vllm-project/vllm#41530): no two communicators share two ranks, and yet
// there is a circle of four.

// expected-error @+6 {{[DAG808] expected one order of communicators on all ranks, but 4 can wait for each other, since no event orders their streams}}
// expected-note @+5 {{rank 0: in its ALL_REDUCE on tp0 on stream 1, for rank 1}}
// expected-note @+4 {{rank 1: in its BROADCAST on pp1 on stream 2, for rank 3}}
// expected-note @+3 {{rank 3: in its ALL_REDUCE on tp1 on stream 1, for rank 2}}
// expected-note @+2 {{rank 2: in its BROADCAST on pp0 on stream 2, for rank 0}}
// expected-note @+1 {{hint: Record an event behind the BROADCAST on pp0 on rank 0, let the stream of its ALL_REDUCE on tp0 wait for it, and do the same in this order on all ranks.}}
dag.schedule "two by two" microbatches = 1
    table ["ALL_REDUCE:tp0@1,BROADCAST:pp0@2",
           "BROADCAST:pp1@2,ALL_REDUCE:tp0@1",
           "BROADCAST:pp0@2,ALL_REDUCE:tp1@1",
           "ALL_REDUCE:tp1@1,BROADCAST:pp1@2"]

// -----

dag.schedule "two by two in order" microbatches = 1
    table ["ALL_REDUCE:tp0@1,RECORD:e@1,WAIT:e@2,BROADCAST:pp0@2",
           "ALL_REDUCE:tp0@1,RECORD:e@1,WAIT:e@2,BROADCAST:pp1@2",
           "BROADCAST:pp0@2,RECORD:e@2,WAIT:e@1,ALL_REDUCE:tp1@1",
           "BROADCAST:pp1@2,RECORD:e@2,WAIT:e@1,ALL_REDUCE:tp1@1"]
