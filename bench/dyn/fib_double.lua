local function main(n)
  local function fib(n) if n < 2.0 then return n end return fib(n - 1.0) + fib(n - 2.0) end
  return fib(n)
end
print(main(tonumber(arg[1] or 32) + 0.0))
