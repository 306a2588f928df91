"""HTTP on both sides: requests to arguments, values to responses, calls to other services."""
