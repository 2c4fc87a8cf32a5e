"""Station settings and the recipe repository."""
