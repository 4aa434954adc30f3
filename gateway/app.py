"""The ASGI application: the graph, webhooks of sources, health and metrics."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.callers import Callers
from gateway.domain.circuits import GRAVITY
from gateway.domain.ids import SourceCode
from gateway.domain.principal import Principal
from gateway.http.admission import Admission, AdmissionBounds, LoopLag
from gateway.http.cost import CostRules
from gateway.http.draining import LastAnswers
from gateway.http.endpoint import GraphQLApp
from gateway.http.gate import Limits
from gateway.http.graphiql import Example
from gateway.http.pushes import PushBounds, Pushes
from gateway.monitoring import figures, measure
from gateway.settings import Settings
from gateway.telemetry import (
    CIRCUITS,
    DOCUMENT_CACHE,
    OPERATIONS_RUNNING,
    TURNED_AWAY,
    VIEW_LAG,
    VIEW_POSITIONS,
    VIEW_REBUILDS,
)
from gateway.wiring import Running
from gateway.worker import Worker
from resolvers.context import Context
from resolvers.sync.webhooks import take_webhook
from schema.access import URGENCY_BY_FIELD
from schema.build import build_schema
from schema.costs import WEIGHT_BY_FIELD
from schema.examples import examples


class Gateway:
    """One process that answers requests, and runs the loops too when it has a worker."""

    def __init__(self, running: Running, graph: GraphQLApp, settings: Settings, worker: Worker | None) -> None:
        self.running, self.graph, self.settings, self.worker = running, graph, settings, worker
        self.world, self.draining = running.world, graph.draining
        self.pushes = Pushes(self.take_push, push_bounds(settings), push_admission(settings, graph.admission.lag))

    def app(self) -> Starlette:
        routes = [
            *self.graph.routes(),
            Route("/", self.home),
            Route("/webhooks/{source}", self.pushes.__call__, methods=["POST"]),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]
        last_answers = Middleware(LastAnswers, draining=self.draining)
        return Starlette(routes=routes, lifespan=self.lifespan, middleware=[last_answers, *cross_origin(self.settings)])

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Fill the view before the first request is answered; end the loops before the connections close."""
        await self.running.start()
        if self.worker:
            self.worker.start()
        try:
            yield
        finally:
            if self.worker:
                await self.worker.stop()
            await self.running.stop()

    async def take_push(self, source: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        report = await take_webhook(self.world, SourceCode(source), headers, body)
        return {"rows": report.rows, "applied": report.applied, "rejected": [row.reason for row in report.rejected]}

    async def home(self, _request: Request) -> Response:
        return RedirectResponse("/graphql")

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(self, _request: Request) -> Response:
        """Ready = the database answers, the view is filled and no end has begun; a dead source never makes the gateway unready."""
        reachable = await self.running.database_answers()
        filled, ending = self.world.view.filled, self.draining.begun
        told = {"database": reachable, "view": filled, "ending": ending}
        return JSONResponse(told, status_code=200 if reachable and filled and not ending else 503)

    async def metrics(self, _request: Request) -> Response:
        """Tell this process's figures, and the database's as far as it answers."""
        await measure(self.world)
        VIEW_LAG.set(self.world.view.lag_s)
        VIEW_POSITIONS.set(self.running.positions())
        VIEW_REBUILDS.set(self.running.rebuilds())
        DOCUMENT_CACHE.labels("hit").set(self.graph.documents.hits)
        DOCUMENT_CACHE.labels("miss").set(self.graph.documents.misses)
        OPERATIONS_RUNNING.set(self.graph.admission.inside)
        for urgency, count in self.graph.admission.turned_away.items():
            TURNED_AWAY.labels(urgency.name).set(count)
        TURNED_AWAY.labels("WEBHOOK").set(sum(self.pushes.admission.turned_away.values()))
        for circuit in self.world.circuits():
            CIRCUITS.labels(circuit.source, circuit.operation).set(GRAVITY[circuit.state])
        return figures()


def cross_origin(settings: Settings) -> list[Middleware]:
    """Let browsers of other origins in, where the settings name them."""
    origins = [origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()]
    headers = ["authorization", "content-type", "x-session", "traceparent"]
    return [Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=headers)] if origins else []


def gateway_on(running: Running, settings: Settings, worker: Worker | None) -> Gateway:
    """Put the graph over a wired world."""
    world = running.world

    def context_for(principal: Principal, trace_id: str) -> Context:
        return Context(world, principal, world.clock.now(), trace_id)

    callers = Callers(world.network)
    graph = GraphQLApp(
        build_schema(),
        authenticate=callers.principal,
        context_for=context_for,
        limits=limits_of(settings),
        costs=CostRules(WEIGHT_BY_FIELD, assumed=settings.assumed_entries),
        most_cost=lambda principal: callers.most_cost(principal, settings.max_cost),
        admission=Admission(
            AdmissionBounds(settings.shed_delay_s, settings.most_operations, settings.shed_share_step, settings.most_streams),
            URGENCY_BY_FIELD,
        ),
        graphiql=[Example(*one) for one in examples()] if settings.graphiql else None,
    )
    return Gateway(running, graph, settings, worker)


def push_bounds(settings: Settings) -> PushBounds:
    return PushBounds(settings.max_webhook_bytes, settings.body_timeout_s, settings.mutation_budget_s, settings.budget_grace_s)


def push_admission(settings: Settings, lag: LoopLag) -> Admission:
    """Let pushes in by a room of their own: neither they nor operations fill the other's."""
    return Admission(AdmissionBounds(settings.shed_delay_s, settings.most_webhooks, share_step=0.0), {}, lag=lag)


def limits_of(settings: Settings) -> Limits:
    return Limits(
        read_budget_s=settings.read_budget_s,
        mutation_budget_s=settings.mutation_budget_s,
        budget_grace_s=settings.budget_grace_s,
        body_timeout_s=settings.body_timeout_s,
        body_bytes=settings.max_body_bytes,
        json_depth=settings.max_json_depth,
        json_values=settings.max_json_values,
        tokens=settings.max_tokens,
        depth=settings.max_query_depth,
        aliases=settings.max_aliases,
        documents=settings.document_cache,
        subscriptions=settings.max_subscriptions,
    )
