//===- DagSketchOps.td - Ops of a drawing -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGSKETCHOPS_TD
#define DAG_DIALECT_DAG_IR_DAGSKETCHOPS_TD

include "dag/Dialect/Dag/IR/DagAttributes.td"
include "dag/Dialect/Dag/IR/DagInterfaces.td"
include "dag/Dialect/Dag/IR/DagTypes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Dag_SketchOp : Dag_Op<"sketch", [
    Dag_SketchPhase, IsolatedFromAbove, NoTerminator, NoRegionArguments, SingleBlock, Symbol,
    DeclareOpInterfaceMethods<RegionKindInterface>]> {
  let summary = "a drawing of a deployment";
  let description = [{
    What somebody drew: clusters, nodes and edges in a graph region, since a
    drawing can have cycles. Facts that the drawing states about the whole are
    attributes: the sizes of the tensor-parallel and pipeline groups, the
    number of layers, and the layers that are drawn if only a sample is. The
    discardable attributes `dag.dp_size`, `dag.ep_size` and `dag.sp_size` hold
    the sizes of the data-, expert- and sequence-parallel groups;
    `dag.other_kind` says what a drawing is that is no deployment of a language
    model, such as an autograd graph; `dag.omitted_layers` are layers that it
    says are left out, `dag.omitted_devices` devices that are like those that
    are drawn, and `dag.layers_alike` says that what is drawn without a number
    stands for all.

    (C1) the body holds only `dag.cluster`, `dag.node`, `dag.edge` and
    `dag.syntax_error`.
    (C2) sizes and counts are positive.
    (C3) `dag.dp_size`, `dag.ep_size` and `dag.sp_size` are positive integers,
    and `dag.other_kind` is a string.

    Example:

    ```mlir
    dag.sketch @llama tp(2) sampled_layers(0, 79) {
      %0 = dag.node input "tokens" role(input)
      %1 = dag.node compute "layer0_qkv" role(qkv_projection) layers(0)
      dag.edge %0 -> %1
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    OptionalAttr<Dag_Count>:$tp_size,
    OptionalAttr<Dag_Count>:$pp_size,
    OptionalAttr<Dag_Count>:$num_layers,
    OptionalAttr<Dag_RangesAttr>:$sampled_layers,
    OptionalAttr<DictionaryAttr>:$drawn,
    UnitAttr:$undirected
  );
  let regions = (region SizedRegion<1>:$bodyRegion);
  let assemblyFormat = [{
    $sym_name oilist(`tp` `(` $tp_size `)` | `pp` `(` $pp_size `)` |
      `num_layers` `(` $num_layers `)` | `sampled_layers` `(` custom<Ranges>($sampled_layers) `)`
      | `undirected` $undirected | `drawn` `(` $drawn `)`)
    attr-dict-with-keyword $bodyRegion
  }];
  let extraClassDeclaration = [{
    /// Sizes of further groups, where the drawing states them.
    std::optional<int64_t> getDpSize() { return getSizeOf("dag.dp_size"); }
    std::optional<int64_t> getEpSize() { return getSizeOf("dag.ep_size"); }
    std::optional<int64_t> getSpSize() { return getSizeOf("dag.sp_size"); }
    /// What the drawing is that is no deployment; empty if it is one.
    ::llvm::StringRef getOtherKind() {
      auto kind = (*this)->getAttrOfType<::mlir::StringAttr>("dag.other_kind");
      return kind ? kind.getValue() : ::llvm::StringRef();
    }

  private:
    std::optional<int64_t> getSizeOf(::llvm::StringRef name) {
      auto size = (*this)->getAttrOfType<::mlir::IntegerAttr>(name);
      return size ? std::optional(size.getInt()) : std::nullopt;
    }

  public:
  }];
  let hasRegionVerifier = 1;
}

class Dag_InSketchOp<string mnemonic, list<Trait> traits = []>
    : Dag_Op<mnemonic, !listconcat(traits, [Dag_SketchPhase,
                                             HasParent<"SketchOp">])>;

def Dag_ClusterOp : Dag_InSketchOp<"cluster"> {
  let summary = "a cluster of a drawing";
  let description = [{
    A cluster and what it states: the stage, its layers, its devices. Nodes
    name the innermost cluster that holds them; a cluster names its parent.

    Example:

    ```mlir
    dag.cluster "cluster_stage0" stage(0) layers(0 to 19) devices(0 to 1)
    ```
  }];
  let arguments = (ins
    StrAttr:$name,
    OptionalAttr<StrAttr>:$parent,
    OptionalAttr<Dag_Index>:$stage,
    OptionalAttr<Dag_RangesAttr>:$layers,
    OptionalAttr<Dag_RangesAttr>:$devices,
    OptionalAttr<Dag_Count>:$tp_size,
    OptionalAttr<DictionaryAttr>:$drawn
  );
  let assemblyFormat = [{
    $name oilist(`in` $parent | `stage` `(` $stage `)` |
      `layers` `(` custom<Ranges>($layers) `)` | `devices` `(` custom<Ranges>($devices) `)` |
      `tp` `(` $tp_size `)` | `drawn` `(` $drawn `)`) attr-dict
  }];
}

def Dag_NodeOp : Dag_InSketchOp<"node", [
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
    DeclareOpInterfaceMethods<Dag_RoleOpInterface, ["getDeploymentBlock"]>]> {
  let summary = "a node of a drawing";
  let description = [{
    A node with its name, what it is drawn as, and what was recognized: role,
    layers, stage, tensor-parallel rank, devices, dimensions. What the drawing
    says stays in `drawn`, recognized or not. `to_stage` and `to_devices` are
    the far end of a transfer that one node stands for. `undeclared` marks a
    node that only edges mention. The location is the node's place in the
    drawing. The discardable attribute `dag.layer_count` holds how many layers a
    box says that it holds, `dag.num_layers` a total that it states, and
    `dag.target_device_name` the named device at the far end of a transfer.

    (C1) indices are not negative, sizes are positive.
    (C2) `inputs` and `outputs` hold `#dag.dims`.

    Example:

    ```mlir
    %0 = dag.node compute "layer0_qkv_tp0" role(qkv_projection) layers(0)
      tp(0) stage(0) devices(0) inputs(<"B", "S", 8192>)
      outputs(<"B", "S", heads = 32, d_k = 128>)
    ```
  }];
  let arguments = (ins
    Dag_NodeKindAttr:$kind,
    StrAttr:$name,
    OptionalAttr<Dag_RoleAttr>:$role,
    OptionalAttr<Dag_RoleAttr>:$block,
    OptionalAttr<Dag_RangesAttr>:$layers,
    OptionalAttr<Dag_Index>:$target_layer,
    OptionalAttr<Dag_Index>:$tp_rank,
    OptionalAttr<Dag_Count>:$tp_size,
    OptionalAttr<Dag_Index>:$stage,
    OptionalAttr<Dag_Index>:$target_stage,
    OptionalAttr<Dag_Index>:$expert,
    OptionalAttr<Dag_Index>:$microbatch,
    OptionalAttr<Dag_Index>:$dp_rank,
    OptionalAttr<Dag_RangesAttr>:$devices,
    OptionalAttr<Dag_RangesAttr>:$target_devices,
    UnitAttr:$all_devices,
    OptionalAttr<StrAttr>:$device_name,
    OptionalAttr<Dag_DimsArrayAttr>:$inputs,
    OptionalAttr<Dag_DimsArrayAttr>:$outputs,
    OptionalAttr<Dag_DimsAttr>:$buffer,
    OptionalAttr<StrAttr>:$element_type,
    OptionalAttr<F64Attr>:$dropout,
    OptionalAttr<StrAttr>:$cluster,
    OptionalAttr<DictionaryAttr>:$drawn,
    OptionalAttr<DictionaryAttr>:$recognized_by,
    OptionalAttr<StrArrayAttr>:$contradictions,
    UnitAttr:$undeclared
  );
  let results = (outs Dag_NodeType:$result);
  let assemblyFormat = [{
    custom<Kind>($kind) $name oilist(
      `role` `(` custom<RoleName>($role) `)` | `block` `(` custom<RoleName>($block) `)` |
      `layers` `(` custom<Ranges>($layers) `)` | `to_layer` `(` $target_layer `)` |
      `tp` `(` $tp_rank `)` | `tp_size` `(` $tp_size `)` |
      `stage` `(` $stage `)` | `to_stage` `(` $target_stage `)` |
      `expert` `(` $expert `)` | `microbatch` `(` $microbatch `)` |
      `dp` `(` $dp_rank `)` |
      `devices` `(` custom<Ranges>($devices) `)` | `to_devices` `(` custom<Ranges>($target_devices) `)` |
      `all_devices` $all_devices | `device_name` `(` $device_name `)` |
      `inputs` `(` custom<DimsList>($inputs) `)` | `outputs` `(` custom<DimsList>($outputs) `)` |
      `buffer` `(` custom<Dims>($buffer) `)` | `element_type` `(` $element_type `)` |
      `dropout` `(` $dropout `)` |
      `in` $cluster | `drawn` `(` $drawn `)` |
      `recognized_by` `(` $recognized_by `)` |
      `contradictions` `(` $contradictions `)` |
      `undeclared` $undeclared) attr-dict
  }];
}

def Dag_EdgeOp : Dag_InSketchOp<"edge"> {
  let summary = "an edge of a drawing";
  let description = [{
    An edge from one node to another. An edge whose label states a transfer or
    a collective carries its role and what else was recognized.

    (C1) indices are not negative.

    Example:

    ```mlir
    dag.edge %0 -> %1 role(transfer) stage(0) to_stage(1)
    ```
  }];
  let arguments = (ins
    Dag_NodeType:$source,
    Dag_NodeType:$target,
    OptionalAttr<Dag_RoleAttr>:$role,
    OptionalAttr<Dag_Index>:$stage,
    OptionalAttr<Dag_Index>:$target_stage,
    OptionalAttr<Dag_RangesAttr>:$devices,
    OptionalAttr<Dag_RangesAttr>:$target_devices,
    OptionalAttr<Dag_DimsAttr>:$buffer,
    OptionalAttr<DictionaryAttr>:$drawn
  );
  let assemblyFormat = [{
    $source `->` $target oilist(
      `role` `(` custom<RoleName>($role) `)` |
      `stage` `(` $stage `)` | `to_stage` `(` $target_stage `)` |
      `devices` `(` custom<Ranges>($devices) `)` | `to_devices` `(` custom<Ranges>($target_devices) `)` |
      `buffer` `(` custom<Dims>($buffer) `)` | `drawn` `(` $drawn `)`) attr-dict
  }];
}

def Dag_SyntaxErrorOp : Dag_InSketchOp<"syntax_error"> {
  let summary = "a place of a drawing that could not be read";
  let description = [{
    Keeps the damage of a drawing with what could be read of it, so that a
    damaged drawing never passes, not even after it was stored as MLIR. `count`
    is larger than one where this stands for further errors as well. Nothing is
    lost with an error that has the discardable attribute `dag.harmless`; one
    that has `dag.cut_off` is where the file ends before the drawing does.

    Example:

    ```mlir
    dag.syntax_error "expected ']', but got ';'"
    ```
  }];
  let arguments = (ins StrAttr:$message,
                       DefaultValuedAttr<I64Attr, "1">:$count);
  let assemblyFormat = "$message (`count` `(` $count^ `)`)? attr-dict";
  let extraClassDeclaration = [{
    bool isHarmless() { return (*this)->hasAttr("dag.harmless"); }
    bool isCutOff() { return (*this)->hasAttr("dag.cut_off"); }
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGSKETCHOPS_TD
