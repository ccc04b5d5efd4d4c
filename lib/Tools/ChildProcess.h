//===- ChildProcess.h - Processes that are made for one task ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_CHILDPROCESS_H
#define DAG_LIB_TOOLS_CHILDPROCESS_H

namespace mlir::dag {

/// Called in a child: it ends when its parent does, however that ends.
void endWithParent();

/// Called in a child: it ends after this many seconds of computing.
void limitSeconds(unsigned seconds);

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_CHILDPROCESS_H
