//===- Module.h - A PTX module -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_MODULE_H
#define DAG_EMULATOR_MODULE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::dag::ptx {

/// State spaces. `Generic` is an address of any of them.
enum class Space : uint8_t {
  Generic,
  Global,
  Shared,
  /// Shared memory of any block of the cluster.
  SharedCluster,
  Const,
  Param,
  Local
};

/// Fundamental types, and those that only operands of some instructions have.
enum class Type : uint8_t {
  None,
  Pred,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F64,
  E4M3,
  E5M2,
  E4M3x2,
  E5M2x2,
  // Of matrix products and arithmetic on parts.
  U4,
  S4,
  B1,
  F32x2,
  U16x2,
  S16x2
};
unsigned getBits(Type type);
/// None if the name, without its dot, is no type's.
std::optional<Type> parseType(llvm::StringRef name);
llvm::StringRef stringify(Type type);

/// A message about a place in PTX text.
struct ParseError {
  unsigned line = 0, column = 0;
  std::string message;
  /// It may be right PTX, of which this is not there.
  bool isMissing = false;
};

/// A value at an address in the memory of a variable.
struct Relocation {
  uint64_t offset = 0;
  unsigned bytes = 8;
  /// The variable whose address it is, plus `addend`.
  unsigned variable = 0;
  int64_t addend = 0;
  bool isGeneric = false;
  /// The function whose address it is, if it is not a variable's.
  llvm::StringRef function;
};

/// A variable or a parameter.
struct Variable {
  llvm::StringRef name;
  Space space = Space::Global;
  Type type = Type::B8;
  uint64_t align = 1, bytes = 0;
  /// Its size is that of the launch.
  bool isExtern = false;
  bool isPointer = false;
  /// Empty if it has no initializer.
  std::vector<uint8_t> init;
  std::vector<Relocation> relocations;
};

struct Operand {
  enum class Kind : uint8_t {
    Register,
    Special,
    Variable,
    Integer,
    Float32,
    Float64,
    Label,
    Name,
    Vector,
    Address,
    Tuple,
    Sink
  };
  Kind kind = Kind::Sink;
  /// `!p`, or `-r`.
  bool isNegated = false;
  /// Index of the register, variable or label; bits of a number.
  uint64_t value = 0;
  /// That is added to it.
  int64_t offset = 0;
  llvm::StringRef name;
  /// Parts of a vector or a tuple; base and further parts of an address; the
  /// second destination of `d|p`.
  std::vector<Operand> elements;
};

struct Instruction {
  /// With all modifiers.
  llvm::StringRef name;
  std::vector<Operand> operands;
  /// Register of the guard, or -1.
  int guard = -1;
  bool isGuardNegated = false;
  unsigned line = 0;
  /// Of `.loc`; 0 if there is none.
  unsigned sourceFile = 0, sourceLine = 0;
  /// Where that was inlined; 0 if it was not.
  unsigned callerLine = 0;
};

struct Register {
  llvm::StringRef name;
  Type type = Type::B32;
  /// Place in a range `%r<n>`, or -1.
  int index = -1;
};

struct Function {
  llvm::StringRef name;
  bool isEntry = false;
  bool isDefined = false;
  unsigned line = 0;
  /// Indices of variables.
  llvm::SmallVector<unsigned> params, results;
  std::vector<Register> registers;
  std::vector<Instruction> body;
  /// Index into `body` of each label.
  std::vector<unsigned> labels;
  std::vector<llvm::StringRef> labelNames;
  /// Lists of `.branchtargets`.
  llvm::StringMap<std::vector<unsigned>> branchTargets;
  /// Numbers behind .reqntid, .maxntid, .reqnctapercluster; 0 if not given.
  unsigned reqThreads[3] = {0, 0, 0}, maxThreads[3] = {0, 0, 0};
  unsigned reqCluster[3] = {0, 0, 0};
  /// The most blocks of a cluster, or 0.
  unsigned maxClusterRank = 0;
  /// Behind .maxnreg and .minnctapersm; 0 if not given.
  unsigned maxRegisters = 0, minBlocks = 0;
};

/// What a PTX text says. Names refer to the text.
struct Module {
  unsigned versionMajor = 0, versionMinor = 0;
  llvm::StringRef target;
  /// 90 of sm_90a.
  unsigned architecture = 0;
  std::vector<Variable> variables;
  /// In the order of the text; what is declared and defined is one.
  std::vector<std::unique_ptr<Function>> functions;
  llvm::StringMap<Function *> functionsByName;
  /// Names whose address is taken, with a number for each.
  llvm::StringMap<unsigned> addressed;
  /// Paths of `.file`, by number.
  llvm::StringMap<std::string> files;

  llvm::StringRef getFile(unsigned number) const;
};

/// Parses PTX, ISA 7.0 to 9.0. `text` has to outlive the module. Instructions
/// are not looked at more closely than their syntax asks for.
std::unique_ptr<Module> parseModule(llvm::StringRef text, ParseError &error);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_MODULE_H
