"""What all tests share."""

from hypothesis import HealthCheck, settings

# A busy machine is no bug: how long an example takes is not what these tests are about.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("patient")
