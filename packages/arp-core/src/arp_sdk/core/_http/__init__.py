"""HTTP messages, headers and URLs as values, without I/O."""
