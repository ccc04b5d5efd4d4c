// RUN: dag-opt %s --split-input-file --dag-verify-deadlock \
// RUN:   --verify-diagnostics=only-expected

// Tables of PyTorch, broken, as
// Inputs/pytorch-tables.py has compared and written them. Do not edit.

// expected-warning @+1 {{expected '2B0' once, but got it again on rank 2}}
dag.schedule "GPipe p=3 v=1 m=2, computation, double" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1F1,1B0,1B1",
           "2F0,2B0,2F1,2B0,2B1"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, with transfers, other_microbatch" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,3RECV_F0,3F0,3B0,3SEND_B0,1RECV_B0,1B0,1SEND_B0"]

// -----

// expected-warning @+1 {{(C5)}}
dag.schedule "GPipe p=2 v=1 m=2, computation, other_kind" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1I1,1B0,1B1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=2 m=2, with transfers, move_send" microbatches = 2
    table ["0SEND_F1,0F0,0SEND_F0,2RECV_F0,0F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3F1,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-warning @+1 {{expected '0W0' once, but got it again on rank 0}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=1, with transfers, double" microbatches = 1
    table ["0F0,0SEND_F0,3RECV_F0,3F0,3I0,3SEND_B0,3W0,0RECV_B0,0W0,0I0,0W0",
           "1RECV_F0,1F0,2F0,2SEND_F0,2RECV_B0,2I0,2W0,1I0,1SEND_B0,1W0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, computation, delete_microbatch" microbatches = 1
    table ["0F0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "GPipe p=3 v=1 m=3, with transfers, move_send" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1SEND_B1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2RECV_F1,2F1,2RECV_F2,2F2,2B0,2SEND_B0,2B1,2SEND_B1,2B2,2SEND_B2"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "LoopedBFS p=2 v=1 m=3, computation, delete_microbatch" microbatches = 3
    table ["0F0,0F2,0B2,0B0",
           "1F0,1F1,1F2,1B2,1B1,1B0"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=3, with transfers, delete_send" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3SEND_B0,3W0,3F1,3I1,0RECV_B0,3W1,0I0,3RECV_F2,0W0,3F2,3I2,3SEND_B2,0RECV_B1,3W2,0I1,0RECV_B2,0W1,0I2,0W2",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,2I0,2W0,1F2,2RECV_B1,1I0,1SEND_B0,1W0,2F2,2SEND_F2,2I1,2W1,2RECV_B2,1I1,1SEND_B1,2I2,1I2,1SEND_B2,1W1,2W2,1W2"]

// -----

// expected-warning @+1 {{expected stage 2 on one rank, but got it on ranks 0 and 2}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=2, with transfers, move_to_rank" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1W1",
           "2F0,2RECV_F1,2I0,2SEND_B0,2F1,2I1,2SEND_B1,2W0,2W1"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, computation, other_microbatch" microbatches = 2
    table ["0F0,2F0,2B0,0B0",
           "1F0,3F0,3B1,1B0"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=2, with transfers, delete_send" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1I0,1RECV_B1,1I1,1SEND_B1,1W0,1W1",
           "2RECV_F0,2F0,2RECV_F1,2I0,2SEND_B0,2F1,2I1,2SEND_B1,2W0,2W1"]

// -----

// expected-warning @+1 {{expected stage 0 on one rank, but got it on ranks 0 and 1}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=4, with transfers, move_to_rank" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3SEND_B0,3W0,3F1,3I1,3SEND_B1,0RECV_B0,3W1,0F3,0SEND_F3,3RECV_F2,0I0,0W0,3F2,3I2,3SEND_B2,3W2,0I1,3RECV_F3,0W1,3F3,3I3,3SEND_B3,0RECV_B2,3W3,0I2,0RECV_B3,0W2,0I3,0W3",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,2I0,2W0,1F2,2RECV_B1,1I0,1SEND_B0,1W0,1RECV_F3,2F2,2SEND_F2,2I1,2W1,1F3,2RECV_B2,1I1,1SEND_B1,1W1,2F3,2SEND_F3,2I2,2W2,2RECV_B3,1I2,0RECV_B1,1SEND_B2,2I3,1I3,1SEND_B3,1W2,2W3,1W3"]

// -----

// expected-warning @+1 {{expected stage 2 on one rank, but got it on ranks 2 and 3}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=4, with transfers, other_stage" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1RECV_F3,1I0,1SEND_B0,1F3,1SEND_F3,1RECV_B1,1I1,1SEND_B1,1W0,1RECV_B2,1I2,1SEND_B2,1W1,1RECV_B3,1I3,1SEND_B3,1W2,1W3",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2I0,2SEND_B0,2F2,2SEND_F2,2RECV_B1,2RECV_F3,2I1,2SEND_B1,2F3,2SEND_F3,2RECV_B2,2I2,2SEND_B2,2W0,2RECV_B3,2I3,2SEND_B3,2W1,2W2,2W3",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3RECV_F2,3I1,3SEND_B1,3F2,3RECV_F3,3I2,3SEND_B2,3F3,3I3,3SEND_B3,3W0,2W1,3W2,3W3"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=2, computation, overlap" microbatches = 2
    table ["0F0,0F1,0I0,0W0,0I1,0W1",
           "1F0,1F1,1I0,1I1,1W0,1W1",
           "2F0,2F1,2I0,2I1,2W0,2W1",
           "(3F0;3I0)OVERLAP_F_B,3F1,3I1,3W0,3W1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=1, with transfers, delete_transfer" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0I0,0W0",
           "1RECV_F0,1F0,1RECV_B0,1I0,1SEND_B0,1W0",
           "2F0,2I0,2SEND_B0,2W0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=4, computation, cut" microbatches = 4
    table ["0F0,0F1,0F2,3F0,3I0,3W0,3F1,3I1,3W1,0F3,0I0,0W0,3F2,3I2,3W2,0I1,0W1,3F3,3I3,3W3,0I2,0W2,0I3,0W3",
           "1F0,2F0,1F1,2F1,2I0,2W0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=2 v=2 m=1, computation, swap_computation" microbatches = 1
    table ["2B0,2F0,0F0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=2, with transfers, drop_row" microbatches = 2
    table ["",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,1RECV_B1,3W0,1I0,1SEND_B0,3W1,1I1,1SEND_B1,1W0,1W1"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=3, with transfers, keep_half_backward" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0I2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2F2,2SEND_F2,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1,2RECV_B2,2B2,2SEND_B2",
           "3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,3RECV_F2,3F1,3B1,3SEND_B1,3F2,3B2,3SEND_B2"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=4 v=1 m=2, with transfers, swap" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1B0,1RECV_F1,1F1,1SEND_F1,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1SEND_F0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3RECV_F1,3F1,3B1,3SEND_B1,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "Interleaved1F1B p=3 v=1 m=1, computation, drop_row" microbatches = 1
    table ["",
           "1F0,1B0",
           "2F0,2B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=1, computation, swap" microbatches = 1
    table ["0F0,0I0,0W0",
           "1F0,1I0,1W0",
           "2F0,2W0,2I0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=2, with transfers, halve_backward" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1W0,1I0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1",
           "3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,3F1,3B1,3SEND_B1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=4 v=1 m=3, with transfers, delete_transfer" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3B2,3B1,3SEND_B1,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=1, computation, move" microbatches = 1
    table ["0W0,0F0,0I0",
           "1F0,1I0,1W0",
           "2F0,2I0,2W0",
           "3F0,3I0,3W0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=2, with transfers, move_recv" microbatches = 2
    table ["0F0,0RECV_B0,0SEND_F0,0F1,0SEND_F1,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1W1",
           "2RECV_F0,2F0,2RECV_F1,2I0,2SEND_B0,2F1,2I1,2SEND_B1,2W0,2W1"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "GPipe p=3 v=1 m=2, with transfers, cut" microbatches = 2
    table ["0F0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2RECV_F1,2F1,2B0,2SEND_B0,2B1,2SEND_B1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=3 v=1 m=1, with transfers, swap_computation" microbatches = 1
    table ["0B0,0SEND_F0,0RECV_B0,0F0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2B0,2SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=1, with transfers, swap_neighbours" microbatches = 1
    table ["0F0,0RECV_B0,0SEND_F0,0I0,0W0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1SEND_B0,1W0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2I0,2SEND_B0,2W0",
           "3RECV_F0,3F0,3I0,3SEND_B0,3W0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=1 m=1, with transfers, swap" microbatches = 1
    table ["0F0,0B0,0RECV_B0,0SEND_F0",
           "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

// expected-warning @+1 {{expected stage 1 on one rank, but got it on ranks 1 and 2}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=4, with transfers, other_stage" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0I0,0W0,0RECV_B1,0F3,0SEND_F3,0I1,0W1,0RECV_B2,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1RECV_F2,1I0,1SEND_B0,1F2,1SEND_F2,1RECV_B1,1I1,1SEND_B1,1RECV_F3,1W0,1RECV_B2,1F3,1SEND_F3,1I2,1SEND_B2,1W1,1RECV_B3,1I3,1SEND_B3,1W2,1W3",
           "2RECV_F0,2F0,2RECV_F1,2I0,2SEND_B0,2F1,2RECV_F2,2I1,2SEND_B1,2F2,2I2,2SEND_B2,2RECV_F3,2W0,2F3,2I3,1SEND_B3,2W1,2W2,2W3"]

// -----

// expected-error @+1 {{[DAG804]}}
dag.schedule "Interleaved1F1B p=3 v=1 m=3, with transfers, swap" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1RECV_F2,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1SEND_F0,1F2,1SEND_F2,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2RECV_F1,2B0,2SEND_B0,2RECV_F2,2F1,2B1,2SEND_B1,2F2,2B2,2SEND_B2"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=2, with transfers, delete_stage_weights" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2RECV_B1,2I1,2SEND_B1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,1RECV_B1,3W0,1I0,1SEND_B0,3W1,1I1,1SEND_B1,1W0,1W1"]

// -----

// expected-warning @+1 {{expected '0I0' once, but got it again on rank 0}}
dag.schedule "InterleavedZeroBubble p=2 v=1 m=2, computation, other_kind" microbatches = 2
    table ["0I0,0F1,0I0,0W0,0I1,0W1",
           "1F0,1I0,1F1,1I1,1W0,1W1"]

// -----

// expected-warning @+1 {{expected '1SEND_F1' once, but got it again on rank 1}}
dag.schedule "LoopedBFS p=3 v=1 m=2, with transfers, other_kind" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B1,1B1,1SEND_F1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2RECV_F1,2F1,2B1,2SEND_B1,2B0,2SEND_B0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=4, with transfers, move_recv" microbatches = 4
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,0F2,0SEND_F2,2I1,2SEND_B1,2RECV_F2,2W1,0RECV_B0,0F3,0SEND_F3,0I0,2RECV_F3,0W0,0RECV_B1,2F2,2SEND_F2,0I1,0W1,2RECV_B2,2F3,2SEND_F3,2I2,2SEND_B2,2W2,2RECV_B3,2I3,2SEND_B3,2W3,0RECV_B2,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,1RECV_F2,3W0,1RECV_B1,1F2,1SEND_F2,1I0,1SEND_B0,1RECV_F3,3W1,1F3,3RECV_F1,1SEND_F3,1I1,1SEND_B1,3RECV_F2,1W0,3F2,3I2,3SEND_B2,3RECV_F3,1W1,1RECV_B2,3F3,3I3,3SEND_B3,1RECV_B3,3W2,1I2,1SEND_B2,3W3,1I3,1SEND_B3,1W2,1W3"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=1 m=3, with transfers, delete" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1F1,1RECV_F2,1F2,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=4 v=1 m=3, with transfers, delete_recv" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1F2,1SEND_F2,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3B2,3SEND_B2,3B1,3SEND_B1,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "GPipe p=2 v=1 m=3, with transfers, swap_sends" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1RECV_F1,1F1,1RECV_F2,1F2,1B0,1SEND_B1,1B1,1SEND_B0,1B2,1SEND_B2"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "LoopedBFS p=4 v=1 m=4, with transfers, delete" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B3,0B3,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,1RECV_B3,1B3,1SEND_B3,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2,2RECV_F3,2F3,2SEND_F3,2RECV_B3,2B3,2SEND_B3,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3RECV_F3,3F3,3B3,3SEND_B3,3B2,3SEND_B2,3B1,3SEND_B1,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=1, computation, swap" microbatches = 1
    table ["0F0,0W0,3I0,3W0,0I0,3F0",
           "1F0,2F0,2I0,2W0,1I0,1W0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=4, with transfers, swap_sends" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1RECV_F3,1I0,1SEND_B2,1F3,1SEND_F3,1RECV_B1,1I1,1SEND_B1,1W0,1RECV_B2,1I2,1SEND_B0,1W1,1RECV_B3,1I3,1SEND_B3,1W2,1W3",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2I0,2SEND_B0,2F2,2SEND_F2,2RECV_B1,2RECV_F3,2I1,2SEND_B1,2F3,2SEND_F3,2RECV_B2,2I2,2SEND_B2,2W0,2RECV_B3,2I3,2SEND_B3,2W1,2W2,2W3",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3RECV_F2,3I1,3SEND_B1,3F2,3RECV_F3,3I2,3SEND_B2,3F3,3I3,3SEND_B3,3W0,3W1,3W2,3W3"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=1, with transfers, swap_neighbours" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_B0,1SEND_F0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=2, with transfers, delete_weights" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,2I1,2SEND_B1,2W1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,1RECV_B1,3W0,1I0,1SEND_B0,3W1,1I1,1SEND_B1,1W0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "Interleaved1F1B p=2 v=1 m=2, with transfers, swap_computation" microbatches = 2
    table ["0F0,0SEND_F0,0B1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0F1",
           "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1F1,1B1,1SEND_B1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=1, with transfers, delete_recv" microbatches = 1
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0,2I0,2SEND_B0,0RECV_B0,2W0,0I0,0W0",
           "1F0,1SEND_F0,3RECV_F0,3F0,3I0,3SEND_B0,1RECV_B0,1I0,1SEND_B0,3W0,1W0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=2, with transfers, keep_half_backward" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1",
           "3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,3F1,3I1,3SEND_B1"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "Interleaved1F1B p=3 v=1 m=3, computation, delete" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B2",
           "2F0,2B0,2F1,2B1,2F2,2B2"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=3, with transfers, move" microbatches = 3
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,0I2,2RECV_F2,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,2F2,2SEND_F2,2I1,2SEND_B1,2W1,2RECV_B2,2I2,2SEND_B2,2W2,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0W2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,3RECV_F2,3W0,1RECV_B1,3F2,3I2,3SEND_B2,1RECV_B2,3W1,1I0,1SEND_B0,3W2,1I1,1SEND_B1,1W0,1I2,1SEND_B2,1W1,1W2"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=2 m=4, with transfers, swap_neighbours" microbatches = 4
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,2RECV_F2,0F3,0SEND_F3,2RECV_F3,2F0,2SEND_F0,2F1,2SEND_F1,2F2,2SEND_F2,2F3,2SEND_F3,2RECV_B3,2B3,2SEND_B3,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B3,0B3,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1F3,1RECV_F3,1SEND_F3,3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3RECV_F3,3F3,3B3,3SEND_B3,1RECV_B3,3B2,3SEND_B2,1RECV_B2,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B3,1SEND_B3,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=3 v=1 m=2, with transfers, move_send" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0RECV_B0,0B0,0SEND_F1,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2RECV_F1,2B0,2SEND_B0,2F1,2B1,2SEND_B1"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=1, computation, cut" microbatches = 1
    table ["0F0,0I0,0W0",
           "1F0,1I0,1W0",
           "2F0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "LoopedBFS p=2 v=1 m=4, with transfers, move_recv" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0RECV_B2,0SEND_F3,0RECV_B3,0B3,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_F1,1F1,1RECV_F2,1F2,1RECV_F3,1F3,1B3,1SEND_B3,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, with transfers, cut" microbatches = 1
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0",
           "1RECV_F0,1F0,1SEND_F0,3RECV_F0,3F0,3B0,3SEND_B0,1RECV_B0,1B0,1SEND_B0"]

// -----

// expected-warning @+1 {{expected '0F1' once, but got it again on rank 0}}
dag.schedule "LoopedBFS p=2 v=2 m=4, with transfers, other_microbatch" microbatches = 4
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,2RECV_F2,0F1,0SEND_F3,2RECV_F3,2F0,2SEND_F0,2F1,2SEND_F1,2F2,2SEND_F2,2F3,2SEND_F3,2RECV_B3,2B3,2SEND_B3,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B3,0B3,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3RECV_F3,3F3,3B3,3SEND_B3,1RECV_B3,3B2,3SEND_B2,1RECV_B2,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B3,1SEND_B3,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-warning @+1 {{(C5)}}
dag.schedule "LoopedBFS p=2 v=2 m=3, with transfers, other_kind" microbatches = 3
    table ["0F0,0SEND_F0,2RECV_F0,0I1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,2RECV_F2,2F0,2SEND_F0,2F1,2SEND_F1,2F2,2SEND_F2,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3B2,3SEND_B2,1RECV_B2,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "GPipe p=4 v=1 m=1, with transfers, move" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_B0,2RECV_F0,2F0,2SEND_F0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=3, computation, delete" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B1,1B2",
           "2F0,2F1,2F2,2B0,2B1,2B2",
           "3F0,3B0,3F1,3B1,3F2"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "Interleaved1F1B p=2 v=1 m=2, with transfers, move_recv" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1F0,1RECV_F1,1B0,1SEND_B0,1F1,1B1,1RECV_F0,1SEND_B1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "Interleaved1F1B p=2 v=1 m=4, with transfers, swap_recvs" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0F2,0SEND_F2,0B0,0RECV_B1,0F3,0SEND_F3,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1RECV_F3,1B0,1SEND_B0,1RECV_F2,1F1,1B1,1SEND_B1,1RECV_F1,1F2,1B2,1SEND_B2,1F3,1B3,1SEND_B3"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=1, with transfers, move_send" microbatches = 1
    table ["0F0,0RECV_B0,0I0,0SEND_F0,0W0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1SEND_B0,1W0",
           "2RECV_F0,2F0,2I0,2SEND_B0,2W0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "GPipe p=3 v=1 m=4, with transfers, delete" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2,1B3,1SEND_B3",
           "2RECV_F0,2F0,2RECV_F1,2F1,2RECV_F2,2F2,2RECV_F3,2F3,2B0,2SEND_B0,2B1,2SEND_B1,2B2,2SEND_B2,2B3,2SEND_B3"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, computation, halve_backward" microbatches = 1
    table ["0F0,2F0,2W0,2I0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=1 m=3, with transfers, move" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0B2,0RECV_B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_F1,1F1,1RECV_F2,1F2,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "Interleaved1F1B p=2 v=1 m=3, with transfers, delete" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0RECV_B0,0F2,0SEND_F2,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1RECV_F2,1F1,1B1,1SEND_B1,1F2,1B2,1SEND_B2"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "Interleaved1F1B p=2 v=1 m=2, with transfers, halve_backward" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0W1,0I1",
           "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1F1,1B1,1SEND_B1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=3, with transfers, swap_recvs" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1RECV_B2,1I2,1SEND_B2,1W1,1W2",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B2,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2I0,2SEND_B0,2F2,2SEND_F2,2RECV_B1,2I1,2SEND_B1,2RECV_F1,2I2,2SEND_B2,2W0,2W1,2W2",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3RECV_F2,3I1,3SEND_B1,3F2,3I2,3SEND_B2,3W0,3W1,3W2"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=1, computation, overlap" microbatches = 1
    table ["0F0,0I0,0W0",
           "(1F0;1I0)OVERLAP_F_B,1W0",
           "2F0,2I0,2W0",
           "3F0,3I0,3W0"]

// -----

// expected-warning @+1 {{expected '0F1' once, but got it again on rank 0}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=2, computation, other_microbatch" microbatches = 2
    table ["0F1,0F1,2F0,2F1,2I0,2W0,2I1,2W1,0I0,0W0,0I1,0W1",
           "1F0,1F1,3F0,3I0,3F1,3I1,3W0,1I0,3W1,1I1,1W0,1W1"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "InterleavedZeroBubble p=2 v=2 m=1, computation, delete_stage_weights" microbatches = 1
    table ["0F0,2F0,2I0,2W0,0I0",
           "1F0,3F0,3I0,1I0,3W0,1W0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=1 m=1, with transfers, overlap" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,(1F0;1B0)OVERLAP_F_B,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=1, computation, delete_weights" microbatches = 1
    table ["0F0,3F0,3I0,3W0,0I0,0W0",
           "1F0,2F0,2I0,1I0,1W0"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "GPipe p=4 v=1 m=1, with transfers, cut" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=1, computation, delete" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0",
           "3F0"]

// -----

// expected-error @+1 {{[DAG804]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=3, with transfers, move_recv" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1RECV_B2,1I2,1SEND_B2,1W1,1W2",
           "2RECV_F2,2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2F2,2SEND_F2,2RECV_B1,2I1,2SEND_B1,2RECV_B2,2I2,2SEND_B2,2W0,2W1,2W2",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3RECV_F2,3I1,3SEND_B1,3F2,3I2,3SEND_B2,3W0,3W1,3W2"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=2 v=2 m=3, computation, swap_computation" microbatches = 3
    table ["0F0,0F1,0F2,2B0,2F1,2F2,2F0,2B1,2B2,0B0,0B1,0B2",
           "1F0,1F1,1F2,3F0,3B0,3F1,3B1,3F2,3B2,1B0,1B1,1B2"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "Interleaved1F1B p=2 v=1 m=4, with transfers, overlap" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0F2,0SEND_F2,0B0,0RECV_B1,0F3,0SEND_F3,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1RECV_F2,(1F1;1B1)OVERLAP_F_B,1SEND_B1,1RECV_F3,1F2,1B2,1SEND_B2,1F3,1B3,1SEND_B3"]

// -----

// expected-error @+1 {{[DAG804]}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=3, with transfers, move_send" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3W0,3F1,3I1,3SEND_B1,0RECV_B0,3W1,0I0,3RECV_F2,0W0,3F2,3I2,3SEND_B2,0RECV_B1,3W2,0I1,0RECV_B2,0W1,0I2,0W2,3SEND_B0",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,2I0,2W0,1F2,2RECV_B1,1I0,1SEND_B0,1W0,2F2,2SEND_F2,2I1,2W1,2RECV_B2,1I1,1SEND_B1,2I2,1I2,1SEND_B2,1W1,2W2,1W2"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "Interleaved1F1B p=2 v=2 m=1, with transfers, swap_neighbours" microbatches = 1
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,3RECV_F0,3B0,3F0,3SEND_B0,1RECV_B0,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "GPipe p=2 v=1 m=2, with transfers, other_kind" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1RECV_F1,1F1,1B0,1SEND_F0,1B1,1SEND_B1"]

// -----

// expected-error @+1 {{[DAG804]}}
dag.schedule "LoopedBFS p=3 v=1 m=3, with transfers, move_send" microbatches = 3
    table ["0F0,0F1,0SEND_F1,0F2,0SEND_F0,0SEND_F2,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2RECV_F1,2F1,2RECV_F2,2F2,2B2,2SEND_B2,2B1,2SEND_B1,2B0,2SEND_B0"]

// -----

// expected-error @+1 {{[DAG804]}}
dag.schedule "InterleavedZeroBubble p=2 v=1 m=4, with transfers, move_recv" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0RECV_B3,0I0,0W0,0RECV_B1,0F2,0SEND_F2,0I1,0W1,0RECV_B2,0F3,0SEND_F3,0I2,0W2,0I3,0W3",
           "1RECV_F0,1F0,1RECV_F1,1I0,1SEND_B0,1F1,1I1,1SEND_B1,1RECV_F2,1W0,1F2,1I2,1SEND_B2,1RECV_F3,1W1,1F3,1I3,1SEND_B3,1W2,1W3"]
