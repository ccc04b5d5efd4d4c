// The order of calls is what the programs of ranks say.
// RUN: dag-opt --split-input-file --verify-diagnostics --dag-verify-deadlock %s

dag.mesh @m <pp = 2>
dag.program @both_send_first on @m {
  dag.communicator @pp over {pp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-error@+3 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
    // expected-note@+2 {{hint: Put the send of a tensor to member 1 of @pp and the recv of a tensor to member 0 of @pp on rank 0 into one group, and their other ends too, or do the latter first.}}
    // expected-note@+1 {{rank 0: in its send of a tensor to member 1 of @pp, for rank 1}}
    dag.comm.send %x to 1 on @pp : tensor<2xf32>
    %0 = dag.comm.recv from 1 on @pp : tensor<2xf32>
  }
  dag.function @second ranks 1 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-note@+1 {{rank 1: in its send of a tensor to member 0 of @pp, for rank 0}}
    dag.comm.send %x to 0 on @pp : tensor<2xf32>
    %0 = dag.comm.recv from 0 on @pp : tensor<2xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @in_groups on @m {
  dag.communicator @pp over {pp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    dag.comm.group {
      dag.comm.send %x to 1 on @pp : tensor<2xf32>
      %0 = dag.comm.recv from 1 on @pp : tensor<2xf32>
      dag.yield
    }
  }
  dag.function @second ranks 1 {
    %x = dag.input "x" : tensor<2xf32>
    dag.comm.group {
      dag.comm.send %x to 0 on @pp : tensor<2xf32>
      %0 = dag.comm.recv from 0 on @pp : tensor<2xf32>
      dag.yield
    }
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @one_in_a_group on @m {
  dag.communicator @pp over {pp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    dag.comm.group {
      dag.comm.send %x to 1 on @pp : tensor<2xf32>
      // expected-error@+1 {{[DAG804] expected rank 1 to group what rank 0 has in one group with its recv of a tensor from member 1 of @pp, but it does not}}
      %0 = dag.comm.recv from 1 on @pp : tensor<2xf32>
      dag.yield
    }
  }
  dag.function @second ranks 1 {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.recv from 0 on @pp : tensor<2xf32>
    // expected-note@+1 {{is not in that group}}
    dag.comm.send %x to 0 on @pp : tensor<2xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @no_recv on @m {
  dag.communicator @pp over {pp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-error@+1 {{[DAG803] expected a recv on rank 1 for the send of a tensor to member 1 of @pp on rank 0, but there is none}}
    dag.comm.send %x to 1 on @pp : tensor<2xf32>
  }
}

// -----

dag.mesh @m <pp = 2>
dag.program @other_type on @m {
  dag.communicator @pp over {pp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-note@+1 {{it is sent here}}
    dag.comm.send %x to 1 on @pp : tensor<2xf32>
  }
  dag.function @second ranks 1 {
    // expected-error@+1 {{[DAG804] expected to receive tensor<2xf32>, which is sent, but got tensor<4xf32>}}
    %0 = dag.comm.recv from 0 on @pp : tensor<4xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @other_order on @m {
  dag.communicator @a over {tp}
  dag.communicator @b over {tp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-note@+3 {{hint: Let rank 0 do its all_reduce on @b before its all_reduce on @a.}}
    // expected-error@+2 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
    // expected-note@+1 {{rank 0: in its all_reduce on @a, for rank 1}}
    %0 = dag.comm.all_reduce %x on @a : (tensor<2xf32>) -> tensor<2xf32>
    %1 = dag.comm.all_reduce %x on @b : (tensor<2xf32>) -> tensor<2xf32>
  }
  dag.function @second ranks 1 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-note@+1 {{rank 1: in its all_reduce on @b, for rank 0}}
    %1 = dag.comm.all_reduce %x on @b : (tensor<2xf32>) -> tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @a : (tensor<2xf32>) -> tensor<2xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @other_count on @m {
  dag.communicator @tp over {tp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-error@+1 {{[DAG802] expected all ranks of @tp of ranks 0, 1 to make the same call, but got all_reduce of 2 x f32 among 2 of rank 0 and all_reduce of 3 x f32 among 2 of rank 1}}
    %0 = dag.comm.all_reduce %x on @tp : (tensor<2xf32>) -> tensor<2xf32>
  }
  dag.function @second ranks 1 {
    %x = dag.input "x" : tensor<3xf32>
    // expected-note@+1 {{the call of rank 1}}
    %0 = dag.comm.all_reduce %x on @tp : (tensor<3xf32>) -> tensor<3xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @one_call_less on @m {
  dag.communicator @tp over {tp}
  // expected-note@+1 {{the other side: rank 1}}
  dag.function @first ranks 0 to 1 {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @tp : (tensor<2xf32>) -> tensor<2xf32>
  }
  dag.function @second ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    // expected-error@+2 {{[DAG802] expected all ranks of @tp of ranks 0, 1 to call the same collectives, but got 2 calls of rank 0 and 1 of rank 1}}
    // expected-note@+1 {{call 2 of rank 0: all_reduce on @tp}}
    %0 = dag.comm.all_reduce %x on @tp : (tensor<2xf32>) -> tensor<2xf32>
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @one_device on @m {
  dag.communicator @tp over {tp}
  // expected-error@+2 {{[DAG807] expected the ranks of a communicator on different devices, but device 3 is in @tp of ranks 0, 1 twice}}
  // expected-note@+1 {{as one of rank 0}}
  dag.function @main ranks 0 to 1 devices = [3, 3] {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @tp : (tensor<2xf32>) -> tensor<2xf32>
  }
}

// -----

// Ranks make a communicator that nobody calls as well.

dag.mesh @m <pp = 2, tp = 2>
dag.program @not_called on @m {
  dag.communicator @pp over {pp}
  dag.communicator @tp over {tp}
  // expected-error@+2 {{[DAG807] expected the ranks of a communicator on different devices, but device 0 is in @tp of ranks 0, 1 twice}}
  // expected-note@+1 {{as one of rank 0}}
  dag.function @main ranks 0 to 3 devices = [0, 0, 1, 1] {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @pp : (tensor<2xf32>) -> tensor<2xf32>
  }
}

// -----

// What is in none of them may share a device.

dag.mesh @m <pp = 2, tp = 2>
dag.program @not_made on @m {
  dag.communicator @pp over {pp}
  dag.function @main ranks 0 to 3 devices = [0, 0, 1, 1] {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @pp : (tensor<2xf32>) -> tensor<2xf32>
  }
}

// -----

// A rank is on one device in all of its functions, whether it communicates or
// not, and that of the mesh.

dag.mesh @m <tp = 2>
dag.program @two_devices on @m {
  // expected-note@+1 {{it is on device 4 here}}
  dag.function @first ranks 0 to 1 devices = [4, 5] {
  }
  dag.function @unstated ranks 0 to 1 {
  }
  // expected-error@+1 {{[DAG807] expected rank 0 on device 4 only, but got 5 as well}}
  dag.function @second ranks 0 to 1 devices = [5, 4] {
  }
}

// -----

// expected-note@+1 {{it is on device 8 here}}
dag.mesh @m <tp = 2> devices = [7, 8]
dag.program @other_than_mesh on @m {
  dag.function @first ranks 0 to 1 devices = [7, 8] {
  }
  // expected-error@+1 {{[DAG807] expected rank 1 on device 8 only, but got 9 as well}}
  dag.function @second ranks 1 devices = [9] {
  }
}

// -----

// The devices of a mesh count where a function states none.

dag.mesh @m <tp = 2, pp = 2> devices = [0, 1, 2, 3]
dag.program @by_mesh on @m {
  dag.communicator @pp over {pp}
  dag.function @stage0 ranks 0, 2 {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @pp : (tensor<2xf32>) -> tensor<2xf32>
  }
  dag.function @stage1 ranks 1, 3 devices = [1, 3] {
    %x = dag.input "x" : tensor<2xf32>
    %0 = dag.comm.all_reduce %x on @pp : (tensor<2xf32>) -> tensor<2xf32>
  }
}

// -----

// A program beside a plan is looked at as well.
dag.mesh @m <pp = 2>
dag.model @plan on @m {
  %x = dag.input "x" : tensor<2xf32>
  dag.output %x "y" : tensor<2xf32>
}
dag.program @beside_a_plan on @m {
  dag.communicator @pp over {pp}
  dag.function @first ranks 0 {
    // expected-error@+1 {{[DAG803] expected a send on rank 1 for the recv of a tensor from member 1 of @pp on rank 0, but there is none}}
    %0 = dag.comm.recv from 1 on @pp : tensor<2xf32>
  }
}
