-- guest.lua - what the programs import, for LuaJIT and Lua 5.4 alike. Arrays count from 0 and know
-- their length as n, as the other languages' do.
--
-- SPDX-License-Identifier: MIT
local guest = {}

local modern = [[return function(a, b) return a ~ b end]]
guest.bxor = bit and bit.bxor or load(modern)()
guest.band = bit and bit.band or load("return function(a, b) return a & b end")()

function guest.power(n) -- 2^n as an integer
  local p = 1
  for _ = 1, n do p = p * 2 end
  return p
end

function guest.array(n, value)
  local a = {n = n}
  for i = 0, n - 1 do a[i] = value end
  return a
end

function guest.bytes(text)
  local a = {n = #text}
  for i = 1, #text do a[i - 1] = text:byte(i) end
  return a
end

function guest.write(bytes, from, count)
  local part = {}
  for i = 1, count do part[i] = string.char(bytes[from + i - 1] % 256) end
  io.write(table.concat(part))
end

function guest.print_char(c) io.write(string.char(c)) end
function guest.print_i32(n) io.write(string.format("%d", n)) end
function guest.print_f64(x, digits) io.write(string.format("%." .. digits .. "f", x)) end

function guest.arg_i32(i, otherwise)
  return arg[1 + i] and math.floor(tonumber(arg[1 + i])) or otherwise
end

return guest
