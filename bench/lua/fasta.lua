-- fasta.lua - the algorithm of examples/fasta.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array

local seed = 42

local function random(max)
  seed = (seed * 3877 + 29573) % 139968
  return max * seed / 139968.0
end

local function repeat_fasta(sequence, n)
  local length = sequence.n
  local line = array(61, 0)
  local at = 0
  while n > 0 do
    local m = n
    if m > 60 then
      m = 60
    end
    for i = 0, m - 1 do
      line[i] = sequence[at]
      at = at + 1
      if at == length then
        at = 0
      end
    end
    line[m] = 10
    guest.write(line, 0, m + 1)
    n = n - m
  end
end

local function make_cumulative(p)
  local sum = 0.0
  for i = 0, p.n - 1 do
    sum = sum + p[i]
    p[i] = sum
  end
end

local function random_fasta(symbols, p, n)
  local line = array(61, 0)
  while n > 0 do
    local m = n
    if m > 60 then
      m = 60
    end
    for i = 0, m - 1 do
      local r = random(1.0)
      local k = 0
      while p[k] < r do
        k = k + 1
      end
      line[i] = symbols[k]
    end
    line[m] = 10
    guest.write(line, 0, m + 1)
    n = n - m
  end
end

local function iub_probabilities()
  local p = array(15, 0.0)
  p[0] = 0.27
  p[1] = 0.12
  p[2] = 0.12
  p[3] = 0.27
  for i = 4, 14 do
    p[i] = 0.02
  end
  return p
end

local function sapiens_probabilities()
  local p = array(4, 0.0)
  p[0] = 0.3029549426680
  p[1] = 0.1979883004921
  p[2] = 0.1975473066391
  p[3] = 0.3015094502008
  return p
end

local function main()
  local n = guest.arg_i32(0, 1000)
  local iub = iub_probabilities()
  local sapiens = sapiens_probabilities()
  make_cumulative(iub)
  make_cumulative(sapiens)
  io.write(">ONE Homo sapiens alu\n")
  repeat_fasta(guest.bytes("GGCCGGGCGCGGTGGCTCACGCCTGTAATCCCAGCACTTTGGGAGGCCGAGGCGGGCGGATCACCTGAGGTCAGGAGTTCGAGACCAGCCTGGCCAACATGGTGAAACCCCGTCTCTACTAAAAATACAAAAATTAGCCGGGCGTGGTGGCGCGCGCCTGTAATCCCAGCTACTCGGGAGGCTGAGGCAGGAGAATCGCTTGAACCCGGGAGGCGGAGGTTGCAGTGAGCCGAGATCGCGCCACTGCACTCCAGCCTGGGCGACAGAGCGAGACTCCGTCTCAAAAA"), n * 2)
  io.write(">TWO IUB ambiguity codes\n")
  random_fasta(guest.bytes("acgtBDHKMNRSVWY"), iub, n * 3)
  io.write(">THREE Homo sapiens frequency\n")
  random_fasta(guest.bytes("acgt"), sapiens, n * 5)
end

main()
