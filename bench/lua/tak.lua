-- tak.lua - the algorithm of bench/programs/tak.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local floor = math.floor

local function tak(x, y, z)
  if y >= x then
    return z
  end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function main()
  local n = guest.arg_i32(0, 18)
  guest.print_i32(tak(n, floor(n * 2 / 3), floor(n / 3)))
  guest.print_char(10)
end

main()
