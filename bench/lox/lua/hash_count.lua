-- How often each number of a random sequence occurs, in a hash table that is a tree of eight levels
-- whose leaves are lists, as in the Lox program.
local function floor(x)
  local r = x + 4503599627370496.0 - 4503599627370496.0
  if r > x then return r - 1 end
  return r
end

local Random = {}
Random.__index = Random

function Random:next()
  local product = self.seed * 16807
  self.seed = product - floor(product / 2147483647) * 2147483647
  return self.seed
end

local function newEntry(key, next)
  return {key = key, count = 0, next = next}
end

local function newNode(depth)
  local node = {entries = nil, left = nil, right = nil}
  if depth > 0 then
    node.left = newNode(depth - 1)
    node.right = newNode(depth - 1)
  end
  return node
end

local Table = {}
Table.__index = Table

function Table:find(key)
  local node = self.root
  local hash = key * 40503
  while node.left do
    local half = floor(hash / 2)
    if half * 2 == hash then
      node = node.left
    else
      node = node.right
    end
    hash = half
  end
  local e = node.entries
  while e do
    if e.key == key then return e end
    e = e.next
  end
  node.entries = newEntry(key, node.entries)
  self.size = self.size + 1
  return node.entries
end

function Table:count(key)
  local entry = self:find(key)
  entry.count = entry.count + 1
  return entry.count
end

local counts = setmetatable({root = newNode(8), size = 0}, Table)
local random = setmetatable({seed = 42.0}, Random)
local most = 0
for _ = 1, 2000000 do
  local r = random:next()
  local n = counts:count(r - floor(r / 1000) * 1000)
  if n > most then most = n end
end
print(counts.size)
print(most)
