"""Facts that the contract states, as data that the generated clients carry."""
