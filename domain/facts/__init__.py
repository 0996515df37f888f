"""The facts: a module for each family; :mod:`domain.facts.messages` lists them."""
