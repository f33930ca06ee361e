"""Finds the vendors: each module of ``bot.intake.vendors`` brings one."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from bot.intake import vendors
from bot.intake.vendor import Vendor


def load_vendors() -> Mapping[str, Vendor]:
    """Return every vendor by its name."""
    names = (module.name for module in iter_modules(vendors.__path__))
    found = [cast("Vendor", import_module(f"{vendors.__name__}.{name}").VENDOR) for name in names]
    return {vendor.name: vendor for vendor in found}
