/* memory.c - linear memories, tables and globals, from the host.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

static const char text[] =
  "module sorter\n"
  "memory mem 1 4\n"
  "global count mut i32 = 0\n"
  "type order func (i32, i32) -> (i32)\n"
  "table orders (ref null order) 2\n"
  "elem init (ref null order) active orders 0 [func less, func greater]\n"
  "func less (a: i32, b: i32) -> (i32) {\n"
  "  local.get a\n  local.get b\n  i32.lt_s\n  return\n"
  "}\n"
  "func greater (a: i32, b: i32) -> (i32) {\n"
  "  local.get a\n  local.get b\n  i32.gt_s\n  return\n"
  "}\n"
  /* insertion sort of `count` numbers at address 0, by the order in that entry of the table */
  "func sort (by: i32) -> () {\n"
  "  local i: i32, j: i32, x: i32\n"
  "next:\n"
  "  local.get i\n  global.get count\n  i32.ge_s\n  br_if done\n"
  "  local.get i\n  i32.const 4\n  i32.mul\n  i32.load mem 0\n  local.set x\n"
  "  local.get i\n  local.set j\n"
  "shift:\n"
  "  local.get j\n  i32.eqz\n  br_if place\n"
  "  local.get x\n  local.get j\n  i32.const 1\n  i32.sub\n  i32.const 4\n  i32.mul\n  i32.load mem 0\n"
  "  local.get by\n  call_indirect orders order\n  br_unless place\n"
  "  local.get j\n  i32.const 4\n  i32.mul\n"
  "  local.get j\n  i32.const 1\n  i32.sub\n  i32.const 4\n  i32.mul\n  i32.load mem 0\n"
  "  i32.store mem 0\n"
  "  local.get j\n  i32.const 1\n  i32.sub\n  local.set j\n"
  "  br shift\n"
  "place:\n"
  "  local.get j\n  i32.const 4\n  i32.mul\n  local.get x\n  i32.store mem 0\n"
  "  local.get i\n  i32.const 1\n  i32.add\n  local.set i\n"
  "  br next\n"
  "done:\n"
  "  return\n"
  "}\n"
  "export func \"sort\" sort\n"
  "export memory \"memory\" mem\n"
  "export global \"count\" count\n"
  "export table \"orders\" orders\n";

enum { COUNT = 6 };

/* Numbers in a linear memory are little-endian, whatever the host is. */
static void put(uint8_t *at, uint32_t x)
{
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(x >> (8 * i));
}

static uint32_t get(const uint8_t *at)
{
  return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void show(vm_instance *instance, const char *what)
{
  uint8_t bytes[4 * COUNT];
  MUST(vm_instance_read_memory(instance, "memory", 0, bytes, sizeof bytes, &error));
  printf("%s:", what);
  for (int i = 0; i < COUNT; i++) printf(" %d", (int)get(bytes + 4 * i));
  putchar('\n');
}

int main(void)
{
  static const int numbers[COUNT] = {3, 1, 4, 1, -5, 9};
  vm_engine *engine;
  vm_isolate *isolate;
  uint8_t *base;
  uint64_t size;
  uint32_t entries;
  vm_ref order;
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  vm_instance *instance = example_instance(isolate, text);

  /* In place, until the guest runs or the memory grows; or by copying, at any time. */
  MUST(vm_instance_view_memory(instance, "memory", &base, &size, &error));
  for (int i = 0; i < COUNT; i++) put(base + 4 * i, (uint32_t)numbers[i]);
  vm_value count = vm_value_i32(COUNT), by = vm_value_i32(0);
  MUST(vm_instance_set_global(instance, "count", &count, &error));
  printf("%d bytes of memory\n", (int)size);
  show(instance, "before");
  MUST(vm_call(isolate, example_func(instance, "sort"), &by, 1, NULL, 0, &error));
  show(instance, "entry 0");

  /* The table decides what `less` is. */
  MUST(vm_instance_get_table_size(instance, "orders", &entries, &error));
  MUST(vm_instance_get_table(instance, "orders", 1, &order, &error));
  MUST(vm_instance_set_table(instance, "orders", 0, order, &error));
  MUST(vm_call(isolate, example_func(instance, "sort"), &by, 1, NULL, 0, &error));
  show(instance, "entry 0, changed");
  printf("%u entries\n", (unsigned)entries);

  /* Past the end nothing is written. */
  vm_error e = VM_ERROR_INIT;
  vm_status status = vm_instance_write_memory(instance, "memory", size - 2, base, 4, &e);
  printf("%s: %s\n", vm_status_name(status), e.message);

  MUST(vm_isolate_free(isolate, &error));
  MUST(vm_engine_free(engine, &error));
  return 0;
}
