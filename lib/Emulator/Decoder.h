//===- Decoder.h - From a function to a program -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_DECODER_H
#define DAG_EMULATOR_DECODER_H

#include "InstructionTable.h"

#include "llvm/ADT/Twine.h"

#include <map>

namespace mlir::dag::ptx {

/// A function that stands in place of a call of it.
struct Frame {
  const Function *function = nullptr;
  unsigned firstRow = 0;
  /// Addresses of variables that belong to this call.
  llvm::DenseMap<unsigned, uint64_t> variables;
};

class Decoder {
public:
  Decoder(const Module &module, const Function &entry, ParseError &error)
      : module(module), error(error) {
    program->module = &module;
    program->entry = &entry;
  }
  std::unique_ptr<Program> decode();

private:
  bool fail(const Instruction &at, const llvm::Twine &message);

  bool decodeFunction(Frame &frame, unsigned depth);
  bool decodeCall(Frame &frame, const Instruction &from, unsigned depth);
  bool decodeIndirectCall(Frame &frame, const Instruction &from,
                          const Operand &target, const Operand *results,
                          const Operand *arguments, unsigned depth);
  bool bind(Frame &frame, Frame &inner, const Instruction &from,
            llvm::ArrayRef<unsigned> variables, const Operand *tuple);
  bool putInPlace(Frame &frame, const Instruction &from, const Function &callee,
                  const Operand *results, const Operand *arguments,
                  unsigned depth);
  bool fits(llvm::ArrayRef<unsigned> variables, const Operand *tuple) const;
  unsigned beginGuard(Frame &frame, const Instruction &from);
  Inst &addPlain(const Instruction &from, llvm::StringRef name,
                 llvm::ArrayRef<Op> ops);
  bool decodeHostCall(Frame &frame, const Instruction &from,
                      llvm::StringRef name, const Operand *arguments);
  bool decodeInstruction(Frame &frame, const Instruction &from);
  bool decodeOperands(Frame &frame, const Instruction &from,
                      const InstructionRow &row, Inst &inst, Type immediate);
  bool decodeOperand(Frame &frame, const Instruction &from,
                     const Operand &operand, char kind, Type immediate, Op &op);
  bool decodeValue(Frame &frame, const Instruction &from,
                   const Operand &operand, Type immediate, Op &op);
  bool decodeVector(Frame &frame, const Instruction &from,
                    const Operand &operand, bool isDestination, Type immediate,
                    Op &op);
  bool decodeAddress(Frame &frame, const Instruction &from,
                     const Operand &operand, Op &op);

  unsigned addConstant(uint64_t value);
  unsigned addExtra(const Op &op);
  unsigned getSpecialRow(unsigned number);
  bool getVariable(Frame &frame, const Instruction &from, unsigned index,
                   uint64_t &address);
  void addBranch(const Instruction &from, Frame &frame, unsigned target);

  const Module &module;
  ParseError &error;
  std::unique_ptr<Program> program = std::make_unique<Program>();
  /// Constants are numbered from here until all registers are known.
  static constexpr unsigned kConstantBit = 1u << 30;
  static constexpr unsigned kMaxRows = 1 << 17, kMaxDepth = 32;
  static constexpr size_t kMaxCode = 1 << 21;
  std::map<uint64_t, unsigned> constants;
  llvm::DenseMap<unsigned, unsigned> specialRows;
  std::vector<const Function *> callStack;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_DECODER_H
