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
std::string getLayerPrefix(const Architecture &row, int64_t index);

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

  /// A parameter, of the model's element type unless another is given.
  Value parameter(const Twine &name, ArrayRef<int64_t> shape,
                  CheckpointAttr checkpoint = {}, Type elementType = {});
  /// The model's norm. Without a role it is a norm like others.
  Value norm(Value x, StringRef name, std::optional<Role> as = std::nullopt);

protected:
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

  /// From the hidden states before the layer to those behind it.
  Value build(Value x, Value position);

private:
  /// A part of what the checkpoint stores: of the matrix and its bias.
  struct Part {
    StringRef module;
    /// Rows of the stored matrix, seen as groups of rows: `[groups, rows]`.
    int64_t groups = 1, groupRows = 0;
    /// The rows of each group that are taken.
    int64_t offset = 0, rows = 0;
  };

  Value linearWeight(const Part &part, int64_t columns);
  Value linearBias(const Part &part);
  Value weight(StringRef module, int64_t rows, int64_t columns);
  Value bias(StringRef module, int64_t rows, bool exists);

  Value cache(StringRef name, ArrayRef<int64_t> shape);
  Value attention(Value x, Value position);
  Value latentAttention(Value x, Value position);
  Value ffn(Value x, StringRef gate, StringRef up, StringRef down,
            int64_t inner, bool allowFused);
  Value experts(Value x);
  Value expertParameter(const Twine &name, int64_t rows, int64_t columns);
  Value fusedExpertParameter(bool isUp, bool isBias);
  Value feedForward(Value x);

  const LayerKind &kind;
};

} // namespace mlir::dag::huggingface

#endif // DAG_LIB_TARGET_HUGGINGFACE_LAYERBUILDER_H
