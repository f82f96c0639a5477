"""cutaway shows the inside of machine learning at work.

    import cutaway
    cutaway.audit(table, target="default")
    cutaway.audit_model(model, (x, y), loss=loss)
    cutaway.audit_images("photographs", labels="folder")

    cutaway.show("counts", prevalence=0.02)  # in a notebook

    with cutaway.probe(model, every=50) as record:  # of PyTorch, Keras or cutaway.nets
        ...  # the training as it is

    from cutaway import logit, tails
    logit.fit(x, y)

Importing the package imports no array library and no framework; each name is imported when it is first used.
"""

from __future__ import annotations

from cutaway.core.version import __version__ as __version__

TYPE_CHECKING = False  # typing's own costs half an interpreter's start; type checkers know the name
if TYPE_CHECKING:
    from typing import Any

    from cutaway.checks import audit as audit
    from cutaway.checks import audit_images as audit_images
    from cutaway.checks import audit_model as audit_model
    from cutaway.frameworks.probes import probe as probe
    from cutaway.lab.notebook import show as show


def __getattr__(name: str) -> Any:
    """Hand on `audit`, `probe`, … and the topics of `cutaway.science` when they are first asked for (PEP 562)."""
    from importlib import import_module, util

    if name in ("audit", "audit_images", "audit_model"):
        value = getattr(import_module("cutaway.checks"), name)
    elif name == "probe":
        value = import_module("cutaway.frameworks.probes").probe
    elif name == "show":
        value = import_module("cutaway.lab.notebook").show
    elif name == "studies":
        value = import_module("cutaway.studies")
    elif name.startswith("_") or util.find_spec(f"cutaway.science.{name}") is None:
        raise AttributeError(f"module 'cutaway' has no attribute {name!r}")
    else:
        value = import_module(f"cutaway.science.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name, those not yet imported among them."""
    import pkgutil

    from cutaway import science

    return sorted(
        {
            "audit",
            "audit_images",
            "audit_model",
            "probe",
            "show",
            "studies",
            "__version__",
            *(module.name for module in pkgutil.iter_modules(science.__path__)),
        }
    )
