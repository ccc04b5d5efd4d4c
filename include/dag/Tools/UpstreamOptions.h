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

/// An error where such a file cannot be written: upstream would go on, or end
/// with the status of FAIL.
llvm::Error checkUpstreamOutput(StringRef file);

/// An option of the command line that upstream's main reads, and nothing else;
/// or empty.
StringRef findUpstreamOption();

/// Refuses, with an error, values that upstream would do without: plugins that
/// cannot be loaded, folders that cannot be made, markers between modules that
/// are too short to be found, or that it would end at: dialects that cannot be
/// read, or are those of `registry`.
ExitStatus checkUpstreamOptions(ArrayRef<char *> arguments,
                                const MlirOptMainConfig &config,
                                const DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_TOOLS_UPSTREAMOPTIONS_H
