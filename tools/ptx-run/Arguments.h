//===- Arguments.h - Parameters of a kernel on the command line -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_PTXRUN_ARGUMENTS_H
#define DAG_TOOLS_PTXRUN_ARGUMENTS_H

#include "dag/Emulator/Launch.h"

#include "llvm/Support/Error.h"

namespace mlir::dag::ptx {

/// What the elements of a buffer are, and how many.
struct BufferType {
  Type type = Type::F32;
  bool isSigned = false;
  std::vector<uint64_t> shape;
};

/// Reads arguments, one for each parameter in its order:
///
///   1024, -1.5, i32:7, f32:2      a number, of the parameter's type or that
///   out=f32[64x64]:zero           a buffer: name, elements, initial values
///   @out, @out+256                the address of a buffer that has a name
///   tmap:A,box=64x64,swizzle=128  a tensor map of a buffer
///   pack:i32:1,f32:2,@out         the parts of a structure
///   null                          a pointer to nothing
///
/// Initial values are zero, one, iota, random, random(SEED), uninit, a number,
/// FILE.safetensors#TENSOR, or a file of bytes.
class Arguments {
public:
  Arguments(const Module &module, const Function &entry,
            llvm::ArrayRef<uint64_t> offsets, uint64_t paramBytes);

  /// Reads an argument, for the next parameter; a definition of a buffer that
  /// is no parameter with `isParam` off.
  llvm::Error add(llvm::StringRef text, bool isParam);
  /// Begins with the buffers of the launch before.
  void takeBuffers(const Arguments &before) {
    launch.buffers = before.launch.buffers;
    types = before.types;
  }
  /// An error if parameters are left.
  llvm::Error finish() const;

  Launch launch;
  /// Of each buffer of the launch.
  std::vector<BufferType> types;

private:
  llvm::Expected<std::vector<uint8_t>> read(llvm::StringRef text, Type type,
                                            uint64_t bytes);
  llvm::Expected<unsigned> addBuffer(llvm::StringRef name,
                                     llvm::StringRef text);
  llvm::Error giveVariable(Buffer &buffer);
  llvm::Error initialise(Buffer &buffer, const BufferType &type,
                         llvm::StringRef init);
  llvm::Error readTensor(Buffer &buffer, llvm::StringRef path,
                         llvm::StringRef tensor);
  llvm::Expected<std::vector<uint8_t>> addTensorMap(llvm::StringRef text);
  llvm::Expected<uint64_t> addMulticast(llvm::StringRef text);
  llvm::Expected<std::vector<uint8_t>> readPack(llvm::StringRef text);
  llvm::Expected<uint64_t> findBuffer(llvm::StringRef name,
                                      unsigned *index = nullptr) const;

  const Module &module;
  const Function &entry;
  std::vector<uint64_t> offsets;
  unsigned next = 0;
};

/// `f32`, `bf16`, `i8`, `u64`; names of safetensors are theirs in upper case.
std::optional<Type> parseElement(llvm::StringRef name, bool &isSigned);
llvm::StringRef getStoredName(const BufferType &type);
/// An element as a number.
double getElement(const Buffer &buffer, const BufferType &type, uint64_t index);
/// `64x64`, the slowest dimension first.
llvm::Expected<std::vector<uint64_t>> readShape(llvm::StringRef text);
/// `f32[64x64]`.
std::string stringify(const BufferType &type);

} // namespace mlir::dag::ptx

#endif // DAG_TOOLS_PTXRUN_ARGUMENTS_H
