"""Finds every route of an application, for the tests that walk all of them."""

from collections.abc import Iterable, Iterator

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route


def walk(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Route | APIRoute]]:
    """Path and route, also of included routers and mounted applications."""
    for route in routes:
        if isinstance(route, Mount):
            yield from walk(route.routes, prefix + route.path)
        elif hasattr(route, "original_router"):
            yield from walk(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            assert isinstance(route, Route | APIRoute), f"{type(route).__name__} is not looked at"
            yield prefix + route.path, route


def endpoints(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of every route."""
    for path, route in walk(routes):
        yield from ((method, path) for method in route.methods or () if method != "HEAD")
