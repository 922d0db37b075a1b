"""Each service that the configuration knows can be made."""

import pytest

from scrobblerd.config.accounts import SERVICES
from scrobblerd.core.model import ApiAccess
from scrobblerd.services.http import HttpClient
from scrobblerd.services.kinds import service_of


@pytest.mark.parametrize("kind", SERVICES)
def test_a_kind_of_the_configuration_is_a_service(kind: str):
    access = ApiAccess(api_url=SERVICES[kind].url or "https://a.example/2.0/")
    service = service_of(kind, lambda: access, HttpClient())
    assert service.kind == kind
    assert service.label
