"""Opens the store that a mailbox's options name; what cannot be opened is told with its key and the remedy."""

from collections.abc import Mapping
from pathlib import Path

from adapters.mailbox.config import MailboxOptions
from adapters.mailbox.folder import FolderStore
from adapters.mailbox.store import Store
from gateway.domain.errors import ConfigurationInvalid

EXTRA = "asyncssh is not installed; install the gateway with its extra: pip install 'unified-commerce-gateway[sftp]'"


def entered(source: str, options: MailboxOptions, anchor: Path, environment: Mapping[str, str]) -> Store:
    """Return the store; nothing is called yet. `anchor`: the network file's folder. Raises ConfigurationInvalid."""
    path = f"sources.{source}.options.mailbox"
    if options.kind == "FOLDER":
        return FolderStore(source, anchor / options.folder, options.timeout_s)
    password = environment.get(options.password_env) if options.password_env else None
    if options.password_env and not password:
        raise ConfigurationInvalid(
            f"source {source}", [f"{path}.password_env: {options.password_env} is not set; set this environment variable"]
        )
    try:
        from adapters.mailbox.sftp import SftpStore, Way  # noqa: PLC0415 - an extra: only who reaches an SFTP server needs it
    except ModuleNotFoundError as error:
        raise ConfigurationInvalid(f"source {source}", [f"{path}.kind: {EXTRA}"]) from error
    known_hosts, key_file = anchor / options.known_hosts, str(anchor / options.key_file) if options.key_file else None
    missing = [name for name, file in (("known_hosts", str(known_hosts)), ("key_file", key_file)) if file and not Path(file).is_file()]
    if missing:
        raise ConfigurationInvalid(f"source {source}", [f"{path}.{name}: there is no such file; name one" for name in missing])
    return SftpStore(source, options.model_copy(update={"known_hosts": str(known_hosts)}), Way(password, key_file))
