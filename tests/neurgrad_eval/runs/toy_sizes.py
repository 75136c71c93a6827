"""Size of activations by layer, over the prompts of a file."""

from dataclasses import dataclass

import numpy as np

from neurgrad_eval import Chart, Experiment, Findings, View, option
from neurgrad_eval.inputs.options import ModelInput, PromptsInput, loaded
from neurgrad_eval.inputs.prompt_file import choose_prompts


@dataclass(frozen=True, kw_only=True)
class SizesOptions(PromptsInput, ModelInput):
    power: float = option(2.0, "Exponent of the mean.", above=0)


class Sizes(Experiment):
    name = "sizes"
    Settings = Options = SizesOptions

    def __init__(self, settings, model, chosen):
        self.settings, self.model, self.chosen = settings, model, chosen

    @classmethod
    def open(cls, options, out):
        model = loaded(options)
        return cls(options, model, choose_prompts(model, options.prompts, options.limit))

    def units(self):
        return self.chosen.units()

    def measure(self, unit):
        layers = self.model.answer_gradients([unit.prompt], [unit.answer]).activations
        power = self.settings.power
        sizes = [float(a.abs().double().pow(power).mean()) ** (1 / power) for a in layers]
        return [
            {"prompt": unit.number, "layer": layer, "size": size}
            for layer, size in enumerate(sizes)
        ]

    def summarise(self, measured):
        rows = measured.table().to_pandas()
        means = rows.groupby("layer", as_index=False)["size"].mean()
        largest = float(np.max(means["size"]))
        return Findings({"sizes": means.to_dict("records")}, {"largest": largest})

    @classmethod
    def views(cls, result):
        return [View("Size by layer", "sizes", chart=Chart("bars", "layer", "size"))]
