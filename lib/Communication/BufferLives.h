//===- BufferLives.h - What lies in a buffer of a rank ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_BUFFERLIVES_H
#define DAG_LIB_COMMUNICATION_BUFFERLIVES_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Interfaces/CostOpInterface.h"

#include <vector>

namespace mlir::dag {

/// Where ops stand below `root`, in the order in which they run. Calls of a
/// group begin together and end together.
class OpPlaces {
public:
  explicit OpPlaces(Operation *root) : root(root) {}

  uint32_t getBegin(Operation *op);
  uint32_t getEnd(Operation *op);

private:
  uint32_t getPlace(Operation *op);

  Operation *root;
  DenseMap<Operation *, uint32_t> places;
};

/// What an op does to a buffer.
struct BufferUse {
  enum class Kind {
    /// Sends `value` through it to another rank.
    Send,
    /// Receives `value` in it from another rank.
    Recv,
    /// Leaves `value` in it for the rank itself.
    Keep,
    /// Takes out as `value` what was left in it first.
    Take
  };

  /// What the end of a transfer, or of what stays on the rank, does.
  static BufferUse get(Operation *op, Kind kind);

  Operation *op;
  Kind kind;
  Value value;
};

/// The lives of tensors in one buffer of a rank. What is received lies there
/// until the last use of it and of what shares its memory or is computed from
/// it piece by piece; what is sent, while it is sent; what is kept, until it
/// has been taken out and used. Any free slot serves the next tensor.
class BufferLives {
public:
  /// `uses` in the order in which the rank runs them.
  BufferLives(OpPlaces &places, ArrayRef<BufferUse> uses);

  /// What is found where a rank runs the uses. All numbers are those of uses.
  struct Outcome {
    /// A use that finds no slot free.
    struct Full {
      size_t use;
      /// True if a tensor has been kept in it and not been taken out.
      bool hasKept;
    };
    SmallVector<Full, 0> full;
    /// Takes that find nothing.
    SmallVector<size_t, 0> empty;
    /// Keeps with the takes that get what they have kept.
    SmallVector<std::pair<size_t, size_t>, 0> taken;
    /// How many tensors are left in it.
    int64_t numKept = 0;
  };

  /// Runs the uses on a buffer in which `numKept` tensors have been kept.
  /// `possible`: with the lives that ops may give a tensor which do not say
  /// whether their results share its memory.
  Outcome run(int64_t slots, int64_t numKept, bool possible = false) const;

  const BufferUse &getUse(size_t use) const { return uses[use].use; }
  /// An op that does not say whether its results share the memory of what lies
  /// in the buffer; null if there is none.
  Operation *getUnknown() const { return unknown; }
  /// Why it is not known that there is room in the buffer `name`.
  std::string getUnknownText(StringAttr name) const;

private:
  struct TimedUse {
    BufferUse use;
    /// When it begins, and when the tensor is used for the last time.
    uint32_t begin, end, possibleEnd;
    /// The use by which what is sent or kept has come into the buffer, where it
    /// may lie no more.
    std::optional<size_t> source;
  };

  void follow(OpPlaces &places, size_t use, DenseMap<Value, size_t> &sources);

  std::vector<TimedUse> uses;
  Operation *unknown = nullptr;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_BUFFERLIVES_H
