//===- FuzzDevices.cpp - Files of devices -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzzers.h"
#include "dag/Cost/Devices.h"

using namespace mlir::dag;

int fuzz::fuzzDevices(llvm::StringRef text) {
  DeviceTable table;
  if (llvm::Error error = table.addText(text)) {
    demand(!llvm::toString(std::move(error)).empty(), "a message");
    return 0;
  }
  for (const Device &device : table.getDevices()) {
    demand(!device.name.empty() && !device.title.empty(), "a name and a title");
    demand(device.memory > 0, "some memory");
    demand(table.lookup(device.name) == &device, "each name once");
  }
  return 0;
}
