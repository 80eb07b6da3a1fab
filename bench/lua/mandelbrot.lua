-- mandelbrot.lua - the algorithm of examples/mandelbrot.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array
local floor = math.floor

local function inside(cr, ci)
  local zr, zi, tr, ti = 0.0, 0.0, 0.0, 0.0
  for i = 0, 49 do
    zi = 2.0 * zr * zi + ci
    zr = tr - ti + cr
    tr = zr * zr
    ti = zi * zi
    if tr + ti > 4.0 then
      return 0
    end
  end
  return 1
end

local function plot_row(row, n, y)
  local ci = 2.0 * y / n - 1.0
  local bits = 0
  local used = 0
  local at = 0
  for x = 0, n - 1 do
    bits = bits * 2 + inside(2.0 * x / n - 1.5, ci)
    used = used + 1
    if used == 8 then
      row[at] = bits
      at = at + 1
      bits = 0
      used = 0
    end
  end
  if used > 0 then
    row[at] = bits * guest.power(8 - used)
  end
end

local function main()
  local n = guest.arg_i32(0, 200)
  io.write("P4\n")
  guest.print_i32(n)
  io.write(" ")
  guest.print_i32(n)
  io.write("\n")
  local row = array(floor((n + 7) / 8), 0)
  for y = 0, n - 1 do
    plot_row(row, n, y)
    guest.write(row, 0, row.n)
  end
end

main()
