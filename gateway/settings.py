"""Settings of a process, from the environment (prefix GATEWAY_) or arguments; each limit has its name here."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Seconds, bytes and counts stand in the names. Secrets come from the environment alone."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", frozen=True)

    mongodb_uri: str | None = Field(default=None, validation_alias="MONGODB_URI")
    database: str = "commerce_gateway"
    host: str = "127.0.0.1"
    port: int = 8000
    graphiql: bool = True
    cors_origins: str = ""
    """Origins of browser storefronts that may call the graph, separated by commas; `*` lets all in. Empty: none."""
    data: Path = Path(".gateway-data")
    token_keys: SecretStr | None = None
    """Keys that sign promise tokens, newest first, separated by commas; at least 32 characters each."""
    order_key: SecretStr | None = None
    """Derives order secrets and pickup codes; at least 32 characters, never changed."""

    read_timeout_s: float = 2.0
    mutation_timeout_s: float = 5.0
    claim_deadline_s: float = 4.0
    clock_skew_s: float = 3.0
    """At least the longest database command plus the bound on clocks."""
    supply_early_s: float = 86_400.0
    """So long before its date, units that come are taken to be of a lot."""
    database_timeout_s: float = 2.0
    pass_patience_s: float = 60.0
    """How long a pass over a source outwaits a database that is busy or away, before it is given up and made again later."""

    poll_factor: float = 1.0
    """Scales every source's polling interval."""
    relays: int = 2
    relay_idle_s: float = 0.5
    recover_every_s: float = 2.0
    route_every_s: float = 1.0
    beat_every_s: float = 1.0
    scrub_every_s: float = 3_600.0
    """How often all claims are compared with their orders."""
    lease_s: float = 30.0
    drain_s: float = 10.0

    max_body_bytes: int = 256 * 1024
    max_webhook_bytes: int = 1024 * 1024
    max_json_depth: int = 32
    max_tokens: int = 1_000
    max_query_depth: int = 16
    max_aliases: int = 60
    document_cache: int = 1_000
    max_subscriptions: int = 100
    view_max_lag_s: float = 15.0
    """Behind the ledger by more than this, answers are marked STALE."""
