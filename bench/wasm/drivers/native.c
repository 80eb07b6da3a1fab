/* native.c - the driver of a kernel that is linked with it: compiled from its C source, or with
 * KERNEL_WASM2C from the C that wasm2c made of its WebAssembly (as module "kernel").
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver.h"

#ifdef KERNEL_WASM2C
#include "kernel_wasm2c.h"

static Z_kernel_instance_t instance;

static void load(void)
{
  wasm_rt_init();
  Z_kernel_init_module();
  Z_kernel_instantiate(&instance);
  Z_kernelZ__initialize(&instance);
}

static uint32_t run(uint32_t n)
{
  return Z_kernelZ_run(&instance, n);
}
#else
#include "../kernels/kernel.h"

static void load(void)
{
}
#endif

static uint32_t call(uint32_t n, double *seconds)
{
  double begin = driver_now();
  uint32_t sum = run(n);
  *seconds = driver_now() - begin;
  return sum;
}

int main(void)
{
  load();
  return driver_obey(call);
}
