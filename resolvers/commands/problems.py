"""All that is wrong with what was asked, gathered before anything is done."""

from gateway.domain.errors import DomainError, InvalidInput, NotFound, RefusalCode, Refusals


class Problems:
    """Refusals in the order in which they were found."""

    def __init__(self) -> None:
        self.found: list[DomainError] = []

    def add(self, error: DomainError) -> None:
        self.found.append(error)

    def refuse(self, refusal: RefusalCode, message: str, *field: str | int) -> None:
        self.add(InvalidInput(message, field=tuple(str(part) for part in field), refusal=refusal))

    def unknown(self, what: str, name: str, *field: str | int) -> None:
        self.add(NotFound(what, name, field=tuple(str(part) for part in field)))

    def stop(self) -> None:
        """Raise what was found, if anything was: one refusal as it is, several as Refusals."""
        if len(self.found) == 1:
            raise self.found[0]
        if self.found:
            raise Refusals(self.found)
