//===- Malformed.cpp - What no accessor may touch -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace mlir::dag;

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagMalformedOp.cpp.inc"

LogicalResult MalformedOp::verify() { return emitError() << getMessage(); }

namespace {
/// Finds what is malformed, without a look at any accessor before its op is
/// known to be well formed, and replaces it. There is no recursion.
class Gate {
public:
  explicit Gate(Operation *root) : root(root) {}

  /// Finds all malformed ops.
  void find();
  bool isMalformed(Operation *op) const { return messages.contains(op); }
  /// Replaces all but the root, the inner ones first.
  void replace();
  /// What stands for `op`, before it; `op` is still there.
  MalformedOp makeStandIn(Operation *op, OpBuilder &builder);

private:
  /// What the verifier of `op` alone says; nothing where the op is well formed,
  /// or wrong in a way that has a code of its own.
  std::optional<std::string> verifyAlone(Operation *op);
  /// That its blocks end as they have to, so that terminators can be asked for.
  std::optional<std::string> verifyBlocks(Operation *op);
  /// What an op of another dialect says of what is in it.
  std::optional<std::string> verifyRegions(Operation *op);
  bool hasMalformed(Operation *op) const;

  Operation *root;
  /// All ops that are not in a malformed one, in the order of the file.
  SmallVector<Operation *> order;
  DenseMap<Operation *, std::string> messages;
  /// Ops that are malformed, or that one is in.
  DenseSet<Operation *> faulty;
};
} // namespace

/// What a verifier says first, if it fails; the code is given to what a check
/// of plans reports itself.
static std::optional<std::string>
getFault(Operation *op, function_ref<LogicalResult()> verify) {
  std::optional<std::string> message;
  bool hasCode = false;
  ScopedDiagnosticHandler handler(
      op->getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error && !message) {
          message = diagnostic.str();
          hasCode = getTypingCode(diagnostic).has_value();
        }
        return success();
      });
  if (succeeded(verify()) || hasCode)
    return std::nullopt;
  return message.value_or("'" + op->getName().getStringRef().str() +
                          "' op does not verify");
}

std::optional<std::string> Gate::verifyAlone(Operation *op) {
  std::optional<RegisteredOperationName> info = op->getRegisteredInfo();
  // What nobody knows may stand only in the dialects of others.
  Dialect *dialect = op->getDialect();
  if (!info && dialect && !dialect->allowsUnknownOperations())
    return "unregistered operation '" + op->getName().getStringRef().str() +
           "' found in dialect ('" + dialect->getNamespace().str() +
           "') that does not allow unknown operations";
  if (!info)
    return std::nullopt;
  return getFault(op, [&] { return info->verifyInvariants(op); });
}

std::optional<std::string> Gate::verifyRegions(Operation *op) {
  std::optional<RegisteredOperationName> info = op->getRegisteredInfo();
  // Checks of plans say what is wrong in those, and of the symbols of modules.
  if (!info || isa<ModuleOp>(op) ||
      isa_and_nonnull<DagDialect>(op->getDialect()) || hasMalformed(op))
    return std::nullopt;
  return getFault(op, [&] { return info->verifyRegionInvariants(op); });
}

bool Gate::hasMalformed(Operation *op) const {
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      if (faulty.contains(&inner))
        return true;
  return false;
}

std::optional<std::string> Gate::verifyBlocks(Operation *op) {
  if (!op->isRegistered() || op->hasTrait<OpTrait::NoTerminator>())
    return std::nullopt;
  bool isOurs = isa_and_nonnull<DagDialect>(op->getDialect());
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      if (!block.empty()) {
        Operation &last = block.back();
        // What is wrong with it is said there.
        if (messages.contains(&last))
          return "'" + op->getName().getStringRef().str() + "' op ends in '" +
                 last.getName().getStringRef().str() + "', which is malformed";
        if (isOurs ? isa<YieldOp>(last)
                   : last.mightHaveTrait<OpTrait::IsTerminator>())
          continue;
      }
      return "'" + op->getName().getStringRef().str() +
             "' op expected a block that ends in a terminator";
    }
  return std::nullopt;
}

void Gate::find() {
  SmallVector<Operation *> worklist = {root};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    order.push_back(op);
    if (std::optional<std::string> message = verifyAlone(op)) {
      messages[op] = std::move(*message);
      // What is inside might ask for what is missing.
      continue;
    }
    for (Region &region : llvm::reverse(op->getRegions()))
      for (Block &block : llvm::reverse(region))
        for (Operation &inner : llvm::reverse(block))
          worklist.push_back(&inner);
  }
  // Those inside come first.
  for (Operation *op : llvm::reverse(order)) {
    if (!messages.contains(op)) {
      std::optional<std::string> message = verifyBlocks(op);
      if (!message)
        message = verifyRegions(op);
      if (message)
        messages[op] = std::move(*message);
    }
    if (messages.contains(op) || hasMalformed(op))
      faulty.insert(op);
  }
}

/// The values of ops inside of `op` that are used outside of it, which no
/// verifier has forbidden yet.
static SmallVector<Value> findEscaping(Operation *op) {
  SmallVector<Value> escaping;
  auto add = [&](Value value) {
    if (llvm::any_of(value.getUsers(), [&](Operation *user) {
          return !op->isProperAncestor(user);
        }))
      escaping.push_back(value);
  };
  SmallVector<Operation *> worklist = {op};
  while (!worklist.empty()) {
    Operation *inner = worklist.pop_back_val();
    if (inner != op)
      llvm::for_each(inner->getResults(), add);
    for (Region &region : inner->getRegions())
      for (Block &block : region) {
        llvm::for_each(block.getArguments(), add);
        for (Operation &next : block)
          worklist.push_back(&next);
      }
  }
  return escaping;
}

/// Puts the malformed ops inside of `op` behind it, where they are not lost
/// with it. What they work on is, and so are those of the file that lack what
/// one needs themselves.
static void hoistMalformed(Operation *op) {
  SmallVector<MalformedOp> inner;
  op->walk([&](MalformedOp malformed) {
    const MalformedOp::Properties &properties = malformed.getProperties();
    if (malformed != op && properties.name && properties.message &&
        malformed->getNumRegions() == 0)
      inner.push_back(malformed);
  });
  for (MalformedOp malformed : llvm::reverse(inner)) {
    malformed->setOperands({});
    malformed->moveAfter(op);
  }
}

MalformedOp Gate::makeStandIn(Operation *op, OpBuilder &builder) {
  SmallVector<Value> values(op->getResults());
  llvm::append_range(values, findEscaping(op));
  // One that was stored stands for the same op as before.
  auto name = isa<MalformedOp>(op) ? op->getAttrOfType<StringAttr>("name")
                                   : StringAttr();
  auto standIn = MalformedOp::create(
      builder, op->getLoc(), TypeRange(ValueRange(values)),
      name ? name : builder.getStringAttr(op->getName().getStringRef()),
      builder.getStringAttr(messages.lookup(op)), op->getOperands());
  for (auto [value, other] : llvm::zip_equal(values, standIn->getResults()))
    value.replaceAllUsesWith(other);
  return standIn;
}

void Gate::replace() {
  // Outer ops stand before inner ones.
  for (Operation *op : llvm::reverse(order)) {
    if (op == root || !isMalformed(op))
      continue;
    hoistMalformed(op);
    OpBuilder builder(op);
    makeStandIn(op, builder);
    op->erase();
  }
}

void dag::replaceMalformed(OwningOpRef<ModuleOp> &module) {
  MLIRContext *context = module->getContext();
  context->getOrLoadDialect<DagDialect>();
  bool printsOp = context->shouldPrintOpOnDiagnostic();
  context->printOpOnDiagnostic(false);
  auto restore =
      llvm::make_scope_exit([&] { context->printOpOnDiagnostic(printsOp); });
  Gate gate(*module);
  gate.find();
  if (!gate.isMalformed(*module))
    return gate.replace();
  OwningOpRef<ModuleOp> other = ModuleOp::create(module->getLoc());
  auto builder = OpBuilder::atBlockEnd(other->getBody());
  gate.makeStandIn(*module, builder);
  module = std::move(other);
}

OwningOpRef<ModuleOp> dag::parseUnverified(const llvm::SourceMgr &sourceMgr,
                                           MLIRContext *context) {
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(
      sourceMgr, ParserConfig(context, /*verifyAfterParse=*/false));
  if (module)
    replaceMalformed(module);
  return module;
}

SmallVector<MalformedOp> dag::findMalformedBeside(Operation *module) {
  SmallVector<MalformedOp> found;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto malformed = dyn_cast<MalformedOp>(op))
      found.push_back(malformed);
    return op->getParentOp() == module && isa<SketchOp, ModelOp>(op)
               ? WalkResult::skip()
               : WalkResult::advance();
  });
  return found;
}
