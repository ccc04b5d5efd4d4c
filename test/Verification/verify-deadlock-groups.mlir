// What stands between ncclGroupStart and ncclGroupEnd: NCCL's user guide, "Group
// Calls". A group may hold calls of several communicators, which all ranks issue
// in one order; the making of a communicator is merged with nothing.
// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-deadlock

// Aggregated operations of one communicator: one launch on each rank.

dag.schedule "aggregated" microbatches = 1
    table ["(BROADCAST:c:1;ALL_REDUCE:c:2;ALL_REDUCE:c:3)GROUP",
           "(BROADCAST:c:1;ALL_REDUCE:c:2;ALL_REDUCE:c:3)GROUP"]

// -----

// Two communicators of the same ranks, in the order that all ranks have.

dag.schedule "one order" microbatches = 1
    table ["(BROADCAST:c0:1;ALL_REDUCE:c0:2;ALL_REDUCE:c0:3;ALL_REDUCE:c1:4)GROUP",
           "(BROADCAST:c0:1;ALL_REDUCE:c0:2;ALL_REDUCE:c0:3;ALL_REDUCE:c1:4)GROUP"]

// -----

// The wrong order on one communicator.

// expected-error @+2 {{[DAG802] expected all ranks of c0 to make the same call, but got ALL_REDUCE:3 of rank 0 and ALL_REDUCE:2 of rank 1}}
// expected-note @+1 {{the call of rank 1}}
dag.schedule "reversed" microbatches = 1
    table ["(BROADCAST:c0:1;ALL_REDUCE:c0:3;ALL_REDUCE:c0:2;ALL_REDUCE:c1:4)GROUP",
           "(BROADCAST:c0:1;ALL_REDUCE:c0:2;ALL_REDUCE:c0:3;ALL_REDUCE:c1:4)GROUP"]

// -----

// The wrong order over two of them.

// expected-error @+4 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
// expected-note @+3 {{rank 0: in its ALL_REDUCE:4 on c1, for rank 1}}
// expected-note @+2 {{rank 1: in its BROADCAST:1 on c0, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its BROADCAST:1 on c0 before its ALL_REDUCE:4 on c1.}}
dag.schedule "reversed over two" microbatches = 1
    table ["(ALL_REDUCE:c1:4;BROADCAST:c0:1;ALL_REDUCE:c0:2;ALL_REDUCE:c0:3)GROUP",
           "(BROADCAST:c0:1;ALL_REDUCE:c0:2;ALL_REDUCE:c0:3;ALL_REDUCE:c1:4)GROUP"]

// -----

// A circle of three groups, no two of which share two communicators.

// expected-error @+5 {{[DAG805] expected every rank to run to its end, but 3 wait for each other in different communicators}}
// expected-note @+4 {{rank 0: in its ALL_REDUCE on ab, for rank 1}}
// expected-note @+3 {{rank 1: in its ALL_REDUCE on bc, for rank 2}}
// expected-note @+2 {{rank 2: in its ALL_REDUCE on ca, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its ALL_REDUCE on ca before its ALL_REDUCE on ab.}}
dag.schedule "circle" microbatches = 1
    table ["(ALL_REDUCE:ab;ALL_REDUCE:ca)GROUP",
           "(ALL_REDUCE:bc;ALL_REDUCE:ab)GROUP",
           "(ALL_REDUCE:ca;ALL_REDUCE:bc)GROUP"]

// -----

// The same groups in an order that all of them have.

dag.schedule "no circle" microbatches = 1
    table ["(ALL_REDUCE:ab;ALL_REDUCE:ca)GROUP",
           "(ALL_REDUCE:ab;ALL_REDUCE:bc)GROUP",
           "(ALL_REDUCE:bc;ALL_REDUCE:ca)GROUP"]

// -----

// Sends and recvs that stand side by side progress together, whatever their
// order; a collective between them keeps its place.

// expected-note @+1 {{hint: Let rank 1 do that before '1SEND_B0'.}}
dag.schedule "exchange and reduce" microbatches = 1
    table ["0F0,(0SEND_F0;0RECV_B0;ALL_REDUCE:g)GROUP,0B0",
           "(1SEND_B0;1RECV_F0;ALL_REDUCE:g)GROUP,1F0"]
// expected-error @-3 {{[DAG806] expected rank 1 to compute what it sends before '1SEND_B0', but it does not}}

// -----

// expected-error @+4 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
// expected-note @+3 {{rank 0: in its ALL_REDUCE on g, for rank 1}}
// expected-note @+2 {{rank 1: in its recv of micro-batch 0 from stage 0 to stage 1, for rank 0}}
// expected-note @+1 {{hint: Let rank 0 do its send of micro-batch 0 from stage 0 to stage 1 before its ALL_REDUCE on g.}}
dag.schedule "reduce on the other side of a send" microbatches = 1
    table ["0F0,(ALL_REDUCE:g;0SEND_F0)GROUP", "(1RECV_F0;ALL_REDUCE:g)GROUP,1F0"]

// -----

// Nothing is put between the calls of a group where a table only computes: with
// one slot the recv that would let all ranks go on is neither before the group
// nor behind it.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>, slots = 1
  // expected-note @+1 {{ranks of stage 2: in its ALL_REDUCE on y, for ranks of stage 1}}
  dag.schedule "no place for the recv" microbatches = 2
      table ["ALL_REDUCE:x,0F0,0F1", "1F0,1F1,ALL_REDUCE:y",
             "(ALL_REDUCE:x;ALL_REDUCE:y)GROUP,2F0,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    // expected-error @+3 {{[DAG801] expected every rank to run to its end, but 2 wait for each other}}
    // expected-note @+2 {{ranks of stage 1: in its send of micro-batch 0 from stage 1 to stage 2, for ranks of stage 2}}
    // expected-note @+1 {{hint: Let ranks of stage 1 do its ALL_REDUCE on y before its send of micro-batch 0 from stage 1 to stage 2.}}
    %s = dag.send %r to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// With two it is behind it.

dag.mesh @m <pp = 3>
dag.model @plan on @m {
  dag.comm_buffer @a : tensor<4xf32>
  dag.comm_buffer @b : tensor<4xf32>, slots = 2
  dag.schedule "behind the group" microbatches = 2
      table ["ALL_REDUCE:x,0F0,0F1", "1F0,1F1,ALL_REDUCE:y",
             "(ALL_REDUCE:x;ALL_REDUCE:y)GROUP,2F0,2F1"]
  %x = dag.input "x" : tensor<4xf32>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>) -> (!dag.transfer<tensor<4xf32>>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %s = dag.send %r to 2 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s : !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 1 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    dag.yield %r : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// Parts of one name that are split again are parents of their own: the recv stands
// before the split.

dag.schedule "splits of two parts" microbatches = 1
    table ["SPLIT:world:x/0,0F0,SPLIT:x/0:y", "SPLIT:world:x/0,SPLIT:x/0:y,1F0",
           "SPLIT:world:x/1,2F0,SPLIT:x/1:z", "SPLIT:world:x/1,SPLIT:x/1:z,3F0"]

// -----

// Calls of one communicator are one launch on one rank, and two on the other.

// expected-error @+2 {{[DAG804] expected rank 1 to group what rank 0 has in one group with its ALL_REDUCE:2 on c, but it does not}}
// expected-note @+1 {{the ALL_REDUCE:2 on c on rank 1 is not in that group}}
dag.schedule "grouped on one side" microbatches = 1
    table ["(ALL_REDUCE:c:1;ALL_REDUCE:c:2)GROUP", "ALL_REDUCE:c:1,ALL_REDUCE:c:2"]

// -----

// Of several communicators there is a launch for each.

dag.schedule "a launch for each" microbatches = 1
    table ["(ALL_REDUCE:a:1;ALL_REDUCE:b:2)GROUP", "ALL_REDUCE:a:1,ALL_REDUCE:b:2"]

// -----

// A communicator is made, and then called.

dag.schedule "made before" microbatches = 1
    table ["INIT:x,(ALL_REDUCE:x:1;ALL_REDUCE:x:2)GROUP",
           "INIT:x,(ALL_REDUCE:x:1;ALL_REDUCE:x:2)GROUP"]

// -----

// expected-error @+1 {{[DAG811] expected 'INIT:x' of rank 0 outside of a group, but it is merged with 'ALL_REDUCE:x'}}
dag.schedule "made inside" microbatches = 1
    table ["(INIT:x;ALL_REDUCE:x)GROUP", "(INIT:x;ALL_REDUCE:x)GROUP"]

// -----

// expected-error @+2 {{[DAG811] expected 'INIT:x' of rank 0 outside of a group, but it is merged with 'INIT:y'}}
// expected-error @+1 {{[DAG811] expected 'INIT:y' of rank 0 outside of a group, but it is merged with 'INIT:x'}}
dag.schedule "two at once" microbatches = 1
    table ["(INIT:x;INIT:y)GROUP", "(INIT:x;INIT:y)GROUP"]

// -----

// expected-error @+1 {{[DAG811] expected 'SPLIT:world:x' of rank 0 outside of a group, but it is merged with 'ALL_REDUCE:world'}}
dag.schedule "split inside" microbatches = 1
    table ["(ALL_REDUCE:world;SPLIT:world:x)GROUP",
           "(ALL_REDUCE:world;SPLIT:world:x)GROUP"]

// -----

// The same of programs.

dag.mesh @m <tp = 2>
dag.program @one_order on @m {
  dag.communicator @a over {tp}
  dag.communicator @b over {tp}
  dag.function @all ranks 0 to 1 {
    %x = dag.input "x" : tensor<2xf32>
    dag.comm.group {
      %0 = dag.comm.all_reduce %x on @a : (tensor<2xf32>) -> tensor<2xf32>
      %1 = dag.comm.all_reduce %x on @b : (tensor<2xf32>) -> tensor<2xf32>
      dag.yield
    }
  }
}

// -----

dag.mesh @m <tp = 2>
dag.program @other_order on @m {
  dag.communicator @a over {tp}
  dag.communicator @b over {tp}
  dag.function @first ranks 0 {
    %x = dag.input "x" : tensor<2xf32>
    dag.comm.group {
      // expected-error@+3 {{[DAG805] expected every rank to run to its end, but 2 wait for each other in different communicators}}
      // expected-note@+2 {{rank 0: in its all_reduce on @a, for rank 1}}
      // expected-note@+1 {{hint: Let rank 0 do its all_reduce on @b before its all_reduce on @a.}}
      %0 = dag.comm.all_reduce %x on @a : (tensor<2xf32>) -> tensor<2xf32>
      %1 = dag.comm.all_reduce %x on @b : (tensor<2xf32>) -> tensor<2xf32>
      dag.yield
    }
  }
  dag.function @second ranks 1 {
    %x = dag.input "x" : tensor<2xf32>
    dag.comm.group {
      // expected-note@+1 {{rank 1: in its all_reduce on @b, for rank 0}}
      %0 = dag.comm.all_reduce %x on @b : (tensor<2xf32>) -> tensor<2xf32>
      %1 = dag.comm.all_reduce %x on @a : (tensor<2xf32>) -> tensor<2xf32>
      dag.yield
    }
  }
}

// -----

// All tensors of an action are in its group, the first action included.

dag.mesh @m <pp = 2>
dag.model @plan on @m {
  dag.schedule "s" microbatches = 2
      table ["0F0,0SEND_F0,0F1,(0SEND_F1;0RECV_B0)GROUP,0B0,0RECV_B1,0B1",
             "1RECV_F0,1F0,1B0,(1SEND_B0;1RECV_F1)GROUP,1F1,1B1,1SEND_B1"]
  dag.comm_buffer @a : tensor<4xf32>, slots = 2
  dag.comm_buffer @b : tensor<4xf32>, slots = 2
  %x = dag.input "x" : tensor<4xf32>
  %0, %1 = dag.stage 0 on pp = 0 (%i = %x : tensor<4xf32>) -> (!dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>) {
    %s = dag.send %i to 1 via @a : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    %t = dag.send %i to 1 via @b : (tensor<4xf32>) -> !dag.transfer<tensor<4xf32>>
    dag.yield %s, %t : !dag.transfer<tensor<4xf32>>, !dag.transfer<tensor<4xf32>>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<4xf32>>, %j = %1 : !dag.transfer<tensor<4xf32>>) -> (tensor<4xf32>) {
    %r = dag.recv %i from 0 via @a : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %q = dag.recv %j from 0 via @b : (!dag.transfer<tensor<4xf32>>) -> tensor<4xf32>
    %w = dag.add %r, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    dag.yield %w : tensor<4xf32>
  }
  dag.output %2 "y" : tensor<4xf32>
}

// -----

// A group of transfers and collectives of one communicator meets one group.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.communicator @c over {pp}
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<4xf32>
    %y = dag.comm.group -> (tensor<4xf32>) {
      dag.comm.send %x to 1 on @c : tensor<4xf32>
      // expected-error @+1 {{[DAG804] expected rank 1 to group what rank 0 has in one group with its all_reduce on @c, but it does not}}
      %0 = dag.comm.all_reduce %x on @c : (tensor<4xf32>) -> tensor<4xf32>
      dag.yield %0 : tensor<4xf32>
    }
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c : tensor<4xf32>
    // expected-note @+1 {{the all_reduce on @c on rank 1 is not in that group}}
    %1 = dag.comm.all_reduce %0 on @c : (tensor<4xf32>) -> tensor<4xf32>
  }
}

// -----

// Of several communicators there is a launch for each.

dag.mesh @m <pp = 2>
dag.program @p on @m {
  dag.communicator @c over {pp}
  dag.communicator @d over {pp}
  dag.function @f ranks 0 {
    %x = dag.input "x" : tensor<4xf32>
    dag.comm.group {
      dag.comm.send %x to 1 on @c : tensor<4xf32>
      dag.comm.send %x to 1 on @d : tensor<4xf32>
      dag.yield
    }
  }
  dag.function @g ranks 1 {
    %0 = dag.comm.recv from 0 on @c : tensor<4xf32>
    %1 = dag.comm.recv from 0 on @d : tensor<4xf32>
  }
}
