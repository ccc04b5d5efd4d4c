//===- Devices.h - What accelerators can do -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COST_DEVICES_H
#define DAG_COST_DEVICES_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::dag {

/// An accelerator. What is zero is not known, but for the memory.
struct Device {
  /// As in `device=h100-sxm`.
  std::string name;
  /// As people say it: `NVIDIA H100 SXM`.
  std::string title;
  /// Bytes of memory that a program can have.
  int64_t memory = 0;
  /// Bytes that move between memory and chip in a second.
  double bandwidth = 0;
  /// Floating-point operations in a second, dense.
  double bf16Flops = 0;
  double fp8Flops = 0;
  double tf32Flops = 0;
  /// Bytes in a second to the other devices of a node, one way.
  double linkBandwidth = 0;
  /// Bytes in a second to devices of other nodes, one way: the adapter of one
  /// device.
  double networkBandwidth = 0;
  /// Seconds that a call takes before anything moves, and those of a step to
  /// another device of the node, or of another one.
  double callLatency = 0;
  double linkLatency = 0;
  double networkLatency = 0;
  /// Devices that the links connect with each other.
  int64_t devicesPerNode = 0;
};

/// The devices that are known by name.
class DeviceTable {
public:
  /// The table of the project.
  DeviceTable();

  ArrayRef<Device> getDevices() const { return devices; }
  /// The device of that name, or null.
  const Device *lookup(StringRef name) const;
  /// The first names, `a100-40, a100-80, ...`.
  std::string getNames() const;

  /// Adds the devices of a JSON file, or those of them that have a known name
  /// in its place:
  ///
  ///   {"devices": [{"name": "h20", "memory": "96 GB", "bandwidth": 4.0e12,
  ///                 "bf16_flops": 148e12, "link_bandwidth": 450e9,
  ///                 "devices_per_node": 8, "network_bandwidth": 50e9}]}
  ///
  /// `memory` is a number of bytes, or a text with a unit. An error names the
  /// file, and the device and member or the line that is wrong. An empty path
  /// is no file.
  llvm::Error addFile(StringRef path);
  /// The same of what such a file holds; an error begins with `line:column: `
  /// or with the device that is wrong.
  llvm::Error addText(StringRef text);

private:
  std::vector<Device> devices;
  /// Where each stands, by name.
  llvm::StringMap<size_t> places;
};

/// The device of that name, of the table with the devices of `file` where one
/// is given. An error names what is wrong with the file, or the names there
/// are.
llvm::Expected<Device> findDevice(StringRef name, StringRef file = "");

} // namespace mlir::dag

#endif // DAG_COST_DEVICES_H
