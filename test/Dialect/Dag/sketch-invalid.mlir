// RUN: dag-opt %s --split-input-file --verify-diagnostics

dag.sketch @sketch_c1_other_op {
  // expected-error @+1 {{(C1) expected only clusters, nodes, edges and syntax errors in a sketch}}
  %0 = builtin.unrealized_conversion_cast to i1
}

// -----

// expected-error @+1 {{attribute 'tp_size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
dag.sketch @sketch_c2_tp tp(0) {
}

// -----

// expected-error @+1 {{attribute 'pp_size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
dag.sketch @sketch_c2_pp pp(-4) {
}

// -----

// expected-error @+1 {{attribute 'num_layers' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
dag.sketch @sketch_c2_num_layers num_layers(0) {
}

// -----

dag.sketch @node_c1_tp {
  // expected-error @+1 {{attribute 'tp_rank' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = dag.node compute "a" tp(-1)
}

// -----

dag.sketch @node_c1_stage {
  // expected-error @+1 {{attribute 'stage' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = dag.node compute "a" stage(-1)
}

// -----

dag.sketch @node_c1_tp_size {
  // expected-error @+1 {{attribute 'tp_size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = dag.node compute "a" tp_size(0)
}

// -----

dag.sketch @node_c2_inputs {
  // expected-error @+1 {{attribute 'inputs' failed to satisfy constraint: array of #dag.dims}}
  %0 = "dag.node"() <{kind = #dag<kind compute>, name = "a", inputs = [3]}> : () -> !dag.node
}

// -----

dag.sketch @edge_c1_stage {
  %0 = dag.node compute "a"
  // expected-error @+1 {{attribute 'target_stage' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
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

// -----

// expected-error @+1 {{(C3) expected a positive integer as dag.dp_size, but got 0 : i64}}
dag.sketch @sketch_c3_size attributes {dag.dp_size = 0 : i64} {
}

// -----

// expected-error @+1 {{(C3) expected a string as dag.other_kind, but got unit}}
dag.sketch @sketch_c3_kind attributes {dag.other_kind} {
}

// -----

dag.sketch @beyond {
  // expected-error @+1 {{expected numbers of at most 1099511627775, but got 1099511627776}}
  %0 = dag.node compute "a" layers(1099511627776)
}

// -----

dag.sketch @beyond {
  // expected-error @+1 {{attribute 'stage' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative whose maximum value is 1099511627775}}
  %0 = dag.node compute "a" stage(1099511627776)
}

// -----

// What a node contradicts is told in words.

dag.sketch @numbers {
  // expected-error @+1 {{attribute 'contradictions' failed to satisfy constraint: string array attribute}}
  %0 = dag.node compute "a" contradictions([-2])
}

// -----

// A list that does not begin is no empty one.

dag.sketch @lists {
  // expected-error @+1 {{expected '<'}}
  %0 = dag.node compute "a" outputs()
}

// -----

// expected-error @+1 {{expected '<'}}
dag.mesh @m tp
