/* engine.c - engines and their statistics; version.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"

#include <string.h>

uint32_t vm_version_number(void) { return VM_VERSION_NUMBER; }

const char *vm_version_text(void) { return VM_VERSION_TEXT; }

static bool is_absolute(const char *path) { return path == NULL || path[0] == '/'; }

static vm_status read_config(const vm_engine_config *config, vm_engine_config *out, vm_error *error)
{
  memset(out, 0, sizeof *out);
  if (config == NULL) return VM_OK;
  VMI_API_REQUIRE(error, vmi_api_copy_config(out, sizeof *out, config),
                  "vm_engine_new: `config->size` is wrong, or the config is of a newer version");
  VMI_API_REQUIRE(error, (unsigned)out->tier <= VM_TIER_1, "vm_engine_new: no such tier: %d",
                  (int)out->tier);
  VMI_API_REQUIRE(error, out->gc_flags <= (VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY),
                  "vm_engine_new: unknown bits in gc_flags: 0x%x", (unsigned)out->gc_flags);
  VMI_API_REQUIRE(error, out->tier_flags <= (VM_TIER_FORCE_EXITS | VM_TIER_FORCE_OSR | VM_TIER_SWITCH |
                                               VM_TIER_FORCE_GUESSES),
                  "vm_engine_new: unknown bits in tier_flags: 0x%x", (unsigned)out->tier_flags);
  VMI_API_REQUIRE(error, is_absolute(out->worker),
                  "vm_engine_new: `worker` is not an absolute path: %s", out->worker);
  VMI_API_REQUIRE(error, is_absolute(out->temp_dir),
                  "vm_engine_new: `temp_dir` is not an absolute path: %s", out->temp_dir);
  VMI_API_REQUIRE(error, is_absolute(out->cache_dir),
                  "vm_engine_new: `cache_dir` is not an absolute path: %s", out->cache_dir);
  return VM_OK;
}

static vm_status start_compiler(vm_engine *e, const vm_engine_config *config, vm_error *error)
{
  if (config->tier == VM_TIER_0 || config->tier == VM_TIER_1) return VM_OK;
  vmi_jit_config c = {
      .worker = config->worker,
      .temp_dir = config->temp_dir,
      .unit_timeout_ms = config->compile_timeout_ms,
      .background = config->tier == VM_TIER_AUTO,
      .max_code = config->max_code,
      .max_cache = config->max_cache,
      .cache_dir = config->cache_dir,
      .keep_code = config->keep_code != 0,
      .trust_native = config->trust_native != 0,
  };
  vmi_jit *jit = NULL;
  vm_status status = vmi_jit_new(e, &c, &jit, error);
  if (status != VM_OK) return status;
  e->jit = jit;
  return VM_OK;
}

vm_status vm_engine_new(const vm_engine_config *config, vm_engine **out, vm_error *error)
{
  VMI_API_NOT_NULL(error, out);
  *out = NULL;
  vm_engine_config c;
  vm_status status = read_config(config, &c, error);
  if (status != VM_OK) return status;
  vmi_alloc alloc = vmi_alloc_from(&c.allocator);
  vm_engine *e = vmi_new(&alloc, sizeof *e);
  if (e == NULL) return vmi_no_memory(error);
  status = vmi_rt_engine_init(e, &alloc, error);
  if (status != VM_OK) {
    vmi_free(&alloc, e, sizeof *e);
    return status;
  }
  e->tier = c.tier;
  e->meter_fuel = c.meter_fuel != 0;
  e->switching = (c.tier_flags & VM_TIER_SWITCH) != 0;
  e->force_exits = (c.tier_flags & VM_TIER_FORCE_EXITS) != 0;
  e->force_osr = e->switching || (c.tier_flags & VM_TIER_FORCE_OSR) != 0;
  e->force_guesses = (c.tier_flags & VM_TIER_FORCE_GUESSES) != 0;
  e->seed = c.switch_seed;
  e->trace = c.trace;
  e->trace_user = c.trace_user;
  e->gc_stress = (c.gc_flags & VM_GC_STRESS) != 0;
  e->gc_poison = (c.gc_flags & VM_GC_POISON) != 0;
  e->gc_verify = (c.gc_flags & VM_GC_VERIFY) != 0;
  e->interpret = e->switching           ? vmi_rt_switch_entry
                 : c.tier == VM_TIER_1 ? vmi_quick_entry
                                       : vmi_interp_entry;
  e->tier0 = vmi_interp_entry;
  e->tier1 = vmi_quick_entry;
  if (c.tier != VM_TIER_0) e->free_quick = vmi_quick_free;
  e->resume = vmi_interp_resume;
  if (c.guard_memory && (c.tier == VM_TIER_AUTO || c.tier == VM_TIER_2)) e->guard = vmi_rt_can_guard();
  status = start_compiler(e, &c, error);
  if (status != VM_OK) {
    vmi_rt_engine_release(e);
    return status;
  }
  *out = e;
  return VM_OK;
}

vm_status vm_engine_free(vm_engine *engine, vm_error *error)
{
  if (engine == NULL) return VM_OK;
  uint32_t others = atomic_load(&engine->refs) - 1;
  if (others != 0) {
    return vmi_fail(error, VM_STATE,
                    "vm_engine_free: %u modules and isolates of the engine still exist", others);
  }
  if (engine->jit != NULL) vmi_jit_free(engine->jit);
  engine->jit = NULL;
  engine->jit_ops = NULL;
  vmi_rt_engine_release(engine);
  return VM_OK;
}

vm_status vm_engine_drain(vm_engine *engine, vm_error *error)
{
  VMI_API_NOT_NULL(error, engine);
  if (engine->jit != NULL) vmi_jit_drain(engine->jit);
  return VM_OK;
}

_Static_assert(VM_REASON_TEXT == sizeof(((vmi_jit_stats *)0)->reason), "one length for both");

static void compiler_stats(vmi_jit *jit, vm_engine_stats *s)
{
  vmi_jit_stats j;
  memset(&j, 0, sizeof j);
  vmi_jit_get_stats(jit, &j);
  s->compiler_available = j.available;
  memcpy(s->compiler_reason, j.reason, sizeof s->compiler_reason);
  s->queued = j.queued;
  s->compiled_units = j.compiled_units;
  s->compiled_functions = j.compiled_functions;
  s->failed_units = j.failed_units;
  s->worker_starts = j.worker_starts;
  s->worker_deaths = j.worker_deaths;
  s->compile_ns = j.compile_ns;
  s->code_bytes = j.code_bytes;
  s->cache_hits = j.cache_hits;
  s->cache_misses = j.cache_misses;
  s->cache_rejected = j.cache_rejected;
  s->cache_stored = j.cache_stored;
  s->evicted_units = j.evicted_units;
}

vm_status vm_engine_get_stats(vm_engine *engine, vm_engine_stats *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, engine);
  VMI_API_NOT_NULL(error, out);
  vm_engine_stats s;
  memset(&s, 0, sizeof s);
  s.tier = engine->tier;
  s.guards_memory = engine->guard;
  if (engine->jit != NULL) {
    compiler_stats(engine->jit, &s);
  } else {
    char reason[] = "the engine was made with VM_TIER_0";
    if (engine->tier == VM_TIER_1) reason[sizeof reason - 2] = '1';
    memcpy(s.compiler_reason, reason, sizeof reason);
  }
  VMI_API_REQUIRE(error, vmi_api_copy_stats(out, &s, sizeof s),
                  "vm_engine_get_stats: `out->size` is not set");
  return VM_OK;
}
