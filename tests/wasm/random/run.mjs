// run.mjs - runs the modules that wasm_random wrote in Node, and prints what they do as it does.
//
// SPDX-License-Identifier: MIT
//
//   node run.mjs MODULES > OUT
import {createReadStream} from 'node:fs';
import {createInterface} from 'node:readline';
import {setFlagsFromString} from 'node:v8';

// Of age in later versions.
setFlagsFromString('--experimental-wasm-extended-const');
setFlagsFromString('--experimental-wasm-return-call');
const CALLS = 3, FUEL = 200;

const i32s = [0, 1, -1, 0x7FFFFFFF, -0x80000000, 255, 77777, -5];
const i64s = [0n, 1n, -1n, 0x7FFFFFFFFFFFFFFFn, -0x8000000000000000n, 0xFFFFFFFFn, 123456789012345n,
              -7n];
const floats = [0, -0, 1, -1.5, 1e10, -3e20, 0.1, -Infinity];
const argument = {
  i: n => i32s[n % 8], I: n => i64s[n % 8], f: n => floats[n % 8], F: n => floats[n % 8],
  r: () => null, x: () => null,
};

const scratch = new DataView(new ArrayBuffer(8));
function float32(x) {
  if (Number.isNaN(x)) return 'nan';
  scratch.setFloat32(0, x);
  return scratch.getUint32(0).toString(16).padStart(8, '0');
}
function float64(x) {
  if (Number.isNaN(x)) return 'nan';
  scratch.setFloat64(0, x);
  return scratch.getBigUint64(0).toString(16).padStart(16, '0');
}
const show = {
  i: String, I: String, f: float32, F: float64,
  r: x => x === null ? 'null' : 'ref', x: x => x === null ? 'null' : 'ref',
};

function trapClass(e) {
  const m = e.message;
  if (e instanceof RangeError) return 'stack';
  if (m.includes('unreachable')) return 'unreachable';
  if (m.includes('by zero')) return 'zero';
  if (m.includes('unrepresentable')) return 'number';
  if (m.includes('null function') || m.includes('signature')) return 'call';
  if (m.includes('table') || m.includes('element')) return 'table';
  if (m.includes('memory') || m.includes('data segment')) return 'memory';
  return m;
}

const lines = [];
function print(line) {
  lines.push(line);
  if (lines.length < 4096) return;
  process.stdout.write(lines.join('\n') + '\n');
  lines.length = 0;
}

function call(exports, index, turn, [params, results]) {
  const args = [...params].map((type, i) => argument[type](index * 7 + turn * 3 + i));
  exports.fuel.value = FUEL;
  let line = `f${index}.${turn}:`;
  try {
    const result = exports[`f${index}`](...args);
    const values = results.length === 0 ? [] : results.length === 1 ? [result] : [...result];
    values.forEach((v, i) => { line += ' ' + show[results[i]](v); });
  } catch (e) {
    line += ' trap ' + trapClass(e);
  }
  print(line);
}

function state(exports, globals) {
  [...globals].forEach((type, i) => print(`g${i}: ` + show[type](exports[`g${i}`].value)));
  for (const name of ['table', 'objects']) {
    const table = exports[name];
    let line = `${name}: ${table.length} `;
    for (let i = 0; i < table.length; i++) line += table.get(i) === null ? '.' : 'f';
    print(line);
  }
  const bytes = new Uint8Array(exports.memory.buffer);
  let hash = 0x811C9DC5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  print(`memory: ${bytes.length >>> 16} ` + (hash >>> 0).toString(16).padStart(8, '0'));
}

function run(line) {
  const [seed, hex, sigs, globals] = line.split(' ');
  const env = {
    host: x => Math.imul(x, 3) + 1 | 0,
    base: new WebAssembly.Global({value: 'i32', mutable: false}, 40),
    fuel: new WebAssembly.Global({value: 'i32', mutable: true}, 63),
    memory: new WebAssembly.Memory({initial: 1, maximum: 3}),
    table: new WebAssembly.Table({element: 'anyfunc', initial: 12, maximum: 16}),
  };
  print(`seed ${seed}`);
  try {
    const module = new WebAssembly.Module(Buffer.from(hex, 'hex'));
    const {exports} = new WebAssembly.Instance(module, {env});
    const funcs = sigs.split(',').slice(0, -1).map(sig => sig.split(':'));
    for (let turn = 0; turn < CALLS; turn++) {
      funcs.forEach((sig, index) => call(exports, index, turn, sig));
    }
    state(exports, globals);
  } catch (e) {
    print(e instanceof WebAssembly.RuntimeError ? `trap ${trapClass(e)}`
          : e instanceof WebAssembly.LinkError ? 'link' : e.message);
  }
}

for await (const line of createInterface({input: createReadStream(process.argv[2])})) run(line);
if (lines.length > 0) process.stdout.write(lines.join('\n') + '\n');
