"""What all tests share: types checked while they run, hypothesis profiles, one flag for the golden recordings.

EXECUTUS_CLAW=0 leaves the type checks out: the mutation gate must not mistake them for tests.
"""

import os
import signal

import pytest
from hypothesis import HealthCheck, Phase, settings

if os.environ.get("EXECUTUS_CLAW", "1") != "0":
    from beartype import BeartypeConf
    from beartype.claw import beartype_packages

    conf = BeartypeConf(
        is_pep484_tower=True,
        is_color=False,
        claw_is_pep526=False,  # `X: TypeAlias = ...` is what Python 3.11 has, and beartype warns of each.
        claw_skip_package_names=("executus.agent", "executus.spans"),  # They judge what people write themselves.
    )
    beartype_packages(("executus", "interpreters"), conf=conf)

for heard in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(heard) is signal.SIG_IGN:  # In the background of a shell; children would inherit it.
        signal.signal(heard, signal.default_int_handler if heard is signal.SIGINT else signal.SIG_DFL)

settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile(
    "mutation",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    phases=[Phase.explicit, Phase.generate],  # That it fails is enough: nobody reads a mutant's example.
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden recordings anew")
    parser.addoption("--worlds", type=int, default=4000, help="how many random worlds to live through")


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--regenerate"))
