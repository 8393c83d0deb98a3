"""Print one hash of what a test database depends on; file names come in, NUL between.

Of Python that is its shape: classes, fields, constraints, signatures. The body of a
method may change without a new database: tests read the code from the checkout. The
bodies that run while an addon is installed count.
"""

import ast
import hashlib
import sys
from pathlib import Path

INSTALLING = {"init", "_auto_init", "_table_query", "_register_hook", "uninstall_hook"}


def runs_at_install(name):
    return name in INSTALLING or name.startswith(("post_init", "pre_init", "_load"))


class Shape(ast.NodeTransformer):
    """Empty the functions that nothing calls while an addon is installed."""

    def visit_FunctionDef(self, node):
        if not runs_at_install(node.name):
            node.body = [ast.Pass()]
        return node


def shape(path):
    content = path.read_bytes()
    if path.suffix != ".py":
        return content
    try:
        return ast.dump(Shape().visit(ast.parse(content))).encode()
    except SyntaxError:
        return content  # the installation will say what is wrong


total = hashlib.sha256()
for name in sorted(filter(None, sys.stdin.read().split("\0"))):
    total.update(f"{name} {hashlib.sha256(shape(Path(name))).hexdigest()}\n".encode())
print(total.hexdigest()[:12])
