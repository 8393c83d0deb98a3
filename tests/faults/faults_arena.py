"""The place where runners meet: a database, processes to kill, a mail server.

Used by the tests of this folder; knows Odoo only by its configuration.
"""

import asyncio
import email
import email.policy
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg2
from aiosmtpd.controller import Controller

HERE = Path(__file__).resolve().parent
NOW = "2026-03-16T10:00:00"  # a Monday
PATIENCE = 60  # seconds until a process that does not end is a failure


def _tool(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


class Child:
    """A forked runner."""

    def __init__(self, pid, out):
        self.pid, self.out = pid, out
        try:
            self.handle = os.pidfd_open(pid)
        except ProcessLookupError:  # over before we looked
            self.handle = None

    def wait(self, seconds=PATIENCE):
        """Whether it ended within the time."""
        if self.handle is None:
            return True
        watch = select.poll()
        watch.register(self.handle, select.POLLIN)
        if not watch.poll(seconds * 1000):
            return False
        os.close(self.handle)
        self.handle = None
        return True

    def kill(self):
        """kill -9, with whatever it started."""
        if self.handle is not None:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait()

    def result(self):
        """The whole answer; a process that was killed has none."""
        assert self.wait(), f"process {self.pid} does not end"
        path = Path(self.out)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def answer(self):
        found = self.result()
        assert found, f"process {self.pid} died"
        assert "error" not in found, found["error"]
        return found["answer"]


class Arena:
    """One database and the program that forks runners on it."""

    def __init__(self, config, source, database, folder):
        self.config, self.source = config, source
        self.database, self.folder = database, folder
        self.saved = {}
        self.base = self._save_as("base")
        self.orders = 0
        self.process = None
        self.mail_port = free_port()

    # -- databases -------------------------------------------------------------

    def make_base(self):
        """Copy the database under test; it may be in use meanwhile."""
        self.drop(self.base)
        _tool("createdb", self.base)
        dump = subprocess.Popen(
            ["pg_dump", "-Fc", "-Z0", self.source], stdout=subprocess.PIPE
        )
        _tool("pg_restore", "--no-owner", "--dbname", self.base, stdin=dump.stdout)
        assert dump.wait() == 0, "pg_dump failed"

    def _save_as(self, name):
        return self.saved.setdefault(name, f"{self.database}_{name}")

    def reset(self, name="base"):
        """The database as it was saved under that name, in about a second."""
        _tool("dropdb", "--if-exists", "--force", self.database)
        _tool("createdb", "-T", self.saved[name], self.database)

    def save(self, name="base"):
        """Keep what is there now, for tests that begin with it."""
        saved = self._save_as(name)
        _tool("dropdb", "--if-exists", "--force", saved, stderr=subprocess.DEVNULL)
        _tool("createdb", "-T", self.database, saved)

    def drop(self, *names):
        for name in names:
            _tool("dropdb", "--if-exists", "--force", name, stderr=subprocess.DEVNULL)
            shutil.rmtree(self._get_store(name), ignore_errors=True)

    def _get_store(self, name):
        """The files of a database of ours.

        Not what Odoo's configuration says: to each process of a run it names the one
        store that all share, whatever the database.
        """
        return Path(self.config["data_dir"]) / "filestore" / name

    @contextmanager
    def connection(self):
        """A connection of the test's own, outside of any runner; commits at once."""
        from odoo import sql_db

        _name, info = sql_db.connection_info_for(self.database)
        link = psycopg2.connect(**info)
        link.autocommit = True
        try:
            yield link
        finally:
            link.close()

    def sql(self, query, *params):
        """Rows of a query, or nothing of a statement."""
        with self.connection() as link, link.cursor() as cursor:
            cursor.execute(query, params or None)
            return cursor.fetchall() if cursor.description else None

    def let_work(self, *companies):
        """Pause every company but these."""
        self.sql(
            "UPDATE res_company SET debt_collection_paused = NOT id = ANY(%s)",
            list(companies),
        )

    # -- processes -------------------------------------------------------------

    def start(self):
        filestore = Path(self.config.filestore(self.source))
        target = self._get_store(self.database)
        if filestore.is_dir() and not target.is_dir():
            shutil.copytree(filestore, target, copy_function=os.link)
        options = [
            f"--database={self.database}",
            "--no-http",
            "--log-level=warn",
            f"--data-dir={self.config['data_dir']}",
            "--smtp=127.0.0.1",
            f"--smtp-port={self.mail_port}",
            f"--addons-path={','.join(self.config['addons_path'])}",
        ]
        self.log = self.folder / "runners.log"
        with self.log.open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "faults_worker.py"), *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        ready = self.process.stdout.readline()
        assert ready == "ready\n", self.log.read_text(encoding="utf-8")[-3000:]

    def end(self):
        """End the program; the databases stay."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        self.end()
        self.drop(self.database, *self.saved.values())

    def begin(self, job, now=NOW, faults=None, **args):
        """Start a job in a process of its own.

        :rtype: Child
        """
        self.orders += 1
        out = self.folder / f"{self.orders}.json"
        if job == "send_mails":  # when what was made before may leave
            now = str(datetime.fromisoformat(now) + timedelta(minutes=10))
        order = {"job": job, "now": now, "args": args, "out": str(out)}
        line = json.dumps({**order, "faults": faults or {}})
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return Child(int(self.process.stdout.readline()), str(out))

    def do(self, job, now=NOW, **args):
        """Start a job, wait for it, and give its answer."""
        return self.begin(job, now, **args).answer()

    def do_all(self, jobs, now=NOW):
        """Several at once: list of (job, arguments)."""
        children = [self.begin(job, now, **args) for job, args in jobs]
        return [child.answer() for child in children]

    @contextmanager
    def held(self, job, pattern, now=NOW, **args):
        """A job that stands still before a statement while the block runs."""
        gate = str(self.folder / f"gate{self.orders}")
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(gate)
            door.listen(1)
            door.settimeout(PATIENCE)
            faults = {"pause_at": pattern, "gate": gate}
            child = self.begin(job, now, faults, **args)
            visitor, _address = door.accept()
        with visitor:
            yield child

    def begin_together(self, job, pattern, number, now=NOW, **args):
        """So many of one job, let go at once when each stands before a statement.

        :rtype: list[Child]
        """
        gate = str(self.folder / f"gate{self.orders}")
        faults = {"pause_at": pattern, "gate": gate}
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(gate)
            door.listen(number)
            door.settimeout(PATIENCE)
            children = [self.begin(job, now, faults, **args) for _n in range(number)]
            visitors = [door.accept()[0] for _child in children]
        for visitor in visitors:
            visitor.close()
        return children

    def wait_for_lock(self, number=1):
        """Wait until so many connections wait for a lock of another."""
        query = """SELECT count(*) FROM pg_stat_activity
                    WHERE datname = %s AND wait_event_type = 'Lock'"""
        with self.connection() as link, link.cursor() as cursor:
            for _try in range(PATIENCE * 50):
                cursor.execute(query, [self.database])
                if cursor.fetchone()[0] >= number:
                    return
                cursor.execute("SELECT pg_sleep(0.02)")
        raise AssertionError("nobody waits for a lock")


# -- mail ------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailServer:
    """Takes every mail; can hang in the middle of one, or cut the line.

    :param str mood: what it does with the mail number ``at``, once: ``take``,
        ``hang`` (before it has kept it), ``hang_after`` (has kept it, gives no
        answer), ``cut`` (hangs up before keeping), ``cut_after``, ``refuse``,
        ``wait`` (until `let_go`)
    :param float pause: seconds before each answer
    """

    def __init__(self, port, mood="take", at=1, pause=0):
        self.mood, self.at, self.pause = mood, at, pause
        self.count, self.mails = 0, []
        self.reached, self.go = threading.Event(), threading.Event()
        self.controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        await asyncio.sleep(self.pause)
        mood = self.mood if self.count == self.at else "take"
        if mood in ("take", "hang_after", "cut_after", "wait"):
            self.mails.append(_parse(envelope))
        if mood != "take":
            self.reached.set()
        if mood.startswith("hang"):
            await asyncio.Event().wait()
        if mood == "wait":
            await asyncio.to_thread(self.go.wait, PATIENCE)
        if mood.startswith("cut"):
            server.transport.abort()
        return "550 not wanted" if mood == "refuse" else "250 OK"

    def let_go(self):
        """Answer the mail that waits."""
        self.go.set()

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_exception):
        self.controller.stop()

    def count_by_debtor(self):
        return Counter(
            recipient
            for recipients, _m in self.mails
            for recipient in recipients
            if recipient.endswith("@debtor.example")
        )


def _parse(envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    return tuple(envelope.rcpt_tos), message
