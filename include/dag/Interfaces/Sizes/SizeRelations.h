//===- SizeRelations.h - How the sizes of models hang together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SIZES_SIZERELATIONS_H
#define DAG_INTERFACES_SIZES_SIZERELATIONS_H

#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::dag {

/// A size by its number: one of a dimension, of an attribute, or made of
/// others.
using Size = unsigned;

/// The sizes of one tensor: two for each dimension, without and with padding.
struct ShapeSizes {
  Size first = 0;
  unsigned rank = 0;
};

/// Which sizes of one or several models are equal, a product, a sum, or in an
/// order. Ops say so by their SizesOpInterface; what the types say of
/// divisibility and padding is known by itself. Whoever picks other sizes that
/// keep all of it (lib/Trial) has another model of the same form.
class SizeRelations {
public:
  /// What is known of all sizes that are equal.
  struct Class {
    /// The size in the models, or dynamic.
    int64_t original = ShapedType::kDynamic;
    /// The size is a multiple of it.
    int64_t divisor = 1;
    int64_t least = 0;
    /// Divides by these, or does not, as the original does: dimensions that
    /// are split unevenly.
    SmallVector<int64_t, 0> remainders;
    /// Stays as it is.
    bool isKept = false;
    /// Is found by nothing but its conditions, and may be equal to others.
    bool isPadded = false;
    /// Is no size of a dimension or an attribute.
    bool isMade = false;
    /// What it is, the same in all layers.
    size_t role = 0;
  };
  enum class Kind { Product, Sum };
  struct Relation {
    Kind kind;
    Size whole;
    SmallVector<Size, 2> parts;
  };
  /// `less + distance <= more`. A wish is dropped where it can't be kept.
  struct Order {
    Size less, more;
    int64_t distance;
    bool isWish;
  };

  /// Ops from here on are of a model on this mesh.
  void setMesh(const MeshShape &shape) { mesh = shape; }
  /// Asks all ops of a model, whose composites have been taken apart.
  void addModel(ModelOp model);

  //===--- Sizes ---------------------------------------------------------===//

  /// The sizes of a tensor, or of what a transfer holds; of rank 0 for others.
  ShapeSizes getShape(Value value);
  /// The sizes of a tensor type that an attribute of `op` holds.
  ShapeSizes getShape(Operation *op, StringRef name);
  /// A dimension without its padding, and with it. Negative ones count from
  /// the last.
  Size get(ShapeSizes shape, int64_t dim) const;
  Size getPadded(ShapeSizes shape, int64_t dim) const;
  Size get(Value value, int64_t dim) { return get(getShape(value), dim); }
  /// An integer attribute, or an element of an array of integers.
  Size get(Operation *op, StringRef name, unsigned index = 0);
  Size getConstant(int64_t size);
  Size getProduct(Size left, Size right);
  Size getSum(Size left, Size right);
  /// What makes `whole` a multiple of `part`.
  Size getQuotient(Size whole, Size part);
  /// What is left of `whole` without `part`.
  Size getRest(Size whole, Size part);
  int64_t getOriginal(Size size) { return getClass(size).original; }

  //===--- Relations -----------------------------------------------------===//

  void equate(Size left, Size right);
  /// Equal without padding, and, where both have as much of it, with it.
  void equateDims(Value left, int64_t leftDim, Value right, int64_t rightDim);
  void equateShapes(ShapeSizes left, ShapeSizes right);
  void equateShapes(Value left, Value right) {
    equateShapes(getShape(left), getShape(right));
  }
  /// All tensors of this name have one shape.
  void equateNamed(const Twine &name, Value value);
  void multiply(Size whole, Size left, Size right);
  /// A dimension is another one, times a size, with and without padding.
  void multiplyDims(Value whole, int64_t wholeDim, Value part, int64_t partDim,
                    Size factor);
  void add(Size whole, ArrayRef<Size> parts);
  /// Less, equal or more, as in the models.
  void keepOrder(Size left, Size right);
  /// At most, and less where it is less in the models.
  void keepAtMost(Size less, Size more);
  void wishAtMost(Size less, Size more) {
    orders.push_back({less, more, 0, true});
  }
  void keep(Size size) { getClass(size).isKept = true; }
  void keepAll(Operation *op);
  void setDivisor(Size size, int64_t divisor);
  /// At least so much, if the size of the models is.
  void setLeast(Size size, int64_t least);
  /// The attribute says how much padding the dimension of `value` has.
  void bindPadding(Operation *op, StringRef name, Value value, int64_t dim);

  //===--- What a run keeps to -------------------------------------------===//

  /// Integers of the inputs are numbers of rows.
  void boundIndices(Size rows) { indexBounds.push_back(rows); }
  /// The positions of `tokens`, moved by `offset`, are numbers of rows.
  void boundPositions(Size rows, Size tokens, int64_t offset = 0) {
    positionBounds.push_back({rows, tokens, offset});
  }
  struct PositionBound {
    Size rows, tokens;
    int64_t offset;
  };

  /// The symbol that an op uses, or null.
  Operation *lookup(Operation *op, FlatSymbolRefAttr name);

  //===--- For those who pick other sizes --------------------------------===//

  size_t size() const { return parents.size(); }
  Size getRoot(Size size);
  Class &getClass(Size size) { return classes[getRoot(size)]; }
  ArrayRef<Relation> getRelations() const { return relations; }
  ArrayRef<Order> getOrders() const { return orders; }
  ArrayRef<Size> getIndexBounds() const { return indexBounds; }
  ArrayRef<PositionBound> getPositionBounds() const { return positionBounds; }
  /// Writes what `pick` says of each size into the types and the attributes.
  void apply(function_ref<int64_t(Size)> pick);

private:
  struct Attribute {
    Operation *op;
    StringAttr name;
    unsigned index;
    Size size;
    /// The attribute is this size less the other one.
    std::optional<Size> minus;
  };

  Size makeSize(int64_t original, size_t role, bool isMade = false);
  ShapeSizes makeShape(Type type, size_t role);
  size_t getRole(Operation *op, StringRef part, unsigned number);
  void relate(Operation *op);

  MeshShape mesh;
  std::vector<Size> parents;
  std::vector<Class> classes;
  std::vector<Relation> relations;
  std::vector<Order> orders;
  std::vector<Size> indexBounds;
  std::vector<PositionBound> positionBounds;
  DenseMap<Value, ShapeSizes> shapes;
  DenseMap<std::pair<Operation *, StringAttr>, ShapeSizes> typeShapes;
  DenseMap<std::pair<std::pair<Operation *, StringAttr>, unsigned>, Size>
      attributeSizes;
  std::vector<Attribute> attributes;
  std::vector<Value> values;
  std::vector<std::pair<Operation *, StringAttr>> typeAttributes;
  llvm::StringMap<SmallVector<Value, 1>> named;
  DenseMap<int64_t, Size> constants;
  SymbolTableCollection tables;
};

} // namespace mlir::dag

#endif // DAG_INTERFACES_SIZES_SIZERELATIONS_H
