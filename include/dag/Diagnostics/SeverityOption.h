//===- SeverityOption.h - What fails a check -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_SEVERITYOPTION_H
#define DAG_DIAGNOSTICS_SEVERITYOPTION_H

#include "dag/Diagnostics/Finding.h"
#include "dag/Support/EnumOption.h"

namespace mlir::dag {

/// The values of `fail-on=`. What was not understood fails always, and is
/// therefore none of them.
inline llvm::cl::ValuesClass getSeverityValues() {
  auto value = [](Severity severity, StringRef description) {
    return llvm::cl::OptionEnumValue{stringifySeverity(severity),
                                     static_cast<int>(severity), description};
  };
  return llvm::cl::values(
      value(Severity::Low, "all findings"),
      value(Severity::Medium, "what may be wrong"),
      value(Severity::High, "what cannot run as it is"),
      value(Severity::Critical, "what hangs or computes something else"));
}

} // namespace mlir::dag

template <>
class llvm::cl::parser<mlir::dag::Severity>
    : public mlir::dag::EnumParser<mlir::dag::Severity> {
public:
  using EnumParser::EnumParser;
};

#endif // DAG_DIAGNOSTICS_SEVERITYOPTION_H
