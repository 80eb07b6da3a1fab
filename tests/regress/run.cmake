# Generate a program of KIND (see generate.cmake) or take PROGRAM, run `vm MODE OPTIONS`, compare
# the exit code.
if(KIND)
  include(${CMAKE_CURRENT_LIST_DIR}/generate.cmake)
  generate(${KIND} ${OUTPUT})
  set(PROGRAM ${OUTPUT})
endif()
execute_process(COMMAND ${VM} ${MODE} ${OPTIONS} ${PROGRAM} RESULT_VARIABLE code
  OUTPUT_QUIET ERROR_VARIABLE message)
if(NOT code STREQUAL EXPECTED OR NOT message MATCHES "${MESSAGE}")
  message(FATAL_ERROR "${PROGRAM}: expected exit code ${EXPECTED}, found ${code}: ${message}")
endif()
