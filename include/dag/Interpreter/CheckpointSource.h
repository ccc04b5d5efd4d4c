//===- CheckpointSource.h - Tensors from files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERPRETER_CHECKPOINTSOURCE_H
#define DAG_INTERPRETER_CHECKPOINTSOURCE_H

#include "dag/Interpreter/Interpreter.h"
#include "dag/Support/Checkpoint.h"

namespace mlir::dag {

/// Takes weights and inputs from files, each by its name. What no file was
/// given for is random; with weights, caches begin with zeros.
///
/// Stored inputs, and expected outputs, are those of a whole sequence in their
/// second dimension: a run takes, or gives, its part from the position on.
class CheckpointSource : public RandomSource {
public:
  CheckpointSource(Options options, const Checkpoint &weights,
                   const Checkpoint &inputs)
      : RandomSource(options), weights(weights), inputs(inputs) {}

  FailureOr<Tensor> getParameter(ParameterOp op) override;
  FailureOr<Tensor> getInput(InputOp op) override;
  FailureOr<Tensor> getCache(KvCacheOp op) override;

  /// True for what options say of a run, where sequences are and how many new
  /// tokens they have: no file is asked for it.
  static bool isOfRun(InputOp op);

  /// What the files say that outputs of these names and shapes should be, those
  /// of the steps that `options` say put together.
  static FailureOr<llvm::MapVector<StringAttr, Tensor>>
  getExpected(Operation *model,
              const llvm::MapVector<StringAttr, Tensor> &outputs,
              const Checkpoint &files, const Options &options);

private:
  FailureOr<Tensor> readRagged(InputOp op) const;

  const Checkpoint &weights;
  const Checkpoint &inputs;
};

} // namespace mlir::dag

#endif // DAG_INTERPRETER_CHECKPOINTSOURCE_H
