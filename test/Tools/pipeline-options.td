// A pipeline has options of its passes: under another name, with another
// default, or as they are.

// RUN: dag-tblgen -gen-pipeline-options -I %mlir_dir/../../../include \
// RUN:   -I %dag_src/include %s | FileCheck %s
// RUN: not dag-tblgen -gen-pipeline-options -I %mlir_dir/../../../include \
// RUN:   -I %dag_src/include -D WRONG %s 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not dag-tblgen %s 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: expected what to generate: -gen-pipeline-options

include "dag/Support/EnumOption.td"
include "dag/Support/Pipeline.td"

def Cut : Pass<"cut"> {
  let options = [
    Option<"parts", "parts", "int64_t", "1", "Parts to cut into">,
    Dag_EnumOption<"side", "side", "Side", "Left", "Where to begin">,
    ListOption<"sizes", "sizes", "int64_t", "Their sizes">,
    Option<"file", "file", "std::string", "\"out\"", "File for the parts">,
    Option<"isDry", "dry", "bool", "false", "Cut nothing">
  ];
}

def Serve : Dag_Pipeline<"serve", "Cut and serve"> {
  let options = !listconcat(
    [Dag_RenamedOption<Cut, "parts", "slices">,
     Dag_DefaultOption<Cut, "file", "\"\"">],
    Dag_OptionsOf<Cut, ["side", "sizes"]>.options);
}

def Rehearse : Dag_Pipeline<"rehearse", "Serve without cutting"> {
  let options = Dag_OptionsBut<Cut, "dry">.options;
}

#ifdef WRONG
def Wrong : Dag_Pipeline<"wrong", "Ask for what is not there"> {
  let options = Dag_OptionsOf<Cut, ["sizes", "knife"]>.options;
}
// WRONG: error: assertion failed: expected options of the pass cut
#endif

// CHECK-LABEL: struct RehearsePipelineOptions : ::mlir::PassPipelineOptions<RehearsePipelineOptions> {
// CHECK-NOT:     Option<bool>
// CHECK:         Option<std::string> file{*this, "file",
// CHECK-NEXT:        ::llvm::cl::desc(R"(File for the parts)"),
// CHECK-NEXT:        ::llvm::cl::init("out")};
// CHECK-NEXT:  };

// CHECK-LABEL: struct ServePipelineOptions : ::mlir::PassPipelineOptions<ServePipelineOptions> {
// CHECK:         kArgument = "serve";
// CHECK:         R"(Cut and serve)";
// CHECK:         Option<int64_t> slices{*this, "slices",
// CHECK-NEXT:        ::llvm::cl::desc(R"(Parts to cut into)"),
// CHECK-NEXT:        ::llvm::cl::init(1)};
// CHECK-NEXT:    Option<std::string> file{*this, "file",
// CHECK-NEXT:        ::llvm::cl::desc(R"(File for the parts)"),
// CHECK-NEXT:        ::llvm::cl::init("")};
// CHECK-NEXT:    Option<::mlir::dag::Side> side{*this, "side",
// CHECK-NEXT:        ::llvm::cl::desc(R"(Where to begin)"),
// CHECK-NEXT:        ::llvm::cl::init(::mlir::dag::Side::Left),
// CHECK-NEXT:        ::mlir::dag::getSideValues()};
// CHECK-NEXT:    ListOption<int64_t> sizes{*this, "sizes",
// CHECK-NEXT:        ::llvm::cl::desc(R"(Their sizes)")};
// CHECK-NEXT:  };
