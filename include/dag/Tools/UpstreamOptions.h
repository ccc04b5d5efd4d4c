//===- UpstreamOptions.h - Options that upstream reads ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_UPSTREAMOPTIONS_H
#define DAG_TOOLS_UPSTREAMOPTIONS_H

#include "dag/Tools/CommandLine.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

namespace mlir::dag {

/// The files that options of upstream on a command line write, behind the back
/// of OutputFile.
std::vector<std::string> getUpstreamOutputs(ArrayRef<char *> arguments);

/// Refuses, with an error, values that upstream would do without: plugins that
/// cannot be loaded, folders that cannot be made, markers between modules that
/// are too short to be found.
ExitStatus checkUpstreamOptions(ArrayRef<char *> arguments,
                                const MlirOptMainConfig &config);

} // namespace mlir::dag

#endif // DAG_TOOLS_UPSTREAMOPTIONS_H
