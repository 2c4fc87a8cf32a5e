"""The networks' parts, one family a file."""
