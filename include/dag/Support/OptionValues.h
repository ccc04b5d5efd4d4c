//===- OptionValues.h - Options that are given and say nothing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_OPTIONVALUES_H
#define DAG_SUPPORT_OPTIONVALUES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir::dag {

/// An error for an option of a parsed command line that has nothing behind it,
/// as in `--dtype=` or `--dtype ""`, but for those named, or that has one value
/// and is given twice. Passes may have no options.
llvm::Error checkOptionValues(llvm::ArrayRef<char *> arguments,
                              llvm::ArrayRef<llvm::StringRef> mayBeEmpty = {});

} // namespace mlir::dag

#endif // DAG_SUPPORT_OPTIONVALUES_H
