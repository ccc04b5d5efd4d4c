//===- StructureOps.cpp - Kernels and roles -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pending.h"
#include "dag/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace mlir::dag::tile;

//===----------------------------------------------------------------------===//
// KernelOp
//===----------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<Type> results;
  SmallVector<DictionaryAttr> resultAttrs;
  bool isVariadic = false;
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name),
                             result.attributes) ||
      function_interface_impl::parseFunctionSignatureWithArguments(
          parser, /*allowVariadic=*/false, arguments, isVariadic, results,
          resultAttrs))
    return failure();
  auto types = llvm::map_to_vector(
      arguments, [](const OpAsmParser::Argument &arg) { return arg.type; });
  result.addAttribute(getFunctionTypeAttrName(result.name),
                      TypeAttr::get(builder.getFunctionType(types, results)));
  if (succeeded(parser.parseOptionalKeyword("cluster"))) {
    int64_t cluster;
    if (parser.parseLParen() || parser.parseInteger(cluster) ||
        parser.parseRParen())
      return failure();
    result.addAttribute(getClusterAttrName(result.name),
                        builder.getI64IntegerAttr(cluster));
  }
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  call_interface_impl::addArgAndResultAttrs(
      builder, result, arguments, resultAttrs, getArgAttrsAttrName(result.name),
      getResAttrsAttrName(result.name));
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    body->emplaceBlock();
  return success();
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  function_interface_impl::printFunctionSignature(
      printer, *this, getArgumentTypes(), /*isVariadic=*/false,
      getResultTypes());
  if (getCluster() != 1)
    printer << " cluster(" << getCluster() << ')';
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(),
      {getSymNameAttrName(), getFunctionTypeAttrName(), getArgAttrsAttrName(),
       getResAttrsAttrName(), getClusterAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

int64_t KernelOp::getNumThreads() {
  int64_t warpgroups = 0;
  for (RoleOp role : getBody().getOps<RoleOp>())
    warpgroups += role.getWarpgroups();
  return warpgroups * kWarpgroupSize;
}

int64_t KernelOp::getLaunchRegisters() {
  constexpr int64_t kMaxPerThread = 255;
  return std::min(kMaxPerThread, kNumRegisters / getNumThreads()) / 8 * 8;
}

LogicalResult KernelOp::verify() {
  // (C1) Arguments and results.
  for (Type type : getArgumentTypes())
    if (!type.isIntOrFloat() && !isa<TensorMapType>(type) &&
        type.getDialect().getNamespace() != "llvm")
      return emitOpError("(C1) expected arguments that are tensor maps, "
                         "pointers, integers or floats, but got ")
             << type;
  if (!getResultTypes().empty())
    return emitOpError("(C1) expected no result, but got ")
           << getResultTypes().size();
  // (C3) The cluster; threads are a matter of the roles.
  constexpr int64_t kMaxCluster = 8;
  if (int64_t(getCluster()) < 1 || int64_t(getCluster()) > kMaxCluster)
    return emitOpError("(C3) expected a cluster of 1 to ")
           << kMaxCluster << " blocks, but got " << int64_t(getCluster());
  return success();
}

/// (C2) Roles, and what comes before them.
static LogicalResult verifyOrder(KernelOp kernel) {
  RoleOp last;
  for (Operation &op : kernel.getBody().front()) {
    if (auto role = dyn_cast<RoleOp>(op)) {
      last = role;
      continue;
    }
    if (last)
      return op.emitOpError("(C2) expected no op behind a role of a kernel");
    if (!isa<PipelineOp>(op) && !isMemoryEffectFree(&op))
      return op.emitOpError("(C2) expected no effect before the roles of a "
                            "kernel");
  }
  if (!last)
    return kernel.emitOpError("(C2) expected at least one role");
  return success();
}

/// (C3) and (C4) Threads and their registers.
static LogicalResult verifyThreads(KernelOp kernel) {
  constexpr int64_t kMaxThreads = 1024;
  int64_t threads = kernel.getNumThreads();
  if (threads > kMaxThreads)
    return kernel.emitOpError("(C3) expected at most ")
           << kMaxThreads << " threads, but the roles have " << threads;
  int64_t registers = 0;
  for (RoleOp role : kernel.getBody().getOps<RoleOp>())
    registers += role.getRegisters() * role.getWarpgroups() * kWarpgroupSize;
  int64_t room = kernel.getLaunchRegisters() * threads;
  if (registers > room)
    return kernel.emitOpError("(C4) expected the roles to take at most ")
           << room << " registers, " << kernel.getLaunchRegisters()
           << " for each of " << threads << " threads, but they take "
           << registers;
  return success();
}

void dag::tile::forEachSharedOp(
    KernelOp kernel, function_ref<void(Operation *, int64_t)> visit) {
  for (auto pipeline : kernel.getBody().getOps<PipelineOp>())
    visit(pipeline,
          llvm::alignTo(pipeline.getType().getBytes(), kTileAlignment));
  for (RoleOp role : kernel.getBody().getOps<RoleOp>()) {
    for (auto staging : role.getBody().getOps<StagingOp>())
      visit(staging, staging.getBytes());
    for (auto slots : role.getBody().getOps<OpenOp>())
      visit(slots, slots.getBytes());
  }
}

/// (C5) Shared memory.
static LogicalResult verifySharedMemory(KernelOp kernel) {
  int64_t bytes = 0;
  forEachSharedOp(kernel, [&](Operation *, int64_t more) { bytes += more; });
  if (bytes > kMaxSharedBytes)
    return kernel.emitOpError("(C5) expected at most ")
           << kMaxSharedBytes << " bytes of shared memory, but it takes "
           << bytes;
  return success();
}

namespace {
/// Who fills a pipeline, and the role that was the last to begin reading it.
struct PipelineEnds {
  Operation *producer = nullptr;
  Operation *reader = nullptr;
};
} // namespace

static LogicalResult addProducer(ProduceOp op, PipelineEnds &ends) {
  if (ends.producer)
    return op.emitOpError("(C6) expected one producer of a pipeline, but it "
                          "has another one")
               .attachNote(ends.producer->getLoc())
           << "which is this one";
  ends.producer = op;
  return success();
}

static LogicalResult addConsumer(ConsumeOp op, PipelineEnds &ends) {
  if (ends.reader == op->getParentOp())
    return op.emitOpError("(C6) expected a role to consume a pipeline once");
  ends.reader = op->getParentOp();
  return success();
}

/// (C6) Who fills pipelines, and who reads them.
static LogicalResult verifyEnds(KernelOp kernel) {
  DenseMap<Value, PipelineEnds> ends;
  for (RoleOp role : kernel.getBody().getOps<RoleOp>()) {
    for (Operation &op : role.getBody().front()) {
      LogicalResult result = success();
      if (auto produce = dyn_cast<ProduceOp>(op))
        result = addProducer(produce, ends[produce.getPipeline()]);
      else if (auto consume = dyn_cast<ConsumeOp>(op))
        result = addConsumer(consume, ends[consume.getPipeline()]);
      if (failed(result))
        return failure();
    }
  }
  for (auto pipeline : kernel.getBody().getOps<PipelineOp>()) {
    PipelineEnds found = ends.lookup(pipeline.getResult());
    if (!found.producer)
      return pipeline.emitOpError("(C6) expected a producer of the pipeline");
    if (!found.reader)
      return pipeline.emitOpError("(C6) expected a consumer of the pipeline");
  }
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  if (failed(verifyOrder(*this)) || failed(verifyThreads(*this)) ||
      failed(verifySharedMemory(*this)) || failed(verifyEnds(*this)))
    return failure();
  // (C7) What is pending is used once.
  return verifyUsedOnce(*this);
}

//===----------------------------------------------------------------------===//
// RoleOp
//===----------------------------------------------------------------------===//

LogicalResult RoleOp::verify() {
  constexpr int64_t kMaxWarpgroups = 8;
  // (C1) Warpgroups.
  int64_t warpgroups = getWarpgroups();
  if (warpgroups < 1 || warpgroups > kMaxWarpgroups)
    return emitOpError("(C1) expected 1 to ")
           << kMaxWarpgroups << " warpgroups, but got " << warpgroups;
  if (getElected() && warpgroups != 1)
    return emitOpError("(C1) expected one warpgroup, of which a thread is "
                       "elected, but got ")
           << warpgroups;
  // (C2) Registers, as `setmaxnreg` takes them.
  int64_t registers = getRegisters();
  if (registers < 24 || registers > 256 || registers % 8 != 0)
    return emitOpError("(C2) expected a multiple of 8 from 24 to 256 "
                       "registers, but got ")
           << registers;
  return success();
}

LogicalResult RoleOp::verifyRegions() {
  constexpr int64_t kReserve = 24;
  // (C3) Registers of fragments.
  int64_t most = getMaxFragmentRegisters(*this);
  if (most != 0 && most + kReserve > int64_t(getRegisters()))
    return emitOpError("(C3) expected fragments of at most ")
           << int64_t(getRegisters()) - kReserve << " of " << getRegisters()
           << " registers, but they take " << most;
  return success();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void TileDialect::registerStructureOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Tile/IR/TileStructureOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TileStructureOps.cpp.inc"
