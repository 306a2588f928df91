"""Stage 2: turn the contract into the intermediate representation."""
