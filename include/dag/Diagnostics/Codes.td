//===- Codes.td - Checks and the codes of their findings ---*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row for each check and for each code of a finding. Two enums are made of
// them, `CheckId` and `Code`, and the tables behind `getCheckInfo` and
// `getCodeInfo`. docs/Verification.md has a section for each code.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIAGNOSTICS_CODES_TD
#define DAG_DIAGNOSTICS_CODES_TD

include "llvm/TableGen/SearchableTable.td"
include "dag/Diagnostics/ChecklistCodes.td"
include "dag/Diagnostics/FurtherCodes.td"

def CheckId : GenericEnum {
  let FilterClass = "CheckRow";
  let NameField = "Enumerator";
}

def CheckTable : GenericTable {
  let FilterClass = "CheckRow";
  let CppTypeName = "CheckInfo";
  let Fields = ["Name", "Title", "Position", "Kind"];
  string TypeOf_Kind = "code";
}

def Code : GenericEnum {
  let FilterClass = "CodeRow";
}

def CodeTable : GenericTable {
  let FilterClass = "CodeRow";
  let CppTypeName = "CodeInfo";
  let Fields = ["Text", "CheckReference", "Severity", "Title", "Expected",
                "Impact", "Hint", "Anchor"];
  string TypeOf_CheckReference = "code";
  string TypeOf_Severity = "code";
}

#endif // DAG_DIAGNOSTICS_CODES_TD
