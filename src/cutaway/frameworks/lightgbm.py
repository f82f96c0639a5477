"""Any differentiated loss of `cutaway.losses` as a custom objective of LightGBM.

    from cutaway import losses
    from cutaway.frameworks.lightgbm import as_objective

    focal = as_objective(losses.focal, gamma=2, alpha=0.25)
    lightgbm.train({"objective": focal}, data)               # scores are log-odds
    lightgbm.LGBMRegressor(objective=focal.sklearn)

With a custom objective LightGBM starts from 0 (its own start from the base rate; give `init_score` for that) and
gives raw scores back. Nothing of LightGBM is imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cutaway.frameworks.boosting import Objective


def as_objective(loss: Callable[..., Any], **settings: Any) -> Objective:
    """`objective(preds, train_data)` with analytic gradient and positive Hessian; weights of the data are heeded.

    `losses.log_loss` gives what objective=binary with boost_from_average=false does, `losses.categorical` what
    objective=multiclass does (whose diagonal LightGBM multiplies by K / (K - 1)). How the Hessian is kept positive:
    `frameworks.boosting.Objective`.

    Raises: InputError for a loss without derivatives or a setting that it does not have.
    """
    return Objective(loss, settings, stretch=lambda classes: classes / (classes - 1))
