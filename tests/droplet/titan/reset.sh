#!/bin/sh
# Back to release v1, plainly deployed and disarmed. Run inside the droplet, as root, by Titan.reset, behind strays.sh.
#   $1 directory  $2 url of the origin  $3 commit  $4 images to keep, as an extended regular expression
directory=$1 url=$2 commit=$3 keep=$4

as_deploy() { sudo -n -u deploy -H "$@"; }
cd "$directory"
rm -rf .titan-flow ~deploy/.local/state/titan-flow/guards
# Only what is not theirs: git writes a file anew whose times have changed, and what mounts it is then out of date.
find . ! -user deploy -exec chown -h deploy:deploy {} +
rm -f .git/*.lock .git/refs/heads/*.lock
[ -d .git ] || as_deploy git clone -q "$url" .
as_deploy git fetch -q --force origin main
as_deploy git checkout -q --force main
as_deploy git reset -q --hard "$commit"
as_deploy git clean -q -d -x -f -f

mkdir -p compose
umask 077
cp /etc/titan/env.prod compose/.env.prod
umask 022

compose() { docker compose -f docker-compose.prod.yml --env-file compose/.env.prod "$@"; }
docker ps -aq --filter label=com.docker.compose.project!=titan >/tmp/strangers
[ ! -s /tmp/strangers ] || xargs docker rm -f </tmp/strangers >/dev/null
compose pull -q
# What was deployed here last has a log and a past of its own.
compose rm -s -f titan-brain titan-execution 2>/dev/null
compose up -d --wait --remove-orphans --quiet-pull 2>&1

docker image ls -a --format '{{.Repository}}:{{.Tag}}' | grep -v -E -e '<none>' -e "^($keep)\$" >/tmp/extra || true
[ ! -s /tmp/extra ] || xargs docker image rm -f </tmp/extra >/dev/null
docker image prune -f >/dev/null
