"""Nuclear rollback on a real postgres: a real dump, corrupted rows, a restore that dies with its host. And what a
failure leaves, and what the doctor says.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import DIRECTORY, SECRETS, Titan
from titan_flow.states import events as e
from titan_flow.workflow.postmortem.location import folder

FOLDER = "/var/backups/titan"
ROWS = 2000
SLOW = "SELECT pg_sleep(6);\n"
"""in a plain dump, so that its restore has a middle to be killed in"""


@pytest.fixture
def operator(tmp_path: Path, titan: Titan) -> TitanOperator:
    return TitanOperator(tmp_path, titan)


def sql(titan: Titan, query: str, name: str = "titan") -> str:
    login = ["env", f"PGPASSWORD={SECRETS['POSTGRES_PASSWORD']}", "psql", "-XqAt", "-h", "127.0.0.1", "-U", "titan"]
    return titan.droplet.docker("exec", "titan-postgres", *login, "-d", name, "-c", query).strip()


def rows(titan: Titan) -> str:
    return sql(titan, "SELECT count(*), sum(id), count(DISTINCT note), max(note) FROM intents")


def started(titan: Titan) -> dict[str, str]:
    return {name: f"{found['Id']} {found['State']['StartedAt']}" for name, found in titan.containers().items()}


RIGHT = f"{ROWS}|{ROWS * (ROWS + 1) // 2}|1|right"


@pytest.fixture
def backups(titan: Titan) -> Titan:
    """Right rows, and two backups of them: `good.dump`, and `slow.sql`, which takes its time."""
    titan.droplet.sh(f"rm -rf {FOLDER}; install -d -m 700 {FOLDER}")
    for name in sql(titan, "SELECT datname FROM pg_database WHERE datname LIKE 'titan\\_%'").split():
        sql(titan, f'DROP DATABASE "{name}" WITH (FORCE)')
    sql(titan, "DROP TABLE IF EXISTS intents; CREATE TABLE intents (id int PRIMARY KEY, note text NOT NULL)")
    sql(titan, f"INSERT INTO intents SELECT n, 'right' FROM generate_series(1, {ROWS}) n")
    pg_dump = f"docker exec -e PGPASSWORD={SECRETS['POSTGRES_PASSWORD']} titan-postgres pg_dump -h 127.0.0.1 -U titan"
    titan.droplet.sh(
        f"umask 077; {pg_dump} -Fc titan >{FOLDER}/good.dump; {pg_dump} titan >/tmp/plain.sql\n"
        f"{{ cat /tmp/plain.sql; printf '%s' '{SLOW}'; }} >{FOLDER}/slow.sql; rm /tmp/plain.sql"
    )
    assert rows(titan) == RIGHT
    return titan


def corrupt(titan: Titan) -> None:
    sql(titan, "DELETE FROM intents WHERE id % 2 = 0; UPDATE intents SET note = 'corrupt'")
    assert rows(titan) != RIGHT


def until(true: Callable[[], bool], within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ran(operator: TitanOperator) -> list[e.Record]:
    return operator.newest()


def test_the_data_is_restored_though_the_restore_dies_with_its_host(operator: TitanOperator, backups: Titan) -> None:
    """v2 corrupts rows. The restore is killed in its middle (-9, and the host loses its power), and resumed."""
    titan = backups
    titan.release("v2")
    assert operator.run() == 0, operator.said
    corrupt(titan)
    spec, before = str(operator.spec), started(titan)

    assert operator.titan("rollback", spec, "--nuclear") == 3
    assert "good.dump" in operator.said and "slow.sql" in operator.said and "old, " in operator.said
    assert operator.titan("rollback", spec, "--nuclear", "--backup", "gone.dump", "--yes") == 3
    assert operator.titan("rollback", spec, "--nuclear", "--backup", "good.dump") == 3
    assert f"public.intents: {ROWS // 2} rows now, {ROWS} rows in the backup" in operator.said, operator.said
    assert "add --yes" in operator.said and "everything written in the last" in operator.said
    assert started(titan) == before, "a question changes nothing"

    process = operator.start("rollback", spec, "--nuclear", "--backup", "slow.sql", "--yes")
    until(lambda: sleeping(titan) or process.poll() is not None, within=60)
    process.send_signal(signal.SIGKILL)
    operator.said, _ = process.communicate(timeout=30)
    assert process.returncode == -9, operator.said
    assert rows(titan) != RIGHT, "until it is whole, nothing is taken over"
    titan.droplet.kill()
    titan.droplet.boot()

    assert operator.titan("resume", "--yes") == 0, operator.said
    assert rows(titan) == RIGHT
    assert titan.running() == titan.ids(titan.v1) and titan.head() == titan.v1.commit
    assert not any(titan.armed().values()) and titan.get(within=5)[0] == 200

    records = ran(operator)
    id = records[0].run
    restores = [r for r in records if isinstance(r.event, e.StepIntended) and "restore_postgres" in str(r.event.act)]
    assert len(restores) == 2, "the one that died, and the one that did it"
    kept = f"{FOLDER}/titan-flow-{id}.dump"
    assert titan.droplet.sh(f"stat -c '%U %a' {kept} {FOLDER}").split() == ["root", "600", "root", "700"]
    dumped = titan.droplet.sh(f"docker exec -i titan-postgres pg_restore --data-only -f - <{kept}")
    assert dumped.count("\tcorrupt") == ROWS // 2, "the corrupted state was dumped first"
    assert sql(titan, "SELECT count(*) FROM intents WHERE note = 'corrupt'", f"titan_before_{id}") == str(ROWS // 2)
    said = operator.said + "".join(record.model_dump_json() for record in records)
    assert not [secret for secret in SECRETS.values() if secret in said]


def sleeping(titan: Titan) -> bool:
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'titan_restoring' AND query LIKE '%pg_sleep%'"
    try:
        return sql(titan, asked, "postgres") != "0"
    except AssertionError:  # it is down just now
        return False


@pytest.mark.soak
def test_over_an_unfinished_run_and_what_a_failure_left(operator: TitanOperator, backups: Titan) -> None:
    """A release that is never well leaves its bundle; then a run dies in `up`, and an operator goes all the way."""
    titan = backups
    titan.release("v2", brain={"HEALTH": "503"})
    assert operator.run() == 4, operator.said
    bundle = folder(operator.store, ran(operator)[0].run)
    assert f"saved   {bundle}/" in operator.said
    failing = next(path for path in bundle.iterdir() if path.name.endswith("-verify"))
    (inspected,) = failing.glob("titan-brain-*.json")
    told = json.loads(inspected.read_text())
    assert "DATABASE_PASSWORD" in told["Env"] and told["Image"] != titan.v1.images["titan-brain"].id
    assert told["State"]["Health"]["Status"] in ("starting", "unhealthy")
    assert (failing / inspected.with_suffix(".log").name).read_text()
    kept = "".join(path.read_text() for path in bundle.rglob("*") if path.is_file())
    assert not [secret for secret in SECRETS.values() if secret in kept] and "v2" in kept

    titan.release("v3")
    assert operator.run_dying("after-intent", "up/1") == -9
    left = ran(operator)[0].run
    corrupt(titan)
    assert operator.titan("rollback", left, "--nuclear", "--backup", "good.dump", "--yes") == 0, operator.said
    assert ran(operator)[0].run == left
    assert rows(titan) == RIGHT and titan.running() == titan.ids(titan.v1)
    assert not any(titan.armed().values())


def test_the_doctor_finds_the_database_and_a_wrong_password(operator: TitanOperator, titan: Titan) -> None:
    def asked() -> tuple[int, dict[str, list[dict[str, str]]]]:
        done = operator.start("doctor", str(operator.spec), "--json")
        out, _ = done.communicate(timeout=60)
        assert not [secret for secret in SECRETS.values() if secret in out]
        found: dict[str, list[dict[str, str]]] = {}
        for one in json.loads(out)["findings"]:
            found.setdefault(one["symptom"], []).append(one)
        return done.returncode, found

    before = started(titan)
    assert asked() == (0, {}), "all is well, and equal passwords are equal"
    assert started(titan) == before

    titan.droplet.docker("stop", "-t", "1", "titan-postgres")
    titan.droplet.sh(f"touch {DIRECTORY}/.git/index.lock")
    code, found = asked()
    assert code == 1 and "the database (postgres) does not run" in found["database"][0]["what"]
    assert "docker logs --tail 100 titan-postgres" in found["database"][0]["next"] and "git" in found
    titan.droplet.sh(f"rm {DIRECTORY}/.git/index.lock")
    titan.droplet.docker("start", "titan-postgres")

    wrong = "sed -i s/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=another-pass-of-titan/ compose/.env.prod"
    compose = "docker compose -f docker-compose.prod.yml --env-file compose/.env.prod"
    titan.droplet.sh(f"cd {DIRECTORY} && {wrong} && {compose} up -d --no-deps titan-brain", check=False)
    code, found = asked()
    what = [one["what"] for one in found["database"]]
    assert code == 1 and "titan-brain and postgres have different passwords for the database" in what, found
    assert "another-pass-of-titan" not in str(found)
