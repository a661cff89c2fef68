"""Who may do what: persons, organisations, accounts, offices with terms, and the one policy.

Begin in `policy.py`: `can(user, action, thing)` answers for every route, from the matrix in `policy.yaml`.
"""
