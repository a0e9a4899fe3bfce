"""Symptoms as data: what is known, and which causes are named, with their evidence and the next command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from titan_flow.adapters.compose.by_hand import ComposeByHand
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.database.server import SERVER as DATABASE
from titan_flow.adapters.diagnosis import FRONT as DOOR
from titan_flow.adapters.diagnosis import Part, StartedWith, Symptom
from titan_flow.adapters.effects import run
from titan_flow.adapters.nats.server import SERVER as NATS_SERVER
from titan_flow.states.release import Image, Release
from titan_flow.states.values import Answer
from titan_flow.workflow.doctor.credentials import KEY, logins
from titan_flow.workflow.doctor.facts import CheckAnswer, Disk, Facts, Finding, Login
from titan_flow.workflow.doctor.rules import diagnose

FRONT = Part("traefik", "titan-traefik", True, networks=("web",), ports=(80, 443))
BRAIN = Part("titan-brain", "titan-brain", True, health="healthy", networks=("web", "inner"))
DB = Part("postgres", "titan-postgres", True, health="healthy", networks=("inner",), image="postgres:15")
NATS = Part("nats", "titan-nats", True, networks=("inner",), image="nats:2")
WELL = (FRONT, BRAIN, DB, NATS)
BAD_GATEWAY = CheckAnswer("http.ok", "https://t.example/health", DOOR, Answer.NO, "https://t.example/health: 502", 502)
REFUSED = CheckAnswer("http.ok", "https://t.example/", DOOR, Answer.NO, "nobody there", refused=True)
OLD = Release(commit="a" * 40, images={"titan-brain": Image(id="sha256:" + "1" * 64)}, rendered="r1", env="e1")
NEW = Release(commit="b" * 40, images={"titan-brain": Image(id="sha256:" + "2" * 64)}, rendered="r1", env="e2")
GB = 10**9
SERVERS = (DATABASE, NATS_SERVER)


def facts(*parts: Part, **more: object) -> Facts:
    whole = {part.service: part for part in (*WELL, *parts)}
    by_hand = ComposeByHand(Compose.model_validate({"file": "c.yml", "sudo": True}))
    known = Facts("titan.yaml", "deploy@t.example", "/opt/titan", by_hand, servers=SERVERS)
    return replace(known, parts=tuple(whole.values()), **more)  # type: ignore[arg-type]


def changed(part: Part, **fields: object) -> Part:
    return replace(part, **fields)  # type: ignore[arg-type]


DOWN = changed(BRAIN, running=False, status="exited", exit_code=1, health="none", last=("boot", "panic: no key"))
CASES: list[tuple[str, Facts, str, str, str]] = [
    # name, facts, symptom, a part of what is said, a part of the next command
    ("nothing behind the front", facts(DOWN, looks=(BAD_GATEWAY,)), "502", "titan-brain does not run", "titan-brain"),
    (
        "unhealthy behind the front",
        facts(changed(BRAIN, health="unhealthy", probe="connection refused"), looks=(BAD_GATEWAY,)),
        "502",
        "titan-brain is unhealthy",
        "docker logs --tail 100 titan-brain",
    ),
    (
        "no network in common",
        facts(changed(BRAIN, networks=("inner",)), looks=(BAD_GATEWAY,)),
        "502",
        "traefik and titan-brain share no network",
        "docker network connect web titan-brain",
    ),
    (
        "nobody listens at the front",
        facts(changed(FRONT, running=False, status="exited", exit_code=2), looks=(REFUSED,)),
        "502",
        "the front service (traefik) does not run",
        "titan-traefik",
    ),
    (
        "the front itself",
        facts(changed(FRONT, running=False, status="exited", exit_code=2), looks=(BAD_GATEWAY,)),
        "502",
        "the front service (traefik) does not run",
        "titan-traefik",
    ),
    (
        "front by its own fault",
        facts(
            changed(BRAIN, last=("x",)),
            changed(DB, networks=("web",)),
            changed(NATS, networks=("web",)),
            looks=(BAD_GATEWAY,),
        ),
        "502",
        "every container runs and is healthy",
        "titan-traefik",
    ),
    (
        "the database is down",
        facts(changed(DB, running=False, status="exited", exit_code=1, last=("data directory is corrupt",))),
        "database",
        "the database (postgres) does not run",
        "titan-postgres",
    ),
    (
        "a wrong password, by the log",
        facts(changed(BRAIN, last=('FATAL: password authentication failed for user "titan"',))),
        "database",
        "titan-brain logs errors about its connection to the database",
        "titan-postgres",
    ),
    (
        "no way to the database",
        facts(changed(BRAIN, last=("ECONNREFUSED 10.0.0.2:5432",))),
        "database",
        "titan-brain logs errors",
        "titan-postgres",
    ),
    (
        "NATS turns away",
        facts(changed(BRAIN, last=("NatsError: 'Authorization Violation'",))),
        "nats",
        "titan-brain logs errors about its connection to NATS",
        "titan-nats",
    ),
    (
        "NATS from here",
        facts(
            looks=(
                CheckAnswer(
                    "nats.reachable", "nats.reachable", "nats", Answer.UNKNOWN, "nats://127.0.0.1:4222: refused"
                ),
            )
        ),
        "nats",
        "titan-flow cannot connect to NATS",
        "titan-flow preflight titan.yaml",
    ),
    (
        "a crash loop",
        facts(changed(BRAIN, running=False, status="restarting", restarts=7, exit_code=1, last=("relation missing",))),
        "crash loop",
        "titan-brain crash-loops",
        "docker logs",
    ),
    ("young again", facts(changed(BRAIN, restarts=3, age=4.0)), "crash loop", "titan-brain crash-loops", "docker logs"),
    (
        "killed because memory ran out",
        facts(changed(BRAIN, running=False, status="exited", exit_code=137, oom_killed=True)),
        "memory",
        "titan-brain was killed because memory ran out",
        "free -m",
    ),
    ("missing", facts(expected=("redis",)), "missing", "redis has no container", "titan-flow plan"),
    ("disk", facts(disks=(Disk("/var/lib/docker", 50 * GB, GB // 10),)), "disk full", "/var/lib/docker", "system df"),
    ("inodes", facts(disks=(Disk("/", 50 * GB, 9 * GB, 1000, 3),)), "disk full", "no inodes are left at /", "docker"),
    (
        "disk, by a log",
        facts(changed(DB, last=("could not write: No space left on device",))),
        "disk full",
        "postgres could not write: the disk was full",
        "df -h",
    ),
    (
        "what an adapter found",
        facts(symptoms=(Symptom("git", "git is locked", ("/x was left behind",), run("rm", "/x")),)),
        "git",
        "git is locked",
        "ssh deploy@t.example 'rm /x'",
    ),
    (
        "orphan lock",
        facts(holder={"run": "7Q3F", "alive": "no", "operator": "olga@laptop", "since": "14:02"}),
        "unfinished run",
        "run 7Q3F holds the lock",
        "titan-flow resume 7Q3F",
    ),
    ("unfinished here", facts(unfinished="7Q3F"), "unfinished run", "7Q3F is unfinished", "titan-flow resume 7Q3F"),
    ("drift", facts(recorded=OLD, running=NEW), "drift", "what runs is not aaaaaaa", "titan-flow rollback titan.yaml"),
    ("host", facts(unreachable="timed out"), "unreachable", "the host does not answer", "ssh -v deploy@t.example"),
]


@pytest.mark.parametrize(("known", "symptom", "what", "next"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_the_likely_cause_is_named_first(known: Facts, symptom: str, what: str, next: str) -> None:
    found = diagnose(known)
    mine = [one for one in found if one.symptom == symptom and what in one.what]
    assert mine, found
    assert next in mine[0].next and all(one.evidence for one in found)


@pytest.mark.parametrize(
    "known",
    [
        facts(),
        facts(recorded=OLD, running=OLD),
        facts(changed(BRAIN, restarts=2, age=4000.0)),
        facts(changed(BRAIN, last=("connected to postgres at db:5432", "0 errors"))),
        facts(Part("migrate", "m", False, "exited", exit_code=0, once=True)),
        facts(holder={"run": "7Q3F", "alive": "yes"}, unfinished="7Q3F"),
        facts(disks=(Disk("/", 50 * GB, 9 * GB, 0, 0),)),
    ],
)
def test_what_is_well_is_left_alone(known: Facts) -> None:
    assert diagnose(known) == []


def test_evidence_of_drift_is_by_hash_and_id() -> None:
    (found,) = diagnose(facts(recorded=OLD, running=NEW))
    assert found.evidence == (
        "the checkout is at bbbbbbb, not aaaaaaa",
        "titan-brain runs 222222222222, not 111111111111",
        "the env file has changed (by its hash)",
    )


def test_what_the_rest_may_follow_from_comes_first() -> None:
    first = Symptom("docker", "docker does not answer", ("permission denied",), run("docker", "info"), first=True)
    later = Symptom("git", "git is locked", ("/x",), run("rm", "/x"))
    found = diagnose(facts(DOWN, symptoms=(later, first)))
    assert found[0].symptom == "docker" and found[-1].symptom == "git" and len(found) > 2


def test_a_command_for_the_host_goes_through_ssh_and_one_for_here_does_not() -> None:
    assert facts().on_host(run("ls", "a b", sudo=True)) == "ssh deploy@t.example 'sudo ls '\"'\"'a b'\"'\"''"
    assert Facts("s.yaml").on_host(run("docker", "ps")) == "docker ps"


def test_where_nobody_knows_more_titan_flow_itself_is_named() -> None:
    known = replace(facts(DOWN, looks=(BAD_GATEWAY,), disks=(Disk("/", 50 * GB, GB // 10),)), by_hand=None)
    assert {one.next.split("'")[-1] for one in diagnose(known)} >= {"titan-flow status titan.yaml"}
    assert not any("docker" in one.next for one in diagnose(known))


# ------------------------------------------------------------------------------------------------------- credentials

SECRET, OTHER = "p@ss word/1", "hunter22"
URL = "postgres://titan:p%40ss%20word%2F1@postgres:5432/titan"
SERVER = {"POSTGRES_USER": "titan", "POSTGRES_PASSWORD": SECRET, "PATH": "/bin"}


def told(part: Part, env: dict[str, str], *args: str) -> tuple[Login, ...]:
    return tuple(logins(part, StartedWith(part.service, env, args), SERVERS))


def compared(client: dict[str, str], server: dict[str, str] = SERVER, kind: str = "database") -> list[Finding]:
    part = {"database": DB, "nats": NATS}[kind]
    known = (*told(part, server), *told(BRAIN, client))
    assert not any(text in str(known) for text in (SECRET, OTHER, "p%40ss"))
    return [one for one in diagnose(facts(logins=known)) if one.symptom == kind]


@pytest.mark.parametrize(
    ("client", "differ"),
    [
        ({"DATABASE_URL": URL}, False),
        ({"DATABASE_URL": URL.replace("p%40ss%20word%2F1", OTHER)}, True),
        ({"DB_USER": "titan", "DB_PASSWORD": SECRET}, False),
        ({"DB_USER": "titan", "DB_PASSWORD": OTHER}, True),
        ({"DB_USER": "reader", "DB_PASSWORD": OTHER}, False),  # another user has another password
        ({"PGPASSWORD": OTHER}, True),
        ({"DATABASE_URL": URL.replace("postgres:", "postgresql+psycopg:")}, False),
        ({"DATABASE_URL": "postgres://titan@postgres/titan", "DB_PASSWORD_FILE": "/run/secrets/x"}, False),
        ({"REDIS_URL": "redis://:other@redis"}, False),
    ],
)
def test_passwords_are_compared_and_never_shown(client: dict[str, str], differ: bool) -> None:
    found = compared(client)
    assert bool(found) is differ
    for one in found:
        assert "titan-brain and postgres have different passwords" in one.what
        assert KEY.hex() not in str(one) and SECRET not in str(one) and OTHER not in str(one)


def test_of_nats_too_also_from_its_command_line() -> None:
    args = ["-js", "--user", "titan", "--pass", SECRET]
    known = (
        *told(NATS, {}, *args),
        *told(BRAIN, {"NATS_URL": f"nats://titan:{OTHER}@nats"}),
    )
    (found,) = [one for one in diagnose(facts(logins=known)) if one.symptom == "nats"]
    assert "titan-brain and nats have different passwords for NATS" in found.what
    assert (
        compared({"NATS_USER": "t", "NATS_PASSWORD": SECRET}, {"NATS_USER": "t", "NATS_PASSWORD": SECRET}, "nats") == []
    )
