//===- Fuzzers.h - What reads input from outside -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function for each kind of input. Each takes any bytes, which are followed
// by a NUL, and returns 0. They are linked to libFuzzer, one by one, and all of
// them to dag-fuzz, which needs no libFuzzer.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_FUZZ_FUZZERS_H
#define DAG_TEST_FUZZ_FUZZERS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

namespace mlir::dag::fuzz {

/// A drawing, from the reader to all forms of the report, and drawn again.
int fuzzDrawing(llvm::StringRef text);
/// A file of rules, and what it recognizes.
int fuzzRules(llvm::StringRef text);
/// A configuration of Hugging Face, as prefill and as decode.
int fuzzConfig(llvm::StringRef text);
/// A table of a schedule, and its verification.
int fuzzTable(llvm::StringRef text);
/// A file of tensors, and their first and last elements.
int fuzzSafetensors(llvm::StringRef text);
int fuzzGguf(llvm::StringRef text);
/// A file of devices.
int fuzzDevices(llvm::StringRef text);
/// A pipeline as text, with passes of this project alone, and what it does with
/// a small model and a small plan. Nothing is run that names a file.
int fuzzOptions(llvm::StringRef text);
/// MLIR of any phase, as `--verify-pipeline` reads it.
int fuzzModule(llvm::StringRef text);
/// Ops that are made and changed one by one as the bytes say.
int fuzzOps(llvm::StringRef bytes);

/// Ends the process where something does not hold that has to.
void demand(bool holds, const llvm::Twine &what);

} // namespace mlir::dag::fuzz

#endif // DAG_TEST_FUZZ_FUZZERS_H
