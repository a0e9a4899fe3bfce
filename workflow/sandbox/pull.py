#!/usr/bin/env python3
"""Brings this release's images from the registry, as `docker compose pull` would; `--check`: are they here?"""

import hashlib
import json
import sys
from pathlib import Path

here = Path(__file__).resolve().parent.parent
wanted = json.loads((here / "release.json").read_text())["images"]
registry, images = here.parent / "registry", here.parent / "images"
images.mkdir(exist_ok=True)
missing = {name: sha for name, sha in wanted.items() if not (images / f"{sha}.json").exists()}
if "--check" in sys.argv:
    print(f"{len(wanted) - len(missing)} of {len(wanted)} images here")
    sys.exit(1 if missing else 0)
for name, sha in missing.items():
    data = (registry / f"{sha}.json").read_bytes()
    if hashlib.sha256(data).hexdigest() != sha:
        sys.exit(f"{name}: the registry holds something else under {sha[:12]}")
    part = images / f"{sha}.part"
    part.write_bytes(data)
    part.replace(images / f"{sha}.json")
    print(f"pulled {name} {sha[:12]}")
