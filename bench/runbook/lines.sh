# The runbook's lines as functions: what bash, Ansible and pyinfra run on the host, in bash. Needs $address.
cd /opt/titan || exit 1
files=(-f docker-compose.prod.yml --env-file compose/.env.prod)

compose() { sudo docker compose "${files[@]}" "$@"; }

tell() { # $1 subject  $2 type of an operator's message. NATS answers PONG once it has it.
    local password payload word=
    password=$(sudo sed -n 's/^NATS_OPERATOR_PASSWORD=//p' compose/.env.prod)
    payload="{\"type\":\"$2\",\"reason\":\"deployment\",\"operator_id\":\"olga\",\"id\":\"1\",\"timestamp\":\"now\"}"
    exec 3<>/dev/tcp/127.0.0.1/4222 || return
    printf 'CONNECT {"user":"operator","pass":"%s","verbose":false}\r\nPUB %s %s\r\n%s\r\nPING\r\n' \
        "$password" "$1" "${#payload}" "$payload" >&3
    until [ "$word" = PONG ]; do
        read -r -t 5 word _ <&3 || return
        word=${word%$'\r'}
        [ "$word" != -ERR ] || return 1
    done
    exec 3>&-
}

last() { sudo docker logs "$1" 2>&1 | grep -oE '^(SYSTEM|EXECUTION) (DIS)?ARMED' | tail -n 1; }

confirmed() { # $1 ARMED or DISARMED: both logs say so, within 10 seconds
    local tries=100
    until [ "$(last titan-brain)" = "SYSTEM $1" ] && [ "$(last titan-execution)" = "EXECUTION $1" ]; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.1
    done
}

keep() { # what runs now, for a rollback
    git rev-parse HEAD >/tmp/runbook.commit
    sudo docker inspect -f '{{.Config.Image}} {{.Image}}' titan-brain titan-execution >/tmp/runbook.images
}

disarm() { tell titan.cmd.operator.disarm.v1 DISARM_SYSTEM && confirmed DISARMED; }
arm() { tell titan.cmd.operator.arm.v1 ARM_SYSTEM && confirmed ARMED; }
fetch() { git fetch -q origin main && git reset -q --hard "$commit"; }
pull() { compose pull -q; }
up() { compose up -d --remove-orphans --wait --wait-timeout 20 --quiet-pull; }

green() { # no bad line in the logs, health outside and inside, one policy
    local service policies
    for service in titan-brain titan-execution; do
        ! sudo docker logs "$service" 2>&1 | grep -E 'Panic|panicked|Error|Connection refused' || return 1
        policies+=$(sudo docker logs "$service" 2>&1 | grep -oE 'Hash: [0-9a-f]{64}' | tail -n 1)$'\n'
    done
    curl -fsSk -o /dev/null "https://$address/health" || return 1
    sudo docker exec titan-brain curl -fsS -o /dev/null http://localhost:3100/health || return 1
    [ "$(printf %s "$policies" | sort -u)" = "Hash: $(sha256sum <risk_policy.json | cut -d' ' -f1)" ]
}

restore() { # the commit and the images that `keep` kept; the system stays disarmed
    tell titan.cmd.operator.disarm.v1 DISARM_SYSTEM || true
    while read -r tag id; do sudo docker tag "$id" "$tag"; done </tmp/runbook.images
    git reset -q --hard "$(cat /tmp/runbook.commit)"
}
