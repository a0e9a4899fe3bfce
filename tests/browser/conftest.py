"""One Chromium for all tests here; where the machine has none they are skipped, saying so, and in CI they fail."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser.chromium import Chromium, program


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.config.pluginmanager.hasplugin("xdist"):  # one browser, one worker
        item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    found = program()
    if found is None:
        reason = "there is no Chromium here: apt-get install chromium, or make droplet"
        if os.environ.get("TITAN_FLOW_DROPLET") == "required":
            pytest.fail(f"TITAN_FLOW_DROPLET=required, but {reason}", pytrace=False)
        pytest.skip(reason)
    made = Chromium(found, tmp_path_factory.mktemp("chromium"))
    try:
        yield made
    finally:
        made.close()
