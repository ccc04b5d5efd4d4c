//===- ScheduleKindOption.h - Orders by name -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SCHEDULE_SCHEDULEKINDOPTION_H
#define DAG_SCHEDULE_SCHEDULEKINDOPTION_H

#include "dag/Schedule/Schedule.h"
#include "dag/Support/EnumOption.h"

namespace mlir::dag {

inline llvm::cl::ValuesClass getScheduleKindValues() {
  auto value = [](ScheduleKind kind, llvm::StringRef description) {
    return llvm::cl::OptionEnumValue{stringifyScheduleKind(kind),
                                     static_cast<int>(kind), description};
  };
  return llvm::cl::values(
      value(ScheduleKind::Forward, "forwards only, as in serving"),
      value(ScheduleKind::GPipe, "all forwards, then all backwards"),
      value(ScheduleKind::OneFOneB, "a forward and a backward by turns"),
      value(ScheduleKind::Interleaved, "1f1b over several stages of a rank"),
      value(ScheduleKind::ZeroBubbleH1,
            "gradients of weights fill the gaps, with the memory of 1f1b"),
      value(ScheduleKind::ZeroBubbleH2,
            "the same without a bubble, with about twice the memory"),
      value(ScheduleKind::ZeroBubbleV,
            "two stages of a rank, there and back, with the memory of 1f1b"),
      value(ScheduleKind::DualPipeV,
            "two stages of a rank, there and back, whose forwards and "
            "backwards overlap"));
}

} // namespace mlir::dag

template <>
class llvm::cl::parser<mlir::dag::ScheduleKind>
    : public mlir::dag::EnumParser<mlir::dag::ScheduleKind> {
public:
  using EnumParser::EnumParser;
};

#endif // DAG_SCHEDULE_SCHEDULEKINDOPTION_H
