// RUN: dag-opt %s --split-input-file -o /dev/null \
// RUN:   --dag-print-cost="device=round devices=%S/Inputs/devices.json" \
// RUN:   | FileCheck %s

// Weights count, and move, as they are stored; what is made of them is not in
// memory. (Devices of the test: print-cost-time.mlir.)

// CHECK-LABEL: # Cost of @linear
// 4e6 weights of a byte, 250 * 8 scales of 4, which are no parameters.
// CHECK: | parameters of the model, tied ones once | 4000000 |
// CHECK-NEXT: | scales and zeros beside them | 2000 |
// CHECK: | layer 0 | 4000000 | 4008000 |
// CHECK-LABEL: ## Time of a rank on round
// 8e6 for x besides.
// CHECK: | layer 0 | 12008000 | 2000000 |
dag.model @linear {
  %x = dag.input "x" : tensor<1x1000x4000xbf16>
  dag.layer 0 (%a = %x : tensor<1x1000x4000xbf16>) {
    %w = dag.parameter "w" : tensor<1000x4000xf8E4M3FN>
    %s = dag.parameter "s" : tensor<8x250xf32>
    %d = dag.dequantize %w, %s block = [128, 16] to bf16
        : (tensor<1000x4000xf8E4M3FN>, tensor<8x250xf32>)
        -> tensor<1000x4000xbf16>
    %y = dag.linear %a, %d : (tensor<1x1000x4000xbf16>, tensor<1000x4000xbf16>)
        -> tensor<1x1000x1000xbf16>
    dag.yield
  }
  dag.output %x "x" : tensor<1x1000x4000xbf16>
}

// -----

// Two in a byte.
// CHECK-LABEL: # Cost of @four_bits
// CHECK: | layer 0 | 4000000 | 2125000 |
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | 10125000 | 2000000 |
dag.model @four_bits {
  %x = dag.input "x" : tensor<1x1000x4000xbf16>
  dag.layer 0 (%a = %x : tensor<1x1000x4000xbf16>) {
    %w = dag.parameter "w" : tensor<1000x4000xf4E2M1FN>
    %s = dag.parameter "s" : tensor<1000x125xf8E8M0FNU>
    %d = dag.dequantize %w, %s block = [1, 32] to bf16
        : (tensor<1000x4000xf4E2M1FN>, tensor<1000x125xf8E8M0FNU>)
        -> tensor<1000x4000xbf16>
    %y = dag.linear %a, %d : (tensor<1x1000x4000xbf16>, tensor<1000x4000xbf16>)
        -> tensor<1x1000x1000xbf16>
    dag.yield
  }
  dag.output %x "x" : tensor<1x1000x4000xbf16>
}

// -----

// A composite reads what is stored, and the cache: 4 * 64 * 64 weights of 2
// bytes make 32768, in one byte and scales of 4 for each of the four 16400. The
// keys and values are 2 * 4096 bytes.
// CHECK-LABEL: # Cost of @plain
// CHECK: | layer 0 | {{[0-9]+}} | 32768 | 16384 |
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | 49792 |
dag.model @plain {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  %p = dag.input "p" : tensor<i32>
  dag.layer 0 (%a = %x : tensor<1x1x64xbf16>, %q = %p : tensor<i32>) {
    %w0 = dag.parameter "q" : tensor<64x64xbf16>
    %w1 = dag.parameter "k" : tensor<64x64xbf16>
    %w2 = dag.parameter "v" : tensor<64x64xbf16>
    %w3 = dag.parameter "o" : tensor<64x64xbf16>
    %ck = dag.kv_cache "ck" : tensor<1x64x4x16xbf16>
    %cv = dag.kv_cache "cv" : tensor<1x64x4x16xbf16>
    %y = dag.attention %a, %w0, %w1, %w2, %w3 cache(%ck, %cv) at %q heads = 4
        kv_heads = 4 head_dim = 16 scale = 0.25 mask causal :
        (tensor<1x1x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
        tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<1x64x4x16xbf16>,
        tensor<1x64x4x16xbf16>, tensor<i32>) -> tensor<1x1x64xbf16>
    dag.yield
  }
  dag.output %x "x" : tensor<1x1x64xbf16>
}

// -----

// CHECK-LABEL: # Cost of @composite
// CHECK: | layer 0 | {{[0-9]+}} | 16400 | 8192 |
// CHECK-LABEL: ## Time of a rank on round
// 16368 fewer bytes of weights and 8192 fewer of keys and values.
// CHECK: | layer 0 | 25232 |
dag.model @composite {
  %x = dag.input "x" : tensor<1x1x64xbf16>
  %p = dag.input "p" : tensor<i32>
  dag.layer 0 (%a = %x : tensor<1x1x64xbf16>, %q = %p : tensor<i32>) {
    %s0 = dag.parameter "sq" : tensor<1x1xf32>
    %s1 = dag.parameter "sk" : tensor<1x1xf32>
    %s2 = dag.parameter "sv" : tensor<1x1xf32>
    %s3 = dag.parameter "so" : tensor<1x1xf32>
    %p0 = dag.parameter "q" : tensor<64x64xf8E4M3FN>
    %p1 = dag.parameter "k" : tensor<64x64xf8E4M3FN>
    %p2 = dag.parameter "v" : tensor<64x64xf8E4M3FN>
    %p3 = dag.parameter "o" : tensor<64x64xf8E4M3FN>
    %w0 = dag.dequantize %p0, %s0 block = [64, 64] to bf16
        : (tensor<64x64xf8E4M3FN>, tensor<1x1xf32>) -> tensor<64x64xbf16>
    %w1 = dag.dequantize %p1, %s1 block = [64, 64] to bf16
        : (tensor<64x64xf8E4M3FN>, tensor<1x1xf32>) -> tensor<64x64xbf16>
    %w2 = dag.dequantize %p2, %s2 block = [64, 64] to bf16
        : (tensor<64x64xf8E4M3FN>, tensor<1x1xf32>) -> tensor<64x64xbf16>
    %w3 = dag.dequantize %p3, %s3 block = [64, 64] to bf16
        : (tensor<64x64xf8E4M3FN>, tensor<1x1xf32>) -> tensor<64x64xbf16>
    %ck = dag.kv_cache "ck" : tensor<1x64x4x16xf8E4M3FN>
    %cv = dag.kv_cache "cv" : tensor<1x64x4x16xf8E4M3FN>
    %y = dag.attention %a, %w0, %w1, %w2, %w3 cache(%ck, %cv) at %q heads = 4
        kv_heads = 4 head_dim = 16 scale = 0.25 mask causal :
        (tensor<1x1x64xbf16>, tensor<64x64xbf16>, tensor<64x64xbf16>,
        tensor<64x64xbf16>, tensor<64x64xbf16>, tensor<1x64x4x16xf8E4M3FN>,
        tensor<1x64x4x16xf8E4M3FN>, tensor<i32>) -> tensor<1x1x64xbf16>
    dag.yield
  }
  dag.output %x "x" : tensor<1x1x64xbf16>
}

// -----

// What nobody knows is no number.
// CHECK-LABEL: # Cost of @unknown
// CHECK: | layer 0 | 4000000 | unknown | 0 | 8000000000 |
// CHECK-LABEL: ## Time of a rank on round
// CHECK: | layer 0 | unknown | 2000000 | unknown | 0 | 0 | unknown |
// CHECK: Nobody knows how the weights are stored (by aqlm): what depends on it is `unknown`.
dag.model @unknown attributes {dag.unknown_storage = "by aqlm"} {
  %x = dag.input "x" : tensor<1x1000x4000xbf16>
  dag.layer 0 (%a = %x : tensor<1x1000x4000xbf16>) {
    %w = dag.parameter "w" : tensor<1000x4000xbf16>
    %y = dag.linear %a, %w : (tensor<1x1000x4000xbf16>, tensor<1000x4000xbf16>)
        -> tensor<1x1000x1000xbf16>
    dag.yield
  }
  dag.output %x "x" : tensor<1x1000x4000xbf16>
}
