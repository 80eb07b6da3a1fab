# filter.awk - make the comments of the public headers ones that Doxygen sees. Its input filter.
#
# SPDX-License-Identifier: MIT
#
# In the headers a comment stands in front of what it describes, or behind it on the line; declarations that follow
# each other without an empty line share the comment of the first. Lines such as "out  owned by the caller" describe a
# parameter.

# One line of a comment, its frame removed, with lists for lists and tables left as they are.
function text(line)
{
  sub(/ *\*\/ *$/, "", line)
  sub(/^ *\/?\*+ ?/, "", line)
  gsub(/#/, "\\#", line)
  gsub(/@/, "\\@", line)
  gsub(/</, "\\<", line)
  if (line ~ /^  [a-z_]+   *[a-z0-9]/ || line ~ /^       +[a-z0-9-]/) {
    line = "    " line
  } else if (line ~ /^[a-z_][a-z_0-9]*(, [a-z_][a-z_0-9]*)*  +[^ ]/) {
    match(line, /  +/)
    line = "- `" substr(line, 1, RSTART - 1) "`: " substr(line, RSTART + RLENGTH)
  }
  return line
}

function show(    i)
{
  if (lines == 0) return
  print "/**"
  for (i = 1; i <= lines; i++) print " * " doc[i]
  print " */"
}

FNR == 1 { lines = 0; body = 0; first = 1; header = FILENAME; sub(/.*\//, "", header) }

# The head of the file.
first && /^\/\*/ {
  first = 0
  print "/** @file"
  head = text($0)
  sub(/^[^ ]* - /, "", head)
  print " * @brief " head
  if (header == "vm.h") main = "/** @mainpage libvm\n"
  while ($0 !~ /\*\/ *$/ && (getline line) > 0) {
    $0 = line
    if (line ~ /SPDX/) continue
    print " * " text(line)
    main = main (header == "vm.h" ? " * " text(line) "\n" : "")
  }
  print " */"
  if (header == "vm.h") print main " */"
  next
}

# The statuses and traps stand in a list of their own.
header == "status.h" && /#define VM_(STATUS|TRAP)_ROW/ { row = /STATUS/ ? "VM_STATUS_ROW" : "VM_TRAP_ROW"; next }
header == "status.h" && /#include "vm\/status.def"/ {
  list = FILENAME
  sub(/status\.h$/, "status.def", list)
  while ((getline line < list) > 0) {
    if (index(line, row "(") != 1) continue
    split(line, part, /[(,"]/)
    meaning = line
    sub(/^.*", "/, "", meaning)
    sub(/"\).*/, "", meaning)
    sub(/ /, "", part[3])
    print (row == "VM_TRAP_ROW" ? "VM_TRAP_" : "VM_") part[2] " = " part[3] ", /**< " meaning " */"
  }
  close(list)
  next
}

/^ *\/\* ----.*---- \*\/$/ { lines = 0; next }

# A comment in front of something.
/^ *\/\*/ {
  lines = 0
  do {
    doc[++lines] = text($0)
    if ($0 ~ /\*\/ *$/) break
  } while ((getline) > 0)
  fresh = 1
  next
}

/^$/ { lines = 0; print; next }
/^(#|extern "C" \{|}$)/ && !/^#define/ { body = 0; print; next }

# What may share a comment. A body's lines are its own.
{
  declares = body == 0 && /^(VM_API|static inline|typedef|struct|enum|#define|[a-z])/ && !/^}/
  if (fresh || (declares && complete)) show()
  fresh = 0
}

# A comment behind something, which may go on in the next lines, and is for all that the line declares.
{
  line = $0
  comment = ""
  if (line ~ /[^ ] +\/\*/) {
    at = index(line, "/*")
    comment = substr(line, at + 2)
    line = substr(line, 1, at - 1)
    while (comment !~ /\*\// && (getline more) > 0) comment = comment " " more
    gsub(/ +/, " ", comment)
    comment = " /**< " comment
  }
  code = line
  opened = gsub(/{/, "{", code)
  closed = gsub(/}/, "}", code)
  if (body > 0 && line ~ /^ +[a-z_0-9 ]+ \*?[a-z_0-9]+(, \*?[a-z_0-9]+)+; *$/) {
    type = line
    sub(/,.*/, "", type)
    sub(/\*?[a-z_0-9]+$/, "", type)
    names = substr(line, length(type) + 1)
    sub(/;.*/, "", names)
    count = split(names, name, ", ")
    for (i = 1; i <= count; i++) print type name[i] ";" comment
  } else {
    print line comment
  }
  body += opened - closed
  complete = body == 0 && code ~ /[;}] *$|^#define.*[^\\]$/
}
