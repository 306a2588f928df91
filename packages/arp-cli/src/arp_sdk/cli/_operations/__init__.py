"""The commands of the operations of the contract."""
