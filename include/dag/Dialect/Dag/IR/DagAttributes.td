//===- DagAttributes.td - Attributes of the deployment dialect -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGATTRIBUTES_TD
#define DAG_DIALECT_DAG_IR_DAGATTRIBUTES_TD

include "dag/Dialect/Dag/IR/DagDialect.td"
include "dag/Dialect/Dag/IR/DagEnums.td"
include "dag/Dialect/Dag/IR/DagSharding.td"
include "mlir/IR/AttrTypeBase.td"

class Dag_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Dag_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Dag_RangesAttr : Dag_Attr<"Ranges", "ranges"> {
  let summary = "a set of devices, ranks or layers as ranges";
  let description = [{
    Sorted, disjoint, non-adjacent closed ranges of integers, kept as pairs
    `first, last`.

    (C1) the bounds come in pairs and ascend without touching.

    Example:

    ```mlir
    #dag.ranges<0 to 7, 12>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$bounds);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [AttrBuilder<(ins "const RangeSet &":$set)>];
  let extraClassDeclaration = [{
    /// The set itself.
    RangeSet getSet() const;
    /// Parses and prints `0 to 7, 12`, without or with what stands around it.
    static ParseResult parseElements(AsmParser &parser,
                                     AsmParser::Delimiter delimiter,
                                     RangeSet &set);
    void printElements(AsmPrinter &printer) const;
  }];
}

def Dag_DimsAttr : Dag_Attr<"Dims", "dims"> {
  let summary = "dimensions as drawn, with names and symbols";
  let description = [{
    The dimensions of a tensor in a drawing. Each has a name or none, and a
    number or the text that stands in place of one.

    (C1) names, sizes and symbols are of one length.
    (C2) a dimension has a size or a symbol.

    Example:

    ```mlir
    #dag.dims<batch_size = 8, "S", hidden = "H/2", 8192>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::StringAttr">:$names,
    ArrayRefParameter<"int64_t">:$sizes,
    ArrayRefParameter<"::mlir::StringAttr">:$symbols
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getRank() const { return getSizes().size(); }
    /// The name, or an empty string.
    StringRef getDimName(unsigned index) const {
      return getNames()[index].getValue();
    }
    /// True if the dimension is a number.
    bool isStatic(unsigned index) const {
      return getSymbols()[index].getValue().empty();
    }
    /// Prints `[batch_size=8, S, 8192]`, the way drawings do.
    std::string str() const;
  }];
}

def Dag_CheckpointAttr : Dag_Attr<"Checkpoint", "checkpoint"> {
  let summary = "how a parameter comes from a checkpoint's tensors";
  let description = [{
    What is done with the stored tensor, in this order:

    0. `packed`: 4-bit values are taken out of the bytes or words that hold
       several: `bytes` (two of the last dimension, the lower bits first),
       `words` (eight of the last dimension, the lowest bits first, each stored
       plus 8), `gptq` (eight of the first dimension, the lowest bits first),
       `gptq_zeros` (eight of the last dimension, each stored minus 1) or `awq`
       (eight of the last dimension, in the order 0, 2, 4, 6, 1, 3, 5, 7);
    1. `stacked`: the name has a `{}`; the tensors with 0, 1, 2, ... in its
       place are stacked along a new first dimension (experts stored one by
       one);
    2. `transposed`: the last two dimensions change places (GPT-2 stores
       `[in, out]`);
    3. `view`, `offsets`, `sizes`: the tensor is seen in the shape of the view,
       the part from the offsets with the sizes is taken (one part of a fused
       projection), and gets the shape of the parameter without its padding.

    (C1) something is said.
    (C2) `view`, `offsets` and `sizes` are of one length.
    (C3) sizes are positive, offsets are not negative, and the part lies within
    the view.

    Example:

    ```mlir
    #dag.checkpoint<transposed view [3, 768, 768] offsets [1, 0, 0]
                    sizes [1, 768, 768]>
    ```
  }];
  let parameters = (ins
    "::mlir::dag::Packing":$packing,
    "bool":$stacked,
    "bool":$transposed,
    ArrayRefParameter<"int64_t">:$view,
    ArrayRefParameter<"int64_t">:$offsets,
    ArrayRefParameter<"int64_t">:$sizes
  );
  let builders = [
    AttrBuilder<(ins "bool":$stacked, "bool":$transposed), [{
      return $_get($_ctxt, Packing::None, stacked, transposed,
                   ArrayRef<int64_t>(), ArrayRef<int64_t>(),
                   ArrayRef<int64_t>());
    }]>,
    AttrBuilder<(ins "bool":$stacked, "bool":$transposed,
                     "::llvm::ArrayRef<int64_t>":$view,
                     "::llvm::ArrayRef<int64_t>":$offsets,
                     "::llvm::ArrayRef<int64_t>":$sizes), [{
      return $_get($_ctxt, Packing::None, stacked, transposed, view, offsets,
                   sizes);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Constraints
//===----------------------------------------------------------------------===//

/// A place in a list: of a stage, a layer, a rank.
/// Bounded (`kMaxIndex`), so that sums of some of them do not overflow.
def Dag_Index : ConfinedAttr<I64Attr,
    [IntNonNegative, IntMaxValue<1099511627775>]>;

/// How many of something there are.
def Dag_Count : ConfinedAttr<I64Attr, [IntPositive]>;

/// A name of something.
def Dag_Name : ConfinedAttr<StrAttr, [AttrConstraint<
    CPred<"!::llvm::cast<::mlir::StringAttr>($_self).empty()">,
    "that is not empty">]>;

def Dag_DimsArrayAttr : TypedArrayAttrBase<Dag_DimsAttr, "array of #dag.dims">;

#endif // DAG_DIALECT_DAG_IR_DAGATTRIBUTES_TD
