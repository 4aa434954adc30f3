"""All faults of the model."""

from tests.campaigns.modeling.order_faults import ORDER_FAULTS
from tests.campaigns.modeling.supply_faults import SUPPLY_FAULTS

FAULTS = (*ORDER_FAULTS, *SUPPLY_FAULTS)
