#!/usr/bin/env python3
"""Verifies a sudoql ledger from docs/ledger.md alone, without any of sudoql's code. Needs Python 3.9 or newer, nothing else
(and psql, where it reads a database).

    sudoql_verify.py record.jsonl                      an export (sudoqld ledger export --to record.jsonl)
    sudoql_verify.py --database 'service=ledger'       a database, by psql, as any login that may read entries
    sudoql_verify.py record.jsonl --head 5f1d…         a hash from a notice must be in it
    sudoql_verify.py record.jsonl --against mail.eml   every hash that stands alone on a line of a mail must be in it

Exits with 0 when everything is as it was written, 1 when something is not, 2 when it was called wrongly, 69 when there is nothing to read.
"""
import argparse
import email
import email.policy
import hashlib
import json
import re
import subprocess
import sys
from datetime import datetime

FORMAT = 1
NO_HASH = "0" * 64
HASH = re.compile(r"[0-9a-f]{64}\Z")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z")
AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\Z")
LARGEST = 2**53 - 1
FOUND_BY = ("session", "principal", "target", "elevation", "statement")
FOUND_BY_LENGTH = 200
MOST_PROBLEMS = 100


class Altered(Exception):
    """What is wrong with an entry, in words."""


# --- JSON, one text for each value (RFC 8785) ---------------------------------------------------------------------------------

ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
ESCAPES.update({code: "\\u%04x" % code for code in range(32) if code not in ESCAPES})
TO_ESCAPE = re.compile(r'[\x00-\x1f"\\]')
SURROGATE = re.compile("[\ud800-\udfff]")


def text_of(value):
    if SURROGATE.search(value) or "\0" in value:
        raise ValueError("half of a surrogate pair, or a NUL: no entry has one")
    if TO_ESCAPE.search(value):
        value = value.translate(ESCAPES)
    return '"' + value + '"'


def number_of(value):
    """As ECMAScript writes it: the shortest digits that read back as the same double."""
    if isinstance(value, int) and abs(value) <= LARGEST:
        return str(value)
    value = float(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("no number of JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    n, k = point, len(digits)
    if k <= n <= 21:
        return sign + digits + "0" * (n - k)
    if 0 < n <= 21:
        return sign + digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return sign + "0." + "0" * -n + digits
    power = ("+" if n > 0 else "-") + str(abs(n - 1))
    return sign + digits[0] + ("." + digits[1:] if k > 1 else "") + "e" + power


def canonical(value):
    """Raises ValueError for what has no such text."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, (int, float)):
        return number_of(value)
    if isinstance(value, list):
        return "[" + ",".join([canonical(item) for item in value]) + "]"
    return "{" + ",".join([text_of(key) + ":" + canonical(value[key]) for key in sorted(value, key=units)]) + "}"


def units(key):
    """Keys are in the order of their UTF-16 code units."""
    return key if key.isascii() else key.encode("utf-16-be", "surrogatepass").decode("latin-1")


def no_constant(_):
    raise ValueError("no number of JSON")


PARSE = json.JSONDecoder(parse_constant=no_constant, strict=True).decode


# --- One entry ------------------------------------------------------------------------------------------------------------------


def is_count(value):
    return type(value) is int and 0 <= value <= LARGEST


def is_head(value):
    return (
        isinstance(value, dict)
        and isinstance(value.get("chain"), str)
        and is_count(value.get("seq"))
        and value["seq"] > 0
        and isinstance(value.get("hash"), str)
        and bool(HASH.match(value["hash"]))
    )


def sha256(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entry_of(body, hash_):
    """What the text says. Raises Altered."""
    if sha256(body) != hash_:
        raise Altered("its text is not what was hashed")
    try:
        said = PARSE(body)
    except (ValueError, RecursionError):
        raise Altered("its text is not JSON") from None
    try:
        if not isinstance(said, dict) or canonical(said) != body:
            raise Altered("its text is JSON, but not its canonical text")
    except ValueError:
        raise Altered("its text is JSON, but not its canonical text") from None
    if (
        not isinstance(said.get("chain"), str)
        or not is_count(said.get("seq"))
        or not isinstance(said.get("kind"), str)
        or not isinstance(said.get("at"), str)
        or not AT.match(said["at"])
        or any(not isinstance(said.get(name), (str, type(None))) for name in FOUND_BY)
    ):
        raise Altered("its place, kind, time or names are not of their types")
    if not shape_holds(said):
        raise Altered("its fields are not of its kind")
    return said


def shape_holds(entry):
    kind = entry["kind"]
    if kind == "gateway_started":
        before = entry.get("predecessor", False)
        return isinstance(entry.get("replica"), str) and (before is None or is_head(before))
    if kind == "chain_anchor":
        return is_head(entry.get("of"))
    if kind == "ledger_pruned":
        return (
            isinstance(entry.get("month"), str)
            and bool(MONTH.match(entry["month"]))
            and isinstance(entry.get("checkpoints"), str)
            and bool(HASH.match(entry["checkpoints"]))
            and is_count(entry.get("entries"))
        )
    if kind == "reads":
        return executions_hold(entry) if "runs" in entry else old_reads_hold(entry)
    if kind == "writes":
        return "runs" in entry and executions_hold(entry) and transactions_hold(entry)
    return True


def old_reads_hold(entry):
    return isinstance(entry.get("second"), str) and isinstance(entry.get("normalized"), str) and is_count(entry.get("count"))


def is_count_or_null(value):
    return value is None or is_count(value)


def are_objects(value):
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def is_time(value):
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value.replace("Z", "+00:00")))
    except ValueError:
        return False


def executions_hold(entry):
    runs, forms, ended = entry["runs"], entry.get("forms"), entry.get("ended")
    if not isinstance(entry.get("session"), str) or not is_count(entry.get("first")):
        return False
    if not isinstance(runs, dict) or not are_objects(forms) or not are_objects(ended):
        return False
    form, starts, durations, rows = (runs.get(name) for name in ("form", "start_us", "duration_us", "rows"))
    failed = runs.get("failed")
    if not all(isinstance(column, list) for column in (form, starts, durations, rows)) or not are_objects(failed):
        return False
    count = len(form)
    if any(len(column) != count for column in (starts, durations, rows)):
        return False
    if count > 0 and (entry["first"] < 1 or not is_time(entry.get("since"))):
        return False
    failures = [failure.get("run") for failure in failed]
    return (
        all(is_count(index) and index < len(forms) for index in form)
        and all(isinstance(each.get("normalized"), str) and isinstance(each.get("fingerprint"), str) for each in forms)
        and all(is_count(start) for start in starts)
        and all(a <= b for a, b in zip(starts, starts[1:]))
        and all(map(is_count_or_null, durations))
        and all(map(is_count_or_null, rows))
        and all(is_count(run) and run < count and durations[run] is not None for run in failures)
        and len(set(failures)) == len(failures)
        and all(failure.get("result") in ("error", "unknown") for failure in failed)
        and all(
            is_count(each.get("number"))
            and each["number"] > 0
            and each.get("result") in ("ok", "error", "unknown")
            and is_count_or_null(each.get("rows", False))
            and is_count(each.get("duration_us"))
            for each in ended
        )
    )


def written_holds(value):
    return (
        isinstance(value, dict)
        and isinstance(value.get("rows"), dict)
        and all(map(is_count, value["rows"].values()))
        and ("changed" not in value or isinstance(value["changed"], list) and all(isinstance(t, str) for t in value["changed"]))
        and ("unnamed" not in value or is_count(value["unnamed"]))
    )


STATES = ("open", "committed", "rolled_back")


def transactions_hold(entry):
    """Of an entry whose executions hold: what writes have beside."""
    runs = entry["runs"]
    states, written, commits = (runs.get(name) for name in ("transaction", "written", "commits"))
    count, durations = len(runs["form"]), runs["duration_us"]
    if not isinstance(entry.get("elevation"), str) or not isinstance(states, list) or len(states) != count:
        return False
    if not are_objects(written) or not are_objects(commits):
        return False
    for places in ([each.get("run") for each in written], [each.get("run") for each in commits]):
        if not all(is_count(run) and run < count for run in places) or len(set(places)) != len(places):
            return False
    return (
        all(state is None or state in STATES and durations[n] is not None for n, state in enumerate(states))
        and all(written_holds(each) and states[each["run"]] == "committed" for each in written)
        and all(isinstance(each.get("id"), str) and re.fullmatch(r"[0-9]+", each["id"]) for each in commits)
        and all(
            ("transaction" not in each or each["transaction"] in STATES)
            and ("written" not in each or each.get("transaction") == "committed" and written_holds(each["written"]))
            for each in entry["ended"]
        )
    )


# --- Chains ---------------------------------------------------------------------------------------------------------------------


class Chain:
    """One chain, entry by entry. After its first problem it says no more."""

    def __init__(self, checkpoint=None):
        self.seq = checkpoint["seq"] if checkpoint else 0
        self.hash = checkpoint["hash"] if checkpoint else None
        self.stopped = False
        self.broken = False
        self.sessions = {}

    def next(self, entry, hash_):
        """Raises Altered when the entry does not follow."""
        seq = entry["seq"]
        if seq < 1:
            raise Altered("a chain has no such place")
        if seq <= self.seq:
            raise Altered("another entry has the same place in the chain, or it was pruned")
        if seq > self.seq + 1:
            raise Altered(f"{seq - self.seq - 1} entries before it are missing")
        if self.stopped:
            raise Altered("it stands behind the entry with which its process stopped")
        starts = entry["kind"] == "gateway_started"
        if (seq == 1) != starts:
            raise Altered("no gateway process begins the chain with it" if seq == 1 else "it begins a chain in the middle of one")
        before = ((entry["predecessor"] or {}).get("hash") or NO_HASH) if seq == 1 else self.hash
        if entry.get("previous_hash") != before:
            raise Altered("it does not go on from the entry before it")
        self.number(entry)
        self.seq, self.hash, self.stopped = seq, hash_, entry["kind"] == "gateway_stopped"

    def number(self, entry):
        """Each execution of a session has one number, and ends once."""
        if entry["kind"] == "session_ended":
            for kind in ("reads", "writes"):
                self.sessions.pop((kind, entry.get("session")), None)
        if entry["kind"] not in ("reads", "writes") or "runs" not in entry:
            return
        session = (entry["kind"], entry["session"])
        first, durations = entry["first"], entry["runs"]["duration_us"]
        if not durations and session not in self.sessions:
            return
        known = self.sessions.setdefault(session, {"next": first, "running": set(), "whole": first == 1})
        if durations and first < known["next"]:
            raise Altered("it numbers executions of its session that have been before")
        for each in entry["ended"]:
            if each["number"] in known["running"]:
                known["running"].remove(each["number"])
            elif known["whole"]:
                raise Altered("it ends an execution that did not run")
        known["running"].update(first + n for n, duration in enumerate(durations) if duration is None)
        if durations:
            known["next"] = first + len(durations)


class Verification:
    def __init__(self, chains, checkpoints, heads):
        self.problems = []
        self.entries = 0
        self.heads = {}
        self.wanted = set(heads)
        self.replicas = {row["chain"]: row["replica"] for row in chains}
        self.checkpoints = checkpoints
        self.last = {}
        for checkpoint in checkpoints:
            self.see(checkpoint["hash"], checkpoint["chain"], checkpoint["seq"])
            if checkpoint["seq"] > self.last.get(checkpoint["chain"], {"seq": 0})["seq"]:
                self.last[checkpoint["chain"]] = checkpoint
        self.chains = {}
        self.said = []
        self.pruning = None

    def report(self, chain, seq, what):
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append({"chain": chain, "seq": seq, "what": what})

    def see(self, hash_, chain, seq):
        if hash_ in self.wanted:
            self.wanted.remove(hash_)
            self.heads[hash_] = (chain, seq)

    def entry(self, body, hash_, columns=None):
        """`columns`: of its row, where it has one: chain, seq, kind, at and the names by which it is found."""
        self.entries += 1
        try:
            said = entry_of(body, hash_)
            if columns is not None and columns != columns_of(said):
                raise Altered("its columns are not what its text says")
        except Altered as altered:
            name, seq = place_in(body) if columns is None else (columns[0], int(columns[1]))
            chain = self.chain(name)
            if not chain.broken:
                self.report(name, seq, str(altered))
            chain.broken = True
            return
        self.see(hash_, said["chain"], said["seq"])
        if said["kind"] == "chain_anchor":
            self.said.append((said["of"], said["chain"], said["seq"], "anchored"))
        if said["kind"] == "gateway_started":
            if said["predecessor"] is not None:
                self.said.append((said["predecessor"], said["chain"], said["seq"], "named as predecessor"))
            if self.replicas.get(said["chain"]) != said["replica"]:
                self.report(said["chain"], said["seq"], "no such process began this chain")
        if said["kind"] == "ledger_pruned" and (self.pruning is None or later(said, self.pruning)):
            self.pruning = said
        chain = self.chain(said["chain"])
        if chain.broken:
            return
        try:
            chain.next(said, hash_)
        except Altered as altered:
            chain.broken = True
            self.report(said["chain"], said["seq"], str(altered))

    def chain(self, name):
        if name not in self.chains:
            self.chains[name] = Chain(self.last.get(name))
        return self.chains[name]

    def between(self, hashes):
        """`hashes`: of the places that were asked for by `places`."""
        for head, chain, seq, how in self.said:
            checkpoint = self.last.get(head["chain"])
            if checkpoint and checkpoint["seq"] > head["seq"]:
                continue
            if any((c["chain"], c["seq"], c["hash"]) == (head["chain"], head["seq"], head["hash"]) for c in self.checkpoints):
                continue
            if head["hash"] not in hashes.get((head["chain"], head["seq"]), ()):
                self.report(head["chain"], head["seq"], f"it is not there as it was {how} by entry {seq} of chain {chain}")
        for chain in self.replicas:
            if chain not in self.chains and chain not in self.last:
                self.report(chain, None, "the whole chain is missing")
        in_order = sorted(self.checkpoints, key=lambda c: (units(c["chain"]), c["seq"]))
        digest = sha256(canonical([{name: c[name] for name in ("chain", "seq", "hash", "month")} for c in in_order]))
        if self.pruning is not None and self.pruning["checkpoints"] != digest:
            self.report(self.pruning["chain"], self.pruning["seq"], "the checkpoints of pruned months are not those that it recorded")
        if self.pruning is None and self.checkpoints:
            self.report("", None, "months are said to be pruned, but no entry records it")
        for head in sorted(self.wanted):
            self.report("", None, f"the head {head} is not in the ledger: what came up to it was altered or cut off, or this is another ledger")

    def places(self):
        return {(head["chain"], head["seq"]) for head, _, _, _ in self.said}


def later(one, other):
    return (one["month"], one["at"]) >= (other["month"], other["at"])


def columns_of(said):
    cut = [None if said.get(name) is None else said[name][:FOUND_BY_LENGTH] for name in FOUND_BY]
    return [said["chain"], str(said["seq"]), said["kind"], said["at"].replace("Z", "000Z"), *cut]


def place_in(body):
    try:
        said = json.loads(body)
        return str(said["chain"]), int(said["seq"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", None


# --- What is read ---------------------------------------------------------------------------------------------------------------


class Unreadable(Exception):
    pass


def verify_export(path, heads):
    """Two passes: what chains say of each other can be before or behind it."""
    headers = [line for line in lines_of(path) if "sudoql_export" in line]
    if not headers or any(header["sudoql_export"] != FORMAT for header in headers):
        raise Unreadable(f"{path} is no export of format {FORMAT}.")
    result = Verification(headers[-1]["chains"], headers[-1]["checkpoints"], heads)
    ended, since = None, 0
    for line in lines_of(path):
        if "body" in line:
            since += 1
            result.entry(line["body"], line["hash"])
        ended = line.get("end")
        if "sudoql_export" in line:
            since = 0
        if ended is not None and ended["entries"] != since:
            result.report("", None, f"{since} entries stand before an end of the export that counted {ended['entries']}")
    if ended is None:
        result.report("", None, "the export was cut: its last line is not its end")
    else:
        for head in ended["heads"]:
            chain = result.chains.get(head["chain"]) or Chain(result.last.get(head["chain"]))
            if not chain.broken and (chain.seq, chain.hash) != (head["seq"], head["hash"]):
                result.report(head["chain"], chain.seq, "the chain does not end as the export says")
    places, hashes = result.places(), {}
    if places:
        for line in lines_of(path):
            place = place_in(line["body"]) if "body" in line else None
            if place in places:
                hashes.setdefault(place, set()).add(line["hash"])
    result.between(hashes)
    return result


def lines_of(path):
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    said = json.loads(line)
                    if not isinstance(said, dict):
                        raise ValueError
                except ValueError:
                    said = {"body": "", "hash": "", "cut": number}
                yield said
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None


HEX = "encode(convert_to({}, 'UTF8'), 'hex')"
TIME = (
    "CASE WHEN at >= '0001-01-01 00:00:00+00' AND at < '10000-01-01 00:00:00+00' "
    "THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') ELSE at::text END"
)
COLUMNS = ", ".join(HEX.format(c) for c in ("body", "hash", "chain")) + ", seq, " + HEX.format("kind") + f", {HEX.format(TIME)}, " + ", ".join(
    f"coalesce({HEX.format(name)}, '-')" for name in FOUND_BY
)
SCRIPT = rf"""
\set ON_ERROR_STOP on
\set FETCH_COUNT 2000
SET search_path = public, pg_catalog;
SET standard_conforming_strings = on;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT 'chain', {HEX.format('chain')}, {HEX.format('replica')} FROM chain;
SELECT 'checkpoint', {HEX.format('chain')}, seq, {HEX.format('hash')}, to_char(month, 'YYYY-MM') FROM chain_checkpoint;
SELECT 'entry', {COLUMNS} FROM entry ORDER BY entry.chain, entry.seq, entry.at;
COMMIT;
"""


def verify_database(database, heads):
    chains, checkpoints, result, hashes = [], [], None, {}
    psql = subprocess.Popen(
        ["psql", "-XAtq", "-F", " ", "-f", "-", database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii"
    )
    psql.stdin.write(SCRIPT)
    psql.stdin.close()
    for line in psql.stdout:
        what, *values = line.rstrip("\n").split(" ")
        if what == "chain":
            chains.append({"chain": plain(values[0]), "replica": plain(values[1])})
        elif what == "checkpoint":
            checkpoints.append({"chain": plain(values[0]), "seq": int(values[1]), "hash": plain(values[2]), "month": values[3]})
        elif what == "entry":
            result = result or Verification(chains, checkpoints, heads)
            body, hash_, chain, seq, kind, at, *names = values
            # An anchor may point anywhere, so each place's hash is kept: some 150 bytes an entry.
            hashes.setdefault((plain(chain), int(seq)), set()).add(plain(hash_))
            columns = [plain(chain), seq, plain(kind), plain(at), *(None if name == "-" else plain(name) for name in names)]
            result.entry(plain(body), plain(hash_), columns)
    if psql.wait() != 0:
        raise Unreadable("psql could not read the ledger.")
    result = result or Verification(chains, checkpoints, heads)
    result.between(hashes)
    return result


def plain(digits):
    return bytes.fromhex(digits).decode("utf-8", "surrogatepass")


def heads_in(path):
    """Every hash that stands alone on a line of a mail's text, or of a plain file."""
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    part = message.get_body(("plain",)) or message
    text = part.get_content()
    found = re.findall(r"^[ \t>]*([0-9a-fA-F]{64})[ \t]*\r?$", text if isinstance(text, str) else text.decode("utf-8", "replace"), re.M)
    if not found:
        raise Unreadable(f"{path} holds no head: a line of 64 hexadecimal digits.")
    return [hash_.lower() for hash_ in found]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", nargs="?", help="a file of sudoqld ledger export")
    parser.add_argument("--database", help="a connection string for psql")
    parser.add_argument("--head", action="append", default=[], help="a hash from a notice (may be repeated)")
    parser.add_argument("--against", action="append", default=[], help="a mail that sudoql sent (may be repeated)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(arguments)
    if (options.export is None) == (options.database is None):
        parser.error("name an export or a --database")
    heads = [head.strip().lower() for head in options.head]
    if any(not HASH.match(head) for head in heads):
        parser.error("a head has 64 hexadecimal digits")
    try:
        for path in options.against:
            heads += heads_in(path)
        result = verify_export(options.export, heads) if options.export else verify_database(options.database, heads)
    except (Unreadable, OSError) as error:
        print(error, file=sys.stderr)
        return 69
    ok = not result.problems
    if options.json:
        print(json.dumps({"ok": ok, "entries": result.entries, "chains": len(result.chains), "problems": result.problems}))
    else:
        for problem in result.problems:
            print(f"chain {problem['chain']} entry {problem['seq']}: {problem['what']}")
        print(f"{result.entries} entries in {len(result.chains)} chains: {'as they were written' if ok else 'NOT as they were written'}.")
        for head, (chain, seq) in result.heads.items():
            print(f"head {head[:12]}… is entry {seq} of chain {chain}")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
