local Tree = {}
Tree.__index = Tree

local function newTree(item, depth)
  local self = setmetatable({item = item, depth = depth}, Tree)
  if depth > 0 then
    local item2 = item + item
    depth = depth - 1
    self.left = newTree(item2 - 1, depth)
    self.right = newTree(item2, depth)
  else
    self.left = nil
    self.right = nil
  end
  return self
end

function Tree:check()
  if self.left == nil then return self.item end
  return self.item + self.left:check() - self.right:check()
end

local minDepth = 4
local maxDepth = 14
local stretchDepth = maxDepth + 1

local start = os.clock()

print("stretch tree of depth:")
print(stretchDepth)
print("check:")
print(newTree(0, stretchDepth):check())

local longLivedTree = newTree(0, maxDepth)

local iterations = 1
local d = 0
while d < maxDepth do
  iterations = iterations * 2
  d = d + 1
end

local depth = minDepth
while depth < stretchDepth do
  local check = 0
  local i = 1
  while i <= iterations do
    check = check + newTree(i, depth):check() + newTree(-i, depth):check()
    i = i + 1
  end

  print("num trees:")
  print(iterations * 2)
  print("depth:")
  print(depth)
  print("check:")
  print(check)

  iterations = iterations / 4
  depth = depth + 2
end

print("long lived tree of depth:")
print(maxDepth)
print("check:")
print(longLivedTree:check())
print("elapsed:")
print(os.clock() - start)
