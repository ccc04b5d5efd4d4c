//===- RuleIndex.cpp - Rules by the words that they begin with ------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

/// Lets the words of a pattern be found by the first one.
static void sortWords(TextPattern &pattern) {
  auto isBefore = [](ArrayRef<int> a, ArrayRef<int> b) {
    return a.front() < b.front();
  };
  llvm::stable_sort(pattern.absent, isBefore);
  constexpr size_t kMany = 8;
  for (Element &element : pattern.elements) {
    element.order.clear();
    if (element.words.size() <= kMany)
      continue;
    llvm::append_range(element.order,
                       llvm::seq<unsigned>(0, element.words.size()));
    llvm::stable_sort(element.order, [&](unsigned a, unsigned b) {
      return isBefore(element.words[a], element.words[b]);
    });
  }
}

void RuleSet::buildIndex() {
  for (const std::unique_ptr<Rule> &rule : rules)
    llvm::for_each(rule->patterns, sortWords);
  index.clear();
  anchored.clear();
  numberWords.clear();
  auto add = [&](int id, unsigned rule, unsigned pattern) {
    if (static_cast<size_t>(id) >= index.size())
      index.resize(id + 1);
    auto &entries = index[id];
    std::pair<unsigned, unsigned> entry(rule, pattern);
    if (entries.empty() || entries.back() != entry)
      entries.push_back(entry);
  };
  for (auto [ruleIndex, rule] : llvm::enumerate(rules)) {
    for (auto [patternIndex, pattern] : llvm::enumerate(rule->patterns)) {
      bool isOpen = true;
      for (auto [i, element] : llvm::enumerate(pattern.elements)) {
        bool isLeadingCapture =
            element.kind == Element::Capture && i + 1 < pattern.elements.size();
        if (element.kind != Element::Words) {
          if (isOpen && element.kind != Element::Begin && !isLeadingCapture) {
            // Nothing fixed comes first: `^ $`, `<shape>`.
            anchored.push_back({ruleIndex, patternIndex});
            isOpen = false;
          }
          continue;
        }
        if (isOpen) {
          for (const auto &words : element.words)
            add(words.front() < 0 ? -words.front() - 1 : words.front(),
                ruleIndex, patternIndex);
          isOpen = element.isOptional;
        }
      }
      if (isOpen)
        anchored.push_back({ruleIndex, patternIndex});
      // A digit that a pattern spells out tells labels apart.
      auto note = [&](ArrayRef<int> words) {
        for (size_t i = 1; i < words.size(); ++i) {
          int id = words[i] < 0 ? -words[i] - 1 : words[i];
          int before = words[i - 1] < 0 ? -words[i - 1] - 1 : words[i - 1];
          if (llvm::isDigit(vocabulary.getWord(id).front()))
            numberWords[vocabulary.getWord(before)] = 1;
        }
      };
      for (auto [i, element] : llvm::enumerate(pattern.elements)) {
        if (element.kind != Element::Words)
          continue;
        for (const auto &words : element.words) {
          note(words);
          // `linear 1` as two elements.
          int id = words.front() < 0 ? -words.front() - 1 : words.front();
          if (i > 0 && llvm::isDigit(vocabulary.getWord(id).front()))
            for (const auto &before : pattern.elements[i - 1].words) {
              int last = before.back() < 0 ? -before.back() - 1 : before.back();
              numberWords[vocabulary.getWord(last)] = 1;
            }
        }
      }
    }
  }
}

void RuleSet::getCandidates(ArrayRef<Token> tokens, Source source,
                            SmallVectorImpl<Candidate> &candidates) const {
  unsigned bit = 1u << static_cast<unsigned>(source);
  auto add = [&](std::pair<unsigned, unsigned> entry, unsigned token) {
    if (rules[entry.first]->sources & bit)
      candidates.push_back({entry.first, entry.second, token});
  };
  // The text of an attribute must start with its key.
  size_t limit = source == Source::Attribute ? 1 : kMaxStarts;
  for (auto [i, token] : llvm::enumerate(tokens.take_front(limit)))
    if (token.id >= 0 && static_cast<size_t>(token.id) < index.size())
      for (std::pair<unsigned, unsigned> entry : index[token.id])
        add(entry, i);
  for (std::pair<unsigned, unsigned> entry : anchored)
    add(entry, 0);
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    return std::tie(a.rule, a.pattern, a.token) <
           std::tie(b.rule, b.pattern, b.token);
  });
}
