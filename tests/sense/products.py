"""Products that tests know: the coffee set as a graph of ten steps, and bills that cannot be."""

from typing import Any

STEPS: list[tuple[str, str, str, list[str], str]] = [
    ("roast", "coffee-roasting", "food", [], "0.2"),
    ("bag", "gravure-printing", "food-contact", [], "1"),
    ("fill", "food-filling", "food", ["roast", "bag"], "1"),
    ("form", "ceramic-forming", "food-contact", [], "1"),
    ("glaze", "glazing", "food-contact", ["form"], "1"),
    ("fire", "ceramic-firing", "food-contact", ["glaze"], "1"),
    ("straw", "paper-straw-winding", "hygiene", [], "1"),
    ("print", "offset-printing", "general", [], "1"),
    ("cut", "die-cutting", "general", ["print"], "1"),
    ("assemble", "kitting", "general", ["fill", "fire", "straw", "cut"], "1"),
]


def step(code: str, process: str, kind: str, after: list[str], per_set: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"공정 {code}",
        "name_en": code,
        "process": process,
        "product_class": kind,
        "after": after,
        "per_set": per_set,
        "scrap_basis_points": 400 if code == "fire" else 0,
    }


def coffee_set(**more: Any) -> dict[str, Any]:
    """Give the body of POST /products for the coffee set."""
    return {
        "code": "COFFEE-SET",
        "name": "커피 세트",
        "name_en": "Coffee set",
        "product_class": "food",
        "bill_of_process": [step(*each) for each in STEPS],
        "bill_of_materials": [
            {
                "material": "green-coffee",
                "name": "생두",
                "name_en": "Green coffee",
                "unit": "kg",
                "per_set": "0.24",
                "step": "roast",
                "guide_won": 9_800,
            },
            {
                "material": "porcelain-clay",
                "name": "백자 소지",
                "unit": "kg",
                "per_set": "0.45",
                "step": "form",
                "guide_won": 1_900,
            },
        ],
    } | more
