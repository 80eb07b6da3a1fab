'use strict';
// How often each number of a random sequence occurs, in a hash table that is a tree of eight levels
// whose leaves are lists, as in the Lox program.
function floor(x) {
  let r = x + 4503599627370496 - 4503599627370496;
  if (r > x) return r - 1;
  return r;
}

class Random {
  constructor(seed) {
    this.seed = seed;
  }

  next() {
    let product = this.seed * 16807;
    this.seed = product - floor(product / 2147483647) * 2147483647;
    return this.seed;
  }
}

class Entry {
  constructor(key, next) {
    this.key = key;
    this.count = 0;
    this.next = next;
  }
}

class Node {
  constructor(depth) {
    this.entries = null;
    this.left = null;
    this.right = null;
    if (depth > 0) {
      this.left = new Node(depth - 1);
      this.right = new Node(depth - 1);
    }
  }
}

class Table {
  constructor() {
    this.root = new Node(8);
    this.size = 0;
  }

  find(key) {
    let node = this.root;
    let hash = key * 40503;
    while (node.left !== null) {
      let half = floor(hash / 2);
      if (half * 2 === hash) {
        node = node.left;
      } else {
        node = node.right;
      }
      hash = half;
    }
    for (let e = node.entries; e !== null; e = e.next) {
      if (e.key === key) return e;
    }
    node.entries = new Entry(key, node.entries);
    this.size = this.size + 1;
    return node.entries;
  }

  count(key) {
    let entry = this.find(key);
    entry.count = entry.count + 1;
    return entry.count;
  }
}

let table = new Table();
let random = new Random(42);
let most = 0;
for (let i = 0; i < 2000000; i = i + 1) {
  let r = random.next();
  let n = table.count(r - floor(r / 1000) * 1000);
  if (n > most) most = n;
}
console.log(table.size);
console.log(most);
