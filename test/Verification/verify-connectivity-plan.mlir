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

// -----

// Weights that are gathered, cut, scaled or multiplied before their use, as in
// plans whose ranks keep shards of them, need no data.

dag.mesh @ranks <tp = 2>
dag.model @gathered on @ranks {
  %0 = dag.input "x" : tensor<2x64xf32>
  %w = dag.parameter "norm" : tensor<64xf32, #dag.sharding<[{tp}]>>
  %g = dag.all_gather %w dim 0 over {tp} : (tensor<64xf32, #dag.sharding<[{tp}]>>) -> tensor<64xf32>
  %s = dag.scale %g by 2.0 : (tensor<64xf32>) -> tensor<64xf32>
  %1 = dag.rms_norm %0, %s epsilon = 1.0e-05 : (tensor<2x64xf32>, tensor<64xf32>) -> tensor<2x64xf32>
  %a = dag.parameter "a" : tensor<64x8xf32>
  %b = dag.parameter "b" : tensor<64x8xf32>
  %ab = dag.linear %a, %b : (tensor<64x8xf32>, tensor<64x8xf32>) -> tensor<64x64xf32>
  %m = dag.parameter "m" : tensor<64x64xf32>
  %d = dag.add %m, %ab : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %c = dag.slice %d dim 0 over {tp} : (tensor<64x64xf32>) -> tensor<64x64xf32, #dag.sharding<[{tp}, {}]>>
  %2 = dag.linear %1, %c : (tensor<2x64xf32>, tensor<64x64xf32, #dag.sharding<[{tp}, {}]>>) -> tensor<2x64xf32, #dag.sharding<[{}, {tp}]>>
  dag.output %2 "y" : tensor<2x64xf32, #dag.sharding<[{}, {tp}]>>
}

// -----

// DAG405: a norm is made for data, and gets a weight that was gathered.

dag.mesh @ranks <tp = 2>
dag.model @gathered_in_place_of_data on @ranks {
  %0 = dag.input "x" : tensor<2x64xf32>
  %w = dag.parameter "w" : tensor<2x64xf32, #dag.sharding<[{tp}, {}]>>
  %g = dag.all_gather %w dim 0 over {tp} : (tensor<2x64xf32, #dag.sharding<[{tp}, {}]>>) -> tensor<2x64xf32>
  %n = dag.parameter "norm" : tensor<64xf32>
  // expected-error @+1 {{[DAG405] expected 'rms_norm' to be reached from an input, but only weights or notes lead to it}}
  %1 = dag.rms_norm %g, %n epsilon = 1.0e-05 : (tensor<2x64xf32>, tensor<64xf32>) -> tensor<2x64xf32>
  %2 = dag.add %0, %1 : (tensor<2x64xf32>, tensor<2x64xf32>) -> tensor<2x64xf32>
  dag.output %2 "y" : tensor<2x64xf32>
}

// -----

// A cache is written for a later run: what is there now needs nobody.

dag.model @written_only {
  %0 = dag.input "k" : tensor<1x4x2x16xf32>
  %1 = dag.input "position" : tensor<i32>
  %2 = dag.kv_cache "layers.0.k" : tensor<1x8x2x16xf32>
  %k = dag.scale %0 by 2.0 : (tensor<1x4x2x16xf32>) -> tensor<1x4x2x16xf32>
  %3 = dag.kv_cache_update %2, %k at %1 : (
      tensor<1x8x2x16xf32>, tensor<1x4x2x16xf32>, tensor<i32>)
      -> tensor<1x8x2x16xf32>
  dag.output %0 "y" : tensor<1x4x2x16xf32>
}

// -----

// DAG402: the cache is read as it was before, and nobody takes what is new.

dag.model @read_before {
  %0 = dag.input "k" : tensor<1x1x2x16xf32>
  %1 = dag.input "position" : tensor<i32>
  %2 = dag.kv_cache "layers.0.k" : tensor<1x8x2x16xf32>
  // expected-error @+1 {{[DAG402] expected 'kv_cache_update' to have a successor, but no edge leaves it}}
  %3 = dag.kv_cache_update %2, %0 at %1 : (
      tensor<1x8x2x16xf32>, tensor<1x1x2x16xf32>, tensor<i32>)
      -> tensor<1x8x2x16xf32>
  %q = dag.input "q" : tensor<1x8x2x16xf32>
  %4 = dag.multiply %q, %2 : (tensor<1x8x2x16xf32>, tensor<1x8x2x16xf32>) -> tensor<1x8x2x16xf32>
  dag.output %4 "y" : tensor<1x8x2x16xf32>
}

// -----

// A new part that is used beside what was in the cache before is not missed.

dag.model @read_beside {
  %0 = dag.input "k" : tensor<1x8x2x16xf32>
  %1 = dag.input "position" : tensor<i32>
  %2 = dag.kv_cache "layers.0.k" : tensor<1x8x2x16xf32>
  %k = dag.scale %0 by 2.0 : (tensor<1x8x2x16xf32>) -> tensor<1x8x2x16xf32>
  %3 = dag.kv_cache_update %2, %k at %1 : (
      tensor<1x8x2x16xf32>, tensor<1x8x2x16xf32>, tensor<i32>)
      -> tensor<1x8x2x16xf32>
  %4 = dag.add %2, %0 : (tensor<1x8x2x16xf32>, tensor<1x8x2x16xf32>) -> tensor<1x8x2x16xf32>
  dag.output %4 "y" : tensor<1x8x2x16xf32>
}
