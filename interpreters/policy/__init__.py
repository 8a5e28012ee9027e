"""What of a policy nobody would miss: an agent's limits and the rules it lives by, changed one at a time.

`mutate_policy(agent, tests=…, recordings=…)` says which changes somebody's own tests and recordings would not have
noticed; `executus mutate-policy` is the same as a command.
"""

from interpreters.policy.changes import Change as Change
from interpreters.policy.changes import Site as Site
from interpreters.policy.expectations import Unmet as Unmet
from interpreters.policy.mutating import PolicyReport as PolicyReport
from interpreters.policy.mutating import Unnoticed as Unnoticed
from interpreters.policy.mutating import mutate_policy as mutate_policy
