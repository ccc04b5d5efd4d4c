//===- HeldErrors.h - What upstream says of options -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_HELDERRORS_H
#define DAG_LIB_TOOLS_HELDERRORS_H

#include <cstdio>

namespace mlir::dag {

/// Holds back standard error while upstream reads options, and then writes it
/// with what does not show escaped: upstream repeats values as they are, and
/// some of its parsers know no other stream.
class HeldErrors {
public:
  HeldErrors();
  ~HeldErrors();
  /// What was said is what an option asks for, and is no error.
  void accept() { areErrors = false; }
  /// Gives standard error back, where a process ends meanwhile; what is held is
  /// lost.
  static void drop();
  HeldErrors(const HeldErrors &) = delete;
  HeldErrors &operator=(const HeldErrors &) = delete;

private:
  bool areErrors = true;
  std::FILE *file = nullptr;
  int standardError = -1;
};

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_HELDERRORS_H
