//===- dag-tblgen.cpp - Options of pipelines out of TableGen -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pipeline's options are those of its passes. mlir-tblgen makes structs for
// passes alone, so that each option that a pipeline hands on would stand a
// second time in C++, with its default and its description.
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TableGen/Main.h"
#include "llvm/TableGen/Record.h"
#include "llvm/TableGen/TableGenBackend.h"

using llvm::raw_ostream;
using llvm::Record;
using llvm::RecordKeeper;
using llvm::StringRef;

static void emitOption(const Record &option, raw_ostream &os) {
  os << "  " << (option.isSubClassOf("ListOption") ? "ListOption" : "Option")
     << '<' << option.getValueAsString("type") << "> "
     << option.getValueAsString("cppName") << "{*this, \""
     << option.getValueAsString("argument")
     << "\",\n      ::llvm::cl::desc(R\"("
     << option.getValueAsString("description") << ")\")";
  if (StringRef value = option.getValueAsString("defaultValue"); !value.empty())
    os << ",\n      ::llvm::cl::init(" << value << ')';
  if (StringRef flags = option.getValueAsString("additionalOptFlags");
      !flags.empty())
    os << ",\n      " << flags;
  os << "};\n";
}

/// `-gen-pipeline-options`: the options of each pipeline as a struct.
static bool emitPipelines(raw_ostream &os, const RecordKeeper &records) {
  llvm::emitSourceFileHeader("Options of pipelines", os, records);
  for (const Record *pipeline :
       records.getAllDerivedDefinitions("Dag_Pipeline")) {
    std::string name = (pipeline->getName() + "PipelineOptions").str();
    os << "/// Options of `--" << pipeline->getValueAsString("argument")
       << "`.\nstruct " << name << " : ::mlir::PassPipelineOptions<" << name
       << "> {\n"
       << "  static constexpr ::llvm::StringLiteral kArgument = \""
       << pipeline->getValueAsString("argument")
       << "\";\n  static constexpr ::llvm::StringLiteral kSummary =\n      R\"("
       << pipeline->getValueAsString("summary") << ")\";\n\n";
    for (const Record *option : pipeline->getValueAsListOfDefs("options"))
      emitOption(*option, os);
    os << "};\n\n";
  }
  return false;
}

static llvm::cl::opt<bool>
    generate("gen-pipeline-options",
             llvm::cl::desc("Generate the options of pipelines"));

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::cl::ParseCommandLineOptions(argc, argv);
  if (!generate) {
    llvm::errs() << "expected what to generate: -gen-pipeline-options\n";
    return 1;
  }
  return llvm::TableGenMain(argv[0], llvm::TableGenMainFn(emitPipelines));
}
