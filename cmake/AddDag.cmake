# Helpers for the folders of the project.

# Lets a target start from the headers that nearly every file includes, where
# DAG_PRECOMPILE_HEADERS is on: a build takes about half the time. It is off for
# the sanitizers, so that a file that lacks an include does not compile there.
function(dag_precompile_headers name)
  if(NOT DAG_PRECOMPILE_HEADERS)
    return()
  endif()
  if(NOT TARGET dag-precompiled)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/dag-precompiled.cpp
      CONTENT "// Nothing but the precompiled header.\n")
    add_library(dag-precompiled OBJECT ${CMAKE_BINARY_DIR}/dag-precompiled.cpp)
    add_dependencies(dag-precompiled dag-headers)
    llvm_update_compile_flags(dag-precompiled)
    set_target_properties(dag-precompiled PROPERTIES
      POSITION_INDEPENDENT_CODE ON)
    target_precompile_headers(dag-precompiled PRIVATE
      "${Dag_SOURCE_DIR}/include/dag/Dialect/Dag/IR/Dag.h"
      <mlir/IR/Builders.h> <mlir/IR/PatternMatch.h> <mlir/Pass/Pass.h>
      <llvm/ADT/TypeSwitch.h> <llvm/Support/CommandLine.h>)
    # Time stamps would keep ccache from finding what was compiled with it.
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      target_compile_options(dag-precompiled PRIVATE
        "SHELL:-Xclang -fno-pch-timestamp")
    endif()
  endif()
  target_precompile_headers(${name} REUSE_FROM dag-precompiled)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# add_dag_library(NAME source... [NO_INSTALL] [PROVIDES subject...]
#                 [DEPENDS target...] [LINK_LIBS target...])
#
# A static library, installed and exported unless NO_INSTALL is given. LINK_LIBS
# are libraries of the project; libMLIR is linked to all of them.
#
# PROVIDES says what the library registers: DIALECTS, INTERFACES (external
# models), PASSES, TRANSLATIONS. It is put on the global property
# DAG_<subject>_LIBS, and on DAG_LIBS whatever it provides; DagRegistration links
# these lists, so that no tool has a list of its own.
function(add_dag_library name)
  cmake_parse_arguments(ARG "NO_INSTALL" "" "PROVIDES;DEPENDS;LINK_LIBS"
    ${ARGN})
  foreach(subject ${ARG_PROVIDES})
    if(NOT subject MATCHES "^(DIALECTS|INTERFACES|PASSES|TRANSLATIONS)$")
      message(FATAL_ERROR "${name}: nothing is registered for ${subject}")
    endif()
    set_property(GLOBAL APPEND PROPERTY DAG_${subject}_LIBS ${name})
  endforeach()
  if(NOT ARG_NO_INSTALL)
    set_property(GLOBAL APPEND PROPERTY DAG_LIBS ${name})
  endif()
  add_mlir_library(${name} STATIC
    ${ARG_UNPARSED_ARGUMENTS}
    EXCLUDE_FROM_LIBMLIR
    DISABLE_INSTALL
    DEPENDS dag-headers ${ARG_DEPENDS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PUBLIC MLIRIR)
  set_target_properties(${name} PROPERTIES FOLDER "dag/Libraries")
  dag_precompile_headers(${name})
  target_include_directories(${name} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(NOT ARG_NO_INSTALL)
    install(TARGETS ${name} EXPORT DagTargets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endfunction()

# add_dag_runtime_library(NAME source... [LINK_LIBS target...])
#
# A static library of the runtime, which is linked to what is compiled: it sees
# no header of LLVM or MLIR, links neither, and may throw inside. Installed and
# exported.
function(add_dag_runtime_library name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  find_package(Threads REQUIRED)
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS} Threads::Threads)
  set_target_properties(${name} PROPERTIES
    INCLUDE_DIRECTORIES ${Dag_SOURCE_DIR}/include
    COMPILE_DEFINITIONS ""
    POSITION_INDEPENDENT_CODE ON
    FOLDER "dag/Libraries")
  target_include_directories(${name} INTERFACE
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_property(GLOBAL APPEND PROPERTY DAG_LIBS ${name})
  install(TARGETS ${name} EXPORT DagTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# Gives a tool of a sanitized build its defaults.
function(dag_set_sanitizer_options name)
  if(LLVM_USE_SANITIZER)
    target_sources(${name} PRIVATE
      ${Dag_SOURCE_DIR}/cmake/SanitizerOptions.cpp)
  endif()
endfunction()

# add_dag_tool(NAME source... [NO_INSTALL] [LINK_LIBS target...])
function(add_dag_tool name)
  cmake_parse_arguments(ARG "NO_INSTALL" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_llvm_executable(${name} ${ARG_UNPARSED_ARGUMENTS}
    DEPENDS dag-headers ${ARG_DEPENDS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  mlir_target_link_libraries(${name} PRIVATE MLIRIR)
  llvm_update_compile_flags(${name})
  dag_set_sanitizer_options(${name})
  set_target_properties(${name} PROPERTIES FOLDER "dag/Tools")
  if(NOT ARG_NO_INSTALL)
    install(TARGETS ${name} EXPORT DagTargets
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endfunction()

# dag_searchable_tables(FILE): the enums and tables of LLVM_TARGET_DEFINITIONS.
# Of MLIR's package, only mlir-tblgen is known.
macro(dag_searchable_tables file)
  if(NOT LLVM_TABLEGEN_EXE)
    find_program(LLVM_TABLEGEN_EXE llvm-tblgen
      HINTS ${LLVM_TOOLS_BINARY_DIR} NO_DEFAULT_PATH REQUIRED)
    mark_as_advanced(LLVM_TABLEGEN_EXE)
  endif()
  tablegen(LLVM ${file} -gen-searchable-tables)
endmacro()

# add_dag_tablegen_target(NAME): what TableGen made in this folder.
macro(add_dag_tablegen_target target)
  add_public_tablegen_target(${target})
  add_dependencies(dag-headers ${target})
endmacro()
