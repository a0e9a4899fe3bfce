"""A first spec from a compose file: what is found, what is not followed, and that the result is proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.states.durations import seconds
from titan_flow.workflow.cli.main import main
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.init.compose_file import Found, read
from titan_flow.workflow.init.health_timeouts import Health, budgets, health_of
from titan_flow.workflow.init.write_spec import spec
from titan_flow.workflow.specfile.load import load, loads

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


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    monkeypatch.chdir(tmp_path)
    Path("compose.yml").write_text(SHOP)
    return read(Path("compose.yml"))


def test_what_is_found(shop: Found) -> None:
    assert [one.name for one in shop.lasting] == ["front", "web", "db", "other"]
    assert shop.once == ("migrate", "seed") and shop.name == "shop"
    assert shop.ports == [80, 443, 8080]
    assert shop.services["front"].open_ports == ("${ADMIN_PORT}:8404",)
    assert shop.services["web"].env_files == ("web.env", "more.env")
    assert shop.services["db"].health == Health(30.0, 10.0, 5.0, 3)
    assert shop.services["other"].health is None
    assert shop.warnings == (
        "other extends another service from common.yml: what it takes from there is not seen here",
    )


def test_the_window_fits_the_health_checks_and_what_they_wait_for(shop: Found) -> None:
    """db: 30 + 3 x 10 + 5; web after it: 60 + 6 x 10 + 5."""
    made = loads(spec(shop, "compose.yml", "shop"), "made")
    within = made.flow.transitions["verify"].patience.within
    assert budgets(
        {name: one.health for name, one in shop.services.items()},
        {name: one.needs for name, one in shop.services.items()},
    ) == {"front": 190.0, "web": 190.0, "migrate": 65.0, "db": 65.0, "seed": 0.0, "debug": 0.0, "other": 0.0}
    assert 190.0 <= within <= 300.0
    assert made.flow.transitions["up"].patience.timeout > within


def test_the_command_writes_a_spec_that_is_proved(shop: Found, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "-o", "flow.yaml"]) == 0
    said = capsys.readouterr().err
    assert "other extends another service" in said and "titan-flow check flow.yaml" in said
    made = load("flow.yaml")
    assert made.flow.name == "shop"
    text = Path("flow.yaml").read_text()
    assert "[80, 443, 8080]" in text and "${ADMIN_PORT}:8404" in text and text.count("EDIT") >= 6
    assert 'masked: ["web.env", "more.env"]' in text and "once: [migrate, seed]" in text
    assert main(["init", "-o", "flow.yaml"]) == 3
    assert "is there already" in capsys.readouterr().err
    assert main(["init", "compose.yml"]) == 0
    assert capsys.readouterr().out == text


def test_the_compose_file_is_named_as_the_checkout_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Shop Repo" / ".git").mkdir(parents=True)
    (deploy := tmp_path / "Shop Repo" / "deploy").mkdir()
    (deploy / "docker-compose.yml").write_text("services: {web: {image: x, env_file: web.env}}")
    assert main(["init", str(deploy / "docker-compose.yml")]) == 0
    made = loads(capsys.readouterr().out, "made")
    assert made.flow.name == "shop-repo"
    compose = made.blocks["compose"].model_dump()
    assert (compose["file"], compose["masked"]) == (["deploy/docker-compose.yml"], ["deploy/web.env"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "is not YAML"),
        ("- a", "it is no compose file"),
        ("version: '3'", "it is no compose file"),
        ("services: {'a b': {}}", "is not the name of a service"),
        ("x: !!python/object/apply:os.system [id]\nservices: {a: {}}", "is not YAML"),
    ],
)
def test_what_is_no_compose_file_is_said_in_one_line(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text(text)
    with pytest.raises(UserError, match=says) as wrong:
        read(tmp_path / "c.yml")
    assert isinstance(wrong.value, UsageError) and "\n" not in str(wrong.value)


def test_no_file_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 2
    assert "titan-flow init FILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "is_"),
    [
        ({}, Health()),
        ({"interval": "1m30s", "retries": "5"}, Health(interval=90.0, retries=5)),
        ({"interval": "${I}", "retries": 2}, Health(retries=2, guessed=True)),
        ({"test": ["NONE"]}, None),
        (None, None),
    ],
)
def test_health_checks_as_docker_reads_them(told: object, is_: Health | None) -> None:
    assert health_of(told) == is_


def test_services_in_a_ring_do_not_hang_it() -> None:
    ring = {"a": {"b": "service_healthy"}, "b": {"a": "service_healthy"}}
    assert budgets({"a": Health(), "b": Health()}, ring)["a"] == 2 * Health().budget
    assert Health().budget == seconds("2m")
