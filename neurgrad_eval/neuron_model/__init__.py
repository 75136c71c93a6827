"""A language model whose neurons can be read, differentiated and shifted."""

from neurgrad_eval.neuron_model.loaded import ComputeDtype
from neurgrad_eval.neuron_model.model import NeuronModel
from neurgrad_eval.neuron_model.running import Answers, BatchSize, Reading

__all__ = ["Answers", "BatchSize", "ComputeDtype", "NeuronModel", "Reading"]
