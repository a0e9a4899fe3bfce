"""How a nats-server is recognised among services, and what its clients complain of."""

from __future__ import annotations

import re

from titan_flow.adapters.diagnosis import Server

SERVER = Server(
    kind="nats",
    called="NATS",
    images=re.compile(r"(^|[/_-])nats\b", re.IGNORECASE),
    complaints=re.compile(
        r"authori[sz]ation violation|nats: (timeout|no servers|connection closed)|no servers available|"
        r"(ECONNREFUSED|connection refused).{0,80}\b4222\b|NatsError",
        re.IGNORECASE,
    ),
    schemes=("nats", "tls+nats"),
    variables=("NATS",),
    options={"--user": "user", "-user": "user", "--pass": "password", "-pass": "password"},
)
