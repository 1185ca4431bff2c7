"""What the checks share: a check that says what it expected, and what was seen to work, for docs/clients.md."""


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def works(what: str) -> None:
    print(f"works: {what}")
