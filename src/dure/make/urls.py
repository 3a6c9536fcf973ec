"""The shop floor's pages."""

urlpatterns: list[object] = []
