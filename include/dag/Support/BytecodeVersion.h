//===- BytecodeVersion.h - Dialects with a version -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_BYTECODEVERSION_H
#define DAG_SUPPORT_BYTECODEVERSION_H

#include "mlir/Bytecode/BytecodeImplementation.h"

namespace mlir::dag {

/// Writes `DialectT::kVersion` into bytecode, so that a later release can read
/// what this one wrote, and refuses what a later one wrote.
template <typename DialectT>
struct VersionedBytecode : BytecodeDialectInterface {
  struct Version : DialectVersion {
    explicit Version(uint64_t number) : number(number) {}
    uint64_t number;
  };

  explicit VersionedBytecode(Dialect *dialect)
      : BytecodeDialectInterface(dialect) {}

  void writeVersion(DialectBytecodeWriter &writer) const override {
    writer.writeVarInt(DialectT::kVersion);
  }

  std::unique_ptr<DialectVersion>
  readVersion(DialectBytecodeReader &reader) const override {
    uint64_t number;
    if (failed(reader.readVarInt(number)))
      return nullptr;
    if (number > DialectT::kVersion) {
      reader.emitError("expected version ")
          << DialectT::kVersion << " or older of the "
          << DialectT::getDialectNamespace() << " dialect, but got " << number;
      return nullptr;
    }
    return std::make_unique<Version>(number);
  }
};

} // namespace mlir::dag

#endif // DAG_SUPPORT_BYTECODEVERSION_H
