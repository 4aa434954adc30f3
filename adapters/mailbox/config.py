"""What the network file says of a mailbox: where it is and how one enters it, and how files in it are treated."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from adapters.mapping.options import Options

FolderName = Annotated[str, Field(pattern=r"^[^~\s]+$")]


class MailboxOptions(Options):
    """A partner's mailbox: folders of a disk, or of an SFTP server. All its folders lie on one file system, since files are moved."""

    kind: Literal["FOLDER", "SFTP"] = "FOLDER"
    folder: str
    """The folder that holds the others; relative to the network file (FOLDER) or to the user's home (SFTP)."""
    host: str = ""
    port: Annotated[int, Field(gt=0, le=65_535)] = 22
    user: str = ""
    password_env: str | None = None
    """The environment variable that holds the password."""
    key_file: str | None = None
    """The private key that opens it."""
    known_hosts: str = ""
    """The file of known hosts that holds the server's key; a server that is not in it is not entered."""
    incoming: FolderName = "in"
    """Where the partner puts its files."""
    outgoing: FolderName = "out"
    """Where it fetches ours."""
    archive: FolderName = "archive"
    """Files that were taken, in a folder for each day; what is read again is read here."""
    rejected: FolderName = "rejected"
    """Files that were not taken, as they came."""
    reports: FolderName = "reports"
    """What was wrong, a JSON file for each file."""
    sent: FolderName = "sent"
    """A copy of each order that was put out: the proof that it was."""
    numbers: FolderName = "numbers"
    """Control numbers that were used, of both directions."""
    settle_s: Annotated[float, Field(ge=0, le=86_400)] = 10
    """A file is whole when it has not changed for so long; 0: at once, for partners that rename what they have written."""
    unfinished: tuple[str, ...] = (".part", ".tmp", ".filepart", ".writing")
    """Endings of names that are still being written, whatever their age; so are names that begin with a dot."""
    most_bytes: Annotated[int, Field(ge=1024)] = 32 * 1024 * 1024
    """Larger files are put aside unread."""
    most_files: Annotated[int, Field(ge=1)] = 500
    """Files that one look takes; the others wait for the next."""
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 20
    """Of one operation in the mailbox."""
    connect_timeout_s: Annotated[float, Field(gt=0, le=60)] = 10

    @model_validator(mode="after")
    def _whole(self) -> "MailboxOptions":
        needed = [name for name in ("host", "user", "known_hosts") if not getattr(self, name)]
        if self.kind == "SFTP" and needed:
            raise ValueError(f"kind SFTP needs {', '.join(needed)}")
        if self.kind == "SFTP" and not (self.password_env or self.key_file):
            raise ValueError("kind SFTP needs password_env or key_file")
        folders = [self.incoming, self.outgoing, self.archive, self.rejected, self.reports, self.sent, self.numbers]
        if len(set(folders)) < len(folders):
            raise ValueError("two of its folders are the same one")
        return self
