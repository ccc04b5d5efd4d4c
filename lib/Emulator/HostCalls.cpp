//===- HostCalls.cpp - What a kernel calls of the driver -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostCalls.h"
#include "Machine.h"

#include "llvm/ADT/StringExtras.h"

#include <cstdio>
#include <cstring>

using namespace mlir::dag::ptx;

/// `size` bytes at a generic address, or 0 after a finding.
static uint64_t readAt(Warp &warp, unsigned lane, uint64_t address,
                       unsigned size) {
  uint64_t value = 0;
  const uint8_t *bytes =
      warp.machine.resolveFor(warp, warp.getActor(lane, true), Space::Generic,
                              address, size, AccessKind::Read);
  if (bytes)
    std::memcpy(&value, bytes, size);
  return value;
}

static std::string readText(Warp &warp, unsigned lane, uint64_t address) {
  std::string text;
  while (text.size() < 4096 && !warp.machine.hasStopped) {
    char c = readAt(warp, lane, address + text.size(), 1);
    if (c == 0)
      break;
    text += c;
  }
  return text;
}

/// The argument `index`, of `size` bytes: operands are the addresses of the
/// variables that hold them.
static uint64_t getArgument(Warp &warp, const Inst &inst, unsigned lane,
                            unsigned index, unsigned size) {
  return readAt(warp, lane, warp.source(inst.ops[index])[lane], size);
}

/// `__assertfail(message, file, line, function, size)`.
void mlir::dag::ptx::runAssert(Warp &warp, const Inst &inst) {
  unsigned lane = warp.firstLane();
  std::string message =
      readText(warp, lane, getArgument(warp, inst, lane, 0, 8));
  std::string file = readText(warp, lane, getArgument(warp, inst, lane, 1, 8));
  uint64_t line = getArgument(warp, inst, lane, 2, 4);
  if (!warp.machine.hasStopped)
    warp.machine.fault(Code::Assertion, warp,
                       "'" + message + "' does not hold (" + file + ":" +
                           llvm::Twine(line) + ")",
                       lane);
}

/// One conversion of a format, with its argument.
static void printOne(Warp &warp, unsigned lane, const std::string &spec,
                     uint64_t &place, std::string &out) {
  char kind = spec.back();
  bool isFloat = std::strchr("fFeEgGaA", kind);
  bool isLong = isFloat || kind == 's' || kind == 'p' ||
                spec.find_first_of("ljztL") != std::string::npos;
  // The host's own length, as all integers are 64 bits wide here, and widths
  // that the buffer has.
  std::string format;
  unsigned digits = 0;
  for (char c : spec) {
    if (c == '*') {
      place = (place + 3) / 4 * 4;
      format += std::to_string(int32_t(readAt(warp, lane, place, 4)) % 1000);
      place += 4;
      continue;
    }
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits <= 3 && !std::strchr("hljztL", c))
      format += c;
  }
  unsigned size = isLong ? 8 : 4;
  place = (place + size - 1) / size * size;
  uint64_t value = readAt(warp, lane, place, size);
  place += size;
  char buffer[512];
  if (kind == 's') {
    std::string text = readText(warp, lane, value);
    std::snprintf(buffer, sizeof buffer, format.c_str(), text.c_str());
  } else if (isFloat) {
    double number;
    std::memcpy(&number, &value, 8);
    std::snprintf(buffer, sizeof buffer, format.c_str(), number);
  } else if (kind == 'c') {
    std::snprintf(buffer, sizeof buffer, format.c_str(), int(value));
  } else if (kind == 'p') {
    std::snprintf(buffer, sizeof buffer, "0x%llx", (unsigned long long)value);
  } else {
    format.insert(format.size() - 1, "ll");
    bool isSigned = kind == 'd' || kind == 'i';
    long long number = isSigned && size == 4 ? int32_t(value) : value;
    std::snprintf(buffer, sizeof buffer, format.c_str(), number);
  }
  out += buffer;
}

/// `vprintf(format, arguments)`: lanes print one after the other.
void mlir::dag::ptx::runPrint(Warp &warp, const Inst &inst) {
  static constexpr size_t kMaxOutput = 1 << 20;
  forEachLane(warp.mask, [&](unsigned lane) {
    std::string format =
        readText(warp, lane, getArgument(warp, inst, lane, 0, 8));
    uint64_t place = getArgument(warp, inst, lane, 1, 8);
    std::string &out = warp.machine.output;
    for (size_t i = 0; i < format.size() && out.size() < kMaxOutput; ++i) {
      if (format[i] != '%') {
        out += format[i];
        continue;
      }
      size_t end = format.find_first_of("%diouxXcspfFeEgGaA", i + 1);
      std::string flags =
          end == std::string::npos ? "*" : format.substr(i + 1, end - i - 1);
      if (flags.size() > 16 ||
          flags.find_first_not_of("0123456789.+- #hlLjzt") != std::string::npos)
        break;
      if (format[end] == '%')
        out += '%';
      else
        printOne(warp, lane, format.substr(i, end - i + 1), place, out);
      i = end;
    }
  });
}

void mlir::dag::ptx::runStrayCall(Warp &warp, const Inst &inst) {
  unsigned lane = warp.firstLane();
  warp.machine.fault(Code::BadAddress, warp,
                     "address 0x" +
                         llvm::utohexstr(warp.get(inst.ops[0], lane), true) +
                         " is called, which is that of no function with these "
                         "parameters",
                     lane);
}

Execute mlir::dag::ptx::findHostCall(llvm::StringRef name) {
  return name == "__assertfail" ? runAssert
         : name == "vprintf"    ? runPrint
                                : nullptr;
}
