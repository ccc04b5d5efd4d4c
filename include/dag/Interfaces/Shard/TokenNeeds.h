//===- TokenNeeds.h - Who needs all tokens of a value -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SHARD_TOKENNEEDS_H
#define DAG_INTERFACES_SHARD_TOKENNEEDS_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::dag::shard {

/// What the users of a value of a logical program need of its tokens, where
/// these can be split. Users are looked at once for each value.
class TokenNeeds {
public:
  /// True if all tokens of `value` are needed, or if gathering what is made of
  /// them costs more.
  bool isNeededWhole(Value value);
  /// True if two ops give what is needed whole of `value` token by token, so
  /// that it is gathered itself, once.
  bool isGatheredForMany(Value value);
  /// True if experts work on `value` too.
  bool feedsExperts(Value value);

private:
  llvm::DenseMap<Value, bool> whole, gathered, expert;
};

} // namespace mlir::dag::shard

#endif // DAG_INTERFACES_SHARD_TOKENNEEDS_H
