"""How each detector learns a product: one module for each, all of one form."""
