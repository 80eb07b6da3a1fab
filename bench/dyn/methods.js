class C { constructor() { this.count = 0; } add(k) { const v = this.count + k; this.count = v; return v; } }
function run(n) { const o = new C(); let i = 0; while (i < n) { o.add(3); i = i + 1; } return o.count; }
console.log(run(+(process.argv[2] || 10000000)));
