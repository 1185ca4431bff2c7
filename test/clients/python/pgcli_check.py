"""pgcli in a pseudo-terminal: what it asks at its start for completion, its describing commands, a refused write."""
import os
import pty
import re
import select
import signal
import sys
import tempfile
import time

from common import expect, works

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()=>][B0]?|\x1b\][^\x07]*\x07|\r")


class Terminal:
    """pgcli with a keyboard and a screen. It asks where the cursor is; the answer is always the same."""

    def __init__(self) -> None:
        home = tempfile.mkdtemp()
        with open(os.path.join(home, "config"), "w", encoding="utf-8") as config:
            config.write("[main]\npager = cat\nless_chatty = True\nlog_level = NONE\nenable_pager = False\n")
        environment = {**os.environ, "TERM": "xterm", "HOME": home, "COLUMNS": "200", "LINES": "50"}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # The prompt's mark is what no table shows.
            command = ["-m", "pgcli.main", "--pgclirc", os.path.join(home, "config"), "--prompt", "at the prompt> ", "--warn", "off"]
            os.execve(sys.executable, [sys.executable, *command], environment)
        self.seen = ""

    def until(self, pattern: str, seconds: float = 30) -> str:
        """Reads until the screen shows it; gives what was shown meanwhile."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen):
            left = end - time.monotonic()
            expect(left > 0, f"pgcli did not show {pattern!r} but {self.seen[-2000:]!r}")
            ready, _, _ = select.select([self.fd], [], [], left)
            if not ready:
                continue
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            expect(data != b"", f"pgcli ended before it showed {pattern!r}: {self.seen[-2000:]!r}")
            if b"\x1b[6n" in data:
                os.write(self.fd, b"\x1b[1;1R")
            self.seen += ESCAPES.sub("", data.decode("utf-8", "replace"))
        shown, self.seen = self.seen, ""
        return shown

    def ask(self, line: str, pattern: str) -> str:
        os.write(self.fd, line.encode() + b"\r")
        shown = self.until(pattern)
        expect("sudoql could not" not in shown and "not permitted" not in shown, f"{line}: {shown}")
        return shown


terminal = Terminal()
terminal.until("at the prompt>")
terminal.ask("select 'was ' || 'read' as marked;", "was read")
for line, pattern in [
    (r"\dt", "customers"),
    (r"\d suppliers", "suppliers_named"),
    (r"\d+ deliveries", "deliveries_2026"),
    (r"\l", "shop"),
    (r"\df named", "VARIADIC"),
    (r"\dv", "happy_suppliers"),
    (r"\dT+ mood", "happy"),
    (r"\di", "suppliers_lower"),
    (r"\ds", "ticket"),
    (r"\dn", "Odd Name"),
    (r"\du", "Superuser|rolname"),
    (r"\dx", "plpgsql"),
    (r"\sf touch", "RETURN NEW"),
    ("show search_path;", "public"),
    ("explain select 1;", "Result"),
    ("begin;", "BEGIN"),
    ("rollback;", "ROLLBACK"),
]:
    terminal.ask(line, pattern)
# What it learnt at its start: the tables' names complete a half-written one.
os.write(terminal.fd, b"select count(*) from happy_sup")
terminal.until("happy_suppliers")
os.write(terminal.fd, b"\x15")
works("completion from the catalogue, its describing commands, transactions")
refusal = terminal.ask("update customers set name = 'x' where id = 1;", "HINT|hint|sudo\\(")
expect("read" in refusal, f"the refusal: {refusal}")
os.write(terminal.fd, b"\\q\r")
end = time.monotonic() + 10
while True:
    pid, status = os.waitpid(terminal.pid, os.WNOHANG)
    if pid != 0:
        break
    if time.monotonic() > end:
        os.kill(terminal.pid, signal.SIGKILL)
        expect(False, "pgcli did not end")
    if select.select([terminal.fd], [], [], 0.05)[0]:
        try:
            os.read(terminal.fd, 65536)
        except OSError:
            pass
expect(os.waitstatus_to_exitcode(status) == 0, "pgcli's exit status")
works("a refused write shows message and hint")
print("pgcli: all as expected")
