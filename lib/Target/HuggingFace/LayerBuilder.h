//===- LayerBuilder.h - Ops of a layer from a description -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_HUGGINGFACE_LAYERBUILDER_H
#define DAG_LIB_TARGET_HUGGINGFACE_LAYERBUILDER_H

#include "Description.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::dag::huggingface {

/// What the names of the parameters of a layer begin with.
std::string getLayerPrefix(const Description &d, int64_t index);

/// Builds what a block has and the model's ends have too.
class BlockBuilder {
public:
  BlockBuilder(ImplicitLocOpBuilder &builder, const Description &description,
               std::string prefix)
      : builder(builder), d(description), row(*description.architecture),
        prefix(std::move(prefix)) {}

  RoleAttr role(Role role) const {
    return RoleAttr::get(builder.getContext(), role);
  }
  /// An attribute, or null for nothing.
  FloatAttr number(std::optional<double> value) const {
    return value ? builder.getF64FloatAttr(*value) : FloatAttr();
  }
  IntegerAttr integer(std::optional<int64_t> value) const {
    return value ? builder.getI64IntegerAttr(*value) : IntegerAttr();
  }

  /// A parameter in the model's type of values, whatever its own is, unless
  /// another is asked for.
  Value parameter(const Twine &name, ArrayRef<int64_t> shape,
                  CheckpointAttr checkpoint = {}, Type elementType = {});
  /// A parameter as it is stored.
  Value stored(const Twine &name, ArrayRef<int64_t> shape, Type elementType,
               CheckpointAttr checkpoint);
  /// `x` in the model's type of values, or another, with scales and zeros where
  /// there are some.
  Value dequantize(Value x, Value scale = {}, Value zero = {},
                   ArrayRef<int64_t> block = {}, Type to = {});
  /// The model's norm. Without a role it is a norm like others.
  Value norm(Value x, StringRef name, std::optional<Role> as = std::nullopt);

  /// The weight of the head, stored like those of layers.
  Value quantizedHead();

protected:
  /// A part of what the checkpoint stores: of the matrix and its bias.
  struct Part {
    StringRef module;
    /// Rows of the stored matrix, seen as groups of rows: `[groups, rows]`.
    int64_t groups = 1, groupRows = 0;
    /// The rows of each group that are taken.
    int64_t offset = 0, rows = 0;
  };

  /// A weight of `[experts, rows, columns]`, or `[rows, columns]` where there
  /// are none, whose rows are a part of the stored ones.
  struct Matrix {
    std::optional<int64_t> experts;
    Part part;
    int64_t columns = 0;
    /// Rows of two matrices alternate: the first of two, or the second.
    std::optional<bool> second = std::nullopt;
    /// Stored as `[out, in]`, however the row has those of layers.
    bool isHead = false;

    int64_t getRows() const { return part.groups * part.rows; }
  };
  Value quantizedWeight(const Matrix &matrix, const Storage &storage);
  Value storedPart(const Matrix &matrix, const StoredPart &part,
                   const Storage &storage, int64_t blockRows,
                   int64_t blockColumns);

  ImplicitLocOpBuilder &builder;
  const Description &d;
  const Architecture &row;
  std::string prefix;
};

/// Builds the ops of one layer.
class LayerBuilder : BlockBuilder {
public:
  LayerBuilder(ImplicitLocOpBuilder &builder, const Description &description,
               std::string prefix, const LayerKind &kind)
      : BlockBuilder(builder, description, std::move(prefix)), kind(kind) {}

  /// From the hidden states before the layer to those behind it. Arguments are
  /// the hidden states, the position, and the block table, if there is one.
  Value build(ValueRange arguments);

private:
  Value linearWeight(const Part &part, int64_t columns);
  const Storage *getStorage(StringRef module) const;
  Value linearBias(const Part &part);
  Value weight(StringRef module, int64_t rows, int64_t columns);
  Value bias(StringRef module, int64_t rows, bool exists);

  Value cache(StringRef name, ArrayRef<int64_t> shape);
  Value attention(Value x);
  Value latentAttention(Value x);
  Value ffn(Value x, StringRef gate, StringRef up, StringRef down,
            int64_t inner, bool allowFused);
  Value experts(Value x);
  Value expertParameter(StringRef module, int64_t rows, int64_t columns);
  Value fusedExpertParameter(bool isUp, bool isBias);
  Value fusedExpertDown();
  Value feedForward(Value x);

  const LayerKind &kind;
  /// The place of the tokens; `pages` may be null.
  Value position, pages;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_LAYERBUILDER_H
