//===- Generator.h - Makes the nodes and edges of a drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_DRAWING_GENERATOR_H
#define DAG_TEST_LIB_DRAWING_GENERATOR_H

#include "DrawingGenerator.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <tuple>

namespace mlir::dag::drawing {

/// A tensor under way: one node that serves all ranks, or one node a rank.
using Stream = llvm::SmallVector<Node, 8>;

constexpr DimName Batch = DimName::Batch;
constexpr DimName Seq = DimName::Seq;
constexpr DimName Hidden = DimName::Hidden;
constexpr DimName Heads = DimName::Heads;

class Generator {
public:
  Generator(const DrawingOptions &options, DrawingSink &sink)
      : o(options), sink(sink),
        isSequenceParallel(o.sequenceParallel && o.tp > 1),
        batch(o.axis == RankAxis::Expert ? o.batch / o.tp : o.batch),
        seq(o.axis == RankAxis::Context ? o.seq / o.tp : o.seq),
        full{{Batch, batch}, {Seq, seq}, {Hidden, o.hidden}},
        local{{Batch, batch},
              {Seq, isSequenceParallel ? o.seq / o.tp : seq},
              {Hidden, o.hidden}} {}

  void run();

private:
  Node make(Part part, int layer, int rank);
  void connect(const Stream &from, const Node &to);
  void endStage();
  void drawCopy();
  bool isTensor() const { return o.axis == RankAxis::Tensor; }
  Stream perRank(Part part, int layer, llvm::ArrayRef<const Stream *> inputs,
                 llvm::function_ref<void(Node &)> setShapes);
  Stream group(Part part, DrawnCollective kind, int layer, const Stream &input,
               const Shape &before, const Shape &after);
  /// A node for each rank that keeps the shape.
  Stream pointwise(Part part, int layer, const Shape &shape,
                   const Stream &input);

  Stream drawEmbedding();
  Stream drawLayer(int layer, const Stream &x);
  Stream drawAttention(int layer, const Stream &x);
  /// The weighted sum of values, from shapes of a rank's heads.
  Stream drawHeads(int layer, const Stream &query, const Stream &key,
                   const Stream &value, const Shape &queryShape,
                   const Shape &keyShape, const Shape &valueShape,
                   const Shape &scoreShape);
  Stream drawHeadByHead(int layer, const Stream &query, const Stream &key,
                        const Stream &value, const Shape &queryShape,
                        const Shape &scoreShape);
  Stream drawLora(int layer, const Stream &inner, const Stream &down);
  Stream drawExperts(int layer, const Stream &routed, const Shape &held);
  Stream drawRange(unsigned first, unsigned last, const Stream &x);
  Stream drawFfn(int layer, const Stream &x);
  Stream drawMoe(int layer, const Stream &x);
  Stream drawTransfer(Part part, const Stream &x);
  void drawHead(const Stream &x);
  /// Sums what the ranks hold, to the stream's shape.
  Stream reduce(Part part, int layer, const Stream &partial);
  /// Gathers the sequence where it is sharded.
  Stream gather(Part part, int layer, const Stream &x);

  Shape headShape(unsigned heads) const {
    return {{Batch, batch},
            {Seq, seq},
            {heads == o.heads / o.getWeightShards() ? Heads : DimName::KvHeads,
             heads},
            {DimName::HeadDim, o.headDim}};
  }

  const DrawingOptions &o;
  DrawingSink &sink;
  bool isSequenceParallel;
  /// What a rank has of them between collectives.
  unsigned batch;
  unsigned seq;
  /// The residual stream, whole and as a rank holds it.
  Shape full;
  Shape local;
  /// Edges that wait for the end of the stage.
  std::vector<std::tuple<Node, Node, EdgeInfo>> crossing;
  unsigned stage = 0;
  unsigned copy = 0;
  uint32_t nextId = 0;
};

} // namespace mlir::dag::drawing

#endif // DAG_TEST_LIB_DRAWING_GENERATOR_H
