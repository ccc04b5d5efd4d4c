// RUN: dag-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{'dag.schedule' op (C1) expected 'microbatches' to lie in 1 to 1048576, but got 0}}
dag.schedule "1f1b" microbatches = 0

// -----

// expected-error @+1 {{'dag.schedule' op (C2) expected a table, or a kind out of forward, gpipe, 1f1b, interleaved, zb-h1, zb-h2, zbv, dualpipev, but got 'mine'}}
dag.schedule "mine" microbatches = 1

// -----

// expected-error @+1 {{'dag.schedule' op (C3) in the row of rank 1: expected an action such as 0F1 or 0SEND_F1, but got '0X1'}}
dag.schedule "mine" microbatches = 1 table ["", "0F0,0X1"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected an action such as 0F1 or 0SEND_F1, but got '0F'}}
dag.schedule "mine" microbatches = 1 table ["0F"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a stage below 65536, but got '65536F0'}}
dag.schedule "mine" microbatches = 1 table ["65536F0"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a micro-batch below 1048576, but got '0F1048576'}}
dag.schedule "mine" microbatches = 1 table ["0F1048576"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a stage at the other end of '0RECV_F0'}}
dag.schedule "mine" microbatches = 1 table ["0RECV_F0"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected ')' behind '(0F0;1B0'}}
dag.schedule "mine" microbatches = 1 table ["(0F0;1B0"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected OVERLAP_F_B or GROUP behind ')', but got 'BOTH'}}
dag.schedule "mine" microbatches = 1 table ["(0F0;1B0)BOTH"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected only computation in OVERLAP_F_B, but got '0SEND_F0'}}
dag.schedule "mine" microbatches = 1 table ["(0F0;0SEND_F0)OVERLAP_F_B"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected only communication in GROUP, but got '0F0'}}
dag.schedule "mine" microbatches = 1 table ["(0F0;0SEND_F0)GROUP"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a collective out of ALL_REDUCE, ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL, BROADCAST, REDUCE, GATHER, SCATTER, SPLIT, INIT, but got 'SUM'}}
dag.schedule "mine" microbatches = 1 table ["SUM:x"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a communicator behind 'ALL_REDUCE:'}}
dag.schedule "mine" microbatches = 1 table ["ALL_REDUCE::4"]

// -----

// expected-error @+1 {{'dag.schedule' op (C4) expected micro-batches below 2, but got '0F2' on rank 0}}
dag.schedule "mine" microbatches = 2 table ["0F2"]

// -----

// expected-error @+1 {{'dag.schedule' op (C5) expected '0F1' once, but got it again on rank 0}}
dag.schedule "mine" microbatches = 2 table ["0F1,0F0,0F1"]

// -----

// expected-error @+1 {{'dag.schedule' op (C5) expected stage 0 on one rank, but got it on ranks 0 and 1}}
dag.schedule "mine" microbatches = 2 table ["0F0", "0F1"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a stream below 64 behind '@', but got '0SEND_F0@64'}}
dag.schedule "mine" microbatches = 1 table ["0SEND_F0@64"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a stream below 64 behind '@', but got 'ALL_REDUCE:x@'}}
dag.schedule "mine" microbatches = 1 table ["ALL_REDUCE:x@"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected a stream only for communication and events, but got '0F0@1'}}
dag.schedule "mine" microbatches = 1 table ["0F0@1"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected one stream in GROUP, but got 1 and 2 with '0RECV_B0@2'}}
dag.schedule "mine" microbatches = 1 table ["(0SEND_F0@1;0RECV_B0@2)GROUP"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected an event behind 'RECORD:', but got ''}}
dag.schedule "mine" microbatches = 1 table ["RECORD:"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected the new communicator behind 'SPLIT:world'}}
dag.schedule "mine" microbatches = 1 table ["SPLIT:world"]

// -----

// expected-error @+1 {{'dag.schedule' op (C6) expected event 'e' to be recorded before 'WAIT:e@1' on rank 0, but it is not}}
dag.schedule "mine" microbatches = 1 table ["WAIT:e@1,RECORD:e", "RECORD:e"]

// -----

// expected-error @+1 {{(C7) expected '0SEND_F0' before '0WAIT_SEND_F0' on rank 0, but it is not}}
dag.schedule "c7_wait_first" microbatches = 1 table ["0F0,0WAIT_SEND_F0,0SEND_F0", "1RECV_F0,1F0"]

// -----

// expected-error @+1 {{(C7) expected a wait for '0SEND_F1' on rank 0, which waits for others, but there is none}}
dag.schedule "c7_no_wait" microbatches = 2 table ["0SEND_F0,0SEND_F1,0WAIT_SEND_F0", "1RECV_F0,1RECV_F1"]

// -----

// expected-error @+1 {{(C7) expected '1REDUCE_GRAD' before '1WAIT_REDUCE_GRAD' on rank 0, but it is not}}
dag.schedule "c7_other_stage" microbatches = 1 table ["0REDUCE_GRAD,1WAIT_REDUCE_GRAD"]

// -----

// expected-error @+1 {{(C3) in the row of rank 0: expected OVERLAP_F_B or GROUP behind ']', but got 'BOTH'}}
dag.schedule "c3_brackets" microbatches = 1 table ["[0F0;0B0]BOTH"]

// -----

// expected-error @+1 {{(C5) expected each part of a backward once, but '0BW0' on rank 0 does what '0W0' does}}
dag.schedule "c5_whole_and_weights" microbatches = 1 table ["0F0,0BW0,0W0"]

// -----

// expected-error @+1 {{(C5) expected each part of a backward once, but '0B0' on rank 0 does what '0I0' does}}
dag.schedule "c5_whole_and_inputs" microbatches = 1 table ["0F0,0I0,0B0"]

// -----

// expected-error @+1 {{(C5) expected each part of a backward once, but '0B0' on rank 0 does what '0I0' does}}
dag.schedule "c5_inputs_twice" microbatches = 1 table ["0F0,0I0,0B0,0W0"]

// -----

// expected-error @+1 {{(C5) expected stage 1 on one rank, but got it on ranks 0 and 1}}
dag.schedule "c5_reduces_others" microbatches = 1 table ["0F0,0B0,1REDUCE_GRAD", "1F0,1B0"]

// -----

// expected-error @+1 {{(C5) expected a stage below 1, which some rank runs, but got '9REDUCE_GRAD' on rank 0}}
dag.schedule "c5_no_stage" microbatches = 1 table ["0F0,0B0,9REDUCE_GRAD"]

// -----

// A B beside a W is the gradient of the inputs.
dag.schedule "parts" microbatches = 1 table ["0F0,0B0,0W0", "1F0,1BW0", "2F0,2I0,2W0"]
