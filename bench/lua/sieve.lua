-- sieve.lua - the algorithm of bench/programs/sieve.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array

local function count_primes(composite)
  local n = composite.n
  local count = 0
  for i = 0, n - 1 do
    composite[i] = 0
  end
  for k = 2, n - 1 do
    if composite[k] == 0 then
      count = count + 1
      for m = k + k, n - 1, k do
        composite[m] = 1
      end
    end
  end
  return count
end

local function main()
  local rounds = guest.arg_i32(0, 3)
  local composite = array(1000000, 0)
  local count = 0
  for i = 0, rounds - 1 do
    count = count + count_primes(composite)
  end
  guest.print_i32(count)
  guest.print_char(10)
end

main()
