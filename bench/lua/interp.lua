-- interp.lua - the algorithm of bench/programs/interp.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array, bxor = guest.array, guest.bxor

local function emit(code, at, op, operand)
  code[at] = op
  code[at + 1] = operand
  return at + 2
end

local function program(code)
  local at = 0
  at = emit(code, at, 0, 0)
  at = emit(code, at, 2, 1)
  at = emit(code, at, 0, 0)
  at = emit(code, at, 2, 2)
  at = emit(code, at, 1, 3)
  at = emit(code, at, 0, 31)
  at = emit(code, at, 5, 0)
  at = emit(code, at, 1, 2)
  at = emit(code, at, 1, 1)
  at = emit(code, at, 8, 0)
  at = emit(code, at, 3, 0)
  at = emit(code, at, 0, 65521)
  at = emit(code, at, 6, 0)
  at = emit(code, at, 2, 3)
  at = emit(code, at, 1, 2)
  at = emit(code, at, 0, 1)
  at = emit(code, at, 3, 0)
  at = emit(code, at, 2, 2)
  at = emit(code, at, 1, 2)
  at = emit(code, at, 0, 100)
  at = emit(code, at, 7, 0)
  at = emit(code, at, 10, 8)
  at = emit(code, at, 1, 1)
  at = emit(code, at, 0, 1)
  at = emit(code, at, 3, 0)
  at = emit(code, at, 2, 1)
  at = emit(code, at, 1, 0)
  at = emit(code, at, 1, 1)
  at = emit(code, at, 4, 0)
  at = emit(code, at, 10, 4)
  at = emit(code, at, 1, 3)
  emit(code, at, 11, 0)
end

local function run(code, variables, stack)
  local pc = 0
  local sp = 0
  while true do
    local op = code[pc]
    local operand = code[pc + 1]
    pc = pc + 2
    if op == 0 then
      stack[sp] = operand
      sp = sp + 1
    elseif op == 1 then
      stack[sp] = variables[operand]
      sp = sp + 1
    elseif op == 2 then
      sp = sp - 1
      variables[operand] = stack[sp]
    elseif op == 3 then
      sp = sp - 1
      stack[sp - 1] = stack[sp - 1] + stack[sp]
    elseif op == 4 then
      sp = sp - 1
      stack[sp - 1] = stack[sp - 1] - stack[sp]
    elseif op == 5 then
      sp = sp - 1
      stack[sp - 1] = stack[sp - 1] * stack[sp]
    elseif op == 6 then
      sp = sp - 1
      stack[sp - 1] = stack[sp - 1] % stack[sp]
    elseif op == 7 then
      sp = sp - 1
      stack[sp - 1] = stack[sp - 1] < stack[sp] and 1 or 0
    elseif op == 8 then
      sp = sp - 1
      stack[sp - 1] = bxor(stack[sp - 1], stack[sp])
    elseif op == 9 then
      pc = operand
    elseif op == 10 then
      sp = sp - 1
      if stack[sp] ~= 0 then
        pc = operand
      end
    else
      return stack[sp - 1]
    end
  end
end

local function main()
  local code = array(64, 0)
  local variables = array(8, 0)
  local stack = array(16, 0)
  program(code)
  variables[0] = guest.arg_i32(0, 100)
  guest.print_i32(run(code, variables, stack))
  guest.print_char(10)
end

main()
