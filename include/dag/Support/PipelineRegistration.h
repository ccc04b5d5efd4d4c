//===- PipelineRegistration.h - Pipelines with options -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_PIPELINEREGISTRATION_H
#define DAG_SUPPORT_PIPELINEREGISTRATION_H

#include "dag/Support/NearestName.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

#include <vector>

namespace mlir::dag {

/// Registers a pipeline as `PassPipelineRegistration` does, but for an error in
/// its options: that goes to whoever adds the pipeline, and not to standard
/// error, and names the nearest option there is.
template <typename OptionsT>
void registerPipeline(StringRef argument, StringRef description,
                      void (*build)(OpPassManager &, const OptionsT &)) {
  struct Options : OptionsT {
    std::vector<std::string> getNames() const {
      std::vector<std::string> names;
      for (const auto &entry : this->OptionsMap)
        names.push_back(entry.first.str());
      return names;
    }
  };
  registerPassPipeline(
      argument, description,
      [build, argument](OpPassManager &pm, StringRef text,
                        function_ref<LogicalResult(const Twine &)> emitError)
          -> LogicalResult {
        // Passes of other ops end the process where they are added.
        if (pm.getOpAnchorName() != "builtin.module")
          return emitError("expected '" + argument +
                           "' on 'builtin.module', but got '" +
                           pm.getOpAnchorName() + "'");
        Options options;
        std::string message;
        llvm::raw_string_ostream os(message);
        if (failed(options.parseFromString(text, os)))
          return emitError(explainOptionError(message, options.getNames()));
        build(pm, options);
        return success();
      },
      [](function_ref<void(const mlir::detail::PassOptions &)> handler) {
        handler(Options());
      });
}

} // namespace mlir::dag

#endif // DAG_SUPPORT_PIPELINEREGISTRATION_H
