/* nbody.c - the algorithm of examples/nbody.vma in C: bodies behind pointers, no checks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct body {
  double x, y, z, vx, vy, vz, mass;
} body;

static void offset_momentum(body **bodies, int n)
{
  double px = 0, py = 0, pz = 0;
  for (int i = 0; i < n; i++) {
    body *b = bodies[i];
    px += b->vx * b->mass;
    py += b->vy * b->mass;
    pz += b->vz * b->mass;
  }
  body *sun = bodies[0];
  sun->vx = -px / sun->mass;
  sun->vy = -py / sun->mass;
  sun->vz = -pz / sun->mass;
}

static double energy(body **bodies, int n)
{
  double e = 0;
  for (int i = 0; i < n; i++) {
    body *b = bodies[i];
    e += 0.5 * b->mass * (b->vx * b->vx + b->vy * b->vy + b->vz * b->vz);
    for (int j = i + 1; j < n; j++) {
      body *c = bodies[j];
      double dx = b->x - c->x, dy = b->y - c->y, dz = b->z - c->z;
      e -= b->mass * c->mass / sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}

static void advance(body **bodies, int n, double dt)
{
  for (int i = 0; i < n; i++) {
    body *b = bodies[i];
    for (int j = i + 1; j < n; j++) {
      body *c = bodies[j];
      double dx = b->x - c->x, dy = b->y - c->y, dz = b->z - c->z;
      double d2 = dx * dx + dy * dy + dz * dz;
      double mag = dt / (d2 * sqrt(d2));
      double mc = c->mass * mag;
      b->vx -= dx * mc;
      b->vy -= dy * mc;
      b->vz -= dz * mc;
      double mb = b->mass * mag;
      c->vx += dx * mb;
      c->vy += dy * mb;
      c->vz += dz * mb;
    }
  }
  for (int k = 0; k < n; k++) {
    body *a = bodies[k];
    a->x += dt * a->vx;
    a->y += dt * a->vy;
    a->z += dt * a->vz;
  }
}

#define SOLAR_MASS (4 * 3.141592653589793 * 3.141592653589793)
#define DAYS 365.24

static const body planets[5] = {
    {0, 0, 0, 0, 0, 0, SOLAR_MASS},
    {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01,
     1.66007664274403694e-03 * DAYS, 7.69901118419740425e-03 * DAYS, -6.90460016972063023e-05 * DAYS,
     9.54791938424326609e-04 * SOLAR_MASS},
    {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01,
     -2.76742510726411021e-03 * DAYS, 4.99852801234917238e-03 * DAYS, 2.30417297573763929e-05 * DAYS,
     2.85885980666130812e-04 * SOLAR_MASS},
    {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01,
     2.96460137564761618e-03 * DAYS, 2.37847173959480950e-03 * DAYS, -2.96589568540237556e-05 * DAYS,
     4.36624404335156298e-05 * SOLAR_MASS},
    {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01,
     2.68067772490389322e-03 * DAYS, 1.62824170038242295e-03 * DAYS, -9.51592254519715870e-05 * DAYS,
     5.15138902046611451e-05 * SOLAR_MASS},
};

int main(int argc, char **argv)
{
  int steps = argc > 1 ? atoi(argv[1]) : 1000, n = 5;
  body **bodies = malloc((size_t)n * sizeof *bodies);
  for (int i = 0; i < n; i++) {
    bodies[i] = malloc(sizeof **bodies);
    *bodies[i] = planets[i];
  }
  offset_momentum(bodies, n);
  printf("%.9f\n", energy(bodies, n));
  for (int i = 0; i < steps; i++) advance(bodies, n, 0.01);
  printf("%.9f\n", energy(bodies, n));
  for (int i = 0; i < n; i++) free(bodies[i]);
  free(bodies);
  return 0;
}
