"""Stage 4: make distributions of the packages."""
