"""A real Tryton for the tests: installed beside us, never imported, seeded and steered over HTTP alone."""
