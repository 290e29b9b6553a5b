"""What all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from mutation.laws import switch_off_as_asked

# A busy machine makes drawing slow; that is no finding about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

switch_off_as_asked()
