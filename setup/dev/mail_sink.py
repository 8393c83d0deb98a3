"""Take every mail of the demo and write it to a folder; nothing leaves the machine.

Called with a port and a folder.
"""

import asyncio
import itertools
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Folder:
    """Write each message as one .eml file, in the order of arrival."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.numbers = itertools.count(1)

    async def handle_DATA(self, server, session, envelope):
        stamp = time.strftime("%Y%m%d-%H%M%S")
        name = f"{stamp}-{next(self.numbers):05d}.eml"
        part = self.folder / f"{name}.part"
        part.write_bytes(envelope.content)
        part.rename(self.folder / name)
        return "250 written"


async def serve(port, folder):
    """Listen on this machine only, until the process is ended."""
    handler = Folder(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
