//===- DagStructureOps.td - Mesh, model, stages, layers ---*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGSTRUCTUREOPS_TD
#define DAG_DIALECT_DAG_IR_DAGSTRUCTUREOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

def Dag_MeshOp : Dag_Op<"mesh", [Dag_PlanPhase, Dag_RankPhase, Symbol]> {
  let summary = "named axes over the devices";
  let description = [{
    Declares the axes of a mesh of devices, from the major to the minor one.
    The device at a coordinate is the row-major index of it, or the entry of
    `devices` with that index.

    (C1) there is at least one axis, and axes have different names.
    (C2) sizes are positive, and their product is a number of 64 bits.
    (C3) `devices` has one entry for each coordinate.
    (C4) `devices` are different and not negative.
    (C5) it stands in no op of this dialect.

    Example:

    ```mlir
    dag.mesh @m <pp = 2, tp = 2> devices = [0, 1, 4, 5]
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    StrArrayAttr:$axes,
    DenseI64ArrayAttr:$sizes,
    OptionalAttr<DenseI64ArrayAttr>:$devices
  );
  let assemblyFormat = [{
    $sym_name custom<MeshAxes>($axes, $sizes)
    (`devices` `=` $devices^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Number of coordinates.
    int64_t getNumDevices();
    /// Size of an axis, or nothing if the mesh does not have it.
    std::optional<int64_t> getAxisSize(StringRef axis);
  }];
}

def Dag_ModelOp : Dag_Op<"model", [
    Dag_PlanPhase, IsolatedFromAbove, NoTerminator, SingleBlock, Symbol, SymbolTable,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a model on a mesh, or on one device";
  let description = [{
    Holds the stages of a plan, its inputs, parameters and outputs and the
    buffers of its transfers. Without a mesh it is a logical program for one
    device: the same ops, no sharding.

    In angle brackets stand the figures of the model, which the ops inside are
    checked against: `num_layers`, `hidden_size`, `num_heads`, `num_kv_heads`,
    `head_dim`, `intermediate_size`, `vocab_size`, `num_experts`, `top_k`. A
    plan that holds only some of the layers says which, and why. Two discardable
    attributes are for what the program does not say: `dag.remarks`, texts such
    as on parts that are left out, and `dag.unknown_storage`, why nobody knows
    how the weights are stored, whose types are those that they are used in.

    (C1) figures are positive.
    (C2) sampled layers ascend and lie below `num_layers`.
    (C3) `sampling` comes with a reason that is not empty.
    (C4) the mesh exists.
    (C5) every axis that a type, a stage or a collective names is an axis of
    the mesh.
    (C6) a dimension of a type, padding included, divides by the product of
    its axes; an uneven one has an element for each rank. The heads inside of a
    composite do as well.
    (C7) roots lie on the axis.
    (C8) a stage's coordinate lies on its axis.
    (C9) no type in a stage names the axis that the stage lies on: the ranks
    along it compute different things.
    (C10) outputs have different names.

    Example:

    ```mlir
    dag.mesh @m <pp = 4, tp = 2>
    dag.model @llama on @m <num_layers = 80, hidden_size = 8192>
        sampling = [0, 79] because "first and last layer" {
      %0 = dag.input "tokens" : tensor<1x2048xi32>
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    OptionalAttr<FlatSymbolRefAttr>:$mesh,
    OptionalAttr<Dag_Count>:$num_layers,
    OptionalAttr<Dag_Count>:$hidden_size,
    OptionalAttr<Dag_Count>:$num_heads,
    OptionalAttr<Dag_Count>:$num_kv_heads,
    OptionalAttr<Dag_Count>:$head_dim,
    OptionalAttr<Dag_Count>:$intermediate_size,
    OptionalAttr<Dag_Count>:$vocab_size,
    OptionalAttr<Dag_Count>:$num_experts,
    OptionalAttr<Dag_Count>:$top_k,
    OptionalAttr<DenseI64ArrayAttr>:$sampling,
    OptionalAttr<StrAttr>:$sampling_reason
  );
  let regions = (region SizedRegion<1>:$body);
  let skipDefaultBuilders = 1;
  let builders = [
    OpBuilder<(ins "StringRef":$name, CArg<"StringRef", "{}">:$mesh)>
  ];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The figures in angle brackets, in the order in which they are printed.
    static ArrayRef<StringRef> getFigureNames();
    /// The mesh, or null for a logical program or a dangling name.
    MeshOp lookupMesh(SymbolTableCollection *tables = nullptr);
    /// True if its sampling leaves layers out.
    bool isSampled() {
      std::optional<ArrayRef<int64_t>> sampling = getSampling();
      return sampling &&
             sampling->size() < getNumLayers().value_or(sampling->size() + 1);
    }
    /// What the program does not say.
    SmallVector<StringRef> getRemarks();
    void setRemarks(ArrayRef<StringRef> remarks);
    /// Why nobody knows how weights are stored; nothing where it is known.
    std::optional<StringRef> getUnknownStorage();
    void setUnknownStorage(StringRef reason);
  }];
}

class Dag_RegionOp<string mnemonic, string theRole, list<Trait> traits = []>
    : Dag_RoleOp<mnemonic, theRole, !listconcat(traits, [
        IsolatedFromAbove, SingleBlock, RecursiveMemoryEffects])> {
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
}

def Dag_StageOp : Dag_RegionOp<"stage", "Stage", [HasParent<"ModelOp">]> {
  let summary = "a pipeline stage";
  let description = [{
    What one group of devices computes. The stage stands on one coordinate of a
    mesh axis and owns a half-open range of layers. What enters is an operand,
    what leaves is a result; between stages that is a `!dag.transfer`.

    (C1) the index and the coordinate are not negative.
    (C2) the layers are a range of non-negative numbers.
    (C3) devices are different and not negative.
    (C4) the block has one argument for each operand, of the same type.
    (C5) the yield has one operand for each result, of the same type.

    Example:

    ```mlir
    %0 = dag.stage 0 on pp = 0 layers [0, 20) devices [0, 1]
        (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      dag.yield %a : tensor<1x8x64xbf16>
    }
    ```
  }];
  let arguments = (ins
    Dag_Index:$index,
    OptionalAttr<StrAttr>:$axis,
    OptionalAttr<Dag_Index>:$coordinate,
    OptionalAttr<Dag_Index>:$first_layer,
    OptionalAttr<I64Attr>:$end_layer,
    OptionalAttr<DenseI64ArrayAttr>:$devices,
    Variadic<AnyType>:$operands
  );
  let results = (outs Variadic<AnyType>:$results);
  let hasVerifier = 1;
}

def Dag_LayerOp : Dag_RegionOp<"layer", "Layer", [
    Dag_RankPhase, ParentOneOf<["ModelOp", "StageOp", "FunctionOp"]>]> {
  let summary = "a layer of the model";
  let description = [{
    One transformer block. It sees nothing but its operands, so that layers can
    be compared and worked on side by side.

    (C1) the index is not negative.
    (C2) the block has one argument for each operand, of the same type.
    (C3) the yield has one operand for each result, of the same type.

    Example:

    ```mlir
    %0 = dag.layer 3 (%a = %x : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) {
      dag.yield %a : tensor<1x8x64xbf16>
    }
    ```
  }];
  let arguments = (ins Dag_Index:$index, Variadic<AnyType>:$operands);
  let results = (outs Variadic<AnyType>:$results);
}

def Dag_YieldOp : Dag_Op<"yield", [
    Dag_PlanPhase, Dag_RankPhase, Pure, Terminator,
    ParentOneOf<["StageOp", "LayerOp", "CommGroupOp"]>]> {
  let summary = "results of a stage, a layer or a group";
  let description = [{
    Ends the block of a stage, a layer or a group of calls and gives its
    results.

    Example:

    ```mlir
    dag.yield %0 : tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$results);
  let assemblyFormat = "attr-dict ($results^ `:` type($results))?";
}

class Dag_NamedOp<string mnemonic, string theRole>
    : Dag_RoleOp<mnemonic, theRole, [
        Dag_RankPhase, Pure, DeclareOpInterfaceMethods<OpAsmOpInterface,
                                        ["getAsmResultNames"]>]>;

def Dag_ParameterOp : Dag_NamedOp<"parameter", "Parameter"> {
  let summary = "a weight of the model";
  let description = [{
    A weight, by the name that it has in the checkpoint. The type says which
    shard of it a rank holds. `from` says how the tensor comes from what the
    checkpoint stores, where it is not stored as it is: fused projections,
    experts one by one, a transposed matrix.

    (C1) the name is not empty.
    (C2) no sum is pending on a parameter, and it is not at a root.
    (C3) the name has one `{}` if and only if experts are `stacked`.
    (C4) the part of the `view` has as many elements as the tensor without its
    padding.

    Example:

    ```mlir
    %w = dag.parameter "model.layers.0.mlp.up_proj.weight"
        : tensor<256x64xbf16, #dag.sharding<[{tp}, {} ]>>
    %k = dag.parameter "transformer.h.0.attn.c_attn.weight"
        from <transposed view [3, 64, 64] offsets [1, 0, 0] sizes [1, 64, 64]>
        : tensor<64x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Name:$name,
                       OptionalAttr<Dag_CheckpointAttr>:$checkpoint);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $name (`from` $checkpoint^)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Dag_InputOp : Dag_NamedOp<"input", "Input"> {
  let summary = "an input of the model";
  let description = [{
    A tensor that is there before the model runs, replicated, sharded, or at
    a root from which it has to be broadcast.

    (C1) the name is not empty.
    (C2) no sum is pending on an input.

    Example:

    ```mlir
    %0 = dag.input "tokens" : tensor<1x2048xi32>
    ```
  }];
  let arguments = (ins Dag_Name:$name);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Dag_OutputOp : Dag_RoleOp<"output", "Output", [Dag_RankPhase]> {
  let summary = "an output of the model";
  let description = [{
    Hands a tensor out of the model.

    (C1) the name is not empty.
    (C2) no sum is pending on an output.

    Example:

    ```mlir
    dag.output %0 "logits" : tensor<1x2048x128256xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$value, Dag_Name:$name);
  let assemblyFormat = "$value $name attr-dict `:` type($value)";
  let hasVerifier = 1;
}

#endif // DAG_DIALECT_DAG_IR_DAGSTRUCTUREOPS_TD
