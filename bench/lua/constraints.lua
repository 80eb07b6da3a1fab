-- constraints.lua - the algorithm of bench/programs/constraints.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array
local floor = math.floor

local seed = 42

local function random_below(below)
  seed = (seed * 3877 + 29573) % 139968
  return seed % below
end

local function weaker(a, b)
  if a > b then
    return a
  end
  return b
end

local function stay_execute(c)
  local s = c
  s.output.value = s.constant
end

local function stay_weigh(c, mark)
  return c.strength
end

local function equal_execute(c)
  local e = c
  e.output.value = e.input.value
end

local function equal_weigh(c, mark)
  local e = c
  if e.input.mark ~= mark then
    return 9
  end
  return weaker(e.strength, e.input.strength)
end

local function offset_execute(c)
  local o = c
  o.output.value = (o.input.value + o.amount) % 30011
end

local function offset_weigh(c, mark)
  local o = c
  if o.input.mark ~= mark then
    return 9
  end
  return weaker(o.strength, o.input.strength)
end

local function scale_execute(c)
  local s = c
  s.output.value = (s.input.value * s.factor.value + s.offset.value) % 30011
end

local function scale_weigh(c, mark)
  local s = c
  if s.input.mark ~= mark then
    return 9
  end
  return weaker(s.strength, weaker(s.input.strength, s.factor.strength))
end

local function limit_execute(c)
  local l = c
  local v = l.input.value
  if v < l.low then
    v = l.low
  end
  if v > l.high then
    v = v - l.high
  end
  l.output.value = v
end

local function limit_weigh(c, mark)
  local l = c
  if l.input.mark ~= mark then
    return 9
  end
  return weaker(l.strength, l.input.strength)
end

local function make(variables, i)
  local input = variables[i]
  local output = variables[i + 1]
  local kind = random_below(16)
  local strength = random_below(6)
  if kind < 1 then
    return {execute = stay_execute, weigh = stay_weigh, output = output, strength = strength, constant = 1 + random_below(100)}
  end
  if kind < 5 then
    return {execute = equal_execute, weigh = equal_weigh, output = output, strength = strength, input = input}
  end
  if kind < 9 then
    return {execute = offset_execute, weigh = offset_weigh, output = output, strength = strength, input = input, amount = random_below(1000)}
  end
  if kind < 12 then
    return {execute = scale_execute, weigh = scale_weigh, output = output, strength = strength, input = input, factor = variables[floor(i / 2)], offset = variables[floor(i / 3)]}
  end
  return {execute = limit_execute, weigh = limit_weigh, output = output, strength = strength, input = input, low = 10, high = 20000}
end

local function plan(constraints, edit, mark)
  local sum = 0
  edit.mark = mark
  edit.strength = 0
  for i = 0, constraints.n - 1 do
    local c = constraints[i]
    local strength = c.weigh(c, mark)
    c.output.strength = strength
    c.output.mark = mark
    sum = sum + strength
  end
  return sum
end

local function execute(constraints)
  for i = 0, constraints.n - 1 do
    local c = constraints[i]
    c.execute(c)
  end
end

local function main()
  local rounds = guest.arg_i32(0, 1000)
  local n = 500
  local variables = array(n + 1, false)
  local constraints = array(n, false)
  for i = 0, n do
    variables[i] = {value = i, strength = 0, mark = 0}
  end
  for k = 0, n - 1 do
    constraints[k] = make(variables, k)
  end
  local checksum = 0
  for round = 1, rounds do
    local changed = random_below(n)
    constraints[changed] = make(variables, changed)
    local weight = plan(constraints, variables[0], round)
    for m = 0, 3 do
      variables[0].value = (round + m) % 1000
      execute(constraints)
      checksum = (checksum * 31 + variables[n].value + weight) % 1000003
    end
  end
  io.write("checksum ")
  guest.print_i32(checksum)
  io.write("\n")
end

main()
