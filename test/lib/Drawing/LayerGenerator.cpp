//===- LayerGenerator.cpp - The layers of a drawing -----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generator.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::drawing;

Stream Generator::drawHeads(int layer, const Stream &query, const Stream &key,
                            const Stream &value, const Shape &queryShape,
                            const Shape &keyShape, const Shape &valueShape,
                            const Shape &scoreShape) {
  Stream scores = perRank(Part::Scores, layer, {&query, &key}, [&](Node &node) {
    node.addInput(queryShape);
    if (keyShape.rank)
      node.addInput(keyShape);
    node.addOutput(scoreShape);
  });
  Stream weights = pointwise(Part::Weights, layer, scoreShape, scores);
  if (o.dropout)
    weights = pointwise(Part::Dropout, layer, scoreShape, weights);
  // Where only the query's heads are stated, K and V are meant to be repeated.
  return perRank(Part::AttentionOutput, layer, {&weights, &value},
                 [&](Node &node) {
                   node.addInput(scoreShape);
                   node.addInput(valueShape);
                   node.addOutput(queryShape);
                 });
}

Stream Generator::drawHeadByHead(int layer, const Stream &query,
                                 const Stream &key, const Stream &value,
                                 const Shape &queryShape,
                                 const Shape &scoreShape) {
  Shape one{{Batch, batch}, {Seq, seq}, {DimName::HeadDim, o.headDim}};
  Shape allKeys = one;
  allKeys.sizes[1] = o.seq;
  Shape scores{{Batch, batch}, {Seq, seq}, {DimName::KeySeq, o.seq}};
  unsigned heads = o.heads / o.getWeightShards();
  Stream outputs;
  for (unsigned head = 0; head < heads; ++head) {
    auto draw = [&](Part part, llvm::ArrayRef<const Stream *> inputs,
                    std::initializer_list<Shape> before, const Shape &after) {
      return perRank(part, layer, inputs, [&](Node &node) {
        node.head = head + std::max(0, int(node.rank)) * heads *
                               (o.getWeightShards() > 1);
        for (const Shape &shape : before)
          node.addInput(shape);
        node.addOutput(after);
      });
    };
    Stream x = draw(Part::Scores, {&query, &key}, {one, allKeys}, scores);
    x = draw(Part::Weights, {&x}, {scores}, scores);
    if (o.dropout)
      x = draw(Part::Dropout, {&x}, {scores}, scores);
    llvm::append_range(outputs, draw(Part::AttentionOutput, {&x, &value},
                                     {scores, allKeys}, one));
  }
  return perRank(Part::HeadConcat, layer, {&outputs}, [&](Node &node) {
    node.repeat = heads;
    node.addInput(one);
    node.addOutput(queryShape);
  });
}

Stream Generator::drawAttention(int layer, const Stream &x) {
  unsigned shards = o.getWeightShards();
  unsigned heads = o.heads / shards;
  unsigned kvHeads = std::max(1u, o.kvHeads / shards);
  Shape queryShape = headShape(heads);
  Shape keyShape = headShape(kvHeads);
  Shape scoreShape{
      {Batch, batch}, {Heads, heads}, {Seq, seq}, {DimName::KeySeq, o.seq}};
  bool statesKv = o.separateQkv || o.qkvOutput == QkvOutput::Three;

  Stream query, key, value;
  if (o.separateQkv) {
    auto project = [&](Part part, const Shape &shape) {
      return perRank(part, layer, {&x}, [&](Node &node) {
        node.addInput(full);
        node.addOutput(shape);
      });
    };
    query = project(Part::Query, queryShape);
    key = project(Part::Key, keyShape);
    value = project(Part::Value, keyShape);
  } else {
    value = perRank(Part::Qkv, layer, {&x}, [&](Node &node) {
      node.addInput(full);
      if (o.qkvOutput == QkvOutput::Fused) {
        node.addOutput(
            {{Batch, batch},
             {Seq, seq},
             {DimName::QkvWidth, (heads + 2 * kvHeads) * o.headDim}});
        return;
      }
      node.addOutput(queryShape);
      if (statesKv) {
        node.addOutput(keyShape);
        node.addOutput(keyShape);
      }
    });
    query = value;
  }
  auto takeQueryAndKey = [&](Node &node) {
    node.addInput(queryShape);
    if (statesKv)
      node.addInput(keyShape);
  };
  if (o.rope) {
    query = perRank(Part::Rope, layer,
                    o.separateQkv ? llvm::ArrayRef<const Stream *>{&query, &key}
                                  : llvm::ArrayRef<const Stream *>{&query},
                    [&](Node &node) {
                      takeQueryAndKey(node);
                      node.addOutput(queryShape);
                      if (statesKv)
                        node.addOutput(keyShape);
                    });
    key.clear();
  }
  Shape allKeys = keyShape;
  if (o.axis == RankAxis::Context && o.tp > 1) {
    // Each rank scores its queries against the keys of all.
    allKeys.sizes[1] = o.seq;
    Node node = make(Part::KvGather, layer, -1);
    node.collective = node.namedCollective = DrawnCollective::AllGather;
    for (unsigned i = 0; i < 2; ++i) {
      node.addInput(keyShape);
      node.addOutput(allKeys);
    }
    sink.node(node);
    connect(o.rope ? query : key, node);
    connect(value, node);
    key = value = {node};
  }
  Stream output =
      o.splitHeads
          ? drawHeadByHead(layer, query, key, value, queryShape, scoreShape)
          : drawHeads(layer, query, key, value, queryShape,
                      statesKv ? allKeys : Shape(),
                      statesKv ? allKeys : queryShape, scoreShape);
  return perRank(Part::OutputProjection, layer, {&output}, [&](Node &node) {
    node.addInput(queryShape);
    node.addOutput(full);
  });
}

Stream Generator::drawFfn(int layer, const Stream &x) {
  if (o.decompose == Decompose::CompositeFfn)
    return pointwise(Part::Ffn, layer, full, x);
  auto inner = [&](const Node &node) {
    return Shape{{Batch, batch},
                 {Seq, seq},
                 {DimName::Ffn, o.getShard(o.ffn, node.rank)}};
  };
  auto project = [&](Part part) {
    return perRank(part, layer, {&x}, [&](Node &node) {
      node.addInput(full);
      node.addOutput(inner(node));
    });
  };
  Stream gate = project(Part::Gate);
  Stream up = project(Part::Up);
  Stream activation =
      perRank(Part::Activation, layer, {&gate}, [&](Node &node) {
        node.addInput(inner(node));
        node.addOutput(inner(node));
      });
  Stream product =
      perRank(Part::Multiply, layer, {&activation, &up}, [&](Node &node) {
        node.addInput(inner(node));
        node.addInput(inner(node));
        node.addOutput(inner(node));
      });
  Stream down = perRank(Part::Down, layer, {&product}, [&](Node &node) {
    node.addInput(inner(node));
    node.addOutput(full);
  });
  return o.lora ? drawLora(layer, product, down) : down;
}

Stream Generator::drawLora(int layer, const Stream &inner, const Stream &down) {
  Shape narrow{{Batch, batch}, {Seq, seq}, {DimName::LoraRank, o.loraRank}};
  Stream x = perRank(Part::LoraA, layer, {&inner}, [&](Node &node) {
    node.addInput({{Batch, batch},
                   {Seq, seq},
                   {DimName::Ffn, o.getShard(o.ffn, node.rank)}});
    node.addOutput(narrow);
  });
  x = perRank(Part::LoraB, layer, {&x}, [&](Node &node) {
    node.addInput(narrow);
    node.addOutput(full);
  });
  return perRank(Part::LoraAdd, layer, {&down, &x}, [&](Node &node) {
    node.addInput(full);
    node.addInput(full);
    node.addOutput(full);
  });
}

Stream Generator::drawExperts(int layer, const Stream &routed,
                              const Shape &held) {
  unsigned mine = o.experts / o.ep;
  auto draw = [&](unsigned first, unsigned count, const Shape &shape) {
    return perRank(Part::Experts, layer, {&routed}, [&](Node &node) {
      node.firstExpert = first + (o.ep > 1 ? node.rank * mine : 0);
      node.numExperts = count;
      node.addInput(shape);
      node.addOutput(shape);
    });
  };
  if (!o.expertsApart)
    return draw(0, mine, held);
  Shape one{{held.names[1], held.sizes[1]}, {held.names[2], held.sizes[2]}};
  Stream experts;
  for (unsigned i = 0; i < mine; ++i)
    llvm::append_range(experts, draw(i, 1, one));
  return experts;
}

Stream Generator::drawMoe(int layer, const Stream &x) {
  // With the sequence sharded, tokens travel to the experts; otherwise every
  // rank has them all, and picks those of its own experts.
  bool exchanges =
      (isSequenceParallel || o.axis == RankAxis::Expert) && o.ep > 1;
  const Shape &tokens = exchanges ? local : full;
  unsigned numTokens = batch * tokens.sizes[1];
  unsigned capacity =
      std::max(1u, (numTokens * o.topK + o.experts - 1) / o.experts);
  unsigned mine = o.experts / o.ep;
  Shape routing{
      {Batch, batch}, {Seq, tokens.sizes[1]}, {DimName::Experts, o.experts}};
  Shape picked{{DimName::Experts, exchanges ? o.experts : mine},
               {DimName::Capacity, capacity},
               {Hidden, o.hidden}};
  Shape held{{DimName::Experts, mine},
             {DimName::Capacity, exchanges ? capacity * o.ep : capacity},
             {Hidden, o.hidden}};

  Stream router = perRank(Part::Router, layer, {&x}, [&](Node &node) {
    node.addInput(tokens);
    node.addOutput(routing);
  });
  Stream routed =
      perRank(Part::Dispatch, layer, {&x, &router}, [&](Node &node) {
        node.addInput(tokens);
        node.addInput(routing);
        node.addOutput(picked);
      });
  if (exchanges)
    routed = group(Part::DispatchExchange, DrawnCollective::AllToAll, layer,
                   routed, picked, held);
  Stream experts = drawExperts(layer, routed, held);
  if (exchanges)
    experts = group(Part::CombineExchange, DrawnCollective::AllToAll, layer,
                    experts, held, picked);
  Stream combined =
      perRank(Part::Combine, layer, {&experts, &router}, [&](Node &node) {
        node.addInput(picked);
        node.addInput(routing);
        node.addOutput(tokens);
      });
  if (o.sharedExpert) {
    Stream shared = pointwise(Part::SharedExpert, layer, tokens, x);
    combined =
        perRank(Part::SharedAdd, layer, {&combined, &shared}, [&](Node &node) {
          node.addInput(tokens);
          node.addInput(tokens);
          node.addOutput(tokens);
        });
  }
  // Experts that are sharded with a sharded sequence sum over the ranks too.
  return exchanges ? combined : reduce(Part::MoeReduce, layer, combined);
}

Stream Generator::drawLayer(int layer, const Stream &x) {
  auto addResidual = [&](Part part, const Stream &update, const Stream &skip) {
    if (!o.residual)
      return update;
    return perRank(part, layer, {&update, &skip}, [&](Node &node) {
      node.addInput(local);
      node.addInput(local);
      node.addOutput(local);
    });
  };
  Stream h = o.norms ? pointwise(Part::AttentionNorm, layer, local, x) : x;
  h = gather(Part::AttentionGather, layer, h);
  if (o.parallelResidual) {
    Stream attention = drawAttention(layer, h);
    Stream ffn = drawFfn(layer, h);
    h = perRank(Part::ParallelAdd, layer, {&attention, &ffn}, [&](Node &node) {
      node.addInput(full);
      node.addInput(full);
      node.addOutput(full);
    });
    return addResidual(Part::FfnResidual, reduce(Part::FfnReduce, layer, h), x);
  }
  h = reduce(Part::AttentionReduce, layer, drawAttention(layer, h));
  Stream middle = addResidual(Part::AttentionResidual, h, x);

  h = o.norms ? pointwise(Part::FfnNorm, layer, local, middle) : middle;
  if (!o.moe) {
    h = gather(Part::FfnGather, layer, h);
    h = reduce(Part::FfnReduce, layer, drawFfn(layer, h));
  } else {
    if (o.ep == 1)
      h = gather(Part::FfnGather, layer, h);
    h = drawMoe(layer, h);
  }
  return addResidual(Part::FfnResidual, h, middle);
}
