# shellcheck shell=sh disable=SC2015,SC2123,SC3013,SC3067
# Shared by looks and jobs. Definitions only: a script that arrives cut off must do nothing at all.

# What may come along from the login: where programs are, by which key git connects, and through which proxy; never what
# a command means. bash cannot unset its own read-only ones.
# No process is started for it: this begins every script.
LINE='
'
rest=$(export -p)$LINE NAMES=
while [ -n "$rest" ]; do
  name=${rest%%"$LINE"*} rest=${rest#*"$LINE"}
  case $name in
    'export '*) name=${name#export } ;;
    'declare -'*) name=${name#declare -* } ;;
    *) continue ;; # the rest of a value
  esac
  name=${name%%=*}
  case $name in
    PATH | HOME | SSH_AUTH_SOCK | GIT_SSH_COMMAND | SHELLOPTS | BASHOPTS | UID | EUID | PPID) ;;
    http_proxy | https_proxy | all_proxy | no_proxy | HTTP_PROXY | HTTPS_PROXY | ALL_PROXY | NO_PROXY) ;;
    '' | [0-9]* | *[!A-Za-z0-9_]*) ;;
    *) NAMES="$NAMES $name" ;;
  esac
done

scrub() {
  set +e +f +u +v +x
  # shellcheck disable=SC2086
  unset IFS $NAMES
  # a relative entry of PATH would be a folder of the checkout
  entries=$PATH: PATH=
  while [ -n "$entries" ]; do
    case $entries in /*) PATH=$PATH${entries%%:*}: ;; esac
    entries=${entries#*:}
  done
  PATH=$PATH/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  HOME=${HOME:-/} LANG=C.UTF-8
  export PATH HOME LANG
}
