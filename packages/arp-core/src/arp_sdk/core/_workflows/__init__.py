"""Work that takes several calls, as generators without I/O."""
