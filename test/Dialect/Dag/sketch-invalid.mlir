// RUN: dag-opt %s --split-input-file --verify-diagnostics

dag.sketch @sketch_c1_other_op {
  // expected-error @+1 {{(C1) expected only clusters, nodes, edges and syntax errors in a sketch}}
  %0 = builtin.unrealized_conversion_cast to i1
}

// -----

// expected-error @+1 {{(C2) expected tp of at least 1, but got 0}}
dag.sketch @sketch_c2_tp tp(0) {
}

// -----

// expected-error @+1 {{(C2) expected pp of at least 1, but got -4}}
dag.sketch @sketch_c2_pp pp(-4) {
}

// -----

// expected-error @+1 {{(C2) expected num_layers of at least 1, but got 0}}
dag.sketch @sketch_c2_num_layers num_layers(0) {
}

// -----

dag.sketch @node_c1_tp {
  // expected-error @+1 {{(C1) expected tp of at least 0, but got -1}}
  %0 = dag.node compute "a" tp(-1)
}

// -----

dag.sketch @node_c1_stage {
  // expected-error @+1 {{(C1) expected stage of at least 0, but got -1}}
  %0 = dag.node compute "a" stage(-1)
}

// -----

dag.sketch @node_c1_tp_size {
  // expected-error @+1 {{(C1) expected tp_size of at least 1, but got 0}}
  %0 = dag.node compute "a" tp_size(0)
}

// -----

dag.sketch @node_c2_inputs {
  // expected-error @+1 {{(C2) expected #dag.dims in inputs, but got 3 : i64}}
  %0 = "dag.node"() <{kind = #dag<kind compute>, name = "a", inputs = [3]}> : () -> !dag.node
}

// -----

dag.sketch @edge_c1_stage {
  %0 = dag.node compute "a"
  // expected-error @+1 {{(C1) expected to_stage of at least 0, but got -2}}
  dag.edge %0 -> %0 to_stage(-2)
}

// -----

// expected-error @+1 {{'dag.node' op expects parent op 'dag.sketch'}}
%0 = dag.node compute "outside"

// -----

dag.sketch @ranges_c1 {
  // expected-error @+1 {{(C1) expected a range that ascends, but got 3 to 1}}
  %0 = dag.node compute "a" devices(3 to 1)
}

// -----

dag.sketch @dims_c2 {
  // expected-error @+1 {{(C2) expected a size or a symbol, but got size -7 and no symbol}}
  %0 = dag.node compute "a" buffer(<-7>)
}
