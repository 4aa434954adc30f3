"""What every interpreter of the claim protocol keeps: the same answers to the same programs, and the invariants of the ledger."""

from abc import ABC

from tests.contracts.acknowledged_claims import AcknowledgedClaims
from tests.contracts.changed_claims import ChangedClaims
from tests.contracts.crashed_claims import CrashedClaims
from tests.contracts.placed_claims import PlacedClaims
from tests.contracts.recorded_claims import RecordedClaims
from tests.contracts.referred_claims import ReferredClaims
from tests.contracts.reserved_claims import ReservedClaims
from tests.contracts.scarce_claims import ScarceClaims


class ClaimsContract(
    ReservedClaims, CrashedClaims, RecordedClaims, PlacedClaims, ChangedClaims, AcknowledgedClaims, ReferredClaims, ScarceClaims, ABC
):
    """Inherit and name the interpreter, and how its documents are seen."""
