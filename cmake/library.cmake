# libvm.so and libvm.a, made of the layers.
set(objects)
foreach(layer ${VM_LAYERS})
  list(APPEND objects $<TARGET_OBJECTS:vm_${layer}>)
endforeach()
find_package(Threads REQUIRED)
foreach(kind SHARED STATIC)
  string(TOLOWER ${kind} suffix)
  add_library(libvm_${suffix} ${kind} ${objects})
  set_target_properties(libvm_${suffix} PROPERTIES OUTPUT_NAME vm EXPORT_NAME vm_${suffix})
  target_include_directories(libvm_${suffix} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(libvm_${suffix} PRIVATE Threads::Threads ${CMAKE_DL_LIBS} m)
endforeach()
set_target_properties(libvm_shared PROPERTIES SOVERSION 0 VERSION ${PROJECT_VERSION} EXPORT_NAME libvm
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/libvm.map)
target_link_options(libvm_shared PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/libvm.map
  -Wl,--no-undefined)
add_library(libvm::libvm ALIAS libvm_shared)
