"""What every Mailbox does."""

from abc import ABC, abstractmethod

import pytest

from gateway.domain.errors import NotFound, SourceError
from gateway.ports.sources import Mailbox


class MailboxContract(ABC):
    """Inherit, and give `mailbox`, `wrong` (what brings a file with a wrong count, by its name), `taken` (files that were), `lose`."""

    @pytest.fixture
    @abstractmethod
    def mailbox(self) -> Mailbox: ...

    @abstractmethod
    async def wrong(self, mailbox: Mailbox) -> str: ...

    @abstractmethod
    def taken(self, mailbox: Mailbox) -> int: ...

    @abstractmethod
    def lose(self, mailbox: Mailbox) -> None: ...

    async def test_a_mailbox_without_trouble_reports_nothing(self, mailbox: Mailbox) -> None:
        assert await mailbox.reports(10) == []

    async def test_what_is_wrong_is_told_in_words_with_the_file_and_its_partner(self, mailbox: Mailbox) -> None:
        name = await self.wrong(mailbox)
        (report,) = await mailbox.reports(10)
        assert (report.came_as, report.verdict) == (name, "QUARANTINED")
        assert report.partner
        assert report.at.tzinfo is not None
        assert all(fault.reason for fault in report.faults)
        assert report.faults
        assert self.taken(mailbox) == 0

    async def test_a_file_that_is_still_wrong_is_put_aside_again_and_told_once(self, mailbox: Mailbox) -> None:
        await self.wrong(mailbox)
        (before,) = await mailbox.reports(10)
        again = await mailbox.replay(before.file)
        assert (again.verdict, again.faults) == ("QUARANTINED", before.faults)
        assert [one.file for one in await mailbox.reports(10)] == [again.file]
        assert self.taken(mailbox) == 0

    async def test_a_person_may_overlook_what_is_wrong(self, mailbox: Mailbox) -> None:
        await self.wrong(mailbox)
        (before,) = await mailbox.reports(10)
        after = await mailbox.replay(before.file, overlook=True)
        assert (after.verdict, after.faults) == ("WARNED", before.faults)
        assert [one.verdict for one in await mailbox.reports(10)] == ["WARNED"]
        assert self.taken(mailbox) == 1

    async def test_the_last_file_is_reported_first_and_no_more_than_asked_for(self, mailbox: Mailbox) -> None:
        first, second = await self.wrong(mailbox), await self.wrong(mailbox)
        assert [one.came_as for one in await mailbox.reports(10)] == [second, first]
        assert [one.came_as for one in await mailbox.reports(1)] == [second]

    @pytest.mark.parametrize("name", ["", "nothing", "20261128T120000.000000Z~7~846~a.edi", "../../etc/passwd"])
    async def test_a_file_that_is_not_there_is_told_so(self, mailbox: Mailbox, name: str) -> None:
        with pytest.raises(NotFound):
            await mailbox.replay(name)

    async def test_an_outage_is_an_error_and_no_empty_list(self, mailbox: Mailbox) -> None:
        self.lose(mailbox)
        with pytest.raises(SourceError):
            await mailbox.reports(10)
