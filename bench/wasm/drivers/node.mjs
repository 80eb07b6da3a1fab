// node.mjs - the driver of Node's V8.
//
// SPDX-License-Identifier: MIT
//
//   node node.mjs KERNEL.wasm
import { readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

// Processor time of the main thread in seconds: V8's compiler threads are not in it.
const now = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
instance.exports._initialize();
writeSync(1, 'ready\n');
createInterface({ input: process.stdin }).on('line', (line) => {
  const n = Number(line.split(' ')[1]);
  const begin = now();
  const sum = instance.exports.run(n) >>> 0;
  const end = now();
  writeSync(1, `${end - begin} ${sum}\n`);
});
