//===- Escape.h - Text of files on a terminal -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_ESCAPE_H
#define DAG_SUPPORT_ESCAPE_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::dag {

/// True if `text` has characters that do not show: controls, line ends, marks
/// of direction, or bytes that are no UTF-8.
bool hasHiddenCharacters(llvm::StringRef text);

/// `text` on one line, with what does not show as `\n`, `\x1b` or `\u202e`, so
/// that no name of a file can pass for a message or steer a terminal. A line
/// end is kept if `keepsLines`.
std::string escapeHiddenCharacters(llvm::StringRef text,
                                   bool keepsLines = false);

/// A message, or the name of a file in front of it, without its middle where it
/// is longer than anyone reads.
std::string shortenMessage(std::string text);

/// A URI of a path: relative paths stay relative, all that RFC 3986 does not
/// leave to paths is percent-encoded, bytes that are not UTF-8 included. The
/// colon too, since `a:b.dot` would be a URI of the scheme `a`.
std::string toURI(llvm::StringRef path);

/// The number of UTF-16 code units of `text`; a byte that is no UTF-8 is one,
/// as the mark that takes its place.
size_t getUTF16Length(llvm::StringRef text);

} // namespace mlir::dag

#endif // DAG_SUPPORT_ESCAPE_H
