# Configuration of lit for the tests of the project.

import importlib.util
import os
import shutil
import subprocess
import sys

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "DAG"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".dot", ".test", ".td", ".ll", ".json", ".ptx"]
config.excludes = ["Inputs", "lib", "fuzz", "CMakeLists.txt", "ExternalProject"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.dag_binary_dir, "test")

# Tools: the project's own before LLVM's.
llvm_config.with_environment(
    "PATH", [config.dag_tools_dir, config.llvm_tools_dir], append_path=True
)
llvm_config.add_tool_substitutions(
    [
        "dag-opt",
        "dag-translate",
        "dag-lsp-server",
        "dag-reduce",
        "dag-run",
        "dag-tblgen",
        "ptx-run",
        ToolSubst("dag-conformance", unresolved="ignore"),
        ToolSubst("dag-draw", unresolved="ignore"),
        ToolSubst("dag-fuzz", unresolved="ignore"),
        ToolSubst("dag-malform", unresolved="ignore"),
        ToolSubst("dag-mutate", unresolved="ignore"),
        ToolSubst("ptx-fuzz", unresolved="ignore"),
        ToolSubst("dag-test-opt", unresolved="ignore"),
        ToolSubst("dag-typing", unresolved="ignore"),
        "mlir-opt",
        "not",
        "count",
        "split-file",
    ],
    [config.dag_tools_dir, config.llvm_tools_dir],
)
filecheck = os.path.join(config.llvm_tools_dir, "FileCheck")
config.substitutions += [
    (r"\bFileCheck\b", filecheck + " --enable-var-scope --allow-unused-prefixes=false"),
    ("%PYTHON", sys.executable),
    ("%cmake", config.cmake),
    ("%c_compiler", config.c_compiler),
    ("%cxx_compiler", config.cxx_compiler),
    ("%mlir_dir", config.mlir_dir),
    ("%dag_src", config.dag_source_dir),
    ("%dag_obj", config.dag_binary_dir),
    ("%dag_libs", config.dag_libs_dir),
]

# What is there to test with.
config.available_features.add("dag-plugin")
if shutil.which("acyclic") and shutil.which("gvpr"):
    config.available_features.add("graphviz")
if config.have_cuda:
    config.available_features.add("cuda")
nvcc = shutil.which("nvcc", path=os.environ["PATH"] + ":/usr/local/cuda/bin")
if nvcc:
    config.available_features.add("nvcc")
    config.substitutions.append(("%nvcc", nvcc))
ptxas = shutil.which("ptxas", path=os.environ["PATH"] + ":/usr/local/cuda/bin")
if ptxas:
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))
    toolkit = os.path.dirname(os.path.dirname(ptxas))
    config.substitutions.append(("%cuda_toolkit", toolkit))
if importlib.util.find_spec("triton"):
    config.available_features.add("triton")
# SmolLM2-135M-Instruct as GGUF, where somebody says that it is there.
smollm2 = os.environ.get("DAG_SMOLLM2", "")
if os.path.isfile(smollm2):
    config.available_features.add("smollm2")
    config.substitutions.append(("%smollm2", smollm2))
if config.have_nccl:
    config.available_features.add("nccl")
if (
    subprocess.run(
        [sys.executable, "-c", "import jsonschema"], capture_output=True
    ).returncode
    == 0
):
    config.available_features.add("jsonschema")

if config.sanitizer:
    # mlir-opt itself has no sanitizer in it, so that it cannot load the plugin.
    config.available_features.discard("dag-plugin")
if "Thread" in config.sanitizer:
    config.available_features.add("tsan")
if "Address" in config.sanitizer:
    config.available_features.add("asan")
    llvm_config.with_environment(
        "ASAN_SYMBOLIZER_PATH",
        os.path.join(config.llvm_tools_dir, "llvm-symbolizer"),
    )
llvm_config.with_system_environment(
    ["HOME", "TMP", "TEMP", "CCACHE_DIR", "ASAN_SYMBOLIZER_PATH"]
)
