"""Product classes: which permit the maker of a thing must hold, with the article, as data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dure.kernel.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductClass:
    """A class of goods. sure says whether the article was read in its current text."""

    code: str
    ko: str
    en: str
    licences: tuple[str, ...]
    law: str = ""
    law_en: str = ""
    sure: bool = True


@cache
def product_classes() -> Mapping[str, ProductClass]:
    """Give all product classes."""
    table = tomllib.loads(files(__package__).joinpath("product_classes.toml").read_text("utf-8"))
    return {
        code: ProductClass(code=code, **{**fields, "licences": tuple(fields["licences"])})
        for code, fields in table.items()
    }


def product_class(code: str) -> ProductClass:
    """Give one product class; raises Malformed where there is none of that code."""
    try:
        return product_classes()[code]
    except KeyError:
        raise Malformed("sense.unknown_class", product_class=code) from None
