//===- PassHelp.cpp - The passes in the help of a tool -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/VerificationPass.h"
#include "dag/Tools/CommandLine.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

constexpr size_t kWidth = 80, kIndent = 28;

std::vector<std::string> dag::getPassNames() {
  // Upstream lists its registry only to standard output; but each pass is an
  // option, too.
  std::vector<std::string> names;
  for (auto &entry : cl::getRegisteredOptions())
    if (PassInfo::lookup(entry.first) || PassPipelineInfo::lookup(entry.first))
      names.push_back(entry.first.str());
  llvm::sort(names);
  return names;
}

/// One pass with its options as they are by default.
static bool makePass(StringRef argument, OpPassManager &pm) {
  const PassInfo *info = PassInfo::lookup(argument);
  return info && succeeded(info->addToPipeline(
                     pm, "", [](const Twine &) { return failure(); }));
}

std::vector<std::string> dag::getPassOptions(StringRef argument) {
  OpPassManager pm;
  if (!makePass(argument, pm))
    return {};
  // `pass{option=value other={a=1 b=2}}`
  std::string text;
  llvm::raw_string_ostream os(text);
  pm.begin()->printAsTextualPipeline(os);
  std::vector<std::string> names;
  unsigned depth = 0;
  std::string word;
  for (char c : text) {
    if (c == '{' || c == '}')
      depth += c == '{' ? 1 : -1;
    if (c == '=' && depth == 1 && !word.empty())
      names.push_back(word);
    if (llvm::isAlnum(c) || c == '-' || c == '_')
      word += c;
    else
      word.clear();
  }
  return names;
}

/// Appends words, broken into lines that begin at `indent`; the current line is
/// `column` long.
static void appendWrapped(std::string &text, StringRef words, size_t column,
                          size_t indent) {
  SmallVector<StringRef> parts;
  words.split(parts, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (auto [i, part] : llvm::enumerate(parts)) {
    if (i != 0 && column + 1 + part.size() > kWidth) {
      text += '\n';
      text.append(indent, ' ');
      column = indent;
    } else if (i != 0) {
      text += ' ';
      ++column;
    }
    text += part;
    column += part.size();
  }
  text += '\n';
}

static void appendPass(std::string &text, StringRef name, StringRef summary) {
  std::string head = "  --" + name.str();
  if (head.size() + 1 < kIndent) {
    head.append(kIndent - head.size(), ' ');
  } else {
    head += '\n';
    head.append(kIndent, ' ');
  }
  text += head;
  appendWrapped(text, summary, kIndent, kIndent);
}

std::string dag::describePasses() {
  struct Group {
    StringRef title;
    std::vector<std::pair<StringRef, StringRef>> passes;
  };
  Group pipelines{"Pipelines", {}}, checks{"Checks", {}}, passes{"Passes", {}};
  std::string others;
  std::vector<std::string> names = getPassNames();
  for (const std::string &name : names) {
    if (const PassPipelineInfo *info = PassPipelineInfo::lookup(name)) {
      pipelines.passes.push_back({name, info->getPassDescription()});
      continue;
    }
    OpPassManager pm;
    bool isMade = makePass(name, pm);
    // What works on ops in a module is no flag: it stands in pipelines.
    if (isMade &&
        pm.begin()->getOpName().value_or("builtin.module") != "builtin.module")
      continue;
    if (!StringRef(name).starts_with("dag-") || !isMade) {
      others += "--" + name + " ";
      continue;
    }
    Group &group = isa<VerificationPass>(*pm.begin()) ? checks : passes;
    group.passes.push_back(
        {name, PassInfo::lookup(name)->getPassDescription()});
  }
  std::string text;
  for (const Group *group : {&pipelines, &checks, &passes}) {
    text += "\n" + group->title.upper() + ":\n";
    for (auto [name, summary] : group->passes)
      appendPass(text, name, summary);
  }
  if (!others.empty()) {
    text += "\nPASSES OF MLIR:\n  ";
    appendWrapped(text, others, 2, 2);
  }
  text += "\n--help-hidden lists the options of passes, such as "
          "--verify-pipeline=report=FILE,\nand all other options.\n";
  return text;
}
