//===- Violations.cpp - What of a deployment does not verify ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/Violations.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "dag/Graph/DeploymentGraph.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/ScopeExit.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

/// Collects what the verifiers of one op say. The tables of symbols are those
/// of all ops: one is as large as the model.
static void collectViolations(Operation *op, SymbolTableCollection &tables,
                              std::vector<Violation> &result) {
  // Not the op after each message: that of a stage is the stage.
  MLIRContext *context = op->getContext();
  bool printsOp = context->shouldPrintOpOnDiagnostic();
  context->printOpOnDiagnostic(false);
  auto restore =
      llvm::make_scope_exit([&] { context->printOpOnDiagnostic(printsOp); });
  ScopedDiagnosticHandler handler(
      op->getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return success();
        std::optional<Code> code = getTypingCode(diagnostic);
        Violation violation{op,
                            diagnostic.getLocation(),
                            code.value_or(Code::DAG005),
                            diagnostic.str(),
                            {}};
        for (Diagnostic &note : diagnostic.getNotes())
          violation.notes.push_back({note.getLocation(), note.str()});
        result.push_back(std::move(violation));
        return success();
      });
  if (failed(verify(op, /*verifyRecursively=*/false)))
    return;
  // What the symbol table above would verify.
  if (auto user = dyn_cast<SymbolUserOpInterface>(op))
    (void)user.verifySymbolUses(tables);
}

bool dag::verifiesAsWhole(Operation *root) {
  ScopedDiagnosticHandler silence(root->getContext(),
                                  [](Diagnostic &) { return success(); });
  SymbolTableCollection tables;
  auto user = dyn_cast<SymbolUserOpInterface>(root);
  return succeeded(verify(root)) &&
         (!user || succeeded(user.verifySymbolUses(tables)));
}

Violations::Violations(Operation *root) : root(root) {
  auto model = dyn_cast<ModelOp>(root);
  if (model)
    verifyMesh(model);
  if (!verifiesAsWhole(root)) {
    size_t numOfMesh = violations.size();
    verifyEachOp();
    if (violations.size() == numOfMesh)
      verifyBetweenOps();
  }
  if (model)
    findDoubledLayers(model);
}

bool Violations::hasMalformed() const {
  return llvm::any_of(violations, [](const Violation &violation) {
    return violation.code == Code::DAG005;
  });
}

/// A plan's mesh stands outside of it.
void Violations::verifyMesh(ModelOp model) {
  MeshOp mesh = model.lookupMesh();
  if (!mesh)
    return;
  SymbolTableCollection tables;
  collectViolations(mesh, tables, violations);
  if (!violations.empty())
    malformed.insert(mesh);
}

void Violations::verifyEachOp() {
  SymbolTableCollection tables;
  root->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { collectViolations(op, tables, violations); });
  // What a model says of the symbols of an op, the op says as well.
  std::set<std::pair<const void *, std::string>> inner;
  for (const Violation &violation : violations)
    if (violation.op != root)
      inner.insert({violation.loc.getAsOpaquePointer(), violation.message});
  llvm::erase_if(violations, [&](const Violation &violation) {
    return violation.op == root &&
           inner.count({violation.loc.getAsOpaquePointer(), violation.message});
  });
  for (const Violation &violation : violations)
    if (violation.code == Code::DAG005)
      malformed.insert(violation.op);
}

/// Such as dominance.
void Violations::verifyBetweenOps() {
  ScopedDiagnosticHandler handler(
      root->getContext(), [&](Diagnostic &diagnostic) {
        violations.push_back({root,
                              diagnostic.getLocation(),
                              Code::DAG005,
                              diagnostic.str(),
                              {}});
        return success();
      });
  (void)verify(root);
}

/// That a layer stands twice breaks no rule of an op.
void Violations::findDoubledLayers(ModelOp model) {
  DenseMap<int64_t, Operation *> firsts;
  model->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == model.getOperation())
      return WalkResult::advance();
    if (isMalformed(op))
      return isa<StageOp, LayerOp>(op) ? WalkResult::skip()
                                       : WalkResult::advance();
    auto layer = dyn_cast<LayerOp>(op);
    if (!layer)
      return WalkResult::advance();
    // Tables of hashes keep the largest index for themselves.
    int64_t index = toIndex(layer.getIndex());
    auto [first, isNew] = firsts.try_emplace(index, op);
    if (!isNew)
      violations.push_back({op,
                            op->getLoc(),
                            Code::DAG203,
                            "expected layer " + std::to_string(index) +
                                " once, but this is a second one",
                            {{first->second->getLoc(), "the first one"}}});
    // Layers do not nest.
    return WalkResult::skip();
  });
}
