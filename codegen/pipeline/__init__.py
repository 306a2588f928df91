"""From a contract (OpenAPI documents and JSON Schemas) to Python packages.

The stages, in order, each a module here; ../README.md says more:

    load      read the documents and schemas of a contract
    validate  refuse what is not valid OpenAPI or JSON Schema
    resolve   follow references, lazily, and know where each schema stands
    schemas   schemas -> models, enumerations, aliases  (intermediate representation: ir)
    services  paths   -> operations                     (intermediate representation: ir)
    workflows extensions -> what operations are together (intermediate representation: ir)
    render    intermediate representation -> source text, by the templates
    format    source text -> formatted source text, by ruff
    output    write it, or compare it with what is there
"""
