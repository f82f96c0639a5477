"""The cart and pole: its physics, policies and their episodes, and ways of finding a policy."""

from cutaway.science.control.actor_critic import ActorCritic, actor_critic, generalised_advantages, ppo_loss
from cutaway.science.control.cart import COORDINATES, INTEGRATORS, Cart, accelerations, energy, step
from cutaway.science.control.carts import Carts, Step
from cutaway.science.control.classes import KINDS, Verdict, coordinates, kind, resolution, time_to_wall, verdict
from cutaway.science.control.clusters import density_clusters
from cutaway.science.control.cross_entropy_method import Generation, cross_entropy_method, generations
from cutaway.science.control.description import Description, described, observed
from cutaway.science.control.invariants import Invariants, equivalent_lean, imbalance, invariants, recurring
from cutaway.science.control.limits import ENDS, Limits, random_starts
from cutaway.science.control.lqr import Cost, linearised, lqr, riccati
from cutaway.science.control.policies import Policy, linear, neural, neural_size, pushes
from cutaway.science.control.reinforce import Reinforce, reinforce, reinforce_loss
from cutaway.science.control.rollout import Rollouts, Trajectory, rollout, trajectories, trajectory
from cutaway.science.control.sliding import Sliding, sliding
from cutaway.science.control.tabular import BOXES, CELLS, Table, q_learning, table
from cutaway.science.control.training import Checkpoint, Episodes, Iteration, Training, discounted

__all__ = [
    "BOXES",
    "CELLS",
    "COORDINATES",
    "ENDS",
    "INTEGRATORS",
    "KINDS",
    "ActorCritic",
    "Cart",
    "Carts",
    "Checkpoint",
    "Cost",
    "Description",
    "Episodes",
    "Generation",
    "Invariants",
    "Iteration",
    "Limits",
    "Policy",
    "Reinforce",
    "Rollouts",
    "Sliding",
    "Step",
    "Table",
    "Training",
    "Trajectory",
    "Verdict",
    "accelerations",
    "actor_critic",
    "coordinates",
    "cross_entropy_method",
    "density_clusters",
    "described",
    "discounted",
    "energy",
    "equivalent_lean",
    "generalised_advantages",
    "generations",
    "imbalance",
    "invariants",
    "kind",
    "linear",
    "linearised",
    "lqr",
    "neural",
    "neural_size",
    "observed",
    "ppo_loss",
    "pushes",
    "q_learning",
    "random_starts",
    "recurring",
    "reinforce",
    "reinforce_loss",
    "resolution",
    "riccati",
    "rollout",
    "sliding",
    "step",
    "table",
    "time_to_wall",
    "trajectories",
    "trajectory",
    "verdict",
]
