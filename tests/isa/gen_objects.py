#!/usr/bin/env python3
"""Writes programs/objects_random.vma: random changes of a few shaped objects, and accesses through
caches each of which is compared with what a search over keys and prototypes finds.

SPDX-License-Identifier: MIT
"""
NAMES, SITES = 3, 2

names = ['n%d' % i for i in range(NAMES)]
out = []
w = out.append
w('''; Made by gen_objects.py.
; Objects change at random; each access through a cache is compared with a search over keys and
; prototypes. With `wild`, slow paths change objects and access others.
module objects_random
type F2 func (dyn, dyn) -> (dyn)
type Arr array mut dyn
type Box struct { v: i32 }
global pool mut (ref null Arr) = null
global names mut (ref null Arr) = null
global rng mut i32 = 1
global bad mut i32 = 0
global wild mut i32 = 0
global stop mut dyn = nil
''')
for n in names: w('data %s "%s"' % (n, n))
w('data e "ext"\ndata f "f"')
w('''
func rand (n: i32) -> (i32) {
  global.get rng i32.const 1103515245 i32.mul i32.const 12345 i32.add global.set rng
  global.get rng i32.const 16 i32.shr_u i32.const 32767 i32.and local.get n i32.rem_u
  return
}
func wrong () -> () {
  global.get bad i32.const 1 i32.add global.set bad
  return
}
func int (v: i32) -> (dyn) { local.get v dyn.from_i32 return }
func obj (i: i32) -> (dyn) { global.get pool local.get i array.get Arr return }
func any_obj () -> (dyn) { i32.const 6 call rand call obj return }
func name (i: i32) -> (dyn) { global.get names local.get i array.get Arr return }
func meth0 (self: dyn, a: dyn) -> (dyn) {
  local.get a dyn.to_i32 i32.const 1000 i32.add call int return
}
func meth1 (self: dyn, a: dyn) -> (dyn) {
  local.get a dyn.to_i32 i32.const 2000 i32.add call int local.set a
  local.get self local.get a return_call meth0
}
func odd (self: dyn) -> (dyn) { i32.const 5 call int return }
func value () -> (dyn) {
  local r: i32
  i32.const 8 call rand local.tee r i32.const 2 i32.ge_u br_if num
  local.get r br_if one
  ref.func meth0 dyn.from_ref return
one:
  ref.func meth1 dyn.from_ref return
num:
  local.get r i32.const 2 i32.eq br_if three
  i32.const 1000 call rand call int return
three:
  ref.func odd dyn.from_ref return
}
; index of own property by going over the keys, -1
func own_index (o: dyn, name: dyn) -> (i32) {
  local i: i32
head:
  local.get i local.get o object.len i32.ge_s br_if none
  local.get o local.get i object.key local.get name dyn.same br_if found
  local.get i i32.const 1 i32.add local.set i
  br head
found:
  local.get i return
none:
  i32.const -1 return
}
func holder (o: dyn, name: dyn) -> (dyn) {
head:
  local.get o dyn.is_nil br_if none
  local.get o local.get name call own_index i32.const 0 i32.ge_s br_if none
  local.get o object.proto local.set o
  br head
none:
  local.get o return
}
func attrs (o: dyn, name: dyn) -> (i32) {
  local.get o local.get o local.get name call own_index object.attributes return
}
; nonzero: a prototype has it with writing special
func write_seen (o: dyn, name: dyn) -> (i32) {
head:
  local.get o object.proto local.tee o dyn.is_nil br_if none
  local.get o local.get name call own_index i32.const 0 i32.lt_s br_if next
  local.get o local.get name call attrs i32.const 2 i32.and br_if yes
next:
  br head
yes:
  i32.const 1 return
none:
  i32.const 0 return
}
func leads (p: dyn, o: dyn) -> (i32) {
head:
  local.get p dyn.is_nil br_if none
  local.get p local.get o dyn.same br_if yes
  local.get p object.proto local.set p
  br head
yes:
  i32.const 1 return
none:
  i32.const 0 return
}
func link (o: dyn, p: dyn) -> () {
  local.get p local.get o call leads br_if out
  local.get o local.get p object.set_proto
out:
  return
}
func seal (o: dyn, how: i32) -> () { ; and remember it
  local.get o local.get how object.seal
  local.get o local.get how call int object.set_data
  return
}
func sealed (o: dyn) -> (i32) {
  local.get o object.data i32.const 1 call int dyn.same return
}
func alloc (n: i32) -> () {
head:
  local.get n i32.eqz br_if out
  i32.const 3 struct.new Box drop
  i32.const 30 call rand br_if next
  dyn.nil object.new drop
next:
  local.get n i32.const 1 i32.sub local.set n
  br head
out:
  return
}
''')
w('func chaos () -> () {\n  local r: i32, o: dyn, n: dyn')
w('  call any_obj local.set o  i32.const 3 call rand call name local.set n')
ops = [
 'dyn.nil object.new local.set o global.get pool i32.const 6 call rand local.get o array.set Arr',
 'global.get pool i32.const 6 call rand call any_obj object.new array.set Arr',
 'local.get o call any_obj call link',
 'local.get o dyn.nil object.set_proto',
 'local.get o local.get n object.delete drop',
 'local.get o local.get n call value i32.const 8 call rand object.define',
 'local.get o local.get n call value object.put',
 'local.get o local.get n call value object.put',
 'local.get o i32.const 2 call rand call seal',
 'i32.const 20 call alloc',
 'local.get o call grow',
 'local.get o local.get n object.delete drop local.get o local.get n call value object.put',
 'local.get o local.get o object.len i32.const 1 i32.sub call drop_at',
]
w('  i32.const %d call rand local.set r' % len(ops))
for i, op in enumerate(ops):
  w('  local.get r i32.const %d i32.ne br_if c%d\n  %s\n  return\nc%d:' % (i, i, op, i))
w('  return\n}')
w('''
func drop_at (o: dyn, i: i32) -> () {
  local.get i i32.const 0 i32.lt_s br_if out
  local.get o local.get o local.get i object.key object.delete drop
out:
  return
}
func grow (o: dyn) -> () {
  local n: i32, s: dyn
  i32.const 15 call rand br_if few
  i32.const 150 local.set n
  br go
few:
  i32.const 12 call rand local.set n
go:
  symbol.const e local.set s
head:
  local.get n i32.eqz br_if out
  local.get s symbol.const e symbol.concat local.set s
  local.get o local.get s local.get n call int object.put
  local.get n i32.const 1 i32.sub local.set n
  br head
out:
  return
}
func slow () -> () {
  global.get wild i32.eqz br_if out
  call chaos call chaos
  i32.const 5 call rand br_if out
  call check
out:
  return
}
func s_get (o: dyn, name: dyn) -> (dyn) { call slow i32.const -7 call int return }
func s_set (o: dyn, v: dyn, name: dyn) -> () { call slow local.get v global.set stop return }
func s_inv (o: dyn, a: dyn, name: dyn) -> (dyn) {
  call slow local.get a dyn.to_i32 i32.const 5000 i32.add call int return
}
func s_call (f: dyn, o: dyn, a: dyn) -> (dyn) {
  call slow local.get a dyn.to_i32 i32.const 6000 i32.add call int return
}
''')
for i, n in enumerate(names):
  for k in range(SITES):
    w('func get_%d_%d (o: dyn) -> (dyn) { local.get o dyn.get %s s_get return }' % (i, k, n))
    w('func set_%d_%d (o: dyn, v: dyn) -> () {' % (i, k))
    w('  local.get o local.get v dyn.set %s s_set return\n}' % n)
    w('func inv_%d_%d (o: dyn, a: dyn) -> (dyn) {' % (i, k))
    w('  local.get o local.get a dyn.invoke F2 %s s_inv return\n}' % n)
for what, params, res in (('get', 'o: dyn', 'dyn'), ('set', 'o: dyn, v: dyn', ''),
                          ('inv', 'o: dyn, v: dyn', 'dyn')):
  w('func %s (r: i32, %s) -> (%s) {' % (what, params, res))
  args = 'local.get o' + (' local.get v' if 'v' in params else '')
  for i in range(NAMES):
    for k in range(SITES):
      j = i * SITES + k
      w('  local.get r i32.const %d i32.ne br_if c%d' % (j, j))
      w('  %s call %s_%d_%d return\nc%d:' % (args, what, i, k, j))
  w('  unreachable\n}')
w('''
func check_get (o: dyn, r: i32) -> () {
  local n: dyn, h: dyn, want: dyn, got: dyn
  local.get r i32.const 1 i32.shr_u call name local.set n
  i32.const -7 call int local.set want
  local.get o local.get n call holder local.tee h dyn.is_nil br_if go
  local.get h local.get n call attrs i32.const 1 i32.and br_if go
  local.get h local.get n object.get local.set want
go:
  local.get r local.get o call get local.set got
  local.get got local.get want dyn.same br_if out
  call wrong
out:
  return
}
func check_set (o: dyn, r: i32) -> () {
  local n: dyn, v: dyn, slowly: i32, len: i32
  local.get r i32.const 1 i32.shr_u call name local.set n
  call value local.set v
  local.get o object.len local.set len
  local.get o local.get n call own_index i32.const 0 i32.ge_s br_if have
  local.get o local.get n call write_seen local.get o call sealed i32.or local.set slowly
  br go
have:
  local.get o local.get n call attrs i32.const 2 i32.and local.set slowly
go:
  dyn.nil global.set stop
  local.get r local.get o local.get v call set
  global.get stop dyn.is_nil br_if stored
  global.get wild br_if out
  local.get slowly i32.eqz br_if bad
  local.get o object.len local.get len i32.ne br_if bad
  br out
stored:
  local.get slowly br_if bad
  local.get o local.get n object.get local.get v dyn.same i32.eqz br_if bad
  br out
bad:
  call wrong
out:
  return
}
func check_inv (o: dyn, r: i32) -> () {
  local n: dyn, a: i32, want: i32, h: dyn, got: i32
  local.get r i32.const 1 i32.shr_u call name local.set n
  i32.const 100 call rand local.set a
  local.get a i32.const 5000 i32.add local.set want
  local.get o local.get n call own_index i32.const 0 i32.ge_s br_if go
  local.get o local.get n call holder local.tee h dyn.is_nil br_if go
  local.get h local.get n object.get local.set h
  local.get h dyn.is_i32 br_if go
  local.get h dyn.is_nil br_if go
  local.get h dyn.to_ref ref.test (ref F2) i32.eqz br_if go
  local.get o local.get a call int local.get h dyn.to_ref ref.cast (ref F2) call_ref F2
  dyn.to_i32 local.set want
go:
  local.get r local.get o local.get a call int call inv dyn.to_i32 local.set got
  local.get got local.get want i32.eq br_if out
  call wrong
out:
  return
}
func check_call (o: dyn) -> () {
  local f: dyn, a: i32, want: i32, got: i32
  call value local.set f
  i32.const 100 call rand local.set a
  local.get a i32.const 6000 i32.add local.set want
  local.get f dyn.is_i32 br_if go
  local.get f dyn.to_ref ref.test (ref F2) i32.eqz br_if go
  local.get o local.get a call int local.get f dyn.to_ref ref.cast (ref F2) call_ref F2
  dyn.to_i32 local.set want
go:
  local.get f local.get o local.get a call int dyn.call F2 s_call dyn.to_i32 local.set got
  local.get got local.get want i32.eq br_if out
  call wrong
out:
  return
}
; An object with a shape of its own, which nobody has as prototype: inherited, then own, then not.
func check_shadow (r: i32) -> () {
  local o: dyn, n: dyn
  local.get r i32.const 1 i32.shr_u call name local.set n
  call any_obj object.new local.set o
  local.get o symbol.const e dyn.nil object.put
  local.get o symbol.const f dyn.nil object.put
  local.get o symbol.const e object.delete drop
  local.get o local.get r call check_get
  local.get o local.get r call check_inv
  local.get o local.get r call check_get
  local.get o local.get n call value object.put
  local.get o local.get r call check_get
  local.get o local.get r call check_inv
  local.get o local.get n object.delete drop
  local.get o local.get r call check_get
  local.get o local.get r call check_set
  return
}
func check () -> () {
  local o: dyn, r: i32, k: i32
  call any_obj local.set o
  i32.const 6 call rand local.set r
  i32.const 3 call rand br_if old
  local.get o object.new local.set o
old:
  i32.const 6 call rand local.set k
  local.get k i32.const 4 i32.eq br_if shadow
  local.get k i32.eqz br_if get
  local.get k i32.const 1 i32.eq br_if set
  local.get k i32.const 2 i32.eq br_if inv
  local.get o call check_call
  return
shadow:
  local.get r call check_shadow
  return
get:
  local.get o local.get r call check_get
  return
set:
  local.get o local.get r call check_set
  return
inv:
  local.get o local.get r call check_inv
  return
}
export func "wrong" run
func run (seed: i32, turns: i32, w: i32, quiet: i32) -> (i32) {
  local i: i32
  local.get seed global.set rng
  local.get w global.set wild
  i32.const 0 global.set bad
  i32.const 6 array.new_default Arr global.set pool
  i32.const 3 array.new_default Arr global.set names
''')
for i, n in enumerate(names):
  w('  global.get names i32.const %d symbol.const %s array.set Arr' % (i, n))
w('''
fill:
  global.get pool local.get i dyn.nil object.new array.set Arr
  local.get i i32.const 1 i32.add local.tee i i32.const 6 i32.lt_s br_if fill
  i32.const 0 local.set i
head:
  local.get i local.get turns i32.ge_s br_if done
  local.get quiet call rand br_if calm
  call chaos
calm:
  call check
  call check
  call check
  call check
  local.get i i32.const 1 i32.add local.set i
  br head
done:
  global.get bad return
}
''')
for seed, turns, wild, quiet in (1, 300, 0, 1), (2, 100, 1, 1), (3, 100, 1, 2), (4, 300, 0, 3):
  w('; expect wrong %d %d %d %d = 0' % (seed, turns, wild, quiet))
print('\n'.join(out))
