//===- Models.h - What cost models of ops share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERFACES_COST_MODELS_H
#define DAG_LIB_INTERFACES_COST_MODELS_H

#include "dag/Interfaces/CostOpInterface.h"
#include "dag/Support/Saturating.h"

namespace mlir::dag::costs {

/// Puts the cost of an op together. A size that is not known counts as zero and
/// makes the cost incomplete.
class CostBuilder {
public:
  explicit CostBuilder(CostContext &context) : context(context) {}

  /// Elements of the local part of `value`.
  int64_t elements(Value value);
  /// Size of a dimension of the local part.
  int64_t dim(Value value, unsigned index);

  /// A matrix product: two operations for each of the `factors`' product.
  CostBuilder &multiply(std::initializer_list<int64_t> factors);
  /// The products are of numbers as wide as the widest of these.
  CostBuilder &in(ValueRange values);
  CostBuilder &read(ValueRange values);
  CostBuilder &write(ValueRange values);
  CostBuilder &read(int64_t bytes);
  CostBuilder &write(int64_t bytes);
  /// Local bytes of `value`; zero for what is no tensor.
  int64_t bytes(Value value);

  /// The cost.
  operator OpCost() const { return cost; }
  OpCost cost;

private:
  int64_t known(int64_t size);
  int64_t bytesInMemory(Value value);

  CostContext &context;
};

/// A part of a whole, of which a cost is that of the part.
struct Share {
  int64_t part = 1;
  int64_t whole = 1;
  /// That share of `value`, rounded up.
  int64_t apply(int64_t value) const {
    return part < whole ? scaleSaturating(value, part, whole) : value;
  }
};

/// How many slots of a mixture's capacity hold a token when routing is
/// balanced: the slots of `value`, which stems from a `dag.dispatch` through
/// communication; all of them for any other value.
Share getSlotUse(Value value);
/// The same where a cost is asked for, which may be that of the worst case.
inline Share getSlotUse(Value value, const CostContext &context) {
  return context.countsAllSlots() ? Share() : getSlotUse(value);
}

/// True for scores and weights of attention, which a fused kernel
/// (FlashAttention, arXiv 2205.14135) has on the chip only.
bool isFusedScores(Value value);

/// Sizes of local dimensions for workspaces; zero where they are not known.
int64_t getDim(const LivenessContext &context, Value value, unsigned index);
/// Bytes of as many elements like those of `like`.
int64_t getBytes(Value like, std::initializer_list<int64_t> sizes);

/// True if nothing else reads the buffer of a value, under whatever name.
bool hasSoleUse(Value value, const LivenessContext &context);

/// The place of a result in slots of experts.
ResultPlace getSlotPlace(OpResult result, const LivenessContext &context);

/// What a collective sends: `before` and `after` are its local tensors. The
/// group of one rank sends nothing.
OpCost getCollectiveCost(CollectiveKind kind, ArrayAttr axes, Value before,
                         Value after, CostContext &context);

template <typename ConcreteT, typename OpT>
using Model = CostOpInterface::ExternalModel<ConcreteT, OpT>;

/// An op of which nothing is counted.
template <typename OpT>
struct FreeModel : Model<FreeModel<OpT>, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const { return {}; }
};

/// An op that reads its operands and writes its results, and whose arithmetic
/// is hidden behind that.
template <typename OpT>
struct StreamModel : Model<StreamModel<OpT>, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const {
    return CostBuilder(context).read(op->getOperands()).write(op->getResults());
  }
};

template <typename... OpTs>
void attachFree(MLIRContext *context) {
  (OpTs::template attachInterface<FreeModel<OpTs>>(*context), ...);
}
template <typename... OpTs>
void attachStream(MLIRContext *context) {
  (OpTs::template attachInterface<StreamModel<OpTs>>(*context), ...);
}

void attachArithModels(MLIRContext *context);
void attachAttentionModels(MLIRContext *context);
void attachCheckModels(MLIRContext *context);
void attachCollectiveModels(MLIRContext *context);
void attachCommModels(MLIRContext *context);
void attachCompositeModels(MLIRContext *context);
void attachComputeModels(MLIRContext *context);
void attachMoeModels(MLIRContext *context);
void attachRankModels(MLIRContext *context);
void attachStructureModels(MLIRContext *context);
void attachTransferModels(MLIRContext *context);

} // namespace mlir::dag::costs

#endif // DAG_LIB_INTERFACES_COST_MODELS_H
