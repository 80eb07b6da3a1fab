# Run PROGRAM with the tool VM and OPTIONS; its output must be the bytes of EXPECTED.
execute_process(COMMAND ${VM} run ${OPTIONS} ${PROGRAM} OUTPUT_FILE ${OUTPUT} ERROR_VARIABLE errors
                RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "exit code ${result}: ${errors}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${OUTPUT} ${EXPECTED} RESULT_VARIABLE differ)
if(NOT differ EQUAL 0)
  message(FATAL_ERROR "${OUTPUT} differs from ${EXPECTED}")
endif()
