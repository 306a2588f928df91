"""Stage 3: turn the intermediate representation into Python source."""
