// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock=lazy-pairs
// RUN: dag-opt %s --split-input-file --dag-verify-deadlock

// Known hangs with communicators of two ranks that are made at first use
// (NVIDIA/Megatron-LM#5240). With communicators that are there all of this
// passes, as the second line says.

// The first rank posts the recv from the last one before its send.

// expected-error @+6 {{[DAG805] expected every rank to run to its end, but 4 wait for each other in different communicators}}
// expected-note @+5 {{rank 0: in its first use of the pair of rank 0 and rank 3, for rank 3}}
// expected-note @+4 {{rank 3: in its first use of the pair of rank 2 and rank 3, for rank 2}}
// expected-note @+3 {{rank 2: in its first use of the pair of rank 1 and rank 2, for rank 1}}
// expected-note @+2 {{rank 1: in its first use of the pair of rank 0 and rank 1, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its first use of the pair of rank 0 and rank 1 before its first use of the pair of rank 0 and rank 3.}}
dag.schedule "made in different orders" microbatches = 1
    table ["0F0,(4RECV_F0;0SEND_F0)GROUP,4F0", "1RECV_F0,1F0,1SEND_F0",
           "2RECV_F0,2F0,2SEND_F0", "3RECV_F0,3F0,3SEND_F0"]

// -----

dag.schedule "made as data comes" microbatches = 1
    table ["0F0,0SEND_F0,4RECV_F0,4F0", "1RECV_F0,1F0,1SEND_F0",
           "2RECV_F0,2F0,2SEND_F0", "3RECV_F0,3F0,3SEND_F0"]
