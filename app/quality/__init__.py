"""What the records say of the machine: limits, rates, charts. Pure mathematics on arrays."""
