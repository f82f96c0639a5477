"""The cart and pole: its physics, policies and their episodes, and ways of finding a policy."""

from cutaway.science.control.cart import COORDINATES, INTEGRATORS, Cart, accelerations, energy, step
from cutaway.science.control.limits import ENDS, Limits, random_starts
from cutaway.science.control.lqr import Cost, linearised, lqr, riccati
from cutaway.science.control.policies import Policy, linear, neural, neural_size, pushes
from cutaway.science.control.rollout import Rollouts, Trajectory, rollout, trajectories, trajectory

__all__ = [
    "COORDINATES",
    "ENDS",
    "INTEGRATORS",
    "Cart",
    "Cost",
    "Limits",
    "Policy",
    "Rollouts",
    "Trajectory",
    "accelerations",
    "energy",
    "linear",
    "linearised",
    "lqr",
    "neural",
    "neural_size",
    "pushes",
    "random_starts",
    "riccati",
    "rollout",
    "step",
    "trajectories",
    "trajectory",
]
