-- matmul.lua - the algorithm of bench/programs/matmul.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array
local floor = math.floor

local function make(n, step)
  local m = array(n * n, 0.0)
  for i = 0, n - 1 do
    for j = 0, n - 1 do
      m[i * n + j] = step * (i - j) * (i + j)
    end
  end
  return m
end

local function multiply(n, a, b, c)
  for i = 0, n - 1 do
    local row = i * n
    for k = 0, n - 1 do
      local x = a[row + k]
      local from = k * n
      for j = 0, n - 1 do
        c[row + j] = c[row + j] + x * b[from + j]
      end
    end
  end
end

local function main()
  local n = guest.arg_i32(0, 100)
  local step = 1.0 / n / n
  local a = make(n, step)
  local b = make(n, step * 0.5)
  local c = array(n * n, 0.0)
  multiply(n, a, b, c)
  local trace = 0.0
  for i = 0, n - 1 do
    trace = trace + c[i * n + i]
  end
  guest.print_f64(trace, 9)
  guest.print_char(10)
  guest.print_f64(c[floor(n / 2) * n + floor(n / 3)], 9)
  guest.print_char(10)
end

main()
