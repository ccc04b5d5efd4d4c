//===- Template.h - Kernels as text with sizes left open --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A template is a kernel in MLIR's own text, so that it is read from top to
// bottom; `$name` is a size or a type that the caller fills in. It is parsed
// and verified like any kernel.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TEMPLATES_TEMPLATE_H
#define DAG_LIB_TEMPLATES_TEMPLATE_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::dag {

class KernelTemplate {
public:
  explicit KernelTemplate(StringRef text) : text(text) {}

  KernelTemplate &set(StringRef name, const Twine &value) {
    values[name] = value.str();
    return *this;
  }

  /// Appends the kernels of the text to `module`. A kernel that does not verify
  /// is an error, and leaves the module as it was.
  LogicalResult addTo(gpu::GPUModuleOp module) const;

private:
  std::string expand() const;

  StringRef text;
  llvm::StringMap<std::string> values;
};

} // namespace mlir::dag

#endif // DAG_LIB_TEMPLATES_TEMPLATE_H
