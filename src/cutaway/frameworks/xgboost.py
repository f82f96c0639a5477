"""Any differentiated loss of `cutaway.losses` as a custom objective of XGBoost.

    from cutaway import losses
    from cutaway.frameworks.xgboost import as_objective

    focal = as_objective(losses.focal, gamma=2, alpha=0.25)
    xgboost.train({"base_score": 0}, data, obj=focal)        # scores are log-odds: predict(output_margin=True)
    xgboost.XGBRegressor(objective=focal.sklearn, base_score=0)

With a custom objective XGBoost starts from `base_score` as a raw score (pass `losses.prior_bias(share)` to start from
the base rate) and gives raw scores back. Nothing of XGBoost is imported here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cutaway.frameworks.boosting import Objective


def as_objective(loss: Callable[..., Any], **settings: Any) -> Objective:
    """`objective(preds, dtrain)` with analytic gradient and positive Hessian; weights of the data are heeded.

    `losses.log_loss` gives what binary:logistic does, `losses.categorical` what multi:softprob does (whose diagonal
    XGBoost doubles). How the Hessian is kept positive: `frameworks.boosting.Objective`.

    Raises: InputError for a loss without derivatives or a setting that it does not have.
    """
    return Objective(loss, settings, stretch=lambda classes: 2.0)
