"""`python -m titan_flow`: the command line."""

import sys

from titan_flow.workflow.cli.main import main

sys.exit(main())
