// RUN: dag-test-opt %s --pass-pipeline="builtin.module(dag.model(test-dag-local-shapes))" -verify-diagnostics

dag.mesh @m <tp = 2, rep = 2>

dag.model @shards on @m {
  // expected-remark @+1 {{largest [6, 8], 192 of 192 bytes; [6, 8], [6, 8], [6, 8], [6, 8]}}
  %a = dag.input "replicated" : tensor<6x8xf32>
  // expected-remark @+1 {{largest [6, 4], 96 of 192 bytes; [6, 4], [6, 4], [6, 4], [6, 4]}}
  %b = dag.input "split" : tensor<6x8xf32, #dag.sharding<[{}, {tp}]>>
  // expected-remark @+1 {{largest [3, 2, 2], 48 of 192 bytes; [3, 2, 2], [3, 2, 2], [3, 2, 2], [3, 2, 2]}}
  %c = dag.input "both"
      : tensor<6x4x2xf32, #dag.sharding<[{tp}, {rep}, {}]>>
}

dag.model @ragged on @m {
  // expected-remark @+1 {{largest [2, 8], 32 of 128 bytes; [2, 8], [2, 8], [2, 8], [2, 8]}}
  %a = dag.input "padded"
      : tensor<8x8xbf16, #dag.sharding<[{tp, rep} pad 2, {}]>>
  // The first size mod n devices have one more, major axis first.
  // expected-remark @+1 {{largest [2], 4 of 12 bytes; [2], [2], [1], [1]}}
  %b = dag.input "uneven"
      : tensor<6xbf16, #dag.sharding<[{tp, rep} uneven]>>
  // expected-remark @+1 {{largest [2], 4 of 12 bytes; [2], [1], [2], [1]}}
  %c = dag.input "other_order"
      : tensor<6xbf16, #dag.sharding<[{rep, tp} uneven]>>
}

dag.model @without_bytes on @m {
  // expected-remark @+1 {{largest [-9223372036854775808, 4]; }}
  %a = dag.input "dynamic" : tensor<?x8xf32, #dag.sharding<[{tp}, {rep}]>>
  // expected-remark @+1 {{largest [4611686018427387904, 4]; }}
  %b = dag.input "huge" : tensor<4611686018427387904x4xf32>
  // expected-remark @+1 {{largest [4], 2 of 4 bytes}}
  %c = dag.input "bits" : tensor<8xi4, #dag.sharding<[{tp}]>>
}
