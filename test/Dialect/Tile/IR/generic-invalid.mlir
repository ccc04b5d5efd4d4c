// RUN: dag-opt %s --verify-diagnostics --split-input-file

// In the generic form nothing is inferred while it is parsed: verifiers still look
// at no tile that is not there.

!x = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!w = !tile.buffer<[n = 64, k = 64], bf16, swizzle = 128>
!sum = !tile.fragment<[m = 64, n = 64], f32>
!ring = !tile.pipeline<4, !x, !w>
!product = !tile.product<!sum, holds !ring>
"builtin.module"() ({
  "gpu.module"() <{sym_name = "kernels"}> ({
    "tile.kernel"() <{cluster = 1 : i64, function_type = () -> (), sym_name = "k"}> ({
      %0 = "tile.pipeline"() : () -> !ring
      "tile.role"() <{registers = 40 : i64, sym_name = "read", warpgroups = 1 : i64}> ({
        %1 = "tile.consume"(%0) : (!ring) -> !tile.consumer<!ring>
        %2:2 = "tile.wait"(%1) : (!tile.consumer<!ring>) -> (!tile.full<!ring>, !tile.consumer<!ring>)
        "tile.end"(%2#1) : (!tile.consumer<!ring>) -> ()
        // expected-error @+2 {{(C1) expected tiles from 0 to 1, but got 255}}
        // expected-error @+1 {{'tile.multiply' op failed to infer returned types}}
        %3 = "tile.multiply"(%2#0) <{lhs = 255 : i64, rhs = 1 : i64}> : (!tile.full<!ring>) -> !product
        %4:2 = "tile.finish"(%3) : (!product) -> (!sum, !tile.read<!ring>)
        "tile.release"(%4#1) : (!tile.read<!ring>) -> ()
      }) : () -> ()
    }) : () -> ()
  }) : () -> ()
}) : () -> ()

// -----

!x = !tile.buffer<[m = 64, k = 64], bf16, swizzle = 128>
!ring = !tile.pipeline<4, !x>
!map = !tile.tensor_map<[m = 64, k = 64], bf16, swizzle = 128>
"builtin.module"() ({
  "gpu.module"() <{sym_name = "kernels"}> ({
    "tile.kernel"() <{cluster = 1 : i64, function_type = (!map) -> (), sym_name = "k"}> ({
    ^bb0(%x: !map):
      %zero = "arith.constant"() <{value = 0 : i32}> : () -> i32
      %0 = "tile.pipeline"() : () -> !ring
      "tile.role"() <{elected, registers = 40 : i64, sym_name = "load", warpgroups = 1 : i64}> ({
        %1 = "tile.produce"(%0) : (!ring) -> !tile.producer<!ring>
        %2:2 = "tile.acquire"(%1) : (!tile.producer<!ring>) -> (!tile.filling<!ring, 0>, !tile.producer<!ring>)
        %3 = "tile.load"(%x, %zero, %zero, %2#0) : (!map, i32, i32, !tile.filling<!ring, 0>) -> !tile.filling<!ring, 1>
        // expected-error @+2 {{(C1) expected a tile without a copy, but all 1 of the slot have one}}
        // expected-error @+1 {{'tile.load' op failed to infer returned types}}
        %4 = "tile.load"(%x, %zero, %zero, %3) : (!map, i32, i32, !tile.filling<!ring, 1>) -> !tile.filling<!ring, 1>
        "tile.commit"(%4) : (!tile.filling<!ring, 1>) -> ()
        "tile.end"(%2#1) : (!tile.producer<!ring>) -> ()
      }) : () -> ()
    }) : () -> ()
  }) : () -> ()
}) : () -> ()
