"""The outer HTTP interface: one module per resource, one table of routes (`routes.py`)."""
