//===- EnumOption.td - Options that are one of a few names -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_ENUMOPTION_TD
#define DAG_SUPPORT_ENUMOPTION_TD

include "mlir/Pass/PassBase.td"

/// An option of a pass whose values are those of an enum. They stand once, in
/// `get<enum>Values()` beside the enum, with their names and descriptions.
class Dag_EnumOption<string varName, string arg, string enum, string default,
                     string desc>
    : Option<varName, arg, "::mlir::dag::" # enum,
             "::mlir::dag::" # enum # "::" # default, desc,
             "::mlir::dag::get" # enum # "Values()">;

#endif // DAG_SUPPORT_ENUMOPTION_TD
