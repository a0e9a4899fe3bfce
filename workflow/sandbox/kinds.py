"""The kinds of release that a sandbox can be given."""

KINDS = (
    "good",
    "unhealthy",
    "crashloop",
    "slow",
    "log-error",
    "policy-mismatch",
    "policy-change",
    "late-failure",
)
