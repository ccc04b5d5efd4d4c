//===- TestCheck.cpp - A check from outside ---------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// `--test-dag-verify-teapots` finds nodes that are called teapots, under a code
// of its own. With `--test-dag-teapots` it takes part in `--verify-pipeline`.
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/CheckRegistry.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;
using namespace mlir::dag;

namespace test {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_TESTVERIFYTEAPOTS
#define GEN_PASS_REGISTRATION
#include "TestCheck.h.inc"
} // namespace test

static constexpr CheckInfo kTeapots = {"teapots", "No teapot is deployed",
                                       /*position=*/100, CheckKind::Beyond};

static constexpr CodeInfo kCodes[] = {
    {"TST001", &kTeapots, Severity::High, "Teapot in the deployment",
     "No node is a teapot.", "A teapot cannot brew coffee.",
     "Replace the teapot by a device.", /*anchor=*/""}};

namespace {
struct VerifyTeapots
    : CheckPass<test::impl::TestVerifyTeapotsBase<VerifyTeapots>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override { return kTeapots; }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override {
    for (DeploymentGraph::NodeId id = 0; id < graph.getNodes().size(); ++id)
      if (StringRef(graph.getName(id)).contains("teapot"))
        log.report(kCodes[0], graph.getPlace(id),
                   "expected no teapot, but got '" + graph.getName(id) + "'");
  }
};
} // namespace

namespace mlir::dag::test {
void registerTestCheck() {
  static llvm::cl::opt<bool> takesPart(
      "test-dag-teapots", llvm::cl::desc("Let a check from outside take part"));
  ::test::registerTestCheckPasses();
  Check check;
  check.info = &kTeapots;
  check.argument = "test-dag-verify-teapots";
  check.create = [](const CheckRequest &request) {
    if (!takesPart)
      return std::unique_ptr<GraphCheck>();
    ::test::TestVerifyTeapotsOptions options;
    options.failOn = request.failOn;
    options.deferred = true;
    return std::unique_ptr<GraphCheck>(
        std::make_unique<VerifyTeapots>(options));
  };
  check.codes = kCodes;
  registerCheck(check);
}
} // namespace mlir::dag::test
