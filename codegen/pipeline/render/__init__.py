"""Stage 3: turn the intermediate representation into the source text of packages."""
