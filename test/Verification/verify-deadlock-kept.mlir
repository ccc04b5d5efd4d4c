// What stays on a rank comes out of its buffer in the order in which it was put
// in, in plans as they stand and under schedules.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %y = dag.scale %i by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    // expected-note @+1 {{it is put in here, from stage 0 to stage 1, and comes out first}}
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    // expected-note @+1 {{what the recv takes is put in here}}
    %t = dag.send %y to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    // expected-error @+1 {{[DAG804] expected '@a' to hand out the tensor that this recv takes from stage 0 to stage 1, but the first that was put into it on this rank is another one}}
    %r = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %q = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %y = dag.scale %i by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %y to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %q = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %r = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// By buffers of their own they may come in any order.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %y = dag.scale %i by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %y to 1 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %j from 0 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %q = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// What two stages take.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    // expected-note @+1 {{it is put in here, from stage 0 to stage 2, and comes out first}}
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    // expected-note @+1 {{what the recv takes is put in here}}
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    // expected-error @+1 {{[DAG804] expected '@a' to hand out the tensor that this recv takes from stage 0 to stage 1, but the first that was put into it on this rank is another one}}
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// Under a schedule.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  dag.schedule "s" microbatches = 2 table ["0F0,0F1,1F0,1F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    // expected-note @+1 {{it is put in here, from stage 0 to stage 1, and comes out first}}
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    // expected-note @+1 {{what the recv takes is put in here}}
    %t = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    // expected-error @+1 {{[DAG804] expected '@a' to hand out the tensor that this recv takes from stage 0 to stage 1, but the first that was put into it on this rank is another one}}
    %r = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %q = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// Two stages do not take turns, and what they take does.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  // expected-error @+1 {{[DAG806] expected micro-batch 0 next out of the buffer from stage 0 to stage 2, but '1F1' on rank 0 takes another one}}
  dag.schedule "s" microbatches = 2 table ["0F0,0F1,1F0,1F1,2F0,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  dag.schedule "s" microbatches = 2 table ["0F0,1F0,2F0,0F1,1F1,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// What the schedule runs first is put in last.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  // expected-error @+1 {{[DAG806] expected micro-batch 0 next out of the buffer from stage 0 to stage 1, but '2F0' on rank 0 takes another one}}
  dag.schedule "s" microbatches = 1 table ["0F0,2F0,1F0"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// One stage takes two, and what another one takes lies between them.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 6
  dag.schedule "s" microbatches = 1 table ["0F0,1F0,2F0"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1, %2 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    // expected-note @+1 {{it is put in here, from stage 0 to stage 2, and comes out first}}
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    // expected-note @+1 {{what the recv takes is put in here}}
    %u = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t, %u : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %3 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %2 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    // expected-error @+1 {{[DAG804] expected '@a' to hand out the tensor that this recv takes from stage 0 to stage 1, but the first that was put into it on this rank is another one}}
    %q = dag.recv %j from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  %4 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %3 "y" : tensor<4xf32>
  dag.output %4 "z" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  dag.schedule "s" microbatches = 1 table ["0F0,2F0,1F0"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

// What no transfer carries no program can hand on, and no schedule puts the one
// stage behind the other.

dag.mesh @m <pp = 2>
// expected-warning @+1 {{UNVERIFIED: stage 2 takes a value of type tensor<4xf32> of stage 1, and no transfer carries it}}
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  dag.schedule "s" microbatches = 1 table ["0F0", "2F0,1F0"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 1 (%i = %1 : !dag.transfer<tensor<4xf32>>, %j = %2 : tensor<4xf32>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %j : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %3 "y" : tensor<4xf32>
}

// -----

// A stage takes in the order of its recvs.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  dag.schedule "s" microbatches = 1 table ["1F0,0F0,2F0"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %v = dag.scale %i by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %v to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %q = dag.recv %j from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  // expected-error @+1 {{[DAG806] expected micro-batch 0 next out of the buffer from stage 0 to stage 2, but '2F0' on rank 0 takes another one}}
  dag.schedule "s" microbatches = 1 table ["0F0,1F0,2F0"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %v = dag.scale %i by 2.0 : (tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %v to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %q = dag.recv %j from 1 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// A backward does the same in the opposite order.

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  dag.schedule "s" microbatches = 1 table ["0F0,1F0,2F0,2B0,1B0,0B0"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}

// -----

dag.mesh @m <pp = 1>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>, slots = 4
  // expected-error @+1 {{[DAG806] expected micro-batch 0 next out of the buffer from stage 1 to stage 0, but '0B0' on rank 0 takes another one}}
  dag.schedule "s" microbatches = 1 table ["0F0,1F0,2F0,1B0,2B0,0B0"]
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %w = dag.parameter "w" : tensor<4xf32>
    %o = dag.multiply %i, %w : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %s = dag.send %o to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %o to 2 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 0 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  %3 = dag.stage 2 on pp = 0 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
  dag.output %3 "z" : tensor<4xf32>
}
