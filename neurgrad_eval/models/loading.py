"""Loading a model and its tokenizer: folder, Hub id or GGUF; of the kind that its config says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)
from transformers.utils import CONFIG_NAME
from transformers.utils.import_utils import is_accelerate_available

from mceval8k.errors import DataError, UsageError, is_own_fault
from neurgrad_eval.models.encoding import Kind
from neurgrad_eval.models.passes import transformer
from neurgrad_eval.models.wrappers import adapter_base, with_adapter

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
DeviceMap = str | dict[str, Any]
_PRETRAINED_FOR = ("MaskedLM", "ForPreTraining")
_OF_TEXT = (
    (MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, AutoModelForCausalLM),
    (MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES, AutoModelForImageTextToText),
    (MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES, AutoModelForSeq2SeqLM),
)
"""Classes that load causal language models, the last two also what hears or sees beside reading."""


class OutOfRangeError(UsageError):
    """What a model computes is beyond its type's range, or its kernels do not know the type."""


def load(
    path_or_id: str | Path,
    *,
    kind: Kind | Literal["auto"],
    dtype: torch.dtype | Literal["auto"],
    device: str | torch.device,
    device_map: DeviceMap | None,
    revision: str | None,
    gguf_file: str | None,
    random_weights: int | None = None,
) -> tuple[Any, Any, Kind]:
    """Load model and tokenizer; parameters are those of `NeuronModel.from_pretrained`.

    The type is one of torch's, or `"auto"`.

    Returns
    -------
    model, tokenizer, kind

    Raises
    ------
    UsageError
        There is no such model, it is of no kind that can be read, or random weights are requested
        of a GGUF file or of several devices.
    """
    place = find_device(device)
    if kind not in ("auto", *get_args(Kind)):
        raise UsageError(f"kind {kind!r} is none of auto, {', '.join(get_args(Kind))}")
    where, gguf = _gguf(Path(path_or_id), gguf_file)
    options: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
    if gguf is not None:
        options["gguf_file"] = gguf
    if random_weights is not None and (gguf or device_map):
        raise UsageError("random weights: not of a GGUF file, nor spread over devices")
    with one_line(f"model {path_or_id}"):
        base = where if gguf else adapter_base(where, revision) or where
        if base != where:  # the revision is the adapter's
            options["revision"] = None
        config = AutoConfig.from_pretrained(base, **options)
        found = kind_of_config(config) if kind == "auto" else kind
        check_kind(config, found)
        tokenizer = AutoTokenizer.from_pretrained(base, **options)
        auto = _auto_class(config, found)
        if random_weights is not None:
            drawn = _random(auto, config, dtype, random_weights).to(place)
            if found == "seq2seq":
                drawn.generation_config = _generation_config(base, options)
            return drawn, tokenizer, found
        if device_map is None and place.type != "cpu" and is_accelerate_available():
            device_map = {"": place}  # read straight to the device
        if gguf is None:
            check_not_pickled(Path(where))
            options["use_safetensors"] = True
        options |= {"dtype": dtype, "device_map": device_map, "output_loading_info": True}
        model, info = auto.from_pretrained(base, **options)
        check_whole(info["missing_keys"])
        if base != where:
            model = with_adapter(model, where, revision)
        if device_map is None:
            model = model.to(place)
    return model, tokenizer, found


def find_device(device: torch.device | str) -> torch.device:
    """The requested device; `"auto"` is CUDA where there is one.

    Raises
    ------
    UsageError
        There is no such device here.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with one_line(f"device {device}"):
        place = torch.device(device)
        if place.type == "meta":
            raise UsageError("it holds no values")
        torch.empty(0, device=place)  # an unknown or missing one shows before the model is read
        return place


def weight_types(
    dtype: torch.dtype | str, device: torch.device | str
) -> tuple[torch.dtype | Literal["auto"], ...]:
    """Types in which to load weights, the first that holds the model's numbers.

    Parameters
    ----------
    dtype
        What is requested. `"auto"` is the checkpoint's; `"half"` is float16, which has eight times
        the precision of bfloat16 at its speed, or bfloat16, which has float32's range; `"default"`
        is half on CUDA, and float32 elsewhere.
    device
        Where the model will compute.

    Raises
    ------
    UsageError
        There is no such type or device.
    """
    if dtype == "default":
        dtype = "half" if find_device(device).type == "cuda" else "float32"
    if dtype == "half":
        return torch.float16, torch.bfloat16
    if isinstance(dtype, torch.dtype):
        return (dtype,)
    if dtype != "auto" and dtype not in DTYPES:
        raise UsageError(f"dtype {dtype!r} is none of default, auto, half, {', '.join(DTYPES)}")
    return (DTYPES.get(dtype, "auto"),)


def check_whole(missing: Collection[str]) -> None:
    """Raise UsageError where weights are not in the checkpoint: they would be random numbers."""
    if missing:
        raise UsageError(
            f"{len(missing)} of its weights are missing from the checkpoint, {min(missing)} first: "
            "is it of another architecture or kind?"
        )


def check_not_pickled(folder: Path) -> None:
    """Raise UsageError for a folder whose only weights are pickles, which can run code."""
    pickles = sorted(path.name for path in folder.glob("*.bin") if "model" in path.name)
    if pickles and not any(folder.glob("*.safetensors")):
        raise UsageError(
            f"{pickles[0]} is a pickle, which could run code: convert the weights to safetensors"
        )


def _auto_class(config: Any, kind: Kind) -> Any:
    """Class that loads a checkpoint; a model of images and text answers to text alone, too."""
    if kind != "causal":
        return AutoModelForMaskedLM if kind == "masked" else AutoModelForSeq2SeqLM
    found = (auto for names, auto in _OF_TEXT if config.model_type in names)
    return next(found, AutoModelForCausalLM)


def _random(auto: Any, config: Any, dtype: torch.dtype | Literal["auto"], seed: int) -> Any:
    """Make a model of a config, its weights drawn as before any training."""
    own = getattr(config, "dtype", None) or torch.float32
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return auto.from_config(config, dtype=own if dtype == "auto" else dtype)


def _generation_config(path_or_id: str, options: dict[str, Any]) -> GenerationConfig:
    """How a checkpoint generates: in a file of its own, or in its config."""
    try:
        return GenerationConfig.from_pretrained(path_or_id, revision=options["revision"])
    except OSError:
        return GenerationConfig.from_pretrained(
            path_or_id, CONFIG_NAME, revision=options["revision"], _from_model_config=True
        )


def kind_of_config(config: Any) -> Kind:
    """Whether a checkpoint is a causal, a masked or a seq2seq language model.

    Its own list of architectures decides; without one, the family does: what transformers can load
    as a masked language model is one, unless it says that it decodes.
    """
    if config.is_encoder_decoder:
        return "seq2seq"
    if architectures := getattr(config, "architectures", None):
        return "masked" if any(architectures[0].endswith(e) for e in _PRETRAINED_FOR) else "causal"
    masked = is_masked_type(config.model_type)
    return "masked" if masked and not getattr(config, "is_decoder", False) else "causal"


def is_masked_type(model_type: str) -> bool:
    """Whether transformers has a masked language model of this type."""
    return model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def check_kind(config: Any, kind: Kind) -> None:
    """Raise UsageError if a model cannot be read as one of that kind."""
    if not config.is_encoder_decoder:
        if kind == "seq2seq":
            raise UsageError("it is no encoder-decoder: leave kind to 'auto'")
        return
    if config.model_type not in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES:
        raise UsageError("it is an encoder-decoder, but not one from text to text")
    if kind != "seq2seq":
        raise UsageError("it is an encoder-decoder: leave kind to 'auto', or give 'seq2seq'")


def kind_of_model(model: Any) -> Kind:
    """Whether a loaded model is a causal, a masked or a seq2seq language model."""
    if model.config.is_encoder_decoder:
        return "seq2seq"
    classes, names = type(transformer(model)).__mro__, set()
    for value in MODEL_FOR_MASKED_LM_MAPPING_NAMES.values():
        names.update([value] if isinstance(value, str) else value)
    return "masked" if any(base.__name__ in names for base in classes) else "causal"


def _gguf(path: Path, gguf_file: str | None) -> tuple[str, str | None]:
    """Folder or id, and the file in it; the path of a GGUF file says both."""
    if gguf_file is None and path.suffix == ".gguf" and path.is_file():
        return str(path.parent), path.name
    return str(path), gguf_file


@contextmanager
def one_line(subject: str) -> Iterator[None]:
    """Turn what libraries raise of names and files that are no model into one line.

    It begins with `subject`. An error of memory that is full, or of our own code, stays what it is.
    """
    try:
        yield
    except (torch.cuda.OutOfMemoryError, DataError):
        raise
    except UsageError as error:
        raise type(error)(f"{subject}: {error}") from None
    except Exception as error:
        if is_own_fault(error):
            raise
        said = " ".join(str(error).split())
        reason = said if len(said) <= 300 else f"{said[:300]}…"
        reason = reason or type(error).__name__
        raise UsageError(f"{subject}: {reason}") from error
