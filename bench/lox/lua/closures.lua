-- Closures in a loop: made, kept, called, and sharing what they change.
local function counter(step)
  local count = 0
  local function next()
    count = count + step
    return count
  end
  return next
end

local function compose(f, g)
  local function both(x) return f(g(x)) end
  return both
end

local function adder(n)
  local function add(x) return x + n end
  return add
end

local function repeat_(times, body)
  for i = 0, times - 1 do body(i) end
end

local total = 0
local function round(n)
  local next = counter(n)
  local sum = 0
  local function step(i)
    local f = compose(adder(i), adder(n))
    sum = sum + f(next())
  end
  repeat_(1000, step)
  total = total + sum
end

for i = 0, 3999 do round(i) end
print(total)
