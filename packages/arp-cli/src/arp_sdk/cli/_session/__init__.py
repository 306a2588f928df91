"""The services of a command: contexts, credentials, clients."""
