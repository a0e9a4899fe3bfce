"""`python -m titan_flow.workflow.sandbox up|release|status|down DIR …`: the same as `titan-flow sandbox`."""

from __future__ import annotations

import sys

from titan_flow.workflow.cli.main import main

if __name__ == "__main__":
    sys.exit(main(["sandbox", *sys.argv[1:]]))
