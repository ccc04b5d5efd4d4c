//===- TestCheck.td - A check from outside ------------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_LIB_TESTCHECK_TD
#define TEST_LIB_TESTCHECK_TD

include "dag/Verification/CheckPass.td"

def TestVerifyTeapots : Dag_CheckPass<"Teapots",
    "Check that nothing is a teapot"> {
  let argument = "test-dag-verify-teapots";
}

#endif // TEST_LIB_TESTCHECK_TD
