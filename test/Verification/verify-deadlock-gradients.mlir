// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// What a backward does follows from the types of its forward.

// Stages that begin with an input give no gradient on: that of their weights
// will do, whatever their number is.

dag.mesh @m <pp = 3>

dag.model @towers on @m {
  dag.schedule "mine" microbatches = 1
      table ["0F0,0W0", "1F0,1W0", "2F0,2BW0"]
  dag.comm_buffer @a : tensor<4x4xf32>, slots = 1
  dag.comm_buffer @b : tensor<4x4xf32>, slots = 1
  %x = dag.input "x" : tensor<4x4xf32>
  %u = dag.input "u" : tensor<4x4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %u : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 1 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %0 : !dag.transfer<tensor<4x4xf32>>,
                              %j = %1 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w2" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %2 "y" : tensor<4x4xf32>
}

// -----

// DAG810: a stage in between gives gradients on.

dag.mesh @m <pp = 3>

dag.model @not_the_second on @m {
  // expected-error @+4 {{[DAG801] expected every rank to reach the end of the schedule, but 2 of 3 wait for data}}
  // expected-note @+3 {{rank 0 waits before '0BW0' for stage 1 of rank 1}}
  // expected-note @+2 {{rank 1 waits before '1W0'}}
  // expected-error @+1 {{[DAG810] expected stage 1 to compute the gradient of the inputs of each micro-batch, but it leaves out 0}}
  dag.schedule "mine" microbatches = 1
      table ["0F0,0BW0", "1F0,1W0", "2F0,2BW0"]
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  dag.comm_buffer @c : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %f = dag.input "features" : tensor<4x4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>, %g = %f : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    %t = dag.send %g to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %o = dag.layer 1 (%a = %r : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @c : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4x4xf32>>, %j = %2 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @c : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w2" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %3 "y" : tensor<4x4xf32>
}

// -----

// What depends on no parameter needs no gradient, and may have one.

dag.mesh @m <pp = 3>

dag.model @features on @m {
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0,0SEND_F0>2,0RECV_B0,0BW0",
             "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1BW0,1SEND_B0",
             "2RECV_F0<0,2RECV_F0,2F0,2BW0,2SEND_B0"]
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  dag.comm_buffer @c : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %f = dag.input "features" : tensor<4x4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>, %g = %f : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    %t = dag.send %g to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %o = dag.layer 1 (%a = %r : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @c : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4x4xf32>>, %j = %2 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @c : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w2" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %3 "y" : tensor<4x4xf32>
}

// -----

dag.mesh @m <pp = 3>

dag.model @features_too on @m {
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0,0SEND_F0>2,0RECV_B0<2,0RECV_B0,0BW0",
             "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1BW0,1SEND_B0",
             "2RECV_F0<0,2RECV_F0,2F0,2BW0,2SEND_B0>0,2SEND_B0"]
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  dag.comm_buffer @c : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %f = dag.input "features" : tensor<4x4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>, %g = %f : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    %t = dag.send %g to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %o = dag.layer 1 (%a = %r : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @c : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4x4xf32>>, %j = %2 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @c : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w2" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %3 "y" : tensor<4x4xf32>
}

// -----

// DAG806: what depends on one does.

dag.mesh @m <pp = 3>

dag.model @hidden on @m {
  // expected-error @+2 {{[DAG806] expected rank 0 to receive from stage 2 before '0BW0', but it does not}}
  // expected-note @+1 {{hint: Let rank 0 do that before '0BW0'.}}
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0,0SEND_F0>2,0RECV_B0,0BW0",
             "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1BW0,1SEND_B0",
             "2RECV_F0<0,2RECV_F0,2F0,2BW0,2SEND_B0"]
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  dag.comm_buffer @c : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %f = dag.input "features" : tensor<4x4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>, %g = %f : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    %t = dag.send %o to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4x4xf32>>, !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %o = dag.layer 1 (%a = %r : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @c : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %3 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4x4xf32>>, %j = %2 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @c : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w2" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %3 "y" : tensor<4x4xf32>
}

// -----

// DAG803: the plan has nothing for the action to send.

dag.mesh @m <pp = 3>

dag.model @no_edge on @m {
  // expected-error @+2 {{[DAG803] expected a transfer from stage 0 to stage 1 in the plan for '0SEND_F0', but it has none}}
  // expected-note @+1 {{hint: Leave the action out at both ends, or send from stage 0 to stage 1 in the plan.}}
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0>2,0SEND_F0>1", "1RECV_F0,1F0,1SEND_F0",
             "2RECV_F0<0,2RECV_F0,2F0"]
  dag.comm_buffer @a : tensor<4x4xf32>, slots = 1
  dag.comm_buffer @b : tensor<4x4xf32>, slots = 1
  %x = dag.input "x" : tensor<4x4xf32>
  %u = dag.input "u" : tensor<4x4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %u : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 1 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %0 : !dag.transfer<tensor<4x4xf32>>,
                              %j = %1 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w2" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %2 "y" : tensor<4x4xf32>
}

// -----

// DAG809: the backward of a slice is an all-gather, and the table has a recv
// beside it.

dag.mesh @m <pp = 2, tp = 2>

dag.model @slice on @m {
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0BW0,0RECV_B1,0BW1",
             "1RECV_F0,1F0,1RECV_F1@1,RECORD:e@1,1BW0,WAIT:e,1SEND_B0,1F1,1BW1,1SEND_B1"]
  dag.comm_buffer @a : tensor<4x4xf32>, slots = 2
  %x = dag.input "x" : tensor<4x4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    // expected-note @+1 {{ranks of stage 1: first the recv of micro-batch 1 from stage 0 to stage 1 on stream 1, then the collectives among ranks of stage 1 of micro-batch 0 on stream 0}}
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  // expected-error @+2 {{[DAG809] expected an event to order the collectives among ranks of stage 1 of micro-batch 0 on stream 0 behind the recv of micro-batch 1 from stage 0 to stage 1 on stream 1 on ranks of stage 1, but they overlap}}
  // expected-note @+1 {{hint: Record an event on stream 1 behind the recv of micro-batch 1 from stage 0 to stage 1, and let stream 0 wait for it, on all ranks in this order.}}
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %c = dag.slice %r dim 0 over {tp} : (tensor<4x4xf32>) -> tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
    %o = dag.layer 1 (%a = %c : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>)
        -> (tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w : (tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>, tensor<4x4xf32>) -> tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
      dag.yield %y : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
    }
    dag.yield %o : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
  }
  dag.output %1 "y" : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
}

// -----

// With the event, and where all ranks have all of it.

dag.mesh @m <pp = 2, tp = 2>

dag.model @in_order on @m {
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0BW0,0RECV_B1,0BW1",
             "1RECV_F0,1F0,1RECV_F1@1,RECORD:e@1,WAIT:e,1BW0,1SEND_B0,1F1,1BW1,1SEND_B1"]
  dag.comm_buffer @a : tensor<4x4xf32>, slots = 2
  %x = dag.input "x" : tensor<4x4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %c = dag.slice %r dim 0 over {tp} : (tensor<4x4xf32>) -> tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
    %o = dag.layer 1 (%a = %c : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>)
        -> (tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w : (tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>, tensor<4x4xf32>) -> tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
      dag.yield %y : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
    }
    dag.yield %o : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
  }
  dag.output %1 "y" : tensor<4x4xf32, #dag.sharding<[{tp}, {}]>>
}

// -----

dag.mesh @m <pp = 2, tp = 2>

dag.model @whole on @m {
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0BW0,0RECV_B1,0BW1",
             "1RECV_F0,1F0,1RECV_F1@1,RECORD:e@1,1BW0,WAIT:e,1SEND_B0,1F1,1BW1,1SEND_B1"]
  dag.comm_buffer @a : tensor<4x4xf32>, slots = 2
  %x = dag.input "x" : tensor<4x4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w0" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %o = dag.layer 1 (%a = %r : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %w = dag.parameter "w1" : tensor<4x4xf32>
      %y = dag.linear %a, %w
          : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %1 "y" : tensor<4x4xf32>
}

// -----

// A stage without weights has no gradient of them, be it the first one, one in
// between or the last.

dag.mesh @m <pp = 3>

dag.model @weightless on @m {
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0", "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1W0",
             "2RECV_F0,2F0,2I0,2SEND_B0"]
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.activation silu %i : (tensor<4x4xf32>) -> tensor<4x4xf32>
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %w1 = dag.parameter "w1" : tensor<4x4xf32>
    %o = dag.linear %r, %w1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %s = dag.send %o to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4x4xf32>>) -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 1 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %o = dag.activation silu %r : (tensor<4x4xf32>) -> tensor<4x4xf32>
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %2 "y" : tensor<4x4xf32>
}

// -----

dag.mesh @m <pp = 3>

dag.model @in_between on @m {
  dag.schedule "mine" microbatches = 1
      table ["0F0,0SEND_F0,0RECV_B0,0BW0",
             "1RECV_F0,1F0,1SEND_F0,1RECV_B0,1I0,1SEND_B0",
             "2RECV_F0,2F0,2BW0,2SEND_B0"]
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %w0 = dag.parameter "w0" : tensor<4x4xf32>
    %o = dag.linear %i, %w0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32>>) -> (!dag.transfer<tensor<4x4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %o = dag.activation silu %r : (tensor<4x4xf32>) -> tensor<4x4xf32>
    %s = dag.send %o to 2 via @b : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4x4xf32>>) -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 1 via @b : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %w2 = dag.parameter "w2" : tensor<4x4xf32>
    %o = dag.linear %r, %w2 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %2 "y" : tensor<4x4xf32>
}

// -----

// DAG809: what a plan gathers of its weights is reduced and scattered with their
// gradient, and the recv beside that has no order to it.

dag.mesh @m <pp = 2, dp = 2>

dag.model @gathered on @m {
  dag.schedule "mine" microbatches = 2
      table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0W0,0RECV_B1,0W1",
             "1RECV_F0,1F0,RECORD:f,WAIT:f@1,1RECV_F1@1,RECORD:e@1,1I0,1W0,WAIT:e,1SEND_B0,1F1,1I1,1W1,1SEND_B1"]
  dag.comm_buffer @a : tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>, slots = 2
  %x = dag.input "x" : tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>)
      -> (!dag.transfer<tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>>) {
    %w = dag.parameter "w0" : tensor<4x4xf32>
    %o = dag.linear %i, %w : (tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>, tensor<4x4xf32>)
        -> tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>
    // expected-note @+1 {{ranks of stage 1: first the recv of micro-batch 1 from stage 0 to stage 1 on stream 1, then the collectives among ranks of stage 1 of micro-batch 0 on stream 0}}
    %s = dag.send %o to 1 via @a : (tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>)
        -> !dag.transfer<tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>>
  }
  // expected-error @+2 {{[DAG809] expected an event to order the collectives among ranks of stage 1 of micro-batch 0 on stream 0 behind the recv of micro-batch 1}}
  // expected-note @+1 {{hint: Record an event on stream 1 behind the recv}}
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>>)
      -> (tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>>)
        -> tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>
    %p = dag.parameter "w1" : tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>
    %w = dag.all_gather %p dim 0 over {dp} : (tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>)
        -> tensor<4x4xf32>
    %o = dag.linear %r, %w : (tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>, tensor<4x4xf32>)
        -> tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>
    dag.yield %o : tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>
  }
  dag.output %1 "y" : tensor<4x4xf32, #dag.sharding<[{dp}, {}]>>
}
