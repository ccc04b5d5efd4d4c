//===- PhaseOption.h - What a program of a model does -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_HUGGINGFACE_PHASEOPTION_H
#define DAG_TARGET_HUGGINGFACE_PHASEOPTION_H

#include "dag/Support/EnumOption.h"

namespace mlir::dag::huggingface {

/// What a program of a model does with the tokens of a sequence.
enum class Phase { Prefill, Decode };

inline llvm::cl::ValuesClass getPhaseValues() {
  return llvm::cl::values(
      clEnumValN(Phase::Prefill, "prefill", "all tokens at once"),
      clEnumValN(Phase::Decode, "decode",
                 "one token for each sequence, with a KV cache"));
}

/// The tokens whose logits a program gives: the next token follows from those
/// of the last one.
enum class Logits { Last, All };

inline llvm::cl::ValuesClass getLogitsValues() {
  return llvm::cl::values(
      clEnumValN(Logits::Last, "last", "those of the last token of a sequence"),
      clEnumValN(Logits::All, "all", "those of all tokens"));
}

} // namespace mlir::dag::huggingface

template <>
class llvm::cl::parser<mlir::dag::huggingface::Logits>
    : public mlir::dag::EnumParser<mlir::dag::huggingface::Logits> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::huggingface::Phase>
    : public mlir::dag::EnumParser<mlir::dag::huggingface::Phase> {
public:
  using EnumParser::EnumParser;
};

#endif // DAG_TARGET_HUGGINGFACE_PHASEOPTION_H
