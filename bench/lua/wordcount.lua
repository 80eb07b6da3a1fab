-- wordcount.lua - the algorithm of bench/programs/wordcount.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array

local seed = 42

local function random_below(below)
  seed = (seed * 3877 + 29573) % 139968
  return seed % below
end

local function fill(text)
  local n = text.n
  local at = 0
  while at < n do
    local word = 1 + random_below(2) + random_below(3)
    while word > 0 and at < n do
      text[at] = 97 + random_below(3 + random_below(20))
      at = at + 1
      word = word - 1
    end
    if at < n then
      text[at] = 32
      at = at + 1
    end
  end
end

local function same(text, a, b, length)
  for i = 0, length - 1 do
    if text[a + i] ~= text[b + i] then
      return 0
    end
  end
  return 1
end

local function add(c, start, length, hash)
  local slots = c.start.n
  local at = hash % slots
  while c.count[at] ~= 0 do
    if c.hash[at] == hash and c.length[at] == length and same(c.text, c.start[at], start, length) == 1 then
      c.count[at] = c.count[at] + 1
      return
    end
    at = at + 1
    if at == slots then
      at = 0
    end
  end
  c.start[at] = start
  c.length[at] = length
  c.hash[at] = hash
  c.count[at] = 1
  c.used = c.used + 1
end

local function count_words(c)
  local text = c.text
  local n = text.n
  local at = 0
  while at < n do
    local start = at
    local hash = 5381
    while at < n and text[at] ~= 32 do
      hash = (hash * 33 + text[at]) % 16777216
      at = at + 1
    end
    if at > start then
      add(c, start, at - start, hash)
    end
    at = at + 1
  end
end

local function report(c)
  local best = 0
  local checksum = 0
  for i = 0, c.count.n - 1 do
    if c.count[i] > c.count[best] then
      best = i
    end
    checksum = (checksum * 31 + c.count[i] + c.length[i]) % 1000003
  end
  guest.print_i32(c.used)
  io.write(" words, the most frequent ")
  guest.write(c.text, c.start[best], c.length[best])
  io.write(" ")
  guest.print_i32(c.count[best])
  io.write(" times, checksum ")
  guest.print_i32(checksum)
  io.write("\n")
end

local function main()
  local rounds = guest.arg_i32(0, 3)
  local slots = 8192
  local text = array(100000, 0)
  fill(text)
  for i = 0, rounds - 1 do
    local c = {text = text, start = array(slots, 0), length = array(slots, 0), hash = array(slots, 0), count = array(slots, 0), used = 0}
    count_words(c)
    if i == rounds - 1 then
      report(c)
    end
  end
end

main()
