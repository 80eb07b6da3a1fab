/* main.c - the tool `vm`: run, assemble, translate, disassemble, verify.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
    "usage: vm run [options] FILE [ARGS]   run a module (.vma text, .vmb or .wasm binary)\n"
    "       vm asm IN -o OUT               assemble text into a binary module\n"
    "       vm wasm IN -o OUT              translate a WebAssembly binary into a binary module\n"
    "       vm compile IN -o OUT           compile ahead of time: bytecode and machine code (.vmx)\n"
    "       vm dis [--tier=1|2] FILE       print a module as text, then register code or assembly\n"
    "       vm verify FILE...              check modules\n"
    "       vm --version | --help\n"
    "\n"
    "options of run:\n"
    "  --tier=auto|0|1|2 interpret and compile what is hot (default), only interpret bytecode,\n"
    "                    only interpret register code, compile all\n"
    "  --stats           say on standard error what each tier and the collector did\n"
    "  --stats=functions the same and a line a function\n"
    "  --gc-stress       collect at every allocation and check the heap each time\n"
    "  --max-heap=SIZE   heap the guest may have; suffixes K, M, G; default half the memory\n"
    "  --fuel=N          function entries, loop iterations and catches the guest may make\n"
    "  --deadline=MS     milliseconds the guest may run\n"
    "  --trace=FILE      write what tiers, compiler, collector do as Chrome trace events\n"
    "  --perf-map        write /tmp/perf-PID.map, so that perf names compiled functions\n"
    "  --keep-code       compile with line numbers and keep the code in files, for gdb and perf\n"
    "  --guard-memory    linear memories without checks: the processor finds what is out of bounds\n"
    "  --max-code=SIZE   bytes of memory for compiled code\n"
    "  --cache=DIR       keep compiled code in DIR, a folder of your own, from run to run\n"
    "  --switch=SEED     change tiers at random, for tests of libvm itself\n"
    "  --entry=NAME      exported function to call, () -> () or () -> (i32); default _start, else main\n"
    "  --dir=HOST[::GUEST] open directory HOST to the guest, under the name GUEST (WASI)\n"
    "  --env=NAME=VALUE  a variable of the guest's environment (WASI)\n";

int usage_error(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fputs("vm: ", stderr);
  vfprintf(stderr, format, args);
  fputs("\nTry 'vm --help'.\n", stderr);
  va_end(args);
  return EXIT_USAGE;
}

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"run", command_run},
    {"asm", command_asm},
    {"wasm", command_wasm},
    {"compile", command_compile},
    {"dis", command_dis},
    {"verify", command_verify},
};

/* If the tool was started without a standard stream, nothing else must come to have its number: an
 * open file of the tool's would be the guest's stream. Neither reading nor writing works on
 * these. */
static void occupy_streams(void)
{
  int fd;
  do fd = open("/", O_PATH | O_CLOEXEC);
  while (fd >= 0 && fd < 3);
  if (fd >= 0) close(fd);
}

int main(int argc, char **argv)
{
  occupy_streams();
  if (argc < 2) return usage_error("no command");
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    fputs(usage, stdout);
    return fflush(stdout) == 0 ? 0 : EXIT_IO;
  }
  if (strcmp(argv[1], "--version") == 0) {
    puts("vm " VM_VERSION_TEXT);
    return fflush(stdout) == 0 ? 0 : EXIT_IO;
  }
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 2, argv + 2);
  return usage_error("unknown command '%s'", argv[1]);
}
