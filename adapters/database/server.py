"""How a database server is recognised among services, and what its clients complain of."""

from __future__ import annotations

import re

from titan_flow.adapters.diagnosis import Server

SERVER = Server(
    kind="database",
    called="the database",
    images=re.compile(r"postgres|postgis|timescale|mysql|mariadb|mongo", re.IGNORECASE),
    complaints=re.compile(
        r"password authentication failed|(could not connect|connection) to (the )?(server|database)|"
        r"(ECONNREFUSED|connection refused).{0,80}\b(5432|3306|27017)\b|no pg_hba|too many (clients|connections)|"
        r"remaining connection slots|(role|database) \S+ does not exist|Access denied for user",
        re.IGNORECASE,
    ),
    schemes=("postgres", "postgresql", "mysql", "mariadb", "mongodb", "timescaledb"),
    variables=("POSTGRES", "PG", "MYSQL", "MARIADB", "DB", "DATABASE"),
)
