//===- DrawingKind.cpp - Drawings that are no deployment ------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawingKind.h"
#include "dag/Target/Dot/ImportDot.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

/// How much of a label is looked at.
static constexpr size_t kMaxLabel = 256;
/// Smaller drawings than this are no evidence of any kind.
static constexpr size_t kMinNodes = 4;

/// Roles that only a language model or its deployment has.
static bool isOfModel(Role role) {
  switch (role) {
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::AttentionScores:
  case Role::AttentionOutput:
  case Role::OutputProjection:
  case Role::Attention:
  case Role::KvCache:
  case Role::Moe:
  case Role::Expert:
  case Role::Router:
  case Role::Head:
  case Role::Ffn:
  case Role::FfnUp:
  case Role::FfnDown:
  case Role::AllReduce:
  case Role::AllGather:
  case Role::AllToAll:
  case Role::Send:
  case Role::Recv:
  case Role::Layer:
    return true;
  default:
    return false;
  }
}

/// The first word of a label, without a number behind it: `Conv2d`, `conv`.
static StringRef getFirstWord(StringRef label) {
  return label.ltrim(" \t\"{").take_while(
      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

static bool isConvolution(StringRef label) {
  std::string lower = label.lower();
  for (StringRef word : {"conv", "pool", "batchnorm", "batch norm", "upsample"})
    if (StringRef(lower).contains(word))
      return true;
  StringRef first = getFirstWord(lower);
  return first.rtrim("0123456789_") == "bn" ||
         first.rtrim("0123456789_") == "flatten";
}

/// Operators of an exported graph that nobody draws in a deployment.
static bool isOperator(StringRef word) {
  return llvm::StringSwitch<bool>(word)
      .CasesLower({"reshape", "transpose", "unsqueeze", "squeeze"}, true)
      .CasesLower({"cast", "constant", "constantofshape", "gemm"}, true)
      .CasesLower({"reducemean", "sqrt", "pow", "div", "erf"}, true)
      .CasesLower({"view", "permute", "expand", "getitem", "aten"}, true)
      .Default(false);
}

/// A file, a class of a diagram, a library.
static bool isFile(StringRef label) {
  StringRef line =
      label.take_until([](char c) { return c == '\n' || c == '\\'; });
  for (StringRef suffix : {".py", ".c", ".cc", ".cpp", ".h", ".hpp", ".so",
                           ".js", ".ts", ".java", ".go", ".rs", ".jar", ".a"})
    if (line.rtrim().ends_with(suffix))
      return true;
  // `{Class|+ field : type|+ method()}`
  return label.starts_with("{") && label.contains('|') && label.contains("()");
}

void DrawingKind::add(StringRef label, Role role, bool hasCoordinates) {
  label = label.take_front(kMaxLabel);
  ++numNodes;
  numModel += isOfModel(role);
  numPlaced += hasCoordinates;
  StringRef word = getFirstWord(label);
  // `AddmmBackward0`; the word alone is a pass of a pipeline.
  StringRef function = word.rtrim("0123456789");
  if ((function.ends_with("Backward") && function != "Backward") ||
      word == "AccumulateGrad")
    ++counts[Autograd];
  if (label.contains("forward_compute_time") ||
      label.contains("backward_compute_time"))
    ++counts[Profile];
  if (isConvolution(label))
    ++counts[Convolution];
  if (isOperator(word)) {
    ++counts[Operators];
    if (operators.size() < kMaxLabel)
      operators.insert(word);
  }
  if (isFile(label))
    ++counts[Files];
}

StringRef DrawingKind::get() const {
  if (numNodes < kMinNodes)
    return "";
  auto isShare = [&](Kind kind, size_t percent) {
    return counts[kind] * 100 >= numNodes * percent;
  };
  if (isShare(Autograd, 20))
    return "an autograd graph";
  if (isShare(Profile, 20))
    return "a profile of layers";
  // A deployment says where its nodes run.
  if (numPlaced * 10 > numNodes)
    return "";
  if (isShare(Files, 30))
    return "a graph of files or classes";
  if (isShare(Operators, 25) && operators.size() >= 3)
    return "a framework's graph of operators";
  if (counts[Convolution] >= 2 && isShare(Convolution, 20) &&
      numModel * 4 <= numNodes)
    return "a convolutional network";
  return "";
}

bool dot::isDot(llvm::MemoryBufferRef buffer) {
  StringRef name = buffer.getBufferIdentifier(), text = buffer.getBuffer();
  if (name.ends_with_insensitive(".dot") || name.ends_with_insensitive(".gv"))
    return true;
  text.consume_front("\xEF\xBB\xBF");
  while (true) {
    text = text.ltrim();
    if (text.starts_with("//") || text.starts_with("#")) {
      text = text.drop_front(std::min(text.find('\n'), text.size()));
    } else if (text.starts_with("/*")) {
      size_t end = text.find("*/");
      if (end == StringRef::npos)
        return false;
      text = text.drop_front(end + 2);
    } else {
      break;
    }
  }
  StringRef word = text.take_while([](char c) { return llvm::isAlpha(c); });
  return word.equals_insensitive("digraph") ||
         word.equals_insensitive("strict") || word.equals_insensitive("graph");
}
