"""One call as a generator without I/O: build, send, retry, redirect, read."""
