//===- Parser.h - From tokens to a module -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_PARSER_H
#define DAG_EMULATOR_PARSER_H

#include "Lexer.h"
#include "dag/Emulator/Module.h"

#include "llvm/ADT/Twine.h"

namespace mlir::dag::ptx {

/// A recursive-descent parser. Functions that return bool return false when
/// `error` is set. It recurses over braces of operands and initializers only,
/// to a fixed depth.
class Parser {
public:
  Parser(llvm::StringRef text, ParseError &error)
      : text(text), lexer(text), error(error),
        module(std::make_unique<Module>()) {
    advance();
  }
  std::unique_ptr<Module> parse();

private:
  /// Names of a block, and what they stand for.
  struct Scope {
    llvm::StringMap<unsigned> registers;
    /// First register and number of `%r<n>`.
    llvm::StringMap<std::pair<unsigned, unsigned>> ranges;
    llvm::StringMap<unsigned> variables, labels;
  };
  /// A label that an instruction names, found when the function ends.
  struct PendingLabel {
    llvm::StringRef name;
    /// Scopes from the innermost one, by their numbers.
    std::vector<unsigned> scopes;
    unsigned line, column;
    /// Instruction and operand, or an entry of a list of targets.
    int instruction;
    unsigned operand;
    llvm::StringRef list;
  };

  bool fail(const llvm::Twine &message);
  bool expected(const llvm::Twine &what);
  /// An error for PTX that is right, and not supported.
  bool refuse(const llvm::Twine &what);
  void advance() { token = lexer.next(); }
  bool consume(char c);
  bool expect(char c);
  bool skipLine();
  bool skipBraces();
  bool skipStatement();

  bool parseTopLevel();
  bool parseHeader();
  bool parseFile();
  bool parseInteger(uint64_t &value);
  bool parsePositive(unsigned &value);
  bool parseTriple(unsigned (&values)[3]);

  bool parseVariableAttributes(Variable &variable);
  bool parseVariables(Variable variable, bool isParam,
                      llvm::SmallVectorImpl<unsigned> *added);
  bool parseDimensions(Variable &variable);
  bool parseInitializer(Variable &variable);
  bool parseInitialValue(Variable &variable, uint64_t &offset);
  bool addVariable(Variable &variable);

  bool parseFunction(bool isEntry);
  bool parseParams(llvm::SmallVectorImpl<unsigned> &params);
  bool parseFunctionDirectives();
  bool parseBody();
  bool parseStatement();
  bool parseLoc();
  bool parseRegisters();
  bool parseLabelled(Token name);
  bool parseBranchTargets(llvm::StringRef name);
  bool parseInstruction();
  bool parseOperand(Operand &operand, unsigned depth);
  bool parseAddress(Operand &operand, unsigned depth);
  bool parseList(Operand &operand, char close, unsigned depth);
  bool parseNumber(Operand &operand);
  bool parseNamed(Operand &operand);
  bool resolveLabels();

  const unsigned *findVariable(llvm::StringRef name) const;
  int findRegister(llvm::StringRef name) const;

  llvm::StringRef text;
  Lexer lexer;
  ParseError &error;
  Token token;
  std::unique_ptr<Module> module;
  llvm::StringMap<unsigned> globals;
  Function *function = nullptr;
  std::vector<Scope> scopes;
  /// Indices of the open scopes.
  std::vector<unsigned> open;
  std::vector<PendingLabel> pending;
  unsigned sourceFile = 0, sourceLine = 0, callerLine = 0;
  /// Modules that hold a thousand nested blocks are damaged.
  static constexpr unsigned kMaxDepth = 64;
  static constexpr unsigned kMaxRegisters = 1 << 20;
  static constexpr uint64_t kMaxBytes = uint64_t(1) << 28;
  /// Bytes of all variables.
  uint64_t numBytes = 0;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_PARSER_H
