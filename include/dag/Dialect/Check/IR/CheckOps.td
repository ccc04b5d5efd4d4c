//===- CheckOps.td - Asserts on what a program computes ---*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_CHECK_IR_CHECKOPS_TD
#define DAG_DIALECT_CHECK_IR_CHECKOPS_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Check_Dialect : Dialect {
  let name = "check";
  let cppNamespace = "::mlir::dag::check";
  let summary = "Asserts inside of the programs of tests";
  let description = [{
    Says inside of a program of the `dag` dialect, logical, a plan, or that of a
    rank, what a value has to be. An assert computes nothing: what proves or deploys a plan
    does not see it. What runs the program, such as the interpreter, looks at
    the elements that each rank holds, without those of padding, and fails
    where they are others.
  }];
  let extraClassDeclaration = [{
    /// Version of the textual and binary form; written to bytecode.
    static constexpr unsigned kVersion = 1;
  }];
}

/// The phases of the `dag` dialect whose programs have asserts.
class Check_PhaseTrait<string name> : NativeOpTrait<name> {
  let cppNamespace = "::mlir::dag";
}

/// An assert: it has an effect, so that nobody removes it as dead. A rank can
/// make it on its shards.
class Check_Op<string mnemonic>
    : Op<Check_Dialect, mnemonic, [
        SameTypeOperands, MemoryEffects<[MemWrite]>,
        Check_PhaseTrait<"PlanPhase">, Check_PhaseTrait<"RankPhase">]> {
  let hasVerifier = 1;
}

def Check_EqualOp : Check_Op<"equal"> {
  let summary = "two tensors are equal, bit by bit";
  let description = [{
    Every element of `actual` is that of `expected`. NaN is equal to NaN,
    whatever its payload; zeros of different signs differ.

    (C1) both tensors have one type: shape, element type and sharding.
    (C2) no sum is pending, and the tensors are at no root: each rank looks at
    its own elements.

    Example:

    ```mlir
    %c = arith.constant dense<[0.5, 1.0]> : tensor<2xbf16>
    check.equal %0, %c : tensor<2xbf16>
    ```
  }];
  let arguments = (ins
    RankedTensorOf<[AnyFloat, AnyInteger]>:$actual,
    RankedTensorOf<[AnyFloat, AnyInteger]>:$expected);
  let assemblyFormat = [{
    $actual `,` $expected attr-dict `:` type($actual)
  }];
}

def Check_CloseOp : Check_Op<"close"> {
  let summary = "two tensors are equal within a bound";
  let description = [{
    No element of `actual` is further from that of `expected` than one of these
    bounds:

    * `ulp`: this many units in the last place, of the element type and at the
      expected value: the distance of neighbors between its power of two and
      the next one; of zero and of subnormal numbers, the smallest number. Half
      a unit is what correct rounding leaves.
    * `relative`: this times the largest finite element of `expected` that the
      rank holds.
    * `absolute`: this.

    NaN is close to NaN only, an infinity to itself only.

    (C1) both tensors have one type: shape, element type and sharding.
    (C2) no sum is pending, and the tensors are at no root: each rank looks at
    its own elements.
    (C3) there is exactly one bound; it is finite and not negative.

    Example:

    ```mlir
    %c = arith.constant dense<[0.5, 1.0]> : tensor<2xbf16>
    check.close %0, %c ulp = 1.0 : tensor<2xbf16>
    check.close %0, %c relative = 1.0e-05 : tensor<2xbf16>
    check.close %0, %c absolute = 0.01 : tensor<2xbf16>
    ```
  }];
  let arguments = (ins
    RankedTensorOf<[AnyFloat]>:$actual,
    RankedTensorOf<[AnyFloat]>:$expected,
    OptionalAttr<F64Attr>:$ulp,
    OptionalAttr<F64Attr>:$relative,
    OptionalAttr<F64Attr>:$absolute);
  let assemblyFormat = [{
    $actual `,` $expected (`ulp` `=` custom<Number>($ulp)^)?
    (`relative` `=` custom<Number>($relative)^)?
    (`absolute` `=` custom<Number>($absolute)^)? attr-dict `:` type($actual)
  }];
}

#endif // DAG_DIALECT_CHECK_IR_CHECKOPS_TD
