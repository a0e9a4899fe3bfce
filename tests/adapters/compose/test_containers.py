"""What containers look like for people: everything but the values of their environment."""

from __future__ import annotations

import json

import pytest

from titan_flow.adapters.compose.containers import bare, environment, inspect, last_lines, read_env, secrets
from titan_flow.adapters.compose.settings import Compose

COMPOSE = Compose.model_validate({"file": "x.yml", "sudo": True})


def test_of_the_environment_only_names_are_asked_for() -> None:
    asked = " ".join(inspect(COMPOSE, "c0").argv)
    assert "json .Config.Env" not in asked and '(index (split $e "=") 0)' in asked
    assert environment(COMPOSE, "c0").argv[-2:] == ("{{json .Config.Env}}", "c0")
    assert last_lines(COMPOSE, "-x", 40).argv[-3:] == ("sh", "40", "-x") and last_lines(COMPOSE, "c", 1).sudo


@pytest.mark.parametrize(
    ("out", "env"),
    [
        ('["A=1", "B=x=y", "C"]', {"A": "1", "B": "x=y", "C": ""}),
        ('["A=1", 7, null]', {"A": "1"}),
        ("null", {}),
        ("{}", {}),
        ("", {}),
        ("no JSON", {}),
    ],
)
def test_an_environment_that_is_something_else_is_none(out: str, env: dict[str, str]) -> None:
    assert read_env(out) == env


def test_what_is_secret_by_its_name_or_a_password_in_it() -> None:
    env = {"DB_PASSWORD": "a", "API_TOKEN": "b", "PORT": "80", "DATABASE": "postgres://u:pw@h/d", "HOME": "/root"}
    assert {name for name, _ in secrets(env)} == {"DB_PASSWORD", "API_TOKEN", "DATABASE"}


def test_options_of_log_drivers_are_named_without_their_values() -> None:
    host = {"LogConfig": {"Type": "splunk", "Config": {"splunk-token": "hunter2", "a": "b"}}}
    found = bare(json.dumps({"HostConfig": host, "Name": "/x"}))
    assert "hunter2" not in json.dumps(found)
    assert found["HostConfig"] == {"LogConfig": {"Type": "splunk", "Config": ["a", "splunk-token"]}}


@pytest.mark.parametrize("out", ['{"HostConfig": null}', '{"HostConfig": {"LogConfig": []}}', "{}"])
def test_what_has_no_log_driver_stays_as_it_is(out: str) -> None:
    assert bare(out) == json.loads(out)


@pytest.mark.parametrize("out", ["", "[]", "7", "no JSON"])
def test_what_docker_does_not_print_is_refused(out: str) -> None:
    with pytest.raises(ValueError):
        bare(out)
