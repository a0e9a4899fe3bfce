# shellcheck shell=sh
# The guard's folder: where it lies, how it is entered, read and written. Part of the guard; definitions only.
#
# It lies in the state directory of the user that logs in, named after the canonical path of ROOT: nothing that git
# checks out, cleans or resets in ROOT reaches it. What is damaged or foreign in it is set aside, and blocks nothing.

say() { printf '\n%s %s\n' "$NONCE" "$*"; }

no() {
  [ -z "$GUARD" ] || { say at; printf '%s' "$GUARD"; }
  say refused "$@"
  say end
  exit 0
}

# The umask that commands get; ours keeps everything here to ourselves.
# shellcheck disable=SC2034
USUAL=$(umask)
GUARD='' EARLIER='' ANEW=''

# a_number TEXT: one that sh can count with; no leading zero, which would make it octal
a_number() { case $1 in '' | *[!0-9]* | 0?* | ???????????????????*) return 1 ;; esac; }

# a_name TEXT: letters, digits, dots, dashes; what a file of ours may be called
a_name() { case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) return 1 ;; esac; }

# is KIND PATH: whether it is of that kind (f or d), no link, and ours
is() { [ ! -h "$2" ] && test "-$1" "$2" && [ -O "$2" ]; }

set_aside() {
  is d foreign || rm -f foreign
  mkdir -p foreign && mv -f "$1" "foreign/$(date -u +%Y%m%dT%H%M%S).$$.${1##*/}" || no foreign "$1"
}

# own KIND NAME: what has that name and is not ours, or not of that kind, is set aside
own() {
  is "$1" "$2" || { [ ! -e "$2" ] && [ ! -h "$2" ]; } || set_aside "$2"
}

# LINE: what a file of ours holds on its first line; empty where there is no such file
first_line() {
  LINE=
  ! is f "$1" || [ ! -r "$1" ] || IFS= read -r LINE <"$1" || true
}

# put FILE TEXT: whole or not at all, and on the disk before we go on
put() {
  own f "$1"
  own f "$1.new"
  printf '%s\n' "$2" >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1" && sync .
}

# Something to give back when the disk is full: a rollback has to start even then.
spare() { own f reserve && [ -s reserve ] || head -c 65536 /dev/zero >reserve 2>/dev/null; }

put_or_refuse() { put "$@" 2>/dev/null || { rm -f reserve && put "$@" 2>/dev/null; } || no full; }

# Sets HERE, the directory's canonical path, and GUARD. Only the directory's owner has a guard for it, else two users
# would have two. The home is the password database's: HOME is what a shell says.
locate() {
  cd -P -- "$ROOT" 2>/dev/null || no directory
  HERE=$(pwd -P)
  me=$(id -un 2>/dev/null)
  [ -O . ] || no owner "${me:-?}" "$(stat -c %U . 2>/dev/null)"
  a_name "$me" && eval "home=~$me"
  case ${home:-} in /*) ;; *) home=${HOME:-} ;; esac
  case $home in /?*) ;; *) no home ;; esac
  command -v sha256sum >/dev/null || no tool sha256sum
  sum=$(printf '%s' "$HERE" | sha256sum)
  guards=$home/.local/state/titan-flow/guards
  GUARD=$guards/${sum%% *}
  [ -e "$GUARD" ] || mounted_elsewhere
  for path in "$guards" "$GUARD"; do
    [ ! -h "$path" ] || no linked "$path"
    [ ! -e "$path" ] || is d "$path" || no foreign "$path"
  done
}

# A bind mount is a second path to one directory: its guard is the one that the first path has.
mounted_elsewhere() {
  for other in "$guards"/*/directory; do
    first_line "$other"
    [ -z "$LINE" ] || ! [ "$LINE" -ef . ] || GUARD=${other%/*}
  done
}

# Enters the folder to read in it; false where there is none. Before the first writing it is still where earlier
# versions had it. A newer titan-flow's folder is left alone.
peek() {
  [ -n "$GUARD" ] || locate
  if [ -d "$GUARD" ]; then
    cd -P -- "$GUARD" 2>/dev/null || no folder
  elif earlier; then
    cd .titan-flow || no folder
    EARLIER=yes
  else
    return 1
  fi
  first_line version
  ! a_number "$LINE" || [ "$LINE" -le "$FORMAT" ] || no newer "$LINE"
}

# ends_within SECONDS FILE: whether whoever has it locked lets go in time. No descriptor of ours is locked: busybox's
# `timeout` leaves a watcher behind for up to a second, which would hold it.
ends_within() { flock -n -s "$2" true || timeout "$1" flock -s "$2" true; }

# Descriptor 9 is the lock of the folder that we are in; one that was removed meanwhile locks nothing.
lock() {
  [ -w . ] || no folder
  while :; do
    own f lock
    exec 9>>lock
    if flock -n 9; then
      [ lock -ef /proc/self/fd/9 ] && return
      exec 9>&-
    else
      exec 9>&-
      ends_within 20 lock || no stuck lock
    fi
  done
}

tools() {
  for tool in flock timeout setsid mkfifo; do
    command -v "$tool" >/dev/null || no tool "$tool"
  done
  umask 077
}

# The same for whoever is about to change something.
enter() {
  tools
  locate
  [ -d "$GUARD" ] || no absent
  peek || no absent
  lock
  rooms
}

rooms() {
  for room in runs jobs present; do
    is d "$room" || { own d "$room"; mkdir -p "$room" || no full; }
  done
}

# Whether the folder of an earlier version is in the directory, made by it and not by a commit.
earlier() {
  is d .titan-flow && [ -s .titan-flow/id ] || return 1
  [ -z "$(git ls-files -- .titan-flow 2>/dev/null | head -n 1)" ] || no tracked
}

KEPT_FILES='id epoch holder brake reserve runs jobs'

# Once: what an earlier version kept in the directory comes to the new place. Its lock and the raised version stop that
# version first; a job that it started ends before.
migrate() {
  cd .titan-flow || no folder
  lock
  if [ ! -d "$GUARD" ]; then
    put_or_refuse version "$FORMAT"
    own f busy
    [ ! -e busy ] || ends_within 20 busy || no earlier_job
    rm -rf "$GUARD.new"
    mkdir -p "$GUARD.new" || no home
    for name in $KEPT_FILES; do
      [ ! -e "$name" ] || [ -h "$name" ] || cp -RPp "$name" "$GUARD.new/" || no full
    done
    find "$GUARD.new" ! -type f ! -type d -exec rm -f {} +
    first_line brake
    printf '%s\n' "${LINE:-0 -}" >"$GUARD.new/disarm" && rm -f "$GUARD.new/brake" || no full
    sync "$GUARD.new/disarm" && mv "$GUARD.new" "$GUARD" || no full
  fi
  for name in $KEPT_FILES present; do rm -rf "$name"; done
  exec 9>&-
  cd -P -- "$HERE" || no directory
}

# An earlier titan-flow looks in the directory: what it finds there makes it refuse.
leave_a_sign() {
  [ ! -h .titan-flow ] && mkdir -p .titan-flow && cd .titan-flow || return 0
  [ -f .gitignore ] || printf '*\n' >.gitignore
  first_line version
  [ "$LINE" = "$FORMAT" ] || { rm -rf version; printf '%s\n' "$FORMAT" >version; }
} 2>/dev/null
