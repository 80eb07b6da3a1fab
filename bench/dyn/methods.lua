local C = {}
C.__index = C
function C:add(k) local v = self.count + k; self.count = v; return v end
local o = setmetatable({ count = 0 }, C)
local n, i = tonumber(arg[1] or 10000000), 0
while i < n do o:add(3); i = i + 1 end
print(o.count)
