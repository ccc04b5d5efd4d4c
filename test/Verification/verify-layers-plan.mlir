// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-layers

dag.model @good <num_layers = 2> {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  %2 = dag.layer 1 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// DAG201: a layer of three.

dag.model @missing <num_layers = 3> {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    // expected-error @+2 {{[DAG201] 2 of 3 layers are drawn (66%), and no sampling is documented; missing: 1}}
    // expected-note @+1 {{without layer 1 before this}}
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
}

// -----

// The same, as a declared sample.

dag.model @sampled <num_layers = 3> sampling = [0, 2] because "first and last" {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
}

// -----

// DAG205: a sample that isn't true.

// expected-error @+1 {{[DAG205] the declared sampling holds layer 3, but the drawing does not}}
dag.model @untrue <num_layers = 4> sampling = [0, 3] because "first and last" {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  %2 = dag.layer 2 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    // expected-error @+1 {{[DAG205] the drawing holds layer 2, but the declared sampling is 0, 3}}
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
}

// -----

// DAG202, DAG204: swapped over two stages.

dag.mesh @m <pp = 2>

dag.model @swapped on @m {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{stated here}}
  %1 = dag.stage 0 on pp = 0 layers [0, 1) (%a = %0 : tensor<64xf32>)
      -> (tensor<64xf32>) {
    %2 = dag.layer 1 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      // expected-error @+2 {{[DAG202] layer 1 is in stage 0, but stage 1 owns layers 1}}
      // expected-note @+1 {{from here}}
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %2 : tensor<64xf32>
  }
  // expected-note @+1 {{stated here}}
  %3 = dag.stage 1 on pp = 1 layers [1, 2) (%a = %1 : tensor<64xf32>)
      -> (tensor<64xf32>) {
    %2 = dag.layer 0 (%b = %a : tensor<64xf32>) -> (tensor<64xf32>) {
      // expected-error @+3 {{[DAG202] layer 0 is in stage 1, but stage 0 owns layers 0}}
      // expected-error @+2 {{[DAG204] expected layer 1 to be followed by nothing, as the last layer, but its data goes to layer 0}}
      // expected-note @+1 {{to here}}
      %n = dag.dropout %b p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
      dag.yield %n : tensor<64xf32>
    }
    dag.yield %2 : tensor<64xf32>
  }
}

// -----

// DAG207: one more than the model has.

dag.model @too_many <num_layers = 1> {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  %2 = dag.layer 1 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    // expected-error @+1 {{[DAG207] expected 1 layers, 0, but layer 1 is drawn}}
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
}

// -----

// DAG203: a layer twice.

dag.model @twice {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-note @+1 {{the first one}}
  %1 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  // expected-error @+1 {{[DAG203] expected layer 0 once, but this is a second one}}
  %2 = dag.layer 0 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
}
