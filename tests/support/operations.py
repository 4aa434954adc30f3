"""What the stories send."""

AVAILABILITY = """query($skus: [String!]!) { availability(skus: $skus) {
  sku status orderable quantity deliverableQuantity collectableQuantity byKind { kind quantity locationCount } asOf freshness } }"""
STOCK = """query($sku: String!) { product(by: {sku: $sku}) { sku gtin name price { amount currency }
  stock(first: 100) {
    nodes { available onHand reserved allocated shortfall freshness asOf
      location { code kind } source { code health } inbound { quantity } }
    unknown { location { code } source { code } since } } } }"""
PRODUCTS = (
    "query($first: Int) { products(first: $first, filter: {inStock: true}) { nodes { sku name price { amount currency } } totalCount } }"
)
PROMISES = """query($input: DeliveryPromisesInput!) { deliveryPromises(input: $input) {
  options { token service { code method } earliest latest precision orderBefore fee { amount currency } pickupLocation { code }
    shipments { from { code kind } lines { sku quantity } shipsBy } asOf freshness }
  unavailable { method serviceCode reason message } } }"""
RESERVE = """mutation($input: ReserveStockInput!) { reserveStock(input: $input) {
  reservation { id state expiresAt lines { sku requested reserved claims { location { code } quantity } } }
  userErrors { code message field ... on InsufficientStock { sku requested available } } } }"""
PLACE = """mutation($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id number status amounts { total { amount currency } } fulfillments { id number state task location { code } }
    deliveryGroups { id service { method } promise { earliest latest } }
    lines { id sku quantity units { quantity state location { code } } } }
  accessSecret
  userErrors { code message field ... on InsufficientStock { sku requested available } ... on PromiseChanged { reason } } } }"""
ORDER = """query($number: String!) { order(by: {number: $number}) { number status attention { code message }
  fulfillments { id number state task location { code } lines { id sku quantity picked missing } parcels { number trackingNumber }
    handOvers { state attempts reference lastError what source { code } } }
  handOvers { state what attempts reference lastError source { code } }
  lines { sku quantity units { quantity state location { code } } }
  history(first: 50) { nodes { type summary at } } } }"""
TRACK = """query($number: String!, $secret: String!) { order(by: {own: {number: $number, secret: $secret}}) {
  number status lines { sku units { quantity state } }
  deliveryGroups { promise { latest state } fulfillments { state pickupCode parcels { trackingNumber } } }
  history(first: 50) { nodes { type summary } } } }"""
SOURCES = """{ sources { code kind health since feeds { name lastSyncAt rows rejectedRows freshness }
  waitingHandOvers deadHandOvers parkedHandOvers } }"""
STEP = """mutation($input: %sInput!) { %s(input: $input) {
  fulfillment { id number state lines { id sku quantity picked missing } parcels { number trackingNumber } order { status } }
  userErrors { code message field } } }"""


def step(verb: str) -> str:
    """Return the mutation of one fulfillment step, as in `acceptFulfillment`."""
    return STEP % (verb[0].upper() + verb[1:], verb)
