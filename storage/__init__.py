"""SQL: tables, queries and migrations. One module per aggregate; rows become frozen dataclasses here."""
