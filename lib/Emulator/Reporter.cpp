//===- Reporter.cpp - One cause, one finding -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reporter.h"

using namespace mlir::dag::ptx;

std::pair<Finding *, bool> Reporter::add(Code code,
                                         std::array<uint64_t, 3> cause) {
  auto [it, isNew] = indices.try_emplace({code, cause}, findings.size());
  if (isNew) {
    findings.push_back(std::make_unique<Finding>());
    findings.back()->code = code;
  } else {
    ++findings[it->second]->count;
  }
  return {findings[it->second].get(), isNew};
}

std::vector<Finding> Reporter::take() {
  std::vector<Finding> taken;
  for (std::unique_ptr<Finding> &finding : findings)
    taken.push_back(std::move(*finding));
  return taken;
}

bool Reporter::hasError() const {
  for (const std::unique_ptr<Finding> &finding : findings)
    if (!finding->isWarning)
      return true;
  return false;
}
