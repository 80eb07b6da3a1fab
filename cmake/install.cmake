# Install rules: headers, libraries, pkg-config file, CMake package. (The tool and the worker install
# themselves in their folders.)
install(DIRECTORY include/vm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(FILES bindings/cpp/vm.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vm)
install(TARGETS libvm_shared EXPORT libvm LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS libvm_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# The prefix is found from where the file lies, so that an installed copy may be moved.
file(RELATIVE_PATH VM_PC_UP /usr/${CMAKE_INSTALL_LIBDIR}/pkgconfig /usr)
configure_file(cmake/libvm.pc.in libvm.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libvm.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libvm)
install(EXPORT libvm NAMESPACE libvm:: FILE libvmTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/libvmConfig.cmake.in libvmConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(libvmConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libvmConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/libvmConfigVersion.cmake DESTINATION ${package_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
