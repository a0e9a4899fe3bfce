# shellcheck shell=sh
# Shared by looks and jobs. Definitions only: a script that arrives cut off must do nothing at all.

# What may come along from the login: where programs are, and by which key git connects; never what a command means.
NAMES=$(env | sed -n -e '/^\(PATH\|HOME\|SSH_AUTH_SOCK\|GIT_SSH_COMMAND\|SHELLOPTS\|BASHOPTS\)=/d' \
  -e 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p')

scrub() {
  # shellcheck disable=SC2086
  unset $NAMES
  PATH="${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  HOME=${HOME:-/} LANG=C.UTF-8
  export PATH HOME LANG
}
