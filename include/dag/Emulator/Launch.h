//===- Launch.h - A launch of a kernel -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_LAUNCH_H
#define DAG_EMULATOR_LAUNCH_H

#include "dag/Emulator/Finding.h"
#include "dag/Emulator/Module.h"

#include <array>

namespace mlir::dag::ptx {
struct Program;

/// A buffer in global memory.
struct Buffer {
  std::string name;
  std::vector<uint8_t> bytes;
  bool isInitialised = true;
  /// Whether it is the memory of the module's variable of that name.
  bool isVariable = false;
};

enum class Swizzle : uint8_t { None, B32, B64, B128 };
/// Layouts NC/8DHWC8 and NC/16DHWC16, whose channels are in slices of 16 or 32
/// bytes.
enum class Interleave : uint8_t { None, B16, B32 };

/// A tensor map, as `cuTensorMapEncodeTiled` and `cuTensorMapEncodeIm2col` make
/// it. All lists have the fastest dimension first: C, W, H, D, N.
struct TensorMap {
  uint64_t address = 0;
  unsigned elementBytes = 2;
  /// Strides are of all dimensions but the fastest, in bytes. With an
  /// interleave, W's is that of a slice, and they are those of H, D, the
  /// slices, N.
  std::vector<uint64_t> dims, strides;
  /// Elements in each dimension; of im2col: channels of a pixel, and pixels of
  /// a column.
  std::vector<unsigned> box;
  /// Steps from one element to the next; 1 to 8.
  std::vector<unsigned> elementStrides;
  bool isIm2col = false;
  /// Corners of the box in which the base of an im2col copy is, for W, H, D:
  /// from the image's first pixel, and from its last one.
  std::vector<int> lowerCorner, upperCorner;
  Interleave interleave = Interleave::None;
  Swizzle swizzle = Swizzle::None;
  Type type = Type::F16;
  /// Fills what is out of bounds with NaN, not zero.
  bool fillsNaN = false;

  unsigned getRank() const { return dims.size(); }
  /// Bytes of a slice of channels, or 0 without an interleave.
  unsigned getSliceBytes() const {
    return interleave == Interleave::B16   ? 16
           : interleave == Interleave::B32 ? 32
                                           : 0;
  }
};

/// A run of so many warp instructions takes from seconds to minutes.
constexpr uint64_t kMaxInstructions = uint64_t(1) << 28;

struct Launch {
  std::array<unsigned, 3> grid{1, 1, 1}, block{1, 1, 1}, cluster{1, 1, 1};
  unsigned dynamicShared = 0;
  std::vector<Buffer> buffers;
  /// For each multicast address, the buffers of one size that it stands for:
  /// those of several GPUs.
  std::vector<std::vector<unsigned>> multicasts;
  /// Bytes of the parameters, laid out as the entry has them.
  std::vector<uint8_t> params;
  uint64_t seed = 0;
  /// Whether hazards are looked for.
  bool tracks = true;
  bool isStrict = false;
  /// Whether it may begin before the launch before has ended, and has to wait
  /// for that by griddepcontrol.wait.
  bool isDependent = false;
  /// Whether blocks may meet at a barrier of the grid, for which the driver
  /// gives memory.
  bool isCooperative = false;
  /// Whether sectors and bank conflicts are counted.
  bool profiles = false;
  /// Whether times are predicted, and events are kept.
  bool times = false;
  /// Threads for blocks that have nothing to do with each other, where hazards
  /// are not looked for.
  unsigned threads = 1;
  /// Warp instructions, after which a run is given up.
  uint64_t maxInstructions = kMaxInstructions;
};

/// Where buffer `index` will lie.
uint64_t getBufferAddress(unsigned index);
/// The multicast address `index`.
uint64_t getMulticastAddress(unsigned index);
/// The 128 bytes of a tensor map where a kernel looks for it. Their layout is
/// that of this machine.
std::array<uint8_t, 128> encodeTensorMap(const TensorMap &map);
/// What is wrong with a tensor map, or empty.
std::string checkTensorMap(const TensorMap &map);

/// The bits of a number of f16, bf16, e4m3 or e5m2, rounded to nearest, and the
/// number that bits are.
uint64_t encodeNumber(double value, Type type);
double decodeNumber(uint64_t bits, Type type);

struct Counters {
  uint64_t warpInstructions = 0, laneInstructions = 0;
  uint64_t matrixOperations = 0, macs = 0, bulkBytes = 0;
  uint64_t globalBytes = 0, sectors = 0, sharedBytes = 0;
  uint64_t sharedAccesses = 0, sharedConflicts = 0, barriers = 0;
};

/// Counts of one instruction. `stalls` are cycles in which warps have waited.
struct LineCount {
  unsigned line = 0;
  std::string text;
  uint64_t executions = 0, sectors = 0, conflicts = 0, stalls = 0;
};

/// What a launch would take on an H100, in seconds, and what bounds it. It may
/// be wrong by a factor of two either way: no GPU has calibrated it.
struct Prediction {
  double seconds = 0;
  std::string boundBy;
  /// What each resource alone would take.
  std::vector<std::pair<std::string, double>> bounds;
  unsigned blocksPerSm = 0;
};

/// Something that a warp or an engine of a block does for some time.
struct TimedEvent {
  unsigned block = 0;
  /// The warp, or from 1000 on an engine: copies, products.
  unsigned track = 0;
  std::string name;
  unsigned line = 0;
  /// In seconds from the first block's begin on.
  double begin = 0, duration = 0;
};

struct Result {
  std::vector<Finding> findings;
  Counters counters;
  std::vector<LineCount> lines;
  Prediction prediction;
  std::vector<TimedEvent> timeline;
  /// What the kernel printed.
  std::string output;
  /// Whether all blocks came to their end.
  bool isComplete = false;
};

/// Of the device for which times are predicted, an H100 SXM.
constexpr unsigned kMultiprocessors = 132;

/// The blocks of a launch for which the device has room at a time: threads,
/// shared memory, and registers where the kernel says how many. Registers that
/// ptxas chooses may make them fewer.
uint64_t getMostResident(const Program &program, const Launch &launch);

/// Checks a launch against what the entry asks for and a GPU allows; a message,
/// or empty.
std::string checkLaunch(const Program &program, const Launch &launch);

/// Runs a launch; buffers have what the kernel wrote.
Result runLaunch(const Program &program, Launch &launch);

/// Runs launches one behind the other, until one has not come to its end. The
/// first buffers of each launch are those of the one before.
std::vector<Result>
runLaunches(llvm::ArrayRef<std::pair<const Program *, Launch *>> launches);

/// What `decode` in lib/Emulator makes; for the tool.
struct ProgramDeleter {
  void operator()(Program *program) const;
};
using ProgramPtr = std::unique_ptr<Program, ProgramDeleter>;
ProgramPtr prepare(const Module &module, const Function &entry,
                   ParseError &error);
/// Offsets of the entry's parameters, and their bytes together.
llvm::ArrayRef<uint64_t> getParamOffsets(const Program &program);
uint64_t getParamBytes(const Program &program);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_LAUNCH_H
