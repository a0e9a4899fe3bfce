"""Whether the work tree is as git would write it."""

from __future__ import annotations

import pytest

from tests.adapters.checkout import Checkout, git
from tests.adapters.git.performed import perform
from titan_flow.adapters.git.adapter import Clean, ResetTo
from titan_flow.adapters.git.work_tree import changed_files, incomplete


async def test_a_file_that_no_checkout_can_make_clean_counts_as_unchanged(repo: Checkout) -> None:
    """The commit holds CRLF and asks for LF: git calls the file changed whatever is written."""
    repo.commit("Data", data="a\r\nb\r\n")
    commit = repo.commit("Attributes", **{".gitattributes": "data text eol=lf\n"})
    action = ResetTo(commit=commit, remote="origin", branch="main")
    seen = await action.look(repo.site, None)
    assert await perform(repo.site, action, seen) == [0] * 6
    assert (await action.look(repo.site, seen.mark)).yes
    assert (await Clean().look(repo.site, None)).yes
    (repo.here / "data").write_text("by hand\n")
    assert not (await Clean().look(repo.site, None)).yes


async def test_a_pointer_of_any_name_is_found(repo: Checkout) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    commit = repo.commit("Data", **{".gitattributes": "*.bin filter=lfs\n", "größe 1.bin": pointer})
    action = ResetTo(commit=commit, remote="origin", branch="main")
    await perform(repo.site, action, await action.look(repo.site, None))
    assert "größe 1.bin is a Git LFS pointer" in (await action.look(repo.site, None)).says


@pytest.mark.parametrize(
    ("out", "says", "gets"),
    [
        ("", "", True),
        ("submodule lib a\n", "the submodule lib a is not at its commit", True),
        (
            "pointer big.bin\nsubmodule lib\n",
            "big.bin is a Git LFS pointer; the submodule lib is not at its commit",
            True,
        ),
        ("submodule lib\nno-lfs big.bin\n", "big.bin is a Git LFS pointer, and git-lfs is not installed on h", False),
        ("something else\n", "", True),
    ],
)
def test_what_a_checkout_leaves_out_in_words(out: str, says: str, gets: bool) -> None:
    assert incomplete(out, "h") == (says, gets)


async def test_a_file_that_a_person_changed_is_one(repo: Checkout) -> None:
    assert await changed_files(repo.site, "") == ()
    (repo.here / "compose").write_text("by hand\n")
    assert await changed_files(repo.site, " M compose\0") == ("compose",)
    assert await changed_files(repo.site, "M  compose\0 D gone\0") == ("compose", "gone")
    git(repo.here, "checkout", "-q", "compose")
    assert await changed_files(repo.site, " M compose\0") == (), "exactly what a checkout writes"
    (repo.here / "compose").chmod(0o755)
    assert await changed_files(repo.site, " M compose\0") == ("compose",), "its mode is not"
