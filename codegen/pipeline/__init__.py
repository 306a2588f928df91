"""From a contract (OpenAPI documents and JSON Schemas) to Python packages.

Each layer imports only from those above it in this list; ../README.md describes them.

    errors        the error of every layer
    names         names in the contract -> names in Python
    ir            the intermediate representation: data only
    load          files -> a checked contract, with its references
    read          contract -> intermediate representation
    render        intermediate representation -> source text of the packages
    distribution  pyproject.toml, README and so on
    output        write the files, or compare them with the existing ones
"""
