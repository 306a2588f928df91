"""Stage 2: turn a contract into the intermediate representation."""
