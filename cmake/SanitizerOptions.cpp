//===- SanitizerOptions.cpp - Defaults of sanitized tools -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// libMLIR and libLLVM are not instrumented. What inline code of theirs poisons
// in our objects they write to in theirs, and what they keep until the process
// ends is not ours to free.
//
//===----------------------------------------------------------------------===//

extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:detect_container_overflow=0:"
         "detect_odr_violation=0:detect_stack_use_after_return=1";
}

extern "C" const char *__ubsan_default_options() {
  return "print_stacktrace=1";
}

// Locks of theirs are seen, but not their atomic variables.
extern "C" const char *__tsan_default_options() {
  return "ignore_noninstrumented_modules=1";
}

extern "C" const char *__lsan_default_options() {
  return "print_suppressions=0";
}

extern "C" const char *__lsan_default_suppressions() {
  return "leak:libLLVM\nleak:libMLIR.so\n";
}
