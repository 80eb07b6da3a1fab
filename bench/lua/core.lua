-- core.lua - the algorithm of bench/programs/core.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array, band, bxor, floor = guest.array, guest.band, guest.bxor, math.floor

local function crc16(value, crc)
  for _ = 0, 15 do
    local low = band(bxor(value, crc), 1)
    value = floor(value / 2)
    crc = floor(crc / 2)
    if low == 1 then
      crc = bxor(crc, 40961)
    end
  end
  return crc
end

local function make_list(count)
  local list = nil
  local x = 1
  for i = 0, count - 1 do
    x = (x * 3877 + 29573) % 139968
    list = {next = list, key = x % 1000, value = count - i}
  end
  return list
end

local function reverse(list)
  local done = nil
  while list do
    local next = list.next
    list.next = done
    done = list
    list = next
  end
  return done
end

local function find(list, key)
  while list and list.key ~= key do
    list = list.next
  end
  return list
end

local function before(a, b, by_key)
  if by_key == 1 and a.key ~= b.key then
    return a.key < b.key and 1 or 0
  end
  return a.value < b.value and 1 or 0
end

local function sort(list, by_key)
  local width = 1
  local merges = 2
  while merges > 1 do
    local left = list
    local tail = nil
    list = nil
    merges = 0
    while left do
      local right = left
      local next = nil
      local lefts = 0
      local rights = width
      merges = merges + 1
      while lefts < width and right do
        lefts = lefts + 1
        right = right.next
      end
      while lefts > 0 or (rights > 0 and right) do
        local take_left = 0
        if lefts > 0 then
          if rights == 0 or not right then
            take_left = 1
          else
            take_left = before(left, right, by_key)
          end
        end
        if take_left == 1 then
          next = left
          left = left.next
          lefts = lefts - 1
        else
          next = right
          right = right.next
          rights = rights - 1
        end
        if not tail then
          list = next
        else
          tail.next = next
        end
        tail = next
      end
      left = right
    end
    tail.next = nil
    width = width + width
  end
  return list
end

local function list_work(list, round, crc)
  local found = 0
  for i = 0, 19 do
    local node = find(list, (round * 31 + i * 47) % 1000)
    if node then
      found = found + 1
      crc = crc16(node.value, crc)
    end
    list = reverse(list)
  end
  list = sort(list, 1)
  crc = crc16(list.value, crc)
  crc = crc16(list.next.key, crc)
  sort(list, 0)
  return crc16(found, crc)
end

local function fill_matrix(a, n, x)
  for i = 0, n * n - 1 do
    x = (x * 3877 + 29573) % 139968
    a[i] = band(x, 4095)
  end
end

local function multiply(a, b, product, n)
  for i = 0, n - 1 do
    for j = 0, n - 1 do
      local sum = 0
      for k = 0, n - 1 do
        sum = sum + a[i * n + k] * b[k * n + j]
      end
      product[i * n + j] = sum
    end
  end
end

local function matrix_work(a, b, product, n, round, crc)
  for i = 0, n * n - 1 do
    a[i] = band(a[i] + round, 4095)
  end
  multiply(a, b, product, n)
  local last = 0
  local rises = 0
  for j = 0, n * n - 1 do
    local x = product[j]
    if x > last then
      rises = rises + 1
    else
      rises = rises + 10
    end
    last = x
  end
  crc = crc16(band(last, 65535), crc)
  return crc16(rises, crc)
end

local function make_text(size)
  local text = array(size, 0)
  local x = 7
  local kind = 0
  for i = 0, size - 1 do
    x = (x * 3877 + 29573) % 139968
    local letter = floor(x / 16) % 16
    if letter == 0 then
      text[i] = 44
      kind = x % 5
    else
      if kind == 0 or letter < 9 then
        text[i] = 48 + letter % 10
      elseif kind == 1 then
        text[i] = 46
      elseif kind == 2 then
        text[i] = 101
      elseif kind == 3 then
        text[i] = 45
      else
        text[i] = 97 + letter
      end
    end
  end
  return text
end

local function digit(c)
  if c >= 48 and c <= 57 then
    return 1
  end
  return 0
end

local function step(state, c)
  if state == 0 then
    if digit(c) == 1 then return 2 end
    if c == 45 or c == 43 then return 1 end
    if c == 46 then return 3 end
  elseif state == 1 then
    if digit(c) == 1 then return 2 end
    if c == 46 then return 3 end
  elseif state == 2 then
    if digit(c) == 1 then return 2 end
    if c == 46 then return 3 end
    if c == 101 then return 4 end
  elseif state == 3 then
    if digit(c) == 1 then return 3 end
    if c == 101 then return 4 end
  elseif state == 4 then
    if digit(c) == 1 or c == 45 or c == 43 then return 5 end
  elseif state == 5 then
    if digit(c) == 1 then return 5 end
  end
  return 6
end

local function machine_work(text, finals, round, crc)
  local n = text.n
  local state = 0
  local at = round % n
  local kept = text[at]
  text[at] = 48 + round % 10
  for i = 0, 6 do
    finals[i] = 0
  end
  for j = 0, n - 1 do
    local c = text[j]
    if c == 44 then
      finals[state] = finals[state] + 1
      state = 0
    else
      state = step(state, c)
    end
  end
  text[at] = kept
  for k = 0, 6 do
    crc = crc16(finals[k], crc)
  end
  return crc
end

local function main()
  local rounds = guest.arg_i32(0, 10)
  local n = 12
  local list = make_list(60)
  local a = array(n * n, 0)
  local b = array(n * n, 0)
  local product = array(n * n, 0)
  local text = make_text(1000)
  local finals = array(7, 0)
  local crc = 0
  fill_matrix(a, n, 1)
  fill_matrix(b, n, 2)
  for i = 0, rounds - 1 do
    crc = list_work(list, i, crc)
    crc = matrix_work(a, b, product, n, i, crc)
    crc = machine_work(text, finals, i, crc)
  end
  guest.print_i32(crc)
  guest.print_char(10)
end

main()
