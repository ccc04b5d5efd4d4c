//===- Devices.cpp - What accelerators can do -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/Devices.h"
#include "dag/Support/Bytes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

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
// driver keep a part. The other columns are the manufacturers' data sheets:
// A100 (NVIDIA, 2021), H100 and H200 SXM (2024), DGX B200 and GB200 NVL72
// (2025; 7.7 TB/s measured in pytorch/ao#4002), L40S (2023), MI300X (AMD,
// 2023; seven links of 64 GB/s). Figures without sparsity.
DeviceTable::DeviceTable()
    : devices{
          {"a100-40", "NVIDIA A100 SXM 40 GB", gib(3938), 1.555e12, 312e12, 0,
           300e9},
          {"a100-80", "NVIDIA A100 SXM 80 GB", gib(7914), 2.039e12, 312e12, 0,
           300e9},
          {"h100-sxm", "NVIDIA H100 SXM 80 GB", gib(7910), 3.35e12, 989e12,
           1978e12, 450e9},
          {"h200", "NVIDIA H200 SXM 141 GB", gib(13972), 4.8e12, 989e12,
           1978e12, 450e9},
          {"b200", "NVIDIA B200", gib(17835), 7.7e12, 2250e12, 4500e12, 900e9},
          {"gb200", "NVIDIA GB200", gib(18431), 8.0e12, 2500e12, 5000e12,
           900e9},
          {"l40s", "NVIDIA L40S", gib(4439), 0.864e12, 362e12, 733e12, 32e9},
          {"mi300x", "AMD Instinct MI300X", gib(19169), 5.3e12, 1307e12,
           2615e12, 448e9},
      } {}

const Device *DeviceTable::lookup(StringRef name) const {
  auto device = llvm::find_if(
      devices, [&](const Device &other) { return other.name == name; });
  return device == devices.end() ? nullptr : &*device;
}

std::string DeviceTable::getNames() const {
  std::string names;
  llvm::raw_string_ostream os(names);
  llvm::interleaveComma(devices, os,
                        [&](const Device &device) { os << device.name; });
  return names;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static llvm::Error makeError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// `value` for messages, cut if it is long.
static std::string print(const llvm::json::Value &value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  constexpr size_t kMaxText = 60;
  if (text.size() > kMaxText) {
    text.resize(kMaxText);
    text = llvm::json::fixUTF8(text) + "...";
  }
  return text;
}

/// Reads `member` of `entry` into `target`.
static llvm::Error readMember(StringRef device, StringRef member,
                              const llvm::json::Value &value, Device &target) {
  auto expected = [&](StringRef what) {
    return makeError("expected '" + member + "' of device '" + device +
                     "' to be " + what + ", but got " + print(value));
  };
  if (member == "name")
    return llvm::Error::success();
  if (member == "title") {
    if (auto text = value.getAsString()) {
      target.title = text->str();
      return llvm::Error::success();
    }
    return expected("a text");
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
  double *number = nullptr;
  if (member == "bandwidth")
    number = &target.bandwidth;
  else if (member == "bf16_flops")
    number = &target.bf16Flops;
  else if (member == "fp8_flops")
    number = &target.fp8Flops;
  else if (member == "link_bandwidth")
    number = &target.linkBandwidth;
  if (!number)
    return makeError("expected a member of device '" + device +
                     "' to be name, title, memory, bandwidth, bf16_flops, "
                     "fp8_flops or link_bandwidth, but got '" +
                     member + "'");
  std::optional<double> parsed = value.getAsNumber();
  if (!parsed || !(*parsed >= 0))
    return expected("a number that is not negative");
  *number = *parsed;
  return llvm::Error::success();
}

llvm::Error DeviceTable::addText(StringRef text) {
  llvm::Expected<llvm::json::Value> root = llvm::json::parse(text);
  if (!root)
    return root.takeError();
  const llvm::json::Object *object = root->getAsObject();
  const llvm::json::Array *entries =
      object ? object->getArray("devices") : nullptr;
  if (!entries)
    return makeError("expected an object with an array 'devices', but got " +
                     print(*root));
  for (const llvm::json::Value &entry : *entries) {
    const llvm::json::Object *members = entry.getAsObject();
    std::optional<StringRef> name =
        members ? members->getString("name") : std::nullopt;
    if (!name || name->empty())
      return makeError("expected a device to be an object with a 'name', but "
                       "got " +
                       print(entry));
    const Device *known = lookup(*name);
    Device device = known ? *known : Device();
    device.name = name->str();
    // In a fixed order, so that of two errors the same one is reported.
    SmallVector<const llvm::json::Object::value_type *> sorted;
    for (const auto &member : *members)
      sorted.push_back(&member);
    llvm::sort(sorted, [](const auto *a, const auto *b) {
      return StringRef(a->first) < StringRef(b->first);
    });
    for (const auto *member : sorted)
      if (llvm::Error error =
              readMember(*name, member->first, member->second, device))
        return error;
    if (device.memory == 0)
      return makeError("expected device '" + *name +
                       "' to have a 'memory', but it has none");
    if (device.title.empty())
      device.title = device.name;
    if (known)
      devices[known - devices.data()] = std::move(device);
    else
      devices.push_back(std::move(device));
  }
  return llvm::Error::success();
}

llvm::Error DeviceTable::addFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return makeError("cannot read the devices '" + path +
                     "': " + buffer.getError().message());
  if (llvm::Error error = addText((*buffer)->getBuffer()))
    return makeError("cannot read the devices '" + path +
                     "': " + llvm::toString(std::move(error)));
  return llvm::Error::success();
}
