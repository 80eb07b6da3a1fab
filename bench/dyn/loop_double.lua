local n, i, a = tonumber(arg[1] or 20000000) + 0.0, 0.0, 0.0
while i < n do
  a = a + i - 3.0
  i = i + 1.0
  if not (a < 1000000.0) then a = 0.0 end
end
print(a)
