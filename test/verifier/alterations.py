#!/usr/bin/env python3
"""Alters one byte of each entry of an export, one entry at a time, and says which alterations were not found, at their place.

    alterations.py record.jsonl [SEED]
"""
import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../clients/verifier"))
import sudoql_verify as verifier  # noqa: E402


def main(path, seed):
    chance = random.Random(seed)
    chains, order = {}, []
    for line in verifier.lines_of(path):
        if "body" in line:
            chain, seq = verifier.place_in(line["body"])
            chains.setdefault(chain, []).append((line["body"], line["hash"]))
            order.append((chain, seq, len(chains[chain]) - 1))
    missed = []
    for chain, seq, index in order:
        entries = list(chains[chain])
        body, hash_ = entries[index]
        data = bytearray((body + hash_).encode())
        at = chance.randrange(len(data))
        data[at] ^= 1 << chance.randrange(7)
        # What is no text any more is no line of an export either: it is found before any of this.
        text = data.decode("utf-8", "replace")
        entries[index] = (text[:-64], text[-64:])
        result = verifier.Verification([{"chain": chain, "replica": None}], [], [])
        for body, hash_ in entries:
            result.entry(body, hash_)
        problems = [p for p in result.problems if p["what"] != "no such process began this chain"]
        if not problems:
            missed.append((chain, seq, at))
    print(json.dumps({"altered": len(order), "missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1))
