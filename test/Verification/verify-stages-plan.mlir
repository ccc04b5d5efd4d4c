// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-stages

dag.mesh @m <pp = 2>

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

// DAG603: both stages have device 1.

dag.mesh @m <pp = 2>

dag.model @shared on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{the other stage}}
  dag.stage 0 on pp = 0 devices [0, 1] (%a = %0 : tensor<64xf32>) {
    dag.yield
  }
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
