//===- Options.h - Choices that the repair leaves open -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_REPAIR_OPTIONS_H
#define DAG_REPAIR_OPTIONS_H

#include "dag/Support/EnumOption.h"

namespace mlir::dag {

/// What the program of a mended plan does.
enum class RaisedPhase { Auto, Prefill, Decode };

inline llvm::cl::ValuesClass getRaisedPhaseValues() {
  return llvm::cl::values(
      clEnumValN(RaisedPhase::Prefill, "prefill", "all tokens at once"),
      clEnumValN(RaisedPhase::Decode, "decode",
                 "one token for each sequence, with a KV cache"),
      clEnumValN(RaisedPhase::Auto, "auto",
                 "decode where one token of a sequence is drawn, or else "
                 "prefill"));
}

} // namespace mlir::dag

template <>
class llvm::cl::parser<mlir::dag::RaisedPhase>
    : public mlir::dag::EnumParser<mlir::dag::RaisedPhase> {
public:
  using EnumParser::EnumParser;
};

#endif // DAG_REPAIR_OPTIONS_H
