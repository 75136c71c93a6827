"""Probes: scikit-learn classifiers that answer questions from what neurons tell."""

from neurgrad_eval.probes.activation import ActivationProbe
from neurgrad_eval.probes.lm_prob import LMProb
from neurgrad_eval.probes.logistic import LogisticProbe
from neurgrad_eval.probes.magnitude import MagnitudeProbe
from neurgrad_eval.probes.polarity import PolarityProbe
from neurgrad_eval.probes.tree import TreeProbe

__all__ = [
    "ActivationProbe",
    "LMProb",
    "LogisticProbe",
    "MagnitudeProbe",
    "PolarityProbe",
    "TreeProbe",
]
