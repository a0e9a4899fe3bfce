"""Secrets are masked in every spelling; names are not; a sensitive value does not show itself."""

from __future__ import annotations

import json
import pickle

import pytest

from titan_flow.adapters.redaction import MASK, Redactor, Sensitive, begun, current


def test_a_sensitive_value_is_had_only_by_asking() -> None:
    value = Sensitive("hunter2-and-more")
    assert {str(value), repr(value), f"{value}", f"{value!s:>6}"} == {MASK}
    assert value.reveal() == "hunter2-and-more" and value == Sensitive("hunter2-and-more")
    for refused in (json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            refused(value)


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("DB_HOST", "postgres", "postgres"),
        ("NODE_ENV", "production", "production"),
        ("DB_PASSWORD", "production", MASK),
        ("KEY_FILE", "/run/secrets/key", "/run/secrets/key"),
        ("COMPOSE_PROJECT_NAME", "titan-prod", "titan-prod"),
        ("OTHER", "hunter2-and-more", MASK),
        ("SHORT", "abcde", "abcde"),
    ],
)
def test_configuration_stays_readable(variable: str, value: str, shown: str) -> None:
    redactor = Redactor()
    redactor.add_variables([(variable, value)])
    assert redactor(value) == shown


def test_a_name_stays_whole_though_a_secret_is_part_of_it() -> None:
    redactor = Redactor(["v1.2.3-rc", "web-production-db"])
    redactor.add_names("web-production-db", "registry.test/app:v1.2.3-rc")
    assert redactor("web-production-db runs registry.test/app:v1.2.3-rc") == (
        "web-production-db runs registry.test/app:v1.2.3-rc"
    )
    assert redactor("tag v1.2.3-rc") == f"tag {MASK}"


def test_digits_are_masked_as_a_word_and_not_inside_a_hash() -> None:
    assert Redactor(["100000"])("9b1000002e and 100000") == f"9b1000002e and {MASK}"


def test_unnamed_credentials_are_known_by_their_shape() -> None:
    redactor = Redactor()
    assert redactor("https://ghp_abcdefgh@github.com/x") == f"https://{MASK}@github.com/x"
    assert redactor("postgres://titan:hunter22@db") == f"postgres://titan:{MASK}@db"
    assert redactor("ssh://deploy@titan.example.com") == "ssh://deploy@titan.example.com"
    assert redactor("Authorization: Bearer abcdefghijk") == f"Authorization: Bearer {MASK}"


def test_the_longest_secret_is_masked_first() -> None:
    assert Redactor(["hunter2", "hunter2-and-more"])("hunter2-and-more hunter2") == f"{MASK} {MASK}"


def test_a_long_text_is_masked_by_lines() -> None:
    text = "a line without\n" * 1000
    assert Redactor(["hunter2-and-more"])(f"{text}hunter2-and-more\n{text}") == f"{text}{MASK}\n{text}"


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0b", "\x1e"])
def test_a_secret_may_hold_what_ends_a_line_elsewhere(end: str) -> None:
    secret = f"pa{end}ss{end}word"
    assert secret not in Redactor([secret])("x" * 5000 + f"\nsays {secret}\n")


def test_many_secrets_with_one_beginning_compile() -> None:
    secrets = ["s" * length for length in range(6, 200)]
    assert Redactor(secrets)("x " + "s" * 199) == f"x {MASK}"


def test_sites_of_one_context_share_a_redactor() -> None:
    with begun() as redactor:
        assert current() is redactor
    assert current() is not redactor
