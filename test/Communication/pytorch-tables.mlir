// RUN: dag-opt %s --split-input-file --dag-verify-deadlock -o /dev/null

// Tables of PyTorch, and mutants that run, as
// Inputs/pytorch-tables.py has compared and written them. Do not edit.

dag.schedule "GPipe p=2 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0"]

// -----

dag.schedule "GPipe p=2 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1F1,1B0,1B1"]

// -----

dag.schedule "GPipe p=2 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B1,1B2"]

// -----

dag.schedule "GPipe p=2 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B0,0B1,0B2,0B3",
           "1F0,1F1,1F2,1F3,1B0,1B1,1B2,1B3"]

// -----

dag.schedule "GPipe p=3 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0"]

// -----

dag.schedule "GPipe p=3 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1F1,1B0,1B1",
           "2F0,2F1,2B0,2B1"]

// -----

dag.schedule "GPipe p=3 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B1,1B2",
           "2F0,2F1,2F2,2B0,2B1,2B2"]

// -----

dag.schedule "GPipe p=3 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B0,0B1,0B2,0B3",
           "1F0,1F1,1F2,1F3,1B0,1B1,1B2,1B3",
           "2F0,2F1,2F2,2F3,2B0,2B1,2B2,2B3"]

// -----

dag.schedule "GPipe p=4 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0",
           "3F0,3B0"]

// -----

dag.schedule "GPipe p=4 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1F1,1B0,1B1",
           "2F0,2F1,2B0,2B1",
           "3F0,3F1,3B0,3B1"]

// -----

dag.schedule "GPipe p=4 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B1,1B2",
           "2F0,2F1,2F2,2B0,2B1,2B2",
           "3F0,3F1,3F2,3B0,3B1,3B2"]

// -----

dag.schedule "GPipe p=4 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B0,0B1,0B2,0B3",
           "1F0,1F1,1F2,1F3,1B0,1B1,1B2,1B3",
           "2F0,2F1,2F2,2F3,2B0,2B1,2B2,2B3",
           "3F0,3F1,3F2,3F3,3B0,3B1,3B2,3B3"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1B0,1F1,1B1"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1B0,1F1,1B1,1F2,1B2"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0B0,0F3,0B1,0B2,0B3",
           "1F0,1B0,1F1,1B1,1F2,1B2,1F3,1B3"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=1" microbatches = 1
    table ["0F0,2F0,2B0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=2" microbatches = 2
    table ["0F0,0F1,2F0,2F1,2B0,2B1,0B0,0B1",
           "1F0,1F1,3F0,3B0,3F1,3B1,1B0,1B1"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=3" microbatches = 3
    table ["0F0,0F1,0F2,2F0,2F1,2F2,2B0,2B1,2B2,0B0,0B1,0B2",
           "1F0,1F1,1F2,3F0,3B0,3F1,3B1,3F2,3B2,1B0,1B1,1B2"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=4" microbatches = 4
    table ["0F0,0F1,2F0,2F1,0F2,2B0,0F3,2B1,2F2,0B0,2F3,0B1,2B2,2B3,0B2,0B3",
           "1F0,1F1,3F0,3B0,3F1,3B1,1F2,1B0,1F3,1B1,3F2,3B2,3F3,3B3,1B2,1B3"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1F1,1B0,1B1",
           "2F0,2B0,2F1,2B1"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B1,1B2",
           "2F0,2B0,2F1,2B1,2F2,2B2"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B0,0B1,0B2,0B3",
           "1F0,1F1,1F2,1B0,1F3,1B1,1B2,1B3",
           "2F0,2B0,2F1,2B1,2F2,2B2,2F3,2B3"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0",
           "3F0,3B0"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1F1,1B0,1B1",
           "2F0,2F1,2B0,2B1",
           "3F0,3B0,3F1,3B1"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B1,1B2",
           "2F0,2F1,2F2,2B0,2B1,2B2",
           "3F0,3B0,3F1,3B1,3F2,3B2"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B0,0B1,0B2,0B3",
           "1F0,1F1,1F2,1F3,1B0,1B1,1B2,1B3",
           "2F0,2F1,2F2,2B0,2F3,2B1,2B2,2B3",
           "3F0,3B0,3F1,3B1,3F2,3B2,3F3,3B3"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B1,0B0",
           "1F0,1F1,1B1,1B0"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B2,0B1,0B0",
           "1F0,1F1,1F2,1B2,1B1,1B0"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B3,0B2,0B1,0B0",
           "1F0,1F1,1F2,1F3,1B3,1B2,1B1,1B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=1" microbatches = 1
    table ["0F0,2F0,2B0,0B0",
           "1F0,3F0,3B0,1B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=2" microbatches = 2
    table ["0F0,0F1,2F0,2F1,2B1,2B0,0B1,0B0",
           "1F0,1F1,3F0,3F1,3B1,3B0,1B1,1B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=3" microbatches = 3
    table ["0F0,0F1,0F2,2F0,2F1,2F2,2B2,2B1,2B0,0B2,0B1,0B0",
           "1F0,1F1,1F2,3F0,3F1,3F2,3B2,3B1,3B0,1B2,1B1,1B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,2F0,2F1,2F2,2F3,2B3,2B2,2B1,2B0,0B3,0B2,0B1,0B0",
           "1F0,1F1,1F2,1F3,3F0,3F1,3F2,3F3,3B3,3B2,3B1,3B0,1B3,1B2,1B1,1B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B1,0B0",
           "1F0,1F1,1B1,1B0",
           "2F0,2F1,2B1,2B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B2,0B1,0B0",
           "1F0,1F1,1F2,1B2,1B1,1B0",
           "2F0,2F1,2F2,2B2,2B1,2B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B3,0B2,0B1,0B0",
           "1F0,1F1,1F2,1F3,1B3,1B2,1B1,1B0",
           "2F0,2F1,2F2,2F3,2B3,2B2,2B1,2B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=1" microbatches = 1
    table ["0F0,0B0",
           "1F0,1B0",
           "2F0,2B0",
           "3F0,3B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0B1,0B0",
           "1F0,1F1,1B1,1B0",
           "2F0,2F1,2B1,2B0",
           "3F0,3F1,3B1,3B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0B2,0B1,0B0",
           "1F0,1F1,1F2,1B2,1B1,1B0",
           "2F0,2F1,2F2,2B2,2B1,2B0",
           "3F0,3F1,3F2,3B2,3B1,3B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0B3,0B2,0B1,0B0",
           "1F0,1F1,1F2,1F3,1B3,1B2,1B1,1B0",
           "2F0,2F1,2F2,2F3,2B3,2B2,2B1,2B0",
           "3F0,3F1,3F2,3F3,3B3,3B2,3B1,3B0"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=1" microbatches = 1
    table ["0F0,0I0,0W0",
           "1F0,1I0,1W0"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0I0,0W0,0I1,0W1",
           "1F0,1I0,1F1,1I1,1W0,1W1"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0I0,0W0,0F2,0I1,0W1,0I2,0W2",
           "1F0,1I0,1F1,1I1,1W0,1F2,1I2,1W1,1W2"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0I0,0W0,0F2,0I1,0W1,0F3,0I2,0W2,0I3,0W3",
           "1F0,1I0,1F1,1I1,1W0,1F2,1I2,1W1,1F3,1I3,1W2,1W3"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=1" microbatches = 1
    table ["0F0,2F0,2I0,2W0,0I0,0W0",
           "1F0,3F0,3I0,1I0,3W0,1W0"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=2" microbatches = 2
    table ["0F0,0F1,2F0,2F1,2I0,2W0,2I1,2W1,0I0,0W0,0I1,0W1",
           "1F0,1F1,3F0,3I0,3F1,3I1,3W0,1I0,3W1,1I1,1W0,1W1"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=3" microbatches = 3
    table ["0F0,0F1,0F2,2F0,2F1,2I0,2W0,2F2,2I1,2W1,2I2,2W2,0I0,0W0,0I1,0W1,0I2,0W2",
           "1F0,1F1,1F2,3F0,3I0,3F1,3I1,3W0,3F2,3I2,3W1,1I0,3W2,1I1,1W0,1I2,1W1,1W2"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=4" microbatches = 4
    table ["0F0,0F1,2F0,2F1,2I0,2W0,0F2,2I1,2W1,0F3,0I0,0W0,2F2,0I1,0W1,2F3,2I2,2W2,2I3,2W3,0I2,0W2,0I3,0W3",
           "1F0,1F1,3F0,3I0,3F1,3I1,3W0,1F2,1I0,3W1,1F3,1I1,1W0,3F2,3I2,1W1,3F3,3I3,3W2,1I2,3W3,1I3,1W2,1W3"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=1" microbatches = 1
    table ["0F0,0I0,0W0",
           "1F0,1I0,1W0",
           "2F0,2I0,2W0"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0I0,0W0,0I1,0W1",
           "1F0,1F1,1I0,1I1,1W0,1W1",
           "2F0,2I0,2F1,2I1,2W0,2W1"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0I0,0W0,0I1,0W1,0I2,0W2",
           "1F0,1F1,1I0,1F2,1I1,1W0,1I2,1W1,1W2",
           "2F0,2I0,2F1,2I1,2F2,2I2,2W0,2W1,2W2"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0I0,0W0,0F3,0I1,0W1,0I2,0W2,0I3,0W3",
           "1F0,1F1,1I0,1F2,1I1,1W0,1F3,1I2,1W1,1I3,1W2,1W3",
           "2F0,2I0,2F1,2I1,2F2,2I2,2W0,2F3,2I3,2W1,2W2,2W3"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=1" microbatches = 1
    table ["0F0,0I0,0W0",
           "1F0,1I0,1W0",
           "2F0,2I0,2W0",
           "3F0,3I0,3W0"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=2" microbatches = 2
    table ["0F0,0F1,0I0,0W0,0I1,0W1",
           "1F0,1F1,1I0,1I1,1W0,1W1",
           "2F0,2F1,2I0,2I1,2W0,2W1",
           "3F0,3I0,3F1,3I1,3W0,3W1"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=3" microbatches = 3
    table ["0F0,0F1,0F2,0I0,0W0,0I1,0W1,0I2,0W2",
           "1F0,1F1,1F2,1I0,1I1,1W0,1I2,1W1,1W2",
           "2F0,2F1,2I0,2F2,2I1,2I2,2W0,2W1,2W2",
           "3F0,3I0,3F1,3I1,3F2,3I2,3W0,3W1,3W2"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=4" microbatches = 4
    table ["0F0,0F1,0F2,0F3,0I0,0W0,0I1,0W1,0I2,0W2,0I3,0W3",
           "1F0,1F1,1F2,1I0,1F3,1I1,1W0,1I2,1W1,1I3,1W2,1W3",
           "2F0,2F1,2I0,2F2,2I1,2F3,2I2,2W0,2I3,2W1,2W2,2W3",
           "3F0,3I0,3F1,3I1,3F2,3I2,3F3,3I3,3W0,3W1,3W2,3W3"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=1" microbatches = 1
    table ["0F0,3F0,3I0,3W0,0I0,0W0",
           "1F0,2F0,2I0,2W0,1I0,1W0"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=2" microbatches = 2
    table ["0F0,0F1,3F0,3I0,3W0,3F1,3I1,3W1,0I0,0W0,0I1,0W1",
           "1F0,2F0,1F1,2F1,2I0,2W0,1I0,1W0,2I1,2W1,1I1,1W1"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=3" microbatches = 3
    table ["0F0,0F1,0F2,3F0,3I0,3W0,3F1,3I1,3W1,0I0,0W0,3F2,3I2,3W2,0I1,0W1,0I2,0W2",
           "1F0,2F0,1F1,2F1,2I0,2W0,1F2,1I0,1W0,2F2,2I1,2W1,1I1,2I2,1I2,1W1,2W2,1W2"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=4" microbatches = 4
    table ["0F0,0F1,0F2,3F0,3I0,3W0,3F1,3I1,3W1,0F3,0I0,0W0,3F2,3I2,3W2,0I1,0W1,3F3,3I3,3W3,0I2,0W2,0I3,0W3",
           "1F0,2F0,1F1,2F1,2I0,2W0,1F2,1I0,1W0,2F2,2I1,2W1,1F3,1I1,1W1,2F3,2I2,2W2,1I2,2I3,1I3,1W2,2W3,1W3"]

// -----

dag.schedule "DualPipeV p=2 v=2 m=4" microbatches = 4
    table ["0F0,0F1,0F2,3F0,3I0,3W0,3F1,(0F3;3B1)OVERLAP_F_B,(3F2;0B0)OVERLAP_F_B,3B2,(3F3;0B1)OVERLAP_F_B,3B3,0I2,0W2,0I3,0W3",
           "1F0,2F0,1F1,2F1,1F2,2B0,(2F2;1B0)OVERLAP_F_B,(1F3;2B1)OVERLAP_F_B,(2F3;1B1)OVERLAP_F_B,2B2,1B2,2I3,1I3,2W3,1W3"]

// -----

dag.schedule "GPipe p=2 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

dag.schedule "GPipe p=2 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1RECV_F1,1F1,1B0,1SEND_B0,1B1,1SEND_B1"]

// -----

dag.schedule "GPipe p=2 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1RECV_F1,1F1,1RECV_F2,1F2,1B0,1SEND_B0,1B1,1SEND_B1,1B2,1SEND_B2"]

// -----

dag.schedule "GPipe p=2 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1RECV_F1,1F1,1RECV_F2,1F2,1RECV_F3,1F3,1B0,1SEND_B0,1B1,1SEND_B1,1B2,1SEND_B2,1B3,1SEND_B3"]

// -----

dag.schedule "GPipe p=3 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2B0,2SEND_B0"]

// -----

dag.schedule "GPipe p=3 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2RECV_F1,2F1,2B0,2SEND_B0,2B1,2SEND_B1"]

// -----

dag.schedule "GPipe p=3 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2RECV_F1,2F1,2RECV_F2,2F2,2B0,2SEND_B0,2B1,2SEND_B1,2B2,2SEND_B2"]

// -----

dag.schedule "GPipe p=3 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2,1RECV_B3,1B3,1SEND_B3",
           "2RECV_F0,2F0,2RECV_F1,2F1,2RECV_F2,2F2,2RECV_F3,2F3,2B0,2SEND_B0,2B1,2SEND_B1,2B2,2SEND_B2,2B3,2SEND_B3"]

// -----

dag.schedule "GPipe p=4 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

dag.schedule "GPipe p=4 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1",
           "3RECV_F0,3F0,3RECV_F1,3F1,3B0,3SEND_B0,3B1,3SEND_B1"]

// -----

dag.schedule "GPipe p=4 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2,2RECV_B0,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1,2RECV_B2,2B2,2SEND_B2",
           "3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3B0,3SEND_B0,3B1,3SEND_B1,3B2,3SEND_B2"]

// -----

dag.schedule "GPipe p=4 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2,1RECV_B3,1B3,1SEND_B3",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2,2RECV_F3,2F3,2SEND_F3,2RECV_B0,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1,2RECV_B2,2B2,2SEND_B2,2RECV_B3,2B3,2SEND_B3",
           "3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3RECV_F3,3F3,3B0,3SEND_B0,3B1,3SEND_B1,3B2,3SEND_B2,3B3,3SEND_B3"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1F1,1B1,1SEND_B1"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0F2,0SEND_F2,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1RECV_F2,1F1,1B1,1SEND_B1,1F2,1B2,1SEND_B2"]

// -----

dag.schedule "Interleaved1F1B p=2 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0F2,0SEND_F2,0B0,0RECV_B1,0F3,0SEND_F3,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1RECV_F1,1B0,1SEND_B0,1RECV_F2,1F1,1B1,1SEND_B1,1RECV_F3,1F2,1B2,1SEND_B2,1F3,1B3,1SEND_B3"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=1" microbatches = 1
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,3RECV_F0,3F0,3B0,3SEND_B0,1RECV_B0,1B0,1SEND_B0"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=2" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,1RECV_B0,3F1,3B1,3SEND_B1,1RECV_B1,1B0,1SEND_B0,1B1,1SEND_B1"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=3" microbatches = 3
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,2RECV_F2,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2F2,2SEND_F2,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1,2RECV_B2,2B2,2SEND_B2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,3RECV_F2,3F1,1RECV_B0,3B1,3SEND_B1,1RECV_B1,3F2,3B2,3SEND_B2,1RECV_B2,1B0,1SEND_B0,1B1,1SEND_B1,1B2,1SEND_B2"]

// -----

dag.schedule "Interleaved1F1B p=2 v=2 m=4" microbatches = 4
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,0F2,0SEND_F2,2B0,2SEND_B0,2RECV_B1,0F3,0SEND_F3,2RECV_F2,2B1,2SEND_B1,0RECV_B0,2F2,2SEND_F2,2RECV_F3,0B0,0RECV_B1,2F3,2SEND_F3,0B1,2RECV_B2,2B2,2SEND_B2,2RECV_B3,2B3,2SEND_B3,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,1RECV_F2,3F1,1RECV_B0,3B1,3SEND_B1,1RECV_F3,1F2,1SEND_F2,1RECV_B1,1B0,1SEND_B0,3RECV_F2,1F3,1SEND_F3,1B1,1SEND_B1,3RECV_F3,3F2,3B2,3SEND_B2,1RECV_B2,3F3,3B3,3SEND_B3,1RECV_B3,1B2,1SEND_B2,1B3,1SEND_B3"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2B0,2SEND_B0"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2RECV_F1,2B0,2SEND_B0,2F1,2B1,2SEND_B1"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1RECV_F2,1F2,1SEND_F2,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2RECV_F1,2B0,2SEND_B0,2RECV_F2,2F1,2B1,2SEND_B1,2F2,2B2,2SEND_B2"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1B0,1SEND_B0,1RECV_B1,1F3,1SEND_F3,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2,1RECV_B3,1B3,1SEND_B3",
           "2RECV_F0,2F0,2RECV_F1,2B0,2SEND_B0,2RECV_F2,2F1,2B1,2SEND_B1,2RECV_F3,2F2,2B2,2SEND_B2,2F3,2B3,2SEND_B3"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1",
           "3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,3F1,3B1,3SEND_B1"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2F2,2SEND_F2,2B0,2SEND_B0,2RECV_B1,2B1,2SEND_B1,2RECV_B2,2B2,2SEND_B2",
           "3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,3RECV_F2,3F1,3B1,3SEND_B1,3F2,3B2,3SEND_B2"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0B0,0RECV_B1,0B1,0RECV_B2,0B2,0RECV_B3,0B3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,1RECV_B0,1B0,1SEND_B0,1RECV_B1,1B1,1SEND_B1,1RECV_B2,1B2,1SEND_B2,1RECV_B3,1B3,1SEND_B3",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2F2,2SEND_F2,2RECV_F3,2B0,2SEND_B0,2RECV_B1,2F3,2SEND_F3,2B1,2SEND_B1,2RECV_B2,2B2,2SEND_B2,2RECV_B3,2B3,2SEND_B3",
           "3RECV_F0,3F0,3RECV_F1,3B0,3SEND_B0,3RECV_F2,3F1,3B1,3SEND_B1,3RECV_F3,3F2,3B2,3SEND_B2,3F3,3B3,3SEND_B3"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_F1,1F1,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_F1,1F1,1RECV_F2,1F2,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B3,0B3,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1RECV_F1,1F1,1RECV_F2,1F2,1RECV_F3,1F3,1B3,1SEND_B3,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=1" microbatches = 1
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,3RECV_F0,3F0,3B0,3SEND_B0,1RECV_B0,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=2" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3F1,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=3" microbatches = 3
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,2RECV_F2,2F0,2SEND_F0,2F1,2SEND_F1,2F2,2SEND_F2,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3B2,3SEND_B2,1RECV_B2,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=2 m=4" microbatches = 4
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,2RECV_F2,0F3,0SEND_F3,2RECV_F3,2F0,2SEND_F0,2F1,2SEND_F1,2F2,2SEND_F2,2F3,2SEND_F3,2RECV_B3,2B3,2SEND_B3,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0,0RECV_B3,0B3,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3RECV_F3,3F3,3B3,3SEND_B3,1RECV_B3,3B2,3SEND_B2,1RECV_B2,3B1,3SEND_B1,1RECV_B1,3B0,3SEND_B0,1RECV_B0,1B3,1SEND_B3,1B2,1SEND_B2,1B1,1SEND_B1,1B0,1SEND_B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2B0,2SEND_B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2RECV_F1,2F1,2B1,2SEND_B1,2B0,2SEND_B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2RECV_F1,2F1,2RECV_F2,2F2,2B2,2SEND_B2,2B1,2SEND_B1,2B0,2SEND_B0"]

// -----

dag.schedule "LoopedBFS p=3 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B3,0B3,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,1RECV_B3,1B3,1SEND_B3,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2RECV_F1,2F1,2RECV_F2,2F2,2RECV_F3,2F3,2B3,2SEND_B3,2B2,2SEND_B2,2B1,2SEND_B1,2B0,2SEND_B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3RECV_F1,3F1,3B1,3SEND_B1,3B0,3SEND_B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3B2,3SEND_B2,3B1,3SEND_B1,3B0,3SEND_B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B3,0B3,0RECV_B2,0B2,0RECV_B1,0B1,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_F3,1F3,1SEND_F3,1RECV_B3,1B3,1SEND_B3,1RECV_B2,1B2,1SEND_B2,1RECV_B1,1B1,1SEND_B1,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_F2,2F2,2SEND_F2,2RECV_F3,2F3,2SEND_F3,2RECV_B3,2B3,2SEND_B3,2RECV_B2,2B2,2SEND_B2,2RECV_B1,2B1,2SEND_B1,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3RECV_F1,3F1,3RECV_F2,3F2,3RECV_F3,3F3,3B3,3SEND_B3,3B2,3SEND_B2,3B1,3SEND_B1,3B0,3SEND_B0"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0I0,0W0",
           "1RECV_F0,1F0,1I0,1SEND_B0,1W0"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1RECV_F1,1I0,1SEND_B0,1F1,1I1,1SEND_B1,1W0,1W1"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0W0,0RECV_B1,0F2,0SEND_F2,0I1,0W1,0RECV_B2,0I2,0W2",
           "1RECV_F0,1F0,1RECV_F1,1I0,1SEND_B0,1F1,1I1,1SEND_B1,1RECV_F2,1W0,1F2,1I2,1SEND_B2,1W1,1W2"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0W0,0RECV_B1,0F2,0SEND_F2,0I1,0W1,0RECV_B2,0F3,0SEND_F3,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1RECV_F1,1I0,1SEND_B0,1F1,1I1,1SEND_B1,1RECV_F2,1W0,1F2,1I2,1SEND_B2,1RECV_F3,1W1,1F3,1I3,1SEND_B3,1W2,1W3"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=1" microbatches = 1
    table ["0F0,0SEND_F0,2RECV_F0,2F0,2SEND_F0,2RECV_B0,2I0,2SEND_B0,0RECV_B0,2W0,0I0,0W0",
           "1RECV_F0,1F0,1SEND_F0,3RECV_F0,3F0,3I0,3SEND_B0,1RECV_B0,1I0,1SEND_B0,3W0,1W0"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=2" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,2I1,2SEND_B1,2W1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,1RECV_B1,3W0,1I0,1SEND_B0,3W1,1I1,1SEND_B1,1W0,1W1"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=3" microbatches = 3
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,0F2,0SEND_F2,2RECV_F2,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,2F2,2SEND_F2,2I1,2SEND_B1,2W1,2RECV_B2,2I2,2SEND_B2,2W2,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,3RECV_F2,3W0,1RECV_B1,3F2,3I2,3SEND_B2,1RECV_B2,3W1,1I0,1SEND_B0,3W2,1I1,1SEND_B1,1W0,1I2,1SEND_B2,1W1,1W2"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=4" microbatches = 4
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,0F2,0SEND_F2,2I1,2SEND_B1,2RECV_F2,2W1,0RECV_B0,0F3,0SEND_F3,0I0,2RECV_F3,0W0,0RECV_B1,2F2,2SEND_F2,0I1,0W1,2RECV_B2,2F3,2SEND_F3,2I2,2SEND_B2,2W2,2RECV_B3,2I3,2SEND_B3,2W3,0RECV_B2,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,1RECV_F2,3W0,1RECV_B1,1F2,1SEND_F2,1I0,1SEND_B0,1RECV_F3,3W1,1F3,1SEND_F3,1I1,1SEND_B1,3RECV_F2,1W0,3F2,3I2,3SEND_B2,3RECV_F3,1W1,1RECV_B2,3F3,3I3,3SEND_B3,1RECV_B3,3W2,1I2,1SEND_B2,3W3,1I3,1SEND_B3,1W2,1W3"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0I0,0W0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1SEND_B0,1W0",
           "2RECV_F0,2F0,2I0,2SEND_B0,2W0"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1W1",
           "2RECV_F0,2F0,2RECV_F1,2I0,2SEND_B0,2F1,2I1,2SEND_B1,2W0,2W1"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1RECV_F2,1I0,1SEND_B0,1F2,1SEND_F2,1RECV_B1,1I1,1SEND_B1,1W0,1RECV_B2,1I2,1SEND_B2,1W1,1W2",
           "2RECV_F0,2F0,2RECV_F1,2I0,2SEND_B0,2F1,2RECV_F2,2I1,2SEND_B1,2F2,2I2,2SEND_B2,2W0,2W1,2W2"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0I0,0W0,0RECV_B1,0F3,0SEND_F3,0I1,0W1,0RECV_B2,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1RECV_F2,1I0,1SEND_B0,1F2,1SEND_F2,1RECV_B1,1I1,1SEND_B1,1RECV_F3,1W0,1RECV_B2,1F3,1SEND_F3,1I2,1SEND_B2,1W1,1RECV_B3,1I3,1SEND_B3,1W2,1W3",
           "2RECV_F0,2F0,2RECV_F1,2I0,2SEND_B0,2F1,2RECV_F2,2I1,2SEND_B1,2F2,2I2,2SEND_B2,2RECV_F3,2W0,2F3,2I3,2SEND_B3,2W1,2W2,2W3"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=1" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0I0,0W0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1SEND_B0,1W0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2I0,2SEND_B0,2W0",
           "3RECV_F0,3F0,3I0,3SEND_B0,3W0"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1W1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2RECV_B1,2I1,2SEND_B1,2W0,2W1",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3I1,3SEND_B1,3W0,3W1"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1RECV_B2,1I2,1SEND_B2,1W1,1W2",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2I0,2SEND_B0,2F2,2SEND_F2,2RECV_B1,2I1,2SEND_B1,2RECV_B2,2I2,2SEND_B2,2W0,2W1,2W2",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3RECV_F2,3I1,3SEND_B1,3F2,3I2,3SEND_B2,3W0,3W1,3W2"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0F2,0SEND_F2,0F3,0SEND_F3,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1,0RECV_B2,0I2,0W2,0RECV_B3,0I3,0W3",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_F2,1F2,1SEND_F2,1RECV_B0,1RECV_F3,1I0,1SEND_B0,1F3,1SEND_F3,1RECV_B1,1I1,1SEND_B1,1W0,1RECV_B2,1I2,1SEND_B2,1W1,1RECV_B3,1I3,1SEND_B3,1W2,1W3",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2RECV_F2,2I0,2SEND_B0,2F2,2SEND_F2,2RECV_B1,2RECV_F3,2I1,2SEND_B1,2F3,2SEND_F3,2RECV_B2,2I2,2SEND_B2,2W0,2RECV_B3,2I3,2SEND_B3,2W1,2W2,2W3",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3RECV_F2,3I1,3SEND_B1,3F2,3RECV_F3,3I2,3SEND_B2,3F3,3I3,3SEND_B3,3W0,3W1,3W2,3W3"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=1" microbatches = 1
    table ["0F0,0SEND_F0,3RECV_F0,3F0,3I0,3SEND_B0,3W0,0RECV_B0,0I0,0W0",
           "1RECV_F0,1F0,2F0,2SEND_F0,2RECV_B0,2I0,2W0,1I0,1SEND_B0,1W0"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=2" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,3F0,3I0,3SEND_B0,3RECV_F1,3W0,3F1,3I1,3SEND_B1,0RECV_B0,3W1,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1F1,2RECV_B0,2F1,2SEND_F1,2I0,2W0,2RECV_B1,1I0,1SEND_B0,1W0,2I1,2W1,1I1,1SEND_B1,1W1"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=3" microbatches = 3
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3SEND_B0,3W0,3F1,3I1,3SEND_B1,0RECV_B0,3W1,0I0,3RECV_F2,0W0,3F2,3I2,3SEND_B2,0RECV_B1,3W2,0I1,0RECV_B2,0W1,0I2,0W2",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,2I0,2W0,1F2,2RECV_B1,1I0,1SEND_B0,1W0,2F2,2SEND_F2,2I1,2W1,2RECV_B2,1I1,1SEND_B1,2I2,1I2,1SEND_B2,1W1,2W2,1W2"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3SEND_B0,3W0,3F1,3I1,3SEND_B1,0RECV_B0,3W1,0F3,0SEND_F3,3RECV_F2,0I0,0W0,3F2,3I2,3SEND_B2,0RECV_B1,3W2,0I1,3RECV_F3,0W1,3F3,3I3,3SEND_B3,0RECV_B2,3W3,0I2,0RECV_B3,0W2,0I3,0W3",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,2I0,2W0,1F2,2RECV_B1,1I0,1SEND_B0,1W0,1RECV_F3,2F2,2SEND_F2,2I1,2W1,1F3,2RECV_B2,1I1,1SEND_B1,1W1,2F3,2SEND_F3,2I2,2W2,2RECV_B3,1I2,1SEND_B2,2I3,1I3,1SEND_B3,1W2,2W3,1W3"]

// -----

dag.schedule "DualPipeV p=2 v=2 m=4" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3SEND_B0,3W0,3F1,3RECV_F2,0RECV_B0,(0F3;3B1)OVERLAP_F_B,0SEND_F3,3SEND_B1,(3F2;0B0)OVERLAP_F_B,3RECV_F3,0RECV_B1,3B2,3SEND_B2,(3F3;0B1)OVERLAP_F_B,0RECV_B2,3B3,3SEND_B3,0I2,0RECV_B3,0W2,0I3,0W3",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,1F2,2B0,(2F2;1B0)OVERLAP_F_B,2SEND_F2,1SEND_B0,1RECV_F3,2RECV_B1,(1F3;2B1)OVERLAP_F_B,(2F3;1B1)OVERLAP_F_B,2SEND_F3,1SEND_B1,2RECV_B2,2B2,1B2,1SEND_B2,2RECV_B3,2I3,1I3,1SEND_B3,2W3,1W3"]

// -----

dag.schedule "Interleaved1F1B p=4 v=1 m=3, computation, swap_rows" microbatches = 3
    table ["0F0,0F1,0F2,0B0,0B1,0B2",
           "3F0,3B0,3F1,3B1,3F2,3B2",
           "2F0,2F1,2F2,2B0,2B1,2B2",
           "1F0,1F1,1F2,1B0,1B1,1B2"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=4, computation, overlap" microbatches = 4
    table ["0F0,(0F1;0F2)OVERLAP_F_B,0F3,0B3,0B2,0B1,0B0",
           "1F0,1F1,1F2,1F3,1B3,1B2,1B1,1B0"]

// -----

dag.schedule "Interleaved1F1B p=3 v=1 m=2, computation, swap_rows" microbatches = 2
    table ["1F0,1F1,1B0,1B1",
           "0F0,0F1,0B0,0B1",
           "2F0,2B0,2F1,2B1"]

// -----

dag.schedule "InterleavedZeroBubble p=3 v=1 m=1, with transfers, merge_backward" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0I0,0W0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1SEND_B0,1W0",
           "2RECV_F0,2F0,2B0,2SEND_B0"]

// -----

dag.schedule "InterleavedZeroBubble p=4 v=1 m=2, with transfers, swap_neighbours" microbatches = 2
    table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0I0,0RECV_B1,0W0,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,1RECV_B0,1I0,1SEND_B0,1RECV_B1,1I1,1SEND_B1,1W0,1W1",
           "2RECV_F0,2F0,2SEND_F0,2RECV_F1,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2RECV_B1,2I1,2SEND_B1,2W0,2W1",
           "3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,3F1,3I1,3SEND_B1,3W0,3W1"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=4, computation, overlap" microbatches = 4
    table ["0F0,0F1,0F2,0F3,(0B3;0B2)OVERLAP_F_B,0B1,0B0",
           "1F0,1F1,1F2,1F3,1B3,1B2,1B1,1B0",
           "2F0,2F1,2F2,2F3,2B3,2B2,2B1,2B0",
           "3F0,3F1,3F2,3F3,3B3,3B2,3B1,3B0"]

// -----

dag.schedule "GPipe p=3 v=1 m=2, computation, halve_backward" microbatches = 2
    table ["0F0,0F1,0B0,0I1,0W1",
           "1F0,1F1,1B0,1B1",
           "2F0,2F1,2B0,2B1"]

// -----

dag.schedule "ZBVZeroBubble p=2 v=2 m=3, with transfers, swap_neighbours" microbatches = 3
    table ["0F0,0F1,0SEND_F0,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3SEND_B0,3W0,3F1,3I1,3SEND_B1,0RECV_B0,3W1,0I0,3RECV_F2,0W0,3F2,3I2,3SEND_B2,0RECV_B1,3W2,0I1,0RECV_B2,0W1,0I2,0W2",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,2I0,2W0,1F2,2RECV_B1,1I0,1SEND_B0,1W0,2F2,2SEND_F2,2I1,2W1,2RECV_B2,1I1,1SEND_B1,2I2,1I2,1SEND_B2,1W1,2W2,1W2"]

// -----

dag.schedule "InterleavedZeroBubble p=2 v=2 m=2, with transfers, merge_backward" microbatches = 2
    table ["0F0,0SEND_F0,2RECV_F0,0F1,0SEND_F1,2RECV_F1,2F0,2SEND_F0,2F1,2SEND_F1,2RECV_B0,2I0,2SEND_B0,2W0,2RECV_B1,2I1,2SEND_B1,2W1,0RECV_B0,0I0,0W0,0RECV_B1,0I1,0W1",
           "1RECV_F0,1F0,1SEND_F0,1RECV_F1,1F1,1SEND_F1,3RECV_F0,3F0,3RECV_F1,3I0,3SEND_B0,1RECV_B0,3F1,3I1,3SEND_B1,1RECV_B1,3W0,1B0,1SEND_B0,3W1,1I1,1SEND_B1,1W1"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=1, with transfers, halve_backward" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0,0B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1W0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

dag.schedule "GPipe p=3 v=1 m=3, computation, move" microbatches = 3
    table ["0F0,0F2,0F1,0B0,0B1,0B2",
           "1F0,1F1,1F2,1B0,1B1,1B2",
           "2F0,2F1,2F2,2B0,2B1,2B2"]

// -----

dag.schedule "DualPipeV p=2 v=2 m=4, with transfers, split_overlap" microbatches = 4
    table ["0F0,0SEND_F0,0F1,0SEND_F1,3RECV_F0,0F2,0SEND_F2,3F0,3RECV_F1,3I0,3SEND_B0,3W0,3F1,3RECV_F2,0RECV_B0,(0F3;3B1)OVERLAP_F_B,0SEND_F3,3SEND_B1,(3F2;0B0)OVERLAP_F_B,3RECV_F3,0RECV_B1,3B2,3SEND_B2,3F3,0B1,0RECV_B2,3B3,3SEND_B3,0I2,0RECV_B3,0W2,0I3,0W3",
           "1RECV_F0,1F0,1RECV_F1,2F0,2SEND_F0,1RECV_F2,1F1,2F1,2SEND_F1,2RECV_B0,1F2,2B0,(2F2;1B0)OVERLAP_F_B,2SEND_F2,1SEND_B0,1RECV_F3,2RECV_B1,(1F3;2B1)OVERLAP_F_B,(2F3;1B1)OVERLAP_F_B,2SEND_F3,1SEND_B1,2RECV_B2,2B2,1B2,1SEND_B2,2RECV_B3,2I3,1I3,1SEND_B3,2W3,1W3"]

// -----

dag.schedule "GPipe p=4 v=1 m=2, computation, swap" microbatches = 2
    table ["0F0,0F1,0B0,0B1",
           "1F0,1F1,1B0,1B1",
           "2F0,2F1,2B0,2B1",
           "3F1,3F0,3B0,3B1"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=2, computation, move" microbatches = 2
    table ["0F0,0F1,0B1,0B0",
           "1F1,1F0,1B1,1B0"]

// -----

dag.schedule "LoopedBFS p=4 v=1 m=1, with transfers, cut" microbatches = 1
    table ["0F0,0SEND_F0,0RECV_B0",
           "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1B0,1SEND_B0",
           "2RECV_F0,2F0,2SEND_F0,2RECV_B0,2B0,2SEND_B0",
           "3RECV_F0,3F0,3B0,3SEND_B0"]

// -----

dag.schedule "LoopedBFS p=2 v=1 m=2, computation, swap_computation" microbatches = 2
    table ["0F1,0F0,0B1,0B0",
           "1F0,1F1,1B1,1B0"]
