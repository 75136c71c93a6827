"""Estimates of neuron empirical gradients, one per file, behind one protocol (`base`)."""

from neurgrad_eval.estimators.activation_gradient import ActivationGradient
from neurgrad_eval.estimators.base import Case, Estimator
from neurgrad_eval.estimators.cg import ComputationalGradient
from neurgrad_eval.estimators.exact_sweep import ExactSweep
from neurgrad_eval.estimators.integrated_gradients import IntegratedGradients
from neurgrad_eval.estimators.lpi import LogProbabilityIncrease
from neurgrad_eval.estimators.neurgrad import NeurGrad

ESTIMATORS: tuple[Estimator, ...] = (
    ComputationalGradient(),
    IntegratedGradients(),
    ActivationGradient(),
    LogProbabilityIncrease(),
    NeurGrad(),
    ExactSweep(),
)

__all__ = [
    "ESTIMATORS",
    "ActivationGradient",
    "Case",
    "ComputationalGradient",
    "Estimator",
    "ExactSweep",
    "IntegratedGradients",
    "LogProbabilityIncrease",
    "NeurGrad",
]
