//===- Options.h - Choices that checks leave open -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_OPTIONS_H
#define DAG_VERIFICATION_OPTIONS_H

#include "dag/Diagnostics/SeverityOption.h"
#include "dag/Schedule/ScheduleKindOption.h"
#include "dag/Support/EnumOption.h"

namespace mlir::dag {

/// What attention keeps in memory.
enum class AttentionMemory { Fused, Materialized };

inline llvm::cl::ValuesClass getAttentionMemoryValues() {
  return llvm::cl::values(
      clEnumValN(AttentionMemory::Fused, "fused",
                 "scores are never in memory as a whole"),
      clEnumValN(AttentionMemory::Materialized, "materialized", "they are"));
}

/// The tokens that experts have memory for.
enum class ExpertMemory { Grouped, Padded };

inline llvm::cl::ValuesClass getExpertMemoryValues() {
  return llvm::cl::values(
      clEnumValN(ExpertMemory::Grouped, "grouped",
                 "those routed to them, when routing is balanced"),
      clEnumValN(ExpertMemory::Padded, "padded", "their whole capacity"));
}

/// Whether a plan is run beside its reference, too.
enum class TrialMode { Off, On, Auto };

inline llvm::cl::ValuesClass getTrialModeValues() {
  return llvm::cl::values(
      clEnumValN(TrialMode::Off, "off", "it is not run"),
      clEnumValN(TrialMode::On, "on", "it is run, however long it takes"),
      clEnumValN(TrialMode::Auto, "auto",
                 "it is run where that takes less than about a second"));
}

} // namespace mlir::dag

template <>
class llvm::cl::parser<mlir::dag::AttentionMemory>
    : public mlir::dag::EnumParser<mlir::dag::AttentionMemory> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::ExpertMemory>
    : public mlir::dag::EnumParser<mlir::dag::ExpertMemory> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::TrialMode>
    : public mlir::dag::EnumParser<mlir::dag::TrialMode> {
public:
  using EnumParser::EnumParser;
};

#endif // DAG_VERIFICATION_OPTIONS_H
