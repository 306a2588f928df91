"""Stage 1: read the files of a contract, check them, and resolve references."""
