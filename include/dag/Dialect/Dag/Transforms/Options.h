//===- Options.h - Choices that transforms leave open -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_OPTIONS_H
#define DAG_DIALECT_DAG_TRANSFORMS_OPTIONS_H

#include "dag/Support/EnumOption.h"

namespace mlir::dag {

/// How the stages of a pipeline rank are dealt out.
enum class Placement { Loop, V };

inline llvm::cl::ValuesClass getPlacementValues() {
  return llvm::cl::values(clEnumValN(Placement::Loop, "loop", "in turn"),
                          clEnumValN(Placement::V, "v", "there and back"));
}

/// When latent attention is absorbed.
enum class Absorption { Auto, On, Off };

inline llvm::cl::ValuesClass getAbsorptionValues() {
  return llvm::cl::values(
      clEnumValN(Absorption::Auto, "auto", "where it takes fewer operations"),
      clEnumValN(Absorption::On, "on", "everywhere"),
      clEnumValN(Absorption::Off, "off", "nowhere"));
}

/// What stages have equally much of.
enum class Balance { Layers, Cost };

inline llvm::cl::ValuesClass getBalanceValues() {
  return llvm::cl::values(
      clEnumValN(Balance::Layers, "layers", "the number of layers"),
      clEnumValN(Balance::Cost, "cost",
                 "time and memory by the cost model, embedding and head "
                 "included"));
}

/// Where a replicated tensor is sent in shards that are gathered on arrival.
enum class ScatterGather { Always, Never, Auto };

inline llvm::cl::ValuesClass getScatterGatherValues() {
  return llvm::cl::values(
      clEnumValN(ScatterGather::Always, "always", "between all stages"),
      clEnumValN(ScatterGather::Never, "never", "nowhere"),
      clEnumValN(ScatterGather::Auto, "auto",
                 "where stages are on different nodes"));
}

/// The three phases of the dialect.
enum class DialectPhase { Sketch, Plan, Rank };

inline llvm::cl::ValuesClass getDialectPhaseValues() {
  return llvm::cl::values(
      clEnumValN(DialectPhase::Sketch, "sketch", "what somebody drew"),
      clEnumValN(DialectPhase::Plan, "plan", "plans and logical programs"),
      clEnumValN(DialectPhase::Rank, "rank", "the programs of ranks"));
}

} // namespace mlir::dag

template <>
class llvm::cl::parser<mlir::dag::Placement>
    : public mlir::dag::EnumParser<mlir::dag::Placement> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::Absorption>
    : public mlir::dag::EnumParser<mlir::dag::Absorption> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::Balance>
    : public mlir::dag::EnumParser<mlir::dag::Balance> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::ScatterGather>
    : public mlir::dag::EnumParser<mlir::dag::ScatterGather> {
public:
  using EnumParser::EnumParser;
};

template <>
class llvm::cl::parser<mlir::dag::DialectPhase>
    : public mlir::dag::EnumParser<mlir::dag::DialectPhase> {
public:
  using EnumParser::EnumParser;
};

#endif // DAG_DIALECT_DAG_TRANSFORMS_OPTIONS_H
