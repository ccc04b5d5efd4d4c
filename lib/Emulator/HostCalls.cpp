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
using llvm::StringRef;

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
  constexpr size_t kMost = 1 << 16;
  std::string text;
  while (!warp.machine.hasStopped) {
    char c = readAt(warp, lane, address + text.size(), 1);
    if (c == 0)
      break;
    text += c;
    if (text.size() > kMost)
      warp.machine.fault(
          Code::Limit, warp,
          "a text is longer than " + llvm::Twine(kMost) + " bytes", lane);
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

namespace {
/// `%[flags][width][.precision][size]type` of a format. A width or precision is
/// digits, or `*` for an argument.
struct Conversion {
  StringRef text, flags, width, precision, size;
  bool hasPrecision = false;
  char type = 0;

  bool isFloat() const { return StringRef("fFeEgGaA").contains(type); }
  bool isInteger() const { return StringRef("diouxX").contains(type); }
  bool isShort() const { return size == "h" || size == "hh" || size.empty(); }
};
} // namespace

/// Takes a conversion off a format. False if there is none of that form, with
/// what was read.
static bool takeConversion(StringRef &format, Conversion &conversion) {
  StringRef all = format;
  auto take = [&](StringRef characters) {
    StringRef taken =
        format.take_while([&](char c) { return characters.contains(c); });
    format = format.drop_front(taken.size());
    return taken;
  };
  auto takeNumber = [&]() {
    StringRef star = format.take_front(format.starts_with("*") ? 1 : 0);
    format = format.drop_front(star.size());
    return star.empty() ? take("0123456789") : star;
  };
  format = format.drop_front();
  conversion.flags = take("-+ #0");
  conversion.width = takeNumber();
  conversion.hasPrecision = format.consume_front(".");
  if (conversion.hasPrecision)
    conversion.precision = takeNumber();
  conversion.size = take("hljztL");
  conversion.type = format.empty() ? 0 : format.front();
  format = format.drop_front(format.empty() ? 0 : 1);
  conversion.text = all.drop_back(format.size());
  StringRef size = conversion.size;
  if (conversion.isInteger())
    return llvm::is_contained({"", "h", "hh", "l", "ll", "j", "z", "t"}, size);
  if (conversion.isFloat())
    return llvm::is_contained({"", "l", "L"}, size);
  return size.empty() && conversion.type != 0 &&
         StringRef("csp").contains(conversion.type);
}

template <typename T>
static std::string print(const std::string &format, T value) {
  std::string text(std::snprintf(nullptr, 0, format.c_str(), value), '\0');
  std::snprintf(text.data(), text.size() + 1, format.c_str(), value);
  return text;
}

static uint64_t takeArgument(Warp &warp, unsigned lane, uint64_t &place,
                             unsigned size) {
  place = (place + size - 1) / size * size + size;
  return readAt(warp, lane, place - size, size);
}

/// The format for this machine, with the numbers of `*`; empty after a finding.
static std::string getHostFormat(Warp &warp, unsigned lane,
                                 const Conversion &conversion,
                                 uint64_t &place) {
  constexpr int64_t kMost = 1 << 16;
  bool isRight = true;
  auto getNumber = [&](StringRef text) {
    int64_t number = 0;
    if (text == "*")
      number = int32_t(takeArgument(warp, lane, place, 4));
    else if (!text.empty() && text.getAsInteger(10, number))
      number = kMost + 1;
    isRight &= std::abs(number) <= kMost;
    return number;
  };
  std::string format = "%" + conversion.flags.str();
  // A negative width is one to the left, a negative precision is none.
  if (int64_t width = getNumber(conversion.width))
    format += (width < 0 ? "-" : "") + std::to_string(std::abs(width));
  if (conversion.hasPrecision)
    if (int64_t digits = getNumber(conversion.precision); digits >= 0)
      format += "." + std::to_string(digits);
  if (conversion.isInteger())
    format += conversion.isShort() ? conversion.size.str() : "ll";
  if (isRight)
    return format + conversion.type;
  warp.machine.fault(Code::Limit, warp,
                     "printf has a width or precision of more than " +
                         llvm::Twine(kMost) + ": '" + conversion.text + "'",
                     lane);
  return "";
}

/// One conversion of a format, with its arguments. All integers that are wide
/// are of 64 bits here.
static void printOne(Warp &warp, unsigned lane, const Conversion &conversion,
                     uint64_t &place, std::string &out) {
  std::string format = getHostFormat(warp, lane, conversion, place);
  if (format.empty())
    return;
  bool isSmall = conversion.type == 'c' ||
                 (conversion.isInteger() && conversion.isShort());
  uint64_t value = takeArgument(warp, lane, place, isSmall ? 4 : 8);
  if (warp.machine.hasStopped)
    return;
  if (conversion.type == 's') {
    std::string text = value ? readText(warp, lane, value) : "(null)";
    out += print(format, text.c_str());
  } else if (conversion.isFloat()) {
    double number;
    std::memcpy(&number, &value, 8);
    out += print(format, number);
  } else if (conversion.type == 'p') {
    out += print(format, reinterpret_cast<void *>(uintptr_t(value)));
  } else if (isSmall) {
    out += print(format, int(value));
  } else {
    out += print(format, (long long)value);
  }
}

/// `vprintf(format, arguments)`: lanes print one after the other.
void mlir::dag::ptx::runPrint(Warp &warp, const Inst &inst) {
  static constexpr size_t kMaxOutput = 1 << 20;
  forEachLane(warp.mask, [&](unsigned lane) {
    std::string &out = warp.machine.output;
    if (out.size() >= kMaxOutput || warp.machine.hasStopped)
      return;
    std::string text =
        readText(warp, lane, getArgument(warp, inst, lane, 0, 8));
    uint64_t place = getArgument(warp, inst, lane, 1, 8);
    for (StringRef rest = text; !rest.empty() && !warp.machine.hasStopped;) {
      StringRef plain = rest.take_until([](char c) { return c == '%'; });
      out += plain;
      rest = rest.drop_front(plain.size());
      if (rest.consume_front("%%")) {
        out += '%';
        continue;
      }
      Conversion conversion;
      if (rest.empty())
        break;
      if (takeConversion(rest, conversion))
        printOne(warp, lane, conversion, place, out);
      else
        warp.machine.fault(Code::Limit, warp,
                           "printf has a conversion that is not known: '" +
                               conversion.text + "'",
                           lane);
    }
    if (out.size() >= kMaxOutput)
      out += "\n[what printf prints behind 1 MiB is left out]\n";
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

Execute mlir::dag::ptx::findHostCall(StringRef name) {
  return name == "__assertfail" ? runAssert
         : name == "vprintf"    ? runPrint
                                : nullptr;
}
