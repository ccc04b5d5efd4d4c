//===- JsonOutline.h - Where the keys of a JSON text stand -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// llvm::json does not say where values stand, takes the last one of a key that
// is given twice, and recurses. A scan of brackets and keys before it finds the
// places, the keys that are given twice, and nesting that is too deep.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_JSONOUTLINE_H
#define DAG_SUPPORT_JSONOUTLINE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/StringSaver.h"

#include <optional>
#include <string>

namespace mlir::dag {

/// How much a text may have of what a parser takes time or memory for.
struct JsonLimits {
  unsigned depth;
  /// The parser has kilobytes for each.
  unsigned objects = 1 << 16;
  /// Members and elements of all.
  unsigned values = 1 << 20;
};

/// The objects of a text and their keys. The text may be malformed: then the
/// outline ends there or further on, and the parser says what is wrong.
class JsonOutline {
public:
  static constexpr unsigned kNoObject = ~0u;

  struct Place {
    unsigned line = 1, column = 1;
  };
  struct Key {
    llvm::StringRef name;
    Place place;
    /// The object that is the value, if it is one.
    unsigned object = kNoObject;
  };

  /// What there is more of than there may be.
  struct Excess {
    Place place;
    std::string message;
  };

  /// Refers to `text`. Stops at the first that is beyond a limit.
  JsonOutline(llvm::StringRef text, JsonLimits limits) { scan(text, limits); }

  const std::optional<Excess> &getExcess() const { return excess; }
  /// Keys that are given again: the first one and the other.
  llvm::ArrayRef<std::pair<Key, Key>> getDuplicates() const {
    return duplicates;
  }
  /// The keys of an object in the order of the text; object 0 is the outermost
  /// one. Nothing if there is no such object.
  llvm::ArrayRef<Key> getKeys(unsigned object) const;
  /// A key of an object, the first one of this name, or null.
  const Key *find(unsigned object, llvm::StringRef name) const;

private:
  /// An object or an array that has begun.
  struct Open {
    unsigned object; // kNoObject for an array
    bool expectsKey;
    unsigned lastKey = 0;
  };

  void scan(llvm::StringRef text, JsonLimits limits);
  void open(bool isObject);
  void addKey(llvm::StringRef name, Place place);
  llvm::StringRef decode(llvm::StringRef quoted);

  llvm::BumpPtrAllocator allocator;
  llvm::StringSaver saver{allocator};
  llvm::SmallVector<Open, 16> stack;
  /// Keys of each object, objects in the order in which they begin.
  llvm::SmallVector<llvm::SmallVector<Key, 0>, 0> objects;
  llvm::DenseMap<std::pair<unsigned, llvm::StringRef>, unsigned> indices;
  llvm::SmallVector<std::pair<Key, Key>, 0> duplicates;
  std::optional<Excess> excess;
};

} // namespace mlir::dag

#endif // DAG_SUPPORT_JSONOUTLINE_H
