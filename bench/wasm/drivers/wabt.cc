// wabt.cc - the driver of the interpreter of wabt (what wasm-interp runs).
//
// SPDX-License-Identifier: MIT
//
//   wabt KERNEL.wasm
#include <fstream>
#include <iterator>
#include <vector>

#include <wabt/binary-reader.h>
#include <wabt/interp/binary-reader-interp.h>
#include <wabt/interp/interp.h>

#include "driver.h"

using namespace wabt;
using namespace wabt::interp;

static Store store;
static Func::Ptr entry;

static Func::Ptr find(const Instance &instance, const Module &module, const std::string &name)
{
  for (size_t i = 0; i < module.desc().exports.size(); i++)
    if (module.desc().exports[i].type.name == name)
      return store.UnsafeGet<Func>(instance.exports()[i]);
  driver_fail("wabt", "export not found");
  return {};
}

static void load(const char *path)
{
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Errors errors;
  ModuleDesc desc;
  ReadBinaryOptions options;
  if (Failed(ReadBinaryInterp(path, bytes.data(), bytes.size(), options, &errors, &desc)))
    driver_fail(path, "not read");
  Module::Ptr module = Module::New(store, desc);
  Trap::Ptr trap;
  static Instance::Ptr instance = Instance::Instantiate(store, module.ref(), {}, &trap);
  if (!instance) driver_fail(path, "not instantiated");
  Values none;
  find(*instance, *module, "_initialize")->Call(store, none, none, &trap);
  entry = find(*instance, *module, "run");
}

static uint32_t call(uint32_t n, double *seconds)
{
  Values results;
  Trap::Ptr trap;
  double begin = driver_now();
  if (Failed(entry->Call(store, {Value::Make(n)}, results, &trap))) driver_fail("wabt", "trap");
  *seconds = driver_now() - begin;
  return results[0].Get<u32>();
}

int main(int argc, char **argv)
{
  if (argc != 2) driver_fail("usage", "wabt KERNEL.wasm");
  load(argv[1]);
  return driver_obey(call);
}
