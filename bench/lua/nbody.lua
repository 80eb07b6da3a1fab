-- nbody.lua - the algorithm of examples/nbody.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array
local sqrt = math.sqrt

local function offset_momentum(bodies)
  local px, py, pz = 0.0, 0.0, 0.0
  for i = 0, bodies.n - 1 do
    local b = bodies[i]
    px = px + b.vx * b.mass
    py = py + b.vy * b.mass
    pz = pz + b.vz * b.mass
  end
  local sun = bodies[0]
  local solar_mass = sun.mass
  sun.vx = -px / solar_mass
  sun.vy = -py / solar_mass
  sun.vz = -pz / solar_mass
end

local function energy(bodies)
  local e = 0.0
  local n = bodies.n
  for i = 0, n - 1 do
    local b = bodies[i]
    e = e + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for j = i + 1, n - 1 do
      local c = bodies[j]
      local dx = b.x - c.x
      local dy = b.y - c.y
      local dz = b.z - c.z
      e = e - b.mass * c.mass / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local function advance(bodies, dt)
  local n = bodies.n
  for i = 0, n - 1 do
    local b = bodies[i]
    for j = i + 1, n - 1 do
      local c = bodies[j]
      local dx = b.x - c.x
      local dy = b.y - c.y
      local dz = b.z - c.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * sqrt(d2))
      local mc = c.mass * mag
      b.vx = b.vx - dx * mc
      b.vy = b.vy - dy * mc
      b.vz = b.vz - dz * mc
      local mb = b.mass * mag
      c.vx = c.vx + dx * mb
      c.vy = c.vy + dy * mb
      c.vz = c.vz + dz * mb
    end
  end
  for k = 0, n - 1 do
    local a = bodies[k]
    a.x = a.x + dt * a.vx
    a.y = a.y + dt * a.vy
    a.z = a.z + dt * a.vz
  end
end

local function solar_system()
  local pi = 3.141592653589793
  local solar_mass = 4.0 * pi * pi
  local days = 365.24
  local bodies = array(5, false)
  bodies[0] = {x = 0.0, y = 0.0, z = 0.0, vx = 0.0, vy = 0.0, vz = 0.0, mass = solar_mass}
  bodies[1] = {x = 4.84143144246472090e+00, y = -1.16032004402742839e+00, z = -1.03622044471123109e-01, vx = 1.66007664274403694e-03 * days, vy = 7.69901118419740425e-03 * days, vz = -6.90460016972063023e-05 * days, mass = 9.54791938424326609e-04 * solar_mass}
  bodies[2] = {x = 8.34336671824457987e+00, y = 4.12479856412430479e+00, z = -4.03523417114321381e-01, vx = -2.76742510726411021e-03 * days, vy = 4.99852801234917238e-03 * days, vz = 2.30417297573763929e-05 * days, mass = 2.85885980666130812e-04 * solar_mass}
  bodies[3] = {x = 1.28943695621391310e+01, y = -1.51111514016986312e+01, z = -2.23307578892655734e-01, vx = 2.96460137564761618e-03 * days, vy = 2.37847173959480950e-03 * days, vz = -2.96589568540237556e-05 * days, mass = 4.36624404335156298e-05 * solar_mass}
  bodies[4] = {x = 1.53796971148509165e+01, y = -2.59193146099879641e+01, z = 1.79258772950371181e-01, vx = 2.68067772490389322e-03 * days, vy = 1.62824170038242295e-03 * days, vz = -9.51592254519715870e-05 * days, mass = 5.15138902046611451e-05 * solar_mass}
  return bodies
end

local function main()
  local steps = guest.arg_i32(0, 1000)
  local bodies = solar_system()
  offset_momentum(bodies)
  guest.print_f64(energy(bodies), 9)
  guest.print_char(10)
  for i = 0, steps - 1 do
    advance(bodies, 0.01)
  end
  guest.print_f64(energy(bodies), 9)
  guest.print_char(10)
end

main()
