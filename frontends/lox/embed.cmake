# A text file as a C array: cmake -DIN=FILE -DOUT=HEADER -P embed.cmake
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT}
  "/* Generated from runtime.vma. */\n#include <stddef.h>\n"
  "#define LOX_RUNTIME_FILE \"lox runtime\"\n"
  "static const unsigned char lox_runtime_bytes[] = {\n${bytes}};\n"
  "#define lox_runtime_text ((const char *)lox_runtime_bytes)\n"
  "static const size_t lox_runtime_size = sizeof lox_runtime_bytes;\n")
