-- lists.lua - the algorithm of bench/programs/lists.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local floor = math.floor

local seed = 42

local function random_below(below)
  seed = (seed * 3877 + 29573) % 139968
  return seed % below
end

local function numbers(n)
  local list = nil
  for i = 0, n - 1 do
    list = {value = random_below(10000), next = list}
  end
  return list
end

local function squares(list)
  local result = nil
  while list ~= nil do
    result = {value = list.value * list.value % 10007, next = result}
    list = list.next
  end
  return result
end

local function multiples(list, of)
  local result = nil
  while list ~= nil do
    if list.value % of ~= 0 then
      result = {value = list.value, next = result}
    end
    list = list.next
  end
  return result
end

local function reversed(list)
  local result = nil
  while list ~= nil do
    result = {value = list.value, next = result}
    list = list.next
  end
  return result
end

local function total(list)
  local sum = 0
  local at = 1
  while list ~= nil do
    sum = (sum + list.value * at) % 1000003
    at = at % 1000 + 1
    list = list.next
  end
  return sum
end

local function merge(a, b)
  local result = nil
  while a ~= nil and b ~= nil do
    if a.value <= b.value then
      result = {value = a.value, next = result}
      a = a.next
    else
      result = {value = b.value, next = result}
      b = b.next
    end
  end
  while a ~= nil do
    result = {value = a.value, next = result}
    a = a.next
  end
  while b ~= nil do
    result = {value = b.value, next = result}
    b = b.next
  end
  local forward = reversed(result)
  return forward
end

local function taken(list, from, count)
  for i = 0, from - 1 do
    list = list.next
  end
  local result = nil
  for k = 0, count - 1 do
    result = {value = list.value, next = result}
    list = list.next
  end
  return result
end

local function sorted(list, n)
  if n < 2 then
    return taken(list, 0, n)
  end
  local half = floor(n / 2)
  local front = taken(list, 0, half)
  local back = taken(list, half, n - half)
  local a = sorted(front, half)
  local b = sorted(back, n - half)
  local result = merge(a, b)
  return result
end

local function length(list)
  local n = 0
  while list ~= nil do
    n = n + 1
    list = list.next
  end
  return n
end

local function work(n)
  local a = numbers(n)
  local b = squares(a)
  local c = multiples(b, 3)
  local d = sorted(c, length(c))
  local sum = (total(a) + total(b) + total(c) + total(d)) % 1000003
  return sum
end

local function main()
  local rounds = guest.arg_i32(0, 10)
  local sum = 0
  for i = 0, rounds - 1 do
    sum = (sum * 7 + work(5000)) % 1000003
  end
  io.write("checksum ")
  guest.print_i32(sum)
  io.write("\n")
end

main()
