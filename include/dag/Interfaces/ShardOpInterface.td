//===- ShardOpInterface.td - How an op is put on a mesh ---*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SHARDOPINTERFACE_TD
#define DAG_INTERFACES_SHARDOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Dag_ShardOpInterface : OpInterface<"ShardOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op of a logical program that says how it is re-created on a mesh. One
    without this interface is an error of `--dag-shard`.

    The interface is attached to the ops of the project by external models, one
    file for each family of ops; an op from elsewhere implements it itself or
    has a model attached.
  }];
  let methods = [
    InterfaceMethod<[{
        Re-creates the op: asks `builder` for its operands in the forms that it
        needs, and defines its results. Emits an error where the op can't be
        put on the mesh.
      }], "::llvm::LogicalResult", "shard",
      (ins "::mlir::dag::shard::ShardBuilder &":$builder)>,
    InterfaceMethod<[{
        Says what the op asks of the decisions that hold for the whole model:
        heads and experts to be split, sequences and tokens that can be.
        Emits an error where they can't be split as the options say.
      }], "::llvm::LogicalResult", "constrain",
      (ins "::mlir::dag::shard::ShardStrategy &":$strategy),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        return ::mlir::success();
      }]>,

    //===--- Parameters and state ---------------------------------------===//

    InterfaceMethod<[{
        True if the result has no layout of its own, but is made where it is
        used, in the one that the use asks for: a parameter, a constant.
      }], "bool", "isMadeWhereUsed", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return false; }]>,
    InterfaceMethod<[{
        Makes the result as `type`; for ops that are made where they are used.
      }], "::mlir::Value", "makeAs",
      (ins "::mlir::dag::shard::ShardBuilder &":$builder,
           "::mlir::RankedTensorType":$type),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return {}; }]>,
    InterfaceMethod<[{
        True if the result is state that goes from layer to layer in the layout
        that it has, as a cache does; hidden states are brought into one.
      }], "bool", "isState", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return false; }]>,
    InterfaceMethod<[{
        The attribute with the name of what the op stands for, a parameter or a
        cache, in which layers differ that are equal otherwise. Empty for most.
      }], "::llvm::StringRef", "getNameKey", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return {}; }]>,

    //===--- Tokens that are split --------------------------------------===//

    InterfaceMethod<[{
        What it costs to let the op work on a share of the tokens of `operand`
        only: the features of a token that have to be gathered behind it for
        that. None for an op that needs all tokens.
      }], "::std::optional<int64_t>", "getFeaturesGatheredBehind",
      (ins "::mlir::OpOperand &":$operand),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        (void)operand;
        return 0;
      }]>,
    InterfaceMethod<[{
        True if the op makes one token of as many features of each token of
        `operand`, so that tokens may be gathered in front of it as well, once
        for all such ops that need it.
      }], "bool", "mayGatherInFront", (ins "::mlir::OpOperand &":$operand),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        (void)operand;
        return false;
      }]>,
    InterfaceMethod<[{
        True if the op brings tokens to experts: what else works on these tokens
        takes them in the same layout.
      }], "bool", "takesExpertTokens", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{ return false; }]>
  ];
}

#endif // DAG_INTERFACES_SHARDOPINTERFACE_TD
