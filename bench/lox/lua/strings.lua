-- Strings: put together letter by letter and word by word, and compared.
local function digit(n)
  if n < 5 then
    if n == 0 then return "0" end
    if n == 1 then return "1" end
    if n == 2 then return "2" end
    if n == 3 then return "3" end
    return "4"
  end
  if n == 5 then return "5" end
  if n == 6 then return "6" end
  if n == 7 then return "7" end
  if n == 8 then return "8" end
  return "9"
end

-- The decimal digits of a number of up to four.
local function text(n)
  local s = ""
  local unit = 1000
  while unit >= 1 do
    local d = 0
    while n >= unit do
      n = n - unit
      d = d + 1
    end
    s = s .. digit(d)
    unit = unit / 10
  end
  return s
end

-- "<0000><0001>..."
local function row(n)
  local s = ""
  for i = 0, n - 1 do s = s .. "<" .. text(i) .. ">" end
  return s
end

local found = 0
for i = 0, 9999 do
  for j = 0, 59 do
    if text(i) == text(j * 150) then found = found + 1 end
  end
end
print(found)

local same = 0
local want = row(200)
for _ = 1, 1000 do
  if row(200) == want then same = same + 1 end
end
print(same)
print(row(20))
