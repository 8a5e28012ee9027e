"""The mutation gate: every change to a rule that no test notices is told, or listed with a reason.

`python -m interpreters.mutation` runs mutmut with operators that know statuses, conditions and returns, and judges
all of it. Law: nothing in here imports executus, or the code that is mutated would be loaded before its mutants.
Its libraries are an extra: pip install 'executus[mutation]'.
"""
