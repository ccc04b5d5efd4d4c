//===- NearestName.h - What a misspelt name may have meant -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_NEARESTNAME_H
#define DAG_SUPPORT_NEARESTNAME_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::dag {

/// The one of `names` that is most like `name`, or empty if none is near.
llvm::StringRef findNearestName(llvm::StringRef name,
                                llvm::ArrayRef<std::string> names);

/// `; did you mean 'report'?` for `reprot`, or empty if no name is near.
std::string askNearestName(llvm::StringRef name,
                           llvm::ArrayRef<std::string> names);

/// Upstream's message about an option of a pass that is unknown, with the
/// nearest of the options that there are; another message as it is.
std::string explainOptionError(llvm::StringRef message,
                               llvm::ArrayRef<std::string> names);

} // namespace mlir::dag

#endif // DAG_SUPPORT_NEARESTNAME_H
