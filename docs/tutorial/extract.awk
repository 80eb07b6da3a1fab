# extract.awk - take the programs out of the tutorial: awk -v out=FOLDER -f extract.awk CHAPTER...
#
# SPDX-License-Identifier: MIT
#
# A block that begins with ```LANGUAGE FILE goes to FILE; blocks of one file are parts of it, in order. With
# -v console=1 the blocks that begin with ```console are written too, to CHAPTER.console.
BEGIN { if (out == "") out = "." }
/^```/ && file != "" { file = ""; next }
/^```[a-z]+ [^ ]+$/ {
  file = out "/" $2
  if (file in seen) print "" > file
  seen[file] = 1
  next
}
/^```console$/ && console {
  file = FILENAME
  sub(/.*\//, "", file)
  sub(/\.md$/, ".console", file)
  file = out "/" file
  next
}
/^```/ { file = "/dev/null"; next }
file != "" && file != "/dev/null" { print > file }
