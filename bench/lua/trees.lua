-- trees.lua - the algorithm of bench/programs/trees.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")

local seed = 42

local function random_below(below)
  seed = (seed * 3877 + 29573) % 139968
  return seed % below
end

local function insert(node, key)
  if node == nil then
    return {key = key, count = 1, left = nil, right = nil}
  end
  local here = node.key
  local count = node.count
  local left = node.left
  local right = node.right
  if key < here then
    return {key = here, count = count, left = insert(left, key), right = right}
  end
  if key > here then
    return {key = here, count = count, left = left, right = insert(right, key)}
  end
  return {key = here, count = count + 1, left = left, right = right}
end

local function sum(node, depth)
  if node == nil then
    return 0
  end
  local below = sum(node.left, depth + 1) + sum(node.right, depth + 1)
  return (below + node.count * depth + node.key) % 1000003
end

local function main()
  local rounds = guest.arg_i32(0, 3)
  local checksum = 0
  for i = 0, rounds - 1 do
    local tree = nil
    for k = 0, 19999 do
      tree = insert(tree, random_below(100000))
    end
    checksum = (checksum * 7 + sum(tree, 1)) % 1000003
  end
  io.write("checksum ")
  guest.print_i32(checksum)
  io.write("\n")
end

main()
