import email
import email.policy
import smtplib
import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller


class Sink:
    """What a mail server that takes everything has received, parsed."""

    def __init__(self, answer="250 OK"):
        self.answer = answer
        self.messages = []
        self.senders = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - its API
        if self.answer.startswith("250"):
            message = email.message_from_bytes(
                envelope.content, policy=email.policy.default
            )
            self.messages.append((envelope.rcpt_tos, message))
            self.senders.append(envelope.mail_from)
        return self.answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def mail_server(env, answer="250 OK"):
    """A real SMTP server on a free port that Odoo is told to use.

    :return: the `Sink` with what it received
    """
    sink = Sink(answer)
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    sink.port = controller.port
    server = env["ir.mail_server"].create(
        {
            "name": "sink",
            "smtp_host": "127.0.0.1",
            "smtp_port": controller.port,
            "smtp_encryption": "none",
            "sequence": 1,
        }
    )
    try:
        yield sink
    finally:
        controller.stop()
        server.active = False


def deliver(env, sink, message):
    """Somebody else's mail through the same server into Odoo's gateway.

    :param email.message.EmailMessage message: with From and To
    """
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=30) as client:
        client.send_message(message)
    _recipients, received = sink.messages.pop()
    sink.senders.pop()
    env["mail.thread"].message_process(False, received.as_bytes())
