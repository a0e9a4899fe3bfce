# The runbook, behind lines.sh in one script over one connection. Needs $commit. Exit 4: the old release runs again.
keep && disarm && fetch && pull || exit 1
if up && green; then
    arm || exit 1
else
    restore && up && green && exit 4
    exit 1
fi
