// RUN: dag-test-opt %s --test-dag-build-plan="layers=3 tp=2 pp=2" --verify-roundtrip \
// RUN:   | FileCheck %s
// RUN: dag-test-opt %s --test-dag-build-plan="layers=1 tp=8 pp=1 heads=8 kv-heads=2" \
// RUN:   --verify-roundtrip | FileCheck %s --check-prefix=REP
// RUN: dag-test-opt %s --test-dag-build-plan="layers=1 tp=1 pp=1" \
// RUN:   --verify-roundtrip | FileCheck %s --check-prefix=ONE
// RUN: dag-test-opt %s --test-dag-build-plan="layers=1 tp=4 pp=1 vocab=257 kv-heads=4" \
// RUN:   --verify-roundtrip | FileCheck %s --check-prefix=PAD
// RUN: dag-test-opt %s --test-dag-build-plan="layers=126 tp=8 pp=16 hidden=16384 \
// RUN:   heads=128 kv-heads=8 head-dim=128 ffn=53248 vocab=128256 seq=2048" \
// RUN:   --verify-roundtrip -o /dev/null
// RUN: not dag-test-opt %s --test-dag-build-plan="tp=3" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DIVIDE
// RUN: not dag-test-opt %s --test-dag-build-plan="layers=0" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=POSITIVE

// CHECK: dag.mesh @mesh <pp = 2, tp = 2>
// CHECK: dag.comm_buffer @stage0_to_1
// CHECK: dag.stage 0 on pp = 0 layers [0, 2) devices [0, 1]
// CHECK: dag.embedding {{.*}} partial = {tp}>>
// CHECK-NEXT: dag.all_reduce
// CHECK: dag.layer 0
// CHECK: dag.qkv_projection
// CHECK: dag.attention_scores
// CHECK-NEXT: dag.attention_weights
// CHECK-NEXT: dag.dropout %{{.*}} p = 0.0
// CHECK-NEXT: dag.attention_output
// CHECK-NEXT: dag.output_projection
// CHECK-NEXT: dag.all_reduce
// CHECK: dag.layer 1
// CHECK: dag.send %{{.*}} to 1
// CHECK: dag.stage 1 on pp = 1 layers [2, 3) devices [2, 3]
// CHECK: dag.recv %{{.*}} from 0
// CHECK: dag.layer 2
// CHECK: as final_norm
// CHECK: as head
// CHECK-NEXT: dag.all_gather %{{.*}} dim 2 over {tp}
// CHECK: dag.output %{{.*}} "logits"

// REP: dag.mesh @mesh <pp = 1, tp = 2, rep = 4>
// REP: dag.attention_scores {{.*}} -> tensor<1x8x8x8xbf16, #dag.sharding<[{}, {tp, rep}, {}, {}]>>
// REP: dag.all_reduce %{{.*}} over {tp, rep}

// ONE: dag.mesh @mesh <pp = 1>
// ONE-NOT: sharding
// ONE: dag.output

// PAD: dag.parameter "model.embed_tokens.weight" : tensor<260x64xbf16, #dag.sharding<[{tp} pad 3, {}]>>
// PAD: dag.all_gather {{.*}} -> tensor<1x8x257xbf16>

// DIVIDE: expected 'heads' and 'ffn' to divide by 'tp'
// POSITIVE: expected 'layers' to be positive, but got 0
module {
}
