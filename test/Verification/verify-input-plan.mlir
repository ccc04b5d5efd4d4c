// RUN: dag-opt %s --split-input-file --verify-diagnostics --dag-verify-input

dag.mesh @m <tp = 2>

dag.model @good on @m {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  dag.output %x "y" : tensor<1x8x64xbf16>
}

// -----

// DAG001, DAG002, DAG003, DAG006: a sketch in MLIR is a drawing too.

dag.sketch @sketch {
  // expected-warning @+1 {{[DAG001] expected ']', but got ';'}}
  dag.syntax_error "expected ']', but got ';'"
  // expected-warning @+1 {{[DAG001] 17 further syntax errors}}
  dag.syntax_error "further syntax errors" count(17)
  // expected-warning @+1 {{[DAG002] no rule says what 'n17' is}}
  %0 = dag.node unknown "n17"
  // expected-warning @+1 {{[DAG003] 'layer3_ffn': name says layer 3, label says layer 4}}
  %1 = dag.node compute "layer3_ffn" role(ffn) contradictions(["name says layer 3, label says layer 4"])
  // expected-warning @+1 {{[DAG006] expected 'layer3_fnn' to be declared, but only edges mention it}}
  %2 = dag.node unknown "layer3_fnn" undeclared
}

// -----

// DAG004: a sketch without a node.

// expected-warning @+1 {{[DAG004] expected a drawing with nodes, but there is none}}
dag.sketch @empty {
}

// -----

// DAG005: constraints of ops that have nothing to do with types.

dag.model @malformed {
  // expected-warning @+1 {{[DAG005] 'dag.comm_buffer' op attribute 'slots' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  dag.comm_buffer @buf0 : tensor<1x8x64xbf16>, slots = 0
  // expected-warning @+1 {{[DAG005] 'dag.input' op attribute 'name' failed to satisfy constraint: string attribute that is not empty}}
  %x = dag.input "" : tensor<1x8x64xbf16>
  %y = dag.dropout %x p = 0.0 : (tensor<1x8x64xbf16>) -> tensor<1x8x64xbf16>
  dag.output %y "y" : tensor<1x8x64xbf16>
}

// -----

// DAG005: figures of the model itself.

// expected-warning @+1 {{[DAG005] 'dag.model' op attribute 'num_layers' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
dag.model @figures <num_layers = 0> {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  dag.output %x "y" : tensor<1x8x64xbf16>
}

// -----

// DAG005: a value before the op that makes it.

dag.model @dominance {
  // expected-warning @+1 {{[DAG005] operand #0 does not dominate this use}}
  dag.output %x "y" : tensor<1x8x64xbf16>
  // expected-note @+1 {{operand defined here (op in the same block)}}
  %x = dag.input "x" : tensor<1x8x64xbf16>
}

// -----

// DAG005: a stage off its axis.

dag.mesh @m <pp = 2>

dag.model @coordinate on @m {
  %x = dag.input "x" : tensor<64xf32>
  dag.output %x "y" : tensor<64xf32>
  // expected-warning @+1 {{[DAG005] 'dag.stage' op (C8) expected a coordinate below 2 on "pp", but got 2}}
  dag.stage 0 on pp = 2 () {
    dag.yield
  }
}

// -----

// DAG005: no such mesh.

// expected-warning @+1 {{[DAG005] 'dag.model' op (C4) expected @m to be a mesh}}
dag.model @no_mesh on @m {
  %x = dag.input "x" : tensor<64xf32>
  dag.output %x "y" : tensor<64xf32>
}

// -----

// Typing is a matter of the other checks.

dag.model @typing {
  %x = dag.input "x" : tensor<1x8x64xbf16>
  %w = dag.parameter "w" : tensor<256x32xbf16>
  %0 = dag.linear %x, %w : (tensor<1x8x64xbf16>, tensor<256x32xbf16>)
      -> tensor<1x8x256xbf16>
  dag.output %0 "y" : tensor<1x8x256xbf16>
}

// -----

// DAG005: a mesh that is malformed is none.

// expected-warning @+1 {{[DAG005] 'dag.mesh' op (C3) expected 2 devices, but got 1}}
dag.mesh @m <pp = 2> devices = [1]

// expected-warning @+1 {{[DAG005] 'dag.model' op (C4) expected @m to be a mesh}}
dag.model @bad_mesh on @m {
  %x = dag.input "x" : tensor<64xf32>
  dag.stage 0 on pp = 0 devices [1] () {
    dag.yield
  }
  dag.stage 1 on pp = 1 devices [2] () {
    dag.yield
  }
  dag.output %x "y" : tensor<64xf32>
}

// -----

// Two models of one name.

dag.mesh @m <tp = 1>
// expected-note @+1 {{it is defined here}}
dag.model @twice on @m {
  %x = dag.input "x" : tensor<2xf32>
  dag.output %x "y" : tensor<2xf32>
}
// expected-warning @+1 {{[DAG005] redefinition of symbol named 'twice'}}
dag.model @twice on @m {
  %x = dag.input "x" : tensor<2xf32>
  dag.output %x "y" : tensor<2xf32>
}

// -----

// Nor of two symbols in a module inside of it.

dag.mesh @m <tp = 1>
dag.model @once on @m {
  %x = dag.input "x" : tensor<2xf32>
  dag.output %x "y" : tensor<2xf32>
}
module @inside {
  // expected-note @+1 {{it is defined here}}
  dag.mesh @n <tp = 4>
  // expected-warning @+1 {{[DAG005] redefinition of symbol named 'n'}}
  dag.mesh @n <tp = 4>
}

// -----

// What ops of other dialects say of what is in them.

dag.mesh @m <tp = 1>
dag.model @beside on @m {
  %x = dag.input "x" : tensor<2xf32>
  dag.output %x "y" : tensor<2xf32>
}
gpu.module @kernels {
  // expected-warning @+1 {{[DAG005] 'tile.kernel' op (C2) expected at least one role}}
  tile.kernel @empty() {
  }
}
