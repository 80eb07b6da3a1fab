/* cases.h - WebAssembly binaries written down byte by byte, for tests.
 *
 * SPDX-License-Identifier: MIT
 *
 *   : name of the case            begins it; magic and version come by themselves, but for raw
 *   type 01 60 01 7f 01 7f        a section by name: its id and size come by themselves
 *   code 01 { 00 20 00 0b }       { } puts the size of what is inside before it
 *   export 01 "f" 00 00           a string is its size and its bytes
 *   = invalid offset 0x1f, ...    the expected status, and the message or what it begins with
 *   | text                        or, of a module that translates: a line of its text form
 *
 * `#` begins a comment. Sections: custom type import func table memory global export start elem
 * code data datacount; `raw` stands before bytes outside of any.
 */
#ifndef CASES_H
#define CASES_H

#include <stddef.h>
#include <stdint.h>

typedef struct test_case {
  char name[128];
  int line;              /* of its name in the file */
  uint8_t bytes[4096];
  size_t size;
  char status[16];       /* "ok" if lines of text follow */
  char message[256];
  char text[8192];       /* the expected lines */
} test_case;

/* Reads the next case. 0: there is none; a file that is not well-formed ends the test program. */
typedef struct case_file case_file;
case_file *open_cases(const char *path);
int next_case(case_file *file, test_case *out);
void close_cases(case_file *file);

#endif
