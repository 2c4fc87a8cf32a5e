"""Teaching a product: what was collected, chosen and learned, kept on disk step by step."""
