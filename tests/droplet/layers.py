"""One layer of an image: a tar archive that comes out the same, byte for byte, whenever it is made."""

import gzip
import io
import os
import re
import shutil
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from tests.droplet.commands import PATH, CommandFailed, run


@dataclass(frozen=True)
class Layer:
    tar: bytes
    level: int = 1
    """of compression; 0 for what is large and never goes further than this machine"""

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.tar, compresslevel=self.level, mtime=0)

    @staticmethod
    def of(
        files: Mapping[str, bytes], *, links: Mapping[str, str] | None = None, executable: Sequence[str] = ()
    ) -> "Layer":
        """Files by path (no leading slash), owned by root; parent folders are made."""
        held = io.BytesIO()
        links = links or {}
        with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for folder in _folders([*files, *links]):
                archive.addfile(_entry(folder, tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755))
            for name, content in sorted(files.items()):
                entry = _entry(name, tarfile.REGTYPE, 0o755 if name in executable else 0o644)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            for name, target in sorted(links.items()):
                entry = _entry(name, tarfile.SYMTYPE, 0o777)
                entry.linkname = target
                archive.addfile(entry)
        return Layer(held.getvalue())

    @staticmethod
    def of_programs(*programs: str, extra: Iterable[Path] = ()) -> "Layer":
        """Programs of this machine with the libraries they need; `extra` are further files, at their own paths."""
        wanted = [Path(_found(program)) for program in programs]
        files: dict[str, bytes] = {}
        for path in {*wanted, *extra, *_libraries([*wanted, *extra])}:
            files[str(path).lstrip("/")] = path.read_bytes()
        return replace(Layer.of(files, executable=list(files)), level=0)

    @staticmethod
    @cache
    def busybox() -> "Layer":
        program = _found("busybox")
        applets = run([program, "--list"]).stdout.split()
        links = {f"bin/{applet}": "busybox" for applet in applets if applet != "busybox"}
        accounts = {"etc/passwd": b"root:x:0:0::/:/bin/sh\n", "etc/group": b"root:x:0:\n", "tmp/.keep": b""}
        return Layer.of(
            {"bin/busybox": Path(program).read_bytes(), **accounts}, links=links, executable=["bin/busybox"]
        )


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime = kind, mode, 0
    return entry


def _folders(names: Iterable[str]) -> list[str]:
    return sorted({str(parent) for name in names for parent in Path(name).parents if str(parent) != "."})


def _found(program: str) -> str:
    path = shutil.which(program, path=PATH)
    if path is None:
        raise CommandFailed(f"{program} is not installed")
    return os.path.realpath(path)


def _libraries(files: Iterable[Path]) -> list[Path]:
    """As `ldd` names them, loader included; it fails for a static program, which needs none."""
    named = "\n".join(run(["ldd", file], check=False).stdout for file in files)
    return [Path(found) for found in re.findall(r"(?:=> |^\s+)(/\S+) \(0x", named, flags=re.MULTILINE)]
