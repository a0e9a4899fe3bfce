"""SSH keys that prove who drives: signed and verified by ssh-keygen, judged by its exit status alone."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from titan_flow.adapters.plain_file import Unreadable, is_plain, plain_bytes

NAMESPACE = "operator@titan-flow"
WHO = "operator"
PATIENCE = 60
"""seconds for a passphrase, or a touch"""
LARGEST = 64 * 1024
"""bytes of a key's file"""


class CannotSign(Exception):
    """One line: why there is no signature."""


def fingerprint(line: str) -> str | None:
    """`SHA256:…` of a public key line (`ssh-ed25519 AAAA… comment`), as OpenSSH prints it; None where it is none."""
    try:
        blob = base64.b64decode(line.split()[1], validate=True)
    except (IndexError, ValueError):
        return None
    return _fingerprint(blob)


def agent_keys() -> list[str]:
    """The public key lines of the SSH agent; none where there is no agent."""

    if "SSH_AUTH_SOCK" not in os.environ:
        return []
    status, out, _ = _run("ssh-add", ["-L"], timeout=5)
    return [line for line in out.splitlines() if fingerprint(line)] if status == 0 else []


def public_key(file: str) -> str:
    """The public key line of a private key's file, or of its `.pub`. Raises CannotSign."""
    path = Path(file).expanduser()
    if "\0" in file:
        raise CannotSign("a file's name holds no NUL byte")
    for candidate in (path, Path(f"{path}.pub")):
        try:
            text = plain_bytes(candidate, LARGEST).decode(errors="replace").strip()
        except Unreadable:
            continue
        if fingerprint(text):
            return text
    if not is_plain(str(path)):  # of a pipe, ssh-keygen would wait for a writer
        raise CannotSign(f"{file}: no such file, or no plain one")
    status, out, err = _run("ssh-keygen", ["-y", "-f", str(path)])
    if status != 0 or not fingerprint(out):
        raise CannotSign(f"{file}: {(err.strip().splitlines() or ['that is no SSH key'])[-1]}")
    return out.strip()


def sign(message: str, key: str) -> str:
    """The armored signature. `key`: a private key's file, or a public key line whose private half the agent holds.

    Raises CannotSign.
    """
    with TemporaryDirectory(prefix="titan-flow-") as folder:
        file = key
        if fingerprint(key):
            file = str(Path(folder, "key.pub"))
            Path(file).write_text(f"{key}\n", encoding="utf-8")
        status, out, err = _run("ssh-keygen", ["-q", "-Y", "sign", "-n", NAMESPACE, "-f", file], message)
    if status != 0 or "SIGNATURE" not in out:
        raise CannotSign((err.strip().splitlines() or ["ssh-keygen gave no signature"])[-1])
    return out


def verified(key: str, message: str, signature: str) -> bool:
    """Whether this message was signed by that key: a public key line, or a fingerprint. Raises CannotSign."""
    line = key
    if key.startswith("SHA256:"):
        blob = signer(signature)
        if blob is None or _fingerprint(blob) != key:
            return False
        line = f"{_kind(blob)} {base64.b64encode(blob).decode()}"
    with TemporaryDirectory(prefix="titan-flow-") as folder:
        allowed, signed = Path(folder, "allowed"), Path(folder, "signature")
        allowed.write_text(f'{WHO} namespaces="{NAMESPACE}" {" ".join(line.split()[:2])}\n', encoding="utf-8")
        signed.write_text(signature, encoding="utf-8")
        words = ["-Y", "verify", "-f", str(allowed), "-I", WHO, "-n", NAMESPACE, "-s", str(signed)]
        return _run("ssh-keygen", words, message)[0] == 0


def signer(signature: str) -> bytes | None:
    """The public key inside of a signature (PROTOCOL.sshsig: magic, version, key, …); None where it is none."""
    body = re.search(r"BEGIN SSH SIGNATURE-+\s+([A-Za-z0-9+/=\s]+)-+END", signature)
    try:
        raw = base64.b64decode("".join(body[1].split()), validate=True) if body else b""
    except ValueError:
        return None
    if raw[:6] != b"SSHSIG" or len(raw) < 14:
        return None
    size = int.from_bytes(raw[10:14], "big")
    return raw[14 : 14 + size] if 0 < size <= len(raw) - 14 else None


def _kind(blob: bytes) -> str:
    return blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii", "replace")


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _run(program: str, words: Sequence[str], stdin: str = "", timeout: int = PATIENCE) -> tuple[int, str, str]:
    from plumbum import CommandNotFound, ProcessTimedOut, local

    try:
        env = dict(os.environ)  # plumbum's own is as it was when plumbum was imported
        status, out, err = (local[program][words] << stdin).run(retcode=None, timeout=timeout, env=env)
    except CommandNotFound:
        raise CannotSign(f"{program} is not installed here (OpenSSH 8.2 or newer)") from None
    except ProcessTimedOut:
        raise CannotSign(f"{program} gave no answer within {timeout} s") from None
    return int(status), str(out), str(err)
