# Programs too repetitive to keep. Each was once a way to hang, crash or exhaust the library.

# n copies of a line
function(repeat n line out)
  string(REPEAT "${line}\n" ${n} text)
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# Recursion of a frame of many traced locals: compiled code wrote it past the end of the VM stack.
function(generate_frames file)
  string(REPEAT "(ref null any), " 3000 locals)
  file(WRITE ${file} "func rec () -> () {\n  local ${locals} i32\n  call rec\n  return\n}
func main () -> (i32) {\n  try t bad\n  call rec\n  end t\n  i32.const 0\n  return
bad ((ref exn)):\n  exn.code\n  return\n}\nexport func \"main\" main\n")
endfunction()

# 255 parameters and results: all that a callee may write past the limit before its own check.
function(generate_reserve file)
  string(REPEAT "i64, " 254 types)
  repeat(255 "i64.const 1" ones)
  repeat(255 drop drops)
  set(gets "")
  foreach(i RANGE 254)
    string(APPEND gets "local.get ${i}\n")
  endforeach()
  file(WRITE ${file} "func rec (${types} i64) -> (${types} i64) {\n${gets}call rec\nreturn\n}
func main () -> (i32) {\ntry t bad\n${ones}call rec\nend t\n${drops}i32.const 0\nreturn
bad ((ref exn)):\nexn.code\nreturn\n}\nexport func \"main\" main\n")
endfunction()

# Many functions that branch on a deep stack of deeply inherited types: hours of verification.
function(generate_branches file)
  file(WRITE ${file} "type S0 struct {}\n")
  foreach(i RANGE 1 63)
    math(EXPR super "${i} - 1")
    file(APPEND ${file} "type S${i} struct : S${super} {}\n")
  endforeach()
  repeat(1999 dup dups)
  repeat(4000 "i32.const 1\nbr_if e" branches)
  string(REPEAT "(ref null S0), " 1999 types)
  foreach(i RANGE 8)
    file(APPEND ${file} "func f${i} () -> () {\nlocal (ref null S63)\nlocal.get 0\n${dups}${branches}
unreachable\ne (${types}(ref null S0)):\nunreachable\n}\n")
  endforeach()
endfunction()

# A line of text that inherits two thousand fields, many times.
function(generate_inherited file)
  string(REPEAT "i32, " 1999 fields)
  file(WRITE ${file} "type B struct {${fields}i32}\n")
  foreach(i RANGE 1 600)
    file(APPEND ${file} "type T${i} struct : B {}\n")
  endforeach()
endfunction()

function(generate kind file)
  cmake_language(CALL generate_${kind} ${file})
endfunction()
