# Headers, TableGen files and the package `Dag` for other projects. Libraries
# and tools install themselves.
include(CMakePackageConfigHelpers)

set(DAG_CMAKE_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Dag)

install(DIRECTORY include/dag
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/include/dag
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)

install(EXPORT DagTargets DESTINATION ${DAG_CMAKE_DESTINATION})
get_property(DAG_LIBRARIES GLOBAL PROPERTY DAG_LIBS)
configure_package_config_file(
  cmake/DagConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/cmake/DagConfig.cmake
  INSTALL_DESTINATION ${DAG_CMAKE_DESTINATION}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/cmake/DagConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/cmake/DagConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/cmake/DagConfigVersion.cmake
  DESTINATION ${DAG_CMAKE_DESTINATION})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
