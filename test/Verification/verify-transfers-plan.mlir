// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-transfers

dag.mesh @m <pp = 2>

dag.model @good on @m {
  dag.comm_buffer @buf : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %2 = dag.layer 0 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    %3 = dag.send %2 to 1 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %3 : !dag.transfer<tensor<64xf32>>
  }
  %4 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    %5 = dag.recv %a from 0 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %6 = dag.layer 1 (%b = %5 : tensor<64xf32>) -> (tensor<64xf32>) {
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %6 : tensor<64xf32>
  }
  dag.output %4 "y" : tensor<64xf32>
}

// -----

// DAG301: the tensor itself goes to the next stage.

dag.mesh @m <pp = 2>

dag.model @no_transfer on @m {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %2 = dag.layer 0 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      // expected-note @+1 {{from here}}
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %2 : tensor<64xf32>
  }
  %3 = dag.stage 1 on pp = 1 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    %4 = dag.layer 1 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      // expected-error @+2 {{[DAG301] data of 'layer 0 dropout' goes from stage 0 to stage 1 without a send, a recv and a buffer}}
      // expected-note @+1 {{to here}}
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %4 : tensor<64xf32>
  }
  dag.output %3 "y" : tensor<64xf32>
}

// -----

// DAG301: nothing at all goes to the next stage.

dag.mesh @m <pp = 2>

dag.model @not_connected on @m {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  // expected-error @+1 {{[DAG301] expected a transfer from stage 0 to stage 1, but nothing leads from one to the other}}
  %2 = dag.stage 1 on pp = 1 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// DAG302: nothing receives what is sent.

dag.mesh @m <pp = 2>

dag.model @no_recv on @m {
  dag.comm_buffer @buf : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-error @+1 {{[DAG302] expected a recv behind the send 'stage 0 send', but nothing takes its data}}
    %2 = dag.send %a to 1 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %2 : !dag.transfer<tensor<64xf32>>
  }
  dag.stage 1 on pp = 1 (%a = %0 : tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield
  }
}

// -----

// Data may pass stages by that do not use it, where those get data as well.

dag.mesh @m <pp = 3>

dag.model @skips on @m {
  dag.comm_buffer @buf0 : tensor<64xf32>
  dag.comm_buffer @buf1 : tensor<64xf32>
  dag.comm_buffer @buf2 : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1, %2 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    %3 = dag.send %n to 1 via @buf0
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    %4 = dag.send %n to 2 via @buf1
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %3, %4
        : !dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>
  }
  %5 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %6 = dag.recv %a from 0 via @buf0
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %7 = dag.send %6 to 2 via @buf2
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %7 : !dag.transfer<tensor<64xf32>>
  }
  %8 = dag.stage 2 on pp = 2 (%a = %2 : !dag.transfer<tensor<64xf32>>,
                              %b = %5 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    %9 = dag.recv %a from 0 via @buf1
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %10 = dag.recv %b from 1 via @buf2
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %11 = dag.add %9, %10
        : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    dag.yield %11 : tensor<64xf32>
  }
  dag.output %8 "y" : tensor<64xf32>
}

// -----

// DAG306: ends that name other stages than those where the data goes.

dag.mesh @m <pp = 3>

dag.model @wrong_ends on @m {
  dag.comm_buffer @buf0 : tensor<64xf32>
  dag.comm_buffer @buf1 : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-error @+1 {{[DAG306] the send 'stage 0 send' names stage 2, but its recv is in stage 1}}
    %2 = dag.send %a to 2 via @buf0
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %2 : !dag.transfer<tensor<64xf32>>
  }
  %3 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-note @+1 {{the recv}}
    %4 = dag.recv %a from 0 via @buf0
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    // expected-note @+1 {{the send}}
    %5 = dag.send %4 to 2 via @buf1
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %5 : !dag.transfer<tensor<64xf32>>
  }
  %6 = dag.stage 2 on pp = 2 (%a = %3 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    // expected-error @+1 {{[DAG306] the recv 'stage 2 recv' names stage 0, but its send 'stage 1 send' is in stage 1}}
    %7 = dag.recv %a from 0 via @buf1
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %7 : tensor<64xf32>
  }
  dag.output %6 "y" : tensor<64xf32>
}

// -----

// DAG306: back to an earlier stage.

dag.mesh @m <pp = 2>

dag.model @back on @m {
  dag.comm_buffer @buf : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  // expected-error @+1 {{[DAG301] expected a transfer from stage 0 to stage 1, but nothing leads from one to the other}}
  %1 = dag.stage 1 on pp = 1 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-error @+1 {{[DAG306] expected the send 'stage 1 send' of stage 1 to reach the next stage, but its recv is in stage 0}}
    %2 = dag.send %a to 0 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %2 : !dag.transfer<tensor<64xf32>>
  }
  %3 = dag.stage 0 on pp = 0 (%a = %1 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    // expected-note @+1 {{the recv}}
    %4 = dag.recv %a from 1 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %4 : tensor<64xf32>
  }
  dag.output %3 "y" : tensor<64xf32>
}

// -----

// DAG307: to two.

dag.mesh @m <pp = 3>

dag.model @two on @m {
  dag.comm_buffer @buf : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %2 = dag.send %a to 2 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %2 : !dag.transfer<tensor<64xf32>>
  }
  // expected-error @+1 {{[DAG301] expected a transfer from stage 0 to stage 1, but nothing leads from one to the other}}
  dag.stage 1 on pp = 1 () {
    dag.yield
  }
  // expected-error @+1 {{[DAG301] expected a transfer from stage 1 to stage 2, but nothing leads from one to the other}}
  dag.stage 2 on pp = 2 (%a = %1 : !dag.transfer<tensor<64xf32>>) {
    // expected-note @+1 {{the first one}}
    %2 = dag.recv %a from 0 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    // expected-error @+1 {{[DAG307] expected one recv for the send 'stage 0 send', but 'stage 2 recv' is a second one}}
    %3 = dag.recv %a from 0 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield
  }
}

// -----

// DAG304: different buffers at the two ends.

dag.mesh @m <pp = 2>

dag.model @two_buffers on @m {
  dag.comm_buffer @one : tensor<64xf32>
  dag.comm_buffer @other : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    // expected-note @+1 {{the send}}
    %2 = dag.send %a to 1 via @one
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %2 : !dag.transfer<tensor<64xf32>>
  }
  %3 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    // expected-note @+2 {{hint: Name the same buffer at both ends.}}
    // expected-error @+1 {{[DAG304] the recv 'stage 1 recv' takes '@other', but its send 'stage 0 send' fills '@one'}}
    %4 = dag.recv %a from 0 via @other
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %4 : tensor<64xf32>
  }
  dag.output %3 "y" : tensor<64xf32>
}

// -----

// DAG305: a buffer that nothing declares.

dag.mesh @m <pp = 2>

dag.model @no_buffer on @m {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    // expected-error @+1 {{[DAG305] 'dag.send' op (C3) expected @buf to be a buffer}}
    %3 = dag.send %n to 1 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %3 : !dag.transfer<tensor<64xf32>>
  }
  %4 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    // expected-error @+1 {{[DAG305] 'dag.recv' op (C2) expected @buf to be a buffer}}
    %5 = dag.recv %a from 0 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %5 : tensor<64xf32>
  }
  dag.output %4 "y" : tensor<64xf32>
}

// -----

// DAG306: a send to its own stage.

dag.mesh @m <pp = 2>

dag.model @own_stage on @m {
  dag.comm_buffer @buf : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    // expected-error @+2 {{[DAG306] 'dag.send' op (C2) expected another stage than the op's own, but got 0}}
    // expected-error @+1 {{[DAG306] the send 'stage 0 send' names stage 0, but its recv is in stage 1}}
    %3 = dag.send %n to 0 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %3 : !dag.transfer<tensor<64xf32>>
  }
  %4 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>)
      -> (tensor<64xf32>) {
    // expected-note @+1 {{the recv}}
    %5 = dag.recv %a from 0 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    dag.yield %5 : tensor<64xf32>
  }
  dag.output %4 "y" : tensor<64xf32>
}

// -----

// DAG307: a value that goes to the next stage twice.

dag.mesh @m <pp = 2>

dag.model @twice on @m {
  dag.comm_buffer @buf : tensor<64xf32>
  dag.comm_buffer @buf2 : tensor<64xf32>
  %0 = dag.input "x" : tensor<64xf32>
  %1, %2 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
      -> (!dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    // expected-note @+1 {{the first one}}
    %3 = dag.send %n to 1 via @buf
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    // expected-error @+1 {{[DAG307] expected one send of this value to stage 1, but 'stage 0 send' is a second one}}
    %4 = dag.send %n to 1 via @buf2
        : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
    dag.yield %3, %4 : !dag.transfer<tensor<64xf32>>, !dag.transfer<tensor<64xf32>>
  }
  %5 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>,
      %b = %2 : !dag.transfer<tensor<64xf32>>) -> (tensor<64xf32>) {
    %6 = dag.recv %a from 0 via @buf
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %7 = dag.recv %b from 0 via @buf2
        : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
    %8 = dag.add %6, %7 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    dag.yield %8 : tensor<64xf32>
  }
  dag.output %5 "y" : tensor<64xf32>
}

// -----

// Two towers, each from an input of its own, lead to the last stage.

dag.mesh @m <pp = 3>

dag.model @towers on @m <num_layers = 3> {
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %u = dag.input "u" : tensor<4x4xf32>
  %p = dag.input "position" : tensor<i32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %y = dag.activation silu %a : (tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @a
        : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %u : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 1 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %y = dag.activation silu %a : (tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @b
        : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %0 : !dag.transfer<tensor<4x4xf32>>,
                              %j = %1 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @b
        : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %y = dag.activation silu %a : (tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %2 "y" : tensor<4x4xf32>
}

// -----

// DAG301: the second one begins with nothing.

dag.mesh @m <pp = 3>

dag.model @headless on @m <num_layers = 3> {
  dag.comm_buffer @a : tensor<4x4xf32>
  dag.comm_buffer @b : tensor<4x4xf32>
  %x = dag.input "x" : tensor<4x4xf32>
  %u = dag.input "u" : tensor<4x4xf32>
  %p = dag.input "position" : tensor<i32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4x4xf32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 0 (%a = %i : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %y = dag.activation silu %a : (tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @a
        : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %p : tensor<i32>)
      -> (!dag.transfer<tensor<4x4xf32>>) {
    %o = dag.layer 1 () -> (tensor<4x4xf32>) {
      // expected-error @+1 {{[DAG301] expected a transfer from stage 0 to stage 1, but nothing leads from one to the other}}
      %y = dag.parameter "w" : tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    %s = dag.send %o to 2 via @b
        : (tensor<4x4xf32>) -> !dag.transfer<tensor<4x4xf32>>
    dag.yield %s : !dag.transfer<tensor<4x4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %0 : !dag.transfer<tensor<4x4xf32>>,
                              %j = %1 : !dag.transfer<tensor<4x4xf32>>)
      -> (tensor<4x4xf32>) {
    %r = dag.recv %i from 0 via @a
        : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %q = dag.recv %j from 1 via @b
        : (!dag.transfer<tensor<4x4xf32>>) -> tensor<4x4xf32>
    %v = dag.multiply %r, %q : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %o = dag.layer 2 (%a = %v : tensor<4x4xf32>) -> (tensor<4x4xf32>) {
      %y = dag.activation silu %a : (tensor<4x4xf32>) -> tensor<4x4xf32>
      dag.yield %y : tensor<4x4xf32>
    }
    dag.yield %o : tensor<4x4xf32>
  }
  dag.output %2 "y" : tensor<4x4xf32>
}
