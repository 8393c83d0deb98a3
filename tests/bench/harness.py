"""How something is measured: seconds, queries and peak memory, in a fresh process.

A bench is a file beside this one whose functions carry :func:`case`::

    @case("select by one SQL", sizes=(1_000, 10_000))
    def floor(env, n): ...

    @case("select", sizes=(1_000, 10_000), compared_to="select by one SQL")
    def select(env, n): ...

A function ``seed(env, n)`` of the same file fills the database of that size once; each
measure runs on it and is rolled back, or on a clone of it when the case ``commits``.
A case may return a callable: then only that callable is measured, what came before was
preparation. It may return figures of its own, by name: they count instead.
"""

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """Something that is measured at several sizes."""

    name: str
    run: object
    sizes: tuple = (1_000,)
    compared_to: str | None = None
    commits: bool = False
    repeat: int = 3


CASES: list[Case] = []


def case(name, **options):
    """Register a function of (env, n) as something to measure."""

    def register(function):
        CASES.append(Case(name, function, **options))
        return function

    return register


def peak_mb():
    """Return the most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_seconds(env):
    """Return what this process and its database backend used, if that is here."""
    stat = Path(f"/proc/{env.cr._cnx.info.backend_pid}/stat")
    backend = 0
    if stat.exists() and "postgres" in (text := stat.read_text()):
        user, system = text.rsplit(")", 1)[1].split()[11:13]
        backend = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + backend


def measure(env, found, n):
    """Return seconds, queries and peak MB over idle of one run of a case.

    Its processor seconds too, of this process and of its database's: on a machine that
    does other things as well they say more than the clock.
    """
    from odoo import sql_db

    env.flush_all()
    env.invalidate_all()
    work = found.run
    prepared = found.run(env, n) if _prepares(found) else None
    idle, queries, cpu = peak_mb(), sql_db.sql_counter, cpu_seconds(env)
    start = time.perf_counter()
    own = prepared() if prepared else work(env, n)
    env.flush_all()
    figures = {
        "seconds": time.perf_counter() - start,
        "cpu": cpu_seconds(env) - cpu,
        "queries": sql_db.sql_counter - queries,
        "peak_mb": peak_mb() - idle,
    }
    return figures | own if isinstance(own, dict) else figures


def _prepares(found):
    return getattr(found.run, "prepares", False)


def prepares(function):
    """Mark a case that returns the callable to measure."""
    function.prepares = True
    return function
