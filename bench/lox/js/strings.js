'use strict';
// Strings: put together letter by letter and word by word, and compared.
function digit(n) {
  if (n < 5) {
    if (n === 0) return "0";
    if (n === 1) return "1";
    if (n === 2) return "2";
    if (n === 3) return "3";
    return "4";
  }
  if (n === 5) return "5";
  if (n === 6) return "6";
  if (n === 7) return "7";
  if (n === 8) return "8";
  return "9";
}

// The decimal digits of a number of up to four.
function text(n) {
  let s = "";
  let unit = 1000;
  while (unit >= 1) {
    let d = 0;
    while (n >= unit) {
      n = n - unit;
      d = d + 1;
    }
    s = s + digit(d);
    unit = unit / 10;
  }
  return s;
}

// "<0000><0001>..."
function row(n) {
  let s = "";
  for (let i = 0; i < n; i = i + 1) s = s + "<" + text(i) + ">";
  return s;
}

let found = 0;
for (let i = 0; i < 10000; i = i + 1) {
  for (let j = 0; j < 60; j = j + 1) {
    if (text(i) === text(j * 150)) found = found + 1;
  }
}
console.log(found);

let same = 0;
let want = row(200);
for (let i = 0; i < 1000; i = i + 1) {
  if (row(200) === want) same = same + 1;
}
console.log(same);
console.log(row(20));
