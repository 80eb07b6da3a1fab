-- spectral-norm.lua - the algorithm of examples/spectral-norm.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array
local sqrt = math.sqrt
local floor = math.floor

local function element(i, j)
  return 1.0 / (floor((i + j) * (i + j + 1) / 2) + i + 1)
end

local function multiply_a_vector(v, av)
  local n = v.n
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do
      sum = sum + element(i, j) * v[j]
    end
    av[i] = sum
  end
end

local function multiply_at_vector(v, atv)
  local n = v.n
  for i = 0, n - 1 do
    local sum = 0.0
    for j = 0, n - 1 do
      sum = sum + element(j, i) * v[j]
    end
    atv[i] = sum
  end
end

local function multiply_at_a_vector(v, out, temporary)
  multiply_a_vector(v, temporary)
  multiply_at_vector(temporary, out)
end

local function main()
  local n = guest.arg_i32(0, 100)
  local u = array(n, 0.0)
  local v = array(n, 0.0)
  local t = array(n, 0.0)
  for i = 0, n - 1 do
    u[i] = 1.0
  end
  for k = 0, 9 do
    multiply_at_a_vector(u, v, t)
    multiply_at_a_vector(v, u, t)
  end
  local vbv, vv = 0.0, 0.0
  for m = 0, n - 1 do
    vbv = vbv + u[m] * v[m]
    vv = vv + v[m] * v[m]
  end
  guest.print_f64(sqrt(vbv / vv), 9)
  guest.print_char(10)
end

main()
