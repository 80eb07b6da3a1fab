'use strict';
// The orbits of Jupiter and three other planets around the sun. The square root is the Lox program's.
function sqrt(x) {
  let r = x;
  if (r < 1) r = 1;
  let last = r + 1;
  while (r < last) {
    last = r;
    r = (r + x / r) / 2;
  }
  return last;
}

class Body {
  constructor(x, y, z, vx, vy, vz, mass) {
    this.x = x;
    this.y = y;
    this.z = z;
    this.vx = vx * 365.24;
    this.vy = vy * 365.24;
    this.vz = vz * 365.24;
    this.mass = mass * 39.47841760435743;
    this.next = null;
  }

  kinetic() {
    return this.mass * (this.vx * this.vx + this.vy * this.vy + this.vz * this.vz) / 2;
  }

  move(dt) {
    this.x = this.x + dt * this.vx;
    this.y = this.y + dt * this.vy;
    this.z = this.z + dt * this.vz;
  }
}

class System {
  constructor() {
    this.first = null;
  }

  add(body) {
    body.next = this.first;
    this.first = body;
  }

  offset() {
    let px = 0;
    let py = 0;
    let pz = 0;
    let sun = null;
    for (let b = this.first; b !== null; b = b.next) {
      px = px + b.vx * b.mass;
      py = py + b.vy * b.mass;
      pz = pz + b.vz * b.mass;
      sun = b;
    }
    sun.vx = -px / sun.mass;
    sun.vy = -py / sun.mass;
    sun.vz = -pz / sun.mass;
  }

  energy() {
    let e = 0;
    for (let a = this.first; a !== null; a = a.next) {
      e = e + a.kinetic();
      for (let b = a.next; b !== null; b = b.next) {
        let dx = a.x - b.x;
        let dy = a.y - b.y;
        let dz = a.z - b.z;
        e = e - a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz);
      }
    }
    return e;
  }

  advance(dt) {
    for (let a = this.first; a !== null; a = a.next) {
      for (let b = a.next; b !== null; b = b.next) {
        let dx = a.x - b.x;
        let dy = a.y - b.y;
        let dz = a.z - b.z;
        let d2 = dx * dx + dy * dy + dz * dz;
        let mag = dt / (d2 * sqrt(d2));
        let ma = a.mass * mag;
        let mb = b.mass * mag;
        a.vx = a.vx - dx * mb;
        a.vy = a.vy - dy * mb;
        a.vz = a.vz - dz * mb;
        b.vx = b.vx + dx * ma;
        b.vy = b.vy + dy * ma;
        b.vz = b.vz + dz * ma;
      }
    }
    for (let a = this.first; a !== null; a = a.next) a.move(dt);
  }
}

let system = new System();
system.add(new Body(0, 0, 0, 0, 0, 0, 1));
system.add(new Body(4.84143144246472, -1.16032004402743, -0.103622044471123, 0.00166007664274404,
                0.00769901118419740, -0.0000690460016972064, 0.000954791938424327));
system.add(new Body(8.34336671824458, 4.12479856412430, -0.403523417114321, -0.00276742510726411,
                0.00499852801234917, 0.0000230417297573764, 0.000285885980666131));
system.add(new Body(12.8943695621391, -15.1111514016986, -0.223307578892656, 0.00296460137564762,
                0.00237847173959481, -0.0000296589568540238, 0.0000436624404335156));
system.offset();
console.log(system.energy());
for (let i = 0; i < 500000; i = i + 1) system.advance(0.01);
console.log(system.energy());
