-- fib.lua - the algorithm of bench/programs/fib.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")

local function fib(n)
  if n < 2 then
    return n
  end
  return fib(n - 1) + fib(n - 2)
end

local function main()
  guest.print_i32(fib(guest.arg_i32(0, 27)))
  guest.print_char(10)
end

main()
