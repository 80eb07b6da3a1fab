local n, i, a = tonumber(arg[1] or 20000000), 0, 0
while i < n do
  a = a + i - 3
  i = i + 1
  if not (a < 1000000) then a = 0 end
end
print(a)
