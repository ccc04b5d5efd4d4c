//===- ProgramParts.cpp - A program in the making -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/Localize/ProgramParts.h"

using namespace mlir;
using namespace mlir::dag;

CommunicatorOp ProgramParts::getCommunicator(Location loc,
                                             ArrayRef<StringAttr> axes) {
  SmallVector<Attribute> names(axes.begin(), axes.end());
  auto key = ArrayAttr::get(program.getContext(), names);
  CommunicatorOp &communicator = communicators[key];
  if (communicator)
    return communicator;
  std::string name;
  for (StringAttr axis : axes)
    name += (name.empty() ? "" : "_") + axis.getValue().str();
  OpBuilder builder(program.getContext());
  communicator = CommunicatorOp::create(builder, loc, name, key);
  symbols.insert(communicator, firstFunction ? Block::iterator(firstFunction)
                                             : Block::iterator());
  return communicator;
}

FlatSymbolRefAttr ProgramParts::getBuffer(CommBufferOp buffer,
                                          RankedTensorType type) {
  CommBufferOp &copy = buffers[{buffer, type}];
  if (!copy) {
    OpBuilder builder(program.getContext());
    copy = cast<CommBufferOp>(builder.clone(*buffer));
    copy.setType(type);
    symbols.insert(copy, firstFunction ? Block::iterator(firstFunction)
                                       : Block::iterator());
  }
  return FlatSymbolRefAttr::get(copy.getSymNameAttr());
}

FunctionOp ProgramParts::addFunction(Location loc, StringRef name,
                                     IntegerAttr stage, const RangeSet &ranks,
                                     ArrayRef<int64_t> devices) {
  OpBuilder builder(program.getContext());
  auto function = FunctionOp::create(
      builder, loc, builder.getStringAttr(name), stage,
      RangesAttr::get(program.getContext(), ranks),
      devices.empty() ? DenseI64ArrayAttr()
                      : builder.getDenseI64ArrayAttr(devices));
  function.getBody().emplaceBlock();
  symbols.insert(function);
  if (!firstFunction)
    firstFunction = function;
  return function;
}
