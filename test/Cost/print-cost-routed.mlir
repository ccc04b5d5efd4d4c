// RUN: dag-opt %s -o /dev/null --dag-print-cost | FileCheck %s
// RUN: dag-opt %s -o /dev/null --dag-print-cost=all-slots | FileCheck %s --check-prefix=ALL

// Of 8 tokens each goes to 2 of 4 experts, which have room for all 8: 16 of 32
// slots are used. A rank of two sends half of its tensor, [4, 4, 64] in two
// bytes, as far as there is something in it: 512 bytes, or 1024 in the worst
// case.

// CHECK: | model | {{.*}} | 2 | 1024 |
// ALL: | model | {{.*}} | 2 | 2048 |
dag.mesh @m <ep = 2>
dag.model @routed on @m {
  %x = dag.input "x" : tensor<2x4x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %i = dag.input "i" : tensor<2x4x2xi32, #dag.sharding<[{ep}, {}, {}]>>
  %0 = dag.dispatch %x, %i experts = 4 capacity = 8
      : (tensor<2x4x64xbf16, #dag.sharding<[{ep}, {}, {}]>>,
         tensor<2x4x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  %1 = dag.all_to_all %0 split 0 concat 1 over {ep}
      : (tensor<4x8x64xbf16, #dag.sharding<[{}, {ep}, {}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>
  %2 = dag.all_to_all %1 split 1 concat 0 over {ep}
      : (tensor<4x8x64xbf16, #dag.sharding<[{ep}, {}, {}]>>)
      -> tensor<4x8x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
  dag.output %2 "y" : tensor<4x8x64xbf16, #dag.sharding<[{}, {ep}, {}]>>
}
