/* nbody.c - the planets of the outer solar system, n steps: double arithmetic on fields, square roots.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { BODIES = 5 };

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} body;

static const double PI = 3.141592653589793, DAYS = 365.24;

static body bodies[BODIES];

/* Sun, Jupiter, Saturn, Uranus, Neptune: astronomical units, days, solar masses. */
static void set_up(void)
{
  static const body start[BODIES] = {
    {0, 0, 0, 0, 0, 0, 1},
    {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01,
     1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05,
     9.54791938424326609e-04},
    {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01,
     -2.76742510726411021e-03, 4.99852801234917238e-03, 2.30417297573763929e-05,
     2.85885980666130812e-04},
    {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01,
     2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05,
     4.36624404335156298e-05},
    {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01,
     2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05,
     5.15138902046611451e-05}};
  double px = 0, py = 0, pz = 0, solar = 4 * PI * PI;
  for (int i = 0; i < BODIES; i++) {
    body *b = &bodies[i];
    *b = start[i];
    b->vx *= DAYS, b->vy *= DAYS, b->vz *= DAYS, b->mass *= solar;
    px += b->vx * b->mass, py += b->vy * b->mass, pz += b->vz * b->mass;
  }
  bodies[0].vx = -px / solar, bodies[0].vy = -py / solar, bodies[0].vz = -pz / solar;
}

static void advance(double dt)
{
  for (int i = 0; i < BODIES; i++) {
    body *a = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double square = dx * dx + dy * dy + dz * dz;
      double force = dt / (square * __builtin_sqrt(square));
      a->vx -= dx * b->mass * force, a->vy -= dy * b->mass * force, a->vz -= dz * b->mass * force;
      b->vx += dx * a->mass * force, b->vy += dy * a->mass * force, b->vz += dz * a->mass * force;
    }
  }
  for (int i = 0; i < BODIES; i++) {
    body *b = &bodies[i];
    b->x += dt * b->vx, b->y += dt * b->vy, b->z += dt * b->vz;
  }
}

static double energy(void)
{
  double e = 0;
  for (int i = 0; i < BODIES; i++) {
    const body *a = &bodies[i];
    e += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
    for (int j = i + 1; j < BODIES; j++) {
      const body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      e -= a->mass * b->mass / __builtin_sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}

uint32_t run(uint32_t n)
{
  set_up();
  for (uint32_t i = 0; i < n; i++) advance(0.01);
  return (uint32_t)(int32_t)(energy() * 1e9);
}
