local function make(k)
  local o, name = {}, "a0"
  for _ = 1, k do o[name] = false; name = name .. "a0" end
  o.x = 1; o.y = 2
  return o
end
local objects = {}
for k = 0, 63 do objects[k] = make(k % 4) end
local n, i, a = tonumber(arg[1] or 10000000), 0, 0
while i < n do
  local o = objects[i % 64]
  a = a + o.x - o.y
  i = i + 1
end
print(a)
