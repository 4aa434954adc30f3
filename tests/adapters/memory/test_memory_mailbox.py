"""The stand-in of a mailbox keeps the contract of its port."""

from itertools import count

import pytest

from adapters.memory.mailbox import MemoryMailbox
from gateway.domain.errors import SourceUnavailable
from gateway.domain.mail import MailFault
from gateway.ports.sources import Mailbox
from tests.contracts.mailbox import MailboxContract


class TestMailbox(MailboxContract):
    numbers = count(1)

    @pytest.fixture
    def mailbox(self) -> Mailbox:
        return MemoryMailbox()

    async def wrong(self, mailbox: Mailbox) -> str:
        assert isinstance(mailbox, MemoryMailbox)
        name = f"{next(self.numbers)}.edi"
        mailbox.put_aside(name, MailFault(7, "SE", "says 8, there are 7 segments"))
        return name

    def taken(self, mailbox: Mailbox) -> int:
        assert isinstance(mailbox, MemoryMailbox)
        return len(mailbox.taken)

    def lose(self, mailbox: Mailbox) -> None:
        assert isinstance(mailbox, MemoryMailbox)
        mailbox.switch.fault = SourceUnavailable("memory", "is away")
