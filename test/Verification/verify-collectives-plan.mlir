// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-collectives

// The verifiers of the ops state these; here they are findings, all of them.

dag.mesh @m <pp = 2, tp = 2>

dag.model @good on @m {
  %x = dag.input "x" : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<64x64xf32, #dag.sharding<[{}, {tp}]>>
  %0 = dag.linear %x, %w : (tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>,
      tensor<64x64xf32, #dag.sharding<[{}, {tp}]>>)
      -> tensor<8x64xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  %1 = dag.all_reduce %0 over {tp} :
      (tensor<8x64xf32, #dag.sharding<[{}, {}], partial = {tp}>>)
      -> tensor<8x64xf32>
  dag.output %1 "y" : tensor<8x64xf32>
}

// -----

// DAG505, DAG506: a sum used before it is reduced, and reduced twice.

dag.mesh @m <pp = 2, tp = 2>

dag.model @sums on @m {
  %x = dag.input "x" : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<64x64xf32, #dag.sharding<[{}, {tp}]>>
  %g = dag.parameter "g" : tensor<64xf32>
  // expected-note @+1 {{the summands come from here}}
  %0 = dag.linear %x, %w : (tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>,
      tensor<64x64xf32, #dag.sharding<[{}, {tp}]>>)
      -> tensor<8x64xf32, #dag.sharding<[{}, {}], partial = {tp}>>
  // expected-error @+1 {{[DAG505] 'dag.rms_norm' op (C1) expected 'x' to be reduced, but its sum over {tp} is pending}}
  %1 = dag.rms_norm %0, %g epsilon = 1.0e-05 :
      (tensor<8x64xf32, #dag.sharding<[{}, {}], partial = {tp}>>,
      tensor<64xf32>) -> tensor<8x64xf32>
  // expected-error @+1 {{[DAG506] 'dag.all_reduce' op (C2) expected the sum over 'tp' to be pending, but none is}}
  %2 = dag.all_reduce %1 over {tp} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  dag.output %2 "y" : tensor<8x64xf32>
}

// -----

// DAG508, DAG509: a sharding that doesn't fit, and a wrong axis.

dag.mesh @m <pp = 2, tp = 2>

dag.model @shardings on @m {
  %x = dag.input "x" : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>
  %y = dag.input "y" : tensor<8x64xf32>
  // expected-error @+1 {{[DAG508] 'dag.multiply' op (C3) expected dimension 1 of 'lhs' and dimension 1 of 'rhs' to be sharded alike, but got {tp} and {}}}
  %0 = dag.multiply %x, %y :
      (tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>, tensor<8x64xf32>)
      -> tensor<8x64xf32>
  // expected-error @+1 {{[DAG509] 'dag.all_gather' op (C3) expected {tp} to be the minor-most axes of dimension 0, but it is sharded over {}}}
  %1 = dag.all_gather %x dim 0 over {tp} :
      (tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<8x64xf32>
}

// -----

// DAG509: an axis that the mesh does not have.

dag.mesh @m <tp = 2>

dag.model @axis on @m {
  // expected-error @+1 {{[DAG509] 'dag.input' op (C5) expected an axis of the mesh, {tp}, but got 'ep'}}
  %x = dag.input "x" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep}]>>
  dag.output %x "y" : tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {ep}]>>
}

// -----

// The types of others, and those of collectives that are well.

dag.model @other {
  %x = dag.input "x" : tensor<8x64xf32>
  %w = dag.parameter "w" : tensor<64x32xf32>
  %0 = dag.linear %x, %w : (tensor<8x64xf32>, tensor<64x32xf32>)
      -> tensor<8x64xf32>
}

// -----

// DAG505: a type that hides that the sum is pending.

dag.mesh @m <tp = 2>

dag.model @hidden_sum on @m {
  %x = dag.input "x" : tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>
  %w = dag.parameter "w" : tensor<64x64xf32, #dag.sharding<[{}, {tp}]>>
  // expected-error @+1 {{[DAG505] 'dag.linear' op expected type 'tensor<8x64xf32, #dag.sharding<[{}, {}], partial = {tp}>>', but got 'tensor<8x64xf32>'}}
  %0 = dag.linear %x, %w : (tensor<8x64xf32, #dag.sharding<[{}, {tp}]>>,
      tensor<64x64xf32, #dag.sharding<[{}, {tp}]>>) -> tensor<8x64xf32>
  dag.output %0 "y" : tensor<8x64xf32>
}
