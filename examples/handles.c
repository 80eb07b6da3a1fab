/* handles.c - guest objects in the host's hands: scopes, persistent handles, stale ones.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

static const char text[] =
  "module people\n"
  "type Person struct { name: mut (ref null Name), age: mut i32, friend: mut (ref null Person) }\n"
  "type Name   array mut i8\n"
  "func older (a: (ref null Person), b: (ref null Person)) -> ((ref null Person)) {\n"
  "  local.get a\n  struct.get Person age\n"
  "  local.get b\n  struct.get Person age\n"
  "  i32.ge_s\n"
  "  br_unless second\n"
  "  local.get a\n  return\n"
  "second:\n"
  "  local.get b\n  return\n"
  "}\n"
  "export func \"older\" older\n"
  "export type \"Person\" Person\n";

typedef struct world {
  vm_isolate *isolate;
  vm_typeid person, name;
} world;

/* A new Person; the handle is of the innermost scope. The one for the name goes here already: the
 * person keeps the name alive. */
static vm_ref new_person(const world *w, const char *name, int age)
{
  vm_scope scope;
  vm_ref bytes, person;
  MUST(vm_scope_open(w->isolate, &scope, &error));
  MUST(vm_array_new_data(w->isolate, w->name, name, (uint32_t)strlen(name), &bytes, &error));
  vm_value fields[] = {vm_value_ref(bytes), vm_value_i32(age), vm_value_null()};
  MUST(vm_struct_new(w->isolate, w->person, fields, 3, &person, &error));
  MUST(vm_scope_escape(w->isolate, scope, &person, &error));
  return person;
}

static void show(const world *w, vm_ref person)
{
  vm_scope scope;
  vm_value name, age;
  uint32_t length;
  char bytes[100];
  MUST(vm_scope_open(w->isolate, &scope, &error));
  MUST(vm_struct_get(w->isolate, person, 0, &name, &error));
  MUST(vm_struct_get(w->isolate, person, 1, &age, &error));
  MUST(vm_array_get_length(w->isolate, name.of.ref, &length, &error));
  if (length > sizeof bytes) length = sizeof bytes;
  MUST(vm_array_read(w->isolate, name.of.ref, 0, length, bytes, length, &error));
  printf("%.*s is %d\n", (int)length, bytes, age.of.i32);
  MUST(vm_scope_close(w->isolate, scope, &error));
}

int main(void)
{
  vm_engine *engine;
  world w;
  vm_scope scope;
  uint32_t field;
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_isolate_new(engine, NULL, &w.isolate, &error));
  vm_instance *instance = example_instance(w.isolate, text);
  MUST(vm_instance_get_type(instance, "Person", &w.person, &error));
  MUST(vm_array_find_type(w.isolate, VM_I8, 1, &w.name, &error));
  MUST(vm_struct_find_field(w.isolate, w.person, "friend", &field, &error));

  vm_ref kept; /* outlives the scope */
  vm_ref lost; /* does not */
  MUST(vm_scope_open(w.isolate, &scope, &error));
  vm_value args[] = {vm_value_ref(new_person(&w, "Ada", 36)), vm_value_ref(new_person(&w, "Emmy", 53))};
  vm_value result;
  MUST(vm_call(w.isolate, example_func(instance, "older"), args, 2, &result, 1, &error));
  show(&w, result.of.ref);
  MUST(vm_struct_set(w.isolate, result.of.ref, field, &args[0], &error)); /* Emmy's friend is Ada */
  MUST(vm_ref_persist(w.isolate, result.of.ref, &kept, &error));
  lost = args[0].of.ref;
  MUST(vm_scope_close(w.isolate, scope, &error));
  MUST(vm_isolate_collect(w.isolate, &error));

  /* Ada has no handle any more, but Emmy refers to her. */
  MUST(vm_scope_open(w.isolate, &scope, &error));
  MUST(vm_struct_get(w.isolate, kept, field, &result, &error));
  show(&w, result.of.ref);
  MUST(vm_scope_close(w.isolate, scope, &error));

  vm_error e = VM_ERROR_INIT;
  vm_status status = vm_struct_get(w.isolate, lost, 1, &result, &e);
  printf("the old handle: %s: %s\n", vm_status_name(status), e.message);

  MUST(vm_ref_release(w.isolate, kept, &error));
  MUST(vm_isolate_free(w.isolate, &error));
  MUST(vm_engine_free(engine, &error));
  return 0;
}
