//===- Outputs.cpp - What a run leaves -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outputs.h"
#include "dag/Support/Files.h"
#include "dag/Support/Safetensors.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

using namespace mlir::dag;
using namespace mlir::dag::ptx;
using llvm::StringRef;
namespace json = llvm::json;

/// `value` is that of the element, but for integers of 64 bits.
static void printElement(llvm::ArrayRef<uint8_t> bytes, const BufferType &type,
                         double value, llvm::raw_ostream &os) {
  unsigned size = bytes.size();
  uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), size);
  if (type.type >= Type::U8 && type.type <= Type::U64)
    os << bits;
  else if (type.isSigned)
    os << (int64_t(bits << (64 - 8 * size)) >> (64 - 8 * size));
  else
    os << llvm::format("%.9g", value);
}

static llvm::ArrayRef<uint8_t>
getBytes(llvm::ArrayRef<uint8_t> all, const BufferType &type, uint64_t index) {
  unsigned size = getBits(type.type) / 8;
  return all.slice(index * size, size);
}

void mlir::dag::ptx::printBuffer(const Buffer &buffer, const BufferType &type,
                                 uint64_t count, llvm::raw_ostream &os) {
  uint64_t all = buffer.bytes.size() / (getBits(type.type) / 8);
  os << buffer.name << ' ' << stringify(type) << " =";
  for (uint64_t i = 0; i < std::min(all, count); ++i)
    printElement(getBytes(buffer.bytes, type, i), type,
                 getElement(buffer, type, i), os << ' ');
  os << (count < all ? " ...\n" : "\n");
}

void mlir::dag::ptx::writeSafetensors(const Launch &launch,
                                      llvm::ArrayRef<BufferType> types,
                                      llvm::raw_ostream &os) {
  json::Object header;
  uint64_t offset = 0;
  for (size_t i = 0; i < launch.buffers.size(); ++i) {
    json::Array shape;
    for (uint64_t size : types[i].shape)
      shape.push_back(int64_t(size));
    uint64_t end = offset + launch.buffers[i].bytes.size();
    header[json::fixUTF8(launch.buffers[i].name)] = json::Object{
        {"dtype", getStoredName(types[i])},
        {"shape", std::move(shape)},
        {"data_offsets", json::Array{int64_t(offset), int64_t(end)}}};
    offset = end;
  }
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(header));
  while (text.size() % 8 != 0)
    text += ' ';
  uint64_t size = text.size();
  for (unsigned i = 0; i < 8; ++i)
    os << char(size >> (8 * i));
  os << text;
  for (const Buffer &buffer : launch.buffers)
    os.write(reinterpret_cast<const char *>(buffer.bytes.data()),
             buffer.bytes.size());
}

/// Says by how much a buffer differs from what is expected; whether that is
/// near enough. What is the same has no difference, infinities and NaN too.
static bool compareOne(const Buffer &buffer, const BufferType &type,
                       const StoredTensor &expected,
                       std::optional<double> tolerance, llvm::raw_ostream &os) {
  bool hasSameType = stringifyStoredType(expected.type) == getStoredName(type);
  llvm::ArrayRef<uint8_t> wanted = llvm::arrayRefFromStringRef(expected.bytes);
  double largest = 0, worst = 0;
  int64_t place = -1;
  for (int64_t k = 0, count = expected.getNumElements(); k < count; ++k) {
    double want = expected.getElement(k), got = getElement(buffer, type, k);
    if (std::isfinite(want))
      largest = std::max(largest, std::fabs(want));
    bool isSame = hasSameType ? getBytes(wanted, type, k) ==
                                    getBytes(buffer.bytes, type, k)
                              : want == got;
    bool isZero = want == 0 && got == 0;
    if (isSame || isZero || (std::isnan(want) && std::isnan(got)))
      continue;
    double difference = std::fabs(want - got);
    if (!std::isfinite(difference))
      difference = HUGE_VAL;
    // Integers beyond 2^53 may differ where their values in f64 do not.
    difference = difference > 0 ? difference : 1;
    if (difference > worst) {
      worst = difference;
      place = k;
    }
  }
  double relative = largest > 0 ? worst / largest : worst;
  bool isExact = !tolerance && !isFloat(expected.type);
  bool isNear = isExact ? worst == 0 : relative <= tolerance.value_or(1e-5);
  os << buffer.name << ": largest difference " << llvm::format("%.3g", relative)
     << (largest > 0 ? " of the largest element"
                     : ", where no element but 0 is expected")
     << (isNear ? "" : ", more than expected");
  if (!isNear) {
    double want = expected.getElement(place);
    os << ", at element " << place << ": expected ";
    if (hasSameType)
      printElement(getBytes(wanted, type, place), type, want, os);
    else
      os << llvm::format("%.9g", want);
    printElement(getBytes(buffer.bytes, type, place), type,
                 getElement(buffer, type, place), os << ", got ");
  }
  os << '\n';
  return isNear;
}

llvm::Expected<bool> mlir::dag::ptx::compare(const Launch &launch,
                                             llvm::ArrayRef<BufferType> types,
                                             StringRef path,
                                             std::optional<double> tolerance,
                                             llvm::raw_ostream &os) {
  auto file = readInputFile(path);
  if (!file)
    return file.takeError();
  auto tensors = readSafetensors((*file)->getMemBufferRef());
  if (!tensors)
    return llvm::createStringError(path + ": " +
                                   llvm::toString(tensors.takeError()));
  for (const auto &tensor : *tensors)
    if (llvm::none_of(launch.buffers, [&](const Buffer &buffer) {
          return buffer.name == tensor.getKey();
        }))
      return llvm::createStringError(path + ": there is no buffer '" +
                                     llvm::Twine(tensor.getKey()) + "'");
  bool isSame = true;
  for (size_t i = 0; i < launch.buffers.size(); ++i) {
    const Buffer &buffer = launch.buffers[i];
    auto it = tensors->find(buffer.name);
    if (it == tensors->end())
      continue;
    const StoredTensor &expected = it->second;
    int64_t count = buffer.bytes.size() / (getBits(types[i].type) / 8);
    if (expected.getNumElements() != count)
      return llvm::createStringError(
          path + ": expected " + llvm::Twine(count) + " elements of '" +
          buffer.name + "', but got " + llvm::Twine(expected.getNumElements()));
    isSame &= compareOne(buffer, types[i], expected, tolerance, os);
  }
  return isSame;
}

static void writeProfileText(const Result &result, llvm::raw_ostream &os) {
  const Counters &c = result.counters;
  os << "warp instructions     " << c.warpInstructions << '\n'
     << "lane instructions     " << c.laneInstructions << '\n'
     << "barriers              " << c.barriers << '\n'
     << "matrix operations     " << c.matrixOperations << '\n'
     << "multiply-accumulates  " << c.macs << '\n'
     << "bulk copies, bytes    " << c.bulkBytes << '\n'
     << "global memory, bytes  " << c.globalBytes << '\n'
     << "global sectors of 32  " << c.sectors << '\n'
     << "shared memory, bytes  " << c.sharedBytes << '\n'
     << "shared wavefronts     " << c.sharedAccesses << '\n'
     << "bank conflicts        " << c.sharedConflicts << '\n';
  std::vector<LineCount> lines = result.lines;
  std::stable_sort(lines.begin(), lines.end(),
                   [](const LineCount &a, const LineCount &b) {
                     return a.executions > b.executions;
                   });
  const Prediction &p = result.prediction;
  if (p.seconds > 0) {
    os << "predicted time        " << llvm::format("%.3g", p.seconds * 1e6)
       << " us on an H100, within a factor of 2, bound by " << p.boundBy
       << '\n';
    for (const auto &[name, seconds] : p.bounds)
      os << "  " << llvm::left_justify(name, 20)
         << llvm::format("%.3g", seconds * 1e6) << " us\n";
    os << "  blocks on a multiprocessor " << p.blocksPerSm << '\n';
  }
  os << "    executed    sectors  conflicts stall cycles  line instruction\n";
  for (size_t i = 0; i < std::min<size_t>(lines.size(), 20); ++i)
    os << llvm::format("%12llu %10llu %10llu %12llu %5u ",
                       (unsigned long long)lines[i].executions,
                       (unsigned long long)lines[i].sectors,
                       (unsigned long long)lines[i].conflicts,
                       (unsigned long long)lines[i].stalls, lines[i].line)
       << lines[i].text << '\n';
}

void mlir::dag::ptx::writeProfile(const Result &result, bool isJson,
                                  llvm::raw_ostream &os) {
  if (!isJson)
    return writeProfileText(result, os);
  const Counters &c = result.counters;
  json::Array lines;
  for (const LineCount &line : result.lines)
    lines.push_back(json::Object{{"line", line.line},
                                 {"instruction", json::fixUTF8(line.text)},
                                 {"executed", line.executions},
                                 {"sectors", line.sectors},
                                 {"conflicts", line.conflicts},
                                 {"stallCycles", line.stalls}});
  const Prediction &p = result.prediction;
  json::Object bounds;
  for (const auto &[name, seconds] : p.bounds)
    bounds[name] = seconds;
  json::Object prediction{{"seconds", p.seconds},
                          {"factorOfError", 2},
                          {"boundBy", p.boundBy},
                          {"blocksPerMultiprocessor", p.blocksPerSm},
                          {"bounds", std::move(bounds)}};
  json::Object object{{"warpInstructions", c.warpInstructions},
                      {"laneInstructions", c.laneInstructions},
                      {"barriers", c.barriers},
                      {"matrixOperations", c.matrixOperations},
                      {"macs", c.macs},
                      {"bulkBytes", c.bulkBytes},
                      {"globalBytes", c.globalBytes},
                      {"sectors", c.sectors},
                      {"sharedBytes", c.sharedBytes},
                      {"sharedWavefronts", c.sharedAccesses},
                      {"bankConflicts", c.sharedConflicts},
                      {"prediction", std::move(prediction)},
                      {"lines", std::move(lines)}};
  os << llvm::formatv("{0:2}", json::Value(std::move(object))) << '\n';
}

/// The name of a track of a block.
static std::string getTrackName(unsigned track) {
  if (track == 1000)
    return "copies";
  return track == 1001 ? "products" : "warp " + std::to_string(track);
}

void mlir::dag::ptx::writeTimeline(const Result &result,
                                   llvm::raw_ostream &os) {
  json::OStream out(os);
  std::set<std::pair<unsigned, unsigned>> tracks;
  auto writeName = [&](llvm::StringRef kind, unsigned block, unsigned track,
                       const std::string &name) {
    out.object([&] {
      out.attribute("ph", "M");
      out.attribute("name", kind);
      out.attribute("pid", block);
      out.attribute("tid", track);
      out.attributeObject("args", [&] { out.attribute("name", name); });
    });
  };
  auto writeEvent = [&](const TimedEvent &event) {
    out.object([&] {
      out.attribute("ph", "X");
      out.attribute("name", json::fixUTF8(event.name));
      out.attribute("cat", event.name == "runs"  ? "runs"
                           : event.track >= 1000 ? "engine"
                                                 : "waits");
      out.attribute("pid", event.block);
      out.attribute("tid", event.track);
      // Microseconds, as the format has it.
      out.attribute("ts", event.begin * 1e6);
      out.attribute("dur", event.duration * 1e6);
      if (event.line != 0)
        out.attributeObject("args", [&] { out.attribute("line", event.line); });
    });
  };
  out.object([&] {
    out.attribute("displayTimeUnit", "ns");
    out.attributeArray("traceEvents", [&] {
      for (const TimedEvent &event : result.timeline)
        if (tracks.insert({event.block, event.track}).second) {
          writeName("process_name", event.block, event.track,
                    "block " + std::to_string(event.block));
          writeName("thread_name", event.block, event.track,
                    getTrackName(event.track));
        }
      for (const TimedEvent &event : result.timeline)
        writeEvent(event);
    });
  });
  os << '\n';
}
