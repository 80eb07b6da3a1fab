function make(k) {
  const o = {};
  let name = "a0";
  for (let i = 0; i < k; i++) { o[name] = null; name += "a0"; }
  o.x = 1; o.y = 2;
  return o;
}
function run(n) {
  const objects = [];
  for (let k = 0; k < 64; k++) objects.push(make(k % 4));
  let i = 0, a = 0;
  while (i < n) { const o = objects[i & 63]; a = a + o.x - o.y; i = i + 1; }
  return a;
}
console.log(run(+(process.argv[2] || 10000000)));
