-- loop.lua - the algorithm of bench/programs/loop.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local band = guest.band

local function main()
  local n = guest.arg_i32(0, 10)
  local x = 42
  local count = 0
  for i = 0, n - 1 do
    for j = 0, 9999 do
      x = (x * 3877 + 29573) % 139968
      if band(x, 15) == 3 then
        count = band(count + x, 65535)
      end
    end
  end
  guest.print_i32(count)
  guest.print_char(10)
end

main()
