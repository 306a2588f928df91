"""Event streams as generators without I/O: parse, resume, deduplicate."""
