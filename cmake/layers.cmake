# The layers, each an OBJECT library whose include path holds only itself and the layers below, so
# that a wrong include fails to compile.
function(vm_layer name dir)
  cmake_parse_arguments(L "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/*.c)
  add_library(vm_${name} OBJECT ${sources})
  target_include_directories(vm_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/${dir})
  foreach(lower ${L_USES})
    target_include_directories(vm_${name} PUBLIC
      $<TARGET_PROPERTY:vm_${lower},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  target_compile_definitions(vm_${name} PRIVATE _GNU_SOURCE)
endfunction()

vm_layer(base lib/base)
vm_layer(isa lib/isa USES base)
vm_layer(module lib/module USES isa)
vm_layer(verify lib/verify USES module)
vm_layer(text lib/text USES module)
vm_layer(build lib/build USES module)
vm_layer(gc gc USES base)
vm_layer(rt lib/rt USES verify gc)
vm_layer(interp lib/interp USES rt)
# Square roots as instructions: without this a negative operand goes through the C library for errno.
# No vector stores of neighbouring words: a frame's header is read back word by word soon after it was
# written, and waits for them (fib and tak in tier 1: 0.82 of the time). Nor memset for the few locals
# of a call.
target_compile_options(vm_interp PRIVATE -fno-math-errno -fno-tree-slp-vectorize
  -fno-tree-loop-distribute-patterns)
vm_layer(jit jit USES rt)
vm_layer(api lib/api USES interp jit text build)
set(VM_LAYERS base isa module verify text build gc rt interp jit api)

# build_id.h names this state of the sources; compiled code on disk is used by the same state only.
file(GLOB_RECURSE id_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/jit/*.[ch] ${PROJECT_SOURCE_DIR}/lib/*.[ch]
     ${PROJECT_SOURCE_DIR}/lib/*.def ${PROJECT_SOURCE_DIR}/gc/*.[ch] ${PROJECT_SOURCE_DIR}/include/vm/*.h)
set(id_header ${PROJECT_BINARY_DIR}/generated/build_id.h)
add_custom_command(OUTPUT ${id_header}.stamp BYPRODUCTS ${id_header}
  COMMAND ${CMAKE_COMMAND} -DOUT=${id_header} -DSOURCE=${PROJECT_SOURCE_DIR}
    "-DFLAGS=small:${VM_SMALL_LIMITS}" -P ${PROJECT_SOURCE_DIR}/cmake/build_id.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${id_header}.stamp
  DEPENDS ${id_sources} ${PROJECT_SOURCE_DIR}/cmake/build_id.cmake
  COMMENT "Naming the build" VERBATIM)
add_custom_target(vm_build_id DEPENDS ${id_header}.stamp)
add_dependencies(vm_jit vm_build_id)
target_include_directories(vm_jit PRIVATE ${PROJECT_BINARY_DIR}/generated)
