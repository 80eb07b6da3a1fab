# Is numeric.rows what gen_rows.py writes?
execute_process(COMMAND ${PYTHON} ${DIR}/gen_rows.py OUTPUT_FILE ${OUT} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "gen_rows.py failed")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${OUT} ${DIR}/numeric.rows
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "numeric.rows differs from what gen_rows.py writes")
endif()
