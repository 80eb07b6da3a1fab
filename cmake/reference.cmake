# The reference of the API, made from the headers: cmake --build BUILD --target reference
find_program(VM_DOXYGEN doxygen)
set(VM_REFERENCE_DIR ${CMAKE_CURRENT_BINARY_DIR}/reference)
set(VM_REFERENCE_WARN NO)
configure_file(docs/reference/Doxyfile.in Doxyfile @ONLY)
if(VM_DOXYGEN)
  add_custom_target(reference
    COMMAND ${CMAKE_COMMAND} -E make_directory ${VM_REFERENCE_DIR}
    COMMAND ${VM_DOXYGEN} ${CMAKE_CURRENT_BINARY_DIR}/Doxyfile
    COMMAND ${CMAKE_COMMAND} -E echo "${VM_REFERENCE_DIR}/html/index.html"
    VERBATIM)
else()
  add_custom_target(reference
    COMMAND ${CMAKE_COMMAND} -E echo "the reference needs doxygen"
    COMMAND ${CMAKE_COMMAND} -E false)
endif()
