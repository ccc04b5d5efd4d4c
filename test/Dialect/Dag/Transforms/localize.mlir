// RUN: dag-opt --split-input-file --dag-localize --dag-verify-phase=phase=rank %s | FileCheck %s -enable-var-scope

// Programs give what their plans give, to the last bit.
// RUN: rm -rf %t && mkdir %t && cd %t
// RUN: sh %S/Inputs/compare-localized.sh %s

// A function for each stage; transfers are calls on the axis of the stages.
// CHECK-LABEL: dag.program @stages on @m figures {hidden_size = 4 : i64} {
// CHECK-DAG: dag.communicator @tp over {tp}
// CHECK-DAG: dag.communicator @pp over {pp}
// CHECK-DAG: dag.comm_buffer @b : tensor<1x8x4xf32>, slots = 2
// CHECK: dag.function @stage0 stage 0 ranks 0 to 1 devices = [4, 5] {
// CHECK-NEXT: %[[X:.*]] = dag.input "x" : tensor<1x8x4xf32>
// CHECK-NEXT: %[[L:.*]] = dag.to_local %[[X]] : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
// CHECK-NEXT: %[[W:.*]] = dag.parameter "w" : tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
// CHECK-NEXT: %[[LW:.*]] = dag.to_local %[[W]] {{.*}} -> tensor<4x4xf32>
// CHECK-NEXT: %[[U:.*]] = dag.linear %[[L]], %[[LW]] as ffn_up : (tensor<1x8x4xf32>, tensor<4x4xf32>) -> tensor<1x8x4xf32>
// CHECK-NEXT: %[[V:.*]] = dag.parameter "v"
// CHECK-NEXT: %[[LV:.*]] = dag.to_local %[[V]] {{.*}} -> tensor<4x4xf32>
// CHECK-NEXT: %[[P:.*]] = dag.linear %[[U]], %[[LV]] as ffn_down
// CHECK-NEXT: %[[S:.*]] = dag.comm.all_reduce %[[P]] on @tp : (tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
// CHECK-NEXT: dag.comm.send %[[S]] to 1 on @pp via @b : tensor<1x8x4xf32>
// CHECK-NEXT: }
// CHECK-NEXT: dag.function @stage1 stage 1 ranks 2 to 3 {
// CHECK-NEXT: %[[R:.*]] = dag.comm.recv from 0 on @pp via @b : tensor<1x8x4xf32>
// CHECK-NEXT: %[[G:.*]] = dag.from_local %[[R]]
// CHECK-NEXT: dag.output %[[G]] "y" : tensor<1x8x4xf32>
dag.mesh @m <pp = 2, tp = 2>
dag.model @stages on @m <hidden_size = 4> {
  dag.comm_buffer @b : tensor<1x8x4xf32>, slots = 2
  %x = dag.input "x" : tensor<1x8x4xf32>
  %0 = dag.stage 0 on pp = 0 layers [0, 1) devices [4, 5]
      (%a = %x : tensor<1x8x4xf32>) -> (!dag.transfer<tensor<1x8x4xf32>>) {
    %w = dag.parameter "w" : tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>
    %u = dag.linear %a, %w as ffn_up
      : (tensor<1x8x4xf32>, tensor<8x4xf32, #dag.sharding<[{tp}, {}]>>)
      -> tensor<1x8x8xf32, #dag.sharding<[{}, {}, {tp}]>>
    %v = dag.parameter "v" : tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>
    %d = dag.linear %u, %v as ffn_down
      : (tensor<1x8x8xf32, #dag.sharding<[{}, {}, {tp}]>>,
         tensor<4x8xf32, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x8x4xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>
    %s = dag.all_reduce %d over {tp}
      : (tensor<1x8x4xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x8x4xf32>
    %t = dag.send %s to 1 via @b
      : (tensor<1x8x4xf32>) -> !dag.transfer<tensor<1x8x4xf32>>
    dag.yield %t : !dag.transfer<tensor<1x8x4xf32>>
  }
  %1 = dag.stage 1 on pp = 1 (%a = %0 : !dag.transfer<tensor<1x8x4xf32>>)
      -> (tensor<1x8x4xf32>) {
    %r = dag.recv %a from 0 via @b
      : (!dag.transfer<tensor<1x8x4xf32>>) -> tensor<1x8x4xf32>
    dag.yield %r : tensor<1x8x4xf32>
  }
  dag.output %1 "y" : tensor<1x8x4xf32>
}

// -----

// Ranks are row-major; where the stages' axis is the minor one, those of a stage
// do not stand in a row. Stages of one rank keep what they would send.
// CHECK-LABEL: dag.program @placement
// CHECK: dag.comm_buffer @b : tensor<4xf32>
// CHECK: dag.function @stage0 stage 0 ranks 0, 2 devices = [7, 5] {
// CHECK: dag.stash %{{.*}} in @b : tensor<4xf32>
// CHECK: dag.output %{{.*}} "x"
// CHECK: dag.function @stage1 stage 1 ranks 0, 2 devices = [7, 5] {
// CHECK: dag.unstash @b : tensor<4xf32>
dag.mesh @m <tp = 2, pp = 2> devices = [7, 6, 5, 4]
dag.model @placement on @m {
  dag.comm_buffer @b : tensor<8xf32, #dag.sharding<[{tp}]>>
  dag.schedule "forward" microbatches = 2
  %x = dag.input "x" : tensor<8xf32, #dag.sharding<[{tp}]>>
  %0 = dag.stage 0 on pp = 0 (%a = %x : tensor<8xf32, #dag.sharding<[{tp}]>>)
      -> (!dag.transfer<tensor<8xf32, #dag.sharding<[{tp}]>>>) {
    %t = dag.send %a to 1 via @b : (tensor<8xf32, #dag.sharding<[{tp}]>>)
      -> !dag.transfer<tensor<8xf32, #dag.sharding<[{tp}]>>>
    dag.yield %t : !dag.transfer<tensor<8xf32, #dag.sharding<[{tp}]>>>
  }
  %1 = dag.stage 1 on pp = 0
      (%a = %0 : !dag.transfer<tensor<8xf32, #dag.sharding<[{tp}]>>>)
      -> (tensor<8xf32, #dag.sharding<[{tp}]>>) {
    %r = dag.recv %a from 0 via @b
      : (!dag.transfer<tensor<8xf32, #dag.sharding<[{tp}]>>>)
      -> tensor<8xf32, #dag.sharding<[{tp}]>>
    dag.yield %r : tensor<8xf32, #dag.sharding<[{tp}]>>
  }
  dag.output %1 "y" : tensor<8xf32, #dag.sharding<[{tp}]>>
  dag.output %x "x" : tensor<8xf32, #dag.sharding<[{tp}]>>
}

// -----

// Collectives of all kinds. Padding is added before a split, and cut off behind
// a gather.
// CHECK-LABEL: dag.program @collectives
// CHECK: dag.communicator @a over {a}
// CHECK: dag.communicator @b_a over {b, a}
// CHECK: dag.function @main ranks 0 to 3 {
// CHECK: %[[X:.*]] = dag.to_local %{{.*}} : (tensor<5x4xf32>) -> tensor<5x4xf32>
// CHECK-NEXT: %[[P:.*]] = dag.pad %[[X]] dim 0 by 1 : (tensor<5x4xf32>) -> tensor<6x4xf32>
// CHECK-NEXT: %[[O:.*]] = dag.shard_offset 6 split <{a}> : tensor<i32>
// CHECK-NEXT: %[[S:.*]] = dag.dynamic_slice %[[P]] dim 0 at %[[O]] size 3 : (tensor<6x4xf32>, tensor<i32>) -> tensor<3x4xf32>
// CHECK-NEXT: %[[G:.*]] = dag.comm.all_gather %[[S]] dim 0 on @a : (tensor<3x4xf32>) -> tensor<6x4xf32>
// CHECK-NEXT: dag.dynamic_slice %[[G]] dim 0 size 5 : (tensor<6x4xf32>) -> tensor<5x4xf32>
// CHECK: %[[Q:.*]] = dag.pad %{{.*}} dim 0 by 1
// CHECK-NEXT: dag.comm.reduce_scatter %[[Q]] dim 0 on @a : (tensor<6x4xf32>) -> tensor<3x4xf32>
// CHECK: %[[H:.*]] = dag.comm.all_gather %{{.*}} dim 1 on @b_a : (tensor<5x1xf32>) -> tensor<5x4xf32>
// CHECK: dag.comm.all_to_all %{{.*}} split 0 concat 1 on @a : (tensor<4x2xf32>) -> tensor<2x4xf32>
// CHECK: dag.comm.broadcast %{{.*}} root 1 on @a : (tensor<5xf32>) -> tensor<5xf32>
// CHECK: %[[R:.*]] = dag.pad %{{.*}} dim 0 by 1
// CHECK-NEXT: %[[T:.*]] = dag.comm.scatter %[[R]] dim 0 root 1 on @a : (tensor<6xf32>) -> tensor<3xf32>
// CHECK-NEXT: %[[U:.*]] = dag.comm.gather %[[T]] dim 0 root 0 on @a : (tensor<3xf32>) -> tensor<6xf32>
// CHECK-NEXT: dag.dynamic_slice %[[U]] dim 0 size 5 : (tensor<6xf32>) -> tensor<5xf32>
dag.mesh @m <a = 2, b = 2>
dag.model @collectives on @m {
  %x = dag.input "x" : tensor<5x4xf32>
  %0 = dag.slice %x dim 0 over {a} pad 1
    : (tensor<5x4xf32>) -> tensor<6x4xf32, #dag.sharding<[{a} pad 1, {}]>>
  %1 = dag.all_gather %0 dim 0 over {a}
    : (tensor<6x4xf32, #dag.sharding<[{a} pad 1, {}]>>) -> tensor<5x4xf32>
  dag.output %1 "gathered" : tensor<5x4xf32>
  %w = dag.parameter "w" : tensor<4x4xf32, #dag.sharding<[{}, {a}]>>
  %y = dag.input "y" : tensor<5x4xf32, #dag.sharding<[{}, {a}]>>
  %2 = dag.linear %y, %w
    : (tensor<5x4xf32, #dag.sharding<[{}, {a}]>>,
       tensor<4x4xf32, #dag.sharding<[{}, {a}]>>)
    -> tensor<5x4xf32, #dag.sharding<[{}, {}], partial = {a}>>
  %3 = dag.reduce_scatter %2 dim 0 over {a} pad 1
    : (tensor<5x4xf32, #dag.sharding<[{}, {}], partial = {a}>>)
    -> tensor<6x4xf32, #dag.sharding<[{a} pad 1, {}]>>
  dag.output %3 "scattered" : tensor<6x4xf32, #dag.sharding<[{a} pad 1, {}]>>
  %z = dag.input "z" : tensor<5x4xf32, #dag.sharding<[{}, {b, a}]>>
  %4 = dag.all_gather %z dim 1 over {b, a}
    : (tensor<5x4xf32, #dag.sharding<[{}, {b, a}]>>) -> tensor<5x4xf32>
  dag.output %4 "both" : tensor<5x4xf32>
  %q = dag.input "q" : tensor<4x4xf32, #dag.sharding<[{}, {a}]>>
  %5 = dag.all_to_all %q split 0 concat 1 over {a}
    : (tensor<4x4xf32, #dag.sharding<[{}, {a}]>>)
    -> tensor<4x4xf32, #dag.sharding<[{a}, {}]>>
  dag.output %5 "exchanged" : tensor<4x4xf32, #dag.sharding<[{a}, {}]>>
  %r = dag.input "r" : tensor<5xf32, #dag.sharding<[{}], root = {a = 1}>>
  %6 = dag.broadcast %r from {a = 1}
    : (tensor<5xf32, #dag.sharding<[{}], root = {a = 1}>>) -> tensor<5xf32>
  dag.output %6 "everywhere" : tensor<5xf32>
  %7 = dag.scatter %r dim 0 from {a = 1} pad 1
    : (tensor<5xf32, #dag.sharding<[{}], root = {a = 1}>>)
    -> tensor<6xf32, #dag.sharding<[{a} pad 1]>>
  %8 = dag.gather %7 dim 0 to {a = 0}
    : (tensor<6xf32, #dag.sharding<[{a} pad 1]>>)
    -> tensor<5xf32, #dag.sharding<[{}], root = {a = 0}>>
  dag.output %8 "back" : tensor<5xf32, #dag.sharding<[{}], root = {a = 0}>>
}

// -----

// Where shards differ in size there is a function for each size.
// CHECK-LABEL: dag.program @uneven
// CHECK: dag.function @main_0 ranks 0 {
// CHECK: dag.to_local %{{.*}} -> tensor<3x4xf32>
// CHECK: dag.comm.all_gather %{{.*}} dim 0 on @tp uneven : (tensor<3x4xf32>) -> tensor<5x4xf32>
// CHECK: %[[O:.*]] = dag.shard_offset 5 split <{tp} uneven> : tensor<i32>
// CHECK: dag.dynamic_slice %{{.*}} dim 0 at %[[O]] size 3
// CHECK: dag.function @main_1 ranks 1 {
// CHECK: dag.to_local %{{.*}} -> tensor<2x4xf32>
// CHECK: dag.comm.all_gather %{{.*}} dim 0 on @tp uneven : (tensor<2x4xf32>) -> tensor<5x4xf32>
// CHECK: dag.dynamic_slice %{{.*}} dim 0 at %{{.*}} size 2
dag.mesh @m <tp = 2>
dag.model @uneven on @m {
  %x = dag.input "x" : tensor<5x4xf32, #dag.sharding<[{tp} uneven, {}]>>
  %0 = dag.all_gather %x dim 0 over {tp}
    : (tensor<5x4xf32, #dag.sharding<[{tp} uneven, {}]>>) -> tensor<5x4xf32>
  %1 = dag.slice %0 dim 0 over {tp} uneven
    : (tensor<5x4xf32>) -> tensor<5x4xf32, #dag.sharding<[{tp} uneven, {}]>>
  dag.output %1 "y" : tensor<5x4xf32, #dag.sharding<[{tp} uneven, {}]>>
}

// -----

// Rows of a table: the rank says where its own begin.
// CHECK-LABEL: dag.program @vocabulary
// CHECK: %[[I:.*]] = dag.to_local {{.*}} -> tensor<1x4xi32>
// CHECK: %[[T:.*]] = dag.to_local {{.*}} -> tensor<4x2xf32>
// CHECK: %[[O:.*]] = dag.shard_offset 8 split <{tp} pad 1> : tensor<i32>
// CHECK: dag.vocab_parallel_embedding %[[I]], %[[T]] from %[[O]]
// CHECK: dag.embedding %[[I]]
dag.mesh @m <tp = 2>
dag.model @vocabulary on @m {
  %ids = dag.input "ids" : tensor<1x4xi32>
  %t = dag.parameter "t" : tensor<8x2xf32, #dag.sharding<[{tp} pad 1, {}]>>
  %0 = dag.embedding %ids, %t
    : (tensor<1x4xi32>, tensor<8x2xf32, #dag.sharding<[{tp} pad 1, {}]>>)
    -> tensor<1x4x2xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>
  %u = dag.parameter "u" : tensor<7x2xf32, #dag.sharding<[{}, {tp}]>>
  %1 = dag.embedding %ids, %u
    : (tensor<1x4xi32>, tensor<7x2xf32, #dag.sharding<[{}, {tp}]>>)
    -> tensor<1x4x2xf32, #dag.sharding<[{}, {}, {tp}]>>
  %2 = dag.all_reduce %0 over {tp}
    : (tensor<1x4x2xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
    -> tensor<1x4x2xf32>
  dag.output %1 "columns" : tensor<1x4x2xf32, #dag.sharding<[{}, {}, {tp}]>>
  dag.output %2 "rows" : tensor<1x4x2xf32>
}

// -----

// Tokens of a rank begin at its offset, added to the position if there is one.
// CHECK-LABEL: dag.program @positions
// CHECK: %[[P:.*]] = dag.to_local {{.*}} : (tensor<i64>) -> tensor<i64>
// CHECK: %[[O:.*]] = dag.shard_offset 8 split <{tp}> : tensor<i32>
// CHECK: dag.position_embedding %{{.*}}, %{{.*}} at %[[O]]
// CHECK: %[[Q:.*]] = dag.shard_offset 8 split <{tp}> : tensor<i64>
// CHECK: %[[R:.*]] = dag.add %[[P]], %[[Q]] : (tensor<i64>, tensor<i64>) -> tensor<i64>
// CHECK: dag.rotary_embedding %{{.*}} at %[[R]]
// CHECK: dag.rotary_embedding %{{.*}} at %[[P]]
// CHECK: %[[S:.*]] = dag.shard_offset 8 split <{tp}> : tensor<i32>
// CHECK: dag.attention_weights %{{.*}} at %[[S]] mask causal
dag.mesh @m <tp = 2>
dag.model @positions on @m {
  %p = dag.input "p" : tensor<i64>
  %ids = dag.input "ids" : tensor<1x8xi32, #dag.sharding<[{}, {tp}]>>
  %t = dag.parameter "t" : tensor<16x4xf32>
  %0 = dag.position_embedding %ids, %t
    : (tensor<1x8xi32, #dag.sharding<[{}, {tp}]>>, tensor<16x4xf32>)
    -> tensor<1x8x4xf32, #dag.sharding<[{}, {tp}, {}]>>
  %1 = dag.rotary_embedding %0 at %p theta = 10000.0
    : (tensor<1x8x4xf32, #dag.sharding<[{}, {tp}, {}]>>, tensor<i64>)
    -> tensor<1x8x4xf32, #dag.sharding<[{}, {tp}, {}]>>
  %x = dag.input "x" : tensor<1x8x4xf32>
  %2 = dag.rotary_embedding %x at %p theta = 10000.0
    : (tensor<1x8x4xf32>, tensor<i64>) -> tensor<1x8x4xf32>
  %s = dag.input "s" : tensor<1x2x8x8xf32, #dag.sharding<[{}, {}, {tp}, {}]>>
  %3 = dag.attention_weights %s mask causal
    : (tensor<1x2x8x8xf32, #dag.sharding<[{}, {}, {tp}, {}]>>)
    -> tensor<1x2x8x8xf32, #dag.sharding<[{}, {}, {tp}, {}]>>
  dag.output %1 "split" : tensor<1x8x4xf32, #dag.sharding<[{}, {tp}, {}]>>
  dag.output %2 "whole" : tensor<1x8x4xf32>
  dag.output %3 "weights"
    : tensor<1x2x8x8xf32, #dag.sharding<[{}, {}, {tp}, {}]>>
}

// -----

// Figures that count heads are local; slopes of ALiBi need the head's number.
// CHECK-LABEL: dag.program @heads
// CHECK: dag.qkv_projection {{.*}} heads = 2 kv_heads = 1 head_dim = 4
// CHECK: %[[S:.*]] = dag.attention_scores
// CHECK: %[[O:.*]] = dag.shard_offset 4 split <{tp}> : tensor<i32>
// CHECK: %[[A:.*]] = dag.alibi %[[S]] from %[[O]] heads = 4 base = 8.0
// CHECK: dag.attention_weights %[[A]] mask causal : (tensor<1x2x3x3xf32>)
dag.mesh @m <tp = 2>
dag.model @heads on @m {
  %x = dag.input "x" : tensor<1x3x8xf32>
  %wq = dag.parameter "q" : tensor<16x8xf32, #dag.sharding<[{tp}, {}]>>
  %wk = dag.parameter "k" : tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>
  %wv = dag.parameter "v" : tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>
  %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv
      heads = 4 kv_heads = 2 head_dim = 4
    : (tensor<1x3x8xf32>, tensor<16x8xf32, #dag.sharding<[{tp}, {}]>>,
       tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>,
       tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>)
    -> (tensor<1x3x4x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>,
        tensor<1x3x2x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>,
        tensor<1x3x2x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>)
  %s = dag.attention_scores %q, %k scale = 0.5
    : (tensor<1x3x4x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>,
       tensor<1x3x2x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>)
    -> tensor<1x4x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>
  %w = dag.attention_weights %s mask causal alibi = 8.0
    : (tensor<1x4x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>)
    -> tensor<1x4x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>
  dag.output %w "weights" : tensor<1x4x3x3xf32, #dag.sharding<[{}, {tp}, {}, {}]>>
}

// -----

// Two of the four KV heads lie on a rank, and its heads use one of them.
// CHECK-LABEL: dag.program @used_heads
// CHECK: %k = dag.input
// CHECK: %[[K:.*]] = dag.to_local {{.*}} -> tensor<1x3x2x4xf32>
// CHECK: %[[O:.*]] = dag.shard_offset 2 split <{rep}> : tensor<i32>
// CHECK: %[[U:.*]] = dag.dynamic_slice %[[K]] dim 2 at %[[O]] size 1
// CHECK: dag.attention_scores %{{.*}}, %[[U]] scale = 0.5 : (tensor<1x3x2x4xf32>, tensor<1x3x1x4xf32>) -> tensor<1x2x3x3xf32>
// CHECK: %[[V:.*]] = dag.dynamic_slice %[[K]] dim 2
// CHECK: dag.attention_output %{{.*}}, %[[V]]
dag.mesh @m <tp = 2, rep = 2>
dag.model @used_heads on @m {
  %q = dag.input "q" : tensor<1x3x8x4xf32, #dag.sharding<[{}, {}, {tp, rep}, {}]>>
  %k = dag.input "k" : tensor<1x3x4x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>
  %s = dag.attention_scores %q, %k scale = 0.5
    : (tensor<1x3x8x4xf32, #dag.sharding<[{}, {}, {tp, rep}, {}]>>,
       tensor<1x3x4x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>)
    -> tensor<1x8x3x3xf32, #dag.sharding<[{}, {tp, rep}, {}, {}]>>
  %o = dag.attention_output %s, %k
    : (tensor<1x8x3x3xf32, #dag.sharding<[{}, {tp, rep}, {}, {}]>>,
       tensor<1x3x4x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>)
    -> tensor<1x3x8x4xf32, #dag.sharding<[{}, {}, {tp, rep}, {}]>>
  dag.output %o "o" : tensor<1x3x8x4xf32, #dag.sharding<[{}, {}, {tp, rep}, {}]>>
}

// -----

// Experts of a rank; the composite becomes its parts.
// CHECK-LABEL: dag.program @experts
// CHECK: %[[W:.*]], %[[I:.*]] = dag.router
// CHECK: %[[D:.*]] = dag.dispatch %{{.*}}, %[[I]] experts = 4 capacity = 6 : {{.*}} -> tensor<4x6x8xf32>
// CHECK: %[[O:.*]] = dag.shard_offset 4 split <{ep}> : tensor<i32>
// CHECK: %[[M:.*]] = dag.dynamic_slice %[[D]] dim 0 at %[[O]] size 2
// CHECK: %[[Y:.*]] = dag.expert silu %[[M]]
// CHECK: dag.expert_parallel_combine %[[Y]], %[[W]], %[[I]] from %[[O]]
// CHECK: dag.dispatch {{.*}} experts = 4 capacity = 3
// CHECK: dag.comm.all_to_all %{{.*}} split 0 concat 1 on @ep : (tensor<4x3x8xf32>) -> tensor<2x6x8xf32>
dag.mesh @m <ep = 2>
dag.model @experts on @m {
  %x = dag.input "x" : tensor<2x3x8xf32>
  %r = dag.parameter "r" : tensor<4x8xf32>
  %g = dag.parameter "g" : tensor<4x5x8xf32, #dag.sharding<[{ep}, {}, {}]>>
  %u = dag.parameter "u" : tensor<4x5x8xf32, #dag.sharding<[{ep}, {}, {}]>>
  %d = dag.parameter "d" : tensor<4x8x5xf32, #dag.sharding<[{ep}, {}, {}]>>
  %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 6 activation silu
    : (tensor<2x3x8xf32>, tensor<4x8xf32>,
       tensor<4x5x8xf32, #dag.sharding<[{ep}, {}, {}]>>,
       tensor<4x5x8xf32, #dag.sharding<[{ep}, {}, {}]>>,
       tensor<4x8x5xf32, #dag.sharding<[{ep}, {}, {}]>>)
    -> tensor<2x3x8xf32, #dag.sharding<[{}, {}, {}], partial = {ep}>>
  %1 = dag.all_reduce %0 over {ep}
    : (tensor<2x3x8xf32, #dag.sharding<[{}, {}, {}], partial = {ep}>>)
    -> tensor<2x3x8xf32>
  dag.output %1 "y" : tensor<2x3x8xf32>
  %z = dag.input "z" : tensor<2x3x8xf32, #dag.sharding<[{ep}, {}, {}]>>
  %i = dag.input "i" : tensor<2x3x2xi32, #dag.sharding<[{ep}, {}, {}]>>
  %2 = dag.dispatch %z, %i experts = 4 capacity = 6
    : (tensor<2x3x8xf32, #dag.sharding<[{ep}, {}, {}]>>,
       tensor<2x3x2xi32, #dag.sharding<[{ep}, {}, {}]>>)
    -> tensor<4x6x8xf32, #dag.sharding<[{}, {ep}, {}]>>
  %3 = dag.all_to_all %2 split 0 concat 1 over {ep}
    : (tensor<4x6x8xf32, #dag.sharding<[{}, {ep}, {}]>>)
    -> tensor<4x6x8xf32, #dag.sharding<[{ep}, {}, {}]>>
  dag.output %3 "slots" : tensor<4x6x8xf32, #dag.sharding<[{ep}, {}, {}]>>
}

// -----

// Attention in one op comes apart; layers and caches stay.
// CHECK-LABEL: dag.program @composite
// CHECK: dag.layer 0 (%{{.*}} = %{{.*}} : tensor<1x2x8xf32>) -> (tensor<1x2x8xf32>) {
// CHECK: dag.kv_cache "k" : tensor<1x4x2x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>
// CHECK: %[[C:.*]] = dag.to_local %{{.*}} -> tensor<1x4x1x4xf32>
// CHECK: dag.qkv_projection
// CHECK: dag.output_projection
// CHECK: dag.comm.all_reduce
// CHECK: dag.yield %{{.*}} : tensor<1x2x8xf32>
dag.mesh @m <tp = 2>
dag.model @composite on @m {
  %x = dag.input "x" : tensor<1x2x8xf32>
  %0 = dag.layer 0 (%a = %x : tensor<1x2x8xf32>) -> (tensor<1x2x8xf32>) {
    %kc = dag.kv_cache "k"
      : tensor<1x4x2x4xf32, #dag.sharding<[{}, {}, {tp}, {}]>>
    %wq = dag.parameter "q" : tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>
    %wk = dag.parameter "k" : tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>
    %wv = dag.parameter "v" : tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>
    %wo = dag.parameter "o" : tensor<8x8xf32, #dag.sharding<[{}, {tp}]>>
    %1 = dag.attention %a, %wq, %wk, %wv, %wo
        heads = 2 kv_heads = 2 head_dim = 4 scale = 0.5 mask causal
      : (tensor<1x2x8xf32>, tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>,
         tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>,
         tensor<8x8xf32, #dag.sharding<[{tp}, {}]>>,
         tensor<8x8xf32, #dag.sharding<[{}, {tp}]>>)
      -> tensor<1x2x8xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>
    %2 = dag.all_reduce %1 over {tp}
      : (tensor<1x2x8xf32, #dag.sharding<[{}, {}, {}], partial = {tp}>>)
      -> tensor<1x2x8xf32>
    dag.yield %2 : tensor<1x2x8xf32>
  }
  dag.output %0 "y" : tensor<1x2x8xf32>
}

// -----

// What belongs to the program is not in its functions.
// CHECK-LABEL: dag.program @declarations on @m
// CHECK-NEXT: dag.schedule "gpipe" microbatches = 2
// CHECK-NEXT: dag.function @main ranks 0 to 1 {
// CHECK-NEXT: dag.input "x"
// CHECK-NEXT: dag.to_local
// CHECK-NEXT: dag.from_local
// CHECK-NEXT: dag.output
// CHECK-NEXT: }
dag.mesh @m <tp = 2>
dag.model @declarations on @m {
  dag.schedule "gpipe" microbatches = 2
  dag.comm_buffer @b : tensor<1x8x4xf32>
  %x = dag.input "x" : tensor<1x8x4xf32>
  dag.output %x "y" : tensor<1x8x4xf32>
}
