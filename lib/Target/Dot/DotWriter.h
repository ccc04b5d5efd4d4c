//===- DotWriter.h - Writes the text of a drawing ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DOTWRITER_H
#define DAG_LIB_TARGET_DOT_DOTWRITER_H

#include "dag/Target/Dot/Recognition.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

namespace mlir::dag::dot {

/// True if the text between `<` and `>` is one HTML string for DOT.
bool isBalancedHTML(StringRef text);

/// Writes statements of the DOT language, indented. All text is put into
/// quotes where it has to be; bytes that no drawing can hold become U+FFFD.
class DotWriter {
public:
  explicit DotWriter(raw_ostream &os) : os(os) {}

  void beginGraph(StringRef name, bool isDirected);
  void endGraph() { endSubgraph(); }
  /// An anonymous sub-graph has an empty name.
  void beginSubgraph(StringRef name);
  void endSubgraph();
  /// `key = value` of the innermost graph that is open.
  void graphAttribute(const DrawnAttribute &attribute);
  void node(StringRef name, ArrayRef<DrawnAttribute> attributes);
  void edge(StringRef source, StringRef target,
            ArrayRef<DrawnAttribute> attributes);
  /// Names a node in a statement that does not declare it: an edge to nothing.
  /// The attributes are defaults there.
  void mention(StringRef name, ArrayRef<DrawnAttribute> defaults);

private:
  /// Deep nesting is not shown: the text would be quadratic in it.
  void indent() { os.indent(2 * std::min(depth, 16u)); }
  void id(StringRef text);
  void value(const DrawnAttribute &attribute);
  void list(ArrayRef<DrawnAttribute> attributes);
  void quoted(StringRef text);

  raw_ostream &os;
  unsigned depth = 0;
  bool isDirected = true;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DOTWRITER_H
