//===- DagInterfaces.td - Op interfaces of the deployment dialect -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGINTERFACES_TD
#define DAG_DIALECT_DAG_IR_DAGINTERFACES_TD

include "mlir/IR/OpBase.td"

def Dag_RoleOpInterface : OpInterface<"RoleOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op that is a node of the deployment DAG: it has a role in the model. The
    checks see a sketch and a plan alike as nodes with roles, so an op takes
    part in them as soon as it implements this interface.
  }];
  let methods = [
    InterfaceMethod<"What the op does in the model.",
                    "::mlir::dag::Role", "getDeploymentRole">,
    InterfaceMethod<[{
        The block that the op belongs to (`Attention`, `Ffn`, `Moe`,
        `Embedding`, `Head`), or `Unknown` where the op does not say.
      }], "::mlir::dag::Role", "getDeploymentBlock", (ins),
      /*methodBody=*/[{}], /*defaultImplementation=*/[{
        return ::mlir::dag::Role::Unknown;
      }]>
  ];
}

def Dag_SummandOpInterface : OpInterface<"SummandOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op of another dialect that says what it does to the summands of a pending
    sum, rank by rank. Ops of this dialect have typing rules for that; an op that
    has neither is not known to be right on summands, and is named.
  }];
  let methods = [
    InterfaceMethod<[{
        True if the op on the summands of its operands gives summands of what it
        gives on the sums: it is linear in all of its operands together, up to
        rounding.
      }], "bool", "isLinear">
  ];
}

def Dag_CollectiveOpInterface : OpInterface<"CollectiveOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op of a plan that changes where the parts of a tensor lie and nothing
    else.
  }];
  let methods = [
    InterfaceMethod<"The kind; `Slice` alone does not communicate.",
                    "::mlir::dag::CollectiveKind", "getCollectiveKind">,
    InterfaceMethod<"The tensor before.", "::mlir::Value",
                    "getCollectiveOperand", (ins), [{}], [{
        return $_op->getOperand(0);
      }]>,
    InterfaceMethod<"The mesh axes, as an array of names.", "::mlir::ArrayAttr",
                    "getCollectiveAxes", (ins), [{}], [{
        return $_op.getAxes();
      }]>,
    InterfaceMethod<[{
        The dimensions that are gathered or split; first the one that is split
        and then the one that is concatenated for an all-to-all; none for a
        reduction or a broadcast.
      }], "::llvm::SmallVector<int64_t, 2>", "getCollectiveDims", (ins), [{}],
      [{ return {}; }]>,
    InterfaceMethod<[{
        The coordinate of the root on each of the axes, or nothing if all ranks
        play the same part.
      }], "::llvm::ArrayRef<int64_t>", "getRootCoordinates", (ins), [{}],
      [{ return {}; }]>
  ];
}

def Dag_TransferOpInterface : OpInterface<"TransferOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    One end of a transfer between stages.
  }];
  let methods = [
    InterfaceMethod<"True at the sending end.", "bool", "isSend">,
    InterfaceMethod<"Index of the stage at the other end.", "int64_t",
                    "getPeerStage">,
    InterfaceMethod<"The buffer, by name.", "::mlir::FlatSymbolRefAttr",
                    "getTransferBuffer">,
    InterfaceMethod<"Type of the data, null if it is not known.",
                    "::mlir::RankedTensorType", "getPayloadType">,
    InterfaceMethod<[{
        What links both ends: the result of a send, the operand of a recv; null
        if the op does not have it.
      }], "::mlir::Value", "getTransferValue", (ins), [{}], [{
        ::mlir::Operation *op = $_op;
        if ($_op.isSend())
          return op->getNumResults() ? op->getResult(0) : ::mlir::Value();
        return op->getNumOperands() ? op->getOperand(0) : ::mlir::Value();
      }]>
  ];
}

def Dag_CommunicationOpInterface : OpInterface<"CommunicationOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    A call on a communicator in the program of a rank: a collective, or one end
    of a transfer.

    What all members have to agree on in one call is said by its methods: the
    kind, the dimensions, the number and type of elements, the root. What is
    reduced is added up.

    Every method has an answer on an op that does not verify as well, since
    symbols may be looked up before.
  }];
  let methods = [
    InterfaceMethod<"The kind: a collective that communicates, or an end of a "
                    "transfer.",
                    "::mlir::dag::CollectiveKind", "getCallKind">,
    InterfaceMethod<"The communicator, by name; null if there is none.",
                    "::mlir::FlatSymbolRefAttr", "getCommunicatorAttr">,
    InterfaceMethod<[{
        The dimensions that are gathered or split; first the one that is split
        and then the one that is concatenated for an all-to-all; none for a
        reduction, a broadcast or a transfer.
      }], "::llvm::SmallVector<int64_t, 2>", "getCallDims", (ins), [{}],
      [{ return {}; }]>,
    InterfaceMethod<[{
        True if members have different sizes in the dimension: the first ones
        have one element more, where it does not divide.
      }], "bool", "hasUnevenParts", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
        The tensor that the members count the elements of: what one of them
        gives or gets, whichever is less; where their parts are uneven, what
        they make together. Null if it is no ranked tensor.
      }], "::mlir::RankedTensorType", "getCountedType", (ins), [{}], [{
        return ::mlir::dag::detail::getCountedType(
            $_op, $_op.getCallKind(), $_op.hasUnevenParts());
      }]>,
    InterfaceMethod<[{
        The number of the member at the other end of a transfer, or nothing.
      }], "::std::optional<int64_t>", "getPeerMember", (ins), [{}],
      [{ return ::std::nullopt; }]>,
    InterfaceMethod<[{
        The number of the root of a collective, or nothing if all members play
        the same part.
      }], "::std::optional<int64_t>", "getRootMember", (ins), [{}],
      [{ return ::std::nullopt; }]>
  ];
  let extraClassDeclaration = [{
    /// The number of elements of `getCountedType`, `ShapedType::kDynamic` if it
    /// is not known.
    int64_t getElementCount();
    /// Their type; null if it is not known.
    ::mlir::Type getElementType();
    bool isSend() { return getCallKind() == ::mlir::dag::CollectiveKind::Send; }
  }];
}

def Dag_CompositeOpInterface : OpInterface<"CompositeOpInterface"> {
  let cppNamespace = "::mlir::dag";
  let description = [{
    An op that stands for several others. It says once what it is made of; what
    it costs, needs, computes and equals follows from its parts, and it is
    decomposed by building them. Its parts may be composites themselves.

    Analyses look at the parts through `CompositeParts`, which builds them aside.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the parts at the insertion point and gives the values that stand
        for the results, in order. Parts have the op's location and look at its
        operands only, so that nothing but the types has to fit. Emits an error
        and fails where the types of the op do not allow its parts; those built
        until then have no users.
      }], "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "decompose",
      (ins "::mlir::OpBuilder &":$builder)>
  ];
}

#endif // DAG_DIALECT_DAG_IR_DAGINTERFACES_TD
