"""GraphQL over HTTP, WebSocket and SSE: bytes to an executed document and back."""
