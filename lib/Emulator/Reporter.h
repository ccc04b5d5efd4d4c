//===- Reporter.h - One cause, one finding -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_REPORTER_H
#define DAG_EMULATOR_REPORTER_H

#include "dag/Emulator/Finding.h"

#include <array>

#include <map>
#include <memory>

namespace mlir::dag::ptx {

/// Collects findings: what has the same code and cause as one before it is
/// counted there.
class Reporter {
public:
  /// The finding of this cause, and whether it is new.
  std::pair<Finding *, bool> add(Code code, std::array<uint64_t, 3> cause);
  std::vector<Finding> take();
  size_t size() const { return findings.size(); }
  bool hasError() const;

private:
  std::map<std::pair<Code, std::array<uint64_t, 3>>, size_t> indices;
  std::vector<std::unique_ptr<Finding>> findings;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_REPORTER_H
