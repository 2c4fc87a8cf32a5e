"""From an image to a verdict: recipe, verdict, record and the one pipeline."""
