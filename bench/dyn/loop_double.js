function run(n) {
  let i = 0.5, a = 0.5; n += 0.5;
  while (i < n) { a = a + i - 3; i = i + 1; if (!(a < 1000000)) a = 0; }
  return a;
}
console.log(run(+(process.argv[2] || 20000000)));
