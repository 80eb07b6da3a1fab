'use strict';
const clock = () => process.cpuUsage().user / 1e6;
function fib(n) {
  if (n < 2) return n;
  return fib(n - 2) + fib(n - 1);
}

let start = clock();
console.log(fib(35) === 9227465);
console.log(clock() - start);
