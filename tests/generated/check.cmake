# Fail unless FILE is what `TOOL KIND` writes.
execute_process(COMMAND ${TOOL} ${KIND} ${FRESH} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${TOOL} ${KIND} failed: ${failed}")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${FILE} ${FRESH} RESULT_VARIABLE different)
if(different)
  message(FATAL_ERROR "${FILE} is not current: build the target `generate` and commit the result")
endif()
