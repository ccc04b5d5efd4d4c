//===- StatedFacts.h - What is stated beside the file -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_STATEDFACTS_H
#define DAG_GRAPH_STATEDFACTS_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <memory>

namespace mlir::dag {

/// What a size of a tensor is to the model.
enum class Figure {
  None,
  Batch,
  Sequence,
  Hidden,
  Heads,
  KVHeads,
  HeadDim,
  Ffn,
  Vocabulary,
  Experts,
  TopK
};

/// What the name of a dimension says: `hidden_size`, `d_k`.
Figure getFigure(StringRef name);
/// `the hidden size`.
StringRef getFigureName(Figure figure);
/// What the last, unnamed dimension of a node's input or output is.
Figure getLastFigure(Role role, Role block, bool isOutput);

/// The figures of a model's configuration; 0 for one that it does not have.
struct ModelFigures {
  ModelFigures() = default;
  explicit ModelFigures(ModelOp model);

  int64_t layers = 0, hidden = 0, heads = 0, kvHeads = 0, headDim = 0, ffn = 0,
          vocabulary = 0, experts = 0, topK = 0;
  /// The head has the weight of the embedding, where both were found.
  std::optional<bool> isTied;
  /// Where they are stated.
  LocationAttr loc;

  int64_t get(Figure figure) const;
  /// True if `tp` ranks share the figure.
  static bool isSplit(Figure figure, int64_t tp);
  /// Whether `size` is the model's, or the share of one of `tp` ranks.
  bool fits(Figure figure, int64_t size, int64_t tp) const;
};

/// The name of a weight or a KV cache that is loaded in a layer, or an empty
/// one.
StringRef getNameInLayer(Operation *op);

/// The layers that load what has a name.
using LayersOfNames = llvm::StringMap<llvm::DenseSet<int64_t>>;
/// Adds those of `model`.
void addLayersOfNames(ModelOp model, LayersOfNames &layers);

/// What whoever runs the checks states of the deployment: the strongest of all
/// statements. 0 where nothing is stated.
struct StatedFacts {
  int64_t tp = 0, pp = 0, dp = 0, ep = 0, cp = 0, layers = 0;
  std::optional<ModelFigures> model;
  /// What the layers of its program load; null if there is no configuration.
  std::shared_ptr<const LayersOfNames> layersOfNames;

  /// The name of the model that plans are compared with, or empty.
  std::string reference;

  /// True if `model` is no deployment: it is marked as a reference, or it is
  /// the one of this run.
  bool isReference(ModelOp model) const;
  /// True if anything is stated of the deployment.
  bool isStated() const {
    return tp != 0 || pp != 0 || dp != 0 || ep != 0 || cp != 0 || layers != 0 ||
           model.has_value();
  }
  /// The number of layers, of `layers=` or else of the model.
  int64_t getNumLayers() const {
    return layers != 0 ? layers : model ? model->layers : 0;
  }
};

/// The analysis that hands the facts to the graph: empty until a pass in front
/// of the checks fills it.
class StatedFactsOfRun {
public:
  explicit StatedFactsOfRun(Operation *) {}
  StatedFacts facts;
};

/// Shapes with the symbols in them that the model's figures give a number:
/// `[B, S, hidden]`, `[B, S, H/8]`.
class BoundShapes {
public:
  /// Remembers the shapes in `shapes` that have such symbols.
  void bind(ArrayAttr shapes, const ModelFigures &model);
  /// The bound shapes, or `shapes` itself.
  ArrayAttr lookup(ArrayAttr shapes) const {
    if (bound.empty())
      return shapes;
    auto it = bound.find(shapes);
    return it == bound.end() ? shapes : it->second;
  }
  /// How many shapes got a number.
  size_t size() const { return bound.size(); }

private:
  llvm::DenseMap<ArrayAttr, ArrayAttr> bound;
};

} // namespace mlir::dag

#endif // DAG_GRAPH_STATEDFACTS_H
