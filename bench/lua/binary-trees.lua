-- binary-trees.lua - the algorithm of examples/binary-trees.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")

local function make(depth)
  if depth == 0 then
    return {left = nil, right = nil}
  end
  return {left = make(depth - 1), right = make(depth - 1)}
end

local function check(node)
  if node.left == nil then
    return 1
  end
  return 1 + check(node.left) + check(node.right)
end

local function report(what, depth, sum)
  guest.write(what, 0, what.n)
  guest.print_i32(depth)
  io.write("\t check: ")
  guest.print_i32(sum)
  io.write("\n")
end

local function main()
  local n = guest.arg_i32(0, 10)
  local minimum = 4
  local maximum = n
  if minimum + 2 > n then
    maximum = minimum + 2
  end
  report(guest.bytes("stretch tree of depth "), maximum + 1, check(make(maximum + 1)))
  local keep = make(maximum)
  for depth = minimum, maximum, 2 do
    local rounds = 1 * guest.power(maximum - depth + minimum)
    local sum = 0
    for i = 0, rounds - 1 do
      sum = sum + check(make(depth))
    end
    guest.print_i32(rounds)
    report(guest.bytes("\t trees of depth "), depth, sum)
  end
  report(guest.bytes("long lived tree of depth "), maximum, check(keep))
end

main()
