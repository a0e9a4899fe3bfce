"""Reading commands: what they say, whatever they say."""

from __future__ import annotations

import asyncio
import os
import secrets
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Command, run
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.read import OUT, answered, last_lines, read, timed_out

ONE = (run("true"),)
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-s")


async def test_each_has_its_own_status_and_streams(shell: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    done = await read(
        LocalHost(shell),
        str(tmp_path),
        [
            run("sh", "-c", "echo hi; echo oh >&2; exit 3"),
            Command(("pwd",), cwd="sub"),
            Command(("pwd",), cwd="missing"),
            run("no-such-program"),
            run("sh", "-c", "kill -9 $$"),
        ],
    )
    assert (done[0].status, done[0].out, done[0].err) == (3, "hi\n", "oh\n")
    assert done[1].out == f"{tmp_path}/sub\n"
    assert [one.status for one in done[2:4]] == [125, 127]
    assert "missing" in done[2].err
    assert done[4].status == 137
    assert not done[4].timed_out


async def test_standard_input_arrives_byte_for_byte(shell: tuple[str, ...], tmp_path: Path) -> None:
    text = "".join(map(chr, range(0x250))) + "'\"$`\\n\\0\n\n" + "x" * 200_000
    (done,) = await read(LocalHost(shell), str(tmp_path), [run("cat", stdin=text)])
    assert done.out == text


async def test_a_command_that_reads_gets_the_end_and_not_our_script(shell: tuple[str, ...], tmp_path: Path) -> None:
    done = await read(LocalHost(shell), str(tmp_path), [run("cat"), run("echo", "still here")])
    assert [one.out for one in done] == ["", "still here\n"]


async def test_a_deadline(shell: tuple[str, ...], tmp_path: Path) -> None:
    (done,) = await read(LocalHost(shell), str(tmp_path), [run("sleep", "9", timeout=1)])
    assert done.timed_out
    assert not done.ok


async def test_hostile_output_is_output(shell: tuple[str, ...], tmp_path: Path) -> None:
    fake = f"tf{secrets.token_hex(16)}"
    evil = f"\n{fake} was 0 0 1.0 1.0\n\n{fake} end\n".encode() + bytes(range(256)) + b"\n\n"
    (tmp_path / "evil").write_bytes(evil)
    both = run("sh", "-c", "cat evil; cat evil >&2; exit 4")
    (done,) = await read(LocalHost(shell), str(tmp_path), [both])
    assert (done.status, done.out, done.err) == (4, evil.decode(errors="replace"), evil.decode(errors="replace"))


async def test_a_flood_is_cut_and_keeps_its_status(tmp_path: Path) -> None:
    flood = run("sh", "-c", "head -c 50000000 /dev/zero | tee /dev/stderr; exit 5")
    done = await read(LocalHost(), str(tmp_path), [flood, run("echo", "next")])
    assert (done[0].status, len(done[0].out), done[0].cut) == (5, OUT - 4096, True)
    assert (done[1].out, done[1].cut) == ("next\n", False)


async def test_the_login_shells_noise_is_dropped(tmp_path: Path) -> None:
    noisy = LocalHost(("sh", "-c", "echo Welcome; echo Welcome >&2; printf no-newline; exec sh -s"))
    (done,) = await read(noisy, str(tmp_path), [run("echo", "hi")])
    assert (done.out, done.err) == ("hi\n", "")


async def test_a_scrubbed_environment(shell: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_TAG", "evil")
    monkeypatch.setenv("TORN", "a\nIMAGE_TAG=worse\nPATH=/evil")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("proxy", "evil")
    clean = Command(("env",), env={"MINE": "it's\nmine"})
    ours, theirs = await read(LocalHost(shell), str(tmp_path), [clean, Command(("env",), clean=False)])
    names = {line.split("=")[0] for line in ours.out.splitlines() if "=" in line}
    assert names - {"_", "PWD", "OLDPWD", "SHLVL"} == {
        "PATH", "HOME", "LANG", "SSH_AUTH_SOCK", "MINE", "https_proxy", "NO_PROXY"
    }  # fmt: skip
    assert "MINE=it's\nmine\n" in ours.out
    assert f"HOME={os.environ['HOME']}\n" in ours.out
    assert "/usr/sbin" in next(line for line in ours.out.splitlines() if line.startswith("PATH="))
    assert "IMAGE_TAG=evil" in theirs.out


async def test_no_secret_is_in_a_process_list(tmp_path: Path) -> None:
    secret = secrets.token_hex(16)
    see = "cat >/dev/null; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"
    (done,) = await read(LocalHost(), str(tmp_path), [run("sh", "-c", see, stdin=secret)])
    assert "timeout -k 2" in done.out
    assert secret not in done.out


async def test_half_a_secret_at_a_cut_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("x\n" * (OUT // 2 - 3) + "hunter2secret\n")
    (done,) = await read(LocalHost(), str(tmp_path), [run("cat", "log")])
    assert done.cut
    assert done.out == "x\n" * (OUT // 2 - 3)


@pytest.mark.parametrize(
    ("text", "kept"), [("cret\nnext\n", "next\n"), ("x" * 5000, "x" * 904), ("x" * 4096 + "\nnext", "\nnext"), ("", "")]
)
def test_a_cut_beginning_loses_its_torn_line(text: str, kept: str) -> None:
    assert last_lines(text) == kept


async def test_nothing_asked(tmp_path: Path) -> None:
    assert await read(LocalHost(("false",)), str(tmp_path), []) == []


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        (("false",), "sh ended with 1"),
        (("sh", "-c", "echo This account is closed >&2; exit 1"), "This account is closed"),
        (("no-such-shell",), "no-such-shell"),
    ],
)
async def test_no_answer_is_unreachable(shell: tuple[str, ...], words: str, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=words):
        await read(LocalHost(shell), str(tmp_path), ONE)


async def test_a_killed_shell_is_unreachable(tmp_path: Path) -> None:
    murder = run("sh", "-c", "kill -9 \"$(awk '/PPid/{print $2}' /proc/$PPID/status)\"; sleep 0.1")
    with pytest.raises(Unreachable):
        await asyncio.wait_for(read(LocalHost(), str(tmp_path), [murder, run("pwd")]), 10)


@pytest.mark.parametrize(
    "out",
    [
        b"",
        b"\nN out 0\nhi\n",
        b"\nN out 0\nhi\n\nN was 0 0 1.0 1.1\n",
        b"\nN out 0\nhi\n\nN was 0  1.0 1.1\n\nN end\n",
        b"\nN out 0\nhi\n\nN was 0 x 1.0 1.1\n\nN end\n",
        b"\nN was 0 0 1.0 1.1\n\nN end\n",
        b"\nN end\n",
    ],
)
def test_a_torn_answer_is_none(out: bytes) -> None:
    assert answered(Said(0, out, b"\nN err 0\n\nN end\n"), ONE, "N") is None


def test_a_whole_answer() -> None:
    done = answered(Said(0, b"\nN out 0\nhi\n\nN was 0 0 1.0 1.1\n\nN end\n", b"\nN err 0\n\nN end\n"), ONE, "N")
    assert done is not None
    assert (done[0].status, done[0].out) == (0, "hi\n")


@pytest.mark.parametrize(
    ("status", "took", "expected"),
    [(124, 30.0, True), (137, 32.0, True), (143, 30.0, True), (124, 3.0, False), (137, 3.0, False), (1, 31.0, False)],
)
def test_whether_the_deadline_ended_it(status: int, took: float, expected: bool) -> None:
    assert timed_out(status, 100.0, 100.0 + took, 30.0) is expected


@pytest.mark.skipif(os.geteuid() != 0 or not os.access("/usr/bin/sudo", os.X_OK), reason="needs root and sudo")
async def test_sudo(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    env = Command(("sh", "-c", "id -u; echo $A"), sudo=True, env={"A": "passed on"})
    (done,) = await read(LocalHost(), str(tmp_path), [env])
    assert done.out == "0\npassed on\n"
    with pytest.raises(Unreachable, match="asks for a password; allow this user NOPASSWD"):
        await read(LocalHost(NOBODY), "/", [run("id", sudo=True)])
