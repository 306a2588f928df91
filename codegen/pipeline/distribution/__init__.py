"""Stage 4: distributions around the source."""
