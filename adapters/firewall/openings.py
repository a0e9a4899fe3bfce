"""From a firewall's rules to what they leave open, and whether that is exactly what was asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from titan_flow.adapters.firewall.ufw import Rule, Status, narrowed
from titan_flow.adapters.port_ranges import ALL, PROTOCOLS, Ports, Protocol, Span, span_text, without


@dataclass
class Openings:
    """What is open: to anyone, and to some (`narrow` says to whom). `v4`: to anyone who comes by IPv4."""

    v4: dict[Protocol, list[Span]] = field(default_factory=lambda: _none())
    anyone: dict[Protocol, list[Span]] = field(default_factory=lambda: _none())
    some: dict[str, dict[Protocol, list[Span]]] = field(default_factory=dict[str, "dict[Protocol, list[Span]]"])
    other: list[str] = field(default_factory=list[str])
    """rules that let in something else than TCP and UDP"""


def openings(status: Status) -> Openings:
    """The first rule that fits decides; loopback is nobody's business, and what is let out neither."""
    found = Openings()
    closed = {False: _none(), True: _none()}
    for rule in status.rules:
        if rule.way == "OUT" or rule.narrow == "on lo":
            continue
        if rule.protocol not in ("", *PROTOCOLS):
            found.other += [rule.text] if rule.allows else []
            continue
        for protocol in PROTOCOLS:
            if rule.protocol in ("", protocol):
                _take(rule, protocol, closed[rule.v6], found)
    return found


def _take(rule: Rule, protocol: Protocol, closed: dict[Protocol, list[Span]], found: Openings) -> None:
    if not rule.allows:
        if not rule.narrow and rule.way == "IN":
            closed[protocol] += rule.spans
        return
    left = rule.spans if rule.way == "FWD" else without(rule.spans, closed[protocol])
    if rule.narrow:
        found.some.setdefault(rule.narrow, _none())[protocol] += left
        return
    found.anyone[protocol] += left
    if rule.way == "IN" and not rule.v6:
        found.v4[protocol] += left


def faults(status: Status, wanted: Sequence[Ports], limited: Mapping[Ports, Sequence[str]]) -> list[str]:
    """Why it is not exactly that. Of a port written without protocol TCP has to be open, UDP may be."""
    found = openings(status)
    wrong = [
        *(["what no rule names is let in"] if status.incoming not in ("deny", "reject") else []),
        *_missing(found, wanted, limited),
        *_extra(found, wanted, limited),
    ]
    return list(dict.fromkeys(wrong))


def _missing(found: Openings, wanted: Sequence[Ports], limited: Mapping[Ports, Sequence[str]]) -> Iterator[str]:
    for one in wanted:
        protocol: Protocol = one.protocol or "tcp"
        for left in without([one.span], found.v4[protocol]):
            some = [who for who, open in found.some.items() if without([left], open[protocol]) != [left]]
            yield (
                f"{span_text(left)}/{protocol} is open only {', '.join(some)}"
                if some
                else f"{span_text(left)} is not open"
            )
    for one, whom in limited.items():
        protocol = one.protocol or "tcp"
        for who in whom:
            open = found.some.get(narrowed(who), _none())[protocol]
            if without([one.span], open):
                yield f"{one} is not open {narrowed(who)}"


def _extra(found: Openings, wanted: Sequence[Ports], limited: Mapping[Ports, Sequence[str]]) -> Iterator[str]:
    for protocol in PROTOCOLS:
        fine = [one.span for one in wanted if one.of(protocol)]
        for left in _beyond(found.anyone[protocol], fine):
            if left == ALL:
                yield f"every {protocol.upper()} port is open"
            else:
                yield f"{span_text(left)}/{protocol} is open"
    for who, open in found.some.items():
        for protocol in PROTOCOLS:
            declared = [one.span for one, whom in limited.items() if one.of(protocol) and who in map(narrowed, whom)]
            fine = [*declared, *(one.span for one in wanted if one.of(protocol))]
            for left in _beyond(open[protocol], fine):
                yield f"{span_text(left)}{'' if left == ALL else '/' + protocol} is open {who}"
    yield from (f"lets in: {text}" for text in found.other)


def _beyond(open: Sequence[Span], fine: Sequence[Span]) -> list[Span]:
    """What is open and should not be; a rule that opens everything is told as that."""
    left = without(open, fine)
    return [ALL] if left and ALL in open else left


def _none() -> dict[Protocol, list[Span]]:
    return {"tcp": [], "udp": []}
