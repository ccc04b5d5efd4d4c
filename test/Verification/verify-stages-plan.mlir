// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-stages

dag.mesh @m <pp = 2, tp = 2>

dag.model @good on @m {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.stage 0 on pp = 0 layers [0, 1) devices [0, 1]
      (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %2 = dag.layer 0 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %2 : tensor<64xf32>
  }
  %3 = dag.stage 1 on pp = 1 layers [1, 2) devices [2, 3]
      (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    %4 = dag.layer 1 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %4 : tensor<64xf32>
  }
}

// -----

// DAG603: both stages have device 1; DAG602: the mesh says something else.

// expected-note @+1 {{the mesh}}
dag.mesh @m <pp = 2, tp = 2>

dag.model @shared on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{the other stage}}
  dag.stage 0 on pp = 0 devices [0, 1] (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
  // expected-note @+3 {{hint: State the devices of the stage's place}}
  // expected-error @+2 {{[DAG602] stage 1 states GPU 1-2, but its place on the mesh, pp = 1, has GPU 2-3}}
  // expected-error @+1 {{[DAG603] stages 0 and 1 share GPU 1}}
  dag.stage 1 on pp = 1 devices [1, 2] (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
}

// -----

// DAG604: a layer that no stage states, and one that two state.

dag.mesh @m <pp = 2>

dag.model @ranges on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-error @+1 {{[DAG604] stage 0 states layers 0-1, but layers 3 are drawn in it}}
  %1 = dag.stage 0 on pp = 0 layers [0, 2) (%a = %0 : tensor<64xf32>)
      -> (tensor<64xf32>) {
    %2 = dag.layer 3 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      // expected-note @+1 {{layer 3 is in stage 0}}
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %2 : tensor<64xf32>
  }
  // expected-error @+1 {{[DAG604] stage 1 states layers 1-2, but an earlier stage states some of them too}}
  dag.stage 1 on pp = 1 layers [1, 3) (%a = %1 : tensor<64xf32>) {
    dag.yield
  }
}

// -----

// DAG605: stage 1 is missing.

dag.mesh @m <pp = 3>

dag.model @gap on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
  // expected-error @+1 {{[DAG605] expected stages without a gap, but stage 1 is missing}}
  dag.stage 2 on pp = 2 (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
}

// -----

// The stage's axis may stand anywhere, and devices may have any number.

dag.mesh @m <tp = 2, pp = 2> devices = [8, 9, 18, 19]

dag.model @minor_axis on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 devices [8, 18] (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
  dag.stage 1 on pp = 1 devices [9, 19] (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
}

// -----

// Virtual stages share the devices of their coordinate.

dag.mesh @m <pp = 2>

dag.model @virtual on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 devices [0] () {
    dag.yield
  }
  dag.stage 1 on pp = 1 devices [1] () {
    dag.yield
  }
  dag.stage 2 on pp = 0 devices [0] () {
    dag.yield
  }
  dag.stage 3 on pp = 1 devices [1] () {
    dag.yield
  }
}

// -----

// There and back, as for schedules in a V.

dag.mesh @m <pp = 2>

dag.model @there_and_back on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 devices [0] () {
    dag.yield
  }
  dag.stage 1 on pp = 1 devices [1] () {
    dag.yield
  }
  dag.stage 2 on pp = 1 devices [1] () {
    dag.yield
  }
  dag.stage 3 on pp = 0 devices [0] () {
    dag.yield
  }
}

// -----

// DAG603: these are not dealt out in turn.

dag.mesh @m <pp = 2>

dag.model @not_in_turn on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{the other stage}}
  dag.stage 0 on pp = 0 devices [0] () {
    dag.yield
  }
  // expected-error @+1 {{[DAG603] stages 0 and 1 share GPU 0}}
  dag.stage 1 on pp = 0 devices [0] () {
    dag.yield
  }
  // expected-note @+1 {{the other stage}}
  dag.stage 2 on pp = 1 devices [1] () {
    dag.yield
  }
  // expected-error @+1 {{[DAG603] stages 2 and 3 share GPU 1}}
  dag.stage 3 on pp = 1 devices [1] () {
    dag.yield
  }
}

// -----

// DAG603, DAG605: a rank that has no stage, beside one that has two.

// expected-note @+2 {{hint: Add the missing stages, or make the axis smaller}}
// expected-error @+1 {{[DAG605] expected a stage on each of the 2 coordinates of 'pp', but there is none on 1}}
dag.mesh @m <pp = 2>

dag.model @idle_rank on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{the other stage}}
  dag.stage 0 on pp = 0 devices [0] () {
    dag.yield
  }
  // expected-error @+1 {{[DAG603] stages 0 and 1 share GPU 0}}
  dag.stage 1 on pp = 0 devices [0] () {
    dag.yield
  }
}

// -----

// DAG603: a virtual stage on the device of another rank.

// expected-note @+1 {{the mesh}}
dag.mesh @m <pp = 2>

dag.model @other_device on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 devices [0] () {
    dag.yield
  }
  // expected-note @+1 {{the other stage}}
  dag.stage 1 on pp = 1 devices [1] () {
    dag.yield
  }
  // expected-note @+3 {{hint: State the devices of the stage's place}}
  // expected-error @+2 {{[DAG602] stage 2 states GPU 1, but its place on the mesh, pp = 0, has GPU 0}}
  // expected-error @+1 {{[DAG603] stages 1 and 2 share GPU 1}}
  dag.stage 2 on pp = 0 devices [1] () {
    dag.yield
  }
  dag.stage 3 on pp = 1 devices [1] () {
    dag.yield
  }
}

// -----

// DAG601: a layer and a head in no stage, beside one that has a stage.

dag.mesh @m <pp = 1>

dag.model @outside on @m {
  %0 = dag.input "x" : tensor<8x64xf32>
  %1 = dag.stage 0 on pp = 0 layers [0, 1) devices [0]
      (%a = %0 : tensor<8x64xf32>) -> (tensor<8x64xf32>) {
    %2 = dag.layer 0 (%b = %a : tensor<8x64xf32>) -> (tensor<8x64xf32>) {
      %n = dag.dropout %b p = 0.0 : (tensor<8x64xf32>) -> tensor<8x64xf32>
      dag.yield %n : tensor<8x64xf32>
    }
    dag.yield %2 : tensor<8x64xf32>
  }
  %3 = dag.layer 1 (%b = %1 : tensor<8x64xf32>) -> (tensor<8x64xf32>) {
    // expected-error @+2 {{[DAG601] expected every op in a stage, but 2 nodes are in none}}
    // expected-note @+1 {{in no stage}}
    %n = dag.dropout %b p = 0.0 : (tensor<8x64xf32>) -> tensor<8x64xf32>
    dag.yield %n : tensor<8x64xf32>
  }
  %w = dag.parameter "w" : tensor<32x64xf32>
  // expected-note @+1 {{in no stage}}
  %4 = dag.linear %3, %w as head
      : (tensor<8x64xf32>, tensor<32x64xf32>) -> tensor<8x32xf32>
  dag.output %4 "y" : tensor<8x32xf32>
}

// -----

// DAG605: an axis that is larger than the pipeline, whose stages state no
// devices.

// expected-note @+2 {{hint: Add the missing stages, or make the axis smaller}}
// expected-error @+1 {{[DAG605] expected a stage on each of the 4 coordinates of 'pp', but there is none on 2-3}}
dag.mesh @m <pp = 4>

dag.model @idle on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 () {
    dag.yield
  }
  dag.stage 1 on pp = 1 () {
    dag.yield
  }
}

// -----

// An axis of any size.

// expected-note @+2 {{hint: Add the missing stages, or make the axis smaller}}
// expected-error @+1 {{[DAG605] expected a stage on each of the 9223372036854775807 coordinates of 'pp', but there is none on 1-9223372036854775806}}
dag.mesh @m <pp = 9223372036854775807>

dag.model @huge on @m {
  %0 = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 devices [0] () {
    dag.yield
  }
}

// -----

// DAG604: a stage that states an empty range, and has a layer.

dag.mesh @m <pp = 1>

dag.model @empty_range on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-error @+1 {{[DAG604] stage 0 states no layers, but layers 0 are drawn in it}}
  %1 = dag.stage 0 on pp = 0 layers [0, 0) (%a = %0 : tensor<64xf32>)
      -> (tensor<64xf32>) {
    %2 = dag.layer 0 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      // expected-note @+1 {{layer 0 is in stage 0}}
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %2 : tensor<64xf32>
  }
}

// -----

// DAG605: two stages of one number.

dag.mesh @m <pp = 2>

dag.model @same_number on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{the first one}}
  dag.stage 0 on pp = 0 () {
    dag.yield
  }
  // expected-error @+1 {{[DAG605] expected one stage 0, but here is another one}}
  dag.stage 0 on pp = 1 () {
    dag.yield
  }
}

// -----

// DAG607: devices that are listed in another order than the mesh has them.

// expected-note @+1 {{the mesh}}
dag.mesh @m <pp = 1, tp = 3> devices = [5, 4, 6]

dag.model @order on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-error @+2 {{[DAG607] stage 0 states GPU 4 for its rank 0, but the mesh has that rank on GPU 5}}
  // expected-note @+1 {{hint: List the devices of the stage in the order of the mesh}}
  dag.stage 0 on pp = 0 devices [4, 5, 6] () {
    dag.yield
  }
}
