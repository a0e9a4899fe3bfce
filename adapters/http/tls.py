"""Whose certificates count: one TLS context per CA file, shared by all who ask over https."""

from __future__ import annotations

import ssl

from titan_flow.adapters.site import Site

_NOT_YET_VALID, _SELF_SIGNED = 9, 18
"""OpenSSL's numbers. A proxy serves a certificate that it signed itself while it still fetches the real one."""


class _Contexts:
    """By CA file; None: the system's."""

    def __init__(self) -> None:
        self.made: dict[str | None, ssl.SSLContext] = {}


def context(site: Site, ca: str | None) -> ssl.SSLContext:
    """Made once for a site: reading the system's certificates costs 40 ms of work, and a probe asks often.

    Raises OSError, ssl.SSLError where the CA file cannot be used.
    """
    known = site.kept(_Contexts, _Contexts).made
    if ca not in known:
        known[ca] = ssl.create_default_context(cafile=ca)
    return known[ca]


def waiting_helps(why: ssl.SSLCertVerificationError) -> bool:
    """Whether the server may serve one that is accepted later, without anybody doing something about it."""
    return why.verify_code in (_NOT_YET_VALID, _SELF_SIGNED)
