"""The public contract: GraphQL types, inputs, payloads, and fields that call a resolver."""
