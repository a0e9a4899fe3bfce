# shellcheck shell=sh
# Which of titan-flow's own paths a commit carries: `.titan-flow` of the flow's directory, and, where the home of the user
# that logs in lies in the checkout, the folder of the guards. In: the commit. Out: a path a line; exit 1 where there is one,
# with the reason on stderr.

commit=$1
top=$(git rev-parse --show-toplevel) && prefix=$(git rev-parse --show-prefix) || exit
status=0

# carried PATH: it is in the commit, or something that is no folder stands where one of its folders is
carried() {
  path=$1 entry=$(git ls-tree --full-tree "$commit" -- "$1" 2>/dev/null)
  while [ -z "$entry" ]; do
    case $path in */*) path=${path%/*} ;; *) return ;; esac
    entry=$(git ls-tree --full-tree "$commit" -- "$path" 2>/dev/null)
    case $entry in '040000 tree '*) return ;; esac
  done
  printf '%s\n' "$path"
  status=1
  printf 'fatal: %s carries %s, which is titan-flow'"'"'s own\n' "$commit" "$path" >&2
}

carried "${prefix}.titan-flow"
name=$(id -un)
case $name in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) home=${HOME:-} ;; *) eval "home=~$name" ;; esac
home=$(cd -P -- "$home" 2>/dev/null && pwd -P) || exit "$status"
case $home/ in
  "$top"/) carried .local/state/titan-flow ;;
  "$top"/*) carried "${home#"$top"/}/.local/state/titan-flow" ;;
esac
exit "$status"
