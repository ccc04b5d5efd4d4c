# Chooses, before project(), what the build is made with: Clang and lld of the
# LLVM release that MLIR comes from where they are installed, else whatever
# CMake finds; and ccache where there is one. What the user sets wins.

set(DAG_LLVM_PREFIX /usr/lib/llvm-22 CACHE PATH
  "Prefix of the LLVM and MLIR packages; MLIR_DIR wins over it")

if(NOT DEFINED CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX}
   AND NOT DEFINED CMAKE_C_COMPILER AND NOT DEFINED ENV{CC}
   AND EXISTS ${DAG_LLVM_PREFIX}/bin/clang++)
  set(CMAKE_C_COMPILER ${DAG_LLVM_PREFIX}/bin/clang)
  set(CMAKE_CXX_COMPILER ${DAG_LLVM_PREFIX}/bin/clang++)
endif()

# Plain -fuse-ld=lld could find the lld of another release.
if(CMAKE_CXX_COMPILER MATCHES "clang" AND EXISTS ${DAG_LLVM_PREFIX}/bin/ld.lld)
  add_link_options(--ld-path=${DAG_LLVM_PREFIX}/bin/ld.lld)
endif()

find_program(DAG_CCACHE ccache)
mark_as_advanced(DAG_CCACHE)
if(DAG_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  # Hits across build folders and clones, debug info or not.
  foreach(language C CXX)
    set(CMAKE_${language}_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
      ${DAG_CCACHE})
  endforeach()
endif()
