"""The worlds a run can live in, and what hosts plug into them."""
