//===- Template.cpp - Kernels as text with sizes left open ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Template.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

std::string KernelTemplate::expand() const {
  std::string result;
  for (StringRef rest = text; !rest.empty();) {
    auto [before, behind] = rest.split('$');
    result += before;
    StringRef name =
        behind.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    if (before.size() != rest.size()) {
      auto value = values.find(name);
      assert(value != values.end() && "a template has a name that nobody sets");
      result += value->second;
    }
    rest = behind.drop_front(name.size());
  }
  return result;
}

LogicalResult KernelTemplate::addTo(gpu::GPUModuleOp module) const {
  std::string reason;
  OwningOpRef<ModuleOp> parsed;
  {
    // The text is ours, and its places say nothing to who asks for the kernel.
    ScopedDiagnosticHandler handler(module.getContext(),
                                    [&](Diagnostic &diagnostic) {
                                      if (reason.empty())
                                        reason = diagnostic.str();
                                    });
    ParserConfig config(module.getContext());
    parsed = parseSourceString<ModuleOp>(expand(), config);
  }
  if (!parsed)
    return module.emitError("expected sizes that a kernel can have: ")
           << reason;
  Block *body = module.getBody();
  for (Operation &op :
       llvm::make_early_inc_range(parsed->getBody()->without_terminator()))
    for (Operation &kernel :
         llvm::make_early_inc_range(op.getRegion(0).front())) {
      kernel.moveBefore(body, body->end());
      kernel.walk([&](Operation *inside) { inside->setLoc(module.getLoc()); });
    }
  return success();
}
