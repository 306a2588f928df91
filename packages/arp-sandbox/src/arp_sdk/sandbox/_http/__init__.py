"""HTTP layer of the embedded services."""
