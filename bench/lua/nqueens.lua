-- nqueens.lua - the algorithm of bench/programs/nqueens.vma in Lua.
--
-- SPDX-License-Identifier: MIT
package.path = arg[0]:gsub("[^/]*$", "") .. "?.lua"
local guest = require("guest")
local array = guest.array

local function place(board, row)
  local n = board.size
  if row == n then
    board.solutions = board.solutions + 1
    return
  end
  local columns = board.columns
  local up = board.up
  local down = board.down
  for c = 0, n - 1 do
    if columns[c] == 0 and up[row + c] == 0 and down[row - c + n] == 0 then
      columns[c] = 1
      up[row + c] = 1
      down[row - c + n] = 1
      place(board, row + 1)
      columns[c] = 0
      up[row + c] = 0
      down[row - c + n] = 0
    end
  end
end

local function main()
  local n = guest.arg_i32(0, 8)
  local board = {size = n, columns = array(n, 0), up = array(n + n, 0), down = array(n + n + 1, 0), solutions = 0}
  place(board, 0)
  guest.print_i32(n)
  io.write(" queens: ")
  guest.print_i32(board.solutions)
  io.write("\n")
end

main()
