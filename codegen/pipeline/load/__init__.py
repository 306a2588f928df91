"""Stage 1: read a contract, check it, and resolve its references."""
