//===- StreamClocks.h - What is before what on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_STREAMCLOCKS_H
#define DAG_LIB_COMMUNICATION_STREAMCLOCKS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>

namespace mlir::dag {

/// Vector clocks of the streams of one rank, which is followed in the order of
/// its launches. A step costs as much as the rank has streams.
class StreamClocks {
public:
  /// A step of a stream; those of a stream count from 1.
  struct Stamp {
    uint32_t stream = 0, position = 0;
  };
  using Clock = llvm::SmallVector<uint32_t, 4>;

  /// The next step of a stream.
  Stamp step(uint32_t stream) {
    Clock &clock = get(stream);
    return {stream, ++clock[stream]};
  }
  /// True if what comes next on `stream` begins after the end of `stamp`.
  bool precedes(Stamp stamp, uint32_t stream) {
    Clock &clock = get(stream);
    return stamp.stream < clock.size() && clock[stamp.stream] >= stamp.position;
  }
  /// Events have numbers of the caller's choice.
  void record(uint64_t event, uint32_t stream) { events[event] = get(stream); }
  /// Nothing happens if the event has not been recorded, as with CUDA.
  void wait(uint64_t event, uint32_t stream) {
    auto it = events.find(event);
    if (it != events.end())
      merge(get(stream), it->second);
  }
  /// What comes next on any stream is behind all that there is.
  void join() {
    Clock all;
    for (const Clock &clock : clocks)
      merge(all, clock);
    for (Clock &clock : clocks)
      clock = all;
    joined = std::move(all);
  }
  uint32_t getNumStreams() const { return clocks.size(); }

private:
  static void merge(Clock &into, llvm::ArrayRef<uint32_t> from) {
    into.resize(std::max(into.size(), from.size()));
    for (auto [a, b] : llvm::zip(into, from))
      a = std::max(a, b);
  }
  Clock &get(uint32_t stream) {
    if (clocks.size() <= stream)
      clocks.resize(stream + 1, joined);
    Clock &clock = clocks[stream];
    if (clock.size() <= stream)
      clock.resize(stream + 1);
    return clock;
  }

  llvm::SmallVector<Clock, 2> clocks;
  /// What streams that nothing stood on yet begin with.
  Clock joined;
  llvm::DenseMap<uint64_t, Clock> events;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_STREAMCLOCKS_H
