// nbody.js - the algorithm of examples/nbody.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Body {
  constructor(x, y, z, vx, vy, vz, mass) {
    this.x = x;
    this.y = y;
    this.z = z;
    this.vx = vx;
    this.vy = vy;
    this.vz = vz;
    this.mass = mass;
  }
}

function offset_momentum(bodies) {
  let px = 0.0, py = 0.0, pz = 0.0;
  for (let i = 0; i < bodies.length; i++) {
    let b = bodies[i];
    px += b.vx * b.mass;
    py += b.vy * b.mass;
    pz += b.vz * b.mass;
  }
  let sun = bodies[0];
  let solar_mass = sun.mass;
  sun.vx = -px / solar_mass;
  sun.vy = -py / solar_mass;
  sun.vz = -pz / solar_mass;
}

function energy(bodies) {
  let e = 0.0;
  let n = bodies.length;
  for (let i = 0; i < n; i++) {
    let b = bodies[i];
    e += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
    for (let j = i + 1; j < n; j++) {
      let c = bodies[j];
      let dx = b.x - c.x;
      let dy = b.y - c.y;
      let dz = b.z - c.z;
      e -= b.mass * c.mass / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}

function advance(bodies, dt) {
  let n = bodies.length;
  for (let i = 0; i < n; i++) {
    let b = bodies[i];
    for (let j = i + 1; j < n; j++) {
      let c = bodies[j];
      let dx = b.x - c.x;
      let dy = b.y - c.y;
      let dz = b.z - c.z;
      let d2 = dx * dx + dy * dy + dz * dz;
      let mag = dt / (d2 * Math.sqrt(d2));
      let mc = c.mass * mag;
      b.vx -= dx * mc;
      b.vy -= dy * mc;
      b.vz -= dz * mc;
      let mb = b.mass * mag;
      c.vx += dx * mb;
      c.vy += dy * mb;
      c.vz += dz * mb;
    }
  }
  for (let k = 0; k < n; k++) {
    let a = bodies[k];
    a.x += dt * a.vx;
    a.y += dt * a.vy;
    a.z += dt * a.vz;
  }
}

function solar_system() {
  let pi = 3.141592653589793;
  let solar_mass = 4.0 * pi * pi;
  let days = 365.24;
  let bodies = new Array(5).fill(null);
  bodies[0] = new Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, solar_mass);
  bodies[1] = new Body(4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03 * days, 7.69901118419740425e-03 * days, -6.90460016972063023e-05 * days, 9.54791938424326609e-04 * solar_mass);
  bodies[2] = new Body(8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411021e-03 * days, 4.99852801234917238e-03 * days, 2.30417297573763929e-05 * days, 2.85885980666130812e-04 * solar_mass);
  bodies[3] = new Body(1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03 * days, 2.37847173959480950e-03 * days, -2.96589568540237556e-05 * days, 4.36624404335156298e-05 * solar_mass);
  bodies[4] = new Body(1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03 * days, 1.62824170038242295e-03 * days, -9.51592254519715870e-05 * days, 5.15138902046611451e-05 * solar_mass);
  return bodies;
}

function main() {
  let steps = guest.arg_i32(0, 1000);
  let bodies = solar_system();
  offset_momentum(bodies);
  guest.print_f64(energy(bodies), 9);
  guest.print_char(10);
  for (let i = 0; i < steps; i++) advance(bodies, 0.01);
  guest.print_f64(energy(bodies), 9);
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
