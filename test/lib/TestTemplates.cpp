//===- TestTemplates.cpp - Kernels of templates -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `--test-dag-template="family=linear chip=sm_90a columns=128"` appends a
// kernel of the name of the family to each GPU module.
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Tile/IR/Tile.h"
#include "dag/Templates/Linear.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct TestTemplate
    : PassWrapper<TestTemplate, OperationPass<gpu::GPUModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestTemplate)

  TestTemplate() = default;
  TestTemplate(const TestTemplate &other) : PassWrapper(other) {}

  StringRef getArgument() const override { return "test-dag-template"; }
  StringRef getDescription() const override {
    return "append a kernel that is made of a template";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<arith::ArithDialect, LLVM::LLVMDialect, NVVM::NVVMDialect,
                    scf::SCFDialect, tile::TileDialect>();
  }

  void runOnOperation() override {
    Type type = parseType(element, &getContext());
    LogicalResult result = failure();
    if (type && chip == "sm_90a") {
      LinearTiles tiles{type, warpgroups, columns, slots, cluster};
      result = addLinear(getOperation(), "linear", tiles);
    } else if (type) {
      LinearThreadTiles tiles{type, rows, columns, slots};
      result = addLinear(getOperation(), "linear", tiles);
    }
    if (failed(result))
      signalPassFailure();
  }

  Option<std::string> chip{*this, "chip", llvm::cl::init("sm_90a")};
  Option<std::string> element{*this, "element", llvm::cl::init("bf16")};
  Option<unsigned> warpgroups{*this, "warpgroups", llvm::cl::init(2)};
  Option<unsigned> rows{*this, "rows", llvm::cl::init(128)};
  Option<unsigned> columns{*this, "columns", llvm::cl::init(256)};
  Option<unsigned> slots{*this, "slots", llvm::cl::init(4)};
  Option<unsigned> cluster{*this, "cluster", llvm::cl::init(2)};
};
} // namespace

namespace mlir::dag::test {
void registerTestTemplates() { PassRegistration<TestTemplate>(); }
} // namespace mlir::dag::test
