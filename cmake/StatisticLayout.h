//===- StatisticLayout.h - Statistics as libMLIR has them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// llvm::Statistic counts where assertions are on and is empty where they are
// off, and is a base of mlir::Pass::Statistic, which libMLIR constructs. It is
// the one class of LLVM's headers whose layout follows NDEBUG. This comes
// before all else in builds with assertions against a libMLIR without, and
// gives it the layout that it has there.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_CMAKE_STATISTICLAYOUT_H
#define DAG_CMAKE_STATISTICLAYOUT_H

// What is built without LLVM has no statistics.
#if __has_include("llvm/Config/llvm-config.h")

// What it includes keeps its assertions.
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Compiler.h"

#include <atomic>
#include <memory>
#include <type_traits>
#include <vector>

#ifndef NDEBUG
#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG
#endif

static_assert(std::is_empty_v<llvm::Statistic>,
              "expected statistics without a state, as libMLIR has them");

#endif // __has_include

#endif // DAG_CMAKE_STATISTICLAYOUT_H
