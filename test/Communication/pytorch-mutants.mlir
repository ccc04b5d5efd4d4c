// RUN: dag-opt %s --split-input-file --dag-verify-deadlock \
// RUN:   --verify-diagnostics=only-expected

// Tables of PyTorch, broken, as
// Inputs/pytorch-tables.py has compared and written them. Do not edit.

// expected-error @+1 {{expected '2B0' once, but got it again on rank 2}}
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

// expected-error @+1 {{[DAG810]}}
dag.schedule "GPipe p=2 v=1 m=2, computation, other_kind" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1I1,1B0,1B1"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=2 m=2, with transfers, move_send" microbatches = 2
    table ["0SEND_F1,0F0,0SEND_F0,2RECV_F0,0F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3F1,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{expected '0W0' once, but got it again on rank 0}}
dag.schedule "ZBVZeroBubble p=2 v=2 m=1, with transfers, double" microbatches = 1
    table ["0F0,0SEND_F0,3RECV_F0,3F0,3I0,3SEND_B0,3W0,0RECV_B0,0W0,0I0,0W0",
           "1RECV_F0,1F0,2F0,2SEND_F0,2RECV_B0,2I0,2W0,1I0,1SEND_B0,1W0"]

// -----

// expected-error @+1 {{[DAG810]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, computation, delete_microbatch" microbatches = 1
    table ["0F0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=2, computation, overlap" microbatches = 2
    table ["0F0,0F1,0I0,0W0,0I1,0W1",
           "1F0,1F1,1I0,1I1,1W0,1W1",
           "2F0,2F1,2I0,2I1,2W0,2W1",
           "(3F0;3I0)OVERLAP_F_B,3F1,3I1,3W0,3W1"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=2 v=2 m=1, computation, swap_computation" microbatches = 1
    table ["2B0,2F0,0F0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=4 v=1 m=1, with transfers, swap_neighbours" microbatches = 1
    table ["0F0,0RECV_B0,0SEND_F0,0I0,0W0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1SEND_B0,1W0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2I0,2SEND_B0,2W0",
           "3RECV_F0,3F0,3I0,3SEND_B0,3W0"]

// -----

// expected-error @+1 {{[DAG804]}}
dag.schedule "Interleaved1F1B p=3 v=1 m=3, with transfers, swap" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1RECV_F2,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1SEND_F0,1F2,1SEND_F2,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2RECV_F1,2B0,2SEND_B0,2RECV_F2,2F1,2B1,2SEND_B1,2F2,2B2,2SEND_B2"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=1, with transfers, swap_neighbours" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_B0,1SEND_F0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "InterleavedZeroBubble p=3 v=1 m=1, computation, cut" microbatches = 1
    table ["0F0,0I0,0W0",
           "1F0,1I0,1W0",
           "2F0"]

// -----

// expected-error @+1 {{[DAG803]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, with transfers, cut" microbatches = 1
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0",
           "1RECV_F0,1F0,1SEND_F0,3RECV_F0,3F0,3B0,3SEND_B0,1RECV_B0,1B0,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "LoopedBFS p=2 v=2 m=1, computation, halve_backward" microbatches = 1
    table ["0F0,2F0,2W0,2I0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

// expected-error @+1 {{[DAG806]}}
dag.schedule "LoopedBFS p=2 v=1 m=1, with transfers, overlap" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,(1F0;1B0)OVERLAP_F_B,1SEND_B0"]

// -----

// expected-error @+1 {{[DAG801]}}
dag.schedule "Interleaved1F1B p=4 v=1 m=1, computation, delete" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0",
           "3F0"]
