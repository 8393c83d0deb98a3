"""A program that starts real runners in processes of their own, to be killed.

It loads Odoo once for one database and then forks a child for each job that comes
as a line of JSON on its input; the child's id goes to its output. A child opens
connections of its own, freezes its clock, does the job with real commits and leaves
its answer in a file. What can befall it on the way:

``die_at``   kill -9 itself before that statement (counted; commits count too)
``pause_at`` before the first statement that matches the regular expression, connect
             to the socket ``gate`` and go on when the other side hangs up
"""

import gc
import json
import os
import re
import signal
import socket
import sys
import traceback
from datetime import datetime

import faults_jobs
import freezegun

from odoo import sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

import odoo.addons  # noqa: F401


class Meter:
    """Counts what a process asks of the database, and strikes where it was told."""

    def __init__(self, die_at=None, pause_at=None, gate=None):
        self.count = 0
        self.die_at = die_at
        self.pause_at = pause_at and re.compile(pause_at, re.DOTALL)
        self.gate = gate

    def tick(self, text):
        self.count += 1
        if self.count == self.die_at:
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


def work(order):
    """Do one job; the answer, or the error, goes to the file of the order."""
    meter = Meter(**order.get("faults", {}))
    now = datetime.fromisoformat(order["now"])
    registry = Registry(config["db_name"][0])
    registry.check_signaling()
    meter.install()
    try:
        with freezegun.freeze_time(now, tick=True):
            job = getattr(faults_jobs, order["job"])
            answer = {"answer": job(registry, **order.get("args", {}))}
    except BaseException:  # noqa: BLE001 - told to the parent
        answer = {"error": traceback.format_exc()}
    answer["statements"] = meter.count
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
