# Reads a rendered compose file (JSON, one key a line) and says what it declares beside services, a fact a line:
#   @networks KEY | @volumes KEY | @configs KEY | @secrets KEY, and then, of that one:
#   name, external, driver, internal, attachable, enable_ipv6, subnet   as in the file (none of them is a secret)
#   driver_opts   that there are some
#   hash     compose's own of a network or volume; `local`: of a volume whose driver is written out
#   options  hash of a volume's driver options
#   content  hash of what is written into a container; `environment` names the variable that holds it
# A value that may be a secret is hashed here, and only its hash is printed.
# shellcheck shell=sh
declared() {
  LC_ALL=C awk '
  function sum(name, text) { printf "%s ", name; fflush(); printf "%s", text | "sha256sum"; close("sha256sum") }
  function value(line) { sub(/^ *"([^"\\]|\\.)*": /, "", line); sub(/,$/, "", line); return line }
  function compact(line) {
    sub(/^ */, "", line)
    if (match(line, /^"([^"\\]|\\.)*": /)) line = substr(line, 1, RLENGTH - 1) substr(line, RLENGTH + 1)
    return line
  }
  function code(digits,   i, n) {
    for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
    if (n < 128) return sprintf("%c", n)
    if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
    return sprintf("%c%c%c", 224 + int(n / 4096), 128 + int(n / 64) % 64, 128 + n % 64)
  }
  function plain(text,   found, at, mark) {
    text = substr(text, 2, length(text) - 2)
    while (at = index(text, "\\")) {
      found = found substr(text, 1, at - 1)
      mark = substr(text, at + 1, 1)
      text = substr(text, at + 2)
      if (mark == "u") { found = found code(text); text = substr(text, 5) }
      else if (mark == "n") found = found "\n"
      else if (mark == "t") found = found "\t"
      else if (mark == "r") found = found "\r"
      else if (mark == "b") found = found sprintf("%c", 8)
      else if (mark == "f") found = found sprintf("%c", 12)
      else found = found mark
    }
    return found text
  }
  function dollars(text) { gsub(/\$\$/, "$", text); return text }
  function ended() {
    if (kind == "networks" || kind == "volumes") sum("hash", dollars("{" first rest "}"))
    if (kind == "volumes") {
      if (rest !~ /^"driver":/) {
        sub(/,$/, "", first)
        sum("local", dollars("{" first ",\"driver\":\"local\"" (rest == "" ? "" : "," rest) "}"))
      }
      sum("options", dollars(options))
    }
  }
  /^  "/ { kind = ""; if (match($0, /^  "(networks|volumes|configs|secrets)": [{]$/)) { kind = $1; gsub(/[":]/, "", kind) } }
  kind == "" { next }
  /^    "/ { key = $1; gsub(/^"|":$/, "", key); print "@" kind, key; first = rest = options = part = ""; next }
  /^    }/ { ended(); next }
  /^      "/ { part = $1; gsub(/[":]/, "", part) }
  /^      / {
    if (first == "") first = compact($0); else rest = rest compact($0)
    if ($0 ~ /^      "(name|external|driver|internal|attachable|enable_ipv6|environment|driver_opts)": /) print part, value($0)
    if (part == "content" && $0 ~ /^      "/ && value($0) != "\"\"") sum("content", dollars(plain(value($0))))
    if (part == "driver_opts" && $0 ~ /^        "/) { sub(/^ */, ""); sub(/,$/, ""); options = options $0 "\n" }
    if (part == "ipam" && $0 ~ /^ *"subnet": /) print "subnet", value($0)
  }
  '
}

# The same of the variables $1 (names, with spaces between) in what `docker compose config --environment` prints.
environment_hashes() {
  LC_ALL=C awk -v names=" $1 " '
  function ended() {
    if (name != "" && text != "") { printf "content "; fflush(); printf "%s", text | "sha256sum"; close("sha256sum") }
    name = ""
  }
  /^[A-Za-z_][A-Za-z0-9_]*=/ {
    ended()
    at = index($0, "=")
    if (index(names, " " substr($0, 1, at - 1) " ")) {
      name = substr($0, 1, at - 1)
      text = substr($0, at + 1)
      print "@environment", name
    }
    next
  }
  name != "" { text = text "\n" $0 }
  END { ended() }
  '
}
