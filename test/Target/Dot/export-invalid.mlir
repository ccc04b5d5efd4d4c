// RUN: dag-translate --dag-to-dot %s --split-input-file --verify-diagnostics -o /dev/null

// expected-error @below {{expected one sketch or model, but got 0}}
module {}

// -----

// expected-error @below {{expected one sketch or model, but got 2}}
module {
  // expected-note @+1 {{one of them}}
  dag.sketch @a {}
  // expected-note @+1 {{one of them}}
  dag.model @b {}
}

// -----

// What was lost from a drawing cannot be drawn; without it, the drawing would
// look whole.

dag.sketch @damaged {
  %0 = dag.node compute "a"
  // expected-error @+1 {{expected a drawing without damage, but got 4 errors of syntax: expected ']', but got ';'}}
  dag.syntax_error "expected ']', but got ';'"
  dag.syntax_error "further syntax errors" count(3)
}

// -----

dag.sketch @twins {
  // expected-note @+1 {{the other one}}
  %0 = dag.node compute "a"
  // expected-error @+1 {{expected nodes of different names, but 'a' stands for two}}
  %1 = dag.node compute "a"
}

// -----

dag.sketch @twin_clusters {
  dag.cluster "cluster_a"
  dag.cluster "cluster_b" in "cluster_a"
  // expected-error @+1 {{expected clusters of different names, but 'cluster_b' stands for two}}
  dag.cluster "cluster_b" in "cluster_a"
}

// -----

dag.sketch @nested {
  // expected-error @+1 {{expected cluster 'cluster_a' not to lie within itself}}
  dag.cluster "cluster_a" in "cluster_b"
  dag.cluster "cluster_b" in "cluster_a"
}

// -----

dag.sketch @contradiction {
  // expected-error @+1 {{expected 'a' to contradict itself in the drawing as in the sketch, but no text of it does; the rules that were used to read it may be missing}}
  %0 = dag.node compute "a"
    contradictions(["name says layer 3, label says layer 4"])
}

// -----

dag.sketch @unverified {
  // expected-error @+1 {{attribute 'stage' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
  %0 = dag.node compute "a" stage(-1)
}

// -----

dag.mesh @m <tp = 1000000000>
// expected-error @+1 {{expected at most 2097152 nodes to draw, but got 3 ops on 1000000000 ranks; --dot-ranks=one draws one of them}}
dag.model @large on @m {
  %0 = dag.input "x" : tensor<8xf32>
  %1 = dag.scale %0 by 2.0 : (tensor<8xf32>) -> tensor<8xf32>
  dag.output %1 "y" : tensor<8xf32>
}

// -----

// expected-warning @+1 {{'dag.mesh' op (C2) expected the size of "tp" to be positive, but got 0}}
dag.mesh @m <tp = 0>
dag.model @no_rank on @m {
  %0 = dag.input "x" : tensor<8xf32>
  dag.output %0 "y" : tensor<8xf32>
}
