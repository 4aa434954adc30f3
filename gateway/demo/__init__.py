"""The demo: the embedded database, the sandbox network, the first sync and the graph, by one command."""
