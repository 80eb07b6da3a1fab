/* wasm.h - WebAssembly binaries as libvm modules.
 *
 * SPDX-License-Identifier: MIT
 *
 * Reads WebAssembly 2.0 without SIMD, with tail calls and extended constant expressions, validates
 * all of it as the specification demands, and gives the binary form of a libvm module, which
 * vm_module_load takes. Nothing but libvm's public API is used, and nothing is kept between calls:
 * any number of threads may translate at once.
 *
 * What becomes of the parts of a module:
 *
 *   i32, i64, f32, f64     the same
 *   funcref, externref     (ref null func), (ref null extern)
 *   imports, exports       the same kinds under the same module and field names
 *   memory, tables, globals, segments, start function
 *                          the same; declarative element segments are empty
 *   function bodies        labels in place of blocks, and nothing for code that is never reached
 *   name section           names of the module, functions, locals, and so on, for backtraces
 *
 * Names. WebAssembly's are any UTF-8, libvm's are NUL-terminated. In a translated module each NUL
 * of a name is the two bytes C0 80, which UTF-8 has no use for, so that different names stay
 * different; a host that looks for such a name writes it so too.
 */
#ifndef WASM_H
#define WASM_H

#include <stddef.h>
#include <stdint.h>

#include "vm/engine.h"
#include "vm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Nonzero if the bytes begin like a WebAssembly binary ("\0asm"). `bytes` are borrowed; NULL is
 * fine if `size` is 0. */
int wasm_is_binary(const void *bytes, size_t size);

/* Validates a WebAssembly binary and translates it.
 *
 * alloc        serves all memory of the call; NULL is the C library's
 * bytes, size  borrowed for the call
 * out          owned by the caller, freed with vm_builder_bytes_free(alloc, *out, *out_size); NULL
 *              after a failure
 * out_size     bytes in *out
 * error        may be NULL; `offset` is that in the binary, `function` the index of the function
 *              whose body it is, and the message names place, expected and found
 *
 * ARGUMENT: a NULL. MALFORMED: not a binary in the sense of the specification. INVALID: one that
 * its validation refuses. LIMIT: valid as far as it was read, and beyond a limit of libvm (see
 * docs/wasm.md). MEMORY. */
vm_status wasm_translate(const vm_allocator *alloc, const void *bytes, size_t size, uint8_t **out,
                         size_t *out_size, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
