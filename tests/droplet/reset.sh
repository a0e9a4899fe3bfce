#!/bin/sh
# Back to release v1, whatever a test did. Run inside the droplet, as root, by Production.reset.
#   $1 directory  $2 url of the origin  $3 commit  $4 images to keep, as an extended regular expression
set -eu
directory=$1 url=$2 commit=$3 keep=$4

as_deploy() { sudo -n -u deploy -H "$@"; }
cd "$directory"
rm -rf .titan-flow ~deploy/.local/state/titan-flow/guards
chown -R deploy:deploy .
rm -f .git/*.lock .git/refs/heads/*.lock
[ -d .git ] || as_deploy git clone -q "$url" .
as_deploy git fetch -q --force origin main
as_deploy git checkout -q --force main
as_deploy git reset -q --hard "$commit"
as_deploy git clean -q -d -x -f -f

docker ps -aq --filter label=com.docker.compose.project!=app >/tmp/strangers
[ ! -s /tmp/strangers ] || xargs docker rm -f </tmp/strangers >/dev/null
as_deploy docker compose up -d --wait --remove-orphans --quiet-pull 2>&1

# Only v1's images stay, so that the next pull is one.
docker image ls -a --format '{{.Repository}}:{{.Tag}}' | grep -v -E -e '<none>' -e "^($keep)\$" >/tmp/extra || true
[ ! -s /tmp/extra ] || xargs docker image rm -f </tmp/extra >/dev/null
docker image prune -f >/dev/null
