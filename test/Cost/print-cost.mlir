// RUN: dag-opt %s --dag-print-cost -o /dev/null | FileCheck %s
// RUN: dag-opt %s --dag-print-cost=output=%t -o /dev/null | count 0
// RUN: FileCheck %s < %t
// RUN: not dag-opt %s --dag-print-cost=output=%t.none/file -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-FILE
// RUN: echo "module {}" | dag-opt --dag-print-cost -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-MODEL

// NO-FILE: error: cannot write
// NO-MODEL: remark: found no dag.model to print the cost of

dag.mesh @m <pp = 2, tp = 2>

// Stages, a tied parameter on one rank and on two, padding, a cache of which
// each rank has half of the heads, and one that both have.

// CHECK-LABEL: # Cost of @model
// CHECK-EMPTY:
// CHECK-NEXT: | figure | value |
// CHECK-NEXT: |-----{{-+[|]-+}}:|
// CHECK-NEXT: | ranks | 4 |

// 63 * 8 of the table, 8 of each of four norms, and 8 * 8.
// CHECK-NEXT: | parameters of the model, tied ones once | 600 |
// CHECK-NEXT: | KV cache: tokens | 32 |

// 2 heads of 8 elements once, 4 elements twice.
// CHECK-NEXT: | KV cache: bytes for a token, all ranks | 48 |
// CHECK-NEXT: | KV cache: bytes for a token, fullest rank | 24 |
// CHECK-EMPTY:
// CHECK-NEXT: ## One rank of each stage
// CHECK-EMPTY:
// CHECK-NEXT: | part | parameters | bytes | KV cache bytes | FLOPs | collectives | bytes sent | sends | bytes sent |
// CHECK-NEXT: |-------

// The table once, the norms apart: 32 * 8 + 8 + 8.
// CHECK-NEXT: | stage 0: layers 0-1, each | 8 | 16 | 0 | 0 | 0 | 0 | 0 | 0 |
// CHECK-NEXT: | stage 0: other | 512 | 1024 | 768 | 8192 | 1 | 256 | 1 | 256 |
// CHECK-NEXT: | stage 0 | 272 | 544 | 768 | 8192 | 1 | 256 | 1 | 256 |
// CHECK-NEXT: | stage 1: layer 2 | 8 | 16 | 0 | 0 | 0 | 0 | 0 | 0 |
// CHECK-NEXT: | stage 1: layer 3 | 40 | 80 | 0 | 1024 | 0 | 0 | 0 | 0 |
// CHECK-NEXT: | stage 1: other | 256 | 512 | 0 | 0 | 0 | 0 | 0 | 0 |
// CHECK-NEXT: | stage 1 | 304 | 608 | 0 | 1024 | 0 | 0 | 0 | 0 |
// CHECK-NEXT: | all stages | 576 | 1152 | 768 | 9216 | 1 | 256 | 1 | 256 |
// CHECK-EMPTY:
// CHECK-NEXT: ## Collectives of a rank
// CHECK-EMPTY:
// CHECK-NEXT: | part | all_reduce | bytes sent |
// CHECK: | all stages | 1 | 256 |
dag.model @model on @m {
  dag.comm_buffer @b : tensor<1x16x8xbf16>
  %ids = dag.input "ids" : tensor<1x16xi32>
  %0 = dag.stage 0 on pp = 0 (%i = %ids : tensor<1x16xi32>)
      -> (!dag.transfer<tensor<1x16x8xbf16>>) {
    %w = dag.parameter "table" : tensor<64x8xbf16, #dag.sharding<[{tp} pad 1, {}]>>
    %x = dag.embedding %i, %w : (tensor<1x16xi32>,
        tensor<64x8xbf16, #dag.sharding<[{tp} pad 1, {}]>>)
        -> tensor<1x16x8xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>
    %r = dag.all_reduce %x over {tp} :
        (tensor<1x16x8xbf16, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
        -> tensor<1x16x8xbf16>
    %k = dag.kv_cache "k" : tensor<2x16x2x8xbf16, #dag.sharding<[{}, {}, {tp}, {}]>>
    %l = dag.kv_cache "l" : tensor<1x32x4xbf16>
    %1 = dag.layer 0 (%a = %r : tensor<1x16x8xbf16>) -> (tensor<1x16x8xbf16>) {
      %n = dag.parameter "norm0" : tensor<8xbf16>
      %2 = dag.rms_norm %a, %n epsilon = 0.0 : (tensor<1x16x8xbf16>, tensor<8xbf16>)
          -> tensor<1x16x8xbf16>
      dag.yield %2 : tensor<1x16x8xbf16>
    }
    %3 = dag.layer 1 (%a = %1 : tensor<1x16x8xbf16>) -> (tensor<1x16x8xbf16>) {
      %n = dag.parameter "norm1" : tensor<8xbf16>
      %2 = dag.rms_norm %a, %n epsilon = 0.0 : (tensor<1x16x8xbf16>, tensor<8xbf16>)
          -> tensor<1x16x8xbf16>
      dag.yield %2 : tensor<1x16x8xbf16>
    }
    %h = dag.parameter "table" : tensor<64x8xbf16, #dag.sharding<[{tp} pad 1, {}]>>
    %y = dag.linear %3, %h : (tensor<1x16x8xbf16>,
        tensor<64x8xbf16, #dag.sharding<[{tp} pad 1, {}]>>)
        -> tensor<1x16x64xbf16, #dag.sharding<[{}, {}, {tp} pad 1]>>
    %s = dag.send %3 to 1 via @b : (tensor<1x16x8xbf16>)
        -> !dag.transfer<tensor<1x16x8xbf16>>
    dag.yield %s : !dag.transfer<tensor<1x16x8xbf16>>
  }
  %1 = dag.stage 1 on pp = 1 (%i = %0 : !dag.transfer<tensor<1x16x8xbf16>>)
      -> (tensor<1x16x8xbf16>) {
    %x = dag.recv %i from 0 via @b : (!dag.transfer<tensor<1x16x8xbf16>>)
        -> tensor<1x16x8xbf16>
    %2 = dag.layer 2 (%a = %x : tensor<1x16x8xbf16>) -> (tensor<1x16x8xbf16>) {
      %n = dag.parameter "norm2" : tensor<8xbf16>
      %3 = dag.rms_norm %a, %n epsilon = 0.0 : (tensor<1x16x8xbf16>, tensor<8xbf16>)
          -> tensor<1x16x8xbf16>
      dag.yield %3 : tensor<1x16x8xbf16>
    }
    %4 = dag.layer 3 (%a = %2 : tensor<1x16x8xbf16>) -> (tensor<1x16x8xbf16>) {
      %n = dag.parameter "norm3" : tensor<8xbf16>
      %w = dag.parameter "w3" : tensor<8x8xbf16, #dag.sharding<[{tp}, {}]>>
      %3 = dag.rms_norm %a, %n epsilon = 0.0 : (tensor<1x16x8xbf16>, tensor<8xbf16>)
          -> tensor<1x16x8xbf16>
      %6 = dag.linear %3, %w : (tensor<1x16x8xbf16>,
          tensor<8x8xbf16, #dag.sharding<[{tp}, {}]>>)
          -> tensor<1x16x8xbf16, #dag.sharding<[{}, {}, {tp}]>>
      dag.yield %3 : tensor<1x16x8xbf16>
    }
    %t = dag.parameter "table" : tensor<64x8xbf16, #dag.sharding<[{tp} pad 1, {}]>>
    dag.yield %4 : tensor<1x16x8xbf16>
  }
  dag.output %1 "x" : tensor<1x16x8xbf16>
}
