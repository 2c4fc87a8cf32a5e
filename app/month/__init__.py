"""A made-up month of production, for tests, demonstrations and measurements."""
