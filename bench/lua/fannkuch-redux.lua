-- fannkuch-redux.lua - the algorithm of examples/fannkuch-redux.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array

local maximum = 0

local function count_flips(perm1, perm)
  local n = perm.n
  for i = 0, n - 1 do
    perm[i] = perm1[i]
  end
  local flips = 0
  local k = perm[0]
  while k ~= 0 do
    local low = 0
    local high = k
    while low < high do
      local t = perm[low]
      perm[low] = perm[high]
      perm[high] = t
      low = low + 1
      high = high - 1
    end
    flips = flips + 1
    k = perm[0]
  end
  return flips
end

local function fannkuch(n)
  local perm = array(n, 0)
  local perm1 = array(n, 0)
  local count = array(n, 0)
  local checksum = 0
  local best = 0
  local sign = 1
  local r = n
  for i = 0, n - 1 do
    perm1[i] = i
  end
  while true do
    while r ~= 1 do
      count[r - 1] = r
      r = r - 1
    end
    local flips = count_flips(perm1, perm)
    if flips > best then
      best = flips
    end
    checksum = checksum + sign * flips
    sign = -sign
    while true do
      if r == n then
        maximum = best
        return checksum
      end
      local first = perm1[0]
      for j = 0, r - 1 do
        perm1[j] = perm1[j + 1]
      end
      perm1[r] = first
      count[r] = count[r] - 1
      if count[r] > 0 then
        break
      end
      r = r + 1
    end
  end
end

local function main()
  local n = guest.arg_i32(0, 7)
  guest.print_i32(fannkuch(n))
  io.write("\nPfannkuchen(")
  guest.print_i32(n)
  io.write(") = ")
  guest.print_i32(maximum)
  io.write("\n")
end

main()
