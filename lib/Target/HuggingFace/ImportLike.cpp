//===- ImportLike.cpp - The program of which a plan is one -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A configuration leaves open how many tokens a program takes and in which
// types it stores what; a plan has it all. What both state is the
// configuration's: the proof is to find where the plan has something else.
//
//===----------------------------------------------------------------------===//

#include "Storage.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Dialect/Dag/IR/WholeType.h"
#include "dag/Support/Saturating.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::huggingface;

namespace {
/// What occurs how often; the first of the most frequent counts.
template <typename T>
class Votes {
public:
  void add(T value) { ++counts[value]; }
  std::optional<T> getWinner() const {
    auto it = llvm::max_element(counts, [](const auto &a, const auto &b) {
      return a.second < b.second;
    });
    if (it == counts.end())
      return std::nullopt;
    return it->first;
  }

private:
  llvm::MapVector<T, size_t> counts;
};

/// The inputs that say where the pages of a sequence are.
constexpr StringLiteral kTableName = "block_table";
constexpr StringLiteral kWindowTableName = "sliding_window_block_table";

/// What a plan says that a configuration does not.
struct PlanFacts {
  explicit PlanFacts(ModelOp plan);

  RankedTensorType tokens, logits, position;
  struct BlockTable {
    RankedTensorType type;
    /// Of the largest pool that it leads into.
    int64_t mostPages = 0;
  };
  BlockTable table, windowTable;
  RankedTensorType getTableType() const {
    return table.type ? table.type : windowTable.type;
  }
  /// Tokens of a sequence, or of a page.
  Votes<int64_t> cacheTokens;
  Votes<Type> cacheTypes;
  /// The type of values, by what computes with weights.
  Votes<Type> valueTypes;
  /// A cache has a size that is not known.
  bool hasOpenCache = false;
  /// Types of weights, and of what is as large: scales, tables.
  llvm::SetVector<Type> storedTypes;
  /// Whole types of parameters by name.
  DenseMap<StringAttr, Type> parameters;

private:
  struct Pages {
    int64_t mostPages = 0;
    /// All layers that use it look at windows.
    bool isOfWindows = true;
  };
  using TableUse = std::pair<InputOp, Pages>;
  /// Tells the table of all tokens from that of windows, by what uses them, or
  /// by their names.
  void setTables(ArrayRef<TableUse> uses);
};
} // namespace

/// The input that says where the pages are, or null.
static InputOp getBlockTable(const PagedUse &use) {
  if (use.caches.empty())
    return nullptr;
  Value table = lookThroughCarriers(use.table);
  return table ? table.getDefiningOp<InputOp>() : nullptr;
}

void PlanFacts::setTables(ArrayRef<TableUse> uses) {
  auto set = [](BlockTable &table, const TableUse &use) {
    table.type = dyn_cast<RankedTensorType>(
        getWholeType(InputOp(use.first).getResult().getType()));
    table.mostPages = use.second.mostPages;
  };
  // Where one looks at windows and another does not, that tells them.
  SmallVector<const TableUse *> ofAll, ofWindows, others;
  for (const TableUse &use : uses)
    if (use.second.mostPages > 0)
      (use.second.isOfWindows ? ofWindows : ofAll).push_back(&use);
  if (ofAll.size() == 1 && ofWindows.size() == 1) {
    set(table, *ofAll.front());
    set(windowTable, *ofWindows.front());
    return;
  }
  for (const TableUse &use : uses)
    if (StringRef name = InputOp(use.first).getName(); name == kTableName)
      set(table, use);
    else if (name == kWindowTableName)
      set(windowTable, use);
    else
      others.push_back(&use);
  for (const TableUse *use : others)
    if (!table.type)
      set(table, *use);
    else if (!windowTable.type)
      set(windowTable, *use);
}

/// The input that says where the tokens of `op` stand, or null.
static InputOp getPositionInput(Operation *op) {
  Value position;
  llvm::TypeSwitch<Operation *>(op)
      .Case<KvCacheUpdateOp, AttentionOp, LatentAttentionOp, RotaryEmbeddingOp>(
          [&](auto user) { position = user.getPosition(); });
  position = position ? lookThroughCarriers(position) : position;
  return position ? position.getDefiningOp<InputOp>() : nullptr;
}

PlanFacts::PlanFacts(ModelOp plan) {
  llvm::MapVector<InputOp, Pages> tables;
  plan->walk([&](Operation *op) {
    PagedUse use = getPagedUse(op);
    if (InputOp input = getPositionInput(op))
      position =
          dyn_cast<RankedTensorType>(getWholeType(input.getResult().getType()));
    if (InputOp table = getBlockTable(use)) {
      auto pool =
          cast<RankedTensorType>(getWholeType(use.caches.front().getType()));
      Pages &used = tables[table];
      used.mostPages = std::max(used.mostPages, pool.getDimSize(0));
      used.isOfWindows &= looksAtWindow(op);
    }
    if (auto input = dyn_cast<InputOp>(op)) {
      auto type =
          dyn_cast<RankedTensorType>(getWholeType(input.getResult().getType()));
      StringRef name = input.getName();
      if (name == "tokens")
        tokens = type;
      else if (name == kTableName || name == kWindowTableName)
        tables.try_emplace(input);
    } else if (auto output = dyn_cast<OutputOp>(op)) {
      if (output.getName() == "logits")
        logits = dyn_cast<RankedTensorType>(
            getWholeType(output.getValue().getType()));
    } else if (isa<EmbeddingOp, LinearOp, QkvProjectionOp, AttentionOp,
                   LatentAttentionOp>(op)) {
      valueTypes.add(getElementTypeOrSelf(op->getResult(0).getType()));
    } else if (auto cache = dyn_cast<KvCacheOp>(op)) {
      auto type = cast<RankedTensorType>(getWholeType(cache.getType()));
      cacheTypes.add(type.getElementType());
      cacheTokens.add(type.getDimSize(1));
      hasOpenCache |= !type.hasStaticShape();
    } else if (auto parameter = dyn_cast<ParameterOp>(op)) {
      auto type = cast<RankedTensorType>(getWholeType(parameter.getType()));
      parameters.try_emplace(parameter.getNameAttr(), type);
      if (type.getRank() >= 2)
        storedTypes.insert(type.getElementType());
    }
  });
  setTables(tables.getArrayRef());
}

/// The name of a plain type in options, or nothing.
static StringRef getPlainName(Type type) {
  return llvm::TypeSwitch<Type, StringRef>(type)
      .Case([](BFloat16Type) { return "bf16"; })
      .Case([](Float16Type) { return "f16"; })
      .Case([](Float32Type) { return "f32"; })
      .Case([](Float64Type) { return "f64"; })
      .Default([](Type) { return ""; });
}

static StringRef getCacheName(Type type) {
  return llvm::TypeSwitch<Type, StringRef>(type)
      .Case([](Float8E4M3FNType) { return "fp8"; })
      .Case([](Float8E5M2Type) { return "fp8_e5m2"; })
      .Case([](Float8E4M3FNUZType) { return "fp8_e4m3fnuz"; })
      .Case([](Float8E5M2FNUZType) { return "fp8_e5m2fnuz"; })
      .Default([](Type type) { return getPlainName(type); });
}

/// The ways to store weights in which some are of the type. Scales and
/// embeddings have types of their own, and are often as many as the weights: no
/// type of a plan is more likely than another.
static SmallVector<StringRef, 2> getStorageNames(Type type) {
  if (isa<Float8E4M3FNType>(type))
    return {"fp8", "fp8-block"};
  if (isa<Float4E2M1FNType>(type))
    return {"mxfp4"};
  if (type.isSignlessInteger(8))
    return {"int8"};
  if (type.isSignlessInteger(4))
    return {"int4"};
  if (StringRef plain = getPlainName(type); !plain.empty())
    return {plain};
  return {};
}

/// The sizes of caches in pages: blocks of a sequence, and the least number of
/// tokens that needs so many.
static void readPages(const PlanFacts &facts, ImportOptions &options) {
  options.pageSize = options.seqLen;
  int64_t tokens = facts.tokens.getDimSize(1);
  RankedTensorType table = facts.getTableType();
  int64_t blocks = std::max<int64_t>(table.getDimSize(1), 1);
  options.seqLen =
      std::max(tokens, multiplySaturating(blocks - 1, options.pageSize) + 1);
  int64_t most = facts.table.mostPages;
  if (most > 0 && most != multiplySaturating(options.batch, blocks))
    options.pages = most;
  // How many pages there are is not for the configuration to say.
  options.windowPages = facts.windowTable.mostPages;
  options.sharesPages = !facts.windowTable.type;
}

/// Reads sizes, phase and types. Returns why it cannot, or an empty string.
static std::string readOptions(const PlanFacts &facts, ImportOptions &options) {
  auto isStatic = [](RankedTensorType type, int64_t rank) {
    return type && type.getRank() == rank && type.hasStaticShape();
  };
  if (!isStatic(facts.tokens, 2))
    return "the plan has no input 'tokens' of known sizes, [batch, tokens]";
  options.batch = facts.tokens.getDimSize(0);
  int64_t tokens = facts.tokens.getDimSize(1);
  options.seqLen = facts.cacheTokens.getWinner().value_or(tokens);
  if (facts.hasOpenCache)
    return "the plan has KV caches of unknown size";
  if (RankedTensorType table = facts.getTableType()) {
    if (!isStatic(table, 2))
      return "the plan has block tables of unknown size";
    readPages(facts, options);
  }
  options.ragged = facts.position && facts.position.getRank() == 1;
  options.decode = tokens == 1 && options.seqLen != 1;
  if (!options.decode && tokens < options.seqLen)
    options.newTokens = tokens;
  if (facts.logits) {
    if (facts.logits.getRank() == 3)
      options.allLogits = tokens > 1 && facts.logits.getDimSize(1) != 1;
    options.dtype = getPlainName(facts.logits.getElementType()).str();
  }
  // Engines hand out logits in a wider type.
  if (std::optional<Type> type = facts.valueTypes.getWinner())
    options.dtype = getPlainName(*type).str();
  if (std::optional<Type> type = facts.cacheTypes.getWinner()) {
    options.kvDtype = getCacheName(*type).str();
    if (options.kvDtype.empty())
      return "the plan has KV caches of a type that no configuration gives, " +
             debugString(*type);
  }
  return "";
}

/// How many parameters only one of both has, or has with another type.
static size_t countDifferences(ModuleOp module, const PlanFacts &facts) {
  size_t numDifferences = 0;
  DenseSet<StringAttr> seen;
  module->walk([&](ParameterOp parameter) {
    if (seen.insert(parameter.getNameAttr()).second)
      numDifferences += facts.parameters.lookup(parameter.getNameAttr()) !=
                        parameter.getType();
  });
  for (const auto &[name, type] : facts.parameters)
    numDifferences += !seen.contains(name);
  return numDifferences;
}

/// True if weights have scales.
static bool isQuantized(ModuleOp module) {
  return module
      ->walk([](DequantizeOp op) {
        return op.getScale() ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

ImportedLike huggingface::importLike(llvm::MemoryBufferRef buffer, ModelOp plan,
                                     StringRef ignoredFields) {
  ImportedLike result;
  result.options.setIgnoredFields(ignoredFields);
  result.options.isLike = true;
  PlanFacts facts(plan);
  result.obstacle = readOptions(facts, result.options);
  if (!result.obstacle.empty()) {
    result.obstacleLoc = plan.getLoc();
    return result;
  }
  ScopedDiagnosticHandler handler(plan.getContext(), [&](Diagnostic &message) {
    if (message.getSeverity() == DiagnosticSeverity::Error &&
        result.obstacle.empty()) {
      result.obstacle = message.str();
      result.obstacleLoc = message.getLocation();
    }
    return success();
  });
  result.module = importConfig(buffer, plan.getContext(), result.options);
  if (!result.module)
    return result;
  result.unknownStorage = (*result.module->getOps<ModelOp>().begin())
                              .getUnknownStorage()
                              .value_or("")
                              .str();
  size_t least = countDifferences(*result.module, facts);
  SmallVector<StringRef> names;
  for (Type type : facts.storedTypes)
    llvm::append_range(names, getStorageNames(type));
  const ImportOptions stated = result.options;
  // What is stored with scales is loaded with these, or as what it stands for.
  bool hasScales = isQuantized(*result.module), dropsScales = false;
  for (StringRef name : names) {
    if (least == 0)
      break;
    if (hasScales && !getElementType(name, plan.getContext()))
      continue;
    ImportOptions options = stated;
    options.weightsDtype = name.str();
    OwningOpRef<ModuleOp> module =
        importConfig(buffer, plan.getContext(), options);
    size_t count = module ? countDifferences(*module, facts) : least;
    if (count >= least)
      continue;
    least = count;
    result.module = std::move(module);
    result.options = std::move(options);
    dropsScales = hasScales;
  }
  // How a checkpoint stores its weights is for the configuration to say.
  if (dropsScales || (!hasScales && !result.options.weightsDtype.empty())) {
    auto model = *result.module->getOps<ModelOp>().begin();
    std::string remark =
        (dropsScales ? "the configuration stores weights with scales"
                     : "the configuration stores weights in the type of the "
                       "model") +
        (", but the plan has them in " + result.options.weightsDtype);
    SmallVector<StringRef> remarks = model.getRemarks();
    remarks.push_back(remark);
    model.setRemarks(remarks);
  }
  return result;
}

std::string ImportedLike::describe() {
  auto count = [](int64_t number, StringRef noun) {
    return (Twine(number) + " " + noun + (number == 1 ? "" : "s")).str();
  };
  bool isWhole = !options.decode && options.newTokens == 0;
  std::string text = (options.decode ? "decode of " : "prefill of ") +
                     count(options.batch, "sequence");
  if (options.newTokens != 0)
    text += " by " + count(options.newTokens, "token");
  // Of caches in pages there is room for whole pages.
  int64_t room = options.pageSize == 0 || isWhole
                     ? options.seqLen
                     : llvm::alignTo(options.seqLen, options.pageSize);
  text +=
      (isWhole ? " of " : " with room for ") + count(room, "token") + " each";
  if (options.ragged)
    text += ", at a position for each";
  if (options.pageSize != 0)
    text += ", in pages of " + count(options.pageSize, "token");
  if (!options.decode)
    text += options.allLogits ? ", logits of all" : ", logits of the last";
  if (!options.dtype.empty())
    text += ", in " + options.dtype;
  std::string unknown;
  if (!unknownStorage.empty())
    unknown = "in a way that nobody knows (" + unknownStorage + ")";
  if (!options.weightsDtype.empty())
    text += ", weights stored as the plan has them (" + options.weightsDtype +
            ")" +
            (unknown.empty() ? "" : ", where the configuration has them ") +
            unknown;
  else
    text += ", weights stored " +
            (unknown.empty() ? "as the configuration says" : unknown);
  if (!options.kvDtype.empty())
    text += ", KV caches in " + options.kvDtype;
  return text;
}
