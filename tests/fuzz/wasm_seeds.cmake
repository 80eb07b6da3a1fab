# Makes .wasm files for fuzz_wasm to start from, in OUT: the modules of the specification's scripts in
# SCRIPTS, by wabt's wast2json, and those of KERNELS, compiled by clang. What is not installed is left out.
find_program(wast2json wast2json)
find_program(clang clang-14)
file(MAKE_DIRECTORY ${OUT})
file(GLOB scripts ${SCRIPTS}/*.wast)
if(wast2json)
  foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    if(NOT EXISTS ${OUT}/${name}.json)
      execute_process(COMMAND ${wast2json} --enable-tail-call --enable-extended-const ${script} -o ${OUT}/${name}.json
        OUTPUT_QUIET ERROR_QUIET)
    endif()
  endforeach()
endif()
if(clang AND EXISTS /usr/lib/wasm32-wasi/libc.a)
  foreach(kernel sort hashmap lz regex switchvm pointervm nbody)
    if(NOT EXISTS ${OUT}/kernel_${kernel}.wasm)
      execute_process(COMMAND ${clang} --target=wasm32-wasi -mexec-model=reactor -O1 -Wl,--strip-all
        ${KERNELS}/${kernel}.c -o ${OUT}/kernel_${kernel}.wasm OUTPUT_QUIET ERROR_QUIET)
    endif()
  endforeach()
endif()
