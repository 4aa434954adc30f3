"""The start-up check names what is too weak, with the remedy."""

import pytest
from pymongo import ReadPreference
from pymongo.errors import OperationFailure

from adapters.mongo.client import answers, client_of, connect
from adapters.mongo.concerns import time_problems, topology_problems, untold_defaults, version_problems, weak_defaults
from adapters.mongo.writes import Bounds, is_passing
from gateway.domain.claims.meaning import Times
from gateway.domain.errors import ConfigurationInvalid


async def test_the_embedded_server_is_accepted_and_indexed(mongo_uri: str, database_name: str) -> None:
    async with connect(mongo_uri, database_name, 2.0) as database:
        assert await answers(database)
        assert "recover_1__id_1" in await database["orders"].index_information()
        await database.client.drop_database(database_name)


async def test_what_an_address_says_of_concerns_is_overruled(mongo_uri: str) -> None:
    client = client_of(f"{mongo_uri}&w=1&journal=false", Bounds())
    assert client.write_concern.document == {"w": "majority", "j": True}
    assert client.options.retry_writes is False
    client.close()


async def test_a_skew_below_the_longest_command_is_refused(mongo_uri: str, database_name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"clock_skew_s is 1; set it to at least database_timeout_s \+ 1 = 3"):
        async with connect(mongo_uri, database_name, 2.0, Times(skew_ms=1_000)):
            pass


def test_old_and_standalone_servers_are_refused() -> None:
    assert version_problems({"version": "5.0.9"}) == ["its version is 5.0.9; use MongoDB 6.0 or later."]
    assert version_problems({"version": "8.2.11"}) == []
    assert len(topology_problems({"isWritablePrimary": True})) == 1
    assert topology_problems({"msg": "isdbgrid"}) == []
    assert time_problems(Times(), Bounds()) == []


@pytest.mark.parametrize("write", [{"w": 1}, {"w": 2}, {"w": "majority", "j": False}, {"j": True}, {}])
def test_a_cluster_whose_defaults_lose_writes_is_refused(write: dict[str, object]) -> None:
    (problem,) = weak_defaults({"defaultWriteConcern": write})
    assert "setDefaultRWConcern" in problem


def test_a_cluster_with_an_arbiter_tells_no_write_concern_and_is_refused() -> None:
    (problem,) = weak_defaults({"defaultReadConcern": {"level": "local"}, "defaultWriteConcernSource": "implicit"})
    assert "is not stated" in problem


async def test_what_decides_is_read_of_the_primary_whatever_the_address_says() -> None:
    client = client_of("mongodb://nowhere.invalid/?readPreference=secondaryPreferred", Bounds())
    assert client.read_preference == client["shop"].read_preference == ReadPreference.PRIMARY
    client.close()


@pytest.mark.parametrize("code", [91, 133, 134, 189, 202, 10107])
def test_what_comes_with_a_change_of_primaries_passes(code: int) -> None:
    assert is_passing(OperationFailure("told by a server", code))


def test_a_cluster_whose_defaults_are_a_majority_s_is_accepted() -> None:
    assert weak_defaults({"defaultWriteConcern": {"w": "majority", "wtimeout": 0}}) == []


def test_only_the_embedded_server_need_not_tell_its_defaults() -> None:
    unknown, refused = OperationFailure("no such command", 59), OperationFailure("not authorized", 13)
    assert untold_defaults(unknown, {"version": "8.2.11", "secantusVersion": "0.7.0b3"}) == []
    assert "use MongoDB itself" in untold_defaults(unknown, {"version": "7.0.0"})[0]
    assert "clusterMonitor" in untold_defaults(refused, {"version": "7.0.0"})[0]
    with pytest.raises(OperationFailure):
        untold_defaults(OperationFailure("stepping down", 189), {"version": "7.0.0"})
