"""The same firms as in the tests of joint purchasing."""

from tests.buy.conftest import firms

__all__ = ["firms"]
