// RUN: dag-opt %s --split-input-file --verify-diagnostics \
// RUN:   --dag-verify-memory="device=small devices=%S/Inputs/devices.json \
// RUN:   reserve=0 nccl-reserve=0"

// The device has 64 KiB. This rank needs all of them: two parameters of 16 KiB
// and two activations of as many.

dag.model @fits {
  %x = dag.input "x" : tensor<128x64xbf16>
  %w = dag.parameter "w" : tensor<128x64xbf16>
  %v = dag.parameter "v" : tensor<128x64xbf16>
  %0 = dag.activation silu %x : (tensor<128x64xbf16>) -> tensor<128x64xbf16>
  dag.output %0 "x" : tensor<128x64xbf16>
}

// -----

// DAG901: the weights alone are too many.

// expected-error @+2 {{[DAG901] expected a rank of the model to fit into the 64.00 KiB of small, but it needs 200.12 KiB: weights 200.00 KiB, KV cache 0 bytes, activations 128 bytes, transfer buffers 0 bytes, libraries 0 bytes}}
// expected-note @+1 {{hint: The weights alone need 4 times as many ranks: a larger tp or pp, or a larger device.}}
dag.model @weights {
  // expected-note @+1 {{here 128 bytes of activations live}}
  %x = dag.input "x" : tensor<64xbf16>
  // expected-note @+1 {{the parameter 'a' takes 16.00 KiB}}
  %a = dag.parameter "a" : tensor<128x64xbf16>
  // expected-note @+1 {{the parameter 'b' takes 48.00 KiB}}
  %b = dag.parameter "b" : tensor<384x64xbf16>
  // Only the three largest have notes.
  %c = dag.parameter "c" : tensor<64x64xbf16>
  // expected-note @+1 {{the parameter 'd' takes 128.00 KiB}}
  %d = dag.parameter "d" : tensor<1024x64xbf16>
  dag.output %x "x" : tensor<64xbf16>
}

// -----

// DAG901: the cache does not fit beside them. Of what is free (48 KiB) it may
// have nine tenths.

// expected-error @+2 {{[DAG901] expected a rank of the model to fit into the 64.00 KiB of small, but it needs 80.00 KiB: weights 16.00 KiB, KV cache 64.00 KiB,}}
// expected-note @+1 {{hint: There is room for 345 of 512 tokens in the KV cache: plan with fewer tokens, or with a larger tp or pp.}}
dag.model @cache {
  // expected-note @+1 {{the parameter 'a' takes 16.00 KiB}}
  %a = dag.parameter "a" : tensor<128x64xbf16>
  // expected-note @+1 {{the KV caches hold 512 tokens of 128 bytes each}}
  %k = dag.kv_cache "k" : tensor<2x256x1x32xbf16>
  %v = dag.kv_cache "v" : tensor<2x256x1x32xbf16>
}

// -----

// DAG901: the activations do not fit. The fullest rank is the one that has a
// finding; the others that are too full have a note.

dag.mesh @m <pp = 3>

dag.model @activations on @m {
  // expected-note @+1 {{among them the 32.00 KiB made here}}
  %x = dag.input "x" : tensor<256x64xbf16>
  // expected-note @+1 {{a rank of stage 0 needs 65.00 KiB}}
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<256x64xbf16>) -> (tensor<256x64xbf16>) {
    %w = dag.parameter "a" : tensor<8x64xbf16>
    %y = dag.scale %i by 2.0 : (tensor<256x64xbf16>) -> tensor<256x64xbf16>
    dag.yield %y : tensor<256x64xbf16>
  }
  // expected-error @+2 {{[DAG901] expected a rank of stage 1 to fit into the 64.00 KiB of small, but it needs 66.00 KiB:}}
  // expected-note @+1 {{hint: Activations take 64.00 KiB: plan with smaller batches or shorter prompts, with sequence parallelism, or with a larger tp.}}
  %1 = dag.stage 1 on pp = 1 (%i = %x : tensor<256x64xbf16>) -> (tensor<256x64xbf16>) {
    // expected-note @+1 {{the parameter 'b' takes 2.00 KiB}}
    %w = dag.parameter "b" : tensor<16x64xbf16>
    // expected-note @+1 {{here 64.00 KiB of activations live}}
    %y = dag.scale %i by 2.0 : (tensor<256x64xbf16>) -> tensor<256x64xbf16>
    dag.yield %y : tensor<256x64xbf16>
  }
  %2 = dag.stage 2 on pp = 2 (%i = %x : tensor<256x64xbf16>) -> (tensor<256x64xbf16>) {
    %y = dag.scale %i by 2.0 : (tensor<256x64xbf16>) -> tensor<256x64xbf16>
    dag.yield %y : tensor<256x64xbf16>
  }
}

// -----

// DAG902: it fits, but engines do not give all that is free to the cache.

// expected-error @+2 {{[DAG902] expected the KV cache of a rank of the model to take at most 90 % of the 32.00 KiB that are free on small, but it takes 30.00 KiB}}
// expected-note @+1 {{hint: Plan with at most 230 of the 240 tokens, or with more ranks.}}
dag.model @cut {
  %a = dag.parameter "a" : tensor<256x64xbf16>
  // expected-note @+1 {{the KV caches hold 240 tokens of 128 bytes each}}
  %k = dag.kv_cache "k" : tensor<1x240x64xbf16>
}

// -----

// DAG903: one stage needs much more than the others.

dag.mesh @m <pp = 2>

dag.model @balance on @m {
  // expected-note @+1 {{a rank of stage 0 needs 16.00 KiB}}
  dag.stage 0 on pp = 0 () {
    %w = dag.parameter "a" : tensor<128x64xbf16>
    dag.yield
  }
  // expected-remark @+1 {{[DAG903] expected a rank of stage 1 to need at most 20 % more than the average of 20.06 KiB, but it needs 24.12 KiB}}
  dag.stage 1 on pp = 1 () {
    %w = dag.parameter "b" : tensor<193x64xbf16>
    dag.yield
  }
}

// -----

// A fifth more is still even.

dag.mesh @m <pp = 2>

dag.model @even on @m {
  dag.stage 0 on pp = 0 () {
    %w = dag.parameter "a" : tensor<128x64xbf16>
    dag.yield
  }
  dag.stage 1 on pp = 1 () {
    %w = dag.parameter "b" : tensor<192x64xbf16>
    dag.yield
  }
}

// -----

// DAG904: a size is open.

dag.model @dynamic {
  %x = dag.input "x" : tensor<?x64xbf16>
  %y = dag.input "y" : tensor<64x64xbf16>
  // expected-warning @-2 {{[DAG904] expected the sizes of all tensors of the model to be known, but 2 are not}}
  %0 = dag.activation silu %x : (tensor<?x64xbf16>) -> tensor<?x64xbf16>
  dag.output %0 "x" : tensor<?x64xbf16>
}

// -----

// The same for what goes into a stage.

dag.mesh @m <pp = 1>

dag.model @dynamic_stage on @m {
  // expected-warning @+1 {{[DAG904] expected the sizes of all tensors of stage 0 to be known, but 1 is not}}
  %x = dag.input "x" : tensor<?x64xbf16>
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<?x64xbf16>) -> (tensor<?x64xbf16>) {
    dag.yield %i : tensor<?x64xbf16>
  }
}

// -----

// What is known is too much already.

// expected-error @+2 {{[DAG901] expected a rank of the model to fit into the 64.00 KiB of small, but it needs at least 128.00 KiB:}}
// expected-note @+1 {{hint: The weights alone need 2 times as many ranks}}
dag.model @too_much_already {
  // expected-note @+1 {{the parameter 'a' takes 128.00 KiB}}
  %a = dag.parameter "a" : tensor<1024x64xbf16>
  // expected-warning @+1 {{[DAG904] expected the sizes of all tensors of the model to be known, but 1 is not}}
  %k = dag.kv_cache "k" : tensor<1x?x64xbf16>
}

// -----

// No stage is called the fullest where not all is known: 16 KiB and an unknown
// batch against nothing at all.

dag.mesh @m <pp = 2>
dag.model @unknown_balance on @m {
  // expected-warning @+1 {{[DAG904] expected the sizes of all tensors of stage 0 to be known, but 2 are not}}
  %x = dag.input "x" : tensor<?x64xbf16>
  %w = dag.parameter "w" : tensor<128x64xbf16>
  // expected-warning @+1 {{[DAG904] expected the sizes of all tensors of stage 1 to be known, but 1 is not}}
  %0 = dag.stage 0 on pp = 0 (%i = %x : tensor<?x64xbf16>, %v = %w : tensor<128x64xbf16>) -> (tensor<?x64xbf16>) {
    %1 = dag.activation silu %i : (tensor<?x64xbf16>) -> tensor<?x64xbf16>
    dag.yield %1 : tensor<?x64xbf16>
  }
  %2 = dag.stage 1 on pp = 1 (%i = %0 : tensor<?x64xbf16>) -> (tensor<?x64xbf16>) {
    dag.yield %i : tensor<?x64xbf16>
  }
}

// -----

// DAG901: too much without what is not known.

// expected-error @+2 {{[DAG901] expected a rank of the model to fit into the 64.00 KiB of small, but it needs at least 65.00 KiB: weights 65.00 KiB, KV cache 0 bytes, activations unknown, transfer buffers 0 bytes, libraries 0 bytes}}
// expected-note @+1 {{hint: The weights alone need 2 times as many ranks: a larger tp or pp, or a larger device.}}
dag.model @at_least {
  // expected-warning @+1 {{[DAG904] expected the sizes of all tensors of the model to be known, but 1 is not}}
  %x = dag.input "x" : tensor<?x64xbf16>
  // expected-note @+1 {{the parameter 'a' takes 65.00 KiB}}
  %a = dag.parameter "a" : tensor<520x64xbf16>
}

// -----

// The layers that a sampling leaves out need memory as well.

// expected-warning @+1 {{UNVERIFIED: '@sample' holds only some of the layers}}
dag.model @sample <num_layers = 8> sampling = [0] because "all layers are alike" {
  %x = dag.input "x" : tensor<64xbf16>
  %0 = dag.layer 0 (%a = %x : tensor<64xbf16>) -> (tensor<64xbf16>) {
    %1 = dag.activation silu %a : (tensor<64xbf16>) -> tensor<64xbf16>
    dag.yield %1 : tensor<64xbf16>
  }
  dag.output %0 "y" : tensor<64xbf16>
}

// -----

// Two plans on one mesh share its devices.

dag.mesh @mesh <tp = 2>
dag.mesh @other <tp = 2> devices = [2, 3]
dag.model @prefill on @mesh {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
// expected-warning @+1 {{UNVERIFIED: '@decode' is on the same devices, and what both need together is not counted}}
dag.model @decode on @mesh {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
dag.model @elsewhere on @other {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}

// -----

// So do two meshes that state one device, and those whose stages do.

dag.mesh @first <tp = 2> devices = [0, 1]
dag.mesh @second <tp = 2> devices = [1, 2]
dag.mesh @third <pp = 1>
dag.mesh @fourth <tp = 2> devices = [8, 9]
dag.model @prefill on @first {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
// expected-warning @+1 {{UNVERIFIED: '@decode' is on the same devices, and what both need together is not counted}}
dag.model @decode on @second {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
dag.model @draft on @third {
  %x = dag.input "x" : tensor<64xbf16>
  %0 = dag.stage 0 on pp = 0 devices [2] (%a = %x : tensor<64xbf16>) -> (tensor<64xbf16>) {
    dag.yield %a : tensor<64xbf16>
  }
  dag.output %0 "y" : tensor<64xbf16>
}
dag.model @elsewhere on @fourth {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}

// -----

// Where nothing states devices, they count from 0 for both.

dag.mesh @first <tp = 2>
dag.mesh @second <tp = 4>
dag.model @decode on @first {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
// expected-warning @+1 {{UNVERIFIED: '@prefill' is on the same devices, and what both need together is not counted}}
dag.model @prefill on @second {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}

// -----

// A reference is not run beside the plan.

dag.mesh @mesh <tp = 2>
dag.model @plan on @mesh {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
dag.model @before on @mesh attributes {dag.reference} {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}

// -----

// A sampling of all layers leaves none out.

dag.model @whole <num_layers = 1> sampling = [0] because "all of them" {
  %x = dag.input "x" : tensor<64xbf16>
  dag.output %x "y" : tensor<64xbf16>
}
