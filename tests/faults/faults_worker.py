"""A program that starts real runners in processes of their own, to be killed.

It loads Odoo once for one database and then forks a child for each job that comes
as a line of JSON on its input; the child's id goes to its output. A child opens
connections of its own, freezes its clock, does the job with real commits and leaves
its answer in a file. What can befall it on the way:

``die_at``   kill -9 itself before that statement (counted; commits count too)
``die_at_commit``  kill -9 itself before that commit: all is written, nothing kept
``full_at``  no file may grow beyond so many bytes, as on a full disk
``store_full_after``  the file store takes so many files, then none to its end
``pause_at`` before the first statement that matches the regular expression, connect
             to the socket ``gate`` and go on when the other side hangs up
"""

import gc
import json
import os
import re
import resource
import signal
import socket
import sys
import traceback
from datetime import datetime

import faults_crons
import faults_jobs
import faults_wizards
import freezegun

from odoo import sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

import odoo.addons  # noqa: F401

JOBS = {**vars(faults_jobs), **vars(faults_wizards), **vars(faults_crons)}


class Meter:
    """Counts what a process asks of the database, and strikes where it was told."""

    def __init__(self, die_at=None, die_at_commit=None, pause_at=None, gate=None):
        self.count = self.commits = 0
        self.die_at, self.die_at_commit = die_at, die_at_commit
        self.pause_at = pause_at and re.compile(pause_at, re.DOTALL)
        self.gate = gate

    def tick(self, text):
        self.count += 1
        self.commits += text == "COMMIT"
        if self.count == self.die_at or 0 < self.commits == self.die_at_commit:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.pause_at and self.pause_at.search(text):
            self.pause_at = None
            self._wait()

    def _wait(self):
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(self.gate)
            door.recv(1)  # nothing comes: the other side hangs up

    def install(self):
        execute, commit = sql_db.Cursor.execute, sql_db.Cursor.commit
        meter = self

        def counted_execute(cursor, query, *args, **kwargs):
            meter.tick(getattr(query, "code", query))
            return execute(cursor, query, *args, **kwargs)

        def counted_commit(cursor):
            meter.tick("COMMIT")
            return commit(cursor)

        sql_db.Cursor.execute, sql_db.Cursor.commit = counted_execute, counted_commit


class Disk:
    """The kernel refuses to let files grow, so that real writes really fail."""

    def __init__(self, full_at=None, store_full_after=None):
        self.full_at, self.room = full_at, store_full_after

    @staticmethod
    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, -1))

    def install(self, registry):
        if self.full_at is not None:
            self.limit(self.full_at)
        if self.room is not None:
            store = registry["ir.attachment"]
            write, disk = store._file_write, self

            def limited_write(attachments, content, checksum):
                if os.path.exists(attachments._full_path(f"{checksum[:2]}/{checksum}")):
                    return write(attachments, content, checksum)
                disk.room -= 1
                disk.limit(len(content) // 2 if disk.room < 0 else -1)
                try:
                    return write(attachments, content, checksum)
                finally:
                    disk.limit(-1)

            store._file_write = limited_write


def work(order):
    """Do one job; the answer, or the error, goes to the file of the order."""
    faults = order.get("faults", {})
    disk = Disk(**{key: faults.pop(key) for key in (*faults,) if "full" in key})
    meter = Meter(**faults)
    now = datetime.fromisoformat(order["now"])
    registry = Registry(config["db_name"][0])
    registry.check_signaling()
    meter.install()
    disk.install(registry)
    try:
        with freezegun.freeze_time(now, tick=True):
            job = JOBS[order["job"]]
            answer = {"answer": job(registry, **order.get("args", {}))}
    except BaseException:  # noqa: BLE001 - told to the parent
        answer = {"error": traceback.format_exc()}
    answer["statements"], answer["commits"] = meter.count, meter.commits
    disk.limit(-1)
    part = f"{order['out']}.part"
    with open(part, "w", encoding="utf-8") as file:
        json.dump(answer, file, default=str)
    os.rename(part, order["out"])


def serve():
    """Fork a child for each line of the input."""
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.setpgid(0, 0)  # killed together with the engine it started
                work(json.loads(line))
            finally:
                os._exit(0)
        print(pid, flush=True)


def main():
    config.parse_config(sys.argv[1:], setup_logging=True)
    Registry(config["db_name"][0])
    sql_db.close_all()  # a connection shared by two processes breaks both
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    print("ready", flush=True)
    serve()


if __name__ == "__main__":
    main()
