"""A real Tryton for the demo and the tests: installed beside us, never imported, seeded over HTTP alone."""
