// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-connectivity

dag.model @good {
  %0 = dag.input "x" : tensor<64xf32>
  %1 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n : tensor<64xf32>
  }
  dag.output %1 "y" : tensor<64xf32>
}

// -----

// A cast of another dialect is no node, and data passes it.

dag.model @cast {
  %0 = dag.input "x" : tensor<64xbf16>
  %1 = dag.layer 0 (%a = %0 : tensor<64xbf16>) -> (tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xbf16>) -> tensor<64xbf16>
    %f = arith.extf %n : tensor<64xbf16> to tensor<64xf32>
    dag.yield %f : tensor<64xf32>
  }
  %2 = arith.negf %1 : tensor<64xf32>
  dag.output %2 "y" : tensor<64xf32>
}

// -----

// DAG402: nobody uses a result, behind a layer that passes it on.

dag.model @unused {
  %0 = dag.input "x" : tensor<64xf32>
  %1, %2 = dag.layer 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
    %n = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    // expected-error @+1 {{[DAG402] expected 'layer 0 dropout' to have a successor, but no edge leaves it}}
    %m = dag.dropout %a p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
    dag.yield %n, %m : tensor<64xf32>, tensor<64xf32>
  }
  dag.output %1 "y" : tensor<64xf32>
}

// -----

// DAG403: an input and a parameter that nobody uses.

dag.model @isolated {
  %0 = dag.input "x" : tensor<64xf32>
  // expected-error @+1 {{[DAG403] node 'input' has no edge}}
  %1 = dag.input "z" : tensor<64xf32>
  // expected-error @+1 {{[DAG403] node 'parameter' has no edge}}
  %w = dag.parameter "w" : tensor<64xf32>
  dag.output %0 "y" : tensor<64xf32>
}

// -----

// DAG405: made of a parameter alone.

dag.model @from_parameter {
  %0 = dag.input "x" : tensor<64xf32>
  %w = dag.parameter "w" : tensor<64xf32>
  // expected-error @+1 {{[DAG405] expected 'dropout' to be reached from an input, but only weights or notes lead to it}}
  %n = dag.dropout %w p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
  dag.output %n "y" : tensor<64xf32>
  dag.output %0 "z" : tensor<64xf32>
}

// -----

// DAG407, DAG408: neither an input nor an output.

// expected-error @+1 {{[DAG407] expected an input, but no node is one}}
dag.model @no_ends {
  %w = dag.parameter "w" : tensor<64xf32>
  // expected-error @+2 {{[DAG408] expected an output, but no node is one}}
  // expected-note @+1 {{'dropout' ends without one}}
  %n = dag.dropout %w p = 0.0 : (tensor<64xf32>) -> tensor<64xf32>
}

// -----

// A cache as it is before the run has no predecessor.

dag.model @cache {
  %0 = dag.input "x" : tensor<1x1x2x16xf32>
  %1 = dag.input "position" : tensor<i32>
  %2 = dag.kv_cache "layers.0.k" : tensor<1x8x2x16xf32>
  %3 = dag.kv_cache_update %2, %0 at %1 : (
      tensor<1x8x2x16xf32>, tensor<1x1x2x16xf32>, tensor<i32>)
      -> tensor<1x8x2x16xf32>
  dag.output %3 "y" : tensor<1x8x2x16xf32>
}
