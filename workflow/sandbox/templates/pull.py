#!/usr/bin/env python3
"""Brings this release's images from the registry, as `docker compose pull` would. `--check`: are they all here?"""

import hashlib
import json
import sys
from pathlib import Path

here = Path(__file__).resolve().parent.parent
wanted = json.loads((here / "release.json").read_text(encoding="utf-8"))["images"]
registry, images = here.parent / "registry", here.parent / "images"


def intact(path: Path, sha: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha


missing = {name: sha for name, sha in wanted.items() if not intact(images / f"{sha}.json", sha)}
if "--check" in sys.argv:
    print(f"{len(wanted) - len(missing)} of {len(wanted)} images here")
    sys.exit(1 if missing else 0)
images.mkdir(exist_ok=True)
for name, sha in missing.items():
    held = registry / f"{sha}.json"
    if not intact(held, sha):
        sys.exit(f"{name}: the registry does not hold {sha[:12]}, or holds something else under its name")
    part = images / f"{sha}.part"
    part.write_bytes(held.read_bytes())
    part.replace(images / f"{sha}.json")
    print(f"pulled {name} {sha[:12]}")
