//===- Devices.cpp - What accelerators can do -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/Devices.h"
#include "dag/Support/Bytes.h"
#include "dag/Support/Files.h"
#include "dag/Support/Json.h"
#include "dag/Support/JsonOutline.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

/// Bytes of hundredths of a GiB.
static constexpr int64_t gib(int64_t hundredths) {
  return hundredths * (int64_t(1) << 30) / 100;
}

// Memory is what the driver reports as the total of the device, the smallest
// of the figures seen in PyTorch's messages ("GPU 0 has a total capacity of
// 79.11 GiB", vllm-project/vllm#27508; B200: pytorch/ao#4002). It is less than
// what is sold: 80 GB of HBM are 80 GiB of which error correction and the
// driver keep a part. The rates are those of the manufacturers' data sheets:
// A100 (NVIDIA, 2021), H100 and H200 SXM (2024), DGX B200 and GB200 NVL72
// (2025; 7.7 TB/s measured in pytorch/ao#4002), L40S (2023), MI300X (AMD,
// 2023; seven links of 64 GB/s). Figures without sparsity.
//
// Nodes are those that the devices are sold in: DGX A100 (an adapter of 200
// Gb/s for each device), DGX H100, H200 and B200 and Azure's ND MI300X (400
// Gb/s), GB200 NVL72 (72 devices on one NVLink, 400 Gb/s); for L40S, eight on
// PCIe with 200 Gb/s each are assumed. Latencies are those that NCCL counts
// with for rings of small messages (`baseLat` and `hwLat` of
// src/graph/tuning.cc, protocol LL: NVLink, PCI, NET), and RCCL for MI300X.
// With them an all-reduce of 16 KiB on 8 H100 takes 15 us; 16.7 are measured
// (ai-dynamo/aiconfigurator).
static std::vector<Device> makeDevices() {
  constexpr double kT = 1e12, kG = 1e9, kUs = 1e-6;
  return {
      {"a100-40", "NVIDIA A100 SXM 40 GB", gib(3938), 1.555 * kT, 312 * kT, 0,
       156 * kT, 300 * kG, 25 * kG, 6.6 * kUs, 0.6 * kUs, 2.7 * kUs, 8},
      {"a100-80", "NVIDIA A100 SXM 80 GB", gib(7914), 2.039 * kT, 312 * kT, 0,
       156 * kT, 300 * kG, 25 * kG, 6.6 * kUs, 0.6 * kUs, 2.7 * kUs, 8},
      {"h100-sxm", "NVIDIA H100 SXM 80 GB", gib(7910), 3.35 * kT, 989 * kT,
       1978 * kT, 494 * kT, 450 * kG, 50 * kG, 6.6 * kUs, 0.6 * kUs, 2.7 * kUs,
       8},
      {"h200", "NVIDIA H200 SXM 141 GB", gib(13972), 4.8 * kT, 989 * kT,
       1978 * kT, 494 * kT, 450 * kG, 50 * kG, 6.6 * kUs, 0.6 * kUs, 2.7 * kUs,
       8},
      {"b200", "NVIDIA B200", gib(17835), 7.7 * kT, 2250 * kT, 4500 * kT,
       1125 * kT, 900 * kG, 50 * kG, 6.6 * kUs, 0.6 * kUs, 2.7 * kUs, 8},
      {"gb200", "NVIDIA GB200", gib(18431), 8.0 * kT, 2500 * kT, 5000 * kT,
       1250 * kT, 900 * kG, 50 * kG, 6.6 * kUs, 0.6 * kUs, 2.7 * kUs, 72},
      {"l40s", "NVIDIA L40S", gib(4439), 0.864 * kT, 362 * kT, 733 * kT,
       183 * kT, 32 * kG, 25 * kG, 6.6 * kUs, 1.0 * kUs, 2.7 * kUs, 8},
      {"mi300x", "AMD Instinct MI300X", gib(19169), 5.3 * kT, 1307 * kT,
       2615 * kT, 653 * kT, 448 * kG, 50 * kG, 12.0 * kUs, 0.8 * kUs, 9.5 * kUs,
       8},
  };
}

DeviceTable::DeviceTable() : devices(makeDevices()) {
  for (auto [place, device] : llvm::enumerate(devices))
    places[device.name] = place;
}

const Device *DeviceTable::lookup(StringRef name) const {
  auto place = places.find(name);
  return place == places.end() ? nullptr : &devices[place->second];
}

std::string DeviceTable::getNames() const {
  constexpr size_t kMaxNames = 16;
  std::string names;
  llvm::raw_string_ostream os(names);
  llvm::interleaveComma(ArrayRef(devices).take_front(kMaxNames), os,
                        [&](const Device &device) { os << device.name; });
  if (devices.size() > kMaxNames)
    os << " and " << devices.size() - kMaxNames << " others";
  return names;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static llvm::Error makeError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// Names and titles stand in messages, and in each row of a report.
static constexpr size_t kMaxName = 256;

/// The number that a member of an entry gives, or null.
static double *getNumber(Device &device, StringRef member) {
  return llvm::StringSwitch<double *>(member)
      .Case("bandwidth", &device.bandwidth)
      .Case("bf16_flops", &device.bf16Flops)
      .Case("fp8_flops", &device.fp8Flops)
      .Case("tf32_flops", &device.tf32Flops)
      .Case("link_bandwidth", &device.linkBandwidth)
      .Case("network_bandwidth", &device.networkBandwidth)
      .Case("call_latency", &device.callLatency)
      .Case("link_latency", &device.linkLatency)
      .Case("network_latency", &device.networkLatency)
      .Default(nullptr);
}

/// Reads `member` of the entry of `device` into `target`.
static llvm::Error readMember(StringRef device, StringRef member,
                              const llvm::json::Value &value, Device &target) {
  auto expected = [&](StringRef what) {
    return makeError("expected '" + member + "' of device '" + device +
                     "' to be " + what + ", but got " + toShortString(value));
  };
  if (member == "name")
    return llvm::Error::success();
  if (member == "title") {
    std::optional<StringRef> text = value.getAsString();
    if (!text || text->size() > kMaxName)
      return expected("a text of at most 256 bytes");
    target.title = text->str();
    return llvm::Error::success();
  }
  if (member == "memory") {
    std::optional<int64_t> bytes = value.getAsInteger();
    if (auto text = value.getAsString())
      bytes = parseBytes(*text);
    if (!bytes || *bytes <= 0)
      return expected("a positive number of bytes or a text such as '80 GiB'");
    target.memory = *bytes;
    return llvm::Error::success();
  }
  if (member == "devices_per_node") {
    std::optional<int64_t> count = value.getAsInteger();
    if (!count || *count <= 0)
      return expected("a positive number");
    target.devicesPerNode = *count;
    return llvm::Error::success();
  }
  double *number = getNumber(target, member);
  if (!number)
    return makeError("expected a member of device '" + device +
                     "' to be name, title, memory, bandwidth, bf16_flops, "
                     "fp8_flops, tf32_flops, link_bandwidth, "
                     "network_bandwidth, call_latency, link_latency, "
                     "network_latency or devices_per_node, but got " +
                     quoteShort(member));
  bool isLatency = member.ends_with("_latency");
  double least = isLatency ? 0 : 1, most = isLatency ? 3600 : 1e24;
  std::optional<double> parsed = value.getAsNumber();
  if (!parsed || (*parsed != 0 && !(*parsed >= least && *parsed <= most)))
    return expected(isLatency ? "a number of seconds from 0 to 3600"
                              : "0, where it is not known, or a number from "
                                "1 to 1e24");
  *number = *parsed;
  return llvm::Error::success();
}

/// `line:column: `, or nothing.
static std::string formatPlace(const JsonOutline::Key *key) {
  return key ? std::to_string(key->place.line) + ":" +
                   std::to_string(key->place.column) + ": "
             : std::string();
}

/// The only members of an object, but for those named; an error at the first
/// other one.
static llvm::Error checkMembers(const JsonOutline &outline, StringRef name) {
  for (const JsonOutline::Key &key : outline.getKeys(0))
    if (key.name != name)
      return makeError(formatPlace(&key) +
                       "expected an object with an array '" + name +
                       "' alone, but got " + quoteShort(key.name));
  return llvm::Error::success();
}

/// Reads the members of an entry, the `index`-th object of the text, in their
/// order.
static llvm::Error readEntry(const JsonOutline &outline, unsigned index,
                             const llvm::json::Object &members,
                             Device &device) {
  for (const JsonOutline::Key &key : outline.getKeys(index))
    if (const llvm::json::Value *value = members.get(key.name))
      if (llvm::Error error = readMember(device.name, key.name, *value, device))
        return makeError(formatPlace(&key) + llvm::toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Error DeviceTable::addText(StringRef text) {
  constexpr unsigned kMaxDepth = 8;
  text.consume_front("\xef\xbb\xbf");
  JsonOutline outline(text, {kMaxDepth});
  if (!outline.getDuplicates().empty()) {
    const JsonOutline::Key &key = outline.getDuplicates().front().second;
    return makeError(formatPlace(&key) + "expected every name once, but got " +
                     quoteShort(key.name) + " twice");
  }
  llvm::Expected<llvm::json::Object> object =
      parseJsonObject(text, {kMaxDepth});
  if (!object)
    return object.takeError();
  if (llvm::Error error = checkMembers(outline, "devices"))
    return error;
  const llvm::json::Array *entries = object->getArray("devices");
  if (!entries)
    return makeError("expected an object with an array 'devices', but got " +
                     toShortString(std::move(*object)));
  llvm::StringSet<> names;
  unsigned index = 0;
  for (const llvm::json::Value &entry : *entries) {
    const llvm::json::Object *members = entry.getAsObject();
    std::optional<StringRef> name =
        members ? members->getString("name") : std::nullopt;
    if (!name || name->empty() || name->size() > kMaxName)
      return makeError("expected a device to be an object with a 'name' of 1 "
                       "to 256 bytes, but got " +
                       toShortString(entry));
    // Objects are counted as they begin, and an entry has none in it.
    const JsonOutline::Key *place = outline.find(++index, "name");
    if (!names.insert(*name).second)
      return makeError(formatPlace(place) +
                       "expected every device once, but got '" + *name +
                       "' twice");
    const Device *known = lookup(*name);
    Device device = known ? *known : Device();
    device.name = name->str();
    if (llvm::Error error = readEntry(outline, index, *members, device))
      return error;
    if (device.memory == 0)
      return makeError(formatPlace(place) + "expected device '" + *name +
                       "' to have a 'memory', but it has none");
    if (device.title.empty())
      device.title = device.name;
    auto [slot, isNew] = places.try_emplace(*name, devices.size());
    if (isNew)
      devices.push_back(std::move(device));
    else
      devices[slot->second] = std::move(device);
  }
  return llvm::Error::success();
}

llvm::Error DeviceTable::addFile(StringRef path) {
  if (path.empty())
    return llvm::Error::success();
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(path);
  if (!buffer)
    return buffer.takeError();
  if (llvm::Error error = addText((*buffer)->getBuffer())) {
    std::string message = llvm::toString(std::move(error));
    return makeError(path + (llvm::isDigit(message[0]) ? ":" : ": ") + message);
  }
  return llvm::Error::success();
}

llvm::Expected<Device> dag::findDevice(StringRef name, StringRef file) {
  DeviceTable table;
  if (llvm::Error error = table.addFile(file))
    return error;
  if (const Device *device = table.lookup(name))
    return *device;
  return makeError("expected device to be one of " + table.getNames() +
                   ", but got " + quoteShort(name));
}
