//===- Pipeline.td - Pipelines and their options -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_PIPELINE_TD
#define DAG_SUPPORT_PIPELINE_TD

include "mlir/Pass/PassBase.td"

/// A pipeline of passes. `dag-tblgen -gen-pipeline-options` makes the struct
/// `<name>PipelineOptions` of it.
class Dag_Pipeline<string theArgument, string theSummary> {
  string argument = theArgument;
  string summary = theSummary;
  list<Option> options = [];
}

/// The options of a pass with these arguments, which the pipeline takes for it.
class Dag_OptionsOf<PassBase pass, list<string> arguments> {
  list<Option> options = !filter(option, pass.options,
      !foldl(false, arguments, found, argument,
             !or(found, !eq(option.argument, argument))));
  assert !eq(!size(options), !size(arguments)),
      "expected options of the pass " # pass.argument;
}

/// The options of a pass without the one with this argument.
class Dag_OptionsBut<PassBase pass, string argument> {
  list<Option> options = !filter(option, pass.options,
                                 !ne(option.argument, argument));
}

/// An option of a pass under another name.
class Dag_RenamedOption<PassBase pass, string argument, string name,
    Option option = !head(Dag_OptionsOf<pass, [argument]>.options)>
    : Option<name, name, option.type, option.defaultValue, option.description,
             option.additionalOptFlags>;

/// An option of a pass with another default.
class Dag_DefaultOption<PassBase pass, string argument, string default,
    Option option = !head(Dag_OptionsOf<pass, [argument]>.options)>
    : Option<option.cppName, option.argument, option.type, default,
             option.description, option.additionalOptFlags>;

#endif // DAG_SUPPORT_PIPELINE_TD
