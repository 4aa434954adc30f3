"""Settings of a process, from the environment (prefix GATEWAY_) or arguments; each limit has its name here."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Span = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Whole = Annotated[int, Field(ge=0)]
LONGER_THAN: dict[str, tuple[tuple[str, ...], ...]] = {
    "drain_s": (("read_budget_s",), ("mutation_budget_s",)),
    "hand_over_lease_s": (("mutation_timeout_s", "database_timeout_s"),),
    "hand_over_give_up_s": (("hand_over_lease_s",),),
    "audit_pause_s": (("recover_every_s",),),
    "sighting_lives_s": (("sighting_every_s",),),
}
"""Settings that must be longer than others, or than their sum, to do what they are for."""
AT_LEAST = {
    "bulkhead_most": "bulkhead_fewest",
    "breaker_longest_pause_s": "breaker_pause_s",
    "hand_over_longest_pause_s": "hand_over_first_pause_s",
}


class Settings(BaseSettings):
    """Seconds, bytes and counts stand in the names. Secrets come from the environment alone."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", frozen=True)

    mongodb_uri: str | None = Field(default=None, validation_alias="MONGODB_URI")
    database: str = "commerce_gateway"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    metrics_port: Annotated[int | None, Field(ge=0, le=65_535)] = None
    """Where a worker tells its figures and its health; left out: nowhere."""
    graphiql: bool = True
    cors_origins: str = ""
    """Origins of browser storefronts that may call the graph, separated by commas; `*` lets all in. Empty: none."""
    data: Path = Path(".gateway-data")
    token_keys: SecretStr | None = None
    """Keys that sign promise tokens, newest first, separated by commas; at least 32 characters each."""
    order_key: SecretStr | None = None
    """Derives order secrets and pickup codes; at least 32 characters, never changed."""

    read_budget_s: Span = 2.0
    mutation_budget_s: Span = 5.0
    budget_grace_s: Span = 4.0
    """What a request may take beyond its budget, whatever hangs; then it is answered UNAVAILABLE."""
    body_timeout_s: Span = 10.0
    """How long a request's body may take to arrive."""

    read_timeout_s: Span = 2.0
    feed_timeout_s: Span = 15.0
    """Of one part of a feed."""
    mutation_timeout_s: Span = 5.0
    connect_timeout_s: Span = 1.0
    budget_margin_s: Span = 0.05
    """What a call to a source leaves of its request's budget."""
    source_max_bytes: Count = 5 * 1024 * 1024
    """Of a source's answer, unpacked."""
    feed_max_bytes: Count = 32 * 1024 * 1024
    """Of one part of a feed, unpacked; memory for about ten times as much is needed while it is taken in."""
    source_max_json_depth: Count = 64
    second_tries_share: Share = 0.1
    """Repeats and hedges of reads, by calls."""
    second_tries_saved: Count = 10
    hedge_after_s: Span | None = None
    """When an unanswered live read is asked for a second time; left out: after what 95 % of them take."""
    bulkhead_fewest: Count = 8
    bulkhead_most: Count = 64
    """Calls to one source under way at once; between the two its speed decides."""
    bulkhead_wait_s: Span = 0.05
    bulkhead_loops_share: Share = 0.5
    """How much of a source's bulkhead sync and relays may fill."""
    breaker_window_s: Span = 20.0
    breaker_fewest_calls: Count = 20
    breaker_failed_share: Share = 0.5
    breaker_slow_share: Share = 0.8
    slow_share: Share = 0.5
    """A call that takes more than this share of its time-out is slow."""
    breaker_pause_s: Span = 5.0
    breaker_longest_pause_s: Span = 60.0
    breaker_pause_spread: Share = 0.2
    breaker_probes: Count = 3
    breaker_forget_after_s: Span = 300.0
    """A circuit that nobody has used for so long is closed again: what opened it is history."""
    sighting_every_s: Span = 2.0
    """How often each process tells what it sees of the sources."""
    sighting_lives_s: Span = 10.0
    """How long that counts."""

    claim_deadline_s: Span = 4.0
    clock_skew_s: Span = 3.0
    """At least the longest database command plus the bound on clocks."""
    supply_early_s: Span = 86_400.0
    """So long before its date, units that come are taken to be of a lot."""
    database_timeout_s: Span = 2.0
    most_combined: Count = 200
    """Steps of concurrent callers that share one command to the database; 1: every caller for itself."""
    admission_s: float = Field(default=2.0, ge=0)
    """How long a place is looked at before anything is claimed there, once it was short or several came at once; 0: never."""
    folded_from: Whole = 100
    """So many claims of a place that only wait for their source's word are kept as one; 0: each by itself for ever."""
    most_markers: Count = 20_000
    """Beyond so many claims that stand apart at one place (of stock, or of a shift's capacity) no more are begun there: THROTTLED."""
    most_folds: Count = 400
    """Nor beyond so many parts, of 100 to 500 claims each, in which folded ones are kept there: a document of the database has 16 MB."""
    pass_patience_s: Span = 60.0
    """How long a pass over a source outwaits a database that is busy or away, before it is given up and made again later."""

    promises_judged_days: Count = 90
    """Promises that ended within so many days count for the confidence in new ones."""
    promises_judged_most: Count = 20_000
    """Of the newest so many orders."""
    promises_judged_every_s: Span = 300.0

    solver_threads: Count = 1
    """Large sourcing plans that are searched for at once beside everything else, each for as long as its profile's time cap."""
    news_at_once: Count = 8
    """Orders of which news of one source is taken in at the same time."""
    poll_factor: Span = 1.0
    """Scales every source's polling interval."""
    relays: Count = 2
    relay_idle_s: Span = 0.5
    swept_at_once: Count = 4
    """Orders of one list of work (recovery, routing, offers) that a worker looks after at the same time."""
    recover_every_s: Span = 2.0
    route_every_s: Span = 1.0
    lapse_every_s: Span = 5.0
    """How often offers are looked for that nobody answered in time."""
    beat_every_s: Span = 1.0
    scrub_every_s: Span = 3_600.0
    """How often all claims are compared with their orders."""
    shortfalls_every_s: Span = 2.0
    pauses_every_s: Span = 2.0
    """How often offers are looked for that wait at places which take no work."""
    reoptimize_every_s: Annotated[float, Field(ge=0)] = 0.0
    """How often orders that were not given out yet are planned again; 0: only by the command."""
    supply_every_s: Span = 5.0
    """How often orders that wait for supply are looked at: whether it has come, or its date has moved."""
    audit_every_s: Span = 60.0
    """How often the running audit looks at a sample."""
    audit_sample: Whole = 20
    """Positions and orders of one round; 0: it does not run."""
    audit_pause_s: Span = 10.0
    """Between two looks of an audit: what is gone at the second one was only on its way. Longer than `recover_every_s`."""
    purge_every_s: Span = 3_600.0
    orphan_age_s: Span = 86_400.0
    """Personal data that was saved so long ago for an order that never came to be is deleted."""
    capacity_kept_s: Span = 30 * 86_400.0
    """How long after its day is over everywhere it is still known what was booked of a place's room."""
    lease_s: Span = 30.0
    drain_s: Span = 10.0
    """At the end: for requests and messages under way to come to theirs; longer than any budget."""
    drain_notice_s: Annotated[float, Field(ge=0)] = 1.0
    """After SIGTERM: how long /readyz says no while requests are still taken, so that balancers hear of it first."""
    stop_s: Span = 5.0
    """At the end: for loops, leases and connections to be given up; what hangs then is left behind, and leases lapse by themselves."""
    conformance_patience_s: Span = 30.0
    """How long the conformance kit waits for a figure to move."""
    conformance_look_every_s: Span = 0.5
    conformance_most_refused: Share = 0.05
    """The share of a feed's rows that may be refused."""
    conformance_sample: Count = 25
    """Articles that the kit reads live."""
    conformance_slack_s: Span = 1.0
    """By how much a call may overrun the time that its request has left."""
    hand_over_lease_s: Span = 30.0
    """How long a relay holds a message; a call to a source is broken off before. Longer than `mutation_timeout_s` and a slow database."""
    hand_over_first_pause_s: Span = 1.0
    """Ceiling of the pause after the first failed try of a message; each further one doubles it."""
    hand_over_longest_pause_s: Span = 900.0
    hand_over_give_up_s: Span = 86_400.0
    """How long a message is tried until it is left to a person; a source's `max_attempts` may end it sooner."""

    most_operations: Count = 256
    """Operations that one process runs at once."""
    shed_delay_s: Span = 0.1
    """How late the loop may be, or how long the turn of a search may take, until searches are refused; each more urgent class twice as
    long: stock, status, reserve, place."""
    shed_share_step: Share = 0.1
    """How much less of the room each less urgent class may fill."""
    most_webhooks: Count = 32
    """Pushes of sources that one process takes in at once."""
    most_streams: Count = 2_000
    """Sockets and event streams of one process."""
    max_body_bytes: Count = 256 * 1024
    max_webhook_bytes: Count = 1024 * 1024
    max_json_depth: Count = 32
    max_json_values: Count = 3_000
    """Values in the variables of one request."""
    max_tokens: Count = 1_000
    max_query_depth: Count = 16
    max_aliases: Count = 60
    max_cost: Count = 50_000
    """What one operation may cost, of callers of which the network file says nothing else."""
    assumed_entries: Count = 3
    """So many entries a list counts in an operation's cost of which its arguments do not say how many."""
    document_cache: Count = 1_000
    max_subscriptions: Count = 100
    view_max_lag_s: Span = 15.0
    """Behind the ledger by more than this, answers are marked STALE."""
    view_asks_every_s: float = Field(default=0.05, ge=0)
    """How often at most a process asks the stream of stock: how late another's write may be seen. Claims never wait for it."""

    @model_validator(mode="after")
    def _agreeing(self) -> Self:
        """Refuse settings that defeat each other."""
        wrong = [
            f"{named(name)} is {value:g}; it must be longer than {' + '.join(map(named, others))} = {least:g}."
            for name, bounds in LONGER_THAN.items()
            for others in bounds
            if (value := getattr(self, name)) <= (least := sum(getattr(self, other) for other in others))
        ]
        wrong += [
            f"{named(name)} is {value:g}; it must be at least {named(other)} = {least:g}."
            for name, other in AT_LEAST.items()
            if (value := getattr(self, name)) < (least := getattr(self, other))
        ]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


def named(setting: str) -> str:
    return f"GATEWAY_{setting.upper()}"
