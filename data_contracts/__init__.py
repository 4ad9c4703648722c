"""The contracts: every column defined once, every table, every request and answer. Imports no other package of ours."""
