"""A first spec from a compose project: what is found, what is not followed, and that the result is proved."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.specfiles import load, loads
from titan_flow.adapters.compose.healthchecks import HealthCheck
from titan_flow.states.proofs.longest_run import bound
from titan_flow.workflow.cli.main import main
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.init.compose_cli import Cli
from titan_flow.workflow.init.compose_file import Found, read
from titan_flow.workflow.init.health_budget import budgets
from titan_flow.workflow.init.write_spec import spec
from titan_flow.workflow.simulate import scenarios
from titan_flow.workflow.simulate.trip import Simulator

SHOP = """\
name: shop
x-health: &health
  test: [CMD, wget, -q, -O-, "http://127.0.0.1:8080/health"]
  interval: 10s
  timeout: 5s
  retries: 6
  start_period: 1m
services:
  front:
    image: haproxy:${TAG:-3}
    restart: always
    ports: ["80:80", "443:443", "127.0.0.1:9000:9000", "${ADMIN_PORT}:8404"]
    depends_on: {web: {condition: service_healthy}}
  web:
    build: .
    restart: always
    env_file: [web.env, {path: more.env, required: false}]
    environment: {DATABASE_URL: "postgres://shop:${DB_PASSWORD}@db/shop"}
    healthcheck: *health
    ports:
      - {target: 8080, published: "8080", protocol: tcp}
      - {target: 8081, published: "8081", host_ip: 127.0.0.1}
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
  migrate: {image: shop/migrate, depends_on: {db: {condition: service_healthy}}}
  db:
    image: postgres:15
    healthcheck: {<<: *health, start_period: 30s, retries: 3}
  seed: {image: shop/seed}
  debug: {image: shop/debug, profiles: [debug]}
  other:
    extends: {file: common.yml, service: base}
    restart: always
    healthcheck: {disable: true}
    ports: !reset []
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shop() -> Found:
    Path("compose.yml").write_text(SHOP)
    Path("common.yml").write_text("services: {base: {image: base, ports: ['7000:7000']}}")
    return read("compose.yml")


def project(files: dict[str, str]) -> Found:
    """By our own reader."""
    for name, text in files.items():
        Path(name).write_text(text)
    return read(None)


def named(**texts: str) -> Found:
    return project({"compose.yaml": "services:\n" + "".join(f"  {name}: {text}\n" for name, text in texts.items())})


def test_what_is_found(shop: Found) -> None:
    assert [one.name for one in shop.lasting] == ["front", "web", "db", "seed", "other"]
    assert [one.name for one in shop.once] == ["migrate"] and shop.project == "shop"
    assert shop.ports == [80, 443, 8080]
    assert shop.services["front"].open_ports == ("${ADMIN_PORT}:8404",)
    assert [Path(one).name for one in shop.services["web"].env_files] == ["web.env", "more.env"]
    assert shop.services["db"].health == HealthCheck(30.0, 10.0, 5.0, 3)
    assert shop.services["other"].health is None and shop.services["other"].image == "base"
    assert shop.warnings == ("not set here: ADMIN_PORT, DB_PASSWORD; the host's env file has to set what is needed",)


def test_the_window_fits_the_health_checks_and_what_they_wait_for(shop: Found) -> None:
    """db: 30 + 3 x (10 + 5); web after it: 60 + 6 x (10 + 5)."""
    made = loads(spec(shop, "shop"), "made")
    within = made.flow.transitions["verify"].patience.within
    assert 225.0 <= within <= 300.0
    assert made.flow.transitions["up"].patience.timeout > within


def test_services_in_a_ring_do_not_hang_it() -> None:
    ring = {"a": {"b": "service_healthy"}, "b": {"a": "service_healthy"}}
    assert budgets({"a": 180.0, "b": 180.0}, ring)["a"] == 360.0


@pytest.mark.usefixtures("shop")
def test_the_command_writes_a_spec_that_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "-o", "flow.yaml"]) == 0
    said = capsys.readouterr().err
    assert "not set here: ADMIN_PORT" in said and "titan-flow check flow.yaml" in said
    made = load("flow.yaml")
    assert made.flow.name == "shop"
    text = Path("flow.yaml").read_text()
    assert "[80, 443, 8080]" in text and "${ADMIN_PORT}:8404" in text and text.count("EDIT") >= 6
    assert 'masked: ["web.env", "more.env"]' in text and "once: [migrate]" in text
    assert main(["init", "compose.yml"]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.usefixtures("shop")
def test_the_first_three_scenarios_go_as_expected() -> None:
    assert main(["init", "-o", "flow.yaml"]) == 0
    made = load("flow.yaml")
    first = scenarios.read("flow.scenarios.yaml", made.flow)
    with closing(Simulator(made)) as simulator:
        found = [scenarios.verdict(simulator, one, bound(made.flow)) for one in first]
    assert [one.wrong for one in found] == ["", "", ""]


@pytest.mark.usefixtures("shop")
def test_an_existing_file_is_only_overwritten_with_force(capsys: pytest.CaptureFixture[str]) -> None:
    Path("flow.yaml").write_text("mine")
    assert main(["init", "-o", "flow.yaml"]) == 2
    assert "--force" in capsys.readouterr().err and Path("flow.yaml").read_text() == "mine"
    assert main(["init", "-o", "flow.yaml", "--force"]) == 0
    assert load("flow.yaml").flow.name == "shop"


@pytest.mark.usefixtures("shop")
def test_the_schema_that_the_spec_names_exists() -> None:
    assert main(["init", "-o", "flow.yaml"]) == 0
    line = Path("flow.yaml").read_text().splitlines()[0]
    assert Path(line.partition("$schema=")[2]).read_text().startswith("{")


@pytest.mark.usefixtures("shop")
def test_without_a_schema_file_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert "$schema" not in capsys.readouterr().out


def test_orphans_are_never_removed_and_what_is_built_is_built(shop: Found) -> None:
    text = spec(shop, "shop")
    assert "remove_orphans" not in text
    assert "do: [{compose.pull: {}}, {compose.build: {}}]" in text
    assert "compose.build" not in spec(named(web="{image: a}"), "x")


@pytest.mark.usefixtures("shop")
def test_override_files_are_listed_as_compose_reads_them() -> None:
    Path("compose.override.yaml").write_text("services: {worker: {image: w}}")
    found = read("compose.yml")
    assert found.files == ("compose.yml", "compose.override.yaml") and "worker" in found.services
    assert 'file: ["compose.yml", "compose.override.yaml"]' in spec(found, "shop")


@pytest.mark.usefixtures("shop")
def test_a_file_that_a_plain_compose_would_not_read_is_reported() -> None:
    Path(".env").write_text("COMPOSE_FILE=compose.yml:prod.yaml\n")
    Path("prod.yaml").write_text("services: {worker: {image: w}}")
    assert read("compose.yml").files == ("compose.yml", "prod.yaml")
    assert "COMPOSE_FILE" in read("common.yml").warnings[0]


def test_profiles_of_the_env_file_are_part_of_the_flow() -> None:
    found = project(
        {
            ".env": "COMPOSE_PROFILES=jobs\nCOMPOSE_PROJECT_NAME=blue\n",
            "compose.yaml": "services: {a: {image: a}, b: {image: b, profiles: [jobs]}, c: {image: c, profiles: [x]}}",
        }
    )
    text = spec(found, "blue")
    assert "profiles: [jobs]" in text and "project: blue" in text
    assert [one.name for one in found.lasting] == ["a", "b"]


def test_a_random_host_port_gets_an_edit_line() -> None:
    text = spec(named(web="{image: a, ports: ['8080']}"), "x")
    assert "# EDIT: web publishes 8080 on a random port" in text and "127.0.0.1:8080:8080" in text


def test_names_that_yaml_would_read_otherwise_are_quoted() -> None:
    found = named(**{"'8.0'": "{image: a, restart: always}", "'null'": "{image: a, restart: on-failure}"})
    made = loads(spec(found, "x"), "made").blocks["compose"].model_dump()
    assert made["once"] == ["null"]


@pytest.mark.parametrize(
    ("job", "app", "ends"),
    [
        ("{image: m, restart: on-failure}", "{image: a, depends_on: [job]}", "likely"),
        ("{image: m, restart: 'no'}", "{image: a, restart: always}", "likely"),
        ("{image: m, deploy: {restart_policy: {condition: none}}}", "{image: a, restart: always}", "likely"),
        ("{image: m, deploy: {restart_policy: {condition: on-failure}}}", "{image: a, restart: always}", "likely"),
        ("{image: m}", "{image: a, depends_on: {job: {condition: service_completed_successfully}}}", "known"),
        ("{image: m}", "{image: a, depends_on: [job]}", "unclear"),
        ("{image: m, restart: 'no'}", "{image: a, restart: 'no'}", "unclear"),
        ("{image: m, restart: always}", "{image: a}", "no"),
        ("{image: m, ports: ['80:80'], restart: on-failure}", "{image: a}", "no"),
        ("{image: m, restart: on-failure}", "{image: a, depends_on: {job: {condition: service_healthy}}}", "no"),
    ],
)
def test_one_off_services_are_found_by_restart_policy_and_dependencies(job: str, app: str, ends: str) -> None:
    found = named(job=job, app=app)
    assert found.services["job"].ends == ends
    text = spec(found, "x")
    assert ("once: [job]" in text) == (ends in ("known", "likely"))
    assert ("# EDIT: job has `restart:" in text) == (ends == "likely")
    assert ("does not show whether job" in text) == (ends == "unclear")


def test_a_service_called_seed_that_stays_up_is_not_taken_to_end() -> None:
    found = named(**{"cassandra-seed": "{image: c, init: true}", "app": "{image: a, depends_on: [cassandra-seed]}"})
    assert found.once == [] and "does not show whether cassandra-seed, app" in spec(found, "x")


def test_a_service_that_seems_to_change_data_leads_to_migrations(here: Path) -> None:
    found = named(**{"app-migrate": "{image: m, restart: on-failure}", "app": "{image: a, restart: always}"})
    assert '# migrations: ["db/migrations"]' in spec(found, "x")
    (here / "services" / "brain" / "migrations").mkdir(parents=True)
    made = loads(spec(found, "x"), "made")
    assert made.migrations == ("services/brain/migrations",)


def docker(here: Path, answers: str, seconds: float = 5) -> Cli:
    """A `docker` of this script."""
    program = here / "docker"
    program.write_text(f"#!/bin/sh\n{answers}\n")
    program.chmod(0o755)
    return Cli(str(program), seconds, {"PATH": "/usr/bin:/bin"})


IMAGE = '{"disabled":false,"start_period":120000000000,"interval":5000000000,"timeout":3000000000,"retries":5}'
REFUSES = 'if [ "$1" = compose ]; then echo "required variable X is missing" >&2; exit 1; fi'


def test_health_checks_of_images_are_asked_from_the_engine(here: Path) -> None:
    Path("compose.yaml").write_text("services: {web: {image: slow}, b: {image: plain}, c: {image: gone}}")
    answers = f"{REFUSES}\ncase $6 in slow) echo '{IMAGE}' ;; plain) echo null ;; *) exit 1 ;; esac"
    found = read(None, docker(here, answers))
    assert [one.health_from for one in found.services.values()] == ["image", "none", "unknown"]
    assert found.services["web"].health == HealthCheck(120.0, 5.0, 3.0, 5)
    text = spec(found, "x")
    assert "the image's health check, 2m + 5 x (5s + 3s): healthy within 2m40s" in text
    assert "health checks of images are unknown for c" in text
    assert loads(text, "made").flow.transitions["verify"].patience.within >= 160.0


def test_where_docker_cannot_read_it_titan_flow_does_and_reports_that(here: Path) -> None:
    Path("compose.yaml").write_text("services: {web: {image: 'a:${X:?}', ports: ['80:80']}}")
    found = read(None, docker(here, REFUSES))
    assert found.ports == [80] and "required variable X is missing" in found.warnings[0]


@pytest.mark.slow
@pytest.mark.parametrize("answers", ["sleep 60", "head -c 100 /dev/zero", "echo '[]'", "exit 3"])
def test_whatever_docker_answers_init_goes_on(answers: str, here: Path) -> None:
    Path("compose.yaml").write_text("services: {web: {image: a}}")
    found = read(None, docker(here, f"exec {answers}" if "sleep" in answers else answers, seconds=1))
    assert [*found.services] == ["web"] and "titan-flow read it by itself" in found.warnings[0]


def test_the_compose_file_is_named_as_the_checkout_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Shop Repo" / ".git").mkdir(parents=True)
    (deploy := tmp_path / "Shop Repo" / "deploy").mkdir()
    (deploy / "docker-compose.yml").write_text("services: {web: {image: x, env_file: web.env}}")
    assert main(["init", str(deploy / "docker-compose.yml")]) == 0
    made = loads(capsys.readouterr().out, "made")
    assert made.flow.name == "shop-repo"
    compose = made.blocks["compose"].model_dump()
    assert (compose["file"], compose["masked"]) == (["deploy/docker-compose.yml"], ["deploy/web.env"])


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "is not YAML"),
        ("- a", "a compose file is a mapping"),
        ("version: '3'", "it is no compose file"),
        ("services: [a]", "takes a mapping"),
        ("services: {'a b': {}}", "is not the name of a service"),
        ("services: {8.0: {image: a}}", 'write "8.0"'),
        ("services: {a: {image: a}, a: {image: b}}", "is here twice"),
        ("x: !!python/object/apply:os.system [id]\nservices: {a: {}}", "the tag"),
        ("services: {a: {extends: b}, b: {extends: a}}", "extends itself"),
        ("include: [c.yml]", "includes itself"),
        ("include: [none.yml]", "cannot be read"),
        (f"{BOMB}services: {{a: {{image: x}}}}", "expands to more than"),
        ("services: &s {a: *s}", "levels deep|not YAML"),
        ("services: " + "[" * 50_000, "levels deep|nesting depth"),
        ("services: " + "{a: " * 50_000, "levels deep"),
        ("x" * (1024 * 1024 + 1), "larger than 1024 KB"),
        ("services: {a: {image: 'x\0y'}}", "is not YAML"),
    ],
    ids=range(17),
)
def test_what_is_no_compose_file_is_reported_in_one_line(text: str, says: str) -> None:
    Path("c.yml").write_text(text)
    with pytest.raises(UsageError, match=says) as wrong:
        read("c.yml")
    assert "\n" not in str(wrong.value) and len(str(wrong.value)) < 400


@pytest.mark.slow
def test_what_is_no_regular_utf8_file_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("fifo.yml")
    Path("folder.yml").mkdir()
    Path("latin.yml").write_bytes(b"services: {a: {image: caf\xe9}}")
    for name, says in {"fifo.yml": "a pipe", "folder.yml": "a folder", "latin.yml": "not UTF-8"}.items():
        assert main(["init", name]) == 2
        said = capsys.readouterr().err
        assert says in said and "Traceback" not in said


def test_no_file_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 2
    assert "titan-flow init FILE" in capsys.readouterr().err
