//===- LocalizeOps.h - Ops of a plan as ops of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_TRANSFORMS_LOCALIZE_LOCALIZEOPS_H
#define DAG_LIB_DIALECT_DAG_TRANSFORMS_LOCALIZE_LOCALIZEOPS_H

#include "dag/Dialect/Dag/IR/Program.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::dag {

/// A program that is being made: its communicators and buffers, each made where
/// it is asked for first.
class ProgramParts {
public:
  ProgramParts(ProgramOp program, const MeshShape &mesh)
      : program(program), mesh(mesh), symbols(program) {}

  const MeshShape &getMesh() const { return mesh; }
  ProgramOp getProgram() const { return program; }

  /// The communicator over `axes`, in this order.
  CommunicatorOp getCommunicator(Location loc, ArrayRef<StringAttr> axes);
  /// What `buffer` of a plan is to shards of `type`.
  FlatSymbolRefAttr getBuffer(CommBufferOp buffer, RankedTensorType type);
  /// Adds a function; its name is made unique.
  FunctionOp addFunction(Location loc, StringRef name, IntegerAttr stage,
                         const RangeSet &ranks, ArrayRef<int64_t> devices);

private:
  ProgramOp program;
  const MeshShape &mesh;
  SymbolTable symbols;
  llvm::MapVector<ArrayAttr, CommunicatorOp> communicators;
  llvm::MapVector<std::pair<Operation *, Type>, CommBufferOp> buffers;
  /// The op that new communicators and buffers stand in front of.
  Operation *firstFunction = nullptr;
};

/// Translates the ops of one function: those that ranks with equal shapes run.
class Localizer {
public:
  /// `coordinates` are those of one of the ranks.
  Localizer(ProgramParts &parts, FunctionOp function,
            SmallVector<int64_t, 4> coordinates,
            const DenseMap<int64_t, StageOp> &stages);

  /// What comes from outside the stage, and what is handed out.
  LogicalResult addBorder(Operation *op);
  /// Says what the argument of a stage is.
  void map(Value argument, Value value) {
    mapping.map(argument, mapping.lookup(value));
  }
  bool knows(Value value) const { return mapping.contains(value); }
  /// All ops of a block but its terminator. Emits errors.
  LogicalResult run(Block &block);
  LogicalResult addOutput(OutputOp output, Value value);

private:
  Value get(Value value) const { return mapping.lookup(value); }
  RankedTensorType getType(Value value) const {
    return cast<RankedTensorType>(value.getType());
  }
  DimShardingAttr getSplit(Value value, unsigned dim) const;
  RankedTensorType getLocalType(Type type) const;
  /// Where the rank's shard of a dimension begins, as an integer of `type`.
  Value getOffset(Location loc, int64_t size, DimShardingAttr split,
                  RankedTensorType type = {});
  /// A position, moved by where the rank's tokens begin.
  Value getPosition(Location loc, Value position, Value tokens, unsigned dim);
  Value slice(Value x, int64_t dim, Value offset, int64_t size);
  Value pad(Value x, int64_t dim, std::optional<uint64_t> amount);
  /// The KV heads that the rank's heads use.
  FailureOr<Value> getUsedHeads(Operation *op, Value heads, unsigned headDim,
                                Value kv);

  LogicalResult localize(Operation *op);
  Operation *clone(Operation *op);
  LogicalResult localizeLayer(LayerOp op);
  LogicalResult localizeRotary(RotaryEmbeddingOp op);
  LogicalResult localizeWeights(AttentionWeightsOp op);
  LogicalResult localizeMoe(MoeOp op);
  LogicalResult localizeCollective(CollectiveOpInterface op);
  LogicalResult localizeTransfer(TransferOpInterface op);

  ProgramParts &parts;
  const MeshShape &mesh;
  SmallVector<int64_t, 4> coordinates;
  const DenseMap<int64_t, StageOp> &stages;
  FunctionOp function;
  OpBuilder builder;
  IRMapping mapping;
};

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_TRANSFORMS_LOCALIZE_LOCALIZEOPS_H
