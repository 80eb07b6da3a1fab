// Nbody.java - the algorithm of examples/nbody.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Nbody {
  static class Body {
    double x;
    double y;
    double z;
    double vx;
    double vy;
    double vz;
    double mass;

    Body(double x, double y, double z, double vx, double vy, double vz, double mass) {
      this.x = x;
      this.y = y;
      this.z = z;
      this.vx = vx;
      this.vy = vy;
      this.vz = vz;
      this.mass = mass;
    }
  }


  static void offset_momentum(Body[] bodies) {
    double px = 0.0, py = 0.0, pz = 0.0;
    for (int i = 0; i < bodies.length; i++) {
      Body b = bodies[i];
      px += b.vx * b.mass;
      py += b.vy * b.mass;
      pz += b.vz * b.mass;
    }
    Body sun = bodies[0];
    double solar_mass = sun.mass;
    sun.vx = -px / solar_mass;
    sun.vy = -py / solar_mass;
    sun.vz = -pz / solar_mass;
  }

  static double energy(Body[] bodies) {
    double e = 0.0;
    int n = bodies.length;
    for (int i = 0; i < n; i++) {
      Body b = bodies[i];
      e += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
      for (int j = i + 1; j < n; j++) {
        Body c = bodies[j];
        double dx = b.x - c.x;
        double dy = b.y - c.y;
        double dz = b.z - c.z;
        e -= b.mass * c.mass / Math.sqrt(dx * dx + dy * dy + dz * dz);
      }
    }
    return e;
  }

  static void advance(Body[] bodies, double dt) {
    int n = bodies.length;
    for (int i = 0; i < n; i++) {
      Body b = bodies[i];
      for (int j = i + 1; j < n; j++) {
        Body c = bodies[j];
        double dx = b.x - c.x;
        double dy = b.y - c.y;
        double dz = b.z - c.z;
        double d2 = dx * dx + dy * dy + dz * dz;
        double mag = dt / (d2 * Math.sqrt(d2));
        double mc = c.mass * mag;
        b.vx -= dx * mc;
        b.vy -= dy * mc;
        b.vz -= dz * mc;
        double mb = b.mass * mag;
        c.vx += dx * mb;
        c.vy += dy * mb;
        c.vz += dz * mb;
      }
    }
    for (int k = 0; k < n; k++) {
      Body a = bodies[k];
      a.x += dt * a.vx;
      a.y += dt * a.vy;
      a.z += dt * a.vz;
    }
  }

  static Body[] solar_system() {
    double pi = 3.141592653589793;
    double solar_mass = 4.0 * pi * pi;
    double days = 365.24;
    Body[] bodies = new Body[5];
    bodies[0] = new Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, solar_mass);
    bodies[1] = new Body(4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03 * days, 7.69901118419740425e-03 * days, -6.90460016972063023e-05 * days, 9.54791938424326609e-04 * solar_mass);
    bodies[2] = new Body(8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411021e-03 * days, 4.99852801234917238e-03 * days, 2.30417297573763929e-05 * days, 2.85885980666130812e-04 * solar_mass);
    bodies[3] = new Body(1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03 * days, 2.37847173959480950e-03 * days, -2.96589568540237556e-05 * days, 4.36624404335156298e-05 * solar_mass);
    bodies[4] = new Body(1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03 * days, 1.62824170038242295e-03 * days, -9.51592254519715870e-05 * days, 5.15138902046611451e-05 * solar_mass);
    return bodies;
  }

  public static void main(String[] args) {
    Guest.args = args;
    int steps = Guest.arg_i32(0, 1000);
    Body[] bodies = solar_system();
    offset_momentum(bodies);
    Guest.print_f64(energy(bodies), 9);
    Guest.print_char('\n');
    for (int i = 0; i < steps; i++) advance(bodies, 0.01);
    Guest.print_f64(energy(bodies), 9);
    Guest.print_char('\n');
    Guest.flush();
  }
}
