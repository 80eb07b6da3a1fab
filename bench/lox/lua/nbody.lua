-- The orbits of Jupiter and three other planets around the sun, with the square root of the Lox program.
local function sqrt(x)
  local r = x
  if r < 1 then r = 1 end
  local last = r + 1
  while r < last do
    last = r
    r = (r + x / r) / 2
  end
  return last
end

local Body = {}
Body.__index = Body

local function newBody(x, y, z, vx, vy, vz, mass)
  return setmetatable({
    x = x, y = y, z = z,
    vx = vx * 365.24, vy = vy * 365.24, vz = vz * 365.24,
    mass = mass * 39.47841760435743, next = nil
  }, Body)
end

function Body:kinetic()
  return self.mass * (self.vx * self.vx + self.vy * self.vy + self.vz * self.vz) / 2
end

function Body:move(dt)
  self.x = self.x + dt * self.vx
  self.y = self.y + dt * self.vy
  self.z = self.z + dt * self.vz
end

local System = {}
System.__index = System

function System:add(body)
  body.next = self.first
  self.first = body
end

function System:offset()
  local px, py, pz = 0, 0, 0
  local sun
  local b = self.first
  while b do
    px = px + b.vx * b.mass
    py = py + b.vy * b.mass
    pz = pz + b.vz * b.mass
    sun = b
    b = b.next
  end
  sun.vx = -px / sun.mass
  sun.vy = -py / sun.mass
  sun.vz = -pz / sun.mass
end

function System:energy()
  local e = 0
  local a = self.first
  while a do
    e = e + a:kinetic()
    local b = a.next
    while b do
      local dx = a.x - b.x
      local dy = a.y - b.y
      local dz = a.z - b.z
      e = e - a.mass * b.mass / sqrt(dx * dx + dy * dy + dz * dz)
      b = b.next
    end
    a = a.next
  end
  return e
end

function System:advance(dt)
  local a = self.first
  while a do
    local b = a.next
    while b do
      local dx = a.x - b.x
      local dy = a.y - b.y
      local dz = a.z - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * sqrt(d2))
      local ma = a.mass * mag
      local mb = b.mass * mag
      a.vx = a.vx - dx * mb
      a.vy = a.vy - dy * mb
      a.vz = a.vz - dz * mb
      b.vx = b.vx + dx * ma
      b.vy = b.vy + dy * ma
      b.vz = b.vz + dz * ma
      b = b.next
    end
    a = a.next
  end
  a = self.first
  while a do
    a:move(dt)
    a = a.next
  end
end

local system = setmetatable({}, System)
system:add(newBody(0, 0, 0, 0, 0, 0, 1))
system:add(newBody(4.84143144246472, -1.16032004402743, -0.103622044471123, 0.00166007664274404,
                   0.00769901118419740, -0.0000690460016972064, 0.000954791938424327))
system:add(newBody(8.34336671824458, 4.12479856412430, -0.403523417114321, -0.00276742510726411,
                   0.00499852801234917, 0.0000230417297573764, 0.000285885980666131))
system:add(newBody(12.8943695621391, -15.1111514016986, -0.223307578892656, 0.00296460137564762,
                   0.00237847173959481, -0.0000296589568540238, 0.0000436624404335156))
system:offset()
print(string.format("%.17g", system:energy()))
for _ = 1, 500000 do system:advance(0.01) end
print(string.format("%.17g", system:energy()))
